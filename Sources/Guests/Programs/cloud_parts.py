"""Parses user data: scripts, hooks, configurations, includes, templates and part handlers, also compressed or in several parts.
https://cloudinit.readthedocs.io/en/latest/explanation/format.html"""
import gzip, hashlib, io, os, re, zlib
import cloud_facts as facts
import guest_jinja, guest_yaml

MOST_BYTES, MOST_DEPTH = 16 << 20, 8
STARTS = [("#include-once", "text/x-include-once-url"), ("#include", "text/x-include-url"), ("#!", "text/x-shellscript"),
          ("#cloud-config-archive", "text/cloud-config-archive"), ("#cloud-config-jsonp", "text/cloud-config-jsonp"),
          ("#cloud-config", "text/cloud-config"), ("#cloud-boothook", "text/cloud-boothook"), ("#part-handler", "text/part-handler"),
          ("## template: jinja", "text/jinja2"), ("#upstart-job", "text/upstart-job")]
FOLDERS = {f"text/x-shellscript-per-{name}": "per-" + name for name in ("boot", "instance", "once")}


class Failed(Exception):
    """User data with an error that ends cloud-init's first stage."""


def type_of(content):
    for start, kind in STARTS:
        if content.startswith(start.encode()):
            return kind
    head = content[:200].lower()
    return "multipart" if head.startswith((b"content-type: multipart/", b"mime-version:")) else None


class Parts:
    """The scripts, configuration and hooks found in user data."""

    def __init__(self, raw, variables, index, warn):
        """variables: a function that returns the instance data for templates. index: the instance's number in its launch."""
        self.variables, self.index, self.warn = variables, index, warn
        self.scripts, self.hooks, self.repeated = [], [], []
        self.config, self.handlers, self.number, self.is_config_whole = {}, {}, 0, True
        self.config_texts, self.included = [], set()
        if raw:
            self.add(raw, None, None, 0)
        for handler in dict.fromkeys(self.handlers.values()):
            self.call(handler, "__end__", None, None)

    def unpacked(self, content):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                plain = file.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise Failed(f"user data could not be decompressed: {error}")
        if len(plain) > MOST_BYTES:
            raise Failed("user data is too large when it is decompressed")
        return plain

    def add(self, content, kind, name, depth):
        if depth > MOST_DEPTH:
            raise Failed("user data has too many nested includes")
        if content[:2] == b"\x1f\x8b":
            content = self.unpacked(content)
        found = type_of(content)
        if found == "multipart":
            return self.add_message(content, depth)
        # The start of the content outweighs the declared type, except for types that set when a script runs.
        claimed = kind if kind in FOLDERS or kind in self.handlers else None
        if kind in ("text/x-include-url", "text/x-include-once-url") and not found:
            claimed = kind
        kind = claimed or found or kind or "text/x-not-multipart"
        if kind in ("text/x-include-url", "text/x-include-once-url"):
            return self.include(content.decode(errors="replace"), kind == "text/x-include-once-url", depth)
        if kind == "text/cloud-config-archive":
            return self.add_archive(content.decode(errors="replace"), depth)
        self.number += 1
        name = self.file_name(name)
        if kind == "text/jinja2":
            content = self.rendered(content.decode(errors="replace"), name)
            if content is None:
                return
            kind = type_of(content) or "text/x-not-multipart"
        self.handle(kind, name, content)

    def file_name(self, name):
        plain = re.sub(r"[^A-Za-z0-9._-]", "", os.path.basename(name or "")).lstrip(".")
        return plain or f"part-{self.number:03}"

    def handle(self, kind, name, content):
        if kind in self.handlers:
            self.call(self.handlers[kind], kind, name, content)
        elif kind in FOLDERS:
            self.repeated.append((FOLDERS[kind], name, content))
        elif kind == "text/x-shellscript":
            self.scripts.append((name, content))
        elif kind == "text/cloud-boothook":
            self.hooks.append((name, b"#!/bin/sh\n" + content if content.startswith(b"#cloud-boothook") else content))
        elif kind == "text/cloud-config":
            self.add_config(content, name)
        elif kind == "text/part-handler":
            self.add_handler(content, name)
        elif kind in ("text/cloud-config-jsonp", "text/upstart-job"):
            raise Failed(f"Drydock guests do not support parts of type {kind} ({name})")
        else:
            what = "non-multipart" if kind == "text/x-not-multipart" else "unknown content-type"
            self.warn("__init__.py", f"Unhandled {what} ({kind}) userdata: '{content[:24]!r}...'")

    def rendered(self, text, name):
        body = text.split("\n", 1)[1] if "\n" in text else ""
        try:
            text, missed = guest_jinja.render(body, self.variables())
        except guest_jinja.TemplateError as error:
            self.warn("__init__.py", f"Ignoring jinja template for {name}: {error}")
            return None
        if missed:
            names = "', '".join(missed)
            self.warn("jinja_template.py", f"Could not render jinja template variables in file '{name}': '{names}'")
        return text.encode()

    def add_message(self, content, depth):
        import email
        message = email.message_from_bytes(content)
        if not message.is_multipart():
            self.warn("__init__.py", "a multipart message could not be read")
        for part in message.walk():
            if part.is_multipart():
                continue
            wanted = part.get("Launch-Index")
            if wanted is not None and wanted.strip() != str(self.index):
                continue
            payload = part.get_payload(decode=True) or b""
            kind = part.get_content_type()
            self.add(payload, None if kind in ("text/plain", "application/octet-stream") else kind, part.get_filename(), depth + 1)

    def add_archive(self, text, depth):
        try:
            entries = guest_yaml.load(text)
        except guest_yaml.YAMLError as error:
            raise Failed(f"the cloud-config archive cannot be read: {error}")
        for entry in entries or []:
            entry = entry if isinstance(entry, dict) else {"content": str(entry)}
            if "launch-index" in entry and str(entry["launch-index"]) != str(self.index):
                continue
            self.add(str(entry.get("content", "")).encode(), entry.get("type"), entry.get("filename"), depth + 1)

    def include(self, text, once, depth):
        for line in text.split("\n"):
            url = re.sub(r"^#include(-once)?", "", line).strip()
            if line.startswith("#include-once"):
                once = True
            if not url or url.startswith("#") or url in self.included:
                continue
            self.included.add(url)
            kept = f"{facts.INSTANCE}/data/urlcache/{hashlib.md5(url.encode()).hexdigest()}"
            if once and os.path.exists(kept):
                with open(kept, "rb") as file:
                    content = file.read()
            else:
                try:
                    content = facts.fetch(url)
                except OSError as error:
                    raise Failed(str(error))
                if once:
                    facts.write(kept, content, 0o600)
            self.add(content, None, None, depth + 1)

    def add_config(self, content, name):
        text = content.decode(errors="replace")
        try:
            config = guest_yaml.load(text)
        except guest_yaml.YAMLError as error:
            self.is_config_whole = False
            self.warn("util.py", f"Failed loading yaml blob. Invalid format at line {error.line} column {error.column}: \"{error.problem}\"")
            return self.warn("cloud_config.py", f"Failed at merging in cloud config part from {name}")
        if config is None:
            config = {}
        if not isinstance(config, dict):
            self.is_config_whole = False
            self.warn("util.py", f"Failed loading yaml blob. Yaml load allows (<class 'dict'>,) root types, but got {type(config).__name__} instead")
            return self.warn("cloud_config.py", f"Failed at merging in cloud config part from {name}")
        if "launch-index" in config and str(config["launch-index"]) != str(self.index):
            return
        self.config_texts.append(text)
        self.config = merged(self.config, config, config.get("merge_how") or config.get("merge_type"))

    # Python handlers from user data

    def add_handler(self, content, name):
        scope = {"__name__": "part_handler"}
        try:
            exec(compile(content.decode(), name, "exec"), scope)
            for kind in scope["list_types"]():
                self.handlers[kind] = scope["handle_part"]
        except Exception as error:
            raise Failed(f"Failed to register part handler {name}: {error!r}")
        self.call(scope["handle_part"], "__begin__", None, None)

    def call(self, handler, kind, name, content):
        count = handler.__code__.co_argcount
        payload = content.decode(errors="surrogateescape") if content is not None else None
        try:
            handler(*(None, kind, name, payload, "once-per-instance")[:count])
        except Exception as error:
            self.warn("__init__.py", f"Failed calling handler {handler.__name__} ({kind}, {name}): {error!r}")


