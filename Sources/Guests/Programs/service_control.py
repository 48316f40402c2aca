"""systemctl and service: the commands that control the manager."""
import fnmatch, json, os, re, socket, subprocess, sys, time
from service_log import read_journal, shown
from service_units import CONTROL, ETC, FOLDERS, Settings, complain, find, full, has_syslog, is_masked, played

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
    if name.endswith((".socket", ".path", ".mount", ".automount", ".swap")):
        complain(f"{name}: Drydock guests do not support units of this kind; they never start it.")
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
                "--state": "state", "-s": "signal", "--signal": "signal", "-o": "output", "--output": "output", "-P": "property",
                "--kill-whom": "whom", "--kill-who": "whom"}
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
        print("systemd 249 (a Drydock guest)")
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
            state = enabled_state(name)
            fits = not units or any(fnmatch.fnmatch(name, unit) or fnmatch.fnmatch(name, unit[:-8]) for unit in units)
            if fits and name.endswith(values.get("type", "")) and values.get("state", state) == state:
                print(f"{name} {state}")
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
        return ask("daemon-reload").get("code", 1)
    if verb == "is-system-running":
        failed = any(f["ActiveState"] == "failed" for f in ask("list")["facts"])
        state = "starting" if not os.path.exists("/run/cloud-init/result") else "degraded" if failed else "running"
        print(state)
        return 0 if state == "running" else 1
    if verb in ("get-default", "set-default"):
        if verb == "get-default":
            print("multi-user.target")
        elif units != ["multi-user.target"]:
            complain(f"Failed to set default target: Drydock guests have only multi-user.target, not {' '.join(units)}")
            return 1
        return 0
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
        subprocess.Popen(["/opt/drydock/services", "systemctl", verb] + units, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return 0
    answer = ask(verb, units, signal=values.get("signal", "SIGTERM"), whom=values.get("whom", "all"))
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
