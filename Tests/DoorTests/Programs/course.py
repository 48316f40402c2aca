"""The course's AWS calls with boto3: creates the repository, the instance and its port 22 rule, then deletes them all."""

import sys

import boto3

ecr, ec2, sts = (boto3.client(name) for name in ("ecr", "ec2", "sts"))
NAME = [{"Name": "tag:Name", "Values": ["ec2Test1"]}]

sts.get_caller_identity()
ecr.create_repository(repositoryName=sys.argv[1] if len(sys.argv) > 1 else "repository_test1")
ecr.describe_repositories(repositoryNames=["repository_test1"])
ecr.get_authorization_token()

images = ec2.describe_images(
    Owners=["099720109477"],
    Filters=[{"Name": "name", "Values": ["ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207"]}])["Images"]
group = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
ec2.create_key_pair(KeyName="keyPairUniversal")
instance = ec2.run_instances(
    ImageId=images[0]["ImageId"], InstanceType="t2.micro", MinCount=1, MaxCount=1, KeyName="keyPairUniversal",
    UserData="#!/bin/bash\napt-get update -y\n",
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "ec2Test1"}]}],
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ec2.describe_instances(Filters=NAME)
PORT = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=PORT)
ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=PORT)
ec2.terminate_instances(InstanceIds=[instance])
ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}])
ecr.delete_repository(repositoryName="repository_test1", force=True)
