"""Faults set through the control plane, and how stock boto3 handles them, including its retries."""

import hashlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
import botocore.retries.standard
from botocore.config import Config

URL = os.environ["AWS_ENDPOINT_URL"]
HOST = URL.removeprefix("http://")


def ask(method, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + "/_drydock/faults", data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def plan(*faults):
    status, answer = ask("POST", list(faults))
    assert status == 200, answer


def struck():
    return [fault["struck"] for fault in ask("GET")[1]["faults"]]


def client(service, attempts=3, **settings):
    return boto3.client(
        service, config=Config(retries={"mode": "standard", "total_max_attempts": attempts}, **settings))


# Throttling with a retry hint: boto3 waits as long as the hint says and succeeds. This version does so only with its new retries
# enabled; otherwise it draws a random delay, and one call in ten would be sooner.
botocore.retries.standard.NEW_RETRIES_ENABLED = True
plan({"service": "ec2", "operation": "DescribeVpcs", "calls": "first 2", "throttle": "300ms"})
began = time.monotonic()
assert client("ec2").describe_vpcs()["Vpcs"]
assert struck() == [2] and time.monotonic() - began >= 0.6
botocore.retries.standard.NEW_RETRIES_ENABLED = False

for service, call, code in [
        ("ec2", "describe_vpcs", "RequestLimitExceeded"), ("iam", "list_users", "Throttling"),
        ("ecr", "describe_repositories", "ThrottlingException"), ("sts", "get_caller_identity", "Throttling")]:
    plan({"service": service, "throttle": True})
    try:
        getattr(client(service, attempts=2), call)()
        raise SystemExit("not throttled")
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        assert error.response["ResponseMetadata"]["RetryAttempts"] == 1, error.response
        assert "fault number 1" in error.response["ResponseMetadata"]["HTTPHeaders"]["x-drydock-explanation"]

# A server error, a lost connection and a truncated response: each call is retried once and succeeds.
for effect in ({"status": 500}, {"status": 503}, {"drop": "before"}, {"drop": "after"}, {"truncate": 30}):
    plan({"service": "iam", "operation": "ListUsers", "calls": 1} | effect)
    assert client("iam").list_users()["Users"] == [], effect
    assert struck() == [1], (effect, ask("GET"))

# The instance is launched once although the first response was lost, because boto3 sends a client token.
ec2 = client("ec2")
plan({"operation": "RunInstances", "calls": 1, "drop": "after"})
image = ec2.describe_images(Owners=["amazon"], MaxResults=5)["Images"][0]["ImageId"]
ec2.run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)
assert struck() == [1]
assert len(ec2.describe_instances()["Reservations"]) == 1

plan({"operation": "RunInstances", "insufficient_capacity": True})
try:
    client("ec2", attempts=1).run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)
    raise SystemExit("there was capacity")
except botocore.exceptions.ClientError as error:
    assert error.response["Error"]["Code"] == "InsufficientInstanceCapacity", error.response

# An expired session: boto3 does not retry.
for service, call, code in [
        ("sts", "get_caller_identity", "ExpiredToken"), ("ec2", "describe_vpcs", "RequestExpired"),
        ("ecr", "describe_repositories", "ExpiredTokenException")]:
    plan({"service": service, "expire_token": True})
    try:
        getattr(client(service), call)()
        raise SystemExit("the token was good")
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
    assert struck() == [1], ask("GET")

# A Spot Instance is interrupted after its notice.
spot = ec2.run_instances(
    ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1,
    InstanceMarketOptions={"MarketType": "spot"})["Instances"][0]["InstanceId"]
plan({"service": "sts", "interrupt_spot": "1s", "resource": spot, "calls": 1})
client("sts").get_caller_identity()
deadline = time.monotonic() + 20
while True:
    found = ec2.describe_instances(InstanceIds=[spot])["Reservations"][0]["Instances"][0]
    if found["State"]["Name"] == "terminated":
        break
    assert time.monotonic() < deadline, found["State"]
    time.sleep(0.1)
