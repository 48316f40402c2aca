"""Permissions boundaries and instance profiles. Recorded with a simulator, because moto enforces neither."""

import json

from calls import ec2, iam, refused

trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]})
policy = iam.create_policy(PolicyName="Most", PolicyDocument=document)["Policy"]["Arn"]
iam.create_user(UserName="Worker")
iam.put_user_permissions_boundary(UserName="Worker", PermissionsBoundary=policy)
iam.get_user(UserName="Worker")
refused(iam.delete_policy, PolicyArn=policy)
iam.delete_user_permissions_boundary(UserName="Worker")
iam.list_mfa_devices(UserName="Worker")
iam.list_ssh_public_keys(UserName="Worker")
refused(iam.delete_login_profile, UserName="Worker")
iam.delete_user(UserName="Worker")

iam.create_role(RoleName="Puller", AssumeRolePolicyDocument=trust)
iam.put_role_permissions_boundary(RoleName="Puller", PermissionsBoundary=policy)
iam.delete_role_permissions_boundary(RoleName="Puller")
iam.delete_policy(PolicyArn=policy)
iam.create_instance_profile(InstanceProfileName="Puller")
iam.add_role_to_instance_profile(InstanceProfileName="Puller", RoleName="Puller")
refused(iam.add_role_to_instance_profile, InstanceProfileName="Puller", RoleName="Puller")
iam.get_instance_profile(InstanceProfileName="Puller")
image = ec2.describe_images(Owners=["099720109477"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
instance = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance])
associated = ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": "Puller"})
association = associated["IamInstanceProfileAssociation"]["AssociationId"]
ec2.describe_iam_instance_profile_associations(AssociationIds=[association])
refused(ec2.associate_iam_instance_profile, InstanceId=instance, IamInstanceProfile={"Name": "Puller"})
ec2.disassociate_iam_instance_profile(AssociationId=association)
ec2.terminate_instances(InstanceIds=[instance])
iam.remove_role_from_instance_profile(InstanceProfileName="Puller", RoleName="Puller")
iam.delete_instance_profile(InstanceProfileName="Puller")
iam.delete_role(RoleName="Puller")
