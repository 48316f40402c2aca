"""Measures the server's CPU time for launches and pages while many terminated instances are remembered.

    python3 tools/benchmarks/launches.py DRYDOCK [REMEMBERED]

Exit code 1: a launch with its termination, or a page of five, costs more than twice as much with 4,000 terminated instances as
with none. Only the ratio counts, so any build and machine will do.
"""

import os
import re
import subprocess
import sys

import boto3

program, remembered = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4000
server = subprocess.Popen(
    [program, "serve", "--port", "0", "--clock", "manual", "--transitions", "instant"], stdout=subprocess.PIPE, text=True)
try:
    url = re.search(r"ready on (\S+)", server.stdout.readline())[1]
    ec2 = boto3.client(
        "ec2", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
    names = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]
    number = 0

    def cpu():
        fields = open(f"/proc/{server.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1000

    def launch(count=1):
        made = ec2.run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=count, MaxCount=count, TagSpecifications=names)["Instances"]
        ec2.terminate_instances(InstanceIds=[instance["InstanceId"] for instance in made])

    def page():
        # After a change, because responses are cached until then.
        global number
        number += 1
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "n", "Value": str(number)}])
        ec2.describe_instances(MaxResults=5)

    def measure(work, rounds=100):
        before = cpu()
        for _ in range(rounds):
            work()
        return (cpu() - before) / rounds

    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for _ in range(10):
        launch()
    works = {"RunInstances and TerminateInstances": launch, "DescribeInstances, MaxResults=5": page}
    few = {name: measure(work) for name, work in works.items()}
    for _ in range(remembered // 500):
        launch(500)
    failed = False
    for name, work in works.items():
        many = measure(work)
        ratio = many / few[name]
        failed = failed or ratio > 2
        print(f"{name}: {few[name]:.1f} ms with few, {many:.1f} ms with {remembered} remembered, {ratio:.2f} x")
    sys.exit(1 if failed else 0)
finally:
    server.terminate()
    server.wait(10)
