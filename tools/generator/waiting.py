"""Generates waiters and paginators from botocore's definitions."""
from . import names
from .failure import Failure
from .jmespath import Compiler
from .service import Operation


def waiters_file(model):
    service = model.service.name
    lines = [f"extension {service} {{", f"    /// When what was asked of {service} has come to be.", "    public enum Waiters {"]
    for name, waiter in model.waiters.items():
        operation = Operation(model, waiter["operation"])
        lines += [
            f"        public static let {names.member(name)} = Waiter(",
            f'            "{name}", Operations.{operation.method}, delay: .seconds({waiter["delay"]}),'
            f' maxAttempts: {waiter["maxAttempts"]},', "            ["]
        for acceptor in waiter["acceptors"]:
            start, test = f"                .init(.{state(acceptor, name)}, ", matcher(model, waiter, acceptor, name)
            if len(start + test) > 125 and test.startswith(".output { "):
                inner = test.removeprefix(".output { ").removesuffix(" }")
                lines += [f"{start}.output {{", f"                    {inner}", "                }),"]
            else:
                lines.append(f"{start}{test}),")
        lines += ["            ])"]
    return lines + ["    }", "}"]


def state(acceptor, name):
    if acceptor["state"] not in ("success", "failure", "retry"):
        raise Failure(f"waiter {name}: unknown state {acceptor['state']}")
    return acceptor["state"]


def matcher(model, waiter, acceptor, name):
    kind, expected = acceptor["matcher"], acceptor["expected"]
    if kind == "status":
        return f".status({int(expected)})"
    if kind == "error" and isinstance(expected, str):
        return f'.error("{expected}")'
    if kind in ("path", "pathAll", "pathAny"):
        output = model.operations[waiter["operation"]]["output"]["shape"]
        return f".output {{ {Compiler(model, output, f'waiter {name}').condition(kind, acceptor['argument'], expected)} }}"
    raise Failure(f"waiter {name}: unknown matcher {kind} {expected}")


def paginators_file(model):
    service = model.service.name
    lines = [
        f"extension {service} {{", f"    /// The operations of {service} whose results come in pages.",
        "    public enum Paginators {"]
    for name, definition in model.paginators.items():
        operation = Operation(model, name)
        known = {"input_token", "output_token", "limit_key", "result_key", "more_results", "non_aggregate_keys", "py_input_token"}
        if set(definition) - known or not isinstance(definition["input_token"], str):
            raise Failure(f"paginator {name}: {definition} is not supported")
        token = f"$0.{names.member(field(model, operation, 'output', definition['output_token']))}"
        if "more_results" in definition:
            token = f"$0.{names.member(field(model, operation, 'output', definition['more_results']))} == true ? {token} : nil"
        results = definition["result_key"]
        appends = [
            line for key in (results if isinstance(results, list) else [results]) for line in append(model, name, key).split("; ")]
        lines += [
            f"        public static let {operation.method} = Paginator(",
            f"            Operations.{operation.method},",
            f"            nextToken: {{ {token} }},",
            f"            setToken: {{ $0.{names.member(field(model, operation, 'input', definition['input_token']))} = $1 }},"]
        if "limit_key" in definition:
            limit = names.member(field(model, operation, "input", definition["limit_key"]))
            lines.append(f"            setLimit: {{ $0.{limit} = $1 }},")
        if len(appends) == 1:
            lines.append(f"            append: {{ {appends[0]} }})")
        else:
            lines += ["            append: {"] + [f"                {line}" for line in appends] + ["            })"]
    return lines + ["    }", "}"]


def field(model, operation, side, name):
    shape = model.operations[operation.name][side]["shape"]
    if name not in model.shapes[shape]["members"]:
        raise Failure(f"paginator {operation.name}: {shape} has no {name}")
    return name


def append(model, name, key):
    """Returns Swift code that appends page `$1`'s results to those of `$0`."""
    shape = model.operations[name]["output"]["shape"]
    for part in key.split("."):
        shape = model.shapes[shape]["members"][part]["shape"]
    if model.shapes[shape]["type"] != "list":
        raise Failure(f"paginator {name}: {key} is no list")
    path = "?.".join(names.member(part) for part in key.split("."))
    if "?" not in path:
        return f"$0.{path} = joinedPages($0.{path}, $1.{path})"
    # Swift forbids reading a member while the optional that contains it is modified.
    last = names.lowered(key.split(".")[-1])
    return f"let {last} = joinedPages($0.{path}, $1.{path}); $0.{path} = {last}"
