"""Reads .deb and .rpm files: their facts, their scripts and their files."""
import bz2, ctypes, glob, gzip, io, lzma, os, re, shutil, stat, struct, sys, tarfile, zlib


class Unreadable(Exception):
    pass


# What a damaged file can raise.
BROKEN = (Unreadable, OSError, ValueError, EOFError, tarfile.TarError, lzma.LZMAError, zlib.error, struct.error)


class Zstandard(io.RawIOBase):
    """Decompresses with the machine's libzstd: Python has no decoder of its own before 3.14."""

    class Buffer(ctypes.Structure):
        _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t), ("place", ctypes.c_size_t)]

    def __init__(self, data):
        try:
            self.library = ctypes.CDLL("libzstd.so.1")
        except OSError:
            raise Unreadable("the host machine has no 'libzstd', which decompresses the file: install it there")
        self.library.ZSTD_createDStream.restype = ctypes.c_void_p
        self.library.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.POINTER(self.Buffer), ctypes.POINTER(self.Buffer)]
        self.library.ZSTD_decompressStream.restype = ctypes.c_size_t
        self.library.ZSTD_isError.argtypes = [ctypes.c_size_t]
        self.stream = self.library.ZSTD_createDStream()
        self.data = ctypes.create_string_buffer(data, len(data))
        self.input = self.Buffer(ctypes.addressof(self.data), len(data), 0)

    def readable(self):
        return True

    def readinto(self, view):
        target = (ctypes.c_char * len(view)).from_buffer(view)
        output = self.Buffer(ctypes.addressof(target), len(view), 0)
        while True:
            has_input = self.input.place < self.input.size
            left = self.library.ZSTD_decompressStream(self.stream, ctypes.byref(output), ctypes.byref(self.input))
            if self.library.ZSTD_isError(left):
                raise Unreadable("its compressed data is damaged")
            if output.place or not has_input:
                return output.place


def opened(data):
    """Returns a file of the decompressed data; its first bytes tell the compression."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=io.BytesIO(data))
    if data.startswith((b"\xfd7zXZ", b"\x5d\0\0")):
        return lzma.LZMAFile(io.BytesIO(data))
    if data.startswith(b"BZh"):
        return bz2.BZ2File(io.BytesIO(data))
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return io.BufferedReader(Zstandard(data), 1 << 17)
    return io.BytesIO(data)


class Deb:
    """A package of Debian's: https://manpages.debian.org/deb(5)"""

    def __init__(self, path):
        self.fields, self.scripts, self.kept, self.data = {}, {}, set(), None
        with open(path, "rb") as file:
            if file.read(8) != b"!<arch>\n":
                raise Unreadable("it is not a Debian format archive")
            while True:
                head = file.read(60)
                if len(head) < 60:
                    break
                size = int(head[48:58])
                name, content = head[:16].decode().rstrip("/ "), file.read(size)
                file.read(size % 2)
                if name.startswith("control.tar"):
                    self.read_control(content)
                elif name.startswith("data.tar"):
                    self.data = content
        if self.data is None or "Package" not in self.fields:
            raise Unreadable("it is not a Debian format archive")

    def read_control(self, content):
        with tarfile.open(fileobj=opened(content), mode="r|") as archive:
            for member in archive:
                name = os.path.basename(member.name)
                text = archive.extractfile(member).read().decode(errors="replace") if member.isfile() else ""
                if name == "control":
                    self.fields = {key: value.replace("\n ", "\n") for key, value in re.findall(r"(?m)^([\w-]+): *((?:.|\n )*)$", text)}
                elif name == "conffiles":
                    self.kept = set(text.split("\n")) - {""}
                elif name in ("preinst", "postinst", "prerm", "postrm"):
                    self.scripts[name] = text

    name = property(lambda self: self.fields["Package"])
    version = property(lambda self: self.fields.get("Version", ""))

    def unpack(self, folder):
        with tarfile.open(fileobj=opened(self.data), mode="r|") as archive:
            # The guest's root unpacks into the guest alone; as dpkg does, with the owners that the package names.
            archive.extraction_filter = lambda member, path: member
            archive.extractall(folder, numeric_owner=False)


