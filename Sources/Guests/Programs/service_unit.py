"""A service: starting, restarting, reloading and stopping it."""
import os, signal, socket, threading, time
from service_log import log
from service_spawn import Spawning
from service_settings import remarks, unmet
from service_units import Refused, Settings, full, processes, quietly, seconds, send, shared

class Unit(Spawning):
    def __init__(self, name):
        self.name = name
        self.lock = threading.RLock()
        self.state, self.sub, self.result = "inactive", "dead", "success"
        self.main, self.status, self.code, self.since = 0, 0, "", 0.0
        self.session, self.left = 0, set()
        self.wanted, self.restarts, self.starts, self.run = False, 0, [], 0
        self.activated = 0.0
        self.remarked = set()
        self.settings = Settings(name)

    def turn(self, state, sub):
        if (state, sub) != (self.state, self.sub):
            self.state, self.sub, self.since = state, sub, time.time()

    def say(self, text, priority=6):
        log(self.name, "systemd", 1, text, priority)

    def remark(self, text):
        """Logs a difference between this guest and systemd, once per boot."""
        if text not in self.remarked:
            self.remarked.add(text)
            log(self.name, "drydock", 1, f"{self.name}: {text}", 4)

    def remark_settings(self):
        """Logs the settings that have no effect here."""
        warnings, left = remarks(self.settings)
        for text in warnings:
            self.say(text, 4)
        if left:
            self.remark("This guest does not apply these settings: " + ", ".join(left))

    @property
    def title(self):
        text = self.settings.get("Unit", "Description")
        return f"{self.name} - {text}" if text else self.name

    def members(self):
        """Returns the processes of the unit."""
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

    def start(self):
        """Starts the unit. Returns when it has started, or raises Refused."""
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
            if condition := unmet(self.settings, "Condition"):
                self.say(f"{self.title} was skipped because of an unmet condition check ({condition}).")
                return
            if assertion := unmet(self.settings, "Assert"):
                self.say(f"{self.title}: Starting requested but asserts failed ({assertion}).", 3)
                raise Refused(f"Assertion failed on job for {self.name}.")
            self.turn("activating", "start")
            self.say(f"Starting {self.title}...")
            for problem in self.settings.problems:
                self.say(problem, 4)
            self.remark_settings()
            try:
                for line in self.settings.all("Service", "ExecCondition"):
                    status = self.finish(self.spawn(line))
                    if self.failed_line(line, status):
                        self.exited("Condition check process", status)
                        if not 0 < status < 255:
                            raise Refused("exit-code")
                        self.say(f"{self.name}: Skipped due to 'exec-condition'.")
                        self.turn("inactive", "dead")
                        return
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
                self.again(run, self.status or 1)
                reason = {"timeout": "a timeout was exceeded", "resources": "of unavailable resources or another system error",
                          "protocol": "the service did not take the steps required by its unit configuration"}.get(
                    error.words, "the control process exited with error code")
                raise Refused(f"Job for {self.name} failed because {reason}.\n{self.see()}")
            self.activated = shared.clock.now()
            if kind == "oneshot" and not self.settings.flag("Service", "RemainAfterExit"):
                self.turn("inactive", "dead")
                self.say(f"{self.name}: Deactivated successfully.")
                self.say(f"Finished {self.title}.")
                self.trigger("OnSuccess")
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
        # A daemon's remaining processes are children of process 1.
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
        """Handles the end of the main process."""
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
            if status in fine:
                self.trigger("OnSuccess")
            self.again(run, status, status in fine)

    def fail(self, result):
        self.result, self.main = result, 0
        self.say(f"{self.name}: Failed with result '{result}'.", 4)
        self.turn("failed", "failed")
        self.trigger("OnFailure")

    def trigger(self, key):
        """Starts the units that this unit's end calls for."""
        for name in map(full, self.settings.words("Unit", key)):
            self.say(f"{self.name}: Triggering {key}= dependencies.")
            threading.Thread(target=quietly, args=(shared.manager.start, name), daemon=True).start()

    def again(self, run, status, is_fine=False):
        """Restarts the unit if its settings say so."""
        rule = self.settings.get("Service", "Restart", "no")
        restarts = rule == "always" or rule == "on-success" and is_fine or rule == "on-failure" and not is_fine or (
            rule in ("on-abnormal", "on-abort") and status < 0 and not is_fine)
        names = {str(status)} if status >= 0 else {signal.Signals(-status).name, signal.Signals(-status).name[3:], str(-status)}
        if names & set(self.settings.words("Service", "RestartForceExitStatus")):
            restarts = True
        if names & set(self.settings.words("Service", "RestartPreventExitStatus")):
            restarts = False
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
        mode = self.settings.get("Service", "KillMode", "control-group")
        if mode == "none":
            return
        if mode in ("process", "mixed"):
            if self.main:
                self.end(lambda: [self.main] if self.main in processes() else [], number, end)
            if mode == "process":
                return
            number = signal.SIGKILL
        self.end(self.members, number, end)

    def end(self, living, number, end):
        """Signals the processes that living() returns, and waits until there are none. Kills them after the time `end`."""
        members = living()
        for pid in members:
            send(pid, number)
        while members:
            time.sleep(.02)
            members = living()
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
