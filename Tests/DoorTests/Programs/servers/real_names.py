"""Stock clients reach Drydock by AWS's and Docker's own host names over HTTPS, in a separate network with its own hosts file.

usage: real_names.py DRYDOCK, as root. The program restarts itself in namespaces that can reach only Drydock.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
if len(sys.argv) < 3:
    os.execvp("unshare", ["unshare", "--net", "--mount", "--fork", "--kill-child", sys.executable, __file__, PROGRAM, "inside"])

import boto3
import image_layout

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
NAMES = [HOST, "api.ecr.us-east-1.amazonaws.com", "ecr.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com",
         "sts.amazonaws.com", "ec2.us-east-1.amazonaws.com",
         "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "registry-1.docker.io", "auth.docker.io",
         "index.docker.io", "hub.docker.com", "docker.io"]
folder = tempfile.mkdtemp(prefix="drydock-names-")


def run(*command, give=None, **variables):
    done = subprocess.run(
        command, input=give, capture_output=True, text=True, timeout=120, env={**os.environ, **variables})
    return done.returncode, done.stdout + done.stderr


def well(*command, give=None, **variables):
    code, said = run(*command, give=give, **variables)
    assert code == 0, f"{' '.join(command)}: {said}"
    return said


def main():
    well("ip", "link", "set", "lo", "up")
    hosts = os.path.join(folder, "hosts")
    with open(hosts, "w") as file:
        file.write("127.0.0.1 localhost " + " ".join(NAMES) + "\n")
    well("mount", "--bind", hosts, "/etc/hosts")
    authority = os.path.join(folder, "authority")
    served = subprocess.Popen(
        [PROGRAM, "serve", "--tls-port", "443", "--registry-host", "aws", "--certificates", authority, "--transitions", "instant"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = served.stdout.readline()
        bundle = f"{authority}/ca.pem"
        assert "ready on http://127.0.0.1:4566" in line and "port 443" in line and bundle in line, line
        assert well(PROGRAM, "certificates", "--certificates", authority).strip() == bundle
        assert os.stat(f"{authority}/ca-key.pem").st_mode & 0o777 == 0o600
        os.environ.update({
            "AWS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": folder, "XDG_RUNTIME_DIR": folder, "TMPDIR": folder})
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR"):
            os.environ.pop(name, None)
        clients(bundle)
    finally:
        served.terminate()
        served.wait(10)


def clients(bundle):
    # curl verifies the certificate; without the authority it must fail.
    for name in NAMES:
        assert well("curl", "-s", "--cacert", bundle, "-o", "/dev/null", "-w", "%{ssl_verify_result}", f"https://{name}/v2/") == "0"
    assert run("curl", "-s", f"https://{HOST}/v2/", SSL_CERT_FILE="/dev/null", CURL_CA_BUNDLE="/dev/null")[0] != 0
    assert run("curl", "-s", "--cacert", bundle, "http://127.0.0.1:443/")[0] != 0, "plain HTTP is not taken there"

    for url in ("https://localhost:4566", "https://127.0.0.1:4566", "http://127.0.0.1:4566"):
        assert json.loads(well("curl", "-s", "--cacert", bundle, url + "/_drydock/health"))["status"] == "ok", url

    # boto3 without an endpoint setting.
    ecr = boto3.client("ecr")
    uri = ecr.create_repository(repositoryName="team/app")["repository"]["repositoryUri"]
    assert uri == f"{HOST}/team/app", uri
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"] == f"https://{HOST}"

    layout = os.path.join(folder, "image")
    digest = image_layout.write(layout)
    if shutil.which("docker-credential-ecr-login"):
        # The helper requests a token for the registry's name; the tools call the helper.
        login = json.loads(well("docker-credential-ecr-login", "get", give=HOST))
        assert login["Username"] == "AWS" and login["Secret"], login
        configuration = os.path.join(folder, ".docker")
        os.makedirs(configuration)
        with open(os.path.join(configuration, "config.json"), "w") as file:
            json.dump({"credHelpers": {HOST: "ecr-login"}}, file)
        options = ["--authfile", os.path.join(configuration, "config.json")]
    else:
        print("docker-credential-ecr-login is missing: apt-get install amazon-ecr-credential-helper")
        options = ["--creds", f"AWS:{password(ecr)}"]

    if shutil.which("skopeo"):
        well("skopeo", "--insecure-policy", "copy", *[o.replace("--creds", "--dest-creds") for o in options],
             f"oci:{layout}:v1", f"docker://{uri}:v1")
        assert json.loads(well("skopeo", "inspect", *options, f"docker://{uri}:v1"))["Digest"] == digest
        # Docker Hub by its own names, including its token service.
        alpine = json.loads(well("skopeo", "--insecure-policy", "inspect", "docker://docker.io/library/alpine:latest"))
        assert alpine["Digest"].startswith("sha256:")
    policy = os.path.join(folder, "policy.json")
    with open(policy, "w") as file:
        json.dump({"default": [{"type": "insecureAcceptAnything"}]}, file)
    with open(os.path.join(folder, "registries.conf"), "w") as file:
        file.write("unqualified-search-registries = []\n")
    os.environ["CONTAINERS_REGISTRIES_CONF"] = os.path.join(folder, "registries.conf")
    for tool in ("buildah", "podman"):
        if not shutil.which(tool):
            print(f"{tool} is missing: apt-get install {tool}")
            continue
        command = [tool, "--root", f"{folder}/{tool}", "--runroot", f"{folder}/{tool}-run", "--storage-driver", "vfs"]
        well(*command, "pull", "--signature-policy", policy, *options, f"{uri}:v1")
        target = f"{uri}:{tool}"
        well(*command, "tag", f"{uri}:v1", target)
        well(*command, "push", "--signature-policy", policy, *options, target, *([f"docker://{target}"] if tool == "buildah" else []))
        tags = {tag for image in ecr.describe_images(repositoryName="team/app")["imageDetails"] for tag in image.get("imageTags", [])}
        assert tool in tags, tags
        code, said = run(*command, "pull", "--signature-policy", policy, *options, f"{HOST}/none:v1")
        assert code != 0 and "name unknown" in said.lower() or "does not exist in the registry" in said, said
        # An image built here, an index of it, and the images of the index again.
        if tool == "buildah":
            made = well(*command, "from", "scratch").strip()
            well(*command, "copy", made, os.path.join(layout, "oci-layout"), "/file")
            well(*command, "commit", "--signature-policy", policy, made, f"{uri}:made")
            well(*command, "manifest", "create", "many", f"{uri}:made")
            well(*command, "manifest", "push", "--all", "--signature-policy", policy, *options, "many", f"docker://{uri}:many")
            shown = ecr.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "many"}])["images"][0]
            assert len(json.loads(shown["imageManifest"])["manifests"]) == 1, shown

    if shutil.which("dockerd"):
        docker_engine(ecr, uri, f"{uri}:v1")
    else:
        print("dockerd is missing: apt-get install docker.io")


def docker_engine(ecr, uri, image):
    """A real Docker engine that logs in through the helper and uses Drydock as Docker Hub."""
    socket = f"unix://{folder}/docker.sock"
    engine = subprocess.Popen(
        ["dockerd", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip6tables=false", "-H", socket,
         "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/docker.pid"],
        stdout=subprocess.DEVNULL, stderr=open(f"{folder}/log", "w"))
    try:
        for _ in range(600):
            if run("docker", "-H", socket, "version")[0] == 0:
                break
            assert engine.poll() is None, open(f"{folder}/log").read()[-2000:]
            time.sleep(0.1)  # nothing else signals that the other program is ready
        docker = ["docker", "--config", f"{folder}/.docker", "-H", socket]
        if not shutil.which("docker-credential-ecr-login"):
            well(*docker, "login", "--username", "AWS", "--password-stdin", HOST, give=password(ecr))
        assert "Status: Downloaded newer image" in well(*docker, "pull", image)
        well(*docker, "pull", "alpine")
        well(*docker, "tag", "alpine", f"{uri}:alpine")
        well(*docker, "push", f"{uri}:alpine")
        code, said = run(*docker, "push", f"{HOST}/none:v1")
        assert code != 0, said
    finally:
        engine.terminate()
        engine.wait(30)
    assert ecr.describe_images(repositoryName="team/app", imageIds=[{"imageTag": "alpine"}])["imageDetails"]


def password(ecr):
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().removeprefix("AWS:")


try:
    main()
finally:
    shutil.rmtree(folder, ignore_errors=True)
