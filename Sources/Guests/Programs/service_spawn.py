"""Starts the command lines of a unit."""
import os, re, shlex, subprocess, threading
from service_log import log
from service_settings import confinement, rights
from service_units import PATH, Refused, are_apart, group_number, groups_of, user_named

class Spawning:
    """A unit's environment and processes."""

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
        for name in self.settings.words("Service", "UnsetEnvironment"):
            values.pop(name.split("=")[0], None)
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
        """Starts one command line of the unit. Returns its process, or the exit status if it could not start."""
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
                if mode := setting("Service", key + "Mode"):
                    os.chmod(path, int(mode, 8))
                if key != "ConfigurationDirectory" and are_apart():
                    os.chown(path, uid, group or 0)
                variables[re.sub("(?<!^)([A-Z])", r"_\1", key).upper()] = path
        options = dict(umask=int(setting("Service", "UMask", "0022"), 8))
        tag = setting("Service", "SyslogIdentifier") or os.path.basename(program or "unknown")
        if os.access(program, os.X_OK):
            groups = groups_of(user[0]) if user else []
            groups += filter(None, map(group_number, self.settings.words("Service", "SupplementaryGroups")))
            before = rights(self.settings, uid, group or 0, groups, self.remark)
            sets_user = before is not None and "--reuid" in " ".join(before)
            before = confinement(self.settings, self.remark) + (before or [])
            if (uid or group) and not are_apart():
                before += ["/usr/bin/unshare", f"--map-user={uid}", f"--map-group={group or 0}", "--"]
            elif (uid or group) and not sets_user:
                options.update(user=uid, group=group or 0, extra_groups=groups)
            if before:
                words, program = before + [program] + words[1:], before[0]
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
        """Whether a command's failure counts as the unit's."""
        return status != 0 and "-" not in re.match(r"[-@:+!|]*", line)[0]
