"""Measures DescribeInstances alone and while other clients create RSA key pairs: requests per second and percentiles.

    python3 tools/benchmarks/beside.py DRYDOCK [SECONDS]
"""

import http.client
import re
import subprocess
import sys
import threading
import time

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

program, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 5
server = subprocess.Popen([program, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
try:
    url = re.search(r"ready on (\S+)", server.stdout.readline())[1]
    ec2 = boto3.client(
        "ec2", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    ec2.describe_vpcs()
    body = "Action=DescribeInstances&Version=2016-11-15"
    request = AWSRequest("POST", url + "/", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(Credentials("test", "test"), "ec2", "us-east-1").add_auth(request)
    headers = dict(request.headers)
    stop = threading.Event()
    made = [0]

    def make():
        own = boto3.client(
            "ec2", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        while not stop.is_set():
            own.create_key_pair(KeyName=f"key{time.time_ns()}")
            made[0] += 1

    def measure(title):
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        print(f"{title}: {len(times) / seconds:.0f} a second, p50 {times[len(times) // 2]:.2f} ms, "
              f"p99 {times[len(times) * 99 // 100]:.2f} ms, longest {times[-1]:.1f} ms")

    measure("DescribeInstances alone")
    thread = threading.Thread(target=make)
    thread.start()
    measure("DescribeInstances beside CreateKeyPair")
    stop.set()
    thread.join()
    print(f"{made[0]} key pairs in {seconds:.0f} s")
finally:
    server.terminate()
    server.wait(15)
