"""`drydock journal` and the control plane's journal, with calls from boto3."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import botocore.exceptions

from served import Served

program = sys.argv[1]
served = Served(program)


def journal(*arguments):
    return subprocess.run(
        [program, "journal", "--endpoint", served.url, *arguments], capture_output=True, text=True, timeout=30)


def ask(query):
    try:
        with urllib.request.urlopen(served.url + "/_drydock/journal" + query, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


assert "There are no matching requests" in journal().stdout
served.client("ecr").create_repository(repositoryName="app")
iam = served.client("iam")
iam.create_user(UserName="Worker")
key = iam.create_access_key(UserName="Worker")["AccessKey"]
worker = served.client("ecr", key["AccessKeyId"], key["SecretAccessKey"])
try:
    worker.delete_repository(repositoryName="app")
    raise SystemExit("allowed")
except botocore.exceptions.ClientError:
    pass

lines = journal().stdout.splitlines()
assert len(lines) == 6, lines
assert "200  ecr:CreateRepository  repositoryName=app  by root" in lines[0], lines
assert "400  ecr:DeleteRepository  repositoryName=app  by user Worker" in lines[3], lines
assert lines[4].startswith("    AccessDeniedException: User: arn:aws:iam::"), lines
assert "no identity-based policy" in lines[5], lines

events = [json.loads(line) for line in journal("--json").stdout.splitlines()]
assert [event["eventName"] for event in events] == [
    "CreateRepository", "CreateUser", "CreateAccessKey", "DeleteRepository"], events
assert key["SecretAccessKey"] not in json.dumps(events)
assert events[2]["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
assert [json.loads(line)["eventName"] for line in journal("--json", "--errors").stdout.splitlines()] == ["DeleteRepository"]
assert len(journal("--service", "iam").stdout.splitlines()) == 2
assert len(journal("--caller", "Worker", "--json").stdout.splitlines()) == 1
assert len(journal("-n", "2", "--json").stdout.splitlines()) == 2

# A follower sees new entries at once.
follower = subprocess.Popen(
    [program, "journal", "--endpoint", served.url, "--follow", "--json", "-n", "1"], stdout=subprocess.PIPE, text=True)
assert json.loads(follower.stdout.readline())["eventName"] == "DeleteRepository"
threading.Timer(0.3, lambda: served.client("sts").get_caller_identity()).start()
began = time.monotonic()
assert json.loads(follower.stdout.readline())["eventName"] == "GetCallerIdentity"
assert time.monotonic() - began < 10
follower.kill()
follower.wait(10)

position = ask("")[1]["next"]
began = time.monotonic()
assert ask(f"?since={position}&wait=300ms") == (
    200, {"events": [], "next": position, "more": False, "lost": 0})
assert time.monotonic() - began >= 0.3
for query, word in [("?since=x", "whole number"), ("?wait=2h", "up to 60s"), ("?nothing=1", "is unknown"), ("?errors=2", "true or false")]:
    status, answer = ask(query)
    assert status == 400 and word in answer["error"], answer

# On a terminal, control characters from callers are escaped; a file gets them unchanged.
odd = served.client("ecr")
try:
    odd.describe_repositories(repositoryNames=["\x1b]0;owned\x07\x9b31m"])
except botocore.exceptions.ClientError:
    pass
main, other = pty.openpty()
shown = subprocess.Popen([program, "journal", "--endpoint", served.url, "-n", "1"], stdout=other)
os.close(other)
text = b""
while True:
    try:
        piece = os.read(main, 65536)
    except OSError:
        break
    if not piece:
        break
    text += piece
assert shown.wait(10) == 0
assert b"\x1b" not in text and b"\x07" not in text and b"\xc2\x9b" not in text, text
assert b"\\x1b]0;owned\\x07\\x9b31m" in text, text
assert "\x1b]0;owned" in journal("-n", "1").stdout

# The first requests of every push, and those of Drydock's own commands, are shown only with --all.
token = served.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
before = len(journal().stdout.splitlines())
digest = "sha256:" + "0" * 64
for path, method, headers in (("/v2/", "GET", {}), (f"/v2/app/blobs/{digest}", "HEAD", {"Authorization": f"Basic {token}"})):
    try:
        urllib.request.urlopen(urllib.request.Request(served.url + path, method=method, headers=headers), timeout=30)
        raise SystemExit(f"{path} was answered")
    except urllib.error.HTTPError as error:
        assert error.code in (401, 404), error.code
assert subprocess.run([program, "images", "--endpoint", served.url], capture_output=True, timeout=30).returncode == 0
assert len(journal().stdout.splitlines()) == before, journal().stdout
shown = journal("--all").stdout
assert "ecr:Ping" in shown and "ecr:DescribeRepositories" in shown and f"layerDigests={digest}" in shown, shown

# A follower that is too slow is told how many entries it missed.
small = Served(program, "--journal-limit", "64KiB")
follower = subprocess.Popen(
    [program, "journal", "--endpoint", small.url, "--follow", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
sts = small.client("sts")
sts.get_caller_identity()
assert json.loads(follower.stdout.readline())["eventName"] == "GetCallerIdentity"
follower.send_signal(signal.SIGSTOP)
for _ in range(200):
    sts.get_caller_identity()
follower.send_signal(signal.SIGCONT)
assert "entries are dropped" in follower.stderr.readline()
follower.kill()
follower.wait(10)
small.terminate()

served.terminate()
gone = journal()
assert gone.returncode != 0 and gone.stdout == "", gone
assert len(gone.stderr.strip().splitlines()) == 1 and "Is 'drydock serve' running?" in gone.stderr, gone.stderr
