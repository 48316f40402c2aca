"""Compares Drydock's registry with Debian's docker-registry in one run. The same client pushes and pulls a large image and
many small ones. Prints each server's peak memory, and the time of plain SHA-256 over the same bytes.

registry.py DRYDOCK [MEGABYTES [IMAGES [ROUNDS]]]
"""

import base64
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import boto3

DRYDOCK = sys.argv[1]
MEGABYTES = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
IMAGES = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 2
LAYERS = 4
PIECE = 1 << 20
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A registry with its own process and folder."""

    def __init__(self, name, folder):
        self.name, self.port, self.folder = name, free_port(), folder
        self.headers = {}

    def start(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.name} did not start: {' '.join(command)}")
                time.sleep(0.01)

    def peak(self):
        """Returns the peak memory in megabytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Drydock(Server):
    def __init__(self, folder):
        super().__init__("drydock", folder)
        self.start([DRYDOCK, "serve", "--port", str(self.port), "--state", folder, "--transitions", "instant"])
        ecr = boto3.client("ecr", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
                           aws_access_key_id="test", aws_secret_access_key="test")
        for name in ["large", "small"]:
            ecr.create_repository(repositoryName=name)
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        self.headers = {"Authorization": f"Basic {token}"}


class DockerRegistry(Server):
    def __init__(self, folder):
        super().__init__("docker-registry", folder)
        configuration = os.path.join(folder, "config.yml")
        with open(configuration, "w") as file:
            file.write(
                f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: "
                f"{{rootdirectory: {folder}/data}}}}\nhttp: {{addr: 127.0.0.1:{self.port}, secret: x}}\n")
        self.start(["docker-registry", "serve", configuration])


class Client:
    """One persistent connection, as registry clients use."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, blocksize=PIECE)

    def ask(self, method, url, body=None, headers={}, expect=(200,)):
        parts = urllib.parse.urlsplit(url)
        target = parts.path + ("?" + parts.query if parts.query else "")
        self.connection.request(method, target, body, {**self.server.headers, **headers})
        answer = self.connection.getresponse()
        if answer.status == 307 and method == "GET":
            answer.read()
            return self.ask(method, answer.headers["Location"], expect=expect)
        assert answer.status in expect, (method, url, answer.status, answer.read()[:500])
        return answer

    def push_blob(self, repository, digest, body, size):
        begun = self.ask("POST", f"/v2/{repository}/blobs/uploads/", expect=(202,))
        begun.read()
        kind = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        patched = self.ask("PATCH", begun.headers["Location"], body, kind, expect=(201, 202))
        patched.read()
        place = patched.headers["Location"]
        place += ("&" if "?" in place else "?") + "digest=" + digest
        self.ask("PUT", place, b"", {"Content-Length": "0"}, expect=(201,)).read()

    def push_manifest(self, repository, tag, manifest):
        self.ask("PUT", f"/v2/{repository}/manifests/{tag}", manifest, {"Content-Type": MANIFEST}, expect=(201,)).read()

    def pull(self, repository, tag):
        """Reads a whole image and returns the size of its blobs in bytes."""
        manifest = json.loads(self.ask("GET", f"/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST}).read())
        total, buffer = 0, bytearray(PIECE)
        for blob in [manifest["config"]] + manifest["layers"]:
            answer = self.ask("GET", f"/v2/{repository}/blobs/{blob['digest']}")
            while count := answer.readinto(buffer):
                total += count
        return total


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(kind, name, size):
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": name, "size": size}


def manifest(config, layers):
    return json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor("config.v1+json", *config),
        "layers": [descriptor("layer.v1.tar+gzip", *layer) for layer in layers]}).encode()


def timed(body):
    started = time.perf_counter()
    body()
    return time.perf_counter() - started


def large_image(folder, seed):
    """Creates files of random bytes; returns them, their digests, and the time of plain SHA-256 over them."""
    generator, layers, hashing = random.Random(seed), [], 0.0
    size = MEGABYTES * (1 << 20) // LAYERS
    for number in range(LAYERS):
        path = os.path.join(folder, f"layer{seed}-{number}")
        with open(path, "wb") as file:
            left = size
            while left > 0:
                left -= file.write(generator.randbytes(min(left, PIECE)))
        hasher = hashlib.sha256()
        with open(path, "rb") as file:
            started = time.perf_counter()
            while piece := file.read(PIECE):
                hasher.update(piece)
            hashing += time.perf_counter() - started
        layers.append((path, "sha256:" + hasher.hexdigest(), size))
    return layers, hashing


def measure(server, layers, round_number, results):
    client = Client(server)
    config = json.dumps({"round": round_number}).encode()

    def push_large():
        for path, name, size in layers:
            with open(path, "rb") as file:
                client.push_blob("large", name, file, size)
        client.push_blob("large", digest(config), config, len(config))
        client.push_manifest("large", f"v{round_number}", manifest(
            (digest(config), len(config)), [(name, size) for _, name, size in layers]))

    def pull_large():
        assert client.pull("large", f"v{round_number}") == len(config) + sum(layer[2] for layer in layers)

    small = []
    for number in range(IMAGES):
        one = json.dumps({"image": number, "round": round_number}).encode()
        two = random.Random(number + round_number * 1_000_000).randbytes(1024)
        small.append((one, two, manifest((digest(one), len(one)), [(digest(two), len(two))])))

    def push_small():
        for number, (one, two, bytes) in enumerate(small):
            client.push_blob("small", digest(one), one, len(one))
            client.push_blob("small", digest(two), two, len(two))
            client.push_manifest("small", f"v{round_number}-{number}", bytes)

    def pull_small():
        for number, (one, two, _) in enumerate(small):
            assert client.pull("small", f"v{round_number}-{number}") == len(one) + len(two)

    for what, body in [("push large", push_large), ("pull large", pull_large), ("push small", push_small),
                       ("pull small", pull_small)]:
        results.setdefault((server.name, what), []).append(timed(body))


def main():
    results, hashing = {}, []
    folder = tempfile.mkdtemp(prefix="drydock-bench-")
    servers = []
    try:
        for kind in (Drydock, DockerRegistry):
            place = os.path.join(folder, kind.__name__)
            os.mkdir(place)
            servers.append(kind(place))
        for number in range(ROUNDS):
            layers, seconds = large_image(folder, number)
            hashing.append(seconds)
            for server in servers if number % 2 == 0 else servers[::-1]:
                measure(server, layers, number, results)
            for path, _, _ in layers:
                os.remove(path)
        plain = min(hashing)
        print(f"{MEGABYTES} MiB in {LAYERS} layers, {IMAGES} small images; the best of {ROUNDS} rounds")
        print(f"plain SHA-256 of the layers: {plain:.2f} s, {MEGABYTES / plain:.0f} MiB/s")
        print(f"{'':12}{'drydock':>12}{'docker-registry':>18}{'ratio':>8}{'of SHA-256':>12}")
        for what in ["push large", "pull large", "push small", "pull small"]:
            ours, theirs = (min(results[name, what]) for name in ("drydock", "docker-registry"))
            if "large" in what:
                unit, rate, share = "MiB/s", lambda seconds: MEGABYTES / seconds, f"{plain / ours:11.0%}"
            else:
                unit, rate, share = "img/s", lambda seconds: IMAGES / seconds, ""
            print(f"{what:12}{rate(ours):6.0f} {unit}{rate(theirs):12.0f} {unit}{theirs / ours:8.2f}{share:>12}")
        print(f"{'peak memory':12}" + "".join(f"{server.peak():{width}.0f} MiB" for server, width in zip(servers, (7, 13))))
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
