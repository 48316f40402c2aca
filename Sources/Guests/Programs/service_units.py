"""Parses unit files, and holds what the service manager knows about the guest."""
import os, re, socket, sys

CONTROL = "/run/systemd/private"
ETC = "/etc/systemd/system"
FOLDERS = [ETC, "/run/systemd/system", "/usr/local/lib/systemd/system", "/var/lib/drydock/units"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
# Services that the guest itself simulates; starting them does nothing.
PLAYED = {"ssh", "sshd", "cron", "crond", "snapd", "systemd-resolved", "systemd-journald", "systemd-networkd", "rsyslog",
          "chrony", "chronyd", "amazon-ssm-agent", "snap.amazon-ssm-agent.amazon-ssm-agent", "systemd-timesyncd", "dbus"}
TARGETS = {"network", "network-online", "network-pre", "multi-user", "default", "graphical", "basic", "sysinit", "local-fs",
           "remote-fs", "timers", "sockets", "nss-lookup", "time-sync", "paths", "nss-user-lookup", "cloud-config",
           "getty", "rpcbind", "syslog", "cloud-init"}


class Shared:
    """State that the manager's parts share: the clock for jobs, and the manager itself."""

    clock = manager = None


shared = Shared()


def full(name):
    return name if re.search(r"\.(service|timer|target|socket|path|mount|slice|device|swap)$", name) else name + ".service"


def played(name):
    base, kind = name.rsplit(".", 1)
    if kind == "target":
        if base == "cloud-init":
            return os.path.exists("/run/cloud-init/result")
        return base in TARGETS
    if base in ("docker", "containerd"):
        return os.path.exists("/usr/local/bin/docker") and kind in ("service", "socket")
    if base in ("cloud-final", "cloud-init", "cloud-config", "cloud-init-local"):
        return base != "cloud-final" or os.path.exists("/run/cloud-init/result")
    return kind == "service" and base in PLAYED


def find(name):
    """Returns the path of a unit's file, or of its template's; None if there is none."""
    names = [name]
    if "@" in name:
        names.append(re.sub(r"@[^.]*\.", "@.", name))
    for wanted in names:
        for folder in FOLDERS:
            path = folder + "/" + wanted
            if os.path.lexists(path):
                return path
    return None


def canonical(name):
    """Returns the name of the unit that a name is an alias of."""
    path = find(name)
    if path and os.path.islink(path) and "@" not in name:
        target = os.path.basename(os.path.realpath(path))
        if target != name and full(target) == target and find(target):
            return target
    return name


def is_masked(name):
    path = find(name)
    return bool(path) and os.path.realpath(path) == "/dev/null"


class Settings:
    """The settings in a unit's file and in its .d folder."""

    def __init__(self, name):
        self.name, self.path, self.values, self.problems = name, find(name), {}, []
        # Path, number, section and key of each line; a section's own line has no key.
        self.lines = []
        self.dropins = []
        for folder in FOLDERS:
            try:
                found = sorted(os.listdir(f"{folder}/{name}.d"))
            except OSError:
                continue
            self.dropins += [f"{folder}/{name}.d/{file}" for file in found if file.endswith(".conf")]
        if self.path:
            for path in [self.path] + self.dropins:
                self.read(path)

    def read(self, path):
        try:
            text = open(path, errors="replace").read()
        except OSError as error:
            self.problems.append(str(error))
            return
        section = ""
        text = re.sub(r"\\\n[ \t]*", " ", text)
        for number, line in enumerate(text.split("\n"), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            if line.startswith("[") and line.endswith("]"):
                section = line[1:-1]
                self.lines.append((path, number, section, None))
            elif "=" in line and section:
                key, value = (part.strip() for part in line.split("=", 1))
                self.lines.append((path, number, section, key))
                values = self.values.setdefault((section, key), [])
                if value == "":
                    values.clear()
                else:
                    values.append(self.specified(value))
            else:
                what = "Missing '='" if section else "Assignment outside of section"
                self.problems.append(f"{path}:{number}: {what}, ignoring line.")

    def specified(self, value):
        base = self.name.rsplit(".", 1)[0]
        known = {"n": self.name, "N": base, "i": base.split("@", 1)[1] if "@" in base else "", "p": base.split("@")[0],
                 "H": socket.gethostname(), "t": "/run", "S": "/var/lib", "C": "/var/cache", "L": "/var/log", "u": "root",
                 "h": "/root", "m": "", "b": "", "%": "%", "T": "/tmp", "E": "/etc"}
        known["I"] = known["i"].replace("-", "/")
        return re.sub(r"%(.)", lambda match: known.get(match[1], match[0]), value)

    def all(self, section, key):
        return self.values.get((section, key), [])

    def get(self, section, key, default=""):
        values = self.all(section, key)
        return values[-1] if values else default

    def words(self, section, key):
        return [word for value in self.all(section, key) for word in value.split()]

    def flag(self, section, key):
        return self.get(section, key).lower() in ("yes", "true", "1", "on")


def seconds(text, default):
    if not text:
        return default
    if text == "infinity":
        return 1e9
    units = {"us": 1e-6, "ms": .001, "": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hr": 3600, "d": 86400, "w": 604800}
    total, found = 0.0, re.findall(r"([\d.]+)\s*([a-z]*)", text.lower())
    for number, unit in found:
        unit = unit if unit in units else unit.rstrip("s").replace("second", "s").replace("minute", "min").replace(
            "hour", "h").replace("day", "d").replace("week", "w")
        if unit not in units:
            return default
        total += float(number) * units[unit]
    return total if found else default


def user_named(name):
    """Returns the fields of a user's line in /etc/passwd. The last line with the name wins, as for the stand-in for users."""
    found = None
    for line in open("/etc/passwd", errors="replace"):
        fields = line.rstrip("\n").split(":")
        if len(fields) > 6 and name in (fields[0], fields[2]):
            found = fields
    return found


def group_number(name):
    for line in open("/etc/group", errors="replace"):
        fields = line.rstrip("\n").split(":")
        if len(fields) > 3 and name in (fields[0], fields[2]):
            return int(fields[2])
    return None


def groups_of(name):
    numbers = []
    for line in open("/etc/group", errors="replace"):
        fields = line.rstrip("\n").split(":")
        if len(fields) > 3 and name in fields[3].split(","):
            numbers.append(int(fields[2]))
    return numbers


def are_apart():
    return os.path.exists("/run/drydock/become")


has_syslog = not os.path.exists("/etc/yum.repos.d/.amzn") and "ID=\"amzn\"" not in (
    open("/etc/os-release").read() if os.path.exists("/etc/os-release") else "")


class Refused(Exception):
    def __init__(self, words, code=1):
        self.words, self.code = words, code


def processes():
    """Returns parent, session and state of every process."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = open(f"/proc/{name}/stat").read().rsplit(")", 1)[1].split()
                if fields[0] not in "ZX":
                    found[int(name)] = (int(fields[1]), int(fields[3]))
            except (OSError, IndexError, ValueError):
                pass
    return found


def send(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def quietly(body, *arguments):
    try:
        body(*arguments)
    except Refused:
        pass


def complain(text):
    print(text, file=sys.stderr)
