"""The process that supervises services and starts scheduled jobs."""
import json, os, signal, socket, threading, time
from service_clock import Clock, calendar, passes
from service_jobs import jobs_clock, write_crontab
from service_log import listen_to_log, log
from service_unit import Unit
from service_units import CONTROL, ETC, Refused, Settings, canonical, find, full, has_syslog, is_masked, played, quietly, seconds, send, shared, user_named

class Timer(Unit):
    """A unit that starts another unit on a schedule."""

    def start(self):
        with self.lock:
            self.settings = Settings(self.name)
            self.turn("active", "waiting")
            self.activated = shared.clock.now()
            self.last, self.fired = self.activated, set()
            self.say(f"Started {self.title}.")
            self.remark_settings()

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
        for key, base in [("OnActiveSec", self.activated), ("OnBootSec", shared.clock.booted), ("OnStartupSec", shared.clock.booted)]:
            for index, text in enumerate(setting("Timer", key)):
                if (key, index) not in self.fired and now >= base + seconds(text, 0):
                    self.fired.add((key, index))
                    due = True
        other = shared.manager.unit(self.target())
        for text in setting("Timer", "OnUnitActiveSec"):
            due = due or bool(other.activated) and now >= other.activated + seconds(text, 60)
        for text in setting("Timer", "OnUnitInactiveSec"):
            due = due or bool(other.activated) and other.state == "inactive" and now >= other.since + seconds(text, 60)
        due = due or any(passes(self.last, now, calendar(text)) for text in setting("Timer", "OnCalendar"))
        self.last = now
        if due and other.state != "active":
            other.activated = now
            threading.Thread(target=quietly, args=(shared.manager.start, self.target()), daemon=True).start()


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
            raise Refused(f"Failed to start {name}: Drydock guests do not support units of this kind.")
        if kinds == "service" and not settings.all("Service", "ExecStart") and settings.get("Service", "Type") != "oneshot":
            log(name, "systemd", 1, f"{name}: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.", 3)
            raise Refused(f"Failed to start {name}: Unit {name} has a bad unit file setting.\n"
                          f"See system logs and 'systemctl status {name}' for details.")
        if kinds == "service" and settings.get("Service", "Type", "simple") != "oneshot" and len(settings.all("Service", "ExecStart")) > 1:
            log(name, "systemd", 1, f"{name}: Service has more than one ExecStart= setting, which is only allowed for Type=oneshot "
                "services. Refusing.", 3)
            raise Refused(f"Failed to start {name}: Unit {name} has a bad unit file setting.\n"
                          f"See system logs and 'systemctl status {name}' for details.")
        for other in map(full, settings.words("Unit", "Requisite")):
            if self.facts(other)["ActiveState"] not in ("active", "reloading"):
                raise Refused(f"A dependency job for {name} failed. See 'journalctl -xe' for details.")
        for other in list(self.units.values()):
            conflicts = other.name in map(full, settings.words("Unit", "Conflicts")) or name in map(full, other.settings.words("Unit", "Conflicts"))
            if conflicts and other.name != name and other.state not in ("inactive", "failed"):
                self.stop(other.name)
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
            if self.follows(other, name):
                other.stop()
        self.unit(name).stop()

    @staticmethod
    def follows(other, name):
        """Whether a unit stops and restarts with the named one."""
        return any(full(word) == name for key in ("Requires", "BindsTo", "PartOf") for word in other.settings.words("Unit", key))

    def do(self, verb, name, request):
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
            parts = [other for other in list(self.units.values())
                     if self.follows(other, name) and other.state in ("active", "activating")]
            for other in parts + ([unit] if unit else []):
                other.stop()
            self.start(name)
            for other in parts:
                self.start(other.name)
        elif verb in ("reload", "reload-or-restart", "force-reload", "try-reload-or-restart"):
            if not find(name):
                if played(name):
                    return
                raise Refused(f"Failed to {verb} {name}: Unit {name} not found.", 5)
            unit = self.unit(name)
            if verb != "reload" and not (unit.settings.all("Service", "ExecReload") and unit.state == "active"):
                return self.do("restart" if verb != "try-reload-or-restart" else "try-restart", name, request)
            unit.reload()
        elif verb == "reset-failed":
            unit = self.units.get(name)
            if unit:
                unit.starts, unit.restarts = [], 0
                if unit.state == "failed":
                    unit.turn("inactive", "dead")
        elif verb == "kill":
            unit, text = self.units.get(name), request.get("signal", "SIGTERM")
            if not unit or not unit.members():
                raise Refused(f"Failed to kill unit {name}: Unit {name} not loaded.")
            number = int(text) if text.isdigit() else getattr(signal, "SIG" + text.upper().removeprefix("SIG"), None)
            if number is None:
                raise Refused(f"Failed to parse signal string {text}.")
            for pid in {unit.main} if request.get("whom") == "main" else unit.members():
                send(pid, number)

    def facts(self, name):
        unit, path = self.units.get(name), find(name)
        if unit is None or (not path and unit.state == "inactive"):
            is_up = not path and played(name) and name not in self.stopped
            load = "masked" if is_masked(name) else "loaded" if path or played(name) else "not-found"
            settings = Settings(name)
            return {"Id": name, "LoadState": load, "ActiveState": "active" if is_up else "inactive",
                    "SubState": ("active" if name.endswith(".target") else "running") if is_up else "dead", "MainPID": 0,
                    "NRestarts": 0, "Result": "success", "ExecMainStatus": 0, "ExecMainCode": "", "FragmentPath": path or "",
                    "Description": settings.get("Unit", "Description", name), "Since": shared.clock.booted, "Processes": []}
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
        if "units" in request:
            request["units"] = [canonical(name) for name in request["units"]]
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
        if verb == "daemon-reload":
            # Run the jobs that are due now.
            jobs_clock.look()
            return {"code": 0, "errors": []}
        code, errors = 0, []
        for name in request["units"]:
            try:
                self.do(verb, name, request)
            except Refused as error:
                code = code or error.code
                errors.append(error.words)
        return {"code": code, "errors": errors}

    def boot(self):
        names = []
        for target in ("sysinit", "local-fs", "remote-fs", "basic", "sockets", "paths", "timers", "network-online", "multi-user", "default",
                       "graphical", "cloud-init"):
            for kind in ("wants", "requires"):
                try:
                    names += sorted(os.listdir(f"{ETC}/{target}.target.{kind}"))
                except OSError:
                    pass
        # Units that another one must follow come first.
        order, left = [], list(dict.fromkeys(names))
        before = {name: set(map(full, Settings(name).words("Unit", "After"))) for name in left}
        for name in left:
            for other in map(full, Settings(name).words("Unit", "Before")):
                if other in before:
                    before[other].add(name)
        while left:
            free = [n for n in left if not any(other in left for other in before[n] if other != n)] or left[:1]
            order += free
            left = [n for n in left if n not in free]
        for name in order:
            threading.Thread(target=self.start_at_boot, args=(name,), daemon=True).start()
            time.sleep(.01)

    def start_at_boot(self, name):
        try:
            self.start(name)
        except Refused as error:
            log(name, "systemd", 1, error.words.split("\n")[0], 3)


def supervise(words=()):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.makedirs("/var/log/journal", exist_ok=True)
    os.makedirs("/run/systemd/system", exist_ok=True)
    listen_to_log()
    shared.clock, shared.manager = Clock(), Manager()
    if os.path.exists(CONTROL):
        os.unlink(CONTROL)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(CONTROL)
    os.chmod(CONTROL, 0o666)
    door.listen(64)
    threading.Thread(target=shared.manager.boot, daemon=True).start()
    jobs_clock.begin()

    def attend(way):
        import struct
        with way:
            _, uid, _ = struct.unpack("3i", way.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            try:
                request = json.loads(way.makefile().readline())
                answer = shared.manager.answer(request, uid)
            except (ValueError, KeyError, TypeError, OSError) as error:
                answer = {"code": 1, "errors": [f"Failed: {error}"]}
            try:
                way.sendall((json.dumps(answer) + "\n").encode())
            except OSError:
                pass

    while True:
        way, _ = door.accept()
        threading.Thread(target=attend, args=(way,), daemon=True).start()
