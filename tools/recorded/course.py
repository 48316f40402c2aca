"""The course's AWS calls, step by step, as far as moto supports them."""

import json

from calls import ec2, ecr, iam, refused, sts, tagged

sts.get_caller_identity()
refused(ecr.describe_repositories, repositoryNames=["repository_test1"])
ecr.create_repository(repositoryName="repository_test1")
ecr.describe_repositories(repositoryNames=["repository_test1"])
name = [{"Name": "tag:Name", "Values": ["ec2Test1"]}]
ec2.describe_instances(Filters=name)
image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
ec2.create_key_pair(KeyName="keyPairUniversal")
instance = ec2.run_instances(
    ImageId=image, InstanceType="t2.micro", MinCount=1, MaxCount=1, KeyName="keyPairUniversal",
    UserData="#!/bin/bash\napt-get update -y\n", TagSpecifications=tagged("instance", "ec2Test1"),
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ec2.describe_instances(Filters=name)
group = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
for number in (22, 80, 443):
    port = [{"IpProtocol": "tcp", "FromPort": number, "ToPort": number, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=port)
    refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=port)
iam.create_user(UserName="Worker")
policy = iam.create_policy(PolicyName="Push", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}))["Policy"]["Arn"]
iam.attach_user_policy(UserName="Worker", PolicyArn=policy)
iam.list_attached_user_policies(UserName="Worker")
ecr.get_authorization_token()
ecr.list_images(repositoryName="repository_test1")
ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}])
for number in (22, 80, 443):
    port = [{"IpProtocol": "tcp", "FromPort": number, "ToPort": number, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=port)
ec2.terminate_instances(InstanceIds=[instance])
ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ecr.delete_repository(repositoryName="repository_test1", force=True)
