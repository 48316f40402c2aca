"""Tests the parsers of the guests' programs without a guest: YAML, templates, parts of user data. Argument: their folder."""
import base64, gzip, sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import cloud_parts, cloud_schema, guest_jinja, guest_yaml
from cloud_modules import file_content, shell_lines


def same(found, wanted):
    assert found == wanted, f"\n found: {found!r}\nwanted: {wanted!r}"


def refused(body, *words):
    try:
        body()
    except Exception as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in {error}"
        return
    raise AssertionError(f"{words} was not refused")


# YAML, with the results of PyYAML 6.0.3

for text, wanted in [
        ("a: 1\nb: [x, \"y, z\", {q: 1}]\nc:\n- 1\n- k: v\n  l: w\n-   - nested\n", {"a": 1, "b": ["x", "y, z", {"q": 1}], "c": [1, {"k": "v", "l": "w"}, ["nested"]]}),
        ("e: |\n  one\n    two\n\n  three\nf: >-\n  x\n  y\n\n  z\ng: |+\n  k\n\nh: 1\n", {"e": "one\n  two\n\nthree\n", "f": "x y\nz", "g": "k\n\n", "h": 1}),
        ("a: 'it''s'\nb: \"t\\tb\\u00e9\"\nc: yes\nd: 0644\ne: '0644'\nf: ~\ng: 1.5\nh: 1:30\ni: http://x/y # c\nj: a#b\n",
         {"a": "it's", "b": "t\tb\u00e9", "c": True, "d": 420, "e": "0644", "f": None, "g": 1.5, "h": 90, "i": "http://x/y", "j": "a#b"}),
        ("a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n", {"a": {"b": 1}, "c": {"b": 1}, "d": {"e": 2, "b": 1}}),
        ("x: plain\n  continued\ny:\n  block\n  text\nz: \"multi\n  line\n\n  para\"\n", {"x": "plain continued", "y": "block text", "z": "multi line\npara"}),
        ("- [sh, -c, \"a\n  b\"]\n- 'c: d'\n", [["sh", "-c", "a b"], "c: d"]), ("#cloud-config\n", None), ("--- \na: b\n...\n", {"a": "b"}),
        ("a: !!str 12\nb: !!int 3\n", {"a": "12", "b": 3})]:
    same(guest_yaml.load(text), wanted)
for text, words in [
        ("packages: [a\n", ("expected ',' or ']'", "line 1")), ("a: b: c\n", ("mapping values are not allowed here",)),
        ("a:\n\tb: c\n", ("found character '\\t'", "line 2")), ("a: b\n c: d\n", ("mapping values are not allowed here",)),
        ("- a\nb: c\n", ("line 2",)), ("a: *nope\n", ("undefined alias",)), ("a: \"x\\q\"\n", ("unknown escape",)), ("a: - b\n", ("not allowed",)),
        ("a: !foo bar\n", ("constructor",)), ("a: b\n---\nc: d\n", ("single document",)), ("a: 'x\n", ("unexpected end",)),
        ("[" * 5000, ("too deep",))]:
    refused(lambda: guest_yaml.load(text), *words)

# Templates

data = {"v1": {"region": "us-east-1", "n": 3, "list": ["a", "b"]}, "ds": {"meta_data": {"x-y": {"z": 1}}}}
for text, wanted in [
        ("{{ v1.region }}", "us-east-1"), ("{% if v1.region == 'us-east-1' %}\nyes\n{% else %}\nno\n{% endif %}\nend", "yes\nend"),
        ("{% for i in v1.list %}{{ loop.index }}{{ i|upper }},{% endfor %}", "1A,2B,"), ("{{ 'a' + v1.region|upper }}", "aUS-EAST-1"),
        ("{{ ('a' + v1.region)|upper }}", "AUS-EAST-1"), ("{{ v1.x|default('z') }}{{ v1.x is defined }}", "zFalse"),
        ("{{ ds.meta_data['x-y'].z }}{# c #}", "1"), ("{{ v1.region.split('-')[0] }}{% set a = 1 %}{{ a + 1 }}", "us2"),
        ("{{ v1.n if v1.n > 2 else 0 }}{{ 'a' ~ v1.n }}", "3a3"), ("{%- if true -%} x {%- endif -%}", "x"), ("{% raw %}{{ a }}{% endraw %}", "{{ a }}")]:
    same(guest_jinja.render(text, data), (wanted, []))
