"""`drydock images`, `drydock build-image` and `drydock ecr import|export`: their output, and whether other programs can read the files.

ecr_commands.py DRYDOCK
"""

import gzip
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

import image_layout
from served import Served

PROGRAM = sys.argv[1]
folder = tempfile.mkdtemp(prefix="drydock-commands-")
scratch = os.path.join(folder, "tmp")
os.mkdir(scratch)
os.environ.update({"TMPDIR": scratch, "HOME": folder})
for name in ("AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)


def run(*arguments, give=None, **variables):
    done = subprocess.run(
        [PROGRAM, *arguments], stdin=give or subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        env={**os.environ, **variables})
    return done.returncode, done.stdout + done.stderr


def well(*arguments, give=None, **variables):
    code, said = run(*arguments, give=give, **variables)
    assert code == 0, f"{' '.join(arguments)}: {said}"
    return said


def refused(text, *arguments, code=2, **variables):
    found, said = run(*arguments, **variables)
    assert found == code and text in said, f"{' '.join(arguments)}: {found} {said}"


def other(*command):
    """Returns the output of another program, or None if it is not installed."""
    if not shutil.which(command[0]):
        print(f"{command[0]} is missing: apt-get install {command[0]}")
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def tarred(path, target, mode="w"):
    with tarfile.open(target, mode) as archive:
        for name in os.listdir(path):
            archive.add(os.path.join(path, name), name)
    return target


def big_layout(path):
    """Writes an image that takes a while to import."""
    digest = image_layout.write(path, text=random.Random(1).randbytes(4 << 20).hex())
    blobs = os.path.join(path, "blobs", "sha256")
    with open(os.path.join(blobs, digest.split(":")[1])) as file:
        manifest = json.load(file)

    for number in range(40):
        data = random.Random(number).randbytes(4 << 20)
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, name), "wb") as file:
            file.write(data)
        manifest["layers"].append(
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{name}", "size": len(data)})
    data = json.dumps(manifest).encode()
    name = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, name), "wb") as file:
        file.write(data)
    with open(os.path.join(path, "index.json"), "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [
            {"mediaType": manifest["mediaType"], "digest": f"sha256:{name}", "size": len(data)}]}, file)


def interrupted(*arguments):
    process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while not os.listdir(scratch) and process.poll() is None:
        time.sleep(0.01)  # nothing else signals the other program's progress
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130, f"{' '.join(arguments)}: {process.returncode} {said}"
    assert os.listdir(scratch) == [], os.listdir(scratch)


