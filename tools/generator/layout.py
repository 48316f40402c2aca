"""Breaks lines in the style of the other sources."""


def wrapped(start, items, end, width=128):
    """Formats `start item, item… end` on one line, or on indented lines of at most `width` characters."""
    line = start + ", ".join(items) + end
    if len(line) <= width:
        return [line]
    indent = " " * (len(start) - len(start.lstrip()))
    lines, current = [start], indent + "   "
    for index, item in enumerate(items):
        piece = " " + item + ("," if index < len(items) - 1 else "")
        if len(current) + len(piece) > width:
            lines.append(current)
            current = indent + "   "
        current += piece
    return lines + [current, indent + end.lstrip()]