same(guest_jinja.render("{{ v1.nope }}", data), ("CI_MISSING_JINJA_VAR/nope", ["v1.nope"]))
for text in ["{% foo %}", "{% if a %}", "{{ a | nothing }}", "{{ a + }}", "{{ v1.__class__.__mro__() }}", "{{ ''.format.__globals__() }}"]:
    refused(lambda: guest_jinja.render(text, data))

# User data

warnings = []


def parts(raw, index="0"):
    warnings.clear()
    return cloud_parts.Parts(raw.encode() if isinstance(raw, str) else raw, lambda: data, index, lambda source, text: warnings.append(text))


message = """Content-Type: multipart/mixed; boundary="B"
MIME-Version: 1.0

--B
Content-Type: text/cloud-config; charset="us-ascii"

#cloud-config
hostname: parts
--B
Content-Type: text/x-shellscript
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="a script.sh"

%s
--B
Content-Type: text/x-shellscript
Content-Transfer-Encoding: quoted-printable

#!/bin/sh
echo a=3Db
--B
Content-Type: text/x-shellscript-per-boot

#!/bin/sh
--B
Content-Type: text/x-shellscript
Launch-Index: 1

#!/bin/sh
--B
Content-Type: text/x-something

what is this
--B--
""" % base64.b64encode(b"#!/bin/sh\necho encoded\n").decode()
for text in (message, message.replace("\n", "\r\n")):
    found = parts(text)
    same(found.config, {"hostname": "parts"})
    same([name for name, _ in found.scripts], ["ascript.sh", "part-003"])
    same(found.scripts[0][1], b"#!/bin/sh\necho encoded\n")
    assert found.scripts[1][1].startswith(b"#!/bin/sh") and b"echo a=b" in found.scripts[1][1]
    same([(folder, name) for folder, name, _ in found.repeated], [("per-boot", "part-004")])
    same(len(warnings), 1)
    assert warnings[0].startswith("Unhandled unknown content-type (text/x-something) userdata"), warnings
same(len(parts(message, "1").scripts), 3)
same(parts(gzip.compress(b"#!/bin/sh\necho packed\n")).scripts, [("part-001", b"#!/bin/sh\necho packed\n")])
refused(lambda: parts(b"\x1f\x8b\x01\x02"), "could not be decompressed")
parts("hello\n")
assert warnings[0].startswith("Unhandled non-multipart (text/x-not-multipart) userdata"), warnings
parts("#cloud-config\npackages: [a\n")
assert warnings[0].startswith("Failed loading yaml blob. Invalid format at line 2 column 11:"), warnings
same(parts("#cloud-config-archive\n- '#!/bin/sh'\n- {type: text/cloud-config, content: 'a: 1'}\n").config, {"a": 1})
same(parts("## template: jinja\n#!/bin/sh\necho {{ v1.region }}\n").scripts, [("part-001", b"#!/bin/sh\necho us-east-1\n")])
parts("## template: jinja\n#cloud-config\nhostname: {{ v1.nope }}\n")
same(warnings, ["Could not render jinja template variables in file 'part-001': 'v1.nope'"])
handler = "#part-handler\ndef list_types():\n  return ['text/x-mine']\ndef handle_part(data, ctype, filename, payload):\n  heard.append((ctype, payload))\n"
import builtins
builtins.heard = heard = []
parts("Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/part-handler\n\n%s\n--B\nContent-Type: text/x-mine\n\nit\n--B--\n" % handler)
same(heard, [("__begin__", None), ("text/x-mine", "it"), ("__end__", None)])
refused(lambda: parts("#part-handler\nimport nothing_such\n"), "Failed to register part handler")

same(cloud_parts.merged({"a": [1], "b": {"c": 1}}, {"a": [2], "b": {"d": 2}}, None), {"a": [2], "b": {"d": 2}})
same(cloud_parts.merged({"a": [1], "b": {"c": 1}}, {"a": [2], "b": {"d": 2}}, "list(append)+dict(no_replace,recurse_list)+str()"),
     {"a": [1, 2], "b": {"c": 1, "d": 2}})

