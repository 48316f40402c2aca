"""Renders the templates in user data: Jinja's expressions, conditions, loops, filters. Unsupported syntax is an error."""
import ast, json, re


class TemplateError(Exception):
    pass


class Missing:
    """An undefined variable."""

    def __init__(self, name):
        self.name = name

    def __bool__(self):
        return False

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


def text_of(value):
    return str(value)


FILTERS = {
    "default": lambda value, other="", falsy=False: other if isinstance(value, Missing) or falsy and not value else value,
    "upper": lambda value: text_of(value).upper(), "lower": lambda value: text_of(value).lower(),
    "capitalize": lambda value: text_of(value).capitalize(), "title": lambda value: text_of(value).title(),
    "trim": lambda value: text_of(value).strip(), "length": len, "count": len, "int": lambda value, other=0: integer(value, other),
    "string": text_of, "list": list, "first": lambda value: next(iter(value), Missing("first")), "last": lambda value: list(value)[-1],
    "replace": lambda value, old, new: text_of(value).replace(old, new), "sort": sorted, "unique": lambda value: list(dict.fromkeys(value)),
    "join": lambda value, between="": between.join(map(text_of, value)), "reverse": lambda value: value[::-1],
    "tojson": lambda value, indent=None: json.dumps(value, indent=indent), "float": float, "abs": abs, "max": max, "min": min, "sum": sum,
    "indent": lambda value, width=4, first=False: (" " * width if first else "") + text_of(value).replace("\n", "\n" + " " * width),
    "b64encode": lambda value: __import__("base64").b64encode(text_of(value).encode()).decode(), "safe": lambda value: value,
    "items": lambda value: list(value.items()), "dictsort": lambda value: sorted(value.items()),
}
FILTERS["d"], FILTERS["e"] = FILTERS["default"], FILTERS["safe"]
TESTS = {"defined": lambda value: not isinstance(value, Missing), "undefined": lambda value: isinstance(value, Missing),
         "none": lambda value: value is None, "string": lambda value: isinstance(value, str),
         "number": lambda value: isinstance(value, (int, float)), "mapping": lambda value: isinstance(value, dict),
         "sequence": lambda value: isinstance(value, (list, tuple, str)), "true": lambda value: value is True,
         "false": lambda value: value is False, "even": lambda value: value % 2 == 0, "odd": lambda value: value % 2 == 1}
METHODS = {"split", "rsplit", "replace", "startswith", "endswith", "upper", "lower", "strip", "lstrip", "rstrip", "title", "join", "format",
           "get", "items", "keys", "values", "isdigit", "find", "count", "splitlines", "capitalize", "zfill"}