def merged(base, new, how):
    """Merges two configurations; the later one wins. https://cloudinit.readthedocs.io/en/latest/reference/merging.html"""
    rules = {"dict": {"replace"}, "list": set(), "str": set()}
    if isinstance(how, str):
        for match in re.finditer(r"(dict|list|str)\(([^)]*)\)", how):
            rules[match[1]] = {word.strip() for word in match[2].split(",") if word.strip()}
    elif isinstance(how, list):
        for entry in how:
            rules[entry.get("name")] = set(entry.get("settings") or [])

    def merge(old, new):
        if isinstance(old, dict) and isinstance(new, dict):
            result = dict(old)
            for key, value in new.items():
                if key not in result:
                    result[key] = value
                elif type(result[key]) in (dict, list, str) and may_merge(result[key], value):
                    result[key] = merge(result[key], value)
                elif "replace" in rules["dict"]:
                    result[key] = value
            return result
        if isinstance(old, list) and isinstance(new, list):
            if "append" in rules["list"]:
                return old + new
            if "prepend" in rules["list"]:
                return new + old
            return old if "no_replace" in rules["list"] else new
        if isinstance(old, str) and isinstance(new, str) and "append" in rules["str"]:
            return old + new
        return new

    def may_merge(old, value):
        if isinstance(old, dict):
            return isinstance(value, dict) and bool(rules["dict"] & {"recurse_dict", "recurse_array", "recurse_list", "no_replace"})
        if isinstance(old, list):
            return isinstance(value, list) and bool(rules["list"] & {"append", "prepend", "no_replace"})
        return isinstance(value, str) and "append" in rules["str"]

    return merge(base, new)
