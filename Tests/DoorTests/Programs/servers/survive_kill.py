"""With --state, everything survives a kill -9 and a restart; SIGTERM exits with code 0."""

import json
import subprocess
import sys
import tempfile
import urllib.request

from served import Served

program = sys.argv[1]


def clock(served, move=None):
    data = json.dumps(move).encode() if move else None
    return json.load(urllib.request.urlopen(served.url + "/_drydock/clock", data))["now"]


with tempfile.TemporaryDirectory() as state:
    served = Served(program, "--state", state)
    uri = served.client("ecr").create_repository(repositoryName="kept")["repository"]["repositoryUri"]
    assert uri == served.url.replace("http://127.0.0.1", "localhost") + "/kept", uri
    iam = served.client("iam")
    iam.create_user(UserName="Worker")
    key = iam.create_access_key(UserName="Worker")["AccessKey"]
    vpc = served.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    served.kill()

    served = Served(program, "--state", state)
    assert [r["repositoryName"] for r in served.client("ecr").describe_repositories()["repositories"]] == ["kept"]
    assert served.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"] == vpc
    who = served.client("sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity()
    assert who["Arn"].endswith(":user/Worker"), who
    assert served.terminate() == 0

# One process per state folder. The clock continues where it stopped, so that no time lies in the future.
with tempfile.TemporaryDirectory() as state:
    served = Served(program, "--state", state, "--clock", "manual")
    for command in (["serve", "--port", "0"], ["images"]):
        second = subprocess.run([program, *command, "--state", state], capture_output=True, text=True)
        assert second.returncode == 2 and "another 'drydock serve'" in second.stderr, second
    moved = clock(served, {"advance": "48h"})
    served.kill()

    served = Served(program, "--state", state, "--clock", "manual")
    assert clock(served) == moved
    urllib.request.urlopen(served.url + "/_drydock/reset", b"")
    served.kill()

    served = Served(program, "--state", state, "--clock", "manual")
    assert clock(served) == moved
    served.kill()
