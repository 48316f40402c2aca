"""Runs the stock docker command against a guest's engine and a real dockerd. The output and exit codes must match.

usage: docker_side_by_side.py DRYDOCK, as root. The program restarts itself in separate namespaces, where AWS's and Docker's
host names lead both engines to Drydock. SETTLED lists the differences between the installed dockerd and Docker 28 with their
reasons.
"""

import base64
import difflib
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import socket
import tempfile
import threading
import time
import urllib.request

PROGRAM = sys.argv[1]
if len(sys.argv) < 3:
    os.execvp("unshare", ["unshare", "--net", "--mount", "--fork", "--kill-child", sys.executable, __file__, PROGRAM, "inside"])

import boto3

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
NAMES = [HOST, "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "registry-1.docker.io", "auth.docker.io",
         "index.docker.io", "hub.docker.com", "docker.io"]
ADDRESS = "10.255.0.1"
VERBOSE = "-v" in sys.argv
folder = tempfile.mkdtemp(prefix="dd-", dir="/tmp")


def names_nobody():
    """A name server that resolves no names."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.53", 53))
    while True:
        question, peer = door.recvfrom(4096)
        door.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], peer)


class Engine:
    """An engine's socket with a user's home folder and logins."""

    def __init__(self, name, socket):
        self.name, self.socket, self.user = name, socket, f"w{name}"
        self.home = f"{folder}/{name}"
        os.makedirs(self.home, exist_ok=True)
        for file in os.listdir(f"{folder}/files"):
            shutil.copy(f"{folder}/files/{file}", self.home)

    def run(self, line, give=None):
        done = subprocess.run(
            ["sh", "-c", line], input=give, capture_output=True, text=True, timeout=120, cwd=self.home,
            env={**os.environ, "DOCKER_HOST": self.socket, "SOCKET": self.socket.removeprefix("unix://"), "DOCKER_CONFIG": f"{self.home}/.docker"})
        return done.returncode, done.stdout, done.stderr


def well(*command, give=None):
    done = subprocess.run(command, input=give, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


# One command per line. After `!`, only the exit code and the errors are compared. {token} is ECR's password. `@` sets the fault
# plan for both engines from there on; `#` moves the clock.
COMMANDS = """
docker images
docker images -q
docker images --digests
docker pull hello-world
docker pull hello-world
docker pull -q alpine:3.18
docker pull alpine:3.18@{alpine}
docker pull alpine@sha256:0000000000000000000000000000000000000000000000000000000000000000
docker pull nobody/nothing
docker pull alpine:9
docker pull Alpine
docker pull -a ubuntu
docker pull -a ubuntu:22.04
docker pull pedroheeger/curso084-flask:v1
docker pull --platform linux/amd64 busybox
docker pull --platform linux/arm64 redis
docker pull nowhere.example.test/x
docker images
docker images --digests
docker images --no-trunc
docker images -q
docker images -q --no-trunc
docker images ubuntu
docker images ubuntu:22.04
docker images ubuntu:9
docker images 'u*'
docker images -f reference='ubuntu:2*'
docker images -f reference='*/curso*' -f reference=alpine
docker images -f dangling=true
docker images -f dangling=maybe
docker images -f before=ubuntu:22.04
docker images -f since=ubuntu:22.04
docker images -f since=nothing
docker images -f label=a=b
docker images -f color=blue
docker images -f reference='[a-'
docker images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}} {{.Digest}} {{.CreatedAt}}'
docker images --format json
docker image ls -a
docker image inspect ubuntu:22.04 --format '{{.Id}} {{.RepoTags}} {{.RepoDigests}} {{.Architecture}} {{.Os}} {{.Size}}'
DOCKER_API_VERSION=1.41 docker image inspect pedroheeger/curso084-flask:v1
docker image inspect nothing
DOCKER_API_VERSION=1.41 docker image inspect ubuntu:22.04 nothing
docker inspect alpine:3.18 --format '{{json .Config.Cmd}} {{json .RootFS}} {{.Created}}'
docker inspect --type=container alpine:3.18
docker inspect nothing
docker history pedroheeger/curso084-flask:v1
docker history --no-trunc pedroheeger/curso084-flask:v1
docker history -q pedroheeger/curso084-flask:v1
docker history --format '{{.CreatedBy}} {{.Size}} {{.Comment}}' hello-world
docker history nothing
docker tag alpine:3.18 {user}/mine:v1
docker tag alpine:3.18 {user}/mine:v2
docker tag {alpine_id} {user}/byid
docker tag {alpine_short} {user}/byshortid
docker tag nothing {user}/mine:v3
docker tag alpine:3.18 {user}/Mine
docker tag alpine:3.18 {user}/mine@sha256:0000000000000000000000000000000000000000000000000000000000000000
docker tag alpine:3.18 {user}/mine:
docker push {user}/mine:v1
echo secret | docker login -u {user} --password-stdin
echo wrong | docker login -u {user} --password-stdin
echo wrong | docker login -u AWS --password-stdin {host}
echo secret | docker login -u {user} --password-stdin nowhere.example.test
docker push {user}/mine:v1
docker push {user}/mine:v1
docker push {user}/mine
docker push {user}/none
docker push {user}/mine@sha256:0000000000000000000000000000000000000000000000000000000000000000
docker push -a {user}/mine
docker push -q {user}/mine:v1
docker push -a {user}/none
docker push alpine:3.18
docker tag alpine:3.18 other/mine && docker push other/mine
docker images {user}/mine --digests
docker tag pedroheeger/curso084-flask:v1 {host}/repository_test1:v1
docker push {host}/repository_test1:v1
docker pull {host}/repository_test1:v1
echo '{token}' | docker login --username AWS --password-stdin {host}
docker push {host}/absent_{name}:v1
docker tag pedroheeger/curso084-flask:v1 {host}/absent_{name}:v1
docker push {host}/absent_{name}:v1
docker pull {host}/absent_{name}:v1
docker pull {host}/repository_{name}:v1
docker tag pedroheeger/curso084-flask:v1 {host}/repository_{name}:v1
docker push {host}/repository_{name}:v1
docker push {host}/repository_{name}:v1
docker pull {host}/repository_{name}:v1
docker rmi {host}/repository_{name}:v1
docker pull {host}/repository_{name}:v1
docker logout {host}
docker logout {host}
docker logout
docker search flask
docker search --limit 2 alpine --format '{{.Name}} {{.IsOfficial}}'
docker search -f is-official=true flask
docker search nothingofthatname
docker search --limit 101 a
docker save alpine:3.18 -o one.tar && tar -xOf one.tar manifest.json | python3 -c 'import json,sys;d=json.load(sys.stdin);print(d[0]["RepoTags"], len(d[0]["Layers"]))'
docker save alpine:3.18 ubuntu:22.04 | tar -xO manifest.json | python3 -c 'import json,sys;print(sorted(d["RepoTags"] for d in json.load(sys.stdin)))'
docker save nothing -o none.tar
docker save nothing:v1 -o none.tar
docker save ubuntu | tar -xO manifest.json | python3 -c 'import json,sys;print(sorted(d["RepoTags"] for d in json.load(sys.stdin)))'
docker save alpine:3.18 nothing -o none.tar
docker rmi -f alpine:3.18 {user}/mine:v1 {user}/mine:v2 {user}/byid {user}/byshortid other/mine
docker load -i one.tar
docker load -i one.tar
docker load -q < one.tar
docker images alpine
docker load -i garbage.tar
docker load -i empty.tar
docker load -i nothing.tar
docker load -i saved.tar
docker load -i saved.tar.gz
docker image inspect saved:v1 --format '{{.Id}} {{json .RepoTags}} {{.Created}}'
! docker import rootfs.tar made:v1
! docker import -m 'a message' -c 'CMD ["/hello"]' -c 'ENV A=b' -c 'EXPOSE 80/tcp' -c 'WORKDIR /srv' -c 'USER me' -c 'LABEL x=y' rootfs.tar made:v2
docker image inspect made:v2 --format '{{json .RootFS}} {{json .Config.Cmd}} {{json .Config.Env}} {{json .Config.ExposedPorts}} {{.Config.WorkingDir}} {{.Config.User}} {{json .Config.Labels}} {{.Comment}}'
! cat rootfs.tar | docker import -
docker import -c 'RUN ls' rootfs.tar made:v3
! docker import -c 'HEALTHCHECK --interval=1m30s --timeout=250ms --start-period=2s --retries=3 CMD ls -l' rootfs.tar made:v4
docker image inspect made:v4 --format '{{json .Config.Healthcheck}}'
docker import -c 'HEALTHCHECK --every=1s CMD ls' rootfs.tar made:v3
docker import -c 'HEALTHCHECK --retries=0 CMD ls' rootfs.tar made:v3
docker import -c 'HEALTHCHECK curl' rootfs.tar made:v3
docker import garbage.tar made:v3
docker import rootfs.tar Made
docker history made:v2 --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}'
docker images -f dangling=true --format '{{.Repository}}:{{.Tag}} {{.Size}}'
docker images -f label=x=y --format '{{.Repository}}:{{.Tag}}'
docker images -f label=x --format '{{.Repository}}:{{.Tag}}'
docker images -f label=x=z --format '{{.Repository}}:{{.Tag}}'
! docker image prune -f
! docker rmi made:v1 made:v2 made:v4
docker image prune -f
docker image prune -f --filter until=1h
docker image prune -a -f --filter label=none
docker image prune -f --filter color=blue
docker rmi nothing
docker rmi nothing alsonothing
docker rmi hello-world nothing
docker rmi -f nothing
docker tag saved:v1 saved:v2
docker tag saved:v1 other/saved:v1
docker rmi {saved_id}
docker rmi saved:v2
docker rmi -f {saved_id}
docker rmi {saved_id}
docker rmi ubuntu:22.04
docker rmi ubuntu@{ubuntu}
docker rmi pedroheeger/curso084-flask:v1
docker pull python:3.12
docker pull pedroheeger/curso084-flask:v1
docker rmi python:3.12
docker ps
docker ps -a
docker ps -q
docker logs nothing
docker rm nothing
docker stop nothing
docker start nothing
docker exec nothing ls
docker container ls -a --format json
docker container prune -f
docker volume ls
docker volume inspect nothing
docker network inspect nothing
docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
docker image prune -a -f
docker images
docker system prune -f
docker system prune -a -f
{curl} {api}/_ping
{curl} {api}/v1.41/images/json | python3 -c 'import json,sys;print(sorted(i["RepoTags"] for i in json.load(sys.stdin)))'
{curl} -X POST '{api}/v1.41/images/create?fromImage=hello-world&tag=latest'
{curl} -X POST '{api}/v1.41/images/create?fromImage=hello-world&tag=latest'
{curl} -X POST '{api}/v1.41/images/create?fromImage=hello-world&tag=none'
{curl} -X POST '{api}/v1.41/images/create?fromImage=Hello&tag=none'
{curl} {api}/v1.41/images/hello-world/history
{curl} {api}/v1.41/images/nothing/history
{curl} {api}/v1.41/images/nothing/json
{curl} {api}/v1.41/images/hello-world/json
{curl} {api}/v1.41/images/nothing/get
{curl} -X POST '{api}/v1.41/images/hello-world/tag?repo=copy&tag=v1'
{curl} -X POST '{api}/v1.41/images/nothing/tag?repo=copy&tag=v1'
{curl} -X POST -H 'X-Registry-Auth: e30=' '{api}/v1.41/images/nobody/x/push?tag=v1'
{curl} -X POST -H 'X-Registry-Auth: e30=' '{api}/v1.41/images/copy/push?tag=v1'
{curl} -X DELETE {api}/v1.41/images/copy:v1
{curl} -X DELETE {api}/v1.41/images/copy:v1
{curl} -X DELETE {api}/v1.41/images/hello-world
{curl} -X POST -H 'Content-Type: application/x-tar' --data-binary @saved.tar '{api}/v1.41/images/load?quiet=1'
{curl} -X POST -H 'Content-Type: application/x-tar' --data-binary @rootfs.tar '{api}/v1.41/images/create?fromSrc=-&repo=sent&tag=v1' | sed 's/sha256:[0-9a-f]*/ID/'
{curl} -X POST '{api}/v1.41/images/prune?filters=%7B%22dangling%22%3A%5B%22maybe%22%5D%7D'
{curl} '{api}/v1.41/images/search?term=flask&limit=5'
{curl} {api}/v1.41/containers/json
{curl} {api}/v1.41/containers/nothing/json
{curl} {api}/v1.41/nothing
{curl} {api}/v9.99/images/json
@ [{"service": "hub", "operation": "*Manifest", "status": 500}]
docker pull node:20
@ [{"service": "hub", "operation": "*Manifest", "status": 503}]
docker pull node:20
@ [{"service": "hub", "operation": "*Manifest", "throttle": "2s"}]
docker pull node:20
@ [{"service": "hub", "operation": "*Manifest", "error": {"code": "DENIED", "status": 403, "message": "No."}}]
docker pull node:20
@ [{"service": "hub", "operation": "*Manifest", "drop": "before"}]
docker pull node:20
@ []
docker pull hello-world
docker tag hello-world {user}/hello
echo secret | docker login -u {user} --password-stdin
@ [{"service": "hub", "operation": "PutManifest", "status": 500}]
docker push {user}/hello
@ [{"service": "hub", "operation": "PutManifest", "error": {"code": "DENIED", "status": 403, "message": "No."}}]
docker push {user}/hello
@ [{"service": "hub", "operation": "PutManifest", "throttle": true}]
docker push {user}/hello
@ [{"service": "hub", "operation": "Ping", "status": 500}]
docker login -u {user} -p secret
@ []
docker pull -q busybox && docker tag busybox {host}/repository_{name}:still && docker tag busybox {host}/fixed_{name}:v1
echo '{weak}' | docker login --username AWS --password-stdin {host}
docker push {host}/repository_{name}:still
docker pull {host}/repository_{name}:still
echo '{token}' | docker login --username AWS --password-stdin {host}
docker push {host}/repository_{name}:still
docker push {host}/fixed_{name}:v1
docker push {host}/fixed_{name}:v1
docker tag hello-world {host}/fixed_{name}:v1
docker push {host}/fixed_{name}:v1
docker pull {host}/fixed_{name}:v2
docker pull -a {host}/repository_{name}
docker rmi {host}/repository_{name}:still busybox
echo '{weak}' | docker login --username AWS --password-stdin {host}
docker pull {host}/repository_{name}:still
echo '{token}x' | docker login --username AWS --password-stdin {host}
# 13h
docker push {host}/repository_{name}:v1
docker pull {host}/repository_{name}:v1
echo '{token}' | docker login --username AWS --password-stdin {host}
docker push {user}/hello
docker pull busybox
docker info --format '{{.Containers}} {{.Images}} {{.OSType}} {{.IndexServerAddress}}'
"""

# Differences of the installed dockerd (20.10), and why they do not matter: a pattern for the command, one for the output, and the
# replacement.
SETTLED = [
    (r"fromImage=Hello", r" \(library/Hello\)", ""),
    # Errors begin with a lower-case letter since 23.0.
    (r"curl", r'"message":"Invalid', '"message":"invalid'),
    (r"", r"(?m)(^|--- )Error response from daemon: ([A-Z])(?=nvalid|imit|un )", lambda m: f"{m[1]}Error response from daemon: {m[2].lower()}"),
    # Printed twice before 23.0.
    (r"inspect|nothing/json", r"no such image: \S+: (?=No such image)", ""),
    # Since 28.0 the message names the platform in different words.
    (r"--platform", r"WARNING: image with reference \S+ was found .*", "WARNING: another platform"),
    # The folder with the logins, and the warning about passwords.
    (r"login", r"/tmp/dd-\w+/(ours|real)/", "/home/"),
    # The storage driver.
    (r"curl", r'"Name":"(vfs|drydock)"', '"Name":""'),
    # Drydock's engine supports the API up to 1.50, the installed one up to 1.41.
    (r"curl.*v9.99", r"version is 1\.\d+", "version is 1.x"),
    # Clients draw the progress bar from numbers; the installed dockerd also sends the drawing. The number of updates varies.
    (r"curl", r'(?m)^\{"status":"(Downloading|Extracting|Verifying Checksum|Download complete|Waiting|Pushing)".*\n', ""),
    (r"image inspect", r'"Name": "(vfs|drydock)"', '"Name": ""'),
    # dockerd compresses a layer again for a registry that it was not pulled from, so the manifest differs.
    (r"(repository|fixed)_\{name\}", r"(digest: |Digest: |@)sha256:\w{64}( size: \d+)?", r"\1…"),
    (r"pull -a \{host\}", r"(?m)^[0-9a-f]{12}: .*\n", ""),
    (r"image prune -a", r"(repository@)sha256:\w{64}", r"\1…"),
    # dockerd unpacks into its own folder, and before 23.0 in a separate process.
    (r"docker load -i garbage", r"(?m)^(--- ).*", r"\1no archive"),
    (r"docker load -i empty", r"(?m)^(--- ).*", r"\1no images"),
    (r"docker import garbage", r"(?m)^(--- ).*", r"\1no archive"),
    # A failed lookup names the DNS server.
    (r"nowhere", r"lookup nowhere.example.test on \S+: ", "lookup nowhere.example.test: "),
]


def filled(command, values):
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], command)


def lines_settled(text):
    """Sorts a transfer's lines by layer, because layers finish in any order."""
    layer = re.compile(r"^([0-9a-f]{12}): (.*)$")
    out, block = [], {}

    def flush():
        for key in sorted(block):
            out.extend(f"{key}: {what}" for what in block[key])
        block.clear()

    for line in text.splitlines():
        found = layer.match(line)
        if found:
            # Engines differ in how many layers they transfer at once, and dockerd sometimes skips a short state.
            if found[2] not in ("Waiting", "Verifying Checksum", "Download complete"):
                block.setdefault(found[1], []).append(found[2])
        else:
            flush()
            out.append(line)
    flush()
    return "\n".join(out)