class Rpm:
    """A package of Red Hat's: https://rpm-software-management.github.io/rpm/manual/format_v4.html"""

    NAMES = {1000: "name", 1001: "version_", 1002: "release", 1004: "summary", 1022: "architecture", 1023: "prein", 1024: "postin",
             1085: "prein_program", 1086: "postin_program"}

    def __init__(self, path):
        with open(path, "rb") as file:
            if file.read(4) != b"\xed\xab\xee\xdb":
                raise Unreadable("not an rpm package (or package manifest)")
            file.seek(96)
            self.header(file, padded=True)
            self.facts = {self.NAMES[tag]: value for tag, value in self.header(file).items() if tag in self.NAMES}
            self.payload = file.read()
        if "name" not in self.facts:
            raise Unreadable("not an rpm package (or package manifest)")

    @staticmethod
    def header(file, padded=False):
        """Reads a header. Returns its texts by tag."""
        head = file.read(16)
        if head[:4] != b"\x8e\xad\xe8\x01":
            raise Unreadable("not an rpm package (or package manifest)")
        count, size = struct.unpack(">II", head[8:])
        index, store = file.read(16 * count), file.read(size)
        if padded:
            file.read(-size % 8)
        found = {}
        for tag, kind, offset, number in struct.iter_unpack(">IIII", index):
            if kind in (6, 8, 9) and number:  # a text, or several
                found[tag] = store[offset:store.index(b"\0", offset)].decode(errors="replace")
        return found

    name = property(lambda self: self.facts["name"])
    version = property(lambda self: f"{self.facts.get('version_', '')}-{self.facts.get('release', '')}")
    architecture = property(lambda self: self.facts.get("architecture", "noarch"))
    # Configuration files are not told apart: an existing one stays.
    kept = property(lambda self: None)

    @property
    def scripts(self):
        return {step: (self.facts.get(step + "_program", "/bin/sh"), self.facts[step]) for step in ("prein", "postin") if step in self.facts}

    def unpack(self, folder):
        """Unpacks the payload, a cpio archive: https://www.freebsd.org/cgi/man.cgi?query=cpio&sektion=5"""
        file, linked = opened(self.payload), {}
        while True:
            head = file.read(110)
            if head[:6] not in (b"070701", b"070702"):
                raise Unreadable("its payload is not a cpio archive")
            inode, mode, _, _, links, _, size, _, _, _, _, length, _ = (int(head[place:place + 8], 16) for place in range(6, 110, 8))
            name = file.read(length).rstrip(b"\0").decode(errors="surrogateescape")
            file.read(-(110 + length) % 4)
            if name == "TRAILER!!!":
                return
            path = folder + os.path.normpath("/" + name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if stat.S_ISDIR(mode):
                os.makedirs(path, exist_ok=True)
                os.chmod(path, mode & 0o7777)
            elif stat.S_ISLNK(mode):
                os.symlink(file.read(size).decode(errors="surrogateescape"), path)
            elif stat.S_ISREG(mode):
                self.write(file, size, path, mode)
                if links > 1:
                    # The last of several names has the content.
                    names = linked.setdefault(inode, [])
                    if size:
                        for other in names:
                            os.unlink(other)
                            os.link(path, other)
                    names.append(path)
            file.read(-size % 4)

    @staticmethod
    def write(file, size, path, mode):
        with open(path, "wb") as target:
            while size:
                piece = file.read(min(size, 1 << 20))
                if not piece:
                    raise Unreadable("its payload ends early")
                target.write(piece)
                size -= len(piece)
        os.chmod(path, mode & 0o7777)


# Where the files go

MAPPED = [("usr/bin/", "usr/local/bin/"), ("usr/sbin/", "usr/local/sbin/"), ("bin/", "usr/local/bin/"), ("sbin/", "usr/local/sbin/"),
          ("lib/systemd/system/", "var/lib/drydock/units/"), ("usr/lib/systemd/system/", "var/lib/drydock/units/"),
          ("usr/local/", "usr/local/"), ("usr/", "usr/local/"), ("lib/", "usr/local/lib/"), ("lib64/", "usr/local/lib64/")]
UNITS = "/var/lib/drydock/units"
TEXT = 256 << 10


def place_of(path):
    """Returns the path of a package's file in a guest: /usr belongs to the machine."""
    path = re.sub(r"^(\./|/)+", "", path)
    # Modules go where the machine's Python and Perl look for a site's own.
    path = re.sub(r"^usr/lib/python3/dist-packages/", "usr/local/lib/python%d.%d/dist-packages/" % sys.version_info[:2], path)
    if "/perl5/" in path:
        perl = max((os.path.basename(found) for found in glob.glob("/usr/share/perl/5.*.*")), default="")
        path = re.sub(r"^usr/(share|lib/[^/]+)/perl5/(\d[\d.]*/)?", rf"usr/local/\1/perl/{perl}/", path) if perl else path
    for start, other in MAPPED:
        if path.startswith(start):
            return "/" + other + path[len(start):]
    return "/" + path


def relocated(text):
    """Returns a text in which the paths that only the guest's own /usr/local has lead there."""
    def other(match):
        path, place = match[0], place_of(match[0])
        return place if place != path and os.path.lexists(place) and not os.path.lexists(path) else path
    return re.sub(r"(?<![\w.-])/(usr/(s?bin|lib|lib64|libexec|share)|s?bin|lib|lib64)/[\w.+@/-]*[\w+]", other, text)


def spread(folder, kept=None):
    """Moves an unpacked package's files to their places. Returns those, and the units among them."""
    placed, units, old = [], [], []
    for base, names, files in os.walk(folder):
        inner = os.path.relpath(base, folder)
        for name in names + files:
            source, path = os.path.join(base, name), name if inner == "." else f"{inner}/{name}"
            target = place_of(path)
            if os.path.isdir(source) and not os.path.islink(source):
                if not os.path.lexists(target):
                    facts = os.lstat(source)
                    os.makedirs(target)
                    os.chmod(target, facts.st_mode & 0o7777)
                    give(target, facts)
                continue
            is_old = os.path.lexists(target)
            # Configuration that is there stays.
            if is_old and target.startswith("/etc/") and (kept is None or target in kept):
                old.append(target)
                continue
            if is_old and os.path.isdir(target) and not os.path.islink(target):
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if is_old:
                os.unlink(target)
            if os.path.islink(source):
                link = os.readlink(source)
                os.symlink(place_of(link) if link.startswith("/") and not os.path.lexists(link) else link, target)
            else:
                facts = os.lstat(source)
                shutil.move(source, target)
                give(target, facts)
            placed.append(target)
            if target.startswith(UNITS + "/") and target.endswith((".service", ".timer")):
                units.append(os.path.basename(target))
    for path in placed:
        rewrite(path)
    return placed + old, units


def give(path, facts):
    try:
        os.chown(path, facts.st_uid, facts.st_gid)
    except OSError:
        pass


def rewrite(path):
    """Makes a text of a package name the places where its files are now."""
    if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > TEXT:
        return
    facts = os.stat(path)
    with open(path, "rb") as file:
        content = file.read()
    if b"\0" in content or not (path.startswith((UNITS, "/etc/")) or content.startswith(b"#!")):
        return
    old = content.decode(errors="surrogateescape")
    new = relocated(old)
    if new != old:
        with open(path, "w", errors="surrogateescape") as file:
            file.write(new)
        os.chmod(path, facts.st_mode & 0o7777)


# Versions

def order(text):
    """Splits a part of a version: https://www.debian.org/doc/debian-policy/ch-controlfields.html#version"""
    rank = lambda c: -1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256
    found = []
    for letters, digits in re.findall(r"(\D*)(\d*)", text):
        # The end of a text is before letters, and after a tilde.
        found.append([rank(c) for c in letters] + [0])
        found.append([int(digits or 0)])
    return found


def compare(one, other):
    """Compares versions as dpkg does: negative, 0 or positive."""
    def parts(version):
        epoch, _, rest = version.rpartition(":") if ":" in version else ("0", "", version)
        upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
        return [[[int(epoch) if epoch.isdigit() else 0]], order(upstream), order(revision)]

    for left, right in zip(parts(one), parts(other)):
        for number in range(max(len(left), len(right))):
            pad = [0]
            a, b = (side[number] if number < len(side) else pad for side in (left, right))
            if a != b:
                return -1 if a < b else 1
    return 0
