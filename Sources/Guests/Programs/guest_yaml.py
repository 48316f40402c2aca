"""Reads YAML 1.1 like cloud-init: maps, lists, scalars, block and flow style, anchors, merges. Unsupported syntax is an error."""
import re


class YAMLError(Exception):
    def __init__(self, problem, line, column):
        super().__init__(problem)
        self.problem, self.line, self.column = problem, line + 1, column + 1

    def __str__(self):
        return f"{self.problem} in line {self.line}, column {self.column}"


BOOLEANS = {word: value for value, words in ((True, "yes true on"), (False, "no false off")) for lower in words.split()
            for word in (lower, lower.capitalize(), lower.upper())}
INTEGER = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*|[1-9][0-9_]*(:[0-5]?[0-9])+)$")
FLOAT = re.compile(r"[-+]?([0-9][0-9_]*)\.[0-9_]*([eE][-+][0-9]+)?$|[-+]?\.[0-9][0-9_]*([eE][-+][0-9]+)?$")
MOST_NODES = 100000


def resolved(text):
    """Returns a plain scalar's value. https://yaml.org/type/"""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.match(text):
        sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-").replace("_", "")
        if ":" in digits:
            value = 0
            for part in digits.split(":"):
                value = value * 60 + int(part)
            return sign * value
        if digits.startswith("0b"):
            return sign * int(digits[2:], 2)
        if digits.startswith("0x"):
            return sign * int(digits, 16)
        return sign * (int(digits, 8) if len(digits) > 1 and digits[0] == "0" else int(digits))
    if FLOAT.match(text):
        return float(text.replace("_", ""))
    match = re.match(r"([-+]?)\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$", text)
    if match:
        return float("nan") if match[3] else float((match[1] or "") + "inf")
    return text


ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", " ": " ",
           '"': '"', "\\": "\\", "/": "/", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}