assert found["StateReason"]["Code"] == "Server.SpotInstanceTermination", found

# A client over HTTP sees the latency in real time.
plan({"service": "sts", "latency": "400ms"})
began = time.monotonic()
client("sts").get_caller_identity()
assert time.monotonic() - began >= 0.4
plan({"service": "sts", "latency": "5s"})
try:
    client("sts", attempts=1, read_timeout=0.3).get_caller_identity()
    raise SystemExit("no time-out")
except botocore.exceptions.ReadTimeoutError:
    pass

# Eventual consistency: a new user is not visible at first.
iam = client("iam")
plan({"service": "iam", "operation": "GetUser", "stale": "2s"})
iam.create_user(UserName="Late")
try:
    iam.get_user(UserName="Late")
    raise SystemExit("seen at once")
except iam.exceptions.NoSuchEntityException:
    pass
deadline = time.monotonic() + 10
while True:
    try:
        assert iam.get_user(UserName="Late")["User"]["UserName"] == "Late"
        break
    except iam.exceptions.NoSuchEntityException:
        assert time.monotonic() < deadline
        time.sleep(0.1)

# A stalled push ends without a response, and the server does not read the rest of the upload.
ecr = client("ecr")
ecr.create_repository(repositoryName="app")
token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
headers = {"Authorization": "Basic " + token}
connection = http.client.HTTPConnection(HOST, timeout=10)
connection.request("POST", "/v2/app/blobs/uploads/", headers=headers)
response = connection.getresponse()
response.read()
location = response.getheader("Location").replace(URL, "")
plan({"service": "registry", "operation": "AppendToUpload", "calls": 1, "stall": "500ms"})
layer = b"x" * 100_000
began = time.monotonic()
try:
    connection.request("PATCH", location, body=layer, headers=headers)
    connection.getresponse()
    raise SystemExit("the stalled upload was answered")
except (ConnectionError, http.client.HTTPException):
    assert time.monotonic() - began >= 0.5
connection = http.client.HTTPConnection(HOST, timeout=10)
connection.request("PATCH", location, body=layer, headers=headers)
response = connection.getresponse()
response.read()
assert response.status == 201, response.status
digest = "sha256:" + hashlib.sha256(layer).hexdigest()
connection.request("PUT", location + ("&" if "?" in location else "?") + "digest=" + digest, headers=headers)
response = connection.getresponse()
response.read()
assert response.status == 201, response.status

# The registry identifies the caller by the password.
iam.attach_user_policy(UserName="Late", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
keys = iam.create_access_key(UserName="Late")["AccessKey"]
late = boto3.client("ecr", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"])
plan({"service": "registry", "operation": "ListTags", "caller": "Late", "throttle": True})
for ecr_of, status in ((ecr, 200), (late, 429)):
    token = ecr_of.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    connection.request("GET", "/v2/app/tags/list", headers={"Authorization": "Basic " + token})
    response = connection.getresponse()
    response.read()
    assert response.status == status, response.status

# The clock jumps by 48 hours, and the new user's date follows it.
plan({"service": "iam", "operation": "CreateUser", "calls": 1, "clock": "48h"})
ahead = iam.create_user(UserName="Tomorrow")["User"]["CreateDate"].timestamp() - time.time()
assert 47 * 3600 < ahead < 49 * 3600, ahead

# Invalid plans are rejected with the place of each error; the previous plan stays.
status, answer = ask("POST", {"faults": [{"service": "ec2", "operation": "RunInstance", "throttle": True}, {"drop": 1}]})
assert status == 400, answer
assert "faults.0.operation" in answer["error"] and "did you mean 'RunInstances'" in answer["error"], answer
assert "faults.1.drop" in answer["error"], answer
assert len(ask("GET")[1]["faults"]) == 1
assert ask("DELETE") == (200, {"faults": []})
client("sts").get_caller_identity()
