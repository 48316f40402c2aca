"""The system's log: /dev/log, the journal, and journalctl."""
import json, os, re, socket, sys, threading, time
from service_units import complain, full, has_syslog, seconds

JOURNAL, LOG = "/var/log/journal/log", "/run/systemd/journal/dev-log"
MOST_LOG = 16 << 20
journal_lock = threading.Lock()


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
    pids, priorities = [], []
    for word in rest:
        field, _, value = word.partition("=")
        chosen = {"_SYSTEMD_UNIT": units, "UNIT": units, "SYSLOG_IDENTIFIER": tags, "_PID": pids, "PRIORITY": priorities}.get(field)
        if chosen is None:
            complain(f"Failed to add match '{word}': Drydock guests match only _SYSTEMD_UNIT, UNIT, SYSLOG_IDENTIFIER, _PID and PRIORITY")
            return 1
        chosen.append(value)
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
        elif key == "--disk-usage":
            size = sum(os.path.getsize(path) for path in (JOURNAL, JOURNAL + ".1") if os.path.exists(path))
            print(f"Archived and active journals take up {size / (1 << 20):.1f}M in the file system.")
            return 0
        elif key in ("--rotate", "--flush", "--sync") or key.startswith("--vacuum"):
            return 0
    if not os.access(JOURNAL, os.R_OK) and os.path.exists(JOURNAL):
        complain("No journal files were opened due to insufficient permissions.")
        return 1

    def fits(entry):
        return ((not units or entry[1] in units) and (not tags or entry[2] in tags) and since <= entry[0] <= until
                and (not pids or str(entry[3]) in pids) and (not priorities or str(entry[4]) in priorities) and entry[4] <= least and (not pattern or pattern.search(entry[5])))

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


def systemd_cat(words):
    """Writes the output of a command, or the input, to the journal."""
    import getopt, subprocess
    try:
        options, rest = getopt.getopt(words, "t:p:", ["identifier=", "priority=", "stderr-priority=", "level-prefix="])
    except getopt.GetoptError as error:
        complain(f"systemd-cat: unrecognized option '{error.opt}'")
        return 1
    values = dict(options)
    tag = values.get("-t") or values.get("--identifier") or (os.path.basename(rest[0]) if rest else "cat")
    priority = values.get("-p") or values.get("--priority") or "info"
    words = ["logger", "-t", tag, "-p", "user." + priority]
    if not rest:
        return subprocess.run(words).returncode
    logger = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        code = subprocess.run(rest, stdout=logger.stdin, stderr=subprocess.STDOUT).returncode
    except OSError as error:
        complain(f"Failed to execute process: {error.strerror}")
        code = 1
    logger.stdin.close()
    logger.wait()
    return code
