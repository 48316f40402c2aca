"""Creates a small OCI image for registry clients to push."""

import gzip
import hashlib
import io
import json
import os
import tarfile


def write(folder, text="Drydock\n", tag="v1", subject=None):
    """Writes an OCI layout with one image of one layer, with a subject if one is given. Returns the manifest's digest."""
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs)

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as out:
            out.write(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        entry = tarfile.TarInfo("hello.txt")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
    config = {
        "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/hello"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain.getvalue()).hexdigest()]},
    }
    kind = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
        "config": {"mediaType": kind + "config.v1+json", **blob(json.dumps(config).encode())},
        "layers": [{"mediaType": kind + "layer.v1.tar+gzip", **blob(gzip.compress(plain.getvalue(), mtime=0))}],
    }
    if subject:
        manifest |= {"artifactType": "application/vnd.example.note", "subject": subject}
    described = blob(json.dumps(manifest).encode())
    index = {
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": kind + "manifest.v1+json", **described, "platform": {"architecture": "amd64", "os": "linux"},
            "annotations": {"org.opencontainers.image.ref.name": tag}}],
    }
    with open(os.path.join(folder, "index.json"), "w") as out:
        json.dump(index, out)
    with open(os.path.join(folder, "oci-layout"), "w") as out:
        json.dump({"imageLayoutVersion": "1.0.0"}, out)
    return described["digest"]


def size(folder, digest):
    """Returns the size of a blob in a layout in bytes."""
    return os.path.getsize(os.path.join(folder, "blobs", "sha256", digest.split(":")[1]))