OPERATORS = {ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
             ast.FloorDiv: lambda a, b: a // b, ast.Mod: lambda a, b: a % b, ast.MatMult: lambda a, b: text_of(a) + text_of(b)}
COMPARISONS = {ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b, ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b,
               ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b}


def integer(value, other):
    try:
        return int(float(value)) if not isinstance(value, Missing) else other
    except (TypeError, ValueError):
        return other


class Expression:
    def __init__(self, text):
        self.text = text.strip()
        pieces = re.split(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", self.text)
        # Jinja's ~ joins texts; the test "is none" is turned into a name.
        pieces[::2] = [re.sub(r"\bis\s+(not\s+)?(none|true|false)\b", r"is \1_\2", piece.replace("~", "@")) for piece in pieces[::2]]
        try:
            self.tree = ast.parse("(" + "".join(pieces) + ")", mode="eval").body
        except (SyntaxError, ValueError):
            raise TemplateError(f"unexpected expression '{self.text}'")

    def value(self, scope, missing):
        return self.of(self.tree, scope, missing)

    def name(self, node):
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return f"{self.name(node.value)}.{node.attr}"
        return self.text

    def of(self, node, scope, missing):
        of = lambda other: self.of(other, scope, missing)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id in scope:
                return scope[node.id]
            if node.id in ("true", "false", "none"):
                return {"true": True, "false": False, "none": None}[node.id]
            return Missing(node.id)
        if isinstance(node, (ast.List, ast.Tuple)):
            return [of(item) for item in node.elts]
        if isinstance(node, ast.Dict):
            return {of(key): of(value) for key, value in zip(node.keys, node.values)}
        if isinstance(node, ast.Attribute):
            value = of(node.value)
            return value[node.attr] if isinstance(value, dict) and node.attr in value else Missing(self.name(node))
        if isinstance(node, ast.Subscript):
            value, key = of(node.value), node.slice
            if isinstance(key, ast.Slice):
                return value[slice(*(of(part) if part else None for part in (key.lower, key.upper, key.step)))]
            if type(key).__name__ == "Index":
                key = key.value
            try:
                return value[of(key)]
            except (KeyError, IndexError, TypeError):
                return Missing(f"{self.name(node.value)}[{of(key)!r}]")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            left = node.left
            # A filter applies to the last operand before it.
            if isinstance(left, ast.BinOp) and type(left.op) in OPERATORS and not self.is_bracketed(left):
                inner = ast.copy_location(ast.BinOp(left.right, node.op, node.right), node)
                return OPERATORS[type(left.op)](self.known(of(left.left), missing), of(inner))
            return self.filtered(of(left), node.right, of, missing)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](self.known(of(node.left), missing), self.known(of(node.right), missing))
        if isinstance(node, ast.BoolOp):
            value = None
            for part in node.values:
                value = of(part)
                if bool(value) != isinstance(node.op, ast.And):
                    break
            return value
        if isinstance(node, ast.UnaryOp):
            value = of(node.operand)
            return not value if isinstance(node.op, ast.Not) else -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.IfExp):
            return of(node.body) if of(node.test) else of(node.orelse)
        if isinstance(node, ast.Compare):
            value = of(node.left)
            for operator, right in zip(node.ops, node.comparators):
                if isinstance(operator, (ast.Is, ast.IsNot)):
                    test = TESTS.get((right.id if isinstance(right, ast.Name) else "").lstrip("_"))
                    if not test:
                        raise TemplateError(f"no test named '{ast.dump(right)}'")
                    if bool(test(value)) == isinstance(operator, ast.IsNot):
                        return False
                    continue
                other = of(right)
                if not COMPARISONS[type(operator)](value, other):
                    return False
                value = other
            return True
        if isinstance(node, ast.Call):
            words = [of(word) for word in node.args]
            named = {word.arg: of(word.value) for word in node.keywords}
            if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                value = self.known(of(node.func.value), missing)
                if hasattr(value, node.func.attr) and not (node.func.attr == "format" and re.search(r"[.\[]", value)):
                    return getattr(value, node.func.attr)(*words, **named)
            if isinstance(node.func, ast.Name) and node.func.id == "range" and all(abs(word) < 10000 for word in words):
                return list(range(*words))
        raise TemplateError(f"Drydock guests do not support the template expression '{self.text}'")

    def is_bracketed(self, node):
        end = getattr(node, "end_col_offset", 0)
        return ("(" + self.text)[end:end + 1] == ")" and ("(" + self.text)[:node.col_offset].endswith("(") and node.col_offset > 1

    def known(self, value, missing):
        return missing(value.name) if isinstance(value, Missing) else value

    def filtered(self, value, node, of, missing):
        words, named = [], {}
        if isinstance(node, ast.Call):
            words, named = [of(word) for word in node.args], {word.arg: of(word.value) for word in node.keywords}
            node = node.func
        name = node.id if isinstance(node, ast.Name) else "?"
        if name not in FILTERS:
            raise TemplateError(f"no filter named '{name}'")
        if name not in ("default", "d"):
            value = self.known(value, missing)
        return FILTERS[name](value, *words, **{"falsy" if key == "boolean" else key: word for key, word in named.items()})


