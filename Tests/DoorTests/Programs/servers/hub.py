"""Commands add images and users to a served Docker Hub and to one in a state folder, with and without --strict.

hub.py DRYDOCK
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

import image_layout
from served import Served

PROGRAM = sys.argv[1]
folder = tempfile.mkdtemp(prefix="drydock-hub-")


def run(*arguments, give=None):
    done = subprocess.run([PROGRAM, "hub", *arguments], input=give, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def well(*arguments, give=None):
    code, said = run(*arguments, give=give)
    assert code == 0, f"hub {' '.join(arguments)}: {said}"
    return said


def refused(text, *arguments, give=None):
    code, said = run(*arguments, give=give)
    assert code != 0 and text in said, f"hub {' '.join(arguments)}: {said}"


def token(url, user, password):
    """Returns whether the Hub's token service accepts a login."""
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", f"{user}:{password}", "-H", "Host: auth.docker.io",
         f"{url}/token?service=registry.docker.io"], capture_output=True, text=True, timeout=60)
    return done.stdout == "200"


layout = f"{folder}/layout"
digest = image_layout.write(layout)
tar = f"{folder}/layout.tar"
subprocess.run(["tar", "-C", layout, "-cf", tar, "."], check=True)
declared = f"{folder}/hub.json"
with open(declared, "w") as file:
    json.dump({"users": [{"name": "worker", "password": "secret"}], "images": [{"reference": "worker/app:v0", "private": True}]}, file)
broken = f"{folder}/broken.json"
with open(broken, "w") as file:
    json.dump({"users": [{"name": "Worker", "password": "secret"}]}, file)

try:
    code = subprocess.run([PROGRAM, "serve", "--port", "0", "--hub", broken], capture_output=True, text=True)
    assert code.returncode == 2 and "users[0]: 'Worker' is not a user name" in code.stderr, code
    os.environ["DRYDOCK_TOKEN"] = "control"
    served = Served(PROGRAM, "--strict", "--hub", declared, "--state", f"{folder}/state")
    try:
        here = ["--endpoint", served.url]
        assert token(served.url, "worker", "secret") and not token(served.url, "worker", "wrong")
        assert not token(served.url, "late", "word"), "a strict Hub knows only who was declared"
        del os.environ["DRYDOCK_TOKEN"]
        refused("DRYDOCK_TOKEN", "user", *here, "late", "--password-stdin", give="word\n")
        os.environ["DRYDOCK_TOKEN"] = "control"
        assert well("user", *here, "late", "--password-stdin", give="word\n") == "late can log in\n"
        assert token(served.url, "late", "word")

        assert well("import", *here, tar, "worker/app:v1") == f"worker/app:v1  {digest}\n"
        assert well("import", *here, layout, "library/small") == f"small:v1  {digest}\n"
        assert well("import", *here, layout, "late/secret:v2", "--private") == f"late/secret:v2  {digest}\n"
        said = well("list", *here)
        for line in (f"worker/app:v1  {digest}  private", f"small:v1  {digest}\n", f"late/secret:v2  {digest}  private",
                     "pedroheeger/curso084-flask:v1  sha256:", "users: late, worker"):
            assert line in said, said
        names = [repository["name"] for repository in json.loads(well("list", *here, "--json"))["repositories"]]
        assert names == sorted(names) or "small" in names, names

        if shutil.which("docker") and shutil.which("skopeo"):
            whole = f"{folder}/saved.tar"
            subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{layout}:v1", f"docker-archive:{whole}:x:y"], check=True)
            assert "worker/saved:v3  sha256:" in well("import", *here, whole, "worker/saved:v3")
        refused("no such file or folder", "import", *here, f"{folder}/none.tar", "a:v1")
        refused("is not a name of Docker Hub but of ghcr.io", "import", *here, tar, "ghcr.io/a:v1")
        refused("the archive cannot be read", "import", *here, declared, "a:v1")
        refused("neither an OCI layout nor an archive of 'docker save'", "import", *here, folder, "a:v1")
        refused("is not a user name", "user", *here, "No", "--password", "x")
        refused("A password is needed", "user", *here, "no")
        refused("uses the state in", "import", "--state", f"{folder}/state", tar, "a:v1")
    finally:
        served.terminate()
    refused("Is 'drydock serve' running?", "list", "--endpoint", "http://127.0.0.1:9")
    refused("there is no state in", "list", "--state", f"{folder}/none")

    # Changes a folder without a server; the next server has the changes.
    assert well("import", "--state", f"{folder}/state", layout, "worker/app:v9") == f"worker/app:v9  {digest}\n"
    assert f"worker/app:v9  {digest}" in well("list", "--state", f"{folder}/state")
    served = Served(PROGRAM, "--state", f"{folder}/state")
    try:
        said = well("list", "--endpoint", served.url)
        assert f"worker/app:v9  {digest}" in said and "users: late, worker" in said, said
        assert token(served.url, "somebody", "word"), "a user comes into being with the first login"
        assert not token(served.url, "somebody", "else")
    finally:
        served.terminate()
    # A mirror of the Hub, as dockerd wants one: public images for anybody, nothing else.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    served = Served(PROGRAM, "--hub-port", str(port), "--hub", declared)
    try:
        assert f"Docker Hub's mirror is on port {port}." in served.line, served.line

        def status(path, *options):
            done = subprocess.run(
                ["curl", "-s", "-o", f"{folder}/body", "-w", "%{http_code}", *options, f"http://localhost:{port}{path}"],
                capture_output=True, text=True, timeout=60)
            return int(done.stdout)

        assert status("/v2/") == 200
        assert status("/v2/library/alpine/manifests/latest") == 200
        with open(f"{folder}/body") as file:
            manifest = json.load(file)
        chosen = manifest["manifests"][0] if "manifests" in manifest else manifest["config"]
        kind = "manifests" if "manifests" in manifest else "blobs"
        assert status(f"/v2/library/alpine/{kind}/{chosen['digest']}", "-L") == 200
        assert status("/v2/worker/app/manifests/v0") == 404, "a private image"
        assert status("/v2/library/none/manifests/latest") == 404
        assert status("/v2/library/alpine/manifests/none") == 404
        assert status("/v2/library/alpine/blobs/uploads/", "-X", "POST") == 404, "no pushes"
        assert status("/v2/library/alpine/manifests/latest", "-X", "DELETE") == 404
        assert status("/_drydock/health") == 404 and status("/_drydock/hub") == 404
        assert status("/", "-X", "POST", "-d", "Action=DescribeVpcs&Version=2016-11-15") == 404
        assert status("/v2/", "-H", "Host: evil.example.com") == 403
        if shutil.which("skopeo"):
            said = subprocess.run(
                ["skopeo", "inspect", "--tls-verify=false", f"docker://localhost:{port}/library/alpine:latest"],
                capture_output=True, text=True, check=False, timeout=60)
            assert said.returncode == 0 and json.loads(said.stdout)["Name"] == f"localhost:{port}/library/alpine", said
    finally:
        served.terminate()
    for bad in (served.url.rpartition(":")[2], "0"):
        done = subprocess.run(
            [PROGRAM, "serve", "--port", served.url.rpartition(":")[2], "--hub-port", bad], capture_output=True, text=True)
        assert done.returncode == 64 and "--hub-port must be between 1 and 65535" in done.stderr, done
    left = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("drydock-import-")]
    assert not left, left
finally:
    shutil.rmtree(folder, ignore_errors=True)
