"""Generates structures and enumerations in Swift."""
from . import names
from .failure import Failure
from .layout import wrapped

SCALARS = {
    "string": ("s", "String", "string", "String"), "character": ("s", "String", "string", "String"),
    "integer": ("i", "Int", "int", "Int"), "long": ("i", "Int", "int", "Int"),
    "float": ("d", "Double", "double", "Double"), "double": ("d", "Double", "double", "Double"),
    "boolean": ("b", "Bool", "bool", "Bool"), "timestamp": ("t", "Instant", "instant", "Instant"),
    "blob": ("x", "Bytes", "blob", "Blob"),
}


class Member:
    """A member: its Swift name and type, and the code that reads it."""

    def __init__(self, model, shape, name):
        self.model, self.shape, self.wire_name = model, shape, name
        self.reference = model.shapes[shape]["members"][name]
        self.definition = model.shapes[self.reference["shape"]]
        self.name = names.member(name)
        self.element_name = self.reference.get("locationName", name)
        self.required = model.is_required(shape, name)
        self.kind, self.type, self.reader = self.resolve()

    def fail(self, what):
        raise Failure(f"{self.model.service.name} {self.shape}.{self.wire_name}: {what}")

    def resolve(self):
        target, kind = self.reference["shape"], self.definition["type"]
        if kind == "structure":
            return "S", self.model.type_name(target), "requiredShape(%d)" if self.required else "shape(%d)"
        if self.model.is_enum(target):
            return "s", self.model.type_name(target), "requiredEnumeration(%d)" if self.required else "enumeration(%d)"
        if kind in SCALARS:
            letter, type_name, plain, required = SCALARS[kind]
            return letter, type_name, (f"required{required}" if self.required else plain) + "(%d)"
        if kind == "list":
            element, plural = self.element(self.definition["member"]["shape"])
            return "L", f"[{element}]", f"{plural}(%d)" + (" ?? []" if self.required else "")
        if kind == "map":
            value = self.definition["value"]["shape"]
            if self.model.shapes[value]["type"] == "list":
                if self.model.shapes[self.model.shapes[value]["member"]["shape"]]["type"] != "string":
                    self.fail("maps of lists of anything but strings are not supported")
                element, reader = "[String]", "stringsMap"
            else:
                element, plural = self.element(value, enumerations=False)
                reader = plural[:-1] + "Map"
            return "M", f"[String: {element}]", f"{reader}(%d)" + (" ?? [:]" if self.required else "")
        self.fail(f"the type {kind} is not supported")

    def element(self, target, enumerations=True):
        kind = self.model.shapes[target]["type"]
        if kind == "structure":
            return self.model.type_name(target), "shapes"
        if enumerations and self.model.is_enum(target):
            return self.model.type_name(target), "enumerations"
        if kind == "string":
            return "String", "strings"
        if kind in ("integer", "long"):
            return "Int", "ints"
        self.fail(f"collections of {kind} are not supported")

    def descriptor(self):
        """Returns the member's line in the schema. AWSCore's Schema documents the format, ModelTable its additions."""
        location = self.reference.get("locationName")
        flattened = self.definition.get("flattened") or self.reference.get("flattened")
        item = self.definition.get("member", {}).get("locationName") if self.kind == "L" else None
        wire = location or self.wire_name
        if flattened and item and not location:
            wire = item
        query, is_input = wire, self.shape in self.model.in_inputs
        if self.model.protocol == "ec2" and is_input:  # members of outputs are never written in a query string
            query = self.reference.get("queryName") or (location[0].upper() + location[1:] if location else self.wire_name)
        parts = [self.wire_name, self.kind, "=" if wire == self.wire_name else wire, "=" if query == wire else query]
        if is_input and self.wire_name in self.model.shapes[self.shape].get("required", []):
            parts.append("!")
        if is_input and self.reference.get("idempotencyToken"):
            parts.append("*")
        if flattened:
            parts.append("f")
        if item and item != "member":
            parts.append(f"n:{item}")
        if self.kind == "M":
            for letter, part, usual in (("k", "key", "key"), ("v", "value", "value")):
                name = self.definition[part].get("locationName", usual)
                if name != usual:
                    parts.append(f"{letter}:{name}")
        time_format = self.reference.get("timestampFormat") or self.definition.get("timestampFormat")
        if time_format:
            parts.append(f"t:{time_format}")
        return " ".join(parts + self.references() + (self.constraints() if is_input else self.enumerated()))

    def references(self):
        """Returns the member's structure, or the type of elements that are neither structures nor strings."""
        target, kind = self.target, self.model.shapes[self.target]["type"]
        if kind in ("list", "map"):
            return [f"e:{'L' if kind == 'list' else 'M'}"]
        if kind == "structure":
            return [f"r:{target}"]
        letter = SCALARS[kind][0]
        return [f"e:{letter}"] if self.kind in "LM" and letter != "s" else []

    @property
    def target(self):
        """Returns the member's shape, or that of a collection's elements."""
        part = {"list": "member", "map": "value"}.get(self.definition["type"])
        return self.definition[part]["shape"] if part else self.reference["shape"]

    def enumerated(self):
        """Returns the known values of an output member. Requests are not checked against them, but recordings are."""
        values = self.model.enum_values(self.target)
        if not values or any(set(value) & set(" |") for value in values):
            return []
        return [("enum:" if self.kind == "s" else "eenum:") + "|".join(values)]

    def constraints(self):
        own, pattern = self.bounds(self.reference["shape"], "")
        if self.kind == "L":
            of_elements, element_pattern = self.bounds(self.definition["member"]["shape"], "e")
            own += of_elements
            pattern = pattern or element_pattern
        return own + ([pattern] if pattern else [])

    def bounds(self, target, prefix):
        definition = self.model.shapes[target]
        if definition["type"] == "structure":
            return [], None
        bounds = [f"{prefix}{key}:{int(definition[key])}" for key in ("min", "max") if key in definition]
        values = self.model.enum_values(target)
        # The descriptor cannot contain a value with a space or a bar; such an enumeration is not checked.
        if values and not any(set(value) & set(" |") for value in values):
            bounds.append(f"{prefix}enum:" + "|".join(values))
        pattern = definition.get("pattern")
        if pattern and ("\n" in pattern or '"""#' in pattern or "\\#" in pattern):
            self.fail("the pattern cannot stand in a raw string literal")
        return bounds, f"{prefix}~{pattern}" if pattern else None

    @property
    def declared_type(self):
        return self.type if self.required else self.type + "?"


