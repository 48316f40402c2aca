"""Generates the code around the shapes: operations, the service's protocol with its dispatch, and the client."""
from . import names
from .layout import wrapped
from .model import summary

HANDLERS_PER_CHUNK = 20


class Operation:
    def __init__(self, model, name):
        definition = model.operations[name]
        self.name, self.method = name, names.member(name)
        self.input = model.type_name(definition["input"]["shape"]) if "input" in definition else None
        self.output = model.type_name(definition["output"]["shape"]) if "output" in definition else None
        self.wrapper = definition.get("output", {}).get("resultWrapper")
        self.summary = summary(definition.get("documentation"))
        shape = definition.get("input", {}).get("shape")
        self.needs_input = bool(shape) and any(
            model.is_required(shape, member) for member in model.shapes[shape].get("members", {}))
        self.only_reads = name.startswith(("BatchCheck", "BatchGet", "Describe", "Get", "List"))

    @property
    def documentation(self):
        return [f"    /// {self.summary}"] if self.summary else []


def operations_of(model):
    return [Operation(model, name) for name in model.operations]


def operations_file(model):
    metadata, service = model.metadata, model.service
    lines = [
        f"/// {metadata['serviceFullName']}: what the wire needs to know of it, and its operations.",
        f"public enum {service.name} {{", f"    public static let model = ModelTable.{service.id}.model", ""]
    lines.append("    public enum Operations {")
    for operation in operations_of(model):
        wrapper = f', resultWrapper: "{operation.wrapper}"' if operation.wrapper else ""
        start = f"        public static let {operation.method} ="
        value = (
            f"Operation<{operation.input or 'EmptyShape'}, {operation.output or 'EmptyShape'}>("
            f'"{operation.name}", model{wrapper})')
        lines += [f"{start} {value}"] if len(start + value) < 128 else [start, f"            {value}"]
    return lines + ["    }", "}"]


def service_file(model):
    name, operations = model.service.name, operations_of(model)
    lines = [
        f"/// One method an operation of {name}; what a service does not implement throws `notSimulated`.",
        f"public protocol {name}Service<Context>: Sendable {{",
        "    /// What a handler gets besides its input.", "    associatedtype Context: SendableMetatype"]
    for operation in operations:
        lines += operation.documentation + signature(operation, "    ", "")
    lines += ["}", "", f"extension {name}Service {{"]
    for operation in operations:
        lines += signature(operation, "    public ", " {")
        lines += [f'        throw AWSError.notSimulated("{model.service.id}", "{operation.name}")', "    }"]
    lines += [
        "}", "", f"extension {name}Service {{",
        "    /// The handler of an operation, nil where the service has none of that name. Made when it is asked for: the types",
        "    /// of all operations together would cost a server's start ten milliseconds.",
        "    public static func handler(_ name: String) -> OperationHandler<Self, Context>? {", "        switch name {"]
    for operation in operations:
        lines += [
            f'        case "{operation.name}":',
            f"            OperationHandler({name}.Operations.{operation.method}) {{ service in service.{operation.method} }}"]
    lines += ["        default: nil", "        }", "    }"]
    return lines + ["}"]


def signature(operation, start, end):
    return wrapped(
        f"{start}func {operation.method}(", [f"_ input: {operation.input or 'EmptyShape'}", "_ context: Context"],
        f") throws -> {operation.output or 'EmptyShape'}{end}")


def client_file(model):
    name = model.service.name
    lines = [
        f"/// {name}'s operations as methods.", f"public struct {name}Client: Sendable {{",
        "    public let invoker: any OperationInvoker",
        "    public init(_ invoker: any OperationInvoker) { self.invoker = invoker }"]
    for operation in operations_of(model):
        lines += [""] + operation.documentation
        if not operation.only_reads:
            lines.append("    @discardableResult")
        parameters = []
        if operation.input:
            parameters = [f"_ input: {operation.input}" + ("" if operation.needs_input else " = .init()")]
        lines += wrapped(
            f"    public func {operation.method}(", parameters, f") async throws -> {operation.output or 'EmptyShape'} {{")
        lines += [
            f"        try await invoker.invoke({name}.Operations.{operation.method},"
            f" {'input' if operation.input else 'EmptyShape()'})", "    }"]
    return lines + ["}"]


def untyped_file(model):
    name, operations = model.service.name, operations_of(model)
    chunks = [operations[i:i + HANDLERS_PER_CHUNK] for i in range(0, len(operations), HANDLERS_PER_CHUNK)]
    table = " + ".join(f"untyped{index + 1}" for index in range(len(chunks)))
    lines = [
        f"extension {name} {{", "    /// Every operation without its types, in alphabetical order. Build it once.",
        f"    public static var untypedOperations: [UntypedOperation] {{ {table} }}"]
    for index, chunk in enumerate(chunks):
        lines += ["", f"    private static var untyped{index + 1}: [UntypedOperation] {{", "        ["]
        lines += [f"            UntypedOperation(Operations.{operation.method})," for operation in chunk]
        lines += ["        ]", "    }"]
    lines += ["", "    /// Every waiter without its types.", "    public static var untypedWaiters: [UntypedWaiter] {"]
    if model.waiters:
        lines += ["        ["]
        lines += [f"            UntypedWaiter(Waiters.{names.member(waiter)})," for waiter in model.waiters]
        lines += ["        ]"]
    else:
        lines += ["        []"]
    return lines + ["    }", "}"]
