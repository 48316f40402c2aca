"""Sends thousands of malformed requests, generated from a seed. Each gets a response, and none an internal server error.

Rejected requests have a status below 500; 501 means that an operation is not simulated. If the HTTP itself is invalid, the
server may close the connection, but it must accept the next one.
"""

import base64
import http.client
import json
import os
import random
import socket
import sys
import time
import urllib.parse

HOST, PORT = "127.0.0.1", int(os.environ["DRYDOCK_PORT"])
SEED = int(os.environ.get("DRYDOCK_BAD_INPUT_SEED", "20240103"))
COUNT = int(os.environ.get("DRYDOCK_BAD_INPUT_COUNT", "2400"))
chance = random.Random(SEED)
DATE = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
DAY = DATE[:8]
VERSIONS = {"ec2": "2016-11-15", "iam": "2010-05-08", "sts": "2011-06-15"}
ACTIONS = {
    "ec2": ["DescribeInstances", "RunInstances", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "DescribeSecurityGroups",
            "CreateKeyPair", "ImportKeyPair", "DescribeImages", "CreateVpc", "CreateSubnet", "TerminateInstances", "CreateTags",
            "DescribeTags", "AllocateAddress", "AssociateAddress", "DescribeSubnets", "ModifyInstanceAttribute", "GetConsoleOutput",
            "DescribeVolumes", "DescribeInstanceTypes", "StopInstances", "DeleteVpc", "RevokeSecurityGroupEgress", "StartInstances",
            "ModifySecurityGroupRules", "DescribeNetworkInterfaces", "DescribeSecurityGroupRules", "ModifyVpcAttribute"],
    "iam": ["CreateUser", "GetUser", "ListUsers", "CreatePolicy", "PutUserPolicy", "AttachUserPolicy", "CreateAccessKey",
            "CreateRole", "ListPolicies", "DeleteUser", "TagUser", "CreatePolicyVersion", "GetRole", "UpdateAccessKey"],
    "sts": ["GetCallerIdentity", "AssumeRole", "GetSessionToken", "DecodeAuthorizationMessage", "GetAccessKeyInfo"],
    "ecr": ["CreateRepository", "DescribeRepositories", "PutImage", "BatchGetImage", "BatchDeleteImage", "ListImages",
            "DescribeImages", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutLifecyclePolicy",
            "SetRepositoryPolicy", "GetAuthorizationToken", "BatchCheckLayerAvailability", "TagResource", "PutReplicationConfiguration",
            "CreatePullThroughCacheRule", "StartLifecyclePolicyPreview", "DescribeImageScanFindings", "GetDownloadUrlForLayer"],
}
NAMES = {
    "ec2": ["InstanceId.1", "InstanceId", "GroupId", "GroupName", "ImageId", "KeyName", "MinCount", "MaxCount", "VpcId", "SubnetId",
            "CidrBlock", "Filter.1.Name", "Filter.1.Value.1", "Filter.2.Value.99", "IpPermissions.1.IpProtocol", "MaxResults",
            "IpPermissions.1.FromPort", "IpPermissions.1.IpRanges.1.CidrIp", "IpPermissions.1.Groups.1.GroupId", "NextToken",
            "TagSpecification.1.ResourceType", "TagSpecification.1.Tag.1.Key", "ResourceId.1", "Tag.1.Key", "UserData", "DryRun",
            "PublicKeyMaterial", "InstanceType", "ClientToken", "AllocationId", "BlockDeviceMapping.1.Ebs.VolumeSize", "ToPort",
            "NetworkInterface.1.DeviceIndex", "GroupDescription", "IpProtocol", "FromPort", "CidrIp", "Owner.1", "EnableDnsSupport.Value"],
    "iam": ["UserName", "PolicyName", "PolicyDocument", "PolicyArn", "RoleName", "AssumeRolePolicyDocument", "Path", "MaxItems", "Marker",
            "Tags.member.1.Key", "Tags.member.1.Value", "AccessKeyId", "Status", "PathPrefix", "VersionId"],
    "sts": ["RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "EncodedMessage", "AccessKeyId", "ExternalId"],
    "ecr": ["repositoryName", "repositoryNames", "imageIds", "imageManifest", "imageTag", "layerDigest", "layerDigests", "uploadId",
            "layerPartBlob", "partFirstByte", "partLastByte", "lifecyclePolicyText", "policyText", "registryId", "maxResults",
            "nextToken", "tags", "resourceArn", "filter", "imageScanningConfiguration", "encryptionConfiguration",
            "replicationConfiguration", "upstreamRegistryUrl", "ecrRepositoryPrefix", "imageDigest", "acceptedMediaTypes"],
}
TEXTS = [
    "", " ", "0", "-1", "99999999999999999999999", "-9223372036854775808", "9223372036854775807", "2147483648", "1e309", "NaN", "true",
    "null", "x" * 300, "x" * 70000, "i-0123456789abcdef0", "i-", "i-zzzz", "i-12345678", "sg-0", "vpc-0123456789abcdef0", "ami-1",
    "10.0.0.0/16", "10.0.0.0/33", "10.0.0.0/-1", "999.1.1.1/8", "10.0.0.1/8", "::/0", "fe80::/129", "0.0.0.0/0", "default", "tcp", "-1",
    "../../etc/passwd", "a/b/../c", "%", "%zz", "%00", "\0", "\u202e", "\U0001f680", "e\u0301" * 50, "<a>&amp;]]>", "'; DROP TABLE x; --",
    "*", "?" * 50, "*" * 60 + "b", "[", "\\", "tag:", "tag-key", "arn:aws:iam::123456789012:user/x", "arn:", "arn:aws:ecr:::", ":::::::",
    "sha256:" + "0" * 64, "sha256:xyz", "sha256:", "{}", "[]", "{", '{"Statement": 1}', '{"Version": "2012-10-17", "Statement": [[]]}',
    '{"rules": [{"rulePriority": 1e99}]}', '{"rules": "x"}', "[" * 5000, '{"a":' * 3000, "2024-13-45T99:99:99Z", "MA==", "AAAA=A", "t2.micro",
    "ssh-rsa AAAA", "c3NoLXJzYSBBQUFB", "\n", "A" * 129, "repository_test1", "UPPER/lower", "a//b", "-a", "v1",
]
CONTENT_TYPES = [
    "application/x-www-form-urlencoded; charset=utf-8", "application/x-amz-json-1.1", "application/xml", "text/plain", "", "application/json",
    "multipart/form-data; boundary=x", "application/x-amz-json-1.0", "\xff\xfe", "application/x-www-form-urlencoded; charset=klingon",
    "application/vnd.oci.image.manifest.v1+json", "x" * 4000,
]


def value(depth=0):
    """Returns a random JSON value of any type."""
    kind = chance.randrange(10)
    if kind < 5 or depth > 3:
        return chance.choice(TEXTS)
    if kind == 5:
        return chance.choice([0, -1, 2**31, 2**63 - 1, -2**63, 10**30, 1.5, 1e308, True, False, None])
    if kind < 8:
        return [value(depth + 1) for _ in range(chance.randrange(4))]
    names = NAMES["ecr"] + ["key", "value", "Key", "Value", "imageTag", "imageDigest", "rules", "scanOnPush", "encryptionType", ""]
    return {chance.choice(names): value(depth + 1) for _ in range(chance.randrange(4))}


def damage(data):
    """Cuts, swaps or inserts some bytes."""
    data = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            del data[at:]
        elif kind == 1:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
        elif kind == 2 and at < len(data):
            data[at] = chance.randrange(256)
        else:
            data[at:at] = data[:at]
    return bytes(data)


def call(service):
    """Returns target, path, body and content type of a call with mostly random parameters."""
    action = chance.choice(ACTIONS[service]) if chance.random() < 0.9 else chance.choice(["Nonsense", "", "Describe%", "a" * 5000, "../x"])
    if service == "ecr":
        body = json.dumps({name: value() for name in chance.sample(NAMES["ecr"], chance.randrange(5))}).encode()
        return f"AmazonEC2ContainerRegistry_V20150921.{action}", body, CONTENT_TYPES[1]
    pairs = [("Action", action), ("Version", VERSIONS[service] if chance.random() < 0.95 else chance.choice(TEXTS))]
    for _ in range(chance.randrange(7)):
        name = chance.choice(NAMES[service])
        if chance.random() < 0.15:
            name = chance.choice([name + ".1", name + ".x.y", "." + name, name + "." * 40, name + ".99999999999999999999", name + ".0", name + ".-1"])
        pairs.append((name, chance.choice(TEXTS)))
    if chance.random() < 0.2:
        pairs += pairs
    return None, urllib.parse.urlencode(pairs).encode(), CONTENT_TYPES[0]


def authorization(service):
    scope = f"{DAY}/us-east-1/{service}/aws4_request"
    fine = f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}"
    if chance.random() < 0.6:
        return fine
    return chance.choice([
        fine.replace("test/", "AKIAIOSFODNN7EXAMPLE/"), fine.replace(f"{DAY}/", "99999999/"), fine.replace("us-east-1", "nowhere-9"),
        fine.replace("us-east-1", ""), fine.replace(service, "s3"), fine[:chance.randrange(len(fine))], "AWS4-HMAC-SHA256", "", "Basic !!!!",
        "Bearer x", "AWS test:c2ln", "Basic QVdTOng=", fine.replace("host;", "\xe9;"), fine.replace(", ", ",,,"), "AWS4-ECDSA-P256-SHA256 x=y",
        fine + ", Credential=again/x", fine.replace("Signature=", "Signature"), fine.replace("test/", "t/e/s/t/"), "=" * 2000,
    ])


