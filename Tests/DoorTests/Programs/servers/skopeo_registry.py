"""skopeo pushes to the registry, gets ECR's errors, and pulls the same digest."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request

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
    # Without a login skopeo sends an empty one. ECR rejects it with 400, like any invalid login.
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

    # An index with all its images; an encrypted image; layers with other compressions.
    index = os.path.join(folder, "index")
    first, second = image_layout.write(index, text="first\n"), image_layout.write(os.path.join(folder, "second"), text="second\n")
    shutil.copytree(os.path.join(folder, "second", "blobs"), os.path.join(index, "blobs"), dirs_exist_ok=True)
    kind = "application/vnd.oci.image."

    def listed(path, digest, architecture):
        return {"mediaType": kind + "manifest.v1+json", "digest": digest, "size": image_layout.size(path, digest),
                "platform": {"os": "linux", "architecture": architecture}}

    data = json.dumps({"schemaVersion": 2, "mediaType": kind + "index.v1+json",
                       "manifests": [listed(index, first, "amd64"), listed(index, second, "arm64")]}).encode()
    many = hashlib.sha256(data).hexdigest()
    with open(os.path.join(index, "blobs", "sha256", many), "wb") as file:
        file.write(data)
    with open(os.path.join(index, "index.json"), "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [
            {"mediaType": kind + "index.v1+json", "digest": f"sha256:{many}", "size": len(data),
             "annotations": {"org.opencontainers.image.ref.name": "many"}}]}, file)
    repository = f"docker://{HOST}/repository_test1"
    both = ["--src-tls-verify=false", "--dest-tls-verify=false", "--src-creds", login, "--dest-creds", login]
    ecr.create_repository(repositoryName="team/copy")
    for command in (["copy", "--all", *to, "--dest-creds", login, f"oci:{index}:many", repository + ":many"],
                    ["copy", "--all", *both, repository + ":many", f"docker://{HOST}/team/copy:many"],
                    ["copy", *both, "--format", "v2s2", target, f"docker://{HOST}/team/copy:docker"],
                    ["copy", *to, "--dest-creds", login, "--dest-compress", "--dest-compress-format", "zstd",
                     f"oci:{folder}/second:v1", f"docker://{HOST}/team/copy:zstd"]):
        code, said = skopeo(*command)
        assert code == 0, said
    types = {image["imageTags"][0]: image["imageManifestMediaType"]
             for image in ecr.describe_images(repositoryName="team/copy")["imageDetails"] if "imageTags" in image}
    assert types == {"many": kind + "index.v1+json", "zstd": kind + "manifest.v1+json",
                     "docker": "application/vnd.docker.distribution.manifest.v2+json"}, types
    code, said = skopeo("delete", "--tls-verify=false", "--creds", login, f"docker://{HOST}/team/copy@{second}")
    assert code != 0 and f"Requested image referenced by manifest list: [sha256:{many}]" in said, said
    code, said = skopeo("delete", "--tls-verify=false", "--creds", login, f"docker://{HOST}/team/copy:many")
    assert code == 0, said
    code, said = skopeo("delete", "--tls-verify=false", "--creds", login, f"docker://{HOST}/team/copy:many")
    assert code != 0 and "Image may not exist" in said, said
    code, said = skopeo("list-tags", "--tls-verify=false", "--creds", login, f"docker://{HOST}/team/copy")
    assert code == 0 and json.loads(said)["Tags"] == ["docker", "zstd"], said
    if shutil.which("openssl"):
        key = os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", key + ".pub"], check=True, capture_output=True)
        code, said = skopeo("copy", *to, "--dest-creds", login, "--encryption-key", f"jwe:{key}.pub", f"oci:{layout}:v1",
                            f"docker://{HOST}/team/copy:secret")
        assert code == 0, said
        code, said = skopeo("copy", "--src-tls-verify=false", "--src-creds", login, "--decryption-key", key,
                            f"docker://{HOST}/team/copy:secret", f"dir:{folder}/secret")
        assert code == 0, said

    # Referrers are listed with their image, in the API and in the registry.
    note = image_layout.write(os.path.join(folder, "note"), text="about the image\n", subject={
        "mediaType": kind + "manifest.v1+json", "digest": digest, "size": image_layout.size(layout, digest)})
    code, said = skopeo("copy", *to, "--dest-creds", login, f"oci:{folder}/note:v1", repository + ":note")
    assert code == 0, said
    listed = ecr.list_image_referrers(repositoryName="repository_test1", subjectId={"imageDigest": digest})["referrers"]
    assert [(item["digest"], item["artifactType"]) for item in listed] == [(note, "application/vnd.example.note")], listed
    request = urllib.request.Request(f"http://{HOST}/v2/repository_test1/referrers/{digest}",
                                     headers={"Authorization": f"Basic {token}"})
    with urllib.request.urlopen(request) as answer:
        assert [item["digest"] for item in json.load(answer)["manifests"]] == [note]
    code, said = skopeo("copy", "--src-tls-verify=false", "--src-creds", login, repository + ":note", f"oci:{folder}/noted:v1")
    assert code == 0 and os.path.exists(os.path.join(folder, "noted", "blobs", "sha256", note.split(":")[1])), said
    ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageDigest": note}])

    ecr.put_image_tag_mutability(repositoryName="repository_test1", imageTagMutability="IMMUTABLE")
    other = os.path.join(folder, "other")
    image_layout.write(other, text="another\n")
    code, said = skopeo("copy", *to, "--dest-creds", login, f"oci:{other}:v1", target)
    assert code != 0 and "cannot be overwritten because the" in said, said
    ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}])
    code, said = skopeo("inspect", "--tls-verify=false", "--creds", login, target)
    assert code != 0 and "manifest unknown" in said.lower(), said
