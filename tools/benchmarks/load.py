"""A server and callers for the programs that load, fuzz and kill it. Loopback only."""

import base64
import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

VERSIONS = {"ec2": "2016-11-15", "iam": "2010-05-08", "sts": "2011-06-15"}
ECR = "AmazonEC2ContainerRegistry_V20150921."


class Server:
    """`drydock serve` on a free port. Keeps its standard error."""

    def __init__(self, program, *arguments, port=0, environment=None):
        self.errors = []
        self.process = subprocess.Popen(
            [program, "serve", "--port", str(port), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment)
        threading.Thread(target=self._listen, daemon=True).start()
        line = self.process.stdout.readline()
        found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.process.wait(30)
            raise SystemExit(f"no ready line: {line!r} {self.errors}")
        self.port = int(found[1])

    def _listen(self):
        for line in self.process.stderr:
            self.errors.append(line.rstrip())

    @property
    def alive(self):
        return self.process.poll() is None

    def memory(self):
        """Returns the resident memory in MiB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return -1


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __contains__(self, text):
        return text.encode() in self.body

    def find(self, tag):
        found = re.search(rf"<{tag}>([^<]*)</{tag}>".encode(), self.body)
        return found[1].decode() if found else None

    @property
    def json(self):
        return json.loads(self.body or b"{}")


class Caller:
    """One connection with fixed credentials. Calls `note(kind, seconds, status)` for each response."""

    def __init__(self, port, note=None, key="test", secret="test"):
        self.port, self.note, self.credentials = port, note, Credentials(key, secret)
        self.connection = None

    def send(self, method, path, body=b"", headers=None, timeout=60, kind="http"):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers or {})
            reply = self.connection.getresponse()
            answer = Answer(reply.status, reply.headers, reply.read())
        except Exception:
            self.close()
            raise
        if self.note:
            self.note(kind, time.perf_counter() - began, answer.status)
        return answer

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def signed(self, service, body, headers, region="us-east-1"):
        request = AWSRequest("POST", f"http://127.0.0.1:{self.port}/", data=body, headers=headers)
        SigV4Auth(self.credentials, service, region).add_auth(request)
        return dict(request.headers)

    def query(self, service, action, **parameters):
        body = urllib.parse.urlencode({"Action": action, "Version": VERSIONS[service], **parameters})
        headers = self.signed(service, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return self.send("POST", "/", body, headers, kind=action)

    def ecr(self, operation, **parameters):
        body = json.dumps(parameters)
        headers = self.signed(
            "ecr", body, {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": ECR + operation})
        return self.send("POST", "/", body, headers, kind=operation)

    # The registry

    def login(self):
        self.token = "Basic " + self.ecr("GetAuthorizationToken").json["authorizationData"][0]["authorizationToken"]

    def registry(self, method, path, body=b"", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(method, path, body, {"Authorization": self.token, **named}, kind=f"registry {method}")

    def put_blob(self, repository, content):
        """Returns the digest, or None if the push was rejected."""
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        begun = self.registry("POST", f"/v2/{repository}/blobs/uploads/")
        if begun.status != 202:
            return None
        place = urllib.parse.urlsplit(begun.headers["Location"])
        path = place.path + "?" + (place.query + "&" if place.query else "") + "digest=" + urllib.parse.quote(digest)
        done = self.registry("PUT", path, content, Content_Type="application/octet-stream")
        return digest if done.status == 201 else None

    def push(self, repository, tag, content):
        """Pushes an image of one layer. Returns the manifest's and the layer's digest, or None if a push was rejected."""
        layer = self.put_blob(repository, content)
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer]}}).encode()
        config_digest = self.put_blob(repository, config) if layer else None
        if not config_digest:
            return None
        kind = "application/vnd.oci.image."
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
            "config": {"mediaType": kind + "config.v1+json", "size": len(config), "digest": config_digest},
            "layers": [{"mediaType": kind + "layer.v1.tar", "size": len(content), "digest": layer}]}).encode()
        put = self.registry("PUT", f"/v2/{repository}/manifests/{tag}", manifest, Content_Type=kind + "manifest.v1+json")
        return ("sha256:" + hashlib.sha256(manifest).hexdigest(), layer) if put.status == 201 else None

    def pull(self, repository, reference):
        """Returns the layer's bytes after checking them; None if there is no such image."""
        manifest = self.registry(
            "GET", f"/v2/{repository}/manifests/{reference}", Accept="application/vnd.oci.image.manifest.v1+json")
        if manifest.status != 200:
            return None
        layer = manifest.json["layers"][0]["digest"]
        blob = self.registry("GET", f"/v2/{repository}/blobs/{layer}")
        if blob.status in (301, 302, 307):
            place = urllib.parse.urlsplit(blob.headers["Location"])
            blob = self.send("GET", place.path + "?" + place.query, headers={"Host": place.netloc}, kind="layer")
        if blob.status != 200:
            return None
        assert "sha256:" + hashlib.sha256(blob.body).hexdigest() == layer, "a layer came back with other bytes"
        return blob.body
