"""Installs package files, and packages that Drydock fetches from the machine's sources (`serve --guest-packages online`)."""
import json, os, shlex, subprocess, sys, tempfile
import package_files as files
from service_units import complain

LISTS = "/var/lib/drydock/files"
CALL = "/opt/drydock/services"


class Failed(Exception):
    def __init__(self, words="", code=1):
        self.words, self.code = words, code


def files_of(name):
    """Returns the files of a package that was unpacked here; None for any other."""
    try:
        return open(f"{LISTS}/{name}").read().split("\n")[:-1]
    except OSError:
        return None


def note_files(name, placed):
    os.makedirs(LISTS, exist_ok=True)
    with open(f"{LISTS}/{name}", "w", errors="surrogateescape") as file:
        file.write("".join(path + "\n" for path in sorted(placed)))


def remove_files(name, is_purged):
    """Removes an unpacked package's units and files, and its configuration if that is asked for."""
    for path in files_of(name) or []:
        if path.startswith(files.UNITS + "/") and path.endswith((".service", ".timer")):
            subprocess.run([CALL, "systemctl", "disable", "--now", "--quiet", os.path.basename(path)], stderr=subprocess.DEVNULL)
        if (is_purged or not path.startswith("/etc/")) and os.path.lexists(path) and not os.path.isdir(path):
            os.unlink(path)
    if os.path.exists(f"{LISTS}/{name}"):
        os.unlink(f"{LISTS}/{name}")


def place(package, packages):
    """Unpacks a package and notes it. Returns its units."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        package.unpack(folder)
        placed, units = files.spread(folder, package.kept)
    note_files(package.name, placed)
    packages.note(package.name, True)
    packages.note_version(package.name, package.version)
    if any(".so" in os.path.basename(path) for path in placed):
        find_libraries()
    if units:
        subprocess.run([CALL, "systemctl", "daemon-reload"], stderr=subprocess.DEVNULL)
    return units


def find_libraries():
    """Makes the guest's own libraries known to its programs."""
    os.makedirs("/etc/ld.so.conf.d", exist_ok=True)
    machine = os.uname().machine
    folders = [f"/usr/local/lib/{machine}-linux-gnu", "/usr/local/lib64", "/usr/local/lib", f"/usr/lib/{machine}-linux-gnu", "/usr/lib64", "/usr/lib"]
    with open("/etc/ld.so.conf.d/drydock.conf", "w") as file:
        file.write("".join(folder + "\n" for folder in folders if os.path.isdir(folder)))
    if not os.path.exists("/etc/ld.so.conf"):
        with open("/etc/ld.so.conf", "w") as file:
            file.write("include /etc/ld.so.conf.d/*.conf\n")
    subprocess.run(["/usr/sbin/ldconfig"], stderr=subprocess.DEVNULL)


def start_units(units):
    for unit in units:
        text = open(f"{files.UNITS}/{unit}", errors="replace").read()
        if "[Install]" in text and "@." not in unit:
            subprocess.run([CALL, "systemctl", "enable", "--now", "--quiet", unit])


def run_script(text, words, program=None):
    """Runs a package's script. Returns its exit status."""
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(files.relocated(text))
    os.chmod(file.name, 0o700)
    variables = dict(os.environ, DEBIAN_FRONTEND="noninteractive", DPKG_MAINTSCRIPT_NAME=words[0], DPKG_MAINTSCRIPT_PACKAGE=words[1])
    command = program.split() + [file.name] if program else [file.name]
    sys.stdout.flush()
    try:
        return subprocess.run(command + words[2:], env=variables).returncode
    except OSError as error:
        complain(f"{words[1]}: cannot run its script: {error.strerror}")
        return 127
    finally:
        os.unlink(file.name)


# Debian's packages

def opened_deb(path):
    try:
        return files.Deb(path)
    except files.BROKEN as error:
        raise Failed(f"dpkg: error processing archive {path} (--unpack):\n {error}", 1)