class Reader:
    def __init__(self, text):
        self.lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.row, self.column = 0, 0
        self.anchors, self.nodes = {}, 0

    def fail(self, problem, row=None, column=None):
        raise YAMLError(problem, self.row if row is None else row, self.column if column is None else column)

    def line(self):
        return self.lines[self.row] if self.row < len(self.lines) else ""

    @property
    def is_over(self):
        return self.row >= len(self.lines)

    def skip(self):
        """Moves to the next line with content. Returns its indentation; -1 at the document's end."""
        while not self.is_over:
            line = self.line()
            bare = line.lstrip(" ")
            if bare and bare[0] == "\t" and bare.strip() and not bare.strip().startswith("#"):
                self.fail("found character '\\t' that cannot start any token", column=len(line) - len(bare))
            if bare.strip() and not bare.startswith("#"):
                if line.startswith("...") and line[3:].strip() == "" or re.match(r"---(\s|$)", line):
                    return -1
                return len(line) - len(bare)
            self.row += 1
        return -1

    def document(self):
        self.skip()
        while not self.is_over and self.line().startswith("%"):
            self.row += 1
            self.skip()
        match = re.match(r"---(\s|$)", self.line())
        if match:
            self.lines[self.row] = "   " + self.line()[3:]
        value = self.block(-1)
        if self.skip() != -1:
            self.fail("expected <document start>, but found something else")
        if not self.is_over and self.line().startswith("..."):
            self.row += 1
            self.skip()
        if not self.is_over:
            self.fail("expected a single document in the stream, but found another document")
        return value

    def count(self):
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.fail("the document is too large")

    # Blocks

    def block(self, parent, may_be_list_at=None):
        """Reads the node that begins at the next line, if its indentation is deeper than the parent's."""
        indent = self.skip()
        if indent < 0 or indent <= parent and not (indent == may_be_list_at and self.is_item(indent)):
            return None
        return self.node_at(indent, parent)

    def is_item(self, column):
        return bool(re.match(r"-(\s|$)", self.line()[column:]))

    def node_at(self, column, parent):
        """Reads the node that begins at a column of the current line."""
        self.count()
        line = self.line()
        if self.is_item(column):
            return self.sequence(column)
        if re.match(r"\?(\s|$)", line[column:]):
            self.fail("Drydock guests do not support complex keys", column=column)
        if self.key_end(column) is not None:
            return self.mapping(column)
        return self.value(column, parent)

    def sequence(self, column):
        items = []
        while self.skip() == column and self.is_item(column):
            line = self.line()
            rest = line[column + 1:]
            offset = len(rest) - len(rest.lstrip(" \t"))
            if not rest.strip() or rest.strip().startswith("#"):
                self.row += 1
                items.append(self.block(column))
                continue
            self.lines[self.row] = line[:column] + " " + " " * offset + rest[offset:]
            items.append(self.node_at(column + 1 + offset, column))
        if self.skip() > column:
            self.fail("while parsing a block collection: expected <block end>, but found something else", column=self.skip())
        return items

    def key_end(self, column):
        """Returns the column of the colon after the key at a column; None if there is no key."""
        line = self.line()
        place = column
        match = re.match(r"(?:[&!][^\s]*\s+)+", line[place:])
        if match:
            place += match.end()
        if line[place:place + 1] in ("'", '"'):
            quote = line[place]
            place += 1
            while place < len(line):
                if line[place] == "\\" and quote == '"':
                    place += 1
                elif line[place] == quote:
                    if quote == "'" and line[place + 1:place + 2] == "'":
                        place += 1
                    else:
                        break
                place += 1
            else:
                return None
            match = re.match(r"\s*:(\s|$)", line[place + 1:])
            return place + 1 + line[place + 1:].index(":") if match else None
        if line[place:place + 1] in ("[", "{", "#", "|", ">", "@", "`", "%", ""):
            return None
        while place < len(line):
            if line[place] == ":" and (place + 1 == len(line) or line[place + 1] in " \t"):
                return place
            if line[place] == "#" and line[place - 1] in " \t":
                return None
            place += 1
        return None

    def mapping(self, column):
        values, merged = {}, []
        while self.skip() == column:
            if self.is_item(column):
                self.fail("while parsing a block mapping: expected <block end>, but found '-'", column=column)
            end = self.key_end(column)
            if end is None:
                row = self.row
                self.fail("while scanning a simple key: could not find expected ':'", row, column)
            text = self.line()[column:end].rstrip()
            row = self.row
            if text[0] in "'\"":
                self.column = column
                key = self.quoted()
            elif text[0] == "*":
                key = self.alias(text[1:])
            else:
                key = resolved(text)
            self.row = row
            rest = self.line()[end + 1:]
            offset = len(rest) - len(rest.lstrip(" \t"))
            self.count()
            if not rest.strip() or rest.strip().startswith("#"):
                self.row += 1
                value = self.block(column, may_be_list_at=column)
            else:
                value = self.value(end + 1 + offset, column, may_be_list_at=column)
            if key == "<<":
                merged += value if isinstance(value, list) else [value]
            else:
                try:
                    values[key] = value
                except TypeError:
                    self.fail("found unhashable key", row, column)
        if self.skip() > column:
            self.fail("while parsing a block mapping: expected <block end>, but found something else", column=self.skip())
        for other in merged:
            if not isinstance(other, dict):
                self.fail("expected a mapping for merging, but found something else")
            for key, value in other.items():
                values.setdefault(key, value)
        return values

    # Values

    def value(self, column, parent, may_be_list_at=None):
        """Reads the value at a column of the current line, with its anchor and tag."""
        line = self.line()
        rest = line[column:]
        match = re.match(r"([&!])([^\s,\[\]{}]*)\s*", rest)
        if match:
            inner = column + match.end()
            tail = line[inner:]
            if not tail.strip() or tail.startswith("#"):
                self.row += 1
                value = self.block(parent, may_be_list_at)
            else:
                value = self.value(inner, parent)
            if match[1] == "&":
                self.anchors[match[2]] = value
                return value
            return self.tagged(match[2], value)
        first = rest[0]
        if first == "*":
            name = re.match(r"\*([^\s,\[\]{}]+)", rest)
            self.column = column + name.end() if name else column
            value = self.alias(name[1] if name else "")
            self.end_of_line()
            return value
        if first in "|>":
            return self.scalar_block(rest, parent)
        if first in "[{\"'":
            self.column = column
            value = self.quoted() if first in "\"'" else self.flow()
            if re.match(r"\s*:(\s|$)", self.line()[self.column:]):
                self.fail("mapping values are not allowed here")
            self.end_of_line()
            return value
        if first in "@`%":
            self.fail(f"found character '{first}' that cannot start any token", column=column)
        return self.plain(column, parent)

    def alias(self, name):
        if name not in self.anchors:
            self.fail(f"found undefined alias '{name}'")
        return self.anchors[name]

    def tagged(self, tag, value):
        if tag in ("!str", ""):
            return value if isinstance(value, str) else "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        if tag == "!binary":
            import base64
            return base64.b64decode(value).decode(errors="surrogateescape")
        if tag in ("!int", "!float", "!bool", "!null", "!seq", "!map"):
            return value
        self.fail(f"could not determine a constructor for the tag '!{tag}'")

    def end_of_line(self):
        tail = self.line()[self.column:]
        if tail.strip() and not tail.lstrip().startswith("#"):
            self.fail("expected <block end>, but found something else")
        self.row += 1

    def plain(self, column, parent):
        def cut(text):
            return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0].rstrip()

        text = cut(self.line()[column:])
        place = re.search(r":(\s|$)", text)
        if re.match(r"-(\s|$)", text):
            self.fail("sequence entries are not allowed here", column=column)
        if place:
            self.fail("mapping values are not allowed here", column=column + place.start())
        is_commented = text != self.line()[column:].rstrip()
        words, blank = [text], 0
        self.row += 1
        while not self.is_over and not is_commented:
            line = self.line()
            bare = line.strip()
            if not bare:
                blank += 1
                self.row += 1
                continue
            indent = len(line) - len(line.lstrip(" "))
            if indent <= parent or bare.startswith("#") or re.match(r"(---|\.\.\.)(\s|$)", line):
                break
            piece = cut(bare)
            place = re.search(r":(\s|$)", piece)
            if place:
                self.fail("mapping values are not allowed here", column=line.index(piece) + place.start())
            is_commented = piece != bare
            words.append("\n" * blank if blank else " ")
            words.append(piece)
            blank = 0
            self.row += 1
        return resolved(text) if len(words) == 1 else "".join(words)

    def scalar_block(self, head, parent):
        match = re.match(r"([|>])([-+]?)([1-9]?)([-+]?)\s*(#.*)?$", head)
        if not match:
            self.fail("while scanning a block scalar: expected chomping or indentation indicators, but found something else")
        chomp = match[2] or match[4]
        indent = max(parent, 0) + int(match[3]) if match[3] else None
        self.row += 1
        lines = []
        while not self.is_over:
            line = self.line()
            own = len(line) - len(line.lstrip(" "))
            if line.strip(" ") == "":
                lines.append(line[indent:] if indent is not None else "")
            elif indent is None and own > parent:
                indent = own
                lines.append(line[indent:])
            elif indent is not None and own >= indent:
                lines.append(line[indent:])
            else:
                break
            self.row += 1
        trailing = 0
        while lines and lines[-1] == "":
            lines.pop()
            trailing += 1
        # No line follows the last line break.
        if self.is_over and trailing:
            trailing -= 1
        if match[1] == "|":
            text = "\n".join(lines)
        else:
            text, blank = "", 0
            for index, line in enumerate(lines):
                if line == "":
                    blank += 1
                    continue
                if index:
                    before = next((other for other in reversed(lines[:index]) if other), "")
                    is_shifted = line[0] in " \t" or before[:1] in (" ", "\t")
                    text += "\n" * (blank + 1) if is_shifted else "\n" * blank or (" " if before else "")
                    if not before:
                        text = "\n" * blank
                blank = 0
                text += line
        if chomp == "+":
            return text + "\n" * (trailing + (1 if lines else 0))
        return text + ("\n" if lines and chomp != "-" else "")

    # Flow style, over several lines

    def space(self):
        while not self.is_over:
            line = self.line()
            while self.column < len(line) and line[self.column] in " \t":
                self.column += 1
            if self.column < len(line) and not (line[self.column] == "#" and (not self.column or line[self.column - 1] in " \t")):
                return line[self.column]
            self.row += 1
            self.column = 0
        self.row = len(self.lines) - 1
        self.column = len(self.line())
        return ""

    def flow(self):
        self.count()
        first = self.space()
        if first in ("'", '"'):
            return self.quoted()
        if first == "&" or first == "!":
            match = re.match(r"[&!]([^\s,\[\]{}]*)", self.line()[self.column:])
            self.column += match.end()
            value = self.flow()
            if first == "!":
                return self.tagged(match[1], value)
            self.anchors[match[1]] = value
            return value
        if first == "*":
            match = re.match(r"\*([^\s,\[\]{}]+)", self.line()[self.column:])
            self.column += match.end() if match else 0
            return self.alias(match[1] if match else "")
        if first == "[":
            return self.flow_list()
        if first == "{":
            return self.flow_map()
        return self.flow_plain()

    def flow_list(self):
        begin = self.row, self.column
        self.column += 1
        items = []
        while True:
            first = self.space()
            if first == "]":
                self.column += 1
                return items
            if first in ("", "}", ","):
                self.fail(f"while parsing a flow sequence: expected the node content, but found {first or 'the end'!r}", *begin)
            value = self.flow()
            if self.space() == ":":
                self.column += 1
                value = {value: None if self.space() in (",", "]") else self.flow()}
            items.append(value)
            first = self.space()
            if first == ",":
                self.column += 1
            elif first != "]":
                self.fail(f"while parsing a flow sequence: expected ',' or ']', but got {first or 'the end'!r}", *begin)

    def flow_map(self):
        begin = self.row, self.column
        self.column += 1
        values = {}
        while True:
            first = self.space()
            if first == "}":
                self.column += 1
                return values
            if first in ("", "]", ","):
                self.fail(f"while parsing a flow mapping: expected the node content, but found {first or 'the end'!r}", *begin)
            key, value = self.flow(), None
            first = self.space()
            if first == ":":
                self.column += 1
                if self.space() not in (",", "}"):
                    value = self.flow()
                first = self.space()
            try:
                if key == "<<" and isinstance(value, dict):
                    for name, other in value.items():
                        values.setdefault(name, other)
                else:
                    values[key] = value
            except TypeError:
                self.fail("found unhashable key", *begin)
            if first == ",":
                self.column += 1
            elif first != "}":
                self.fail(f"while parsing a flow mapping: expected ',' or '}}', but got {first or 'the end'!r}", *begin)

    def flow_plain(self):
        words = []
        while True:
            line, start = self.line(), self.column
            while self.column < len(line):
                char, after = line[self.column], line[self.column + 1:self.column + 2]
                if char in ",[]{}" or char == ":" and (after in ("", " ", "\t", ",", "[", "]", "{", "}")):
                    break
                if char == "#" and self.column and line[self.column - 1] in " \t":
                    break
                self.column += 1
            piece = line[start:self.column].strip()
            if piece:
                words.append(piece)
            if self.column < len(line) and line[self.column] != "#" or self.is_over:
                break
            if self.space() in ("", ",", "]", "}", "[", "{", ":", "'", '"'):
                break
        if not words:
            self.fail("while parsing a flow node: expected the node content")
        return resolved(words[0]) if len(words) == 1 else " ".join(words)

    def quoted(self):
        quote, text = self.line()[self.column], ""
        begin = self.row, self.column
        self.column += 1
        while True:
            line = self.line()
            if self.column >= len(line):
                # Line breaks are folded.
                text = text.rstrip(" \t") if not text.endswith("\\\n") else text
                breaks = 0
                while True:
                    self.row += 1
                    if self.is_over:
                        self.fail("while scanning a quoted scalar: found unexpected end of stream", *begin)
                    if self.line().strip():
                        break
                    breaks += 1
                self.column = len(self.line()) - len(self.line().lstrip(" \t"))
                if text.endswith("\\\n"):
                    text = text[:-2]
                else:
                    text += "\n" * breaks or " "
                continue
            char = line[self.column]
            self.column += 1
            if char == quote:
                if quote == "'" and line[self.column:self.column + 1] == "'":
                    text += "'"
                    self.column += 1
                    continue
                return text
            if char == "\\" and quote == '"':
                if self.column >= len(line):
                    text += "\\\n"
                    continue
                code = line[self.column]
                self.column += 1
                width = {"x": 2, "u": 4, "U": 8}.get(code)
                if width:
                    digits = line[self.column:self.column + width]
                    if not re.fullmatch(f"[0-9a-fA-F]{{{width}}}", digits) or int(digits, 16) > 0x10ffff:
                        self.fail("while scanning a double-quoted scalar: expected escape sequence of hexadecimal numbers")
                    text += chr(int(digits, 16))
                    self.column += width
                elif code in ESCAPES:
                    text += ESCAPES[code]
                else:
                    self.fail(f"while scanning a double-quoted scalar: found unknown escape character '{code}'", column=self.column - 1)
                continue
            text += char


def load(text):
    """Returns the document's value.

    Raises YAMLError."""
    try:
        return Reader(text).document()
    except RecursionError:
        raise YAMLError("the document is nested too deeply", 0, 0)
