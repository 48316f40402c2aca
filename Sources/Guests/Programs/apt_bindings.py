"""python3-apt as programs inside see it, Ansible's module `apt` above all: the packages that guests can install and have.

The machine's own bindings would read the archives and the state of a Debian system, which guests have none of."""
import os, sys

sys.path.append("/opt/drydock/lib")
import package_files
import package_manager

sys.path.remove("/opt/drydock/lib")


class FetchFailedException(IOError):
    pass


class LockFailedException(IOError):
    pass


class FetchCancelledException(IOError):
    pass


class Version:
    """A package's version."""

    def __init__(self, package, text):
        self.package, self.version, self.ver_str = package, text, text
        self.architecture, self.summary, self.size, self.installed_size = "amd64", "a package of Drydock guests", 0, 0
        self.origins, self.dependencies, self.is_installed = [], [], package.is_installed

    def __str__(self):
        return self.version


class Package:
    """A package, for both the high and the low interface."""

    def __init__(self, state, name):
        self.name = self.shortname = self.fullname = name
        self.is_installed = name in state.installed
        self.version_list = self.versions = [Version(self, state.version(name))]
        self.installed = self.current_ver = self.versions[0] if self.is_installed else None
        self.candidate = self.versions[0]
        self.current_state = CURSTATE_INSTALLED if self.is_installed else CURSTATE_NOT_INSTALLED
        self.installed_files, self.is_upgradable, self.is_auto_removable, self.is_auto_installed = [], False, False, False
        self.has_versions, self.has_provides, self.architecture, self.id, self.essential = True, False, "amd64", hash(name), False
        self.marked_install = self.marked_delete = self.marked_upgrade = False


class Cache:
    """What `apt-cache` knows."""

    def __init__(self, progress=None, rootdir=None, memonly=False):
        self.open(progress)

    def open(self, progress=None):
        self.state = package_manager.Packages()
        self._cache = self
        return True

    def close(self):
        pass

    def update(self, fetch_progress=None, pulse_interval=0, raise_on_error=True, sources_list=None):
        package_manager.touch_lists()
        return True

    def keys(self):
        return sorted(name for name in set(self.state.known) | self.state.installed if name in self)

    def __contains__(self, name):
        name = name.split(":")[0]
        return self.state.is_known(name) or name in self.state.installed

    def __getitem__(self, name):
        if name not in self:
            raise KeyError(f"The cache has no package named {name!r}")
        return Package(self.state, name.split(":")[0])

    def get(self, name, default=None):
        return self[name] if name in self else default

    def __iter__(self):
        return (self[name] for name in self.keys())

    def __len__(self):
        return len(self.keys())

    def get_providing_packages(self, name, candidate_only=True, include_nonvirtual=False):
        return []

    def is_virtual_package(self, name):
        return False


class DebPackage:
    """A package file."""

    def __init__(self, filename=None, cache=None):
        self._failure_string, self.missing_deps, self.filename = "", [], filename
        self.file = package_files.Deb(filename)
        self.pkgname = self.file.name

    def check(self, allow_downgrade=False):
        return True

    def __getitem__(self, name):
        return self.file.fields[name]


# apt_pkg

CURSTATE_NOT_INSTALLED, CURSTATE_CONFIG_FILES, CURSTATE_INSTALLED = 0, 5, 6
VERSION, Error = "2.6.1", SystemError


class Policy:
    """The version that is asked for is the one that is installed."""

    def __init__(self, cache):
        self.asked = {}

    def read_pinfile(self, path):
        return True

    def read_pindir(self, path):
        return True

    def create_pin(self, kind, name, value, priority):
        if kind == "Version":
            self.asked[name] = value.replace("*", "")

    def get_candidate_ver(self, package):
        asked = self.asked.get(package.name)
        return Version(package, asked) if asked else package.candidate


class Configuration(dict):
    PLACES = {"dir::etc::sourcelist": "/etc/apt/sources.list", "dir::etc::sourceparts": "/etc/apt/sources.list.d/",
              "dir::etc::preferences": "/etc/apt/preferences", "dir::etc::preferencesparts": "/etc/apt/preferences.d/",
              "dir::state::lists": "/var/lib/apt/lists/", "dir::cache::archives": "/var/cache/apt/archives/"}

    def find(self, name, default=""):
        return self.get(name, default)

    def find_file(self, name, default=""):
        return self.get(name) or self.PLACES.get(name.lower(), default)

    find_dir = find_file

    def value_list(self, name):
        return []

    def exists(self, name):
        return name in self

    def set(self, name, value):
        self[name] = value


config = Configuration()
version_compare = package_files.compare


def get_architectures():
    return [{"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)]


def init(*words):
    pass


init_config = init_system = init
