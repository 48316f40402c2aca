"""Starts a real Docker engine. It logs in with a token, pushes, gets ECR's errors and pulls the same digest. The test also
uses the engine's containerd directly, and the docker command to create an index."""

import base64
import os
import re
import shutil
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
            time.sleep(0.1)  # nothing else signals that the other program is ready
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

        def well(*arguments):
            code, said = docker(*arguments)
            assert code == 0, f"docker {' '.join(arguments)}: {said}"
            return said

        # Pushes and pulls all tags at once.
        repository = name.rsplit(":", 1)[0]
        with open(f"{folder}/Dockerfile", "w") as file:
            file.write("FROM made:v1\nLABEL a=b\n")
        os.makedirs(f"{folder}/context")
        well("tag", name, "made:v1")
        os.environ["DOCKER_BUILDKIT"] = "0"
        well("build", "-q", "-t", f"{repository}:v2", "-f", f"{folder}/Dockerfile", f"{folder}/context")
        well("tag", f"{repository}:v2", f"{repository}:v3")
        well("push", "--all-tags", repository)
        tags = {tag for image in ecr.describe_images(repositoryName="repository_test1")["imageDetails"] for tag in image["imageTags"]}
        assert tags == {"v1", "v2", "v3"}, tags
        well("image", "rm", f"{repository}:v2", f"{repository}:v3")
        well("pull", "--all-tags", repository)
        assert well("image", "inspect", f"{repository}:v3")

        # The docker command creates an index and pushes it without the engine; the index keeps its images.
        well("manifest", "create", "--insecure", f"{repository}:many", name, f"{repository}:v2")
        well("manifest", "annotate", "--arch", "arm64", f"{repository}:many", f"{repository}:v2")
        index = well("manifest", "push", "--insecure", f"{repository}:many").split()[-1]
        shown = ecr.describe_images(repositoryName="repository_test1", imageIds=[{"imageTag": "many"}])["imageDetails"][0]
        assert shown["imageDigest"] == index, (shown, index)
        assert shown["imageManifestMediaType"] == "application/vnd.docker.distribution.manifest.list.v2+json", shown
        code, said = docker("manifest", "inspect", "--insecure", f"{repository}:none")
        assert code != 0 and "no such manifest" in said, said
        failure = ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageDigest": digest}])["failures"][0]
        assert failure["failureCode"] == "ImageReferencedByManifestList", failure
        assert "Digest: " + index in well("pull", f"{repository}:many")

        if shutil.which("ctr"):
            def ctr(*arguments):
                done = subprocess.run(
                    ["ctr", "-a", f"{folder}/exec/containerd/containerd.sock", "-n", "drydock", "images", *arguments],
                    capture_output=True, text=True, timeout=60)
                return done.returncode, done.stdout + done.stderr

            login = ["--plain-http", "--user", f"AWS:{password}"]
            code, said = ctr("pull", *login, "--all-platforms", f"{repository}:many")
            assert code == 0, said
            code, said = ctr("push", *login, f"{repository}:again", f"{repository}:many")
            assert code == 0, said
            shown = ecr.describe_images(repositoryName="repository_test1", imageIds=[{"imageTag": "again"}])["imageDetails"][0]
            assert shown["imageDigest"] == index, shown
            code, said = ctr("pull", *login, f"{repository}:none")
            assert code != 0 and "not found" in said, said
            code, said = ctr("pull", "--plain-http", "--user", "AWS:wrong", f"{repository}:many")
            assert code != 0 and "400 Bad Request" in said, said
        else:
            print("ctr is missing: apt-get install containerd")

        ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "many"}, {"imageTag": "again"}])
        ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}])
        docker("image", "rm", name)
        code, said = docker("pull", name)
        assert code != 0 and "not found" in said, said
    finally:
        engine.terminate()
        engine.wait(30)
