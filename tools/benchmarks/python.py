"""Runs fifty tests, each with its own account, with drydock_aws's mock_aws and with moto's.

usage: python.py DRYDOCK   with a Python that has pytest, boto3, moto and drydock_aws
"""
import os
import subprocess
import sys
import tempfile
import time

TESTS = '''
import boto3
import pytest
from {package} import mock_aws


@pytest.mark.parametrize("number", range(50))
@mock_aws
def test_an_account(number):
    ecr = boto3.client("ecr", region_name="us-east-1")
    ecr.create_repository(repositoryName=f"team/app{{number}}")
    assert len(ecr.describe_repositories()["repositories"]) == 1
    ec2 = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert any(found["VpcId"] == vpc for found in ec2.describe_vpcs()["Vpcs"])
    wanted = [{{"Name": "architecture", "Values": ["x86_64"]}}, {{"Name": "name", "Values": ["amzn2-ami-hvm-2.0.*-x86_64-gp2"]}}]
    image = ec2.describe_images(Owners=["amazon"], Filters=wanted)["Images"][0]["ImageId"]
    assert len(ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"]) == 1
'''


def seconds(package, program):
    environment = {**os.environ, "DRYDOCK_PROGRAM": program, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "test_accounts.py"), "w", encoding="utf-8") as file:
            file.write(TESTS.format(package=package))
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder], env=environment, capture_output=True, text=True,
            check=False)
        took = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{package}: the tests fail\n{done.stdout[-2000:]}{done.stderr[-1000:]}")
    return took


def main():
    times = {"moto": [], "drydock_aws": []}
    for _ in range(3):
        for package, taken in times.items():
            taken.append(seconds(package, sys.argv[1]))
    moto, ours = (sorted(taken)[1] for taken in times.values())
    print(f"50 tests with an account each: drydock_aws {ours:.1f} s, moto {moto:.1f} s: {moto / ours:.1f} times as fast (aim 5)")
    return 0 if moto / ours >= 5 else 1


if __name__ == "__main__":
    sys.exit(main())