def settle(command, name, code, out, errors):
    text = f"{lines_settled(out)}\n--- {lines_settled(errors)}\nexit {code}"
    for word in ("absent", "repository", "fixed"):
        text = text.replace(f"{word}_{name}", word)
    text = text.replace(f"w{name}/", "worker/").replace(f"w{name}:", "worker:")
    for pattern, found, change in SETTLED:
        if re.search(pattern, command):
            text = re.sub(found, change, text)
    if re.search(r"^docker (images|image ls)", command):
        # dockerd lists images of the same second in random order.
        head, tail = text.split("\n---", 1)
        rows = head.splitlines()
        text = "\n".join(sorted(rows)) + "\n---" + tail
    if "prune" in command:
        text = pruned(text)
    return text


def pruned(text):
    """Sorts the pruned images with their lines, because dockerd lists them in random order."""
    blocks, rest = [], []
    for line in text.splitlines():
        if line.startswith("untagged: ") and (not blocks or any(l.startswith("deleted: ") for l in blocks[-1])):
            blocks.append([line])
        elif line.startswith(("untagged: ", "deleted: ")):
            blocks.append([line]) if not blocks else blocks[-1].append(line)
        else:
            rest.append(line)
    lines = sorted(line for block in blocks for line in block)
    return "\n".join(lines + rest)


