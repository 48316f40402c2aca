"""Snapshots, forks and seeds through the control plane, checked with boto3."""

import json
import os
import time
import urllib.error
import urllib.request

import boto3

URL = os.environ["AWS_ENDPOINT_URL"]


def ask(path, body=None, method=None, url=URL):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, method=method or ("GET" if body is None else "POST"))
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def ecr(url=URL):
    return boto3.client("ecr", endpoint_url=url)


def names(url=URL):
    return [repository["repositoryName"] for repository in ecr(url).describe_repositories()["repositories"]]


# A named snapshot.
ecr().create_repository(repositoryName="kept")
status, snapshot = ask("/_drydock/snapshot", {"name": "seeded"})
assert status == 200 and snapshot["name"] == "seeded", snapshot
ecr().delete_repository(repositoryName="kept")
assert ask("/_drydock/restore", {"name": "seeded"})[0] == 200
assert names() == ["kept"]
assert [each["name"] for each in ask("/_drydock/snapshots")[1]["snapshots"]] == ["seeded"]

# A fork listens on its own port, and repository URIs contain that port.
status, fork = ask("/_drydock/fork", {"name": "left"})
assert status == 200 and fork["name"] == "left", fork
created = ecr(fork["endpoint"]).create_repository(repositoryName="left")["repository"]
assert created["repositoryUri"] == f"127.0.0.1:{fork['port']}/left", created
assert names() == ["kept"] and names(fork["endpoint"]) == ["kept", "left"]
status, other = ask("/_drydock/fork", {"from": "seeded"}, url=fork["endpoint"])
assert status == 200 and names(other["endpoint"]) == ["kept"], other
assert {each["name"] for each in ask("/_drydock/forks")[1]["forks"]} == {"left", other["name"]}
assert ask("/_drydock/fork", {"name": "left"})[0] == 400
assert ask("/_drydock/forks/left", method="DELETE")[0] == 200
deadline = time.monotonic() + 10
while True:
    try:
        ask("/_drydock/health", url=fork["endpoint"])
    except (urllib.error.URLError, ConnectionError):
        break
    assert time.monotonic() < deadline, "the fork goes on"
assert ask("/_drydock/forks/left", method="DELETE")[0] == 404
assert names(other["endpoint"]) == ["kept"]

# A snapshot file, by its name or by its path in the snapshot folder.
status, snapshot = ask("/_drydock/snapshot", {"file": "seeded.drydock"})
assert status == 200 and snapshot["file"].endswith("/seeded.drydock"), snapshot
for file in ["seeded.drydock", snapshot["file"]]:
    ask("/_drydock/reset", {})
    assert names() == []
    assert ask("/_drydock/restore", {"file": file})[0] == 200
    assert names() == ["kept"]
status, answer = ask("/_drydock/restore", {"file": "none"})
assert status == 400 and "There is no file 'none'" in answer["error"], answer

# The same seed and the same requests give the same ids.
ids = []
for _ in range(2):
    assert ask("/_drydock/reset", {"seed": 7})[0] == 200
    ids.append(boto3.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])
assert ids[0] == ids[1], ids
assert ask("/_drydock/seed")[1] == {"seed": 7}
assert ask("/_drydock/seed", {"seed": 8})[1] == {"seed": 8}

for path, body, word in [
        ("/_drydock/restore", {"name": "nothing"}, "There is no snapshot 'nothing'"),
        ("/_drydock/restore", {}, "Give either a name or a file"), ("/_drydock/snapshot", {}, "Give a name or a file"),
        ("/_drydock/snapshot", {"nam": "x"}, "'nam' is unknown"), ("/_drydock/seed", {"seed": -1}, "whole number"),
        ("/_drydock/fork", {"port": 70000}, "between 0 and 65535"), ("/_drydock/fork", {"from": "x"}, "no snapshot 'x'")]:
    status, answer = ask(path, body)
    assert status == 400 and word in answer["error"], (path, body, answer)
