"""Runs a boot like cloud-init: four stages of modules, each run once per instance, once, or always, with log and status."""
import os, re, shutil, subprocess, sys, threading, time, traceback
import cloud_facts as facts
import cloud_modules as modules
import cloud_packages as packages
import cloud_schema as schema
from cloud_parts import Failed, Parts

# The modules of Ubuntu's and Amazon Linux's /etc/cloud/cfg. A module without work costs nothing.
STAGES = {
    "init": "seed_random bootcmd write_files growpart resizefs disk_setup mounts set_hostname update_hostname update_etc_hosts ca_certs "
            "rsyslog users_groups ssh set_passwords",
    "modules-config": "wireguard snap ubuntu_autoinstall ssh_import_id keyboard locale grub_dpkg apt_pipelining apt_configure ubuntu_pro "
                      "yum_add_repo rh_subscription spacewalk zypper_add_repo apk_configure resolv_conf ntp timezone disable_ec2_metadata runcmd byobu",
    "modules-final": "package_update_upgrade_install fan landscape lxd ubuntu_drivers write_files_deferred puppet chef ansible mcollective "
                     "salt_minion scripts_vendor scripts_per_once scripts_per_boot scripts_per_instance scripts_user "
                     "ssh_authkey_fingerprints keys_to_console install_hotplug phone_home final_message power_state_change",
}
OVERRIDES = {"init": "cloud_init_modules", "modules-config": "cloud_config_modules", "modules-final": "cloud_final_modules"}
ALWAYS = {"bootcmd", "update_hostname", "update_etc_hosts", "scripts_per_boot", "final_message", "growpart", "resizefs", "disable_ec2_metadata"}
ONCE = {"scripts_per_once"}
# Modules that guests skip because nobody misses their effect: the disk has its full size, and there is no boot loader.
IDLE = {"growpart", "resizefs", "update_hostname", "grub_dpkg", "apt_pipelining", "ubuntu_autoinstall", "scripts_vendor",
        "ssh_authkey_fingerprints", "install_hotplug", "migrator", "reset_rmc", "ssh_publish_hostkeys"}
# Modules that guests don't support, by the key that requests them.
ABSENT = {
    "ansible": ["ansible"], "apk_configure": ["apk_repos"], "byobu": ["byobu_by_default"], "chef": ["chef"],
    "disable_ec2_metadata": ["disable_ec2_metadata"], "disk_setup": ["disk_setup", "fs_setup", "device_aliases"], "fan": ["fan"],
    "landscape": ["landscape"], "lxd": ["lxd"], "mcollective": ["mcollective"], "puppet": ["puppet"],
    "resolv_conf": ["manage_resolv_conf", "manage-resolv-conf"], "rh_subscription": ["rh_subscription"], "rsyslog": ["rsyslog"],
    "salt_minion": ["salt_minion"], "spacewalk": ["spacewalk"], "ubuntu_drivers": ["drivers"],
    "ubuntu_pro": ["ubuntu_pro", "ubuntu_advantage"], "wireguard": ["wireguard"], "zypper_add_repo": ["zypper"]}
STATUS, RESULT = facts.RUN + "/status.json", facts.RUN + "/result.json"


