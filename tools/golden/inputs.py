"""Creates an operation's input from its model: every member once, deterministic."""

DEEPEST = 5


def sample(model, operation):
    shape = model.operations[operation].get("input", {}).get("shape")
    return value(model, shape, operation, []) if shape else {}


def value(model, shape, name, path):
    definition = model.shapes[shape]
    kind = definition["type"]
    if kind == "structure":
        members = {}
        for member, reference in definition.get("members", {}).items():
            inner = value(model, reference["shape"], member, path + [shape]) if reachable(model, reference, path, shape) else None
            if inner is not None:
                members[member] = inner
        return members
    if kind == "list":
        item = definition["member"]["shape"]
        first = value(model, item, name, path)
        if first is None:
            return None
        return [first] if isinstance(first, dict) else [first, second(model, item, first)]
    if kind == "map":
        inner = value(model, definition["value"]["shape"], name, path)
        return None if inner is None else {"key": inner}
    return scalar(definition, kind, name)


def reachable(model, reference, path, shape):
    return len(path) < DEEPEST and reference["shape"] not in path + [shape]


def second(model, shape, first):
    definition = model.shapes[shape]
    if isinstance(first, str) and not definition.get("enum"):
        return first.removesuffix("-1") + "-2"
    return definition["enum"][-1] if definition.get("enum") else first


def scalar(definition, kind, name):
    if kind in ("string", "character"):
        if definition.get("enum"):
            return definition["enum"][0]
        return f"{name}-1"
    if kind in ("integer", "long"):
        return max(int(definition.get("min", 7)), 1)
    if kind in ("float", "double"):
        return 2.5
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return "2023-12-17T09:30:00Z"
    if kind == "blob":
        return "ZHJ5ZG9jaw=="
    raise AssertionError(kind)
