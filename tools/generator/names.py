"""Swift names for the models' names."""
import re

# Names of AWSCore and the standard library that a shape may not have, because both are in scope where shapes are used.
TAKEN = {
    "AWSError", "Base64", "Bytes", "Credentials", "EmptyShape", "Endpoint", "HTTPBody", "Instant", "JSON", "MalformedMessage",
    "Node", "Operation", "OperationHandler", "OperationInvoker", "Paginator", "QueryString", "Schema", "ServiceModel", "Shape",
    "ShapeReader", "ShapeWriter", "StringEnumeration", "Violation", "Waiter", "WireLayout", "WireProtocol", "XML",
    "Array", "Bool", "Character", "Duration", "Error", "Int", "Mirror", "Never", "Optional", "Protocol", "Range", "Regex",
    "Result", "Self", "Set", "String", "Substring", "Task", "Type", "Unicode", "Void",
}

KEYWORDS = {
    "Any", "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else",
    "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout",
    "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows",
    "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var",
    "where", "while",
}


def escaped(name):
    return f"`{name}`" if name in KEYWORDS else name


def lowered(name):
    """`InstanceId` → `instanceId`, `DNSName` → `dnsName`, `IOPS` → `iops`, `ARNs` → `arns`."""
    run = re.match(r"[A-Z]+", name)
    if not run:
        return name
    run = run.group()
    rest = name[len(run):]
    if len(run) == 1 or not rest or not rest[0].islower() or re.fullmatch(r"s(?![a-z]).*", rest):
        return run.lower() + rest
    return run[:-1].lower() + run[-1] + rest


def member(name):
    return escaped(lowered(name))


def constant(value):
    """Returns the Swift constant for an enumeration's value: `in-use` → `inUse`, `AES256` → `aes256`, `x86_64` → `x86_64`."""
    name = ""
    for word in re.findall(r"[A-Za-z0-9]+", value):
        if not name:
            name = word.lower() if word.upper() == word else lowered(word)
        else:
            if name[-1].isdigit() and word[0].isdigit():
                name += "_"
            name += word.capitalize() if word.upper() == word else word[0].upper() + word[1:]
    if not name:
        return {"*": "all"}.get(value)
    if name[0].isdigit():
        name = "_" + name
    if name == "none":
        return "noneValue"  # `.none` would mean nil where the enumeration is optional
    return escaped(name)
