"""Builds container images with `drydock build-image`. This file only collects their files."""
import os
import re
import shutil
import subprocess

USER = "65532:65532"
HEALTH = 'HEALTHCHECK --interval=5s --timeout=3s --retries=12 CMD ["/usr/bin/drydock", "health", "--endpoint", "http://127.0.0.1:4566"]'


def libraries_of(program):
    """Returns the system libraries that the program needs, by their paths in the image. An image from scratch has no others."""
    found = {}
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        words = [word for word in line.split() if word.startswith("/")]
        if words:
            found[words[0].lstrip("/")] = os.path.realpath(words[0])
    return found


def make(program, name, files, target, folder, version, machine, epoch, base=None):
    """Writes an image whose program runs as an unprivileged user and listens on all of its container's interfaces.

    `files` maps paths in the image to paths on this machine. `target` is the archive to write, `folder` a folder for the
    image's files. `base` is a tar archive of the base layer; without one, the image has only the files.
    """
    collect(folder, files, base is None)
    changes = [
        f"USER {USER}", "EXPOSE 4566/tcp", "WORKDIR /var/lib/drydock",
        "ENV HOME=/var/lib/drydock PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", 'ENTRYPOINT ["/usr/bin/drydock"]',
        'CMD ["serve", "--host", "0.0.0.0", "--allow-anonymous"]', HEALTH,
        f"LABEL org.opencontainers.image.title=Drydock org.opencontainers.image.version={version} org.opencontainers.image.licenses=Apache-2.0"]
    options = ["--platform", "linux/" + {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine), "--owner", f"var/lib/drydock={USER}"]
    for layer in ([] if base is None else [base]) + [folder]:
        options += ["--layer", layer]
    for change in changes:
        options += ["--change", change]
    subprocess.run(
        [program, "build-image", *options, name, target], check=True, stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})


def collect(folder, files, has_no_base):
    """Creates the image's files in a folder, with the same permissions whatever this machine's umask is."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("etc/drydock/ready.d", "var/lib/drydock"):
        os.makedirs(os.path.join(folder, name))
    if has_no_base:
        os.mkdir(os.path.join(folder, "tmp"))
        for name, text in (("passwd", "drydock:x:65532:65532::/var/lib/drydock:/sbin/nologin\n"), ("group", "drydock:x:65532:\n")):
            path = os.path.join(folder, "etc", name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o644)
    for name, source in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(source, path)
        os.chmod(path, 0o755)
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o755)
    if has_no_base:
        os.chmod(os.path.join(folder, "tmp"), 0o1777)


def debian(folder, epoch):
    """Returns a layer with a small Debian: a shell, and what guests need."""
    path = os.path.join(folder, f"debian-{epoch}.tar")
    if not os.path.exists(path):
        print("package: unpacking a Debian for the larger image", flush=True)
        subprocess.run(
            ["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", "--include=bubblewrap,ca-certificates,openssh-client,openssh-server,python3,uidmap",
             # Every copy of the image would have the same host keys, and each build other ones. Guests have their own keys.
             '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*',
             "bookworm", path + ".part", "http://deb.debian.org/debian"],
            check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})
        os.replace(path + ".part", path)
        for name in os.listdir(folder):
            if re.fullmatch(r"debian(-\d+)?\.tar", name) and name != os.path.basename(path):
                os.remove(os.path.join(folder, name))
    return path