def archives():
    """Creates files for both engines: a root file system, an old `docker save` archive, and invalid files."""
    os.makedirs(f"{folder}/files")

    def tar(path, files):
        with tarfile.open(path, "w") as archive:
            for name, data in files:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime = len(data), 1700000000
                archive.addfile(entry, io.BytesIO(data))
        return open(path, "rb").read()

    root = tar(f"{folder}/files/rootfs.tar", [("hello", b"hello\n"), ("etc/motd", b"welcome\n")])
    layer = __import__("hashlib").sha256(root).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2023-05-02T16:49:27Z", "config": {"Cmd": ["/hello"]},
        "history": [{"created": "2023-05-02T16:49:27Z", "created_by": "COPY hello / # buildkit"}],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer]}}).encode()
    digest = __import__("hashlib").sha256(config).hexdigest()
    listing = json.dumps([{"Config": f"{digest}.json", "RepoTags": ["saved:v1"], "Layers": [f"{layer}/layer.tar"]}]).encode()
    saved = tar(f"{folder}/files/saved.tar", [(f"{digest}.json", config), (f"{layer}/layer.tar", root), ("manifest.json", listing)])
    with open(f"{folder}/files/saved.tar.gz", "wb") as file:
        file.write(gzip.compress(saved, mtime=0))
    with open(f"{folder}/files/garbage.tar", "wb") as file:
        file.write(b"this is no archive\n" * 100)
    tar(f"{folder}/files/empty.tar", [])
    return digest