# The allowed content of a configuration

for text, wanted in [
        ("pakages: [a]", "pakages: Additional properties are not allowed ('pakages' was unexpected)"),
        ("runcmd: echo", "runcmd: 'echo' is not of type 'array'"),
        ("write_files: [{path: /a, contents: b}]", "write_files.0: Additional properties are not allowed ('contents' was unexpected)"),
        ("write_files: [{content: b}]", "write_files.0: 'path' is a required property"),
        ("users: [{name: a, ssh_authorized_keys: key}]", "users.0.ssh_authorized_keys: 'key' is not of type 'array'"),
        ("power_state: {mode: off2}", "power_state.mode: 'off2' is not one of ['poweroff', 'reboot', 'halt']")]:
    same(cloud_schema.words(cloud_schema.problems(guest_yaml.load(text))), "Cloud config schema errors: " + wanted)
same(cloud_schema.problems(guest_yaml.load("packages: [a, [b, 1.0]]\nusers: [default]\nswap: {size: 1}\napt: {sources: {}}\n")), [])

same(shell_lines([["touch", "/tmp/it's"], "echo done > /tmp/done"]), "#!/bin/sh\n'touch' '/tmp/it'\\''s'\necho done > /tmp/done\n")
refused(lambda: shell_lines([{"echo": 1}]), "Unable to shellify")
same(file_content({"encoding": "gz+b64", "content": base64.b64encode(gzip.compress(b"packed")).decode()}), b"packed")

# Versions as dpkg compares them, and package files

import io, package_files, tarfile, tempfile

ordered = "1.0~~ 1.0~rc1 1.0 1.0-1 1.0a 1.0+dfsg 1.0.1 1.9 1.10 2.0-1~bpo12+1 2.0-1 1:0.1".split()
for number, one in enumerate(ordered):
    for place, other in enumerate(ordered):
        sign = package_files.compare(one, other)
        same((sign > 0) - (sign < 0), (number > place) - (number < place))
same(package_files.place_of("./usr/lib/systemd/system/a.service"), "/var/lib/drydock/units/a.service")
same([package_files.place_of(path) for path in ("usr/bin/a", "/sbin/b", "etc/c", "usr/share/d", "lib/e")],
     ["/usr/local/bin/a", "/usr/local/sbin/b", "/etc/c", "/usr/local/share/d", "/usr/local/lib/e"])
same(package_files.place_of("usr/lib/python3/dist-packages/a/b.py"), "/usr/local/lib/python%d.%d/dist-packages/a/b.py" % sys.version_info[:2])
same(package_files.relocated("#!/bin/sh\nexec /usr/bin/env /usr/bin/nothing-such\n"), "#!/bin/sh\nexec /usr/bin/env /usr/bin/nothing-such\n")


def deb(members):
    """Returns a .deb whose data is the members' names and contents."""
    def archive(files):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w:gz") as tar:
            for name, text in files:
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                tar.addfile(entry, io.BytesIO(text))
        return file.getvalue()

    found = b"!<arch>\n"
    control = b"Package: a\nVersion: 1:2-3\nDescription: short\n long\n"
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.gz", archive([("./control", control), ("./conffiles", b"/etc/a\n")])),
                          ("data.tar.gz", archive(members))):
        found += b"%-16s%-12s%-6s%-6s%-8s%-10d`\n" % (name.encode(), b"0", b"0", b"0", b"100644", len(content)) + content + b"\n" * (len(content) % 2)
    return found


with tempfile.TemporaryDirectory() as folder:
    path = folder + "/a.deb"
    for content, is_good in ((deb([("./etc/a", b"1")]), True), (deb([])[:-200], False), (b"!<arch>\n", False), (b"", False), (b"no", False)):
        with open(path, "wb") as file:
            file.write(content)
        try:
            package = package_files.Deb(path)
            same((package.name, package.version, package.kept, is_good), ("a", "1:2-3", {"/etc/a"}, True))
            package.unpack(folder + "/out")
            same(open(folder + "/out/etc/a").read(), "1")
        except (package_files.Unreadable, ValueError, EOFError, tarfile.TarError):
            same(is_good, False)
        try:
            package_files.Rpm(path)
            same("an rpm", None)
        except package_files.Unreadable:
            pass
print("all held")
