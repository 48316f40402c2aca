"""An account with something to find, for programs that audit accounts, and the operations that they missed."""

import json
import os
import urllib.request

import boto3

REGION = "us-east-1"
ENVIRONMENT = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
               "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def client(service):
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=REGION, aws_access_key_id="test",
                        aws_secret_access_key="test")


def fill():
    """Makes one of many kinds: an instance that the internet reaches, volumes, snapshots, images, networks, users, repositories."""
    ec2, iam, ecr, ssm = (client(service) for service in ["ec2", "iam", "ecr", "ssm"])
    image = ec2.describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023*-x86_64"]}])["Images"][0]["ImageId"]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="open", Description="open to the world", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SecurityGroupIds=[group],
                                 UserData="#!/bin/sh")["Instances"][0]["InstanceId"]
    ec2.create_launch_template(LaunchTemplateName="app", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 1})
    own = ec2.create_image(InstanceId=instance, Name="own")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[own], WaiterConfig={"Delay": 1})
    ec2.allocate_address(Domain="vpc")
    ec2.create_transit_gateway()
    ec2.create_vpn_gateway(Type="ipsec.1")
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")
    ec2.create_network_acl(VpcId=vpc)
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])
    ecr.create_repository(repositoryName="app")
    iam.create_user(UserName="Worker")
    iam.create_access_key(UserName="Worker")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    ssm.put_parameter(Name="/app/name", Value="app", Type="String")
    return {"instance": instance, "group": group, "volume": volume, "snapshot": snapshot, "image": own}


def missing():
    """Returns the operations that were requested and are not simulated, by service."""
    url = os.environ["AWS_ENDPOINT_URL"] + "/_drydock/journal?errors=true&limit=1000"
    with urllib.request.urlopen(url) as answer:
        events = json.load(answer)["events"]
    found = {}
    for event in events:
        if event.get("errorCode") == "NotSimulated":
            found.setdefault(event["eventSource"].split(".")[0], set()).add(event["eventName"])
    return found


def check(known):
    """Fails if an operation of EC2, ECR, IAM or STS was missing, or one of SSM that is not `known` to be."""
    absent = missing()
    for service in ["ec2", "ecr", "iam", "sts"]:
        assert service not in absent, absent
    assert absent.get("ssm", set()) <= known, absent
