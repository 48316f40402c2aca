"""Runs `drydock serve` and `moto_server` one after the other under wrk and prints a table of ratios."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials

KEYS = dict(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
CASES = [
    ("ECR DescribeRepositories", "ecr", "describe_repositories"),
    ("EC2 DescribeInstances", "ec2", "describe_instances"),
    ("EC2 DescribeSecurityGroups", "ec2", "describe_security_groups"),
    ("EC2 DescribeVpcs", "ec2", "describe_vpcs"),
]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process, with its start time and memory."""

    def __init__(self, name, command, port):
        self.name, self.url = name, f"http://127.0.0.1:{port}"
        started = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                urllib.request.urlopen(self.url + "/moto-api/", timeout=1).read()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() - started > 30:
                    raise SystemExit(f"{name} did not start: {' '.join(command)}")
                time.sleep(0.001)
        self.start = time.monotonic() - started

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, **KEYS)

    def prepare(self):
        self.client("ecr").create_repository(repositoryName="repository_test1")
        ec2 = self.client("ec2")
        images = ec2.describe_images(Owners=["099720109477"])["Images"]
        image = next(i for i in images if i["Architecture"] == "x86_64")
        ec2.run_instances(ImageId=image["ImageId"], InstanceType="t2.micro", MinCount=1, MaxCount=1)

    def request(self, service, method):
        """Returns the bytes that boto3 would send, for wrk to repeat."""
        client = self.client(service)
        seen = {}

        def capture(request, **_):
            seen.update(url=request.url, headers={k: v for k, v in request.headers.items()}, body=request.body)
            raise StopIteration

        client.meta.events.register("before-send", capture)
        try:
            getattr(client, method)()
        except StopIteration:
            pass
        return seen

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def wrk(server, request, seconds):
    headers = {k: text(v) for k, v in request["headers"].items() if k.lower() not in ("content-length", "host")}
    lines = ['wrk.method = "POST"', f"wrk.body = [==[{text(request['body'] or '')}]==]"]
    lines += [f'wrk.headers["{name}"] = [==[{value}]==]' for name, value in headers.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as script:
        script.write("\n".join(lines))
    try:
        out = subprocess.run(
            ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", script.name, server.url + "/"], capture_output=True, text=True
        ).stdout
    finally:
        os.unlink(script.name)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if failed:
        raise SystemExit(f"{server.name}: {failed[1]} requests failed\n{out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def measure(server, seconds):
    try:
        server.prepare()
        rates = {name: wrk(server, server.request(service, method), seconds) for name, service, method in CASES}
        return rates, server.start * 1000, server.memory()
    finally:
        server.stop()


def main():
    program, seconds = sys.argv[1], int(sys.argv[2])
    port = free_port()
    ours = measure(Server("drydock", [program, "serve", "--port", str(port)], port), seconds)
    port = free_port()
    theirs = measure(Server("moto", ["moto_server", "-H", "127.0.0.1", "-p", str(port)], port), seconds)
    print(f"{'':32}{'drydock':>12}{'moto':>12}{'ratio':>10}")
    for name, _, _ in CASES:
        print(f"{name + ' /s':32}{ours[0][name]:12,.0f}{theirs[0][name]:12,.0f}{ours[0][name] / theirs[0][name]:9.1f}×")
    print(f"{'first response, ms':32}{ours[1]:12,.0f}{theirs[1]:12,.0f}{theirs[1] / ours[1]:9.1f}×")
    print(f"{'memory after the run, MB':32}{ours[2]:12,.0f}{theirs[2]:12,.0f}{theirs[2] / ours[2]:9.1f}×")


if __name__ == "__main__":
    main()