def members_of(model, shape):
    members = [Member(model, shape, name) for name in model.shapes[shape].get("members", {})]
    if len({member.name for member in members}) != len(members):
        raise Failure(f"{model.service.name} {shape}: two members have the same Swift name")
    for member in members:
        if member.kind == "S" and member.reference["shape"] == shape:
            member.fail("a structure directly inside of itself is not supported")
    return members


# The protocols of requests that have these members with these types: AWSCore's Traits.swift and EC2API's.
TRAITS = {
    "DryRunInput": {"dryRun": "Bool?"},
    "ClientTokenInput": {"clientToken": "String?"},
    "PagedInput": {"maxResults": "Int?", "nextToken": "String?"},
}
EC2_TRAITS = {
    "FilteredInput": {"filters": "[Filter]?"},
    "TaggingInput": {"tagSpecifications": "[TagSpecification]?"},
}


def traits(model, shape, members):
    """Returns a request's protocols and the lines needed for conformance."""
    if shape not in [operation.get("input", {}).get("shape") for operation in model.operations.values()]:
        return [], []
    types, lines = {member.name: member.declared_type for member in members}, []
    if types.get("filter") == "[Filter]?" and "filters" not in types:
        # A few operations name the list in the singular.
        types["filters"] = types["filter"]
        lines = ["    public var filters: [Filter]? {", "        get { filter }", "        set { filter = newValue }", "    }"]
    known = TRAITS | (EC2_TRAITS if model.service.id == "ec2" else {})
    return [name for name, wanted in sorted(known.items()) if wanted.items() <= types.items()], lines


def structure(model, shape):
    name, members = model.type_name(shape), members_of(model, shape)
    protocols, own = traits(model, shape, members)
    lines = [f"public struct {name}: {', '.join(['Shape'] + protocols)} {{"]
    lines += [f"    public var {member.name}: {member.declared_type}" for member in members]
    if members:
        lines += wrapped(
            "    public init(",
            [f"{member.name}: {member.declared_type}" + ("" if member.required else " = nil") for member in members], ") {")
        lines += [f"        self.{member.name.strip('`')} = {member.name}" for member in members] + ["    }"]
        lines.append(f'    public static let schema = ModelTable.{model.service.id}.schema("{shape}")')
        lines.append("    public init(from reader: ShapeReader) {")
        for index, member in enumerate(members):
            lines.append(f"        {member.name} = reader.{member.reader % index}")
        lines += ["    }", "    public func write(to writer: inout ShapeWriter) {"]
        def writes(entries):
            return [f"        writer.write({index}, {member.name})" for index, member in entries]
        declared, answered = list(enumerate(members)), model.in_element_order(shape, members)
        if answered != declared and shape in model.in_inputs:
            # Requests use the model's order, responses AWS's.
            lines += ["        guard writer.writesAnswer else {"] + ["    " + line for line in writes(declared)]
            lines += ["            return", "        }"]
        lines += writes(answered) + ["    }"]
        lines += own
    else:
        lines += [
            "    public init() {}", f'    public static let schema = ModelTable.{model.service.id}.schema("{shape}")',
            "    public init(from reader: ShapeReader) {}", "    public func write(to writer: inout ShapeWriter) {}"]
    return lines + ["}"]


def enumeration(model, shape):
    name = model.type_name(shape)
    lines = [
        f"public struct {name}: StringEnumeration {{", "    public let rawValue: String",
        "    public init(rawValue: String) { self.rawValue = rawValue }"]
    seen = set()
    for value in model.enum_values(shape):
        constant = names.constant(value)
        if constant in seen:
            continue  # another spelling of the same value
        if not constant:
            raise Failure(f"{model.service.name} {shape}: no Swift name for the value '{value}'")
        seen.add(constant)
        lines.append(f'    public static var {constant}: Self {{ "{value}" }}')
    return lines + ["}"]


def declarations(model):
    """Returns the Swift name and lines of every used structure and enumeration, by name."""
    result = {}
    for shape in model.in_inputs | model.in_outputs:
        if model.shapes[shape]["type"] == "structure":
            lines = structure(model, shape)
        elif model.is_enum(shape):
            lines = enumeration(model, shape)
        else:
            continue
        name = model.type_name(shape)
        if name in result:
            raise Failure(f"{model.service.name}: two shapes are called {name} in Swift")
        result[name] = lines
    return dict(sorted(result.items()))
