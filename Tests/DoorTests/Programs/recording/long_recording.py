"""Verifying and replaying a long recording takes no more memory than a short one.

DRYDOCK_LONG_MEGABYTES makes it longer than the default of 64."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

drydock = sys.argv[1]
MEGABYTES = int(os.environ.get("DRYDOCK_LONG_MEGABYTES", "64"))
BLOB = base64.b64encode(os.urandom(1 << 20)).decode()


def entry(url, text, body, **content):
    return json.dumps({
        "startedDateTime": "2024-01-01T00:00:00Z", "time": 1,
        "request": {"method": "POST", "url": url, "headers": [],
                    "postData": {"mimeType": "application/x-www-form-urlencoded", "text": text}},
        "response": {"status": 200, "headers": [], "content": {"text": body, **content}}})


def write(path, megabytes):
    """Writes a recording that consists mostly of another service's calls with base64 bodies, alternating with a short known
    call."""
    size = 0
    with open(path, "w") as file:
        file.write('{"log": {"version": "1.2", "entries": [')
        known = entry("https://sts.amazonaws.com/", "Action=GetCallerIdentity&Version=2011-06-15",
                      "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>")
        file.write(known)
        while size < megabytes << 20:
            other = entry("https://s3.amazonaws.com/bucket/key", "", BLOB, encoding="base64")
            file.write(",\n" + other + ",\n" + known)
            size += len(other)
        file.write("]}}")


def peak(process):
    with open(f"/proc/{process.pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) // 1024


def verified(path):
    """Returns the verification's summary and its peak memory in MiB."""
    command = [drydock, "verify", path, "--json"]
    done = subprocess.run(
        [sys.executable, "-c",
         "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
         "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)", *command],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), int(done.stderr)


def replayed(path):
    process = subprocess.Popen([drydock, "replay", path, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        data = b"Action=GetCallerIdentity&Version=2011-06-15"
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            assert b"GetCallerIdentityResult" in answer.read()
        return peak(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


with tempfile.TemporaryDirectory(prefix="drydock-long-") as folder:
    short, long = f"{folder}/short.har", f"{folder}/long.har"
    write(short, 4)
    write(long, MEGABYTES)
    _, little = verified(short)
    report, much = verified(long)
    summary = report["summary"]
    assert summary["skipped"] >= MEGABYTES * 7 // 10 and summary["compared"] == summary["agree"] > 0, summary
    assert "s3" in report["skipped"][0]["reason"], report["skipped"][0]
    assert much < little + 48, f"verify took {little} MiB for the short file, {much} MiB for the long one"
    less, more = replayed(short), replayed(long)
    assert more < less + 48, f"replay took {less} MiB for the short file, {more} MiB for the long one"
    print(f"verify: {little} and {much} MiB; replay: {less} and {more} MiB; the file has {os.path.getsize(long) >> 20} MiB")
