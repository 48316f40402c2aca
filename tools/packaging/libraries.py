"""Prepares the C libraries to link statically: Debian's static ones, and libxml2 without ICU from Debian's source."""
import glob
import os
import subprocess

SOURCES = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: {suite} {suite}-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
# In the linker's order: a library comes before those it needs.
STATIC = ["archive", "xml2", "sqlite3", "nettle", "acl", "lzma", "zstd", "lz4", "bz2", "z"]


def prepare(folder):
    """Creates a folder whose lib/ has only static libraries, so that the linker finds no others there."""
    prefix = os.path.join(folder, "prefix")
    lib = os.path.join(prefix, "lib")
    os.makedirs(os.path.join(lib, "pkgconfig"), exist_ok=True)
    if not os.path.exists(os.path.join(lib, "libxml2.a")):
        build_libxml2(folder, prefix)
    for name in STATIC:
        link = os.path.join(lib, f"lib{name}.a")
        if name != "xml2" and not os.path.exists(link):
            os.symlink(static_library(name), link)
    write(os.path.join(lib, "pkgconfig", "libxml-2.0.pc"), "libxml-2.0", "2", prefix, ["xml2"], "-I${prefix}/include/libxml2")
    write(os.path.join(lib, "pkgconfig", "libarchive.pc"), "libarchive", "3", prefix, STATIC, "")
    write(os.path.join(lib, "pkgconfig", "sqlite3.pc"), "sqlite3", "3", prefix, ["sqlite3"], "")
    return prefix


def write(path, name, version, prefix, libraries, flags):
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f"prefix={prefix}\nName: {name}\nDescription: {name}, static\nVersion: {version}\n"
            f"Libs: -L${{prefix}}/lib {' '.join('-l' + library for library in libraries)} -lm\nCflags: {flags}\n")


def static_library(name):
    found = glob.glob(f"/usr/lib/*/lib{name}.a")
    if not found:
        raise SystemExit(f"tools/package: the static lib{name}.a is missing; its -dev package has it")
    return found[0]


def build_libxml2(folder, prefix):
    source = os.path.join(folder, "libxml2")
    os.makedirs(source, exist_ok=True)
    archive = glob.glob(os.path.join(source, "libxml2_*.orig.tar.*z"))
    if not archive:
        download(source)
        archive = glob.glob(os.path.join(source, "libxml2_*.orig.tar.*z"))
    tree = os.path.join(source, "tree")
    if not os.path.isdir(tree):
        # With Debian's patches, which include security fixes.
        subprocess.run(
            ["dpkg-source", "--no-check", "-x", glob.glob(os.path.join(source, "*.dsc"))[0], tree], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Sets new times so that make does not regenerate these files, although Debian's patches change their sources.
        for name in ("aclocal.m4", "configure", "config.h.in", *glob.glob("**/Makefile.in", root_dir=tree, recursive=True)):
            os.utime(os.path.join(tree, name))
    configure = [
        "./configure", f"--prefix={prefix}", "--disable-shared", "--enable-static", "--with-pic", "--without-icu", "--without-python",
        "--without-lzma", "--without-zlib", "--without-http", "--without-ftp", "--without-debug", "--without-docbook", "--quiet",
        f"CFLAGS=-O2 -ffunction-sections -fdata-sections -ffile-prefix-map={tree}=."]
    print("package: building libxml2 without ICU", flush=True)
    with open(os.path.join(folder, "libxml2.log"), "w", encoding="utf-8") as log:
        for command in (configure, ["make", "-j2", "libxml2.la"], ["make", "install-libLTLIBRARIES"],
                        ["make", "-C", "include", "install"]):
            if subprocess.run(command, cwd=tree, stdout=log, stderr=log, check=False).returncode:
                raise SystemExit(f"tools/package: libxml2 could not be built; {log.name} tells why")


def download(source):
    """Downloads Debian's source package with a separate apt configuration, so that the machine's stays unchanged."""
    suite = next(
        line.split("=")[1].strip() for line in open("/etc/os-release", encoding="utf-8") if line.startswith("VERSION_CODENAME"))
    parts = os.path.join(source, "apt")
    os.makedirs(os.path.join(parts, "lists", "partial"), exist_ok=True)
    os.makedirs(os.path.join(parts, "sources"), exist_ok=True)
    with open(os.path.join(parts, "sources", "debian.sources"), "w", encoding="utf-8") as file:
        file.write(SOURCES.format(suite=suite))
    options = []
    for option in (
            "Dir::Etc::sourcelist=/dev/null", f"Dir::Etc::sourceparts={parts}/sources", f"Dir::State::lists={parts}/lists",
            f"Dir::Cache={parts}", "APT::Sandbox::User=root"):
        options += ["-o", option]
    for command in (["update"], ["source", "--download-only", "libxml2"]):
        if subprocess.run(["apt-get", "-qq", *options, *command], cwd=source, check=False).returncode:
            raise SystemExit("tools/package: Debian's source of libxml2 could not be downloaded")
