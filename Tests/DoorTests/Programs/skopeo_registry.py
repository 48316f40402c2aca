"""skopeo pushes to the registry, is refused where ECR refuses, and pulls back the same digest."""

import base64
import hashlib
import json
import os
import subprocess
import tempfile

import boto3
import image_layout

HOST = f"127.0.0.1:{os.environ['DRYDOCK_PORT']}"
ecr = boto3.client("ecr")
token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
login = base64.b64decode(token).decode()
assert login.startswith("AWS:"), login[:4]


def skopeo(*arguments):
    done = subprocess.run(["skopeo", "--insecure-policy", *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


with tempfile.TemporaryDirectory() as folder:
    layout = os.path.join(folder, "image")
    digest = image_layout.write(layout)
    to = ["--dest-tls-verify=false"]
    target = f"docker://{HOST}/repository_test1:v1"

    code, said = skopeo("copy", *to, "--dest-creds", login, f"oci:{layout}:v1", target)
    assert code != 0 and "The repository with name 'repository_test1' does not exist in the registry" in said, said
    ecr.create_repository(repositoryName="repository_test1")
    nobody = os.path.join(folder, "nobody.json")
    with open(nobody, "w") as logins:
        logins.write("{}")
    code, said = skopeo("copy", *to, "--dest-authfile", nobody, f"oci:{layout}:v1", target)
    # Without a login skopeo sends an empty one, which ECR answers as it does any that isn't its own: with 400.
    assert code != 0 and "400 (Bad Request)" in said, said
    code, said = skopeo("copy", *to, "--dest-creds", login, f"oci:{layout}:v1", target)
    assert code == 0, said

    image = ecr.describe_images(repositoryName="repository_test1")["imageDetails"][0]
    assert image["imageDigest"] == digest and image["imageTags"] == ["v1"], image

    code, said = skopeo("inspect", "--tls-verify=false", "--creds", login, target)
    assert code == 0 and json.loads(said)["Digest"] == digest, said
    code, said = skopeo("list-tags", "--tls-verify=false", "--creds", login, f"docker://{HOST}/repository_test1")
    assert code == 0 and json.loads(said)["Tags"] == ["v1"], said
    back = os.path.join(folder, "back")
    code, said = skopeo("copy", "--src-tls-verify=false", "--src-creds", login, target, f"dir:{back}")
    assert code == 0, said
    with open(os.path.join(back, "manifest.json"), "rb") as manifest:
        assert "sha256:" + hashlib.sha256(manifest.read()).hexdigest() == digest

    ecr.put_image_tag_mutability(repositoryName="repository_test1", imageTagMutability="IMMUTABLE")
    other = os.path.join(folder, "other")
    image_layout.write(other, text="another\n")
    code, said = skopeo("copy", *to, "--dest-creds", login, f"oci:{other}:v1", target)
    assert code != 0 and "cannot be overwritten because the" in said, said
    ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}])
    code, said = skopeo("inspect", "--tls-verify=false", "--creds", login, target)
    assert code != 0 and "manifest unknown" in said.lower(), said