def debs(paths, packages):
    """Installs package files like dpkg: unpacks them all, then runs their scripts."""
    found = [(path, opened_deb(path)) for path in paths]
    units = {}
    for path, package in found:
        print(f"Selecting previously unselected package {package.name}.\nPreparing to unpack {path} ...\nUnpacking {package.name} ({package.version}) ...", flush=True)
        if "preinst" in package.scripts:
            check(package, "preinst", run_script(package.scripts["preinst"], ["preinst", package.name, "install"]))
        try:
            units[package.name] = place(package, packages)
        except files.BROKEN as error:
            raise Failed(f"dpkg: error processing archive {path} (--unpack):\n {error}", 1)
    for path, package in found:
        print(f"Setting up {package.name} ({package.version}) ...", flush=True)
        if "postinst" in package.scripts:
            check(package, "postinst", run_script(package.scripts["postinst"], ["postinst", package.name, "configure", ""]))
        start_units(units[package.name])


def check(package, step, code):
    if code:
        action, kind = {"preinst": ("--unpack", "pre-installation"), "postinst": ("--configure", "post-installation")}[step]
        raise Failed(f"dpkg: error processing package {package.name} ({action}):\n installed {package.name} package {kind} script "
                     f"subprocess returned error exit status {code}\nErrors were encountered while processing:\n {package.name}", 1)


# Red Hat's packages

def opened_rpm(path):
    from cloud_facts import fetch
    try:
        if "://" in path:
            with tempfile.NamedTemporaryFile(suffix=".rpm", delete=False) as file:
                file.write(fetch(path))
            path = file.name
        return files.Rpm(path)
    except OSError as error:
        raise Failed(f"error: open of {path} failed: {error.strerror or error}", 1)
    except files.BROKEN as error:
        raise Failed(f"error: {path}: {error}", 1)


def rpms(paths, packages):
    """Installs package files like rpm. Returns their names."""
    found = [(path, opened_rpm(path)) for path in paths]
    for path, package in found:
        run_step(package, "prein", path)
        try:
            place(package, packages)
        except files.BROKEN as error:
            raise Failed(f"error: {path}: {error}", 1)
    for path, package in found:
        run_step(package, "postin", path)
    return [package.name for _, package in found]


def run_step(package, step, path):
    program, text = package.scripts.get(step, ("", ""))
    if program == "<lua>":
        complain(f"warning: %{step}({package.name}): Drydock guests do not support scripts in Lua")
    elif text:
        code = run_script(text, [step, package.name, "1"], program)
        if code:
            complain(f"warning: %{step}({package.name}-{package.version}.{package.architecture}) scriptlet failed, exit status {code}")
            if step == "prein":
                raise Failed(f"error: {package.name}-{package.version}.{package.architecture}: install failed", 1)


# The machine's sources

class Source:
    # Whether the server fetches packages (`--guest-packages online`), once it was asked.
    is_online = None


source = Source()


def token():
    try:
        return open("/run/drydock/token").read().strip()
    except OSError:
        return ""


def fetch(names, code=100):
    """Fetches packages and what they depend on through the machine's sources. Returns their files, and the names that are unknown.

    Without `--guest-packages online` every name is unknown."""
    import cloud_facts
    headers = [("X-Drydock-Token", token())]
    try:
        status, content = cloud_facts.request("PUT", "/drydock/packages/" + "/".join(names), headers, patience=1800)
        source.is_online = content[:1] == b"{"
        answer = json.loads(content) if source.is_online else {}
        if "problem" in answer:
            raise Failed(answer["problem"], code)
        if status != 200:
            return [], answer.get("unknown", names)
        os.makedirs("/var/cache/drydock", exist_ok=True)
        paths = []
        for file in answer["files"]:
            print(f"Get:{len(paths) + 1} {shlex.quote(file)}", flush=True)
            status, content = cloud_facts.request("GET", "/drydock/packages/" + file, headers, patience=600)
            if status != 200:
                raise Failed(f"E: Failed to fetch {file}", code)
            path = "/var/cache/drydock/" + file
            with open(path, "wb") as target:
                target.write(content)
            paths.append(path)
        return paths, []
    except cloud_facts.Unreachable as error:
        raise Failed(f"E: Failed to fetch packages: {error}", code)
