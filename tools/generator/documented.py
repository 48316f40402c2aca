"""Extracts what only the models' documentation contains: filter names, and the bounds of page sizes."""
import html
import re

FILTERS = ("Filters", "Filter")
PAGE_SIZES = ("MaxResults", "maxResults", "MaxItems")


def rows(model):
    """Returns for every operation that has them its page bounds (or `-`) and its filter names."""
    result = {}
    for operation, definition in model.operations.items():
        members = model.shapes[definition["input"]["shape"]].get("members", {}) if "input" in definition else {}
        names = next((filter_names(members[name].get("documentation", "")) for name in FILTERS if name in members), [])
        bounds = next((page_bounds(model, members[name]) for name in PAGE_SIZES if name in members), None)
        if names or bounds:
            result[operation] = [" ".join([bounds or "-"] + names)]
    return result


def filter_names(documentation):
    """Returns the name at the beginning of each list item: `<li> <p> <code>vpc-id</code> - The ID …`.

    Names that contain the caller's key become `tag:`, whatever the page calls the key.
    """
    found = []
    for point in points(documentation):
        match = re.match(r"\s*(?:<p>)?\s*(?:<code>([^<]+)</code>|([a-z][a-z0-9.-]+) - )", point)
        if not match:
            continue
        name = html.unescape(match.group(1) or match.group(2)).strip().strip('"')
        # "tag" alone also has the key in its text: "specify tag:Owner for the filter name".
        if name == "tag" or name.startswith("tag:"):
            name = "tag:"
        if re.fullmatch(r"[A-Za-z0-9._-]+:?", name) and name not in found:
            found.append(name)
    # Two operations have one filter and name it in a sentence.
    return found or re.findall(r"using the <code>([a-z-]+)</code> filter", documentation)


def points(documentation):
    """Returns the texts of a list's items. Omits nested lists, which describe a filter's values."""
    depth, found = 0, []
    for tag, text in re.findall(r"<(/?\w+)[^>]*>([^<]*)", documentation):
        if tag in ("ul", "/ul"):
            depth += 1 if tag == "ul" else -1
        elif depth == 1 and tag == "li":
            found.append(text)
        elif depth == 1 and found:
            found[-1] += f"<{tag}>{text}"
    return found


def page_bounds(model, reference):
    """Returns `5..1000`, or `5..` without an upper bound. The text takes precedence over the constraint, which is sometimes
    wider."""
    text = html.unescape(re.sub(r"<[^>]+>", "", reference.get("documentation", "")))
    match = re.search(r"between ([\d,]+) and ([\d,]+)", text)
    if match:
        return "..".join(number.replace(",", "") for number in match.groups())
    shape = model.shapes[reference["shape"]]
    if "min" not in shape and "max" not in shape:
        return None
    return f"{shape.get('min', 1)}..{shape.get('max', '')}"
