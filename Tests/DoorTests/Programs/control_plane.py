"""The control plane, and the control paths of moto and LocalStack."""

import json
import os
import urllib.error
import urllib.request

import boto3

URL = os.environ["AWS_ENDPOINT_URL"]


def ask(path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, method=method or ("GET" if body is None else "POST"))
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


status, health = ask("/_drydock/health")
assert status == 200 and health["status"] == "ok" and "ecr" in health["services"], health

status, before = ask("/_drydock/clock")
status, after = ask("/_drydock/clock", {"advance": "48h"})
assert status == 200 and after["now"][:10] > before["now"][:10], (before, after)
status, moved = ask("/_drydock/clock", {"set": "2030-01-01T00:00:00Z"})
assert moved["now"].startswith("2030-01-01T00:00:0"), moved
status, error = ask("/_drydock/clock", {"advance": "soon"})
assert status == 400 and "not a duration" in error["error"], error

for path in ("/_drydock/reset", "/moto-api/reset", "/_localstack/state/reset"):
    boto3.client("ecr").create_repository(repositoryName="gone/soon")
    assert ask(path, {})[0] == 200
    assert boto3.client("ecr").describe_repositories()["repositories"] == []

status, health = ask("/_localstack/health")
assert status == 200 and health["services"]["ec2"] == "running", health
assert ask("/_drydock/nothing")[0] == 404