class Boot:
    def __init__(self):
        self.instance, self.source, self.config = "", "DataSourceEc2Local", {}
        self.stage, self.errors, self.afterwards, self.events = None, [], [], []
        self.record = {"datasource": None, "stage": None}
        for stage in ("init-local", "init", "modules-config", "modules-final"):
            self.record[stage] = {"start": None, "finished": None, "errors": [], "recoverable_errors": {}}
        self.is_first = False
        self.lock = threading.Lock()
        self.data = None

    # Reports

    def log(self, source, level, text):
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + ",%03d" % (now % 1 * 1000)
        with self.lock, open(facts.LOG, "a") as file:
            file.write(f"{stamp} - {source}[{level}]: {text}\n")
        return f"{stamp} - {source}[{level}]: {text}"

    def warn(self, source, text, level="WARNING"):
        """Reports a problem that doesn't stop the boot: on the console, and as recoverable in the status."""
        line = self.log(source, level, text)
        print(line, file=sys.stderr, flush=True)
        if self.stage:
            self.record[self.stage]["recoverable_errors"].setdefault(level, []).append(text)
            self.save()

    def say(self, text):
        self.log("util.py", "DEBUG", text)
        print(text, flush=True)

    def save(self):
        facts.write_json(STATUS, {"v1": self.record})
        facts.write_json(facts.ROOT + "/data/status.json", {"v1": self.record})

    def begin(self, stage):
        self.stage = self.record["stage"] = stage
        self.record[stage]["start"] = time.time()
        self.save()
        title = {"init-local": "init-local", "init": "init", "modules-config": "modules:config", "modules-final": "modules:final"}[stage]
        self.say(f"Cloud-init v. {facts.VERSION} running '{title}' at {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())}. "
                 f"Up {facts.uptime():.2f} seconds.")

    def end(self, errors=()):
        self.record[self.stage]["finished"] = time.time()
        self.record[self.stage]["errors"] += errors
        self.errors += errors
        self.save()

    # Modules

    def semaphore(self, name, frequency):
        if frequency == "once":
            return f"{facts.ROOT}/sem/config_{name}.once"
        return f"{facts.INSTANCE}/sem/config_{name}" if frequency == "instance" else None

    def run_stage(self, stage):
        if self.stage != stage:
            self.begin(stage)
        listed, errors = self.config.get(OVERRIDES[stage]), []
        for entry in listed if isinstance(listed, list) else STAGES[stage].split():
            entry = entry if isinstance(entry, list) else [entry]
            error = self.run_module(str(entry[0]), str(entry[1]) if len(entry) > 1 else None)
            if error is not None:
                errors.append(error)
        self.end(errors)

    def run_module(self, raw, frequency=None):
        """Runs a module as often as configured. Returns its error, in the status file's form; None on success."""
        name = raw.strip().replace("-", "_")
        name = "ubuntu_pro" if name == "ubuntu_advantage" else name
        body = getattr(modules, name, None) or getattr(packages, name, None)
        is_known = any(name in listed.split() for listed in STAGES.values()) or name in IDLE
        if not is_known:
            self.warn("modules.py", f"Could not find module named cc_{name} (searched ['cc_{name}', 'cloudinit.config.cc_{name}'])")
            return None
        wish = {"always": "always", "once": "once", "once-per-instance": "instance", "instance": "instance"}.get(frequency or "")
        frequency = wish or ("always" if name in ALWAYS else "once" if name in ONCE else "instance")
        semaphore = self.semaphore(name, frequency)
        if semaphore and os.path.exists(semaphore):
            self.log("helpers.py", "DEBUG", f"config-{name} already ran (freq={frequency})")
            return None
        begun = time.time()
        if semaphore:
            # A module that runs once counts as run even if it ended with a reboot.
            facts.write(semaphore, f"{os.getpid()}: {time.time()}\n")
        self.log("modules.py", "DEBUG", f"Running module {raw} with frequency {frequency}")
        error = None
        try:
            asked = [key for key in ABSENT.get(name, []) if self.config.get(key) not in (None, False)]
            if asked:
                raise modules.NotSupported(f"cloud-init's module {name} ({', '.join(asked)})")
            if body and name not in IDLE:
                body(self.config, self)
        except Exception as problem:
            error = f"('{name}', {type(problem).__name__}({str(problem)!r}))"
            self.log("util.py", "DEBUG", traceback.format_exc().strip())
            line = self.log("util.py", "WARNING", f"Running module {raw} ({name}) failed")
            print(line + (f": {problem}" if not str(problem).startswith("Runparts") else ""), file=sys.stderr)
        sys.stdout.flush()
        self.events.append((self.stage or "single", "config-" + name, begun, time.time() - begun, "FAIL" if error else "SUCCESS"))
        return error

    # Stages

    def variables(self):
        """Returns the variables that templates can use."""
        if self.data is None:
            self.data = facts.instance_data(self.metadata, True) if self.metadata else facts.read_json(facts.SENSITIVE, {})
        return facts.jinja_names(self.data)

    def find(self):
        """Prepares the instance's own folder and its user data."""
        try:
            self.metadata = facts.Metadata()
            self.instance = self.metadata.text("meta-data/instance-id") or ""
        except facts.Unreachable as error:
            self.metadata = None
            known = os.path.realpath(facts.INSTANCE)
            if not os.path.islink(facts.INSTANCE):
                # As if the metadata service were off in DescribeInstances: the instance's identity is unknown.
                self.source, self.instance = "DataSourceNone", "iid-datasource-none"
                self.warn("cc_final_message.py", f"Used fallback datasource: {error}")
            else:
                self.instance = os.path.basename(known)
        folder = f"{facts.ROOT}/instances/{self.instance}"
        if os.path.isdir(facts.INSTANCE) and not os.path.islink(facts.INSTANCE):
            # The disk was made by an earlier version.
            has_run = os.path.exists(facts.INSTANCE + "/sem/config_scripts_user")
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(facts.ROOT + "/instances", exist_ok=True)
            if has_run:
                os.rename(facts.INSTANCE, folder)
                for name in " ".join(STAGES.values()).split():
                    if name not in ALWAYS:
                        facts.write(f"{folder}/sem/config_{name}", "an earlier version\n")
            else:
                shutil.rmtree(facts.INSTANCE)
        self.is_first = not os.path.isdir(folder)
        for part in ("sem", "scripts", "handlers", "boothooks"):
            os.makedirs(f"{folder}/{part}", exist_ok=True)
        if os.path.lexists(facts.INSTANCE):
            os.unlink(facts.INSTANCE)
        os.symlink(folder, facts.INSTANCE)
        facts.write(facts.ROOT + "/data/instance-id", self.instance + "\n")
        facts.write(facts.INSTANCE + "/datasource", f"DataSourceEc2: {self.source}\n")
        facts.write(facts.RUN + "/cloud-id", "aws\n")
        facts.write(facts.RUN + "/instance-id", self.instance + "\n")

    def read_user_data(self, runs_hooks=True):
        path = facts.INSTANCE + "/user-data.txt"
        if self.metadata:
            raw = self.metadata.get("user-data") or b""
            facts.write(path, raw, 0o600)
        else:
            raw = open(path, "rb").read() if os.path.exists(path) else b""
        index = (self.metadata.text("meta-data/ami-launch-index") if self.metadata else None) or "0"
        parts = Parts(raw, self.variables, index, self.warn)
        self.config = parts.config
        facts.write(facts.INSTANCE + "/cloud-config.txt", "#cloud-config\n" + "\n".join(parts.config_texts), 0o600)
        for folder, scripts in (("scripts", parts.scripts), ("boothooks", parts.hooks)):
            for name, content in scripts:
                facts.write(f"{facts.INSTANCE}/{folder}/{name}", content, 0o700)
        for folder, name, content in parts.repeated:
            facts.write(f"{facts.ROOT}/scripts/{folder}/{name}", content, 0o700)
        if schema.problems(self.config) or not parts.is_config_whole:
            if schema.problems(self.config):
                self.log("schema.py", "DEBUG", schema.words(schema.problems(self.config)))
                print(schema.words(schema.problems(self.config)), file=sys.stderr)
            self.warn("schema.py", "cloud-config failed schema validation! You may run 'sudo cloud-init schema --system' to check the details.")
        for name, _ in parts.hooks if runs_hooks else []:
            path = f"{facts.INSTANCE}/boothooks/{name}"
            sys.stdout.flush()
            code = subprocess.run([path], stdin=subprocess.DEVNULL, env=dict(os.environ, INSTANCE_ID=self.instance)).returncode
            if code:
                self.warn("boothook.py", f"Boothooks script {path} execution error {code}")

    def redirect(self):
        """The key `output`: where the modules' output goes besides the console."""
        wanted = self.config.get("output") or {}
        wanted = wanted.get("all") if isinstance(wanted, dict) else wanted
        wanted = wanted[0] if isinstance(wanted, list) and wanted else wanted.get("output") if isinstance(wanted, dict) else wanted
        text = str(wanted or "").strip()
        if not text or text == f"| tee -a {facts.OUTPUT}":
            return
        sys.stdout.flush()
        if text.startswith("|"):
            child = subprocess.Popen(["/bin/sh", "-c", text[1:]], stdin=subprocess.PIPE, start_new_session=True)
            os.dup2(child.stdin.fileno(), 1)
            child.stdin.close()
        else:
            match = re.match(r"(>>?)\s*(.*)", text)
            file = os.open(match[2] if match else text, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if match and match[1] == ">>" else os.O_TRUNC), 0o640)
            os.dup2(file, 1)
            os.close(file)
        os.dup2(1, 2)

    def run(self):
        for folder in (facts.RUN, facts.ROOT + "/data", facts.ROOT + "/sem", facts.ROOT + "/instances"):
            os.makedirs(folder, exist_ok=True)
        self.save()
        self.begin("init-local")
        self.find()
        self.record["datasource"] = self.source
        facts.write(facts.RUN + "/cloud-id-aws", "aws\n")
        if self.metadata:
            self.write_data(False)
        self.end()
        self.begin("init")
        try:
            self.read_user_data()
            self.redirect()
        except Failed as error:
            self.warn("main.py", str(error))
            self.record["init"]["recoverable_errors"] = {}
            self.end(["failed run of stage init", f"Exception: {error}"])
        if not self.record["init"]["finished"]:
            self.run_stage("init")
        if self.metadata:
            self.write_data(True)
        for stage in ("modules-config", "modules-final"):
            self.run_stage(stage)
        self.record["stage"] = self.stage = None
        self.save()
        facts.write_json(RESULT, {"v1": {"datasource": self.source, "errors": self.errors}})
        facts.write_json(facts.ROOT + "/data/result.json", {"v1": {"datasource": self.source, "errors": self.errors}})
        past = facts.read_json(facts.ROOT + "/data/events.json", [])
        facts.write_json(facts.ROOT + "/data/events.json", (past + [self.events])[-20:])
        has_problems = any(self.record[stage]["recoverable_errors"] for stage in ("init-local", "init", "modules-config", "modules-final"))
        return "error" if self.errors else "degraded" if has_problems else "done"

    def write_data(self, crawl):
        try:
            values = facts.instance_data(self.metadata, crawl)
            if crawl:
                values["merged_cfg"] = self.config
                values["ds"]["user_data"] = "see user-data.txt"
            facts.write_json(facts.SENSITIVE, values, 0o600)
            facts.write_json(facts.DATA, facts.redacted(values))
        except (facts.Unreachable, ValueError, TypeError) as error:
            self.warn("stages.py", f"instance-data.json was not written: {error}")


