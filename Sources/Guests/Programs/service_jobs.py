"""cron: its tables, crontab, and when jobs run."""
import os, re, subprocess, sys, threading, time
from service_clock import NICKNAMES, cron_times, passes
from service_control import ask
from service_log import log
from service_units import are_apart, complain, groups_of, has_syslog, shared, user_named

def jobs():
    """Returns cron's jobs: schedule, user, command, variables."""
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
            # Without a script in the folder, the job needs no time to be kept.
            folder = re.search(r"run-parts\s+(?:-\S+\s+)*(/[\w./-]+)", rest[-1])
            if folder and not (os.path.isdir(folder[1]) and os.listdir(folder[1])):
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


class Jobs:
    """Checks every second, and on request, which jobs are due."""

    def __init__(self):
        self.last, self.lock = None, threading.Lock()

    def begin(self):
        self.last = shared.clock.booted
        for when, user, command, variables in jobs() if is_cron_there() else []:
            if when == "@reboot":
                self.start(user, command, variables)
        threading.Thread(target=self.keep_time, daemon=True).start()

    def keep_time(self):
        while True:
            time.sleep(1)
            self.look()

    def start(self, user, command, variables):
        threading.Thread(target=run_job, args=(user, command, variables), daemon=True).start()

    def look(self):
        with self.lock:
            table = jobs() if is_cron_there() else []
            timers = [unit for unit in list(shared.manager.units.values()) if hasattr(unit, "look") and unit.state == "active"]
            if not table and not timers:
                self.last = None
                return
            now = shared.clock.now()
            self.last = now if self.last is None else self.last
            for timer in timers:
                timer.look(now)
            for when, user, command, variables in table:
                fields = NICKNAMES.get(when, when).split()
                if len(fields) == 5 and passes(self.last, now, cron_times(fields)):
                    self.start(user, command, variables)
            self.last = now


jobs_clock = Jobs()


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
        import tempfile
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
