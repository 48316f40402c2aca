#!/usr/bin/python3 -ISE
"""The manager of a guest's services, its log and its jobs by the clock: `--init` is the process that supervises; called as
systemctl, service, journalctl or crontab it asks that process."""
import json, os, re, shlex, signal, socket, subprocess, sys, threading, time

CONTROL, JOURNAL, LOG = "/run/systemd/private", "/var/log/journal/log", "/run/systemd/journal/dev-log"
ETC = "/etc/systemd/system"
FOLDERS = [ETC, "/run/systemd/system", "/usr/local/lib/systemd/system", "/var/lib/drydock/units"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
MOST_LOG = 16 << 20
# What the guest itself plays; nothing is started by it.
PLAYED = {"ssh", "sshd", "cron", "crond", "snapd", "systemd-resolved", "systemd-journald", "systemd-networkd", "rsyslog",
          "chrony", "chronyd", "amazon-ssm-agent", "snap.amazon-ssm-agent.amazon-ssm-agent", "systemd-timesyncd", "dbus"}
TARGETS = {"network", "network-online", "network-pre", "multi-user", "default", "graphical", "basic", "sysinit", "local-fs",
           "remote-fs", "timers", "sockets", "nss-lookup", "time-sync", "paths", "nss-user-lookup", "cloud-config",
           "getty", "rpcbind", "syslog", "cloud-init"}


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
    """The file of a unit, or of its template; None without one."""
    names = [name]
    if "@" in name:
        names.append(re.sub(r"@[^.]*\.", "@.", name))
    for wanted in names:
        for folder in FOLDERS:
            path = folder + "/" + wanted
            if os.path.lexists(path):
                return path
    return None


def is_masked(name):
    path = find(name)
    return bool(path) and os.path.realpath(path) == "/dev/null"


class Settings:
    """What a unit's file and those beside it in its .d folder say."""

    def __init__(self, name):
        self.name, self.path, self.values, self.problems = name, find(name), {}, []
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
            elif "=" in line and section:
                key, value = (part.strip() for part in line.split("=", 1))
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
    """The last line counts: see the stand-in for users."""
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


# The log

journal_lock = threading.Lock()
has_syslog = not os.path.exists("/etc/yum.repos.d/.amzn") and "ID=\"amzn\"" not in (
    open("/etc/os-release").read() if os.path.exists("/etc/os-release") else "")


def log(unit, tag, pid, text, priority=6):
    now = time.time()
    entry = json.dumps([round(now, 6), unit, tag, pid, priority, text])
    with journal_lock:
        try:
            if os.path.exists(JOURNAL) and os.path.getsize(JOURNAL) > MOST_LOG:
                os.replace(JOURNAL, JOURNAL + ".1")
            with open(JOURNAL, "a") as file:
                file.write(entry + "\n")
            if has_syslog:
                with open("/var/log/syslog", "a") as file:
                    file.write(shown(json.loads(entry), "short") + "\n")
        except OSError:
            pass


def shown(entry, form):
    when, unit, tag, pid, priority, text = entry
    if form == "cat":
        return text
    if form == "json":
        return json.dumps({"__REALTIME_TIMESTAMP": str(int(when * 1e6)), "_SYSTEMD_UNIT": unit, "SYSLOG_IDENTIFIER": tag,
                           "_PID": str(pid or ""), "PRIORITY": str(priority), "MESSAGE": text})
    moment = time.localtime(when)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z" if form.startswith("short-iso") else "%b %d %H:%M:%S", moment)
    return f"{stamp} {socket.gethostname()} {tag}{f'[{pid}]' if pid else ''}: {text}"


def listen_to_log():
    os.makedirs(os.path.dirname(LOG), exist_ok=True)
    try:
        os.unlink(LOG)
    except OSError:
        pass
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    door.bind(LOG)
    os.chmod(LOG, 0o666)

    def hear():
        while True:
            text = door.recv(65536).decode(errors="replace").rstrip("\n\0")
            match = re.match(r"(?:<(\d+)>)?(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?(?:([^\s:\[]+)(?:\[(\d+)\])?: ?)?(.*)", text, re.S)
            log("", match[2] or "unknown", int(match[3] or 0), match[4], int(match[1] or 14) & 7)

    threading.Thread(target=hear, daemon=True).start()


# Units

class Refused(Exception):
    def __init__(self, words, code=1):
        self.words, self.code = words, code


def processes():
    """Parent, session and state of every process."""
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


class Unit:
    def __init__(self, name):
        self.name = name
        self.lock = threading.RLock()
        self.state, self.sub, self.result = "inactive", "dead", "success"
        self.main, self.status, self.code, self.since = 0, 0, "", 0.0
        self.session, self.left = 0, set()
        self.wanted, self.restarts, self.starts, self.run = False, 0, [], 0
        self.activated = 0.0
        self.settings = Settings(name)

    def turn(self, state, sub):
        if (state, sub) != (self.state, self.sub):
            self.state, self.sub, self.since = state, sub, time.time()

    def say(self, text, priority=6):
        log(self.name, "systemd", 1, text, priority)

    @property
    def title(self):
        text = self.settings.get("Unit", "Description")
        return f"{self.name} - {text}" if text else self.name

    def members(self):
        """The processes of the unit."""
        all_ = processes()
        own = {pid for pid, (_, session) in all_.items() if self.session and session == self.session}
        own |= {pid for pid in ({self.main} | self.left) if pid in all_}
        grown = True
        while grown:
            more = {pid for pid, (parent, _) in all_.items() if parent in own and pid not in own and pid != os.getpid()}
            own |= more
            grown = bool(more)
        return own - {0, 1, os.getpid()}

    # Starting

    def environment(self, user):
        values = {"PATH": PATH, "LANG": "C.UTF-8", "INVOCATION_ID": os.urandom(16).hex(),
                  "AWS_CA_BUNDLE": os.environ.get("AWS_CA_BUNDLE", "")}
        if not values["AWS_CA_BUNDLE"]:
            for line in open("/etc/environment") if os.path.exists("/etc/environment") else []:
                if line.startswith("AWS_CA_BUNDLE="):
                    values["AWS_CA_BUNDLE"] = line.split("=", 1)[1].strip().strip('"')
        if user:
            values.update(USER=user[0], LOGNAME=user[0], HOME=user[5], SHELL=user[6] or "/bin/sh")
        for line in self.settings.all("Service", "Environment"):
            for word in shlex.split(line):
                if "=" in word:
                    key, value = word.split("=", 1)
                    values[key] = value
        for path in self.settings.all("Service", "EnvironmentFile"):
            may_be_missing, path = path.startswith("-"), path.lstrip("-")
            try:
                lines = open(path, errors="replace").read().replace("\\\n", "").split("\n")
            except OSError:
                if may_be_missing:
                    continue
                self.say(f"{self.name}: Failed to load environment files: No such file or directory", 3)
                raise Refused("resources")
            for line in lines:
                line = line.strip()
                if line and line[0] not in "#;" and "=" in line:
                    key, value = line.split("=", 1)
                    value = value.strip()
                    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                        value = value[1:-1]
                    values[key.strip()] = value
        return values

    def command(self, line, variables):
        prefix = re.match(r"[-@:+!|]*", line)[0]
        words = []
        for word in shlex.split(line[len(prefix):]):
            alone = re.fullmatch(r"\$(\w+)", word)
            if ":" in prefix:
                words.append(word)
            elif alone:
                words += variables.get(alone[1], "").split()
            else:
                word = re.sub(r"\$\{(\w+)\}|\$(\w+)|\$\$", lambda m: "$" if m[0] == "$$" else variables.get(m[1] or m[2], ""), word)
                words.append(word)
        if "@" in prefix and len(words) > 1:
            words = [words[0]] + words[2:]
        return prefix, words

    def spawn(self, line, keeps_session=False, extra=None):
        """Starts one command line of the unit. Returns its process, or the exit status with which it could not start."""
        setting = self.settings.get
        user = group = None
        name = setting("Service", "User")
        prefix = re.match(r"[-@:+!|]*", line)[0]
        if "+" in prefix or "!" in prefix:
            name = ""
        if name and name not in ("root", "0"):
            user = user_named(name)
            if not user:
                self.say(f"{self.name}: Failed to determine user credentials: No such process", 3)
                return 217
            group = int(user[3])
        else:
            user = user_named("root")
        if setting("Service", "Group"):
            group = group_number(setting("Service", "Group"))
            if group is None:
                self.say(f"{self.name}: Failed to determine group credentials: No such process", 3)
                return 216
        variables = self.environment(user if name else None)
        variables.update(extra or {})
        prefix, words = self.command(line, variables)
        program = words[0] if words else ""
        if "/" not in program:
            program = next((f"{p}/{program}" for p in PATH.split(":") if os.access(f"{p}/{program}", os.X_OK)), program)
        folder = setting("Service", "WorkingDirectory", "/")
        may_be_missing, folder = folder.startswith("-"), folder.lstrip("-")
        if folder == "~":
            folder = user[5] if user else "/root"
        if not os.path.isdir(folder):
            if not may_be_missing:
                self.say(f"{self.name}: Changing to the requested working directory failed: No such file or directory", 3)
                return 200
            folder = "/"
        uid = int(user[2]) if user and name else 0
        for key, base in [("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib"), ("LogsDirectory", "/var/log"),
                          ("CacheDirectory", "/var/cache"), ("ConfigurationDirectory", "/etc")]:
            for word in self.settings.words("Service", key):
                path = f"{base}/{word}"
                os.makedirs(path, exist_ok=True)
                if key != "ConfigurationDirectory" and are_apart():
                    os.chown(path, uid, group or 0)
                variables[re.sub("(?<!^)([A-Z])", r"_\1", key).upper()] = path
        options = dict(umask=int(setting("Service", "UMask", "0022"), 8))
        if uid or group:
            if are_apart():
                options.update(user=uid, group=group or 0, extra_groups=groups_of(user[0]) if user else [])
            else:
                words = ["/usr/bin/unshare", f"--map-user={uid}", f"--map-group={group or 0}", "--", program] + words[1:]
                if not os.access(program, os.X_OK):
                    words = []
                program = words[0] if words else ""
        tag = setting("Service", "SyslogIdentifier") or os.path.basename((words or ["unknown"])[-1 if not words else 0])
        streams, ends = [], []
        for key in ("StandardOutput", "StandardError"):
            kind = setting("Service", key, "journal" if key == "StandardOutput" else "inherit")
            match = re.match(r"(file|append|truncate):(.*)", kind)
            if kind == "inherit" and key == "StandardError":
                streams.append(streams[0])
            elif kind == "null":
                streams.append(subprocess.DEVNULL)
            elif match:
                flags = os.O_WRONLY | os.O_CREAT | {"append": os.O_APPEND, "truncate": os.O_TRUNC}.get(match[1], 0)
                try:
                    streams.append(os.open(match[2], flags, 0o644))
                except OSError:
                    self.say(f"{self.name}: Failed to set up standard output: No such file or directory", 3)
                    return 209
                ends.append(streams[-1])
            else:
                read, write = os.pipe()
                streams.append(write)
                ends.append(write)
                threading.Thread(target=self.follow, args=(read, tag), daemon=True).start()
        try:
            child = subprocess.Popen(
                words, executable=program, env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=streams[0],
                stderr=streams[1], start_new_session=True, **options)
        except (OSError, IndexError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "Exec format error"
            log(self.name, "systemd", 1, f"{self.name}: Failed to locate executable {program}: {reason}", 3)
            log(self.name, "systemd", 1, f"{self.name}: Failed at step EXEC spawning {program}: {reason}", 3)
            return 203
        finally:
            for end in set(ends):
                os.close(end)
        return child

    def follow(self, end, tag):
        with os.fdopen(end, errors="replace") as lines:
            for line in lines:
                log(self.name, tag, self.main, line.rstrip("\n"))

    def finish(self, child):
        return child if isinstance(child, int) else child.wait()

    def failed_line(self, line, status):
        """Whether the failure of a command counts."""
        return status != 0 and "-" not in re.match(r"[-@:+!|]*", line)[0]

    def start(self):
        """Starts it. Returns when that is done, or raises Refused."""
        with self.lock:
            if self.state in ("active", "activating", "reloading"):
                return
            self.settings = Settings(self.name)
            setting = self.settings.get
            limit, burst = seconds(setting("Unit", "StartLimitIntervalSec") or setting("Service", "StartLimitInterval"), 10), int(
                setting("Unit", "StartLimitBurst") or setting("Service", "StartLimitBurst") or 5)
            now = time.monotonic()
            self.starts = [moment for moment in self.starts if moment > now - limit]
            if limit and len(self.starts) >= burst:
                self.say(f"{self.name}: Start request repeated too quickly.", 4)
                self.fail("start-limit-hit")
                raise Refused(f"Job for {self.name} failed.\n{self.see()}")
            self.starts.append(now)
            self.wanted, self.result, self.main, self.status, self.code = True, "success", 0, 0, ""
            self.session, self.left = 0, set()
            self.run += 1
            run = self.run
            kind = setting("Service", "Type", "simple" if self.settings.all("Service", "ExecStart") else "oneshot")
            for key, path in [(key, value) for key in ("ConditionPathExists", "AssertPathExists") for value in self.settings.all("Unit", key)]:
                if os.path.exists(path.lstrip("!|")) == path.startswith("!"):
                    self.say(f"{self.name} was skipped because of an unmet condition check ({key}={path}).")
                    return
            self.turn("activating", "start")
            self.say(f"Starting {self.title}...")
            for problem in self.settings.problems:
                self.say(problem, 4)
            try:
                for line in self.settings.all("Service", "ExecStartPre"):
                    self.turn("activating", "start-pre")
                    status = self.finish(self.spawn(line))
                    if self.failed_line(line, status):
                        self.exited("Control process", status)
                        raise Refused("exit-code")
                self.turn("activating", "start")
                getattr(self, "start_" + kind.replace("idle", "simple").replace("dbus", "simple").replace("-", "_"), self.start_simple)(run)
                for line in self.settings.all("Service", "ExecStartPost"):
                    status = self.finish(self.spawn(line, extra={"MAINPID": str(self.main)}))
                    if self.failed_line(line, status):
                        self.exited("Control process", status)
                        self.kill()
                        raise Refused("exit-code")
            except Refused as error:
                self.fail(error.words)
                self.say(f"Failed to start {self.title}.", 3)
                self.again(run, 1)
                reason = {"timeout": "a timeout was exceeded", "resources": "of unavailable resources or another system error",
                          "protocol": "the service did not take the steps required by its unit configuration"}.get(
                    error.words, "the control process exited with error code")
                raise Refused(f"Job for {self.name} failed because {reason}.\n{self.see()}")
            self.activated = clock.now()
            if kind == "oneshot" and not self.settings.flag("Service", "RemainAfterExit"):
                self.turn("inactive", "dead")
                self.say(f"{self.name}: Deactivated successfully.")
                self.say(f"Finished {self.title}.")
            elif kind == "oneshot":
                self.turn("active", "exited")
                self.say(f"Finished {self.title}.")
            else:
                self.say(f"Started {self.title}.")

    def see(self):
        return f'See "systemctl status {self.name}" and "journalctl -xeu {self.name}" for details.'

    def begin(self):
        line = self.settings.get("Service", "ExecStart")
        child = self.spawn(line)
        if not isinstance(child, int):
            self.main = self.session = child.pid
        return child

    def start_simple(self, run):
        child = self.begin()
        self.turn("active", "running")
        threading.Thread(target=self.watch, args=(run, child), daemon=True).start()

    def start_exec(self, run):
        child = self.begin()
        if isinstance(child, int):
            self.exited("Main process", child)
            raise Refused("exit-code")
        self.turn("active", "running")
        threading.Thread(target=self.watch, args=(run, child), daemon=True).start()

    def start_oneshot(self, run):
        for line in self.settings.all("Service", "ExecStart"):
            child = self.spawn(line)
            if not isinstance(child, int):
                self.main = self.session = child.pid
            status = self.finish(child)
            self.main = 0
            if self.failed_line(line, status):
                self.exited("Main process", status)
                raise Refused("exit-code")

    def start_notify(self, run):
        path = f"/run/systemd/notify-{self.name}"
        if os.path.exists(path):
            os.unlink(path)
        door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        door.bind(path)
        os.chmod(path, 0o666)
        child = self.spawn(self.settings.get("Service", "ExecStart"), extra={"NOTIFY_SOCKET": path})
        if isinstance(child, int):
            self.exited("Main process", child)
            raise Refused("exit-code")
        self.main = self.session = child.pid
        end = time.monotonic() + seconds(self.settings.get("Service", "TimeoutStartSec") or self.settings.get("Service", "TimeoutSec"), 90)
        door.settimeout(.1)
        while True:
            try:
                if "READY=1" in door.recv(65536).decode(errors="replace").split("\n"):
                    break
            except OSError:
                pass
            if child.poll() is not None:
                self.exited("Main process", child.returncode)
                raise Refused("exit-code" if child.returncode else "protocol")
            if time.monotonic() > end:
                self.say(f"{self.name}: start operation timed out. Terminating.", 4)
                self.kill()
                raise Refused("timeout")
        self.turn("active", "running")
        threading.Thread(target=self.watch, args=(run, child), daemon=True).start()

    start_notify_reload = start_notify

    def start_forking(self, run):
        before = set(processes())
        child = self.spawn(self.settings.get("Service", "ExecStart"))
        if isinstance(child, int):
            self.exited("Control process", child)
            raise Refused("exit-code")
        self.session = child.pid
        end = time.monotonic() + seconds(self.settings.get("Service", "TimeoutStartSec") or self.settings.get("Service", "TimeoutSec"), 90)
        while child.poll() is None:
            if time.monotonic() > end:
                self.say(f"{self.name}: start operation timed out. Terminating.", 4)
                child.kill()
                raise Refused("timeout")
            time.sleep(.02)
        if child.returncode:
            self.exited("Control process", child.returncode)
            raise Refused("exit-code")
        path = self.settings.get("Service", "PIDFile")
        if path and not path.startswith("/"):
            path = "/run/" + path
        while path and time.monotonic() < end:
            try:
                self.main = int(open(path).read().split()[0])
                break
            except (OSError, ValueError, IndexError):
                time.sleep(.05)
        # What a daemon leaves behind is process 1's child.
        new = {pid: facts for pid, facts in processes().items() if pid not in before}
        self.left = {pid for pid, (parent, _) in new.items() if parent == 1}
        if not self.main and self.left:
            self.main = min(self.left)
        if not self.main:
            raise Refused("protocol")
        self.turn("active", "running")
        threading.Thread(target=self.watch_left, args=(run, self.main), daemon=True).start()

    def watch_left(self, run, pid):
        while os.path.exists(f"/proc/{pid}"):
            time.sleep(.2)
        self.ended(run, 0)

    def watch(self, run, child):
        self.ended(run, self.finish(child))

    def exited(self, what, status):
        named = {200: "CHDIR", 203: "EXEC", 209: "STDOUT", 216: "GROUP", 217: "USER", 1: "FAILURE", 2: "INVALIDARGUMENT"}
        if status < 0:
            self.code, self.status = "killed", -status
            words = f"code=killed, status={-status}/{signal.Signals(-status).name[3:]}"
        else:
            self.code, self.status = "exited", status
            words = f"code=exited, status={status}/{named.get(status, 'n/a')}"
        self.say(f"{self.name}: {what} exited, {words}", 5)

    def ended(self, run, status):
        """The main process is gone."""
        with self.lock:
            if run != self.run or self.state not in ("active", "reloading"):
                return
            fine = {0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGPIPE} | {
                int(word) for word in self.settings.words("Service", "SuccessExitStatus") if word.isdigit()}
            self.exited("Main process", status)
            self.main = 0
            self.kill()
            for line in self.settings.all("Service", "ExecStopPost"):
                self.finish(self.spawn(line))
            if status in fine:
                if self.settings.flag("Service", "RemainAfterExit"):
                    self.turn("active", "exited")
                    return
                self.turn("inactive", "dead")
                self.say(f"{self.name}: Deactivated successfully.")
            else:
                self.fail("signal" if status < 0 else "exit-code")
            self.again(run, status if status not in fine else 0)

    def fail(self, result):
        self.result, self.main = result, 0
        self.say(f"{self.name}: Failed with result '{result}'.", 4)
        self.turn("failed", "failed")

    def again(self, run, status):
        """Starts it once more where its unit says so."""
        rule = self.settings.get("Service", "Restart", "no")
        restarts = rule == "always" or rule == "on-success" and not status or rule == "on-failure" and status or (
            rule in ("on-abnormal", "on-abort") and status < 0)
        if not restarts or not self.wanted:
            return
        self.turn("activating", "auto-restart")

        def later():
            time.sleep(seconds(self.settings.get("Service", "RestartSec"), .1))
            with self.lock:
                if run != self.run or not self.wanted or self.sub != "auto-restart":
                    return
                self.restarts += 1
                self.say(f"{self.name}: Scheduled restart job, restart counter is at {self.restarts}.")
                self.turn("inactive", "dead")
                try:
                    self.start()
                except Refused:
                    pass

        threading.Thread(target=later, daemon=True).start()

    # Stopping

    def kill(self):
        """Ends every process of the unit."""
        name = self.settings.get("Service", "KillSignal", "SIGTERM")
        number = getattr(signal, name if name.startswith("SIG") else "SIG" + name, signal.SIGTERM)
        patience = seconds(self.settings.get("Service", "TimeoutStopSec") or self.settings.get("Service", "TimeoutSec"), 90)
        end = time.monotonic() + patience
        members = self.members()
        for pid in members:
            send(pid, number)
        while members:
            time.sleep(.02)
            members = self.members()
            if members and time.monotonic() > end:
                self.say(f"{self.name}: State 'stop-sigterm' timed out. Killing.", 4)
                for pid in members:
                    send(pid, signal.SIGKILL)
                end += 5

    def stop(self):
        self.wanted = False
        with self.lock:
            self.run += 1
            if self.state in ("inactive", "failed"):
                return
            waiting = self.sub == "auto-restart"
            self.turn("deactivating", "stop")
            self.say(f"Stopping {self.title}...")
            for line in self.settings.all("Service", "ExecStop"):
                self.finish(self.spawn(line, extra={"MAINPID": str(self.main)}))
            if not waiting:
                self.kill()
            for line in self.settings.all("Service", "ExecStopPost"):
                self.finish(self.spawn(line))
            self.main = 0
            self.turn("inactive", "dead")
            self.say(f"{self.name}: Deactivated successfully.")
            self.say(f"Stopped {self.title}.")

    def reload(self):
        with self.lock:
            if self.state != "active":
                raise Refused(f"{self.name} is not active, cannot reload.")
            lines = self.settings.all("Service", "ExecReload")
            if not lines:
                raise Refused(f"Failed to reload {self.name}: Job type reload is not applicable for unit {self.name}.")
            for line in lines:
                if self.failed_line(line, self.finish(self.spawn(line, extra={"MAINPID": str(self.main)}))):
                    raise Refused(f"Job for {self.name} failed.\n{self.see()}")


def send(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


class Timer(Unit):
    """A unit that starts another one by the clock."""

    def start(self):
        with self.lock:
            self.settings = Settings(self.name)
            self.turn("active", "waiting")
            self.activated = clock.now()
            self.last, self.fired = self.activated, set()
            self.say(f"Started {self.title}.")

    def stop(self):
        with self.lock:
            if self.state == "active":
                self.turn("inactive", "dead")
                self.say(f"Stopped {self.title}.")

    def target(self):
        return full(self.settings.get("Timer", "Unit") or self.name[:-len(".timer")])

    def look(self, now):
        if self.state != "active":
            return
        setting, due = self.settings.all, False
        for key, base in [("OnActiveSec", self.activated), ("OnBootSec", clock.booted), ("OnStartupSec", clock.booted)]:
            for index, text in enumerate(setting("Timer", key)):
                if (key, index) not in self.fired and now >= base + seconds(text, 0):
                    self.fired.add((key, index))
                    due = True
        other = manager.unit(self.target())
        for text in setting("Timer", "OnUnitActiveSec"):
            due = due or bool(other.activated) and now >= other.activated + seconds(text, 60)
        for text in setting("Timer", "OnUnitInactiveSec"):
            due = due or bool(other.activated) and other.state == "inactive" and now >= other.since + seconds(text, 60)
        due = due or any(passes(self.last, now, calendar(text)) for text in setting("Timer", "OnCalendar"))
        self.last = now
        if due and other.state != "active":
            other.activated = now
            threading.Thread(target=quietly, args=(manager.start, self.target()), daemon=True).start()


# The clock

class Clock:
    """The simulator's, as far as jobs go by it."""

    def __init__(self):
        self.booted = self.now()

    def now(self):
        try:
            with socket.create_connection(("169.254.169.254", 80), 2) as way:
                way.sendall(b"GET /drydock/clock HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n")
                answer = b""
                while piece := way.recv(4096):
                    answer += piece
            if b" 200 " in answer.split(b"\r\n")[0]:
                return float(answer.split(b"\r\n\r\n", 1)[1])
        except (OSError, ValueError, IndexError):
            pass
        return time.time()


def span(text, low, high, names=()):
    """The numbers that a field of crontab stands for; None for what is no field."""
    values = set()
    for part in text.lower().split(","):
        match = re.fullmatch(r"(\*|\w+)(?:(?:-|\.\.)(\w+))?(?:/(\d+))?", part)
        if not match:
            return None
        first, last, step = match[1], match[2], int(match[3] or 1)
        number = lambda word: names.index(word[:3]) + (low if low else 0) if word[:3] in names else int(word)
        try:
            start = low if first == "*" else number(first)
            end = high if first == "*" or match[3] and not last else start
            end = number(last) if last else end
        except ValueError:
            return None
        if not step or start < low or end > high or start > end:
            return None
        values |= set(range(start, end + 1, step))
    return values


MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
NICKNAMES = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
             "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}


def cron_times(fields):
    spans = [span(fields[0], 0, 59), span(fields[1], 0, 23), span(fields[2], 1, 31), span(fields[3], 1, 12, MONTHS),
             span(fields[4], 0, 7, DAYS)]
    if None in spans:
        return None
    minutes, hours, days, months, weekdays = spans
    weekdays = {day % 7 for day in weekdays}
    either = fields[2] != "*" and fields[4] != "*"

    def matches(t):
        weekday = (t.tm_wday + 1) % 7
        day = (t.tm_mday in days or weekday in weekdays) if either else (t.tm_mday in days and weekday in weekdays)
        return t.tm_min in minutes and t.tm_hour in hours and t.tm_mon in months and day

    return matches


def calendar(text):
    """When OnCalendar= is, to the minute. https://www.freedesktop.org/software/systemd/man/systemd.time.html"""
    text = {"minutely": "*:*", "hourly": "*:0", "daily": "0:0", "weekly": "Mon 0:0", "monthly": "*-*-1 0:0",
            "yearly": "*-1-1 0:0", "annually": "*-1-1 0:0"}.get(text.strip(), text.strip())
    days, date, hour = "*", "*-*-*", "0:0"
    for word in text.replace(" UTC", "").split():
        if re.match("[A-Za-z]", word):
            days = word
        elif ":" in word:
            hour = word
        else:
            date = word
    parts = date.split("-")
    parts = ["*"] * (3 - len(parts)) + parts
    clocks = hour.split(":")
    weekdays = set()
    for part in days.lower().split(","):
        ends = part.split("..")
        if part == "*":
            weekdays |= set(range(7))
        elif all(end[:3] in DAYS for end in ends):
            first, last = DAYS.index(ends[0][:3]), DAYS.index(ends[-1][:3])
            weekdays |= {(first + i) % 7 for i in range((last - first) % 7 + 1)}
        else:
            return None
    spans = [span(clocks[1], 0, 59), span(clocks[0], 0, 23), span(parts[2], 1, 31), span(parts[1], 1, 12)]
    years = None if parts[0] == "*" else span(parts[0], 1970, 9999)
    if None in spans:
        return None
    return lambda t: (t.tm_min in spans[0] and t.tm_hour in spans[1] and t.tm_mday in spans[2] and t.tm_mon in spans[3]
                      and (t.tm_wday + 1) % 7 in weekdays and (years is None or t.tm_year in years))


def passes(last, now, matches):
    """Whether a minute that matches began since `last`; a leap of the clock counts as one day at most."""
    if not matches:
        return False
    minute = max(int(last // 60) + 1, int(now // 60) - 1440)
    return any(matches(time.localtime(m * 60)) for m in range(minute, int(now // 60) + 1))


def jobs():
    """The jobs of cron: when, who, what, variables."""
    found = []
    sources = [("/etc/crontab", None)]
    for folder, own in [("/etc/cron.d", False), ("/var/spool/cron/crontabs", True)]:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = []
        for name in names:
            if own or re.fullmatch(r"[A-Za-z0-9_-]+", name):
                sources.append((f"{folder}/{name}", name if own else None))
    for path, user in sources:
        try:
            lines = open(path, errors="replace").read().split("\n")
        except OSError:
            continue
        variables = {}
        for line in lines:
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            setting = re.match(r"(\w+)\s*=\s*(.*)", line)
            if setting:
                variables[setting[1]] = setting[2].strip("\"'")
                continue
            is_named = line.startswith("@")
            fields = line.split(None, (1 if is_named else 5) + (0 if user else 1))
            when = fields[:1] if is_named else fields[:5]
            rest = fields[len(when):]
            if len(rest) < (1 if user else 2):
                continue
            found.append((" ".join(when), user or rest[0], rest[-1], dict(variables)))
    return found


def is_cron_there():
    if has_syslog:
        return True
    try:
        return "cronie\n" in open("/var/lib/drydock/packages").readlines()
    except OSError:
        return False


def run_job(user, command, variables):
    facts = user_named(user)
    if not facts:
        log("cron.service", "CRON", os.getpid(), f"({user}) ORPHAN (no passwd entry)", 4)
        return
    log("cron.service", "CRON", os.getpid(), f"({user}) CMD ({command})")
    values = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "HOME": facts[5], "LOGNAME": user, "USER": user}
    values.update(variables)
    command, *given = re.split(r"(?<!\\)%", command)
    words, options = [values["SHELL"], "-c", command.replace("\\%", "%")], {}
    uid, gid = int(facts[2]), int(facts[3])
    if uid and are_apart():
        options = dict(user=uid, group=gid, extra_groups=groups_of(user))
    elif uid:
        words = ["/usr/bin/unshare", f"--map-user={uid}", f"--map-group={gid}", "--"] + words
    try:
        child = subprocess.Popen(
            words, env=values, cwd=facts[5] if os.path.isdir(facts[5]) else "/", stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **options)
        child.communicate("\n".join(given).encode())
    except OSError as error:
        log("cron.service", "CRON", os.getpid(), f"({user}) CMD failed: {error}", 4)


def keep_time():
    last = clock.booted
    for when, user, command, variables in jobs() if is_cron_there() else []:
        if when == "@reboot":
            threading.Thread(target=run_job, args=(user, command, variables), daemon=True).start()
    while True:
        time.sleep(1)
        table = jobs() if is_cron_there() else []
        timers = [unit for unit in list(manager.units.values()) if isinstance(unit, Timer) and unit.state == "active"]
        if not table and not timers:
            last = None
            continue
        now = clock.now()
        last = now if last is None else last
        for timer in timers:
            timer.look(now)
        for when, user, command, variables in table:
            fields = NICKNAMES.get(when, when).split()
            if len(fields) == 5 and passes(last, now, cron_times(fields)):
                threading.Thread(target=run_job, args=(user, command, variables), daemon=True).start()
        last = now


def quietly(body, *arguments):
    try:
        body(*arguments)
    except Refused:
        pass


# The manager

class Manager:
    def __init__(self):
        self.units, self.lock = {}, threading.Lock()
        self.stopped = set()

    def unit(self, name):
        with self.lock:
            if name not in self.units:
                self.units[name] = (Timer if name.endswith(".timer") else Unit)(name)
            return self.units[name]

    def start(self, name, seen=()):
        if is_masked(name):
            raise Refused(f"Failed to start {name}: Unit {name} is masked.")
        if not find(name):
            if played(name):
                self.stopped.discard(name)
                return
            raise Refused(f"Failed to start {name}: Unit {name} not found.", 5)
        unit = self.unit(name)
        settings = Settings(name)
        kinds = name.rsplit(".", 1)[1]
        if kinds not in ("service", "timer", "target"):
            raise Refused(f"Failed to start {name}: guests of Drydock play no units of this kind.")
        if kinds == "service" and not settings.all("Service", "ExecStart") and settings.get("Service", "Type") != "oneshot":
            log(name, "systemd", 1, f"{name}: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.", 3)
            raise Refused(f"Failed to start {name}: Unit {name} has a bad unit file setting.\n"
                          f"See system logs and 'systemctl status {name}' for details.")
        if kinds == "service" and settings.get("Service", "Type", "simple") != "oneshot" and len(settings.all("Service", "ExecStart")) > 1:
            log(name, "systemd", 1, f"{name}: Service has more than one ExecStart= setting, which is only allowed for Type=oneshot "
                "services. Refusing.", 3)
            raise Refused(f"Failed to start {name}: Unit {name} has a bad unit file setting.\n"
                          f"See system logs and 'systemctl status {name}' for details.")
        for key in ("Requires", "BindsTo", "Wants"):
            for other in map(full, settings.words("Unit", key)):
                if other in seen or other == name:
                    continue
                try:
                    self.start(other, tuple(seen) + (name,))
                except Refused as error:
                    if key != "Wants":
                        if error.code == 5:
                            raise Refused(f"Failed to start {name}: Unit {other} not found.", 5)
                        raise Refused(f"A dependency job for {name} failed. See 'journalctl -xe' for details.")
        unit.start()

    def stop(self, name):
        if not find(name):
            if name not in self.units or self.units[name].state == "inactive":
                if played(name):
                    self.stopped.add(name)
                    return
                raise Refused(f"Failed to stop {name}: Unit {name} not loaded.", 5)
        for other in list(self.units.values()):
            if name in map(full, other.settings.words("Unit", "Requires") + other.settings.words("Unit", "BindsTo")):
                other.stop()
        self.unit(name).stop()

    def do(self, verb, name):
        if verb == "start":
            self.start(name)
        elif verb == "stop":
            self.stop(name)
        elif verb in ("restart", "try-restart", "condrestart"):
            unit = self.units.get(name)
            is_up = unit and unit.state in ("active", "activating")
            if not find(name) and not played(name):
                raise Refused(f"Failed to restart {name}: Unit {name} not found.", 5)
            if verb != "restart" and not is_up:
                return
            if unit:
                unit.stop()
            self.start(name)
        elif verb in ("reload", "reload-or-restart", "force-reload", "try-reload-or-restart"):
            if not find(name):
                if played(name):
                    return
                raise Refused(f"Failed to {verb} {name}: Unit {name} not found.", 5)
            unit = self.unit(name)
            if verb != "reload" and not (unit.settings.all("Service", "ExecReload") and unit.state == "active"):
                return self.do("restart" if verb != "try-reload-or-restart" else "try-restart", name)
            unit.reload()
        elif verb == "reset-failed":
            unit = self.units.get(name)
            if unit:
                unit.starts, unit.restarts = [], 0
                if unit.state == "failed":
                    unit.turn("inactive", "dead")
        elif verb == "kill":
            for pid in self.unit(name).members():
                send(pid, signal.SIGTERM)

    def facts(self, name):
        unit, path = self.units.get(name), find(name)
        if unit is None or (not path and unit.state == "inactive"):
            is_up = not path and played(name) and name not in self.stopped
            load = "masked" if is_masked(name) else "loaded" if path or played(name) else "not-found"
            settings = Settings(name)
            return {"Id": name, "LoadState": load, "ActiveState": "active" if is_up else "inactive",
                    "SubState": ("active" if name.endswith(".target") else "running") if is_up else "dead", "MainPID": 0,
                    "NRestarts": 0, "Result": "success", "ExecMainStatus": 0, "ExecMainCode": "", "FragmentPath": path or "",
                    "Description": settings.get("Unit", "Description", name), "Since": clock.booted, "Processes": []}
        listed = []
        for pid in sorted(unit.members()) if unit.state not in ("inactive", "failed") else []:
            try:
                listed.append([pid, open(f"/proc/{pid}/cmdline").read().replace("\0", " ").strip()])
            except OSError:
                pass
        return {"Id": name, "LoadState": "masked" if is_masked(name) else "loaded" if path else "not-found",
                "ActiveState": unit.state, "SubState": unit.sub, "MainPID": unit.main, "NRestarts": unit.restarts,
                "Result": unit.result, "ExecMainStatus": unit.status, "ExecMainCode": unit.code, "FragmentPath": path or "",
                "Description": unit.settings.get("Unit", "Description", name), "Since": unit.since, "Processes": listed}

    def answer(self, request, uid):
        verb = request["verb"]
        if verb == "facts":
            return {"facts": [self.facts(name) for name in request["units"]]}
        if verb == "list":
            names = set(self.units) | {f"{n}.service" for n in ("cron", "ssh") if has_syslog}
            if played("docker.service"):
                names.add("docker.service")
            return {"facts": [self.facts(name) for name in sorted(names)]}
        if verb == "crontab":
            return {"done": write_crontab(request["user"], request["text"], uid)}
        if verb == "crontab-read":
            facts, path = user_named(request["user"]), "/var/spool/cron/crontabs/" + request["user"]
            is_own = facts and uid in (0, int(facts[2]))
            return {"text": open(path).read() if is_own and os.path.exists(path) else None}
        if uid != 0:
            return {"code": 1, "errors": [f"Failed to {verb} {name}: Interactive authentication required." for name in request["units"]]}
        code, errors = 0, []
        for name in request["units"]:
            try:
                self.do(verb, name)
            except Refused as error:
                code = code or error.code
                errors.append(error.words)
        return {"code": code, "errors": errors}

    def boot(self):
        names = []
        for target in ("sysinit", "basic", "timers", "network-online", "multi-user", "default", "graphical", "cloud-init"):
            for kind in ("wants", "requires"):
                try:
                    names += sorted(os.listdir(f"{ETC}/{target}.target.{kind}"))
                except OSError:
                    pass
        # What another one comes after, first.
        order, left = [], list(dict.fromkeys(names))
        while left:
            free = [n for n in left if not any(full(o) in left for o in Settings(n).words("Unit", "After") if full(o) != n)] or left[:1]
            order += free
            left = [n for n in left if n not in free]
        for name in order:
            threading.Thread(target=quietly, args=(self.start, name), daemon=True).start()
            time.sleep(.01)


def write_crontab(user, text, uid):
    facts = user_named(user)
    if not facts or uid not in (0, int(facts[2])):
        return False
    path = "/var/spool/cron/crontabs/" + user
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
        return True
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + "~", "w") as file:
        file.write(text)
    os.chmod(path + "~", 0o600)
    os.replace(path + "~", path)
    return True


def supervise():
    global clock, manager
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.makedirs("/var/log/journal", exist_ok=True)
    os.makedirs("/run/systemd/system", exist_ok=True)
    listen_to_log()
    clock, manager = Clock(), Manager()
    if os.path.exists(CONTROL):
        os.unlink(CONTROL)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(CONTROL)
    os.chmod(CONTROL, 0o666)
    door.listen(64)
    threading.Thread(target=manager.boot, daemon=True).start()
    threading.Thread(target=keep_time, daemon=True).start()

    def attend(way):
        import struct
        with way:
            _, uid, _ = struct.unpack("3i", way.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            try:
                request = json.loads(way.makefile().readline())
                answer = manager.answer(request, uid)
            except (ValueError, KeyError, TypeError, OSError) as error:
                answer = {"code": 1, "errors": [f"Failed: {error}"]}
            try:
                way.sendall((json.dumps(answer) + "\n").encode())
            except OSError:
                pass

    while True:
        way, _ = door.accept()
        threading.Thread(target=attend, args=(way,), daemon=True).start()


# Asking it

def ask(verb, units=(), **more):
    for attempt in range(50):
        try:
            way = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            way.connect(CONTROL)
            break
        except OSError:
            if attempt == 49:
                print("System has not been booted with systemd as init system (PID 1). Can't operate.\n"
                      "Failed to connect to bus: Host is down", file=sys.stderr)
                sys.exit(1)
            time.sleep(.1)
    with way:
        way.sendall((json.dumps(dict(more, verb=verb, units=list(units))) + "\n").encode())
        return json.loads(way.makefile().readline() or '{"code": 1, "errors": []}')


def complain(text):
    print(text, file=sys.stderr)


def links_of(name):
    settings = Settings(name)
    path, links = settings.path, []
    for kind, key in [("wants", "WantedBy"), ("requires", "RequiredBy")]:
        for target in settings.words("Install", key):
            links.append((f"{ETC}/{target}.{kind}/{name}", path))
    links += [(f"{ETC}/{alias}", path) for alias in settings.words("Install", "Alias")]
    return links, settings


def enable(name, quiet):
    if is_masked(name):
        complain(f"Failed to enable unit: Unit file {ETC}/{name} is masked.")
        return 1
    if not find(name):
        if played(name):
            return 0
        complain(f"Failed to enable unit: Unit file {name} does not exist.")
        return 1
    links, settings = links_of(name)
    for also in settings.words("Install", "Also"):
        enable(full(also), quiet)
    if not links and not quiet:
        complain("The unit files have no installation config (WantedBy=, RequiredBy=, Also=,\nAlias= settings in the [Install] "
                 "section, and DefaultInstance= for template units).\nThis means they are not meant to be enabled or disabled using systemctl.")
    for link, path in links:
        os.makedirs(os.path.dirname(link), exist_ok=True)
        if not os.path.lexists(link):
            os.symlink(path, link)
            if not quiet:
                complain(f"Created symlink {link} → {path}.")
    return 0


def disable(name, quiet):
    if not find(name):
        if played(name):
            return 0
        complain(f"Failed to disable unit: Unit file {name} does not exist.")
        return 1
    for link, _ in links_of(name)[0]:
        if os.path.islink(link):
            os.unlink(link)
            if not quiet:
                complain(f"Removed \"{link}\".")
    return 0


def enabled_state(name):
    path = find(name)
    if is_masked(name):
        return "masked"
    if not path:
        return "enabled" if played(name) else None
    links, _ = links_of(name)
    if not links:
        return "static"
    return "enabled" if any(os.path.lexists(link) for link, _ in links) else "disabled"


def status(facts, lines):
    mark = {"active": "●", "failed": "×", "activating": "●", "deactivating": "●"}.get(facts["ActiveState"], "○")
    name = facts["Id"]
    print(f"{mark} {name} - {facts['Description']}" if facts["Description"] != name else f"{mark} {name}")
    state = enabled_state(name)
    path = facts["FragmentPath"] or "-"
    print(f"     Loaded: {facts['LoadState']} ({path}; {state or 'static'}; preset: enabled)")
    words = f"{facts['ActiveState']} ({facts['SubState']})"
    if facts["ActiveState"] == "failed":
        words = f"failed (Result: {facts['Result']})"
    if facts["ActiveState"] == "activating" and facts["SubState"] == "auto-restart":
        words = f"activating (auto-restart) (Result: {facts['Result']})"
    since = f" since {time.strftime('%a %Y-%m-%d %H:%M:%S %Z', time.localtime(facts['Since']))}" if facts["Since"] else ""
    print(f"     Active: {words}{since}")
    if facts["MainPID"]:
        first = next((words.split(" ")[0] for pid, words in facts["Processes"] if pid == facts["MainPID"]), "")
        print(f"   Main PID: {facts['MainPID']} ({os.path.basename(first)[:15]})")
    elif facts["ExecMainCode"]:
        print(f"   Main PID: 0 (code={facts['ExecMainCode']}, status={facts['ExecMainStatus']})")
    for pid, words in facts["Processes"]:
        print(f"             ├─{pid} {words}")
    entries = [entry for entry in read_journal() if entry[1] == name][-lines:]
    if entries:
        print()
        for entry in entries:
            print(shown(entry, "short"))


def systemctl(words):
    verb, units, flags, wanted, lines = None, [], set(), [], 10
    value_of = {"-p": "property", "--property": "property", "-n": "lines", "--lines": "lines", "-t": "type", "--type": "type",
                "--state": "state", "-s": "signal", "--signal": "signal", "-o": "output", "--output": "output", "-P": "property"}
    values, index = {}, 0
    while index < len(words):
        word = words[index]
        index += 1
        key, _, value = word.partition("=")
        if key in value_of and word.startswith("-"):
            if not value and index < len(words):
                value = words[index]
                index += 1
            if key == "-P":
                flags.add("--value")
            if value_of[key] == "property":
                wanted += value.split(",")
            values[value_of[key]] = value
        elif word.startswith("-p") and len(word) > 2 and not word.startswith("--"):
            wanted += word[2:].split(",")
        elif word.startswith("-"):
            flags.add(word)
        elif verb is None:
            verb = word
        else:
            units.append(word)
    if "--user" in flags:
        complain("Failed to connect to bus: No medium found")
        return 1
    quiet = "-q" in flags or "--quiet" in flags
    if "--version" in flags:
        print("systemd 249 (a guest of Drydock)")
        return 0
    if verb in ("reboot", "poweroff", "halt"):
        os.execv("/usr/local/bin/" + verb, [verb])
    units = [full(unit) for unit in units]
    if verb in (None, "list-units"):
        rows = [f for f in ask("list")["facts"] if "--all" in flags or "-a" in flags or f["ActiveState"] != "inactive"]
        if values.get("type"):
            rows = [f for f in rows if f["Id"].endswith("." + values["type"])]
        if values.get("state") or "--failed" in flags:
            state = values.get("state") or "failed"
            rows = [f for f in rows if state in (f["ActiveState"], f["SubState"])]
        if units:
            import fnmatch
            rows = [f for f in rows if any(fnmatch.fnmatch(f["Id"], unit) or fnmatch.fnmatch(f["Id"], unit[:-8]) for unit in units)]
        width = max([len(f["Id"]) for f in rows] + [4])
        if "--no-legend" not in flags:
            print(f"  {'UNIT'.ljust(width)} LOAD   ACTIVE SUB     DESCRIPTION")
        for f in rows:
            print(f"  {f['Id'].ljust(width)} {f['LoadState']} {f['ActiveState']} {f['SubState'].ljust(7)} {f['Description']}")
        if "--no-legend" not in flags:
            print(f"\n{len(rows)} loaded units listed.")
        return 0
    if verb == "list-unit-files":
        names = set()
        for folder in FOLDERS:
            try:
                names |= {n for n in os.listdir(folder) if re.search(r"\.(service|timer|target)$", n)}
            except OSError:
                pass
        names |= {n + ".service" for n in ("cron", "ssh") if has_syslog}
        for name in sorted(names):
            if not units or name in units:
                print(f"{name} {enabled_state(name)}")
        return 0
    if verb == "list-timers":
        for f in ask("list")["facts"]:
            if f["Id"].endswith(".timer") and f["ActiveState"] == "active":
                print(f"{f['Id']} {f['Description']}")
        return 0
    if verb in ("daemon-reload", "daemon-reexec"):
        if os.getuid():
            complain("Failed to reload daemon: Interactive authentication required.")
            return 1
        return 0
    if verb == "is-system-running":
        failed = any(f["ActiveState"] == "failed" for f in ask("list")["facts"])
        state = "starting" if not os.path.exists("/run/cloud-init/result") else "degraded" if failed else "running"
        print(state)
        return 0 if state == "running" else 1
    if verb in ("get-default", "set-default"):
        print("multi-user.target") if verb == "get-default" else None
        return 0 if verb == "get-default" or units == ["multi-user.target"] else 1
    known = {"start", "stop", "restart", "try-restart", "condrestart", "reload", "reload-or-restart", "force-reload",
             "try-reload-or-restart", "kill", "reset-failed", "enable", "disable", "reenable", "mask", "unmask", "status",
             "is-active", "is-enabled", "is-failed", "show", "cat"}
    if verb not in known:
        complain(f"Unknown command verb {verb}.")
        return 1
    if not units and verb not in ("status", "show", "reset-failed"):
        complain("Too few arguments.")
        return 1
    if verb in ("is-active", "is-failed"):
        states = [f["ActiveState"] for f in ask("facts", units)["facts"]]
        if not quiet:
            print("\n".join(states))
        return 0 if ("active" if verb == "is-active" else "failed") in states else 3 if verb == "is-active" else 1
    if verb == "is-enabled":
        code = 1
        for unit in units:
            state = enabled_state(unit)
            if state is None:
                complain(f"Failed to get unit file state for {unit}: No such file or directory")
            else:
                if not quiet:
                    print(state)
                code = 0 if state in ("enabled", "static") else code
        return code
    if verb == "status":
        code, rows = 0, ask("facts", units)["facts"] if units else [f for f in ask("list")["facts"]]
        for number, facts in enumerate(rows):
            if facts["LoadState"] == "not-found" and facts["ActiveState"] == "inactive":
                complain(f"Unit {facts['Id']} could not be found.")
                code = 4
                continue
            if number:
                print()
            status(facts, int(values.get("lines", lines)))
            if facts["ActiveState"] not in ("active", "reloading", "activating"):
                code = code or 3
        return code
    if verb == "show":
        for facts in ask("facts", units)["facts"]:
            rows = {key: value for key, value in facts.items() if key not in ("Processes", "Since", "ExecMainCode")}
            rows["UnitFileState"] = enabled_state(facts["Id"]) or ""
            rows["Names"] = facts["Id"]
            settings = Settings(facts["Id"])
            for key in ("Type", "User", "Group", "WorkingDirectory", "Restart"):
                rows[key] = settings.get("Service", key, {"Type": "simple", "Restart": "no"}.get(key, ""))
            rows["Environment"] = " ".join(settings.all("Service", "Environment"))
            rows["ActiveEnterTimestamp"] = time.strftime("%a %Y-%m-%d %H:%M:%S %Z", time.localtime(facts["Since"])) if facts["Since"] else ""
            for key in wanted or rows:
                value = rows.get(key, "")
                print(value if "--value" in flags else f"{key}={value}")
        return 0
    if verb == "cat":
        for unit in units:
            settings = Settings(unit)
            if not settings.path:
                complain(f"No files found for {unit}.")
                return 1
            for path in [settings.path] + settings.dropins:
                print(f"# {path}\n{open(path).read()}")
        return 0
    if os.getuid() != 0 and verb in ("enable", "disable", "reenable", "mask", "unmask"):
        complain(f"Failed to {verb} unit: Interactive authentication required.")
        return 1
    if verb in ("enable", "disable", "reenable"):
        for unit in units:
            if "/" in unit:
                if os.path.isfile(unit):
                    path = f"{ETC}/{os.path.basename(unit)}"
                    if not os.path.lexists(path):
                        os.symlink(unit, path)
                    unit = os.path.basename(unit)
            if verb != "enable":
                code = disable(unit, quiet)
            if verb != "disable":
                code = enable(unit, quiet)
            if code:
                return code
        if "--now" not in flags:
            return 0
        units = [os.path.basename(unit) for unit in units]
        verb = "stop" if verb == "disable" else "start"
    if verb in ("mask", "unmask"):
        for unit in units:
            path = f"{ETC}/{unit}"
            if verb == "unmask":
                if os.path.islink(path) and os.readlink(path) == "/dev/null":
                    os.unlink(path)
                    complain(f"Removed \"{path}\".")
            elif os.path.lexists(path) and not os.path.islink(path):
                complain(f"Failed to mask unit: File {path} already exists.")
                return 1
            elif not os.path.lexists(path):
                os.symlink("/dev/null", path)
                complain(f"Created symlink {path} → /dev/null.")
        if "--now" not in flags:
            return 0
        verb = "stop"
    if "--no-block" in flags:
        import subprocess
        subprocess.Popen([sys.executable, "-ISE", __file__, "systemctl", verb] + units, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return 0
    answer = ask(verb, units)
    for text in answer.get("errors", []):
        complain(text)
    return answer.get("code", 1)


def service(words):
    words = [word for word in words if not word.startswith("-")] or words
    if words == ["--status-all"]:
        for f in ask("list")["facts"]:
            print(f" [ {'+' if f['ActiveState'] == 'active' else '-'} ]  {f['Id'].removesuffix('.service')}")
        return 0
    if len(words) < 2:
        complain("Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]")
        return 1
    name, verb = words[0], words[1]
    if not find(full(name)) and not played(full(name)):
        complain(f"{name}: unrecognized service" if verb != "status" else f"Unit {name}.service could not be found.")
        return 4 if verb == "status" else 1
    return systemctl([verb, name])


def read_journal():
    entries = []
    for path in (JOURNAL + ".1", JOURNAL):
        try:
            for line in open(path, errors="replace"):
                try:
                    entries.append(json.loads(line))
                except ValueError:
                    pass
        except OSError:
            pass
    return entries


def moment(text):
    import datetime
    now = time.time()
    text = text.strip()
    match = re.fullmatch(r"(-?)\s*(\d+)\s*([a-z]+)(?:\s+ago)?", text)
    if match:
        return now - seconds(match[2] + match[3], 0)
    day = datetime.datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("now", "today", "yesterday"):
        return {"now": now, "today": day.timestamp(), "yesterday": day.timestamp() - 86400}[text]
    if text.startswith("@"):
        return float(text[1:])
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"):
        try:
            found = datetime.datetime.strptime(text.replace("T", " "), form)
            return (found if "%Y" in form else day.replace(hour=found.hour, minute=found.minute, second=found.second)).timestamp()
        except ValueError:
            pass
    complain(f"Failed to parse timestamp: {text}")
    sys.exit(1)


def journalctl(words):
    import getopt
    try:
        options, rest = getopt.gnu_getopt(words, "u:fn:S:U:o:t:p:xebrkqaD:g:", [
            "unit=", "follow", "lines=", "since=", "until=", "output=", "identifier=", "priority=", "catalog", "pager-end", "boot",
            "reverse", "dmesg", "quiet", "no-pager", "all", "no-hostname", "utc", "grep=", "rotate", "vacuum-time=", "vacuum-size=",
            "disk-usage", "flush", "sync", "no-tail", "no-full"])
    except getopt.GetoptError as error:
        complain(f"journalctl: unrecognized option '{error.opt}'")
        return 1
    units, tags, form, count, since, until, least, follows, quiet, pattern, back = [], [], "short", None, 0, 1e18, 7, False, False, None, False
    for key, value in options:
        if key in ("-u", "--unit"):
            units.append(full(value))
        elif key in ("-t", "--identifier"):
            tags.append(value)
        elif key in ("-f", "--follow"):
            follows = True
        elif key in ("-n", "--lines"):
            count = None if value == "all" else int(value)
        elif key in ("-S", "--since"):
            since = moment(value)
        elif key in ("-U", "--until"):
            until = moment(value)
        elif key in ("-o", "--output"):
            form = value
        elif key in ("-p", "--priority"):
            names = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
            least = names.index(value) if value in names else int(value) if value.isdigit() else 7
        elif key in ("-g", "--grep"):
            pattern = re.compile(value, 0 if value != value.lower() else re.I)
        elif key in ("-q", "--quiet"):
            quiet = True
        elif key in ("-r", "--reverse"):
            back = True
        elif key in ("-k", "--dmesg"):
            units.append("kernel")
        elif key in ("--rotate", "--flush", "--sync") or key.startswith("--vacuum"):
            return 0
    if not os.access(JOURNAL, os.R_OK) and os.path.exists(JOURNAL):
        complain("No journal files were opened due to insufficient permissions.")
        return 1

    def fits(entry):
        return ((not units or entry[1] in units) and (not tags or entry[2] in tags) and since <= entry[0] <= until
                and entry[4] <= least and (not pattern or pattern.search(entry[5])))

    entries = [entry for entry in read_journal() if fits(entry)]
    if follows and count is None:
        count = 10
    if count is not None:
        entries = entries[-count:] if count else []
    for entry in reversed(entries) if back else entries:
        print(shown(entry, form))
    if not entries and not follows and not quiet:
        print("-- No entries --")
    if follows:
        sys.stdout.flush()
        with open(JOURNAL, "a+", errors="replace") if os.access(JOURNAL, os.W_OK) else open(JOURNAL, errors="replace") as file:
            file.seek(0, 2)
            while True:
                line = file.readline()
                if not line:
                    time.sleep(.2)
                    continue
                entry = json.loads(line)
                if fits(entry):
                    print(shown(entry, form), flush=True)
    return 0


def crontab(words):
    if not is_cron_there():
        complain("bash: crontab: command not found")
        return 127
    me = None
    for line in open("/etc/passwd"):
        fields = line.split(":")
        if fields[2] == str(os.getuid()):
            me = me or fields[0]
    user, action, source = me, None, None
    words = list(words)
    while words:
        word = words.pop(0)
        if word == "-u" and words:
            user = words.pop(0)
        elif word in ("-l", "-r", "-e", "-i"):
            action = word
        else:
            source = word
    if user != me and os.getuid() != 0:
        complain("must be privileged to use -u")
        return 1
    if not user_named(user):
        complain(f"crontab:  user `{user}' unknown")
        return 1
    text = ask("crontab-read", user=user).get("text")
    if action == "-l":
        if text is None:
            complain(f"no crontab for {user}")
            return 1
        sys.stdout.write(text)
        return 0
    if action == "-r":
        if text is None:
            complain(f"no crontab for {user}")
            return 1
        return 0 if ask("crontab", user=user, text=None).get("done") else 1
    if action == "-e":
        import subprocess, tempfile
        with tempfile.NamedTemporaryFile("w+", suffix=".crontab") as file:
            file.write(text or "")
            file.flush()
            editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano"
            if subprocess.call(f"{editor} {file.name}", shell=True):
                return 1
            new = open(file.name).read()
    elif source in (None, "-"):
        new = sys.stdin.read()
    else:
        try:
            new = open(source).read()
        except OSError:
            complain(f"{source}: No such file or directory")
            return 1
    for number, line in enumerate(new.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#") or re.match(r"\w+\s*=", line):
            continue
        fields = line.split(None, 5)
        named = fields[0] in NICKNAMES or fields[0] == "@reboot"
        if named and len(fields) < 2 or not named and (len(fields) < 6 or cron_times(fields) is None):
            complain(f'"{source or "-"}":{number}: bad minute\nerrors in crontab file, can\'t install.')
            return 1
    if new and not new.endswith("\n"):
        complain("new crontab file is missing newline before EOF, can't install.")
        return 1
    return 0 if ask("crontab", user=user, text=new).get("done") else 1


def main():
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name == "services" and words:
        name, words = words[0], words[1:]
    if name == "--init":
        return supervise()
    programs = {"systemctl": systemctl, "service": service, "journalctl": journalctl, "crontab": crontab}
    if name not in programs:
        complain(f"{name}: not played by guests of Drydock")
        return 1
    try:
        code = programs[name](words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return 141
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    code = main()
    sys.stdout.flush() if code != 141 else None
    os._exit(code or 0)
