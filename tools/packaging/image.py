"""Archives and a container image, byte by byte the same for the same contents."""
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile

HEALTH = ["CMD", "/usr/bin/drydock", "health", "--endpoint", "http://127.0.0.1:4566"]


def entry(name, size, mode, epoch):
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, mode, epoch
    return info


def write_tar_gz(path, files, epoch):
    """`files` are (name, bytes, mode)."""
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=epoch) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for name, data, mode in files:
            archive.addfile(entry(name, len(data), mode, epoch), io.BytesIO(data))


def libraries_of(program):
    """The system's libraries that the program needs, by their paths in the image; an image from scratch has no others."""
    found = {}
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        words = [word for word in line.split() if word.startswith("/")]
        if words:
            found[words[0].lstrip("/")] = os.path.realpath(words[0])
    return found


class Image:
    """An image of some layers, which are tar archives."""

    def __init__(self, name, layers, config, epoch):
        self.name, self.layers, self.epoch = name, layers, epoch
        self.zipped = [gzip.compress(layer, 9, mtime=epoch) for layer in layers]
        config["rootfs"] = {"type": "layers", "diff_ids": ["sha256:" + sha(layer) for layer in layers]}
        self.config = json.dumps(config, separators=(",", ":")).encode()

    def write_layout(self, path):
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("application/vnd.oci.image.config.v1+json", self.config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer) for layer in self.zipped],
        }, separators=(",", ":")).encode()
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{
            **descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
            "annotations": {"org.opencontainers.image.ref.name": self.name.split(":")[1]}}]}
        blobs = [(f"blobs/sha256/{sha(data)}", data) for data in (self.config, *self.zipped, manifest)]
        self.write(path, [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", json.dumps(index).encode()), *blobs])

    def write_docker(self, path):
        name = sha(self.config) + ".json"
        layers = [(f"{sha(layer)}.tar", layer) for layer in self.layers]
        manifest = [{"Config": name, "RepoTags": [self.name], "Layers": [layer for layer, _ in layers]}]
        self.write(path, [(name, self.config), *layers, ("manifest.json", json.dumps(manifest).encode())])

    def write(self, path, files):
        with tarfile.open(path, "w") as archive:
            for name, data in files:
                archive.addfile(entry(name, len(data), 0o644, self.epoch), io.BytesIO(data))


def make(name, files, version, machine, epoch, base=None):
    """An image whose program serves every interface of its container as a user without rights.

    `files` are paths in the image and on this machine. `base` is a layer to stand on; without one, the files are all there is.
    """
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        folders = {folder for name in files for folder in parents(name)} | {"etc", "etc/drydock", "etc/drydock/ready.d", "var", "var/lib", "var/lib/drydock"}
        if base is None:
            folders.add("tmp")
        else:
            # They are there, and some of them are links.
            folders -= {"etc", "usr", "usr/bin", "var", "var/lib"}
        for folder in sorted(folders):
            info = entry(folder, 0, 0o1777 if folder == "tmp" else 0o755, epoch)
            info.type = tarfile.DIRTYPE
            if folder == "var/lib/drydock":
                info.uid = info.gid = 65532
            archive.addfile(info)
        if base is None:
            for path, data in (("etc/passwd", b"drydock:x:65532:65532::/var/lib/drydock:/sbin/nologin\n"), ("etc/group", b"drydock:x:65532:\n")):
                archive.addfile(entry(path, len(data), 0o644, epoch), io.BytesIO(data))
        for path, source in sorted(files.items()):
            with open(source, "rb") as file:
                data = file.read()
            archive.addfile(entry(path, len(data), 0o755, epoch), io.BytesIO(data))
    return Image(name, ([] if base is None else [base]) + [layer.getvalue()], {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine), "os": "linux",
        "config": {
            "User": "65532:65532", "ExposedPorts": {"4566/tcp": {}}, "WorkingDir": "/var/lib/drydock",
            "Env": ["HOME=/var/lib/drydock", "PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"], "Entrypoint": ["/usr/bin/drydock"],
            "Cmd": ["serve", "--host", "0.0.0.0", "--allow-anonymous"],
            "Healthcheck": {"Test": HEALTH, "Interval": 5_000_000_000, "Timeout": 3_000_000_000, "Retries": 12},
            "Labels": {"org.opencontainers.image.title": "Drydock", "org.opencontainers.image.version": version,
                       "org.opencontainers.image.licenses": "Apache-2.0"}},
    }, epoch)


def debian(folder, epoch):
    """A small Debian with a shell, and with what guests need: a layer."""
    path = os.path.join(folder, "debian.tar")
    if not os.path.exists(path):
        print("package: unpacking a Debian for the larger image", flush=True)
        subprocess.run(
            ["mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", "--include=bubblewrap,ca-certificates,openssh-client,openssh-server,python3,uidmap",
             "bookworm", path + ".part", "http://deb.debian.org/debian"],
            check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})
        os.replace(path + ".part", path)
    with open(path, "rb") as file:
        return file.read()


def parents(name):
    parts = name.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def descriptor(media_type, data):
    return {"mediaType": media_type, "digest": "sha256:" + sha(data), "size": len(data)}


def sha(data):
    return hashlib.sha256(data).hexdigest()
