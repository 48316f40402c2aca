"""The course's ec2Instance.py: finds an Ubuntu instance by its tag, waits for it, and terminates it."""

import boto3
from botocore.exceptions import ClientError

ec2 = boto3.client("ec2")
NAME = [{"Name": "tag:Name", "Values": ["ec2Test1"]}]
LIVE = NAME + [{"Name": "instance-state-name", "Values": ["pending", "running"]}]


def code(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


assert ec2.describe_instances(Filters=LIVE)["Reservations"] == []
if not ec2.describe_key_pairs()["KeyPairs"]:
    pair = ec2.create_key_pair(KeyName="keyPairUniversal")
    assert pair["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----"), pair["KeyMaterial"][:40]
    assert len(pair["KeyFingerprint"].split(":")) == 20, pair["KeyFingerprint"]
assert code(ec2.create_key_pair, KeyName="keyPairUniversal") == "InvalidKeyPair.Duplicate"

images = ec2.describe_images(
    Owners=["099720109477"],
    Filters=[{"Name": "name", "Values": ["ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-amd64-server-*"]}])["Images"]
assert images, "no Ubuntu 22.04"
wanted = dict(
    ImageId=images[0]["ImageId"], InstanceType="t2.micro", KeyName="keyPairUniversal", MinCount=1, MaxCount=1,
    UserData="#!/bin/bash\napt-get update -y\n", ClientToken="course-1",
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "ec2Test1"}]}])
assert code(ec2.run_instances, **wanted, DryRun=True) == "DryRunOperation"
first = ec2.run_instances(**wanted)["Instances"][0]
again = ec2.run_instances(**wanted)["Instances"][0]
assert first["InstanceId"] == again["InstanceId"], "the client token was ignored"
assert code(ec2.run_instances, **{**wanted, "InstanceType": "t3.micro"}) == "IdempotentParameterMismatch"

ec2.get_waiter("instance_running").wait(InstanceIds=[first["InstanceId"]])
instance = ec2.describe_instances(Filters=LIVE)["Reservations"][0]["Instances"][0]
assert instance["State"] == {"Code": 16, "Name": "running"}, instance["State"]
assert instance["PublicIpAddress"] and instance["KeyName"] == "keyPairUniversal"
assert instance["SecurityGroups"][0]["GroupName"] == "default"
assert ec2.describe_instance_status(InstanceIds=[first["InstanceId"]])["InstanceStatuses"]

ec2.stop_instances(InstanceIds=[first["InstanceId"]])
ec2.get_waiter("instance_stopped").wait(InstanceIds=[first["InstanceId"]])
ec2.start_instances(InstanceIds=[first["InstanceId"]])
ec2.get_waiter("instance_running").wait(InstanceIds=[first["InstanceId"]])
ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
ec2.get_waiter("instance_terminated").wait(InstanceIds=[first["InstanceId"]])
assert ec2.describe_instances(Filters=LIVE)["Reservations"] == []
assert code(ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"]) == "InvalidInstanceID.NotFound"
assert code(ec2.describe_instances, InstanceIds=["nonsense"]) == "InvalidInstanceID.Malformed"
assert code(ec2.describe_instances, Filters=[{"Name": "nonsense", "Values": ["x"]}]) == "InvalidParameterValue"
