"""A real Docker engine of its own: it logs in with a token, pushes, is refused where ECR refuses, pulls the same digest."""

import base64
import os
import re
import subprocess
import tempfile
import time

import boto3
import image_layout

HOST = f"127.0.0.1:{os.environ['DRYDOCK_PORT']}"
ecr = boto3.client("ecr")
token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
password = base64.b64decode(token).decode().removeprefix("AWS:")

with tempfile.TemporaryDirectory(prefix="drydock-docker-") as folder:
    socket = f"unix://{folder}/docker.sock"
    engine = subprocess.Popen(
        ["dockerd", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip6tables=false", "-H", socket,
         "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/docker.pid"],
        stdout=subprocess.DEVNULL, stderr=open(f"{folder}/log", "w"))

    def docker(*arguments, give=None):
        done = subprocess.run(
            ["docker", "-H", socket, *arguments], input=give, capture_output=True, text=True, timeout=120,
            env={**os.environ, "DOCKER_CONFIG": f"{folder}/config"})
        return done.returncode, done.stdout + done.stderr

    try:
        for _ in range(600):
            if docker("version")[0] == 0:
                break
            assert engine.poll() is None, open(f"{folder}/log").read()[-2000:]
            time.sleep(0.1)  # another program's start has no other signal
        image_layout.write(f"{folder}/image")
        subprocess.run(["tar", "-C", f"{folder}/image", "-cf", f"{folder}/rootfs.tar", "."], check=True)
        code, said = docker("import", f"{folder}/rootfs.tar", "made:v1")
        assert code == 0, said
        name = f"{HOST}/repository_test1:v1"
        docker("tag", "made:v1", name)

        code, said = docker("push", name)
        assert code != 0 and "no basic auth credentials" in said, said
        code, said = docker("login", "--username", "AWS", "--password-stdin", HOST, give=password)
        assert code == 0 and "Login Succeeded" in said, said
        code, said = docker("push", name)
        assert code != 0, said
        assert re.search(
            r"name unknown: The repository with name 'repository_test1' does not exist in the registry with id '123456789012'", said), said

        ecr.create_repository(repositoryName="repository_test1")
        code, said = docker("push", name)
        assert code == 0, said
        digest = re.search(r"v1: digest: (sha256:[0-9a-f]{64}) size: \d+", said)[1]
        assert ecr.describe_images(repositoryName="repository_test1")["imageDetails"][0]["imageDigest"] == digest
        made = docker("image", "inspect", "--format", "{{.Id}}", name)[1]

        assert docker("image", "rm", name, "made:v1")[0] == 0
        code, said = docker("pull", name)
        assert code == 0 and f"Digest: {digest}" in said, said
        assert docker("image", "inspect", "--format", "{{.Id}}", name)[1] == made

        ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}])
        docker("image", "rm", name)
        code, said = docker("pull", name)
        assert code != 0 and "not found" in said, said
    finally:
        engine.terminate()
        engine.wait(30)
