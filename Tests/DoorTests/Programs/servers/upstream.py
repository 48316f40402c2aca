"""Pull through caches with Debian's docker-registry as upstream, in place of ghcr.io and, with a login, of quay.io. skopeo
pulls through them."""

import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import image_layout
from served import Served

# The bcrypt hash of 'secret'.
LOGIN = "me:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"


class Registry:
    def __init__(self, folder, login=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{probe.getsockname()[1]}"
        os.makedirs(folder)
        lines = [
            "version: 0.1", "log: {level: error, accesslog: {disabled: true}}",
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}", f"http: {{addr: '{self.host}'}}"]
        if login:
            with open(f"{folder}/logins", "w") as out:
                out.write(login)
            lines.append(f"auth: {{htpasswd: {{realm: upstream, path: {folder}/logins}}}}")
        with open(f"{folder}/configuration.yml", "w") as out:
            out.write("\n".join(lines) + "\n")
        self.process = subprocess.Popen(
            ["docker-registry", "serve", f"{folder}/configuration.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < deadline and self.process.poll() is None, "docker-registry doesn't begin to answer"
            time.sleep(0.05)

    def answers(self):
        try:
            urllib.request.urlopen(f"http://{self.host}/v2/", timeout=1)
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False
        return True

    def end(self):
        self.process.kill()
        self.process.wait(10)


def skopeo(*arguments):
    done = subprocess.run(["skopeo", "--insecure-policy", *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def check(folder, open_registry, closed_registry, programs):
    layout, multi = f"{folder}/image", f"{folder}/multi"
    digest = image_layout.write(layout)
    other = image_layout.write(multi, text="another\n")
    with open(f"{multi}/index.json") as found:
        entry = json.load(found)["manifests"][0]
    for registry, login in [(open_registry, []), (closed_registry, ["--dest-creds", "me:secret"])]:
        for tag, source in [("v1", layout), ("v2", multi)]:
            code, said = skopeo(
                "copy", "--dest-tls-verify=false", *login, f"oci:{source}:v1", f"docker://{registry.host}/mirror/team/app:{tag}")
            assert code == 0, said
    # An index of two platforms, both in the upstream registry.
    with open(f"{layout}/index.json") as found:
        first = json.load(found)["manifests"][0]
    for one, architecture in [(first, "amd64"), (entry, "arm64")]:
        one.pop("annotations", None)
        one["platform"] = {"architecture": architecture, "os": "linux"}
    kind = "application/vnd.oci.image.index.v1+json"
    request = urllib.request.Request(
        f"http://{open_registry.host}/v2/mirror/team/app/manifests/multi", method="PUT",
        data=json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [first, entry]}).encode(),
        headers={"Content-Type": kind})
    assert urllib.request.urlopen(request, timeout=10).status == 201

    drydock = Served(
        programs, "--clock", "manual", "--upstream", f"ghcr.io=http://{open_registry.host}/mirror",
        "--upstream", f"quay.io=http://me:secret@{closed_registry.host}",
        "--upstream", f"registry.gitlab.com=http://me:wrong@{closed_registry.host}",
        "--upstream", f"{open_registry.host}=http://{open_registry.host}")
    try:
        ecr = drydock.client("ecr")
        secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/any-AbCdEf"
        for prefix, host in [
            ("github", "ghcr.io"), ("quay", "quay.io"), ("gitlab", "registry.gitlab.com"), ("k8s", "registry.k8s.io"),
            ("local", open_registry.host)]:
            ecr.create_pull_through_cache_rule(
                ecrRepositoryPrefix=prefix, upstreamRegistryUrl=host,
                **({"credentialArn": secret} if prefix in ("github", "gitlab") else {}))

        def valid(prefix):
            return ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)["isValid"]

        assert [valid(name) for name in ("github", "quay", "local")] == [True] * 3
        assert [valid(name) for name in ("gitlab", "k8s")] == [False] * 2

        password = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        login = base64.b64decode(password).decode()
        host = drydock.url.removeprefix("http://")

        def inspect(name, *more):
            return skopeo("inspect", "--no-tags", "--tls-verify=false", "--creds", login, *more, f"docker://{host}/{name}")

        back = f"{folder}/back"
        code, said = skopeo(
            "copy", "--src-tls-verify=false", "--src-creds", login, f"docker://{host}/github/team/app:v1", f"dir:{back}")
        assert code == 0, said
        for name in ("github/team/app", "quay/mirror/team/app", "local/mirror/team/app"):
            code, said = inspect(f"{name}:v1")
            assert code == 0 and json.loads(said)["Digest"] == digest, said
        kept = ecr.describe_images(repositoryName="github/team/app")["imageDetails"]
        assert [(image["imageDigest"], image["imageTags"]) for image in kept] == [(digest, ["v1"])], kept

        code, said = inspect("github/team/app:multi", "--raw")
        assert code == 0 and len(json.loads(said)["manifests"]) == 2, said
        deadline = time.monotonic() + 30
        while True:
            kept = {image["imageDigest"] for image in ecr.describe_images(repositoryName="github/team/app")["imageDetails"]}
            if {digest, other} <= kept:
                break
            assert time.monotonic() < deadline, f"the images of the list did not follow: {kept}"
            time.sleep(0.05)

        code, said = inspect("github/team/absent:v1")
        assert code != 0 and "The repository with name 'github/team/absent' does not exist" in said, said
        code, said = inspect("github/team/app:absent")
        assert code != 0 and "Requested image not found" in said, said
        code, said = inspect("gitlab/mirror/team/app:v1")
        assert code != 0 and "denied" in said, said
        code, said = inspect("k8s/pause:3.9")
        assert code != 0 and "'registry.k8s.io' is not provided here" in said, said

        # A tag is checked again after a day, not before. Without the upstream, cached images stay available.
        code, said = skopeo(
            "copy", "--dest-tls-verify=false", f"oci:{multi}:v1", f"docker://{open_registry.host}/mirror/team/app:v1")
        assert code == 0, said
        assert json.loads(inspect("github/team/app:v1")[1])["Digest"] == digest
        clock = urllib.request.Request(f"{drydock.url}/_drydock/clock", data=b'{"advance": "25h"}', method="POST")
        urllib.request.urlopen(clock, timeout=10)
        password = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        login = base64.b64decode(password).decode()
        assert json.loads(inspect("github/team/app:v1")[1])["Digest"] == other
        open_registry.end()
        assert not valid("github")
        assert json.loads(inspect("github/team/app:v1")[1])["Digest"] == other
        code, said = inspect("github/team/app:v3")
        assert code != 0 and "The upstream registry 'ghcr.io' cannot be used" in said, said
    finally:
        drydock.kill()


with tempfile.TemporaryDirectory() as place:
    registries = [Registry(f"{place}/open"), Registry(f"{place}/closed", LOGIN)]
    try:
        check(place, *registries, sys.argv[1])
    finally:
        for one in registries:
            one.end()
print("ok")