def copier():
    """Starts a process that copies output to the console and the log. Returns a function that waits until all is copied."""
    read, write = os.pipe()
    told, tell = os.pipe()
    mark = b"\0%d\n" % os.getpid()
    if os.fork() == 0:
        for end in (write, told, 4):
            os.close(end)
        log = os.open(facts.OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        held = b""
        while True:
            piece = os.read(read, 65536)
            if not piece:
                os._exit(0)
            piece = held + piece
            held = b""
            if mark in piece:
                piece = piece.replace(mark, b"")
                is_marked = True
            else:
                is_marked = False
                # The mark may arrive split in two.
                place = piece.rfind(b"\0")
                if place >= 0 and mark.startswith(piece[place:]):
                    piece, held = piece[:place], piece[place:]
            for end in (1, log):
                left = piece
                while left:
                    try:
                        left = left[os.write(end, left):]
                    except OSError:
                        break
            if is_marked:
                os.write(tell, b".")
    os.close(read)
    os.close(tell)
    os.dup2(write, 1)
    os.dup2(write, 2)

    def settle():
        sys.stdout.flush()
        os.write(write, mark)
        os.read(told, 1)

    return settle


def boot(words=()):
    """Runs a whole boot. Reports the result on descriptor 4."""
    report = 4
    os.set_inheritable(report, False)
    for name in ("PATH", "LANG"):
        os.environ.setdefault(name, modules.PATH if name == "PATH" else "C.UTF-8")
    os.environ["PATH"] = modules.PATH
    os.chdir("/")
    settle = copier()
    state = Boot()
    try:
        result = state.run()
    except Exception as error:
        traceback.print_exc()
        result = "error"
        state.errors.append(f"Exception: {error}")
        facts.write_json(RESULT, {"v1": {"datasource": state.source, "errors": state.errors}})
    settle()
    facts.write(facts.RUN + "/result", result + "\n")
    os.write(report, (result + "\n").encode())
    os.close(report)
    for words in state.afterwards:
        subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
    return 0


def overrun(words=()):
    """Records that a boot exceeded its time limit and was ended."""
    record = (facts.read_json(STATUS) or {}).get("v1") or Boot().record
    stage = record.get("stage") or "modules-final"
    words = "the boot took too long and was ended"
    record[stage]["errors"].append(words)
    record[stage]["finished"] = time.time()
    record["stage"] = None
    facts.write_json(STATUS, {"v1": record})
    facts.write_json(RESULT, {"v1": {"datasource": record.get("datasource"), "errors": [words]}})
    facts.write(facts.RUN + "/result", "error\n")
    return 0
