"""apt, dnf, snap, dpkg and rpm for guests. Packages provide programs of the machine; a program that it lacks is reported."""
import fnmatch, glob, os, re, subprocess, sys
import package_catalogue as catalogue
import package_install as install
import package_services as services
from package_files import UNITS, compare, relocated
from package_install import Failed
from service_units import are_apart, complain

INSTALLED, DECLARED, LEND = "/var/lib/drydock/packages", "/opt/drydock/catalogue", "/opt/drydock/lend"
VERSION = "0-drydock"
VERSIONS = "/var/lib/drydock/versions"
DOCKER_GROUP = 998


def is_amazon():
    return 'ID="amzn"' in open("/etc/os-release").read()


def declared():
    """The packages that scenarios add; the first line with a name wins."""
    found = {}
    try:
        for line in open(DECLARED):
            name, _, program = line.strip().partition(" ")
            found.setdefault(name, program)
    except OSError:
        pass
    return found


class Packages:
    def __init__(self):
        self.family = "amazon" if is_amazon() else "debian"
        self.known = catalogue.entries(self.family == "amazon")
        self.known.update(declared())
        self.base = catalogue.BASE_AMAZON if self.family == "amazon" else catalogue.BASE_DEBIAN

    @property
    def installed(self):
        try:
            own = open(INSTALLED).read().split("\n")
        except OSError:
            own = []
        removed = {name[1:] for name in own if name.startswith("!")}
        return {name for name in own + self.base if name and name[0] != "!"} - removed

    def note(self, name, is_there):
        lines = open(INSTALLED).read().split("\n") if os.path.exists(INSTALLED) else []
        lines = [line for line in lines if line and line not in (name, "!" + name)]
        lines.append(name if is_there else "!" + name)
        os.makedirs(os.path.dirname(INSTALLED), exist_ok=True)
        with open(INSTALLED, "w") as file:
            file.write("\n".join(lines) + "\n")

    @property
    def versions(self):
        """The versions of packages that came from files, or that the caller asked for."""
        try:
            return dict(line.split(" ", 1) for line in open(VERSIONS).read().split("\n") if " " in line)
        except OSError:
            return {}

    def version(self, name):
        return self.versions.get(name, VERSION)

    def note_version(self, name, version):
        found = self.versions
        found.pop(name, None)
        if version:
            found[name] = version
        os.makedirs(os.path.dirname(VERSIONS), exist_ok=True)
        with open(VERSIONS, "w") as file:
            file.write("".join(f"{name} {version}\n" for name, version in sorted(found.items())))

    def lacks(self, name):
        """Returns the programs that a package needs and the machine lacks; None for an unknown package."""
        if name not in self.known and name not in self.base:
            return None
        return [word.split("|")[0] for word in self.known.get(name, "-").split(",") if word[0] not in "-~" and not self.place(word)]

    def place(self, word):
        if "|" in word:
            return next(filter(None, map(self.place, word.split("|"))), None)
        if word.startswith("/"):
            return next(iter(glob.glob(word)), None)
        if os.path.exists(f"{LEND}/{word}"):
            return f"{LEND}/{word}"
        return next((path for folder in ("/usr/local/bin", "/usr/bin", "/usr/sbin", "/usr/local/sbin")
                     for path in [f"{folder}/{word}"] if os.access(path, os.X_OK) and not is_absent(path)), None)

    def missing(self, names):
        """Tells the caller, the console and the journal how to provide packages that can't be located."""
        lines = []
        online = "" if install.source.is_online is not False else "; or start the server with --guest-packages online"
        for name in names:
            lacks = self.lacks(name)
            if lacks:
                lines.append(f"drydock: package {name} needs '{lacks[0]}', which the host machine does not have: install it there{online}")
            else:
                lines.append(f"drydock: package {name} is not in the catalogue of guests: add it under 'packages:' of a scenario, with the program "
                             f"of the host machine that it provides, or '-'{online}")
        for line in lines:
            complain(line)
            if os.getuid() == 0:
                subprocess.run(["logger", "-t", "drydock", "-p", "user.warning", line[9:]], stderr=subprocess.DEVNULL)
                # During a boot, the caller's output already goes to the console.
                if not os.path.exists("/run/cloud-init/pid") or os.path.exists("/run/cloud-init/result"):
                    try:
                        with open("/dev/console", "w") as console:
                            console.write(line + "\n")
                    except OSError:
                        pass

    def is_known(self, name):
        lacks = self.lacks(name)
        return lacks is not None and not lacks

    def add(self, name):
        self.note(name, True)
        if name == "cronie":
            services.put("/etc/cron.d/0hourly", services.CRONIE)
        if name == "docker-compose" and not self.place(name):
            services.put("/usr/local/bin/" + name, '#!/bin/sh\nexec docker compose "$@"\n')
            os.chmod("/usr/local/bin/" + name, 0o755)
        for word in self.known.get(name, "-").split(","):
            program = self.chosen(word)
            if program in ("-", "") or program.startswith("/"):
                continue
            place = self.place(program)
            if not place:
                complain(f"drydock: the host machine has no '{program}': install it there")
            elif place.startswith(LEND):
                link = "/usr/local/bin/" + program
                if os.path.lexists(link):
                    os.unlink(link)
                os.symlink(place, link)
            if program == "docker" and name in ("docker.io", "docker", "docker-ce"):
                self.add_group("docker", DOCKER_GROUP)
            facts = self.service_of(program)
            if facts:
                self.write_service(facts, program)
            again = services.finish(self.family, name, program)
            # Debian's packages start their services; Amazon Linux's don't.
            if facts and self.family == "debian":
                self.systemctl("enable", "--now", "--quiet", self.unit_of(facts, program))
            if again:
                self.systemctl("try-restart", again)

    def chosen(self, word):
        """Returns the program that an entry of the catalogue provides: of several, the first that the machine has."""
        programs = word.lstrip("~").split("|")
        return next(filter(self.place, programs), programs[0])

    @staticmethod
    def unit_of(facts, program):
        return (facts["unit"] or program) + ".service"

    def service_of(self, program):
        return services.SERVICES.get((self.family, program)) or services.SERVICES.get(("both", program))

    @staticmethod
    def systemctl(*words):
        sys.stdout.flush()
        subprocess.run(["/opt/drydock/services", "systemctl"] + list(words), stderr=subprocess.DEVNULL if words[0] == "disable" else None)

    def add_group(self, name, number):
        if not any(line.startswith(name + ":") for line in open("/etc/group")):
            with open("/etc/group", "a") as file:
                file.write(f"{name}:x:{number}:\n")

    def write_service(self, facts, program):
        user = facts["user"]
        if user and not any(line.startswith(user + ":") for line in open("/etc/passwd")):
            subprocess.run(["/usr/local/bin/useradd", "-r", "-M", "-s", "/usr/sbin/nologin", "-d", "/nonexistent", user])
        for name, place in facts["links"].items():
            if os.path.basename(place) != name:
                services.link(place, "/usr/local/sbin/" + name)
        for folder in facts["folders"]:
            os.makedirs(folder, exist_ok=True)
            if user and folder.startswith("/var/l"):
                subprocess.run(["/usr/local/bin/chown", user, folder])
        for path, text in facts["files"].items():
            if text.startswith("-> "):
                services.link(text[3:], path)
            else:
                services.put(path, text)
        os.makedirs(UNITS, exist_ok=True)
        with open(f"{UNITS}/{self.unit_of(facts, program)}", "w") as file:
            body = facts["body"]
            # Where the kernel keeps no users apart, a service cannot become another user itself.
            if user and "User=" not in body and not are_apart():
                body += f"\nUser={user}"
            file.write(services.UNIT.format(title=facts["title"], body=body) + facts["aliases"] + "\n")

    def remove(self, name, is_purged=False):
        self.note(name, False)
        self.note_version(name, None)
        install.remove_files(name, is_purged or self.family == "amazon")
        for word in self.known.get(name, "-").split(","):
            program = self.chosen(word)
            facts = self.service_of(program)
            if facts:
                unit = self.unit_of(facts, program)
                self.systemctl("disable", "--now", "--quiet", unit)
                if os.path.exists(f"{UNITS}/{unit}"):
                    os.unlink(f"{UNITS}/{unit}")
            link = "/usr/local/bin/" + program
            if os.path.islink(link) and os.readlink(link).startswith(LEND):
                os.unlink(link)