def builds_images():
    """An image of a folder and an archive: the same bytes each time, readable by other programs."""
    for number, place in enumerate(("one", "two")):
        # Other times, and names made in another order.
        names = ["app/run", "home/user/.keep", "etc/app.conf"]
        for name in reversed(names) if number else names:
            path = os.path.join(folder, place, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(name)
            os.chmod(path, 0o755 if name == "app/run" else 0o644)
            os.utime(path, (number * 1000, number * 1000))
        os.symlink("app/run", os.path.join(folder, place, "start"))
    base = os.path.join(folder, "base.tar")
    with tarfile.open(base, "w") as archive:
        entry = tarfile.TarInfo("etc/shadow")
        entry.gid, entry.mode, entry.mtime = 42, 0o640, 1234567890
        archive.addfile(entry)
    made = {}
    options = [
        "--layer", base, "--owner", "home/user=65532:65531", "--change", "USER 65532", "--change", "ENV A=b HOME=/home/user",
        "--change", 'HEALTHCHECK --interval=5s --timeout=1m30s --retries=12 CMD ["/app/run", "health"]',
        "--change", 'ENTRYPOINT ["/app/run"]', "--platform", "linux/arm64/v8"]
    for place in ("one", "two"):
        target = os.path.join(folder, place + ".tar")
        said = well("build-image", *options, "--layer", os.path.join(folder, place), "team/app:v1", target,
                    SOURCE_DATE_EPOCH="1700000000")
        assert re.fullmatch(re.escape(target) + r"  sha256:[0-9a-f]{64}\n", said), said
        with open(target, "rb") as file:
            made[place] = file.read()
    assert made["one"] == made["two"]
    assert os.listdir(scratch) == [], os.listdir(scratch)

    def blob(archive, digest):
        return archive.extractfile("blobs/" + digest.replace(":", "/")).read()

    with tarfile.open(target) as archive:
        index = json.load(archive.extractfile("index.json"))["manifests"][0]
        assert index["annotations"] == {"io.containerd.image.name": "docker.io/team/app:v1", "org.opencontainers.image.ref.name": "v1"}
        manifest = json.loads(blob(archive, index["digest"]))
        config = json.loads(blob(archive, manifest["config"]["digest"]))
        assert json.load(archive.extractfile("manifest.json"))[0]["RepoTags"] == ["team/app:v1"]
        assert config["config"] == {
            "Entrypoint": ["/app/run"], "Env": ["A=b", "HOME=/home/user"], "User": "65532",
            "Healthcheck": {"Test": ["CMD", "/app/run", "health"], "Interval": 5000000000, "Timeout": 90000000000, "Retries": 12}}, config
        assert (config["os"], config["architecture"], config["variant"]) == ("linux", "arm64", "v8")
        assert config["created"] == "2023-11-14T22:13:20Z", config["created"]
        layers = [gzip.decompress(blob(archive, layer["digest"])) for layer in manifest["layers"]]
        assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
        with open(base, "rb") as file:
            assert layers[0] == file.read(), "an archive is a layer as it is"
        with tarfile.open(fileobj=io.BytesIO(layers[1])) as files:
            members = {member.name: member for member in files}
        assert list(members) == ["app", "app/run", "etc", "etc/app.conf", "home", "home/user", "home/user/.keep", "start"]
        assert {member.mtime for member in members.values()} == {1700000000}
        owners = {name: (member.uid, member.gid) for name, member in members.items() if (member.uid, member.gid) != (0, 0)}
        assert owners == {"home/user": (65532, 65531), "home/user/.keep": (65532, 65531)}, owners
        assert members["app/run"].mode == 0o755 and members["start"].linkname == "app/run"
    said = other("skopeo", "inspect", "--override-arch", "arm64", "--override-variant", "v8", f"oci-archive:{target}:v1")
    assert said is None or json.loads(said)["Digest"] == index["digest"], said
    said = other("skopeo", "inspect", f"docker-archive:{target}")
    assert said is None or json.loads(said)["Architecture"] == "arm64", said
    layout = os.path.join(folder, "built")
    well("build-image", *options, "--layer", os.path.join(folder, "one"), "team/app:v1", layout, SOURCE_DATE_EPOCH="1700000000")
    with open(os.path.join(layout, "index.json")) as file:
        assert json.load(file)["manifests"][0] == index

    out = os.path.join(folder, "refused.tar")
    refused("--layer: there is no folder or file '/none'", "build-image", "--layer", "/none", "app", out)
    refused("Unrecognized archive format", "build-image", "--layer", os.path.join(folder, "one/app/run"), "app", out)
    refused("--change: run is not a valid change command", "build-image", "--change", "RUN ls", "app", out)
    refused("--change: Unknown flag: every", "build-image", "--change", "HEALTHCHECK --every=5s CMD ls", "app", out)
    refused("--owner: no folder of a layer has 'srv'", "build-image", "--layer", os.path.join(folder, "one"), "--owner", "/srv=1:1", "app", out)
    refused("SOURCE_DATE_EPOCH must be a number of seconds since 1970, not 'now'", "build-image", "app", out, SOURCE_DATE_EPOCH="now")
    refused("--owner must look like var/lib/app=1000:1000, not 'srv'", "build-image", "--owner", "srv", "app", out, code=64)
    refused("--platform must look like linux/arm64, not 'arm64'", "build-image", "--platform", "arm64", "app", out, code=64)
    refused("repository name (library/App) must be lowercase", "build-image", "App", out, code=64)
    refused("is not empty", "build-image", "app", layout)
    refused("no such folder", "build-image", "app", folder + "/none/app.tar")
    assert not os.path.exists(out)


try:
    builds_images()
    layout, second = os.path.join(folder, "layout"), os.path.join(folder, "second")
    digest, another = image_layout.write(layout), image_layout.write(second, text="another\n", tag="v2")
    state = os.path.join(folder, "state")
    served = Served(PROGRAM, "--state", state, "--clock", "manual", "--transitions", "instant", "--tls")
    try:
        here = ["--endpoint", served.url]
        ecr = served.client("ecr")
        assert well("images", *here) == "There are no repositories in us-east-1.\n"
        assert json.loads(well("images", *here, "--json")) == []

        # Archives in each format.
        assert well("ecr", "import", *here, layout, "team/app") == f"team/app:v1  {digest}\n"
        for mode, tag in (("w", "tar"), ("w:gz", "gz"), ("w:xz", "xz")):
            path = tarred(layout, os.path.join(folder, tag), mode)
            assert well("ecr", "import", *here, path, f"team/app:{tag}") == f"team/app:{tag}  {digest}\n"
        with open(os.path.join(folder, "gz"), "rb") as archive:
            assert well("ecr", "import", *here, "-", "team/app:piped", give=archive) == f"team/app:piped  {digest}\n"
        assert well("ecr", "import", *here, layout, f"team/digest@{digest}") == f"team/digest  {digest}\n"

        # Invalid archives, which change nothing.
        text = os.path.join(folder, "text")
        with open(text, "w") as file:
            file.write("hello\n")
        refused(f"{text}: Unrecognized archive format", "ecr", "import", *here, text, "none/text:v1")
        refused("/none: no such file or folder", "ecr", "import", *here, folder + "/none", "none/file:v1")
        refused("neither an OCI layout nor", "ecr", "import", *here, scratch, "none/empty:v1")
        refused(f"{layout} has no image sha256:{'0' * 64}", "ecr", "import", *here, layout, f"none/digest@sha256:{'0' * 64}")
        lacking = shutil.copytree(layout, os.path.join(folder, "lacking"))
        with open(os.path.join(lacking, "blobs", "sha256", digest.split(":")[1])) as file:
            layer = json.load(file)["layers"][0]["digest"]
        os.remove(os.path.join(lacking, "blobs", "sha256", layer.split(":")[1]))
        refused(f"{layer}, part of {digest}, is missing", "ecr", "import", *here, lacking, "none/lacking:v1")
        with open(os.path.join(lacking, "blobs", "sha256", layer.split(":")[1]), "w") as file:
            file.write("damaged")
        for path in (lacking, tarred(lacking, os.path.join(folder, "damaged.tar"))):
            refused(f"not {layer}", "ecr", "import", *here, path, "none/damaged:v1")
        both = os.path.join(folder, "both")
        shutil.copytree(layout, both)
        shutil.copytree(second, both, dirs_exist_ok=True)
        with open(os.path.join(layout, "index.json")) as one, open(os.path.join(second, "index.json")) as two:
            index = json.load(one)
            index["manifests"] += json.load(two)["manifests"]
        with open(os.path.join(both, "index.json"), "w") as file:
            json.dump(index, file)
        refused("has 2 images (v1, v2), which cannot all be none/both:v1", "ecr", "import", *here, both, "none/both:v1")
        for entry in index["manifests"]:
            entry["annotations"]["org.opencontainers.image.ref.name"] = "v1"
        twice = shutil.copytree(both, os.path.join(folder, "twice"))
        with open(os.path.join(twice, "index.json"), "w") as file:
            json.dump(index, file)
        refused("has two images that would be none/twice:v1", "ecr", "import", *here, twice, "none/twice")
        assert "none/" not in well("images", *here)
        assert well("ecr", "import", *here, both, "team/both") == f"team/both:v1  {digest}\nteam/both:v2  {another}\n"

        # AWS's errors, with AWS's messages.
        ecr.create_repository(repositoryName="still", imageTagMutability="IMMUTABLE")
        well("ecr", "import", *here, layout, "still:v1")
        refused("The image tag 'v1' already exists in the 'still' repository and cannot be overwritten because the tag is immutable.",
                "ecr", "import", *here, second, "still:v1")
        refused("The repository with name 'none' does not exist in the registry with id '123456789012'", "images", *here, "none")
        refused("The repository with name 'none' does not exist", "ecr", "export", *here, "none:v1", folder + "/none.tar")
        refused("Requested image not found", "ecr", "export", *here, "team/app:none", folder + "/none.tar")

        # Errors on the command line exit with 64, as for every command.
        for text, arguments in (
            ("--account must have 12 digits, not '12'", ["images", *here, "--account", "12"]),
            ("--region must look like us-east-1, not 'xx'", ["images", *here, "--region", "xx"]),
            ("--endpoint must be a URL such as http://localhost:4566, not 'localhost'", ["images", "--endpoint", "localhost"]),
            ("'UPPER' is not a repository name", ["images", *here, "UPPER"]),
            ("'a/../b' is not a repository name", ["ecr", "import", *here, layout, "a/../b:v1"]),
            ("'' is not a valid tag", ["ecr", "import", *here, layout, "team/app:"]),
            ("'sha256:0' is not a digest", ["ecr", "export", *here, "team/app@sha256:0", "x.tar"]),
            ("Omit the registry's name", ["ecr", "import", *here, layout, "localhost:4566/team/app:v1"]),
            ("Omit the registry's name",
             ["ecr", "import", *here, layout, "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1"]),
            ("not to the standard output", ["ecr", "export", *here, "team/app:v1", "-"]),
        ):
            refused(text, *arguments, code=64)
        refused("127.0.0.1:1 cannot be reached: Connection refused. Is 'drydock serve' running?",
                "images", "--endpoint", "http://127.0.0.1:1")

        # HTTPS with the authority that serve created, and with one that must be given.
        secure = served.url.replace("http:", "https:")
        assert "team/both" in well("images", "--endpoint", secure)
        bundle = os.path.join(folder, ".local/share/drydock/certificates/ca.pem")
        elsewhere = os.path.join(folder, "elsewhere")
        os.mkdir(elsewhere)
        refused("its certificate is not signed by a trusted authority; AWS_CA_BUNDLE can name",
                "images", "--endpoint", secure, HOME=elsewhere)
        assert "team/both" in well("images", "--endpoint", secure, HOME=elsewhere, AWS_CA_BUNDLE=bundle)
        refused("AWS_CA_BUNDLE does not name a file of certificates", "images", "--endpoint", secure, AWS_CA_BUNDLE=folder + "/none.pem")

        # Export: the same bytes each time, readable by other programs.
        for name in ("app.tar", "app.tar.gz", "app.tgz", "app"):
            target = os.path.join(folder, name)
            assert well("ecr", "export", *here, "team/app:v1", target) == f"{target}  {digest}\n"
        with open(folder + "/app.tar", "rb") as plain, gzip.open(folder + "/app.tgz") as packed:
            bare = plain.read()
            assert bare == packed.read()
        well("ecr", "export", *here, "team/app:v1", folder + "/app.tar")
        with open(folder + "/app.tar", "rb") as plain:
            assert plain.read() == bare, "a file that is there is replaced"
        said = other("skopeo", "inspect", f"oci:{folder}/app:v1")
        assert said is None or json.loads(said)["Digest"] == digest, said
        said = other("skopeo", "inspect", f"oci-archive:{folder}/app.tar")
        assert said is None or json.loads(said)["Digest"] == digest, said
        said = other("skopeo", "inspect", f"docker-archive:{folder}/app.tar")
        assert said is None or json.loads(said)["Architecture"] == "amd64", said
        refused(f"{folder}/app is not empty", "ecr", "export", *here, "team/app:v1", folder + "/app")
        refused("not as .zip", "ecr", "export", *here, "team/app:v1", folder + "/app.zip")
        refused("no such folder", "ecr", "export", *here, "team/app:v1", folder + "/none/app.tar")

        # An interrupted command leaves no files.
        big = os.path.join(folder, "big")
        big_layout(big)
        interrupted("ecr", "import", *here, big, "team/big:v1")
        assert "team/big" not in well("images", *here), "the repository that was made for it goes too"
        well("ecr", "import", *here, big, "team/big:v1")
        before = sorted(os.listdir(folder))
        for target in ("big.tar", "out"):
            interrupted("ecr", "export", *here, "team/big:v1", os.path.join(folder, target))
            assert sorted(os.listdir(folder)) == before, os.listdir(folder)

        # The list: number of images, tags, times.
        said = well("images", *here, "team/both", "still")
        assert re.search(r"/team/both  \(2 images\)\n  v2  [0-9a-f]{12}  \d+ B  pushed 2023-12-17 09:00  never pulled\n  v1  ", said), said
        assert "/still  (1 image, immutable)\n" in said, said
        long = "a/" * 100 + "b" * 50
        well("ecr", "import", *here, layout, f"{long}:{'t' * 128}")
        assert f"/{long}  (1 image)\n  {'t' * 128}  " in well("images", *here, long)
        ecr.put_lifecycle_policy(repositoryName="team/both", lifecyclePolicyText=json.dumps({"rules": [{
            "rulePriority": 1, "selection": {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
            "action": {"type": "expire"}}]}))
        iam = served.client("iam")
        iam.create_user(UserName="Looker")
        key = iam.create_access_key(UserName="Looker")["AccessKey"]
        keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        refused("User: arn:aws:iam::123456789012:user/Looker is not authorized to perform: ecr:DescribeRepositories",
                "images", *here, **keys)
        allow = {"Effect": "Allow", "Action": ["ecr:Describe*", "ecr:GetAuthorizationToken", "ecr:BatchGetImage"], "Resource": "*"}
        iam.put_user_policy(UserName="Looker", PolicyName="look", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [allow]}))
        assert "/team/both  (2 images)" in well("images", *here, **keys)
        refused("is not authorized to perform: ecr:CreateRepository", "ecr", "import", *here, layout, "team/new:v1", **keys)
        allow["Action"] += ["ecr:CreateRepository", "ecr:DeleteRepository"]
        iam.put_user_policy(UserName="Looker", PolicyName="look", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [allow]}))
        refused("is not authorized to perform: ecr:InitiateLayerUpload", "ecr", "import", *here, layout, "team/new:v1", **keys)
        assert "team/new" not in well("images", *here)
        refused("403", "ecr", "export", *here, "team/app:v1", folder + "/denied.tar", **keys)
        assert not os.path.exists(folder + "/denied.tar")
        refused("another 'drydock serve' uses the state", "images", "--state", state)
        refused("another 'drydock serve' uses the state", "ecr", "import", "--state", state, layout, "team/app:v1")
    finally:
        served.terminate()

    served = Served(PROGRAM, "--state", state, "--clock", "manual", "--strict")
    try:
        here = ["--endpoint", served.url]
        refused("For a strict server, set AWS_ACCESS_KEY_ID", "images", *here)
        assert "/team/both  (" in well("images", *here, **keys)
    finally:
        served.terminate()

    # Commands on a state folder use the server's names for repositories,
    named = os.path.join(folder, "named")
    for options, name in ((["--registry-host", "aws"], "123456789012.dkr.ecr.us-east-1.amazonaws.com"), ([], None)):
        served = Served(PROGRAM, "--state", named, *options)
        if name:
            served.client("ecr").create_repository(repositoryName="named")
        served.terminate()
        assert well("images", "--state", named) == f"{name or 'localhost:' + served.url.rpartition(':')[2]}/named  (0 images)\n"
    # and the state's clock, so that nothing expires when it is read years later.
    assert "/team/both  (2 images)" in well("images", "--state", state, "team/both")
    assert well("ecr", "import", "--state", state, second, "team/late:v1") == f"team/late:v1  {another}\n"
    assert well("ecr", "export", "--state", state, "team/late:v1", folder + "/late.tar") == f"{folder}/late.tar  {another}\n"
    shown = json.loads(well("images", "--state", state, "--json", "team/late"))
    assert shown[0]["images"][0]["pushedAt"].startswith("2023-12-17T09:00"), shown
    refused("there is no state in", "images", "--state", folder + "/none")
    refused("there is no state in", "ecr", "import", "--state", folder + "/none", layout, "team/app:v1")
    assert not os.path.exists(folder + "/none")
finally:
    shutil.rmtree(folder, ignore_errors=True)