def render(text, variables):
    """Returns the rendered text and the names that are missing.

    Raises TemplateError."""
    missed = []

    def missing(name):
        if name not in missed:
            missed.append(name)
        return "CI_MISSING_JINJA_VAR/" + name.rsplit(".", 1)[-1]

    tokens, place = [], 0
    pattern = re.compile(r"\{#-?.*?-?#\}|\{\{-?(.*?)-?\}\}|\{%-?\s*(.*?)\s*-?%\}", re.S)
    for match in pattern.finditer(text):
        tokens.append(("text", text[place:match.start()]))
        whole = match[0]
        if whole[2] == "-":
            tokens[-1] = ("text", tokens[-1][1].rstrip())
        if match[1] is not None:
            tokens.append(("value", match[1]))
        elif match[2] is not None:
            tokens.append(("tag", match[2]))
        place = match.end()
        if whole[-3] == "-":
            while place < len(text) and text[place].isspace():
                place += 1
        # cloud-init's Jinja settings: a line that holds only a tag leaves no empty line.
        elif whole[1] in "%#" and text[place:place + 1] == "\n":
            place += 1
    tokens.append(("text", text[place:]))

    def parse(index, ends):
        nodes = []
        while index < len(tokens):
            kind, value = tokens[index]
            index += 1
            if kind != "tag":
                nodes.append((kind, value if kind == "text" else Expression(value)))
                continue
            word, _, rest = value.partition(" ")
            if word in ends:
                return nodes, index, word, rest
            if word == "if":
                branches = [(Expression(rest), None)]
                body, index, word, rest = parse(index, ("elif", "else", "endif"))
                arms = [(branches[0][0], body)]
                while word != "endif":
                    condition = Expression(rest) if word == "elif" else None
                    body, index, word, rest = parse(index, ("elif", "else", "endif"))
                    arms.append((condition, body))
                nodes.append(("if", arms))
            elif word == "for":
                match = re.match(r"(.+?)\s+in\s+(.+)$", rest, re.S)
                if not match:
                    raise TemplateError(f"unexpected '{value}'")
                body, index, word, _ = parse(index, ("else", "endfor"))
                other = []
                if word == "else":
                    other, index, _, _ = parse(index, ("endfor",))
                nodes.append(("for", ([name.strip() for name in match[1].split(",")], Expression(match[2]), body, other)))
            elif word == "set":
                name, _, expression = rest.partition("=")
                nodes.append(("set", (name.strip(), Expression(expression))))
            elif word == "raw":
                body = ""
                while index < len(tokens) and tokens[index] != ("tag", "endraw"):
                    kind, inner = tokens[index]
                    body += inner if kind == "text" else "{{" + inner + "}}" if kind == "value" else "{% " + inner + " %}"
                    index += 1
                index += 1
                nodes.append(("text", body))
            else:
                raise TemplateError(f"Encountered unknown tag '{word}'")
        if ends:
            raise TemplateError(f"Unexpected end of template. Looking for: {', '.join(ends)}")
        return nodes, index, "", ""

    def run(nodes, scope):
        out = []
        for kind, value in nodes:
            if kind == "text":
                out.append(value)
            elif kind == "value":
                found = value.value(scope, missing)
                out.append(missing(found.name) if isinstance(found, Missing) else text_of(found))
            elif kind == "if":
                for condition, body in value:
                    if condition is None or condition.value(scope, missing):
                        out.append(run(body, scope))
                        break
            elif kind == "set":
                scope[value[0]] = value[1].value(scope, missing)
            else:
                names, source, body, other = value
                items = list(source.value(scope, missing))
                for number, item in enumerate(items):
                    inner = dict(scope)
                    inner["loop"] = {"index": number + 1, "index0": number, "first": number == 0, "last": number == len(items) - 1,
                                     "length": len(items)}
                    inner.update(zip(names, item) if len(names) > 1 else [(names[0], item)])
                    out.append(run(body, inner))
                if not items:
                    out.append(run(other, scope))
        return "".join(out)

    try:
        return run(parse(0, ())[0], dict(variables)), missed
    except TemplateError:
        raise
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, ZeroDivisionError, RecursionError) as error:
        raise TemplateError(str(error))
