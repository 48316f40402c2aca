"""Runs `drydock serve` as a process, for programs that start and stop it."""

import re
import signal
import subprocess

import boto3


class Served:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.line = self.process.stdout.readline()
        found = re.search(r"ready on (http://127\.0\.0\.1:\d+)", self.line)
        assert found, f"no ready line: {self.line!r}"
        self.url = found[1]

    def client(self, service, key="test", secret="test"):
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)
