"""A recording that is killed stays readable up to that point; one that is terminated forwards the signal and writes its end."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

drydock = sys.argv[1]
CALLS = "import boto3, sys, time; e = boto3.client('ecr'); e.describe_repositories(); print('ready', flush=True); time.sleep(60)"
environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}

with tempfile.TemporaryDirectory(prefix="drydock-killed-") as folder:
    for number, expected in [(signal.SIGKILL, -9), (signal.SIGTERM, 143)]:
        har = f"{folder}/{number}.har"
        process = subprocess.Popen(
            [drydock, "record", "--target", "simulator", "--out", har, "--", sys.executable, "-c", CALLS], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        line = process.stdout.readline()
        assert line == "ready\n", f"{line!r} {process.stdout.read()}"
        process.send_signal(number)
        code = process.wait(20)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        assert code == expected, f"ended with {code}, not {expected}"
        with open(har) as file:
            entries = json.load(file)["log"]["entries"]
        assert [entry["_drydock"]["operation"] for entry in entries] == ["DescribeRepositories"], entries
        assert oct(os.stat(har).st_mode & 0o777) == "0o600"