def is_absent(path):
    """Whether the program is a stand-in that reports "command not found"."""
    try:
        return os.path.samefile(path, "/opt/drydock/absent") or os.path.getsize(path) < 200 and "command not found" in open(path).read()
    except (OSError, UnicodeDecodeError):
        return False


def machine():
    return os.uname().machine


def need_root(words, code=100):
    if os.getuid():
        raise Failed(words, code)


# apt

def plain(words, valued=()):
    """Returns the words without options."""
    found, words = [], list(words)
    while words:
        word = words.pop(0)
        if word in valued and words:
            words.pop(0)
        elif not word.startswith("-"):
            found.append(word)
    return found


def is_simulated(words):
    return any(word in ("-s", "--simulate", "--just-print", "--dry-run", "--recon", "--no-act") for word in words)


def touch_lists():
    """Notes the time of the last update, where programs look for it."""
    for path in ("/var/lib/apt/lists/lock", "/var/lib/apt/periodic/update-success-stamp"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w"):
            pass
    os.utime("/var/lib/apt/lists")


LISTS = "Reading package lists...\nBuilding dependency tree...\nReading state information..."


def apt(name, words):
    packages, rest = Packages(), plain(words, ("-o", "-c", "-t", "--target-release", "--option"))
    if not rest:
        print("apt 2.4.13 (amd64)")
        return 0
    action, rest = rest[0], rest[1:]
    if name == "apt":
        complain("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n")
    if action in ("install", "reinstall", "update", "upgrade", "dist-upgrade", "full-upgrade", "remove", "purge", "autoremove", "clean"):
        need_root("E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n"
                  "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?")
    if action == "update":
        touch_lists()
        print("Reading package lists...")
        return 0
    if action in ("upgrade", "dist-upgrade", "full-upgrade", "autoremove", "clean", "autoclean", "check") and not rest:
        print(LISTS + "\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.")
        return 0
    if action in ("install", "reinstall"):
        print(LISTS, flush=True)
        files = [word for word in rest if "/" in word and word.endswith(".deb")]
        # The version that the caller asks for is the one that is shown afterwards.
        asked = {}
        for word in rest:
            name, _, version = word.partition("=")
            if word not in files:
                asked[re.split("[:/]", name)[0].rstrip("+")] = version.replace("*", "")
        names = list(asked)
        unknown = [word for word in names if not packages.is_known(word) and word not in packages.installed]
        fetched, unknown = install.fetch(unknown) if unknown else ([], [])
        names = [word for word in names if not fetched or packages.is_known(word) or word in packages.installed]
        unread = [path for path in files if not os.path.isfile(path)]
        for path in unread:
            complain(f"E: Unsupported file {path} given on commandline")
        for word in unknown:
            complain(f"E: Unable to locate package {word}")
        if unknown or unread:
            packages.missing(unknown)
            return 100
        fresh = [word for word in dict.fromkeys(names) if word not in packages.installed]
        for word in names:
            if word not in fresh:
                print(f"{word} is already the newest version.")
        if fresh:
            print("The following NEW packages will be installed:\n  " + " ".join(fresh))
        print(f"0 upgraded, {len(fresh) + len(files) + len(fetched)} newly installed, 0 to remove and 0 not upgraded.")
        if is_simulated(words):
            return 0
        install.debs(fetched, packages)
        for word in fresh:
            print(f"Setting up {word} ...", flush=True)
            packages.add(word)
        for word in names:
            if asked[word] and asked[word] != packages.version(word):
                packages.note_version(word, asked[word])
        install.debs(files, packages)
        return 0
    if action in ("remove", "purge"):
        for word in rest:
            word = re.split("[=/:]", word)[0]
            if word not in packages.installed:
                print(f"Package '{word}' is not installed, so not removed" if word in packages.known else f"E: Unable to locate package {word}")
                if word not in packages.known:
                    return 100
                continue
            print(f"Removing {word} ...")
            if not is_simulated(words):
                packages.remove(word, action == "purge" or "--purge" in words)
        return 0
    if action == "list":
        own = packages.installed
        names = sorted(own if "--installed" in words else packages.known)
        for word in names:
            if not rest or any(fnmatch.fnmatch(word, pattern) for pattern in rest):
                print(f"{word}/now {packages.version(word)} amd64" + (" [installed,local]" if word in own else ""))
        return 0
    if action in ("show", "policy", "search"):
        return apt_cache([action] + rest)
    if action in ("source", "download", "build-dep", "changelog"):
        complain(f"E: Drydock guests do not support '{action}': there is no archive of packages")
        return 100
    complain(f"E: Invalid operation {action}")
    return 100


def apt_cache(words):
    packages, rest = Packages(), plain(words)
    action, code = rest[0] if rest else "", 0
    for word in rest[1:]:
        if action == "search":
            print("\n".join(f"{name} - a package of Drydock guests" for name in sorted(packages.known) if word in name))
        elif not packages.is_known(word) and word not in packages.installed:
            complain(f"N: Unable to locate package {word}" if action == "policy" else "E: No packages found")
            code = 0 if action == "policy" else 100
        elif action == "policy":
            print(f"{word}:\n  Installed: {packages.version(word) if word in packages.installed else '(none)'}\n  Candidate: {packages.version(word)}")
        else:
            print(f"Package: {word}\nVersion: {packages.version(word)}\nArchitecture: amd64\nDescription: a package of Drydock guests\n")
    return code


def apt_key(words):
    need_root("E: This command can only be used by root.", 1)
    if words[:1] == ["add"] and len(words) > 1:
        try:
            text = sys.stdin.buffer.read() if words[1] == "-" else open(words[1], "rb").read()
        except OSError as error:
            raise Failed(f"gpg: can't open '{words[1]}': {error.strerror}", 2)
        if not text.strip():
            raise Failed("gpg: no valid OpenPGP data found.", 2)
        with open("/etc/apt/trusted.gpg.d/apt-key.asc", "ab") as file:
            file.write(text)
        print("OK")
        return 0
    complain(f"apt-key: Drydock guests support only 'apt-key add', not '{' '.join(words[:1])}'")
    return 1


MARKS = "/var/lib/drydock/marks"
MARKED = {"manual": "set to manually installed.", "auto": "set to automatically installed.", "hold": "set on hold.", "unhold": "Canceled hold on"}


def apt_mark(words):
    packages, rest = Packages(), plain(words)
    action, rest = (rest[0] if rest else ""), rest[1:]
    try:
        marks = dict(line.split(" ") for line in open(MARKS).read().split("\n") if line)
    except OSError:
        marks = {}
    if action in ("showmanual", "showauto", "showhold", "showholds"):
        kind = {"showmanual": "manual", "showauto": "auto"}.get(action, "hold")
        for name in sorted(packages.installed):
            if (not rest or name in rest) and (marks.get(name, "manual") == kind or kind == "manual" and marks.get(name) == "hold"):
                print(name)
        return 0
    if action not in MARKED:
        complain(f"E: Invalid operation {action}")
        return 100
    need_root("E: Could not create temporary file for /var/lib/apt/extended_states - mkstemp (13: Permission denied)")
    for name in rest:
        if not packages.is_known(name) and name not in packages.installed:
            complain(f"E: Unable to locate package {name}")
            return 100
        if name not in packages.installed and action in ("manual", "auto"):
            print(f"{name} can not be marked as it is not installed.")
            continue
        kind = "manual" if action == "unhold" else action
        if marks.get(name, "manual") == kind:
            print(f"{name} was already " + {"hold": f"set on hold.", "unhold": "not on hold."}.get(action, MARKED[action]))
        else:
            print(f"Canceled hold on {name}." if action == "unhold" else f"{name} {MARKED[action]}")
        marks[name] = kind
    with open(MARKS, "w") as file:
        file.write("".join(f"{name} {kind}\n" for name, kind in sorted(marks.items())))
    return 0


def update_alternatives(words):
    """Links a name to a program. The machine's own links are not the guest's to change."""
    need_root("update-alternatives: error: unable to create file: Permission denied", 2)
    if "--install" not in words:
        place = "/usr/bin/update-alternatives"
        os.execv(place, [place] + words)
    name, path = words[words.index("--install") + 2:words.index("--install") + 4]
    link, target = "/usr/local/bin/" + name, relocated(path)
    if not os.path.exists(path) and not os.path.exists(target):
        complain(f"update-alternatives: error: alternative path {path} doesn't exist")
        return 2
    if not os.path.lexists(link):
        os.symlink(target, link)
    return 0


def add_apt_repository(words):
    need_root("Error: must run as root", 1)
    for word in plain(words):
        source = word if word.startswith("deb ") else None
        match = re.fullmatch(r"ppa:([\w.-]+)/([\w.-]+)", word)
        if match:
            release = re.search(r"VERSION_CODENAME=(\w+)", open("/etc/os-release").read())[1]
            source = f"deb https://ppa.launchpadcontent.net/{match[1]}/{match[2]}/ubuntu/ {release} main"
        elif word in ("universe", "multiverse", "main", "restricted"):
            continue
        if not source:
            complain(f"Error: '{word}' invalid")
            return 1
        name = re.sub(r"[^\w.-]+", "-", match[1] + "-" + match[2] if match else "archive_uri-" + source)[:60]
        with open(f"/etc/apt/sources.list.d/{name}.list", "a") as file:
            file.write(source + "\n")
        print(f"Repository: '{source}'")
    return 0


def dpkg(name, words):
    packages = Packages()
    own = packages.installed
    if "--print-architecture" in words:
        print({"x86_64": "amd64", "aarch64": "arm64"}.get(machine(), machine()))
        return 0
    if "--print-foreign-architectures" in words:
        return 0
    if "--compare-versions" in words:
        return compare_versions(words[words.index("--compare-versions") + 1:])
    first = next((word for word in words if word.startswith("-")), "")
    if first in ("-f", "--field", "-I", "--info", "-c", "--contents", "-x", "--extract", "-X", "--vextract", "-e", "--control", "-b", "--build"):
        # Of a file, and not of what is installed.
        return subprocess.run(["dpkg-deb"] + words).returncode
    rest = plain(words, ("-f",))
    formats = [word.split("=", 1)[1] if word.startswith("--") else word[2:] or words[index + 1]
               for index, word in enumerate(words[:-1] if words[-1:] == ["-f"] else words) if word.startswith(("-f", "--showformat="))]
    if any(word in words for word in ("-W", "--show")):
        form = (formats or ["${Package}\t${Version}\n"])[0].replace("\\n", "\n").replace("\\t", "\t")
        code = 0
        for word in rest or sorted(own):
            if word not in own:
                complain(f"dpkg-query: no packages found matching {word}")
                code = 1
                continue
            values = {"Package": word, "binary:Package": word, "Version": packages.version(word), "Status": "install ok installed", "db:Status-Abbrev": "ii ",
                      "Architecture": "amd64", "db:Status-Status": "installed"}
            print(re.sub(r"\$\{([\w:-]+)[^}]*\}", lambda match: values.get(match[1], ""), form), end="")
        return code
    if any(word in words for word in ("-l", "--list")):
        found = [word for word in sorted(own) if not rest or any(fnmatch.fnmatch(word, pattern) for pattern in rest)]
        if rest and not found:
            complain(f"dpkg-query: no packages found matching {rest[0]}")
            return 1
        print("Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n"
              "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ Name                 Version      Architecture Description\n"
              "+++-====================-============-============-=================================")
        for word in found:
            print(f"ii  {word:<20} {packages.version(word):<12} amd64        a package of Drydock guests")
        return 0
    if any(word in words for word in ("-s", "--status")):
        code = 0
        for word in rest:
            if word in own:
                print(f"Package: {word}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {packages.version(word)}\n")
            else:
                complain(f"dpkg-query: package '{word}' is not installed and no information is available")
                code = 1
        return code
    if "--get-selections" in words:
        print("\n".join(f"{word}\t\t\tinstall" for word in sorted(own)))
        return 0
    if "--configure" in words:
        return 0
    if any(word in words for word in ("-i", "--install")):
        need_root("dpkg: error: requested operation requires superuser privilege", 2)
        for path in rest:
            if not os.path.isfile(path):
                complain(f"dpkg: error: cannot access archive '{path}': No such file or directory")
                return 2
        install.debs(rest, packages)
        return 0
    if any(word in words for word in ("-r", "-P", "--remove", "--purge")):
        need_root("dpkg: error: requested operation requires superuser privilege", 2)
        for word in rest:
            packages.remove(word, "-P" in words or "--purge" in words)
        return 0
    if any(word in words for word in ("-L", "--listfiles")):
        for word in rest:
            files = install.files_of(word)
            if files is None:
                complain(f"dpkg-query: package '{word}' is not installed" if word not in own else f"dpkg-query: {word} is provided by the host machine and has no files here")
                return 1
            print("\n".join(files))
        return 0
    complain(f"{name}: Drydock guests do not support {' '.join(words) or 'a call without an action'}")
    return 2


def compare_versions(words):
    """dpkg's comparison: an empty version comes before any other, unless the relation ends with -nl."""
    one, relation, other = (words + ["", "", ""])[:3]
    tests = {"lt": -1, "le": -1, "eq": 0, "ne": None, "ge": 1, "gt": 1, "<": -1, "<<": -1, "<=": -1, "=": 0, ">=": 1, ">>": 1, ">": 1}
    base = relation[:-3] if relation.endswith("-nl") else relation
    if base not in tests:
        complain(f"dpkg: error: --compare-versions bad relation\n\nType dpkg --help for help about installing and deinstalling packages [*];")
        return 2
    if not one or not other:
        found = (bool(one) > bool(other)) - (bool(one) < bool(other))
        found = -found if relation.endswith("-nl") else found
    else:
        found = compare(one, other)
    if base == "ne":
        return int(found == 0)
    holds = found == tests[base] or found == 0 and base in ("le", "ge", "<=", ">=", "<", ">")
    return int(not holds)


# dnf

def dnf(name, words):
    packages, rest = Packages(), plain(words, ("-c", "--releasever", "--setopt", "--enablerepo"))
    action, rest = (rest[0] if rest else ""), rest[1:]
    own = packages.installed
    if action == "group" and rest:
        action, rest = "group" + rest[0], rest[1:]
    if action in ("list", "info", "repolist", "search", "provides", "whatprovides", "history", "repoquery", "grouplist"):
        return dnf_question(packages, action, rest)
    need_root("Error: This command has to be run with superuser privileges (under the root user on most systems).", 1)
    if action == "groupinstall":
        groups = [catalogue.GROUPS.get(word.lower().lstrip("@")) for word in rest]
        if None in groups:
            complain(f"Module or Group '{rest[groups.index(None)]}' is not available.\nError: Nothing to do.")
            return 1
        action, rest = "install", [word for group in groups for word in group]
    if action in ("install", "localinstall", "reinstall"):
        files = [word for word in rest if word.endswith(".rpm")]
        names = [word for word in rest if word not in files]
        unknown = [word for word in names if not packages.is_known(word) and word not in own]
        fetched, unknown = install.fetch(unknown, 1) if unknown else ([], [])
        names = [word for word in names if not fetched or packages.is_known(word) or word in own]
        for word in unknown:
            print(f"No match for argument: {word}")
        if unknown:
            sys.stdout.flush()
            complain(f"Error: Unable to find a match: {' '.join(unknown)}")
            packages.missing(unknown)
            return 1
        for word in names:
            if word in own:
                print(f"Package {word}-{packages.version(word)}.{machine()} is already installed.")
            else:
                packages.add(word)
        fresh = [word for word in names if word not in own] + install.rpms(fetched + files, packages)
        print(("Installed:\n" + "".join(f"  {word}-{packages.version(word)}.{machine()}\n" for word in fresh) + "\n" if fresh else "Nothing to do.\n") + "Complete!")
        return 0
    if action in ("remove", "erase", "autoremove"):
        gone = [word for word in rest if word in own]
        for word in rest:
            if word not in own:
                print(f"No match for argument: {word}")
        versions = {word: packages.version(word) for word in gone}
        for word in gone:
            packages.remove(word)
        print(("Removed:\n" + "".join(f"  {word}-{versions[word]}.{machine()}\n" for word in gone) + "\n" if gone else
               "No packages marked for removal.\nDependencies resolved.\nNothing to do.\n") + "Complete!")
        return 0
    if action == "config-manager":
        for index, word in enumerate(words):
            if word.startswith("--add-repo"):
                url = word.split("=", 1)[1] if "=" in word else words[index + 1]
                path = "/etc/yum.repos.d/" + re.sub(r"[^\w.-]+", "_", url.split("/")[-1] or "added") + ("" if url.endswith(".repo") else ".repo")
                with open(path, "w") as file:
                    file.write(f"[{os.path.basename(path)[:-5]}]\nbaseurl={url}\nenabled=1\n")
                print(f"Adding repo from: {url}")
        return 0
    if action in ("update", "upgrade", "check-update", "makecache", "clean", "distro-sync", "upgrade-minimal"):
        print("Metadata cache created." if action == "makecache" else "Dependencies resolved.\nNothing to do.\nComplete!")
        return 0
    complain(f"No such command: {action}. Please use /usr/bin/{name} --help" if action else f"usage: {name} [options] COMMAND")
    return 1


def dnf_question(packages, action, rest):
    own = packages.installed
    if action == "repolist":
        print("repo id                         repo name\namazonlinux                     Amazon Linux 2023 repository")
        return 0
    if action == "grouplist":
        print("Available Groups:\n   Development Tools")
        return 0
    if action == "search":
        print("\n".join(f"{name}.{machine()} : a package of Drydock guests" for name in sorted(packages.known) if any(w in name for w in rest)))
        return 0
    if action not in ("list", "info"):
        complain(f"No such command: {action}: Drydock guests do not support it")
        return 1
    kind = rest.pop(0) if rest and rest[0] in ("installed", "available", "all", "updates") else "all"
    names = [name for name in sorted(set(packages.known) | own) if not rest or any(fnmatch.fnmatch(name, pattern) for pattern in rest)]
    groups = [("Installed Packages", [name for name in names if name in own] if kind in ("installed", "all") else []),
              ("Available Packages", [name for name in names if name not in own and packages.is_known(name)] if kind in ("available", "all") else [])]
    if rest and not any(found for _, found in groups):
        complain("Error: No matching Packages to list")
        return 1
    for title, found in groups:
        if found:
            print(title)
        for name in found:
            if action == "info":
                version, _, release = packages.version(name).partition("-")
                print(f"Name         : {name}\nVersion      : {version}\nRelease      : {release}\nArchitecture : {machine()}\n"
                      f"Repository   : {'@System' if name in own else 'amazonlinux'}\nSummary      : A package of Drydock guests\n")
            else:
                print(f"{name + '.' + machine():<40} {packages.version(name):<20} {'@amazonlinux' if name in own else 'amazonlinux'}")
    return 0


def rpm(words):
    packages, rest = Packages(), plain(words)
    own, letters = packages.installed, "".join(word.lstrip("-") for word in words if re.fullmatch(r"-[A-Za-z]+", word))
    if "--import" in words:
        need_root("error: can't create transaction lock on /usr/lib/sysimage/rpm/.rpm.lock (Permission denied)", 1)
        return 0
    if "--eval" in words or "-E" in words:
        print({"%{_arch}": machine(), "%_arch": machine(), "%{rhel}": "%{rhel}", "%{amzn}": "2023"}.get(rest[-1] if rest else "", rest[-1] if rest else ""))
        return 0
    if "q" in letters or "--query" in words:
        if "a" in letters:
            print("\n".join(f"{name}-{packages.version(name)}.{machine()}" for name in sorted(own) if not rest or any(fnmatch.fnmatch(name, pattern) for pattern in rest)))
            return 0
        code = 0
        for word in rest:
            version, _, release = packages.version(word).partition("-")
            if "p" in letters:
                package = install.opened_rpm(word)
                print(f"{package.name}-{package.version}.{package.architecture}")
            elif word not in own:
                print(f"package {word} is not installed")
                code = code + 1
            elif "i" in letters:
                print(f"Name        : {word}\nVersion     : {version}\nRelease     : {release}\nArchitecture: {machine()}")
            elif "l" in letters:
                print("\n".join(install.files_of(word) or ["(contains no files)"]))
            else:
                print(f"{word}-{packages.version(word)}.{machine()}")
        return code
    if set(letters) & set("iUF") or "--install" in words or "--upgrade" in words:
        need_root("error: can't create transaction lock on /usr/lib/sysimage/rpm/.rpm.lock (Permission denied)", 1)
        install.rpms(rest, packages)
        return 0
    if "e" in letters or "--erase" in words:
        need_root("error: can't create transaction lock on /usr/lib/sysimage/rpm/.rpm.lock (Permission denied)", 1)
        for word in rest:
            if word not in own:
                complain(f"error: package {word} is not installed")
                return 1
            packages.remove(word)
        return 0
    complain(f"rpm: Drydock guests do not support {' '.join(words) or 'a call without an action'}")
    return 1


def snap(words):
    packages, rest = Packages(), plain(words)
    action = rest[0] if rest else ""
    if action in ("list", ""):
        print("Name  Version  Rev  Tracking  Publisher  Notes")
        return 0
    if action in ("start", "stop", "restart"):
        need_root("error: access denied (try with sudo)", 1)
        units = [f"snap.{word.split('.')[0]}.{word.split('.')[-1]}.service" for word in rest[1:]]
        return subprocess.run(["/opt/drydock/services", "systemctl", action] + units).returncode
    if action not in ("install", "remove"):
        complain(f"error: Drydock guests do not support 'snap {action}'")
        return 1
    need_root("error: access denied (try with sudo)", 1)
    for word in rest[1:]:
        if not packages.is_known(word):
            complain(f'error: snap "{word}" not found')
            packages.missing([word])
            return 1
        packages.add(word) if action == "install" else packages.remove(word)
        print(f"{word} {'installed' if action == 'install' else 'removed'}")
    return 0


def extras(words):
    packages, rest = Packages(), plain(words)
    need_root("amazon-linux-extras: this needs root", 1)
    if rest[:1] not in (["install"], ["enable"]):
        complain(f"amazon-linux-extras: Drydock guests support only install and enable, not '{' '.join(rest[:1])}'")
        return 1
    for word in rest[1:]:
        name = word.split("=")[0]
        name = name if name in packages.known else re.sub(r"[\d.]+$", "", name)
        if not packages.is_known(name):
            complain(f"Topic {word} is not found.")
            packages.missing([name])
            return 1
        if rest[0] == "install":
            packages.add(name)
    return 0


DEBIAN, AMAZON = ("apt-get", "apt", "apt-cache", "apt-key", "apt-mark", "update-alternatives", "add-apt-repository", "snap", "dpkg", "dpkg-query"), ("yum", "dnf", "rpm", "amazon-linux-extras")


def call(name, words):
    if name in (DEBIAN if is_amazon() else AMAZON) and words != ["--print-architecture"]:
        complain(f"bash: {name}: command not found")
        return 127
    try:
        if name in ("apt-get", "apt"):
            return apt(name, words)
        if name in ("yum", "dnf"):
            return dnf(name, words)
        if name in ("dpkg", "dpkg-query"):
            return dpkg(name, words)
        return {"apt-cache": apt_cache, "apt-key": apt_key, "apt-mark": apt_mark, "update-alternatives": update_alternatives, "add-apt-repository": add_apt_repository, "snap": snap, "rpm": rpm,
                "amazon-linux-extras": extras}[name](words)
    except Failed as error:
        sys.stdout.flush()
        complain(error.words)
        return error.code
