import json

from calls import iam, refused, sts


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


iam.create_role(
    RoleName="machine", Path="/team/", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"), MaxSessionDuration=7200,
    Tags=[{"Key": "Stage", "Value": "first"}])
iam.get_role(RoleName="machine")
iam.list_roles(PathPrefix="/team/")
iam.update_assume_role_policy(RoleName="machine", PolicyDocument=trust("ecs-tasks.amazonaws.com"))
iam.update_role(RoleName="machine", Description="runs", MaxSessionDuration=3600)
iam.tag_role(RoleName="machine", Tags=[{"Key": "Owner", "Value": "me"}])
iam.list_role_tags(RoleName="machine")
iam.untag_role(RoleName="machine", TagKeys=["Owner"])
refused(iam.create_role, RoleName="machine", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
iam.create_instance_profile(InstanceProfileName="machine")
refused(iam.create_instance_profile, InstanceProfileName="machine")
iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
iam.get_instance_profile(InstanceProfileName="machine")
iam.list_instance_profiles()
iam.list_instance_profiles_for_role(RoleName="machine")
refused(iam.delete_instance_profile, InstanceProfileName="machine")
iam.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="machine")
iam.delete_instance_profile(InstanceProfileName="machine")
refused(iam.get_instance_profile, InstanceProfileName="machine")
iam.delete_role(RoleName="machine")
refused(iam.delete_role, RoleName="machine")
