"""Writes man pages from the program's help: one for each command, and one for the whole program."""
import time

# Without hyphens and wide spaces that aren't in the text: it is full of names and options.
PLAIN = [".nh", ".ad l"]
EXIT = """\
.SH EXIT STATUS
.TP
.B 0
Success.
.TP
.B 1
A check, comparison or scenario step failed.
.TP
.B 2
An error.
.TP
.B 64
A wrong command line.
.PP
Commands that run another program return its exit code."""
ENVIRONMENT = """\
.SH ENVIRONMENT
.TP
.B DRYDOCK_ENDPOINT
The URL of the server that commands use; else
.BR AWS_ENDPOINT_URL ,
else http://localhost:4566.
.TP
.B DRYDOCK_TOKEN
The token of the control plane: a server requires it, and commands send it.
.TP
.BR DRYDOCK_PORT ", " DRYDOCK_STATE ", ..."
Each option of
.BR drydock\\-serve (1)
in capitals, with underscores for hyphens. Flags take 1 or 0, lists are separated by commas.
.TP
.BR AWS_ACCESS_KEY_ID ", " AWS_SECRET_ACCESS_KEY
The keys that commands sign their requests with; without them, they act as the account's root.
.SH FILES
.TP
.I drydock.yaml
Options of
.BR drydock\\-serve (1),
in the current folder, below
.IR serve: .
.TP
.I /etc/drydock/ready.d
Scenarios and scripts that run when a server starts.
.TP
.I \\(ti/.local/share/drydock
The certificate authority, and snapshots of servers without a state folder."""


def escape(text):
    """Returns a line of text, escaped so that roff reads no requests or typographic characters in it."""
    for character, name in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti")):
        text = text.replace(character, name)
    return "\\&" + text if text.startswith(".") else text


def pages(dump, version, epoch):
    """Returns the pages' texts by file name, from the JSON of `drydock --experimental-dump-help`."""
    root = dump["command"]
    commands = [command for command in root["subcommands"] if command["commandName"] != "help"]

    def head(name, abstract):
        title = name.replace("-", "\\-")
        date = time.strftime("%Y-%m-%d", time.gmtime(epoch))
        return [f'.TH "{title.upper()}" 1 {date} "drydock {version}"', *PLAIN, ".SH NAME", f"{title} \\- {escape(abstract)}"]

    def see(own):
        names = [name for name in ["drydock"] + ["drydock-" + command["commandName"] for command in commands] if name != own]
        return [".SH SEE ALSO"] + [
            f".BR {escape(name)} (1)" + ("," if name != names[-1] else "") for name in names]

    lines = head("drydock", root["abstract"].rstrip(".")) + [".SH SYNOPSIS", ".B drydock", ".I command", "[options]", ".SH DESCRIPTION"]
    lines += ["Each command has a page of its own, and", ".B drydock", ".I command", ".B \\-\\-help", "prints the same.", ".SH COMMANDS"]
    for command in commands:
        lines += [".TP", f".BR drydock\\-{escape(command['commandName'])} (1)", escape(command["abstract"])]
    result = {"drydock.1": "\n".join([*lines, EXIT, ENVIRONMENT, *see("drydock")]) + "\n"}
    for command in commands:
        name = "drydock-" + command["commandName"]
        lines = head(name, command["abstract"].rstrip("."))
        subcommands = [part for part in command.get("subcommands", []) if part["commandName"] != "help"]
        lines += [".SH SYNOPSIS"] if subcommands else [".SH SYNOPSIS", *synopsis(command, ["drydock"])]
        for number, part in enumerate(subcommands):
            lines += ([".br"] if number else []) + synopsis(part, ["drydock", command["commandName"]])
        if command.get("discussion"):
            lines += [".SH DESCRIPTION", *paragraphs(command["discussion"])]
        if subcommands:
            lines += [".SH SUBCOMMANDS"]
            for part in subcommands:
                words = f"drydock {command['commandName']} {part['commandName']}"
                lines += [f'.SS "{escape(words)}"', escape(part["abstract"])]
                lines += [".PP", *paragraphs(part["discussion"])] if part.get("discussion") else []
                lines += options(part)
        else:
            lines += sections(command)
        result[name + ".1"] = "\n".join([*lines, *see(name)]) + "\n"
    return result


def synopsis(command, words):
    """Returns the command's words and its positional arguments."""
    lines = [".B " + escape(" ".join([*words, command["commandName"]])), "[options]"]
    for argument in command.get("arguments", []):
        if argument["kind"] == "positional" and argument.get("shouldDisplay", True):
            value = escape(argument["valueName"]) + (" ..." if argument["isRepeating"] else "")
            lines.append(f"[\\fI{value}\\fR]" if argument["isOptional"] else f"\\fI{value}\\fR")
    return lines


def paragraphs(text):
    lines = []
    for number, part in enumerate(text.strip().split("\n\n")):
        lines += [".PP"] if number else []
        # An example with several lines keeps its lines.
        rows = [escape(line) for line in part.strip().split("\n")]
        lines += rows if len(rows) == 1 else [".nf", *rows, ".fi"]
    return lines


def sections(command):
    """Returns the options under their titles."""
    titles = {}
    for argument in command.get("arguments", []):
        if argument.get("shouldDisplay", True):
            titles.setdefault(argument.get("sectionTitle") or "Options", []).append(argument)
    lines = []
    for title in sorted(titles, key=lambda title: title == "Options"):
        lines += [f'.SH "{title.upper()}"', *options({"arguments": titles[title]}, has_page=True)]
    return lines


def options(command, has_page=False):
    lines = []
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True) or not argument.get("abstract"):
            continue
        # Every command has these; a page of several doesn't repeat them.
        if not has_page and argument.get("valueName") in ("help", "version") and argument["kind"] == "flag":
            continue
        names = ", ".join(
            "\\fB" + escape(("-" if name["kind"] == "short" else "--") + name["name"]) + "\\fR" for name in argument.get("names", []))
        value = f"\\fI{escape(argument.get('valueName', ''))}\\fR" if argument["kind"] != "flag" else ""
        default = argument.get("defaultValue") if argument["kind"] != "flag" else None
        text = argument["abstract"] + (f" (default: {default})" if default else "")
        lines += [".TP", " ".join(part for part in (names, value) if part), *paragraphs(text)]
    return lines
