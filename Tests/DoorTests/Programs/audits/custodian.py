"""Stock cloud-custodian: policies find and change instances, volumes, snapshots, images, security groups and related
resources."""

import json
import os
import subprocess
import tempfile

import boto3

REGION = "us-east-1"
ec2 = boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=REGION, aws_access_key_id="test",
                   aws_secret_access_key="test")
ENVIRONMENT = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
               "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "C7N_METRICS": "no"}

image = ec2.describe_images(
    Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023*-x86_64"]}])["Images"][0]["ImageId"]
instances = [made["InstanceId"] for made in ec2.run_instances(
    ImageId=image, MinCount=2, MaxCount=2, InstanceType="t3.micro")["Instances"]]
ec2.get_waiter("instance_running").wait(InstanceIds=instances, WaiterConfig={"Delay": 1})
volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=5, VolumeType="gp2")["VolumeId"]
own = ec2.create_image(InstanceId=instances[0], Name="custodian")["ImageId"]
ec2.get_waiter("image_available").wait(ImageIds=[own], WaiterConfig={"Delay": 1})
ec2.modify_image_attribute(ImageId=own, LaunchPermission={"Add": [{"UserId": "210987654321"}]})
group = ec2.create_security_group(GroupName="open", Description="open to the world")["GroupId"]
ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
address = ec2.allocate_address(Domain="vpc")["AllocationId"]

# Name, resource, filters, actions, number of resources found.
POLICIES = [
    ("unencrypted", "aws.ec2", [{"State.Name": "running"}, {"type": "ebs", "key": "Encrypted", "value": False}],
     [{"type": "tag", "key": "unencrypted", "value": "yes"}], 2),
    ("subnets", "aws.ec2", [{"type": "subnet", "key": "MapPublicIpOnLaunch", "value": True},
                            {"type": "security-group", "key": "GroupName", "value": "default"}, "default-vpc"], [], 2),
    ("metadata", "aws.ec2", [{"MetadataOptions.HttpTokens": "required"}], [{"type": "set-metadata-access", "tokens": "optional"}], 2),
    ("stopping", "aws.ec2", [{"InstanceId": instances[1]}], ["stop"], 1),
    ("snapshots", "aws.ec2", [{"InstanceId": instances[0]}], [{"type": "snapshot", "copy-tags": ["unencrypted"]}], 1),
    ("unattached", "aws.ebs", [{"Attachments": []}], [{"type": "tag", "key": "unattached", "value": "yes"}], 1),
    ("modern", "aws.ebs", [{"VolumeId": volume}, "modifyable"], [{"type": "modify", "volume-type": "gp3"}], 1),
    ("old", "aws.ebs-snapshot", [{"type": "age", "days": 0, "op": "ge"}, {"type": "skip-ami-snapshots", "value": True}],
     ["delete"], 1),
    ("deprecated", "aws.ami", [{"ImageId": own}], [{"type": "set-deprecation", "days": 30}], 1),
    ("shared", "aws.ami", ["cross-account"], [{"type": "set-permissions", "remove": "matched"}], 1),
    ("world", "aws.security-group", [{"type": "ingress", "Ports": [22], "Cidr": {"value": "0.0.0.0/0"}}],
     [{"type": "remove-permissions", "ingress": "matched"}], 1),
    ("logs", "aws.vpc", [{"type": "flow-logs", "enabled": False}],
     [{"type": "set-flow-log", "attrs": {"LogDestination": "arn:aws:s3:::custodian-logs", "LogDestinationType": "s3",
                                         "TrafficType": "ALL"}}], 1),
    ("idle", "aws.elastic-ip", [{"AssociationId": "absent"}], ["release"], 1),
    ("encryption", "aws.account", [{"type": "default-ebs-encryption", "state": False}],
     [{"type": "set-ebs-encryption", "state": True}], 1),
    ("endpoints", "aws.vpc-endpoint", ["cross-account"], [], 0),
    ("peers", "aws.peering-connection", ["missing-route"], [], 0),
]

with tempfile.TemporaryDirectory(prefix="drydock-custodian-") as folder:
    for name, resource, filters, actions, count in POLICIES:
        policy = {"name": name, "resource": resource, "filters": filters, "actions": actions}
        with open(f"{folder}/policy.json", "w") as file:
            json.dump({"policies": [policy]}, file)
        done = subprocess.run(
            ["custodian", "run", "-r", REGION, "--cache-period", "0", "-s", f"{folder}/out", f"{folder}/policy.json"],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        assert done.returncode == 0, f"{name} ended with {done.returncode}:\n{done.stdout[-4000:]}"
        with open(f"{folder}/out/{name}/resources.json") as file:
            found = json.load(file)
        assert len(found) == count, f"{name} found {len(found)} of {count}: {found}"


def described(operation, key, **arguments):
    return getattr(ec2, operation)(**arguments)[key]


states = described("describe_instances", "Reservations", InstanceIds=instances)[0]["Instances"]
assert {made["InstanceId"]: made["State"]["Name"] in ("stopping", "stopped") for made in states} == {
    instances[0]: False, instances[1]: True}, states
assert {"Key": "unencrypted", "Value": "yes"} in states[0]["Tags"], states
assert all(made["MetadataOptions"]["HttpTokens"] == "optional" for made in states), states
assert described("describe_volumes_modifications", "VolumesModifications", VolumeIds=[volume])[0]["TargetVolumeType"] == "gp3"
assert described("describe_images", "Images", ImageIds=[own])[0]["DeprecationTime"]
assert described("describe_security_groups", "SecurityGroups", GroupIds=[group])[0]["IpPermissions"] == []
assert described("describe_flow_logs", "FlowLogs")[0]["LogDestination"] == "arn:aws:s3:::custodian-logs"
assert described("describe_addresses", "Addresses") == []
assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
assert ec2.describe_image_attribute(ImageId=own, Attribute="launchPermission")["LaunchPermissions"] == []
