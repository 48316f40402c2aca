"""Calls that are recorded with another server and replayed without it. They must print the same both times."""

import json

import boto3
from botocore.exceptions import ClientError

ec2, ecr, iam, sts = (boto3.client(name) for name in ("ec2", "ecr", "iam", "sts"))


def show(name, answer):
    answer.pop("ResponseMetadata", None)
    print(name, json.dumps(answer, default=str, sort_keys=True))
    return answer


def refused(name, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        print(name, error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
    else:
        raise SystemExit(f"{name} was not refused")


show("identity", sts.get_caller_identity())
vpc = show("vpc", ec2.create_vpc(CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
subnet = show("subnet", ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24"))["Subnet"]["SubnetId"]
group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
port = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=port)
refused("again", ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=port)
ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "course"}])
show("vpcs", ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["course"]}]))
key = ec2.create_key_pair(KeyName="keyPairUniversal")
print("key", key["KeyName"], key["KeyPairId"])
image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
instance = ec2.run_instances(
    ImageId=image, InstanceType="t2.micro", MinCount=1, MaxCount=1, SubnetId=subnet, KeyName="keyPairUniversal",
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
for page in ec2.get_paginator("describe_instances").paginate(InstanceIds=[instance]):
    print("instances", [found["State"]["Name"] for group in page["Reservations"] for found in group["Instances"]])
ec2.terminate_instances(InstanceIds=[instance])
refused("no vpc", ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])

show("repository", ecr.create_repository(repositoryName="repository_test1"))
refused("second", ecr.create_repository, repositoryName="repository_test1")
show("repositories", ecr.describe_repositories())
print("token", len(ecr.get_authorization_token()["authorizationData"]))
ecr.delete_repository(repositoryName="repository_test1", force=True)
refused("gone", ecr.describe_repositories, repositoryNames=["repository_test1"])

show("user", iam.create_user(UserName="Worker"))
print("access key", iam.create_access_key(UserName="Worker")["AccessKey"]["Status"])
refused("no user", iam.get_user, UserName="Nobody")