def instance(url):
    """Runs an instance and returns its engine's socket."""
    ec2 = boto3.client("ec2", endpoint_url=url)
    image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    for _ in range(600):
        done = subprocess.run([PROGRAM, "docker-socket", "--endpoint", url, made], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(0.1)  # nothing else signals outside that a guest has booted
    raise AssertionError(done.stderr)


def main():
    well("ip", "link", "set", "lo", "up")
    with open(f"{folder}/hosts", "w") as file:
        file.write(f"127.0.0.1 localhost\n{ADDRESS} " + " ".join(NAMES) + "\n")
    well("mount", "--bind", f"{folder}/hosts", "/etc/hosts")
    # Not a loopback address: for those, dockerd would also try plain HTTP.
    well("ip", "addr", "add", f"{ADDRESS}/32", "dev", "lo")
    with open(f"{folder}/resolv.conf", "w") as file:
        file.write("nameserver 127.0.0.53\n")
    well("mount", "--bind", f"{folder}/resolv.conf", "/etc/resolv.conf")
    threading.Thread(target=names_nobody, daemon=True).start()
    bundle = f"{folder}/authority/ca.pem"
    os.environ.update({
        "SSL_CERT_FILE": bundle, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder, "TMPDIR": folder, "TZ": "UTC"})
    saved = archives()
    served = subprocess.Popen(
        [PROGRAM, "serve", "--host", ADDRESS, "--allow-anonymous", "--guests", "--tls-port", "443", "--certificates", f"{folder}/authority", "--transitions", "instant"],
        stdout=subprocess.PIPE, stderr=open(f"{folder}/served.log", "w"), text=True)
    real = None
    try:
        line = served.stdout.readline()
        assert f"ready on http://{ADDRESS}:4566" in line, line + open(f"{folder}/served.log").read()
        real = subprocess.Popen(
            ["dockerd", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip6tables=false",
             "-H", f"unix://{folder}/real.sock", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
             "--pidfile", f"{folder}/docker.pid"],
            stdout=subprocess.DEVNULL, stderr=open(f"{folder}/log", "w"))
        ours = Engine("ours", instance(f"http://{ADDRESS}:4566"))
        theirs = Engine("real", f"unix://{folder}/real.sock")
        for _ in range(600):
            if theirs.run("docker version")[0] == 0:
                break
            assert real.poll() is None, open(f"{folder}/log").read()[-2000:]
            time.sleep(0.1)  # nothing else signals that the other program is ready
        differences = compare(ours, theirs, saved)
        assert not differences, f"{len(differences)} commands differ from dockerd:\n\n" + "\n".join(differences)
    finally:
        if real:
            real.terminate()
            real.wait(30)
        served.terminate()
        served.wait(30)
    log = open(f"{folder}/served.log").read()
    assert not log, log


def post(place, body):
    request = urllib.request.Request(f"http://{ADDRESS}:4566/_drydock/{place}", body.encode(), method="POST")
    urllib.request.urlopen(request).read()


def password(**keys):
    ecr = boto3.client("ecr", endpoint_url=f"http://{ADDRESS}:4566", **keys)
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().removeprefix("AWS:")


def somebody():
    """Returns the keys of a user who may only log in to ECR."""
    iam = boto3.client("iam", endpoint_url=f"http://{ADDRESS}:4566")
    iam.create_user(UserName="Weak")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}]}
    iam.put_user_policy(UserName="Weak", PolicyName="login", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="Weak")["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def compare(ours, theirs, saved):
    ecr = boto3.client("ecr", endpoint_url=f"http://{ADDRESS}:4566")
    for engine in (ours, theirs):
        ecr.create_repository(repositoryName=f"repository_{engine.name}")
        ecr.create_repository(repositoryName=f"fixed_{engine.name}", imageTagMutability="IMMUTABLE")
    for name in ("alpine:3.18", "ubuntu:22.04"):
        for engine in (ours, theirs):
            code, out, errors = engine.run(f"docker pull {name}")
            assert code == 0, engine.name + errors
    inspect = lambda name, what: theirs.run("docker inspect -f '{{" + what + "}}' " + name)[1].strip()
    values = {
        "host": HOST, "curl": "curl -s --unix-socket $SOCKET -w '\\n%{http_code} %{content_type}'", "api": "http://docker",
        "token": password(), "weak": password(**somebody()), "saved_id": saved[:12],
        "alpine": inspect("alpine:3.18", "index .RepoDigests 0").split("@")[1], "alpine_id": inspect("alpine:3.18", ".Id"),
        "alpine_short": inspect("alpine:3.18", ".Id")[7:19],
        "ubuntu": inspect("ubuntu:22.04", "index .RepoDigests 0").split("@")[1]}
    for engine in (ours, theirs):
        code, out, errors = engine.run("docker rmi alpine:3.18 ubuntu:22.04")
        assert code == 0, engine.name + errors
    differences = []
    plan = None
    for command in COMMANDS.strip().splitlines():
        texts = []
        if command.startswith("@"):
            plan = command[2:]
            continue
        if command.startswith("#"):
            post("clock", json.dumps({"advance": command[2:]}))
            continue
        for engine in (theirs, ours):
            if plan:
                post("faults", plan)
            code, out, errors = engine.run(filled(command.removeprefix("! "), {**values, "name": engine.name, "user": engine.user}))
            texts.append(settle(command, engine.name, code, "" if command.startswith("! ") else out, errors))
        if VERBOSE:
            print(f"$ {command}\n{texts[1]}\n", flush=True)
        if texts[0] != texts[1]:
            lines = difflib.unified_diff(
                texts[0].splitlines(), texts[1].splitlines(), "dockerd", "drydock", lineterm="", n=100)
            differences.append(f"$ {command}\n" + "\n".join(list(lines)[3:]) + "\n")
    return differences


try:
    main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
