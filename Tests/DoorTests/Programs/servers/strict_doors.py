"""`serve --strict` and `--state`: which credentials grant access; `keys create`; listening on other addresses than loopback."""

import base64
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from botocore.exceptions import ClientError
from served import Served

program = sys.argv[1]


def refused(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def status(url, headers=None, data=None):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def password(served, **key):
    return served.client("ecr", **key).get_authorization_token()["authorizationData"][0]["authorizationToken"]


def enters(served, token):
    return status(served.url + "/v2/", {"Authorization": "Basic " + token}) == 200


def keys(*arguments, code=0):
    done = subprocess.run([program, "keys", "create", *arguments], capture_output=True, text=True)
    assert done.returncode == code, done
    return done


# Tokens of another Drydock with the same seed are rejected.
with tempfile.TemporaryDirectory() as state:
    made = keys("--state", state).stdout
    key = dict(re.findall(r"export AWS_(\w+)=(\S+)", made))
    key = {"key": key["ACCESS_KEY_ID"], "secret": key["SECRET_ACCESS_KEY"]}
    again = keys("--state", state, code=2)
    assert "has the key" in again.stderr and key["secret"] not in again.stderr + again.stdout, again
    mode = os.stat(state + "/drydock.key").st_mode
    assert stat.S_IMODE(mode) == 0o600, oct(mode)

    other = Served(program)
    foreign = password(other)
    assert enters(other, foreign)
    other.terminate()

    served = Served(program, "--state", state, "--strict")
    assert refused(lambda: served.client("ec2").describe_vpcs()) == "AuthFailure"
    assert served.client("sts", **key).get_caller_identity()["Arn"].endswith(":root")
    assert not enters(served, foreign)
    assert enters(served, password(served, **key))
    assert status(served.url + "/_drydock/hub", data=b'{"users": [{"name": "thief", "password": "secret"}]}') == 403
    hub = [program, "hub", "user", "worker", "--password", "secret", "--endpoint", served.url]
    assert subprocess.run(hub, capture_output=True).returncode == 2
    environment = os.environ | {"AWS_ACCESS_KEY_ID": key["key"], "AWS_SECRET_ACCESS_KEY": key["secret"]}
    done = subprocess.run(hub, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done

    # The key survives a reset and a restart, is shared with forks, and is in no response.
    token = password(served, **key)
    fork = json.load(urllib.request.urlopen(urllib.request.Request(served.url + "/_drydock/fork", b"{}")))
    assert status(fork["endpoint"] + "/v2/", {"Authorization": "Basic " + token}) == 200
    secret = open(state + "/drydock.key").read().strip()
    journal = urllib.request.urlopen(served.url + "/_drydock/journal").read().decode()
    assert secret not in journal and base64.b64decode(secret).hex() not in journal
    urllib.request.urlopen(urllib.request.Request(served.url + "/_drydock/reset", b"{}"))
    assert enters(served, token)
    assert served.terminate() == 0
    served = Served(program, "--state", state, "--strict")
    assert enters(served, token)
    assert served.terminate() == 0

# A session and a password that root got without a key become invalid when the server becomes strict.
with tempfile.TemporaryDirectory() as state:
    served = Served(program, "--state", state)
    token = password(served)
    session = served.client("sts").get_session_token()["Credentials"]
    assert enters(served, token)
    assert served.terminate() == 0
    served = Served(program, "--state", state, "--strict")
    assert not enters(served, token)
    import boto3
    sts = boto3.client("sts", endpoint_url=served.url, region_name="us-east-1", aws_access_key_id=session["AccessKeyId"],
                       aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
    assert refused(sts.get_caller_identity) == "InvalidClientTokenId"
    assert served.terminate() == 0

# Strict without a state folder: each process has a random key.
one, two = Served(program, "--strict"), Served(program, "--strict")
one.terminate()
two.terminate()

# The control plane requires the token that the server was started with.
os.environ["DRYDOCK_TOKEN"] = "s3cret"
served = Served(program)
assert status(served.url + "/_drydock/reset", data=b"{}") == 401
assert status(served.url + "/_drydock/reset", {"Authorization": "Bearer s3cret"}, b"{}") == 200
assert subprocess.run([program, "journal", "--endpoint", served.url], capture_output=True).returncode == 0
without = {name: value for name, value in os.environ.items() if name != "DRYDOCK_TOKEN"}
assert subprocess.run([program, "journal", "--endpoint", served.url], capture_output=True, env=without).returncode == 2
served.terminate()
del os.environ["DRYDOCK_TOKEN"]

# Listening beyond loopback needs an explicit option, and the ready line lists the open interfaces.
refusal = subprocess.run([program, "serve", "--host", "0.0.0.0", "--port", "0"], capture_output=True, text=True)
assert refusal.returncode == 2 and "--strict" in refusal.stderr and "--allow-anonymous" in refusal.stderr, refusal
assert "Open to the network" not in one.line, one.line
for option, words in (("--strict", "keys created here"), ("--allow-anonymous", "anyone, as root")):
    process = subprocess.Popen([program, "serve", "--host", "0.0.0.0", "--port", "0", option], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    process.terminate()
    process.wait(10)
    assert f"Open to the network: AWS's APIs and ECR's registry ({words})" in line and "control plane (anyone" in line, line