def registry():
    """Returns a request to the registry."""
    name = chance.choice(["repository_test1", "a/b/c", "UP", "..", "%2e%2e", "a" * 300, "%00", "%ff", "x%2fy", "", "\xe9", "_"])
    digest = chance.choice(["sha256:" + "0" * 64, "sha256:0", "md5:x", "v1", "", "%", "sha512:" + "f" * 128, "a" * 200, "*"])
    path = chance.choice([
        "/v2/", "/v2", "/v2//", f"/v2/{name}/manifests/{digest}", f"/v2/{name}/blobs/{digest}", f"/v2/{name}/blobs/uploads/",
        f"/v2/{name}/blobs/uploads/{digest}", f"/v2/{name}/blobs/uploads/?digest={digest}", f"/v2/{name}/blobs/uploads/?mount={digest}&from=%zz",
        f"/v2/{name}/tags/list?n=-1&last=%ff", f"/v2/{name}/referrers/{digest}", "/v2/_catalog?n=x", f"/v2/{name}/nothing", "/token?scope=x&service=",
        "/v2/users/login", "/_drydock/clock", "/_drydock/hub", "/_drydock/nothing",
    ])
    method = chance.choice(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"])
    body = chance.choice([b"", b"{", b"\xff\xfe", json.dumps(value()).encode(), b"[" * 20000, b'{"schemaVersion":2,"layers":[{"size":-1}]}'])
    headers = {"Content-Type": chance.choice(CONTENT_TYPES)}
    if chance.random() < 0.8:
        headers["Authorization"] = chance.choice(["Basic " + base64.b64encode(b"AWS:x").decode(), TOKEN, TOKEN, TOKEN, "Bearer x.y.z", "Basic ="])
    if chance.random() < 0.4:
        headers["Content-Range"] = chance.choice(["0-0", "5-1", "bytes 0-1/2", "x", "99999999999999999999-1", "-", "0-" + str(2**63)])
    if chance.random() < 0.2:
        headers["Range"] = chance.choice(["bytes=5-1", "bytes=-0", "bytes=x", "bytes=0-99999999999999999999", "lines=1", "bytes=1-2,3-4"])
    return method, path, headers, body


def raw():
    """Returns a request's bytes, and whether they are valid HTTP, so that a response is required."""
    if chance.random() < 0.25:
        method, path, headers, body = registry()
        sound = method != "FROBNICATE" and all(33 <= ord(letter) < 127 for letter in path)
    else:
        service = chance.choice(list(ACTIONS))
        target, body, content_type = call(service)
        method, path, sound = "POST", "/", True
        headers = {"Content-Type": content_type, "X-Amz-Date": DATE, "Authorization": authorization(service)}
        if target is not None:
            headers["X-Amz-Target"] = target
        if chance.random() < 0.3:
            body = damage(body)
        if chance.random() < 0.15:
            headers["Content-Type"] = chance.choice(CONTENT_TYPES)
        if chance.random() < 0.15:
            headers["X-Amz-Date"] = chance.choice(["", "yesterday", "20240103T120000", "20241399T999999Z", "0" * 16, "20240103T120000Z" * 2])
        if chance.random() < 0.1:
            headers["X-Amz-Security-Token"] = chance.choice(TEXTS).encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\0", "")
        if chance.random() < 0.1:
            path = chance.choice(["//", "/?Action=GetCallerIdentity", "/?%", "/%zz", "/x/y?Version=1&Version=2", "/" + "p" * 3000, "*", "/?" + "a&" * 2000,
                                  "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Expires=-5&X-Amz-Signature=0"])
        if chance.random() < 0.1:
            method = chance.choice(["GET", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
        if chance.random() < 0.08:
            body = chance.choice([b"<a>" * 4000, b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>', b"\xff" * 1000, b"\0" * 100, b"[" * 100000,
                                  b'{"a":' * 100000, b"[" * 20000 + b"]" * 20000, b"Action=" + b"%" * 999, b"&" * 50000, b"=" * 5000, b"Action",
                                  b"a" + b".1" * 20000 + b"=x&Action=RunInstances&Version=2016-11-15", b'{"repositoryName": "\\ud800"}',
                                  b"\xef\xbb\xbf{}", b'{"repositoryName": "a", "repositoryName": "b"}', b"\x1f\x8b\x08\x00"])
    length = str(len(body))
    host = f"Host: {HOST}:{PORT}\r\n"
    kind = chance.random()
    if kind < 0.03:
        length = chance.choice(["-1", "x", "99999999999999999999999", "1, 2", "+5", str(len(body) + 50)])
        sound = False  # the body never ends
    elif kind < 0.05:
        host = chance.choice(["", "Host: \r\n", "Host: a b\r\n", "Host: x\r\nHost: y\r\n", "Host: ecr.us-east-1.amazonaws.com:99999999\r\n"])
        sound = False
    elif kind < 0.07:
        headers["X-Huge"] = "h" * chance.choice([9000, 70000, 200000])
        sound = False
    elif kind < 0.09:
        headers.update({f"X-Many-{number}": "1" for number in range(chance.choice([50, 2000]))})
        sound = False
    elif kind < 0.10:
        headers["Expect"] = "100-continue"
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    head = f"{method} {path} HTTP/1.1\r\n{host}Connection: close\r\nContent-Length: {length}\r\n{lines}\r\n"
    data = head.encode("latin-1", "replace") + body
    if any(ord(letter) > 126 for letter in head):
        sound = False
    if chance.random() < 0.03:
        data, sound = damage(data), False
    elif chance.random() < 0.02:
        data, sound = data[:chance.randrange(len(data))], False
    elif chance.random() < 0.01:
        chunks = chance.choice([b"zz\r\n", b"5\r\nab", b"ffffffffffffffffff\r\nx", b"3\r\nabc\r\n0\r\n\r\n", b"-1\r\n\r\n"])
        data, sound = head.replace(f"Content-Length: {length}", "Transfer-Encoding: chunked").encode("latin-1", "replace") + chunks, False
    return data, sound


def send(data):
    """Returns the response's status; None if the server closed the connection."""
    with socket.create_connection((HOST, PORT), timeout=60) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while b"\r\n" not in answer or answer[9:12] == b"501":
                piece = connection.recv(4096)
                if not piece:
                    break
                answer += piece
        except (BrokenPipeError, ConnectionResetError):
            return None
    words = answer.split(b"\r\n", 1)[0].split()
    if words[1:2] == [b"501"] and b"NotSimulated" not in answer and not data.startswith(b"HEAD"):
        return 500
    return int(words[1]) if len(words) > 1 else None


def health():
    connection = http.client.HTTPConnection(HOST, PORT, timeout=20)
    connection.request("GET", "/_drydock/health")
    answer = connection.getresponse()
    assert answer.status == 200 and json.load(answer)["status"] == "ok", answer.status


def post(service, target, body):
    """Sends a valid call and returns its status and response."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=60)
    scope = f"{DAY}/us-east-1/{service}/aws4_request"
    headers = {"X-Amz-Date": DATE, "Content-Type": CONTENT_TYPES[1 if target else 0],
               "Authorization": f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}"}
    if target:
        headers["X-Amz-Target"] = f"AmazonEC2ContainerRegistry_V20150921.{target}"
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


status, answer = post("ecr", "GetAuthorizationToken", b"{}")
assert status == 200, answer
TOKEN = "Basic " + json.loads(answer)["authorizationData"][0]["authorizationToken"]
assert post("ecr", "CreateRepository", b'{"repositoryName": "repository_test1"}')[0] == 200

statuses, failures = {}, []
for number in range(COUNT):
    data, sound = raw()
    try:
        status = send(data)
    except OSError as error:
        status, sound = f"{type(error).__name__}", True
    statuses[status] = statuses.get(status, 0) + 1
    if isinstance(status, str) or status is None and sound or isinstance(status, int) and status >= 500 and status not in (501, 505):
        failures.append(f"request {number}: {status} to {data[:1500]!r}{'…' if len(data) > 1500 else ''}")
        if len(failures) == 10:
            break
    if number % 200 == 0:
        health()

# Invalid chunks, sent to everything that reads a body.
for method, path in (("POST", "/"), ("PUT", "/v2/repository_test1/manifests/v1"), ("POST", "/v2/repository_test1/blobs/uploads/"),
                     ("POST", "/_drydock/hub"), ("POST", "/_drydock/clock"), ("POST", "/v2/users/login")):
    for host in ("localhost", "hub.docker.com"):
        for chunks in (b"zz\r\n", b"5\r\nab", b"ffffffffffffffffff\r\nx", b"-1\r\n\r\n"):
            status = send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: {TOKEN}\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
            if status is not None and status >= 500:
                failures.append(f"{method} {path} of {host} with the chunks {chunks!r} was answered with {status}")

# More than 32 MiB: with a Content-Length, chunked, and to the registry. The connections are keep-alive, as most clients use.
big = b"x" * ((32 << 20) + 1024)
for head in (f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(big)}\r\n\r\n".encode() + big,
             f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{len(big):x}\r\n".encode() + big + b"\r\n0\r\n\r\n",
             f"PUT /v2/repository_test1/manifests/v1 HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN}\r\n"
             f"Content-Length: {len(big)}\r\n\r\n".encode() + big):
    status = send(head)
    if status is None or not 400 <= status < 500:
        failures.append(f"{len(big)} bytes to {head[:30]!r} were answered with {status}")

# Connections that are opened and left idle, besides one that works.
left = [socket.create_connection((HOST, PORT)) for _ in range(50)]
left[0].sendall(b"POST / HTTP/1.1\r\n")
health()
for connection in left:
    connection.close()

health()
status, answer = post("ecr", "DescribeRepositories", b'{"repositoryNames": ["repository_test1"]}')
if status != 200:
    failures.append(f"the repository is no longer there: {status} {answer[:300]!r}")
status, answer = post("sts", None, b"Action=GetCallerIdentity&Version=2011-06-15")
if status != 200:
    failures.append(f"STS no longer answers: {status} {answer[:300]!r}")
if os.environ.get("DRYDOCK_BAD_INPUT_TELLS"):
    print(f"seed {SEED}; statuses {statuses}")
# Enough requests must have reached the services for the test to mean anything.
if not failures and (statuses.get(200, 0) < COUNT // 50 or statuses.get(400, 0) < COUNT // 3):
    failures.append("too few requests reached a service")
if failures:
    sys.exit(f"seed {SEED}; statuses {statuses}\n" + "\n".join(failures))
