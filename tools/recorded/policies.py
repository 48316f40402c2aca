import json

from calls import iam, refused, sts

allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]})
trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]})
policy = iam.create_policy(PolicyName="Push", PolicyDocument=allow, Description="push")["Policy"]["Arn"]
refused(iam.create_policy, PolicyName="Push", PolicyDocument=allow)
iam.get_policy(PolicyArn=policy)
iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow, SetAsDefault=True)
iam.list_policy_versions(PolicyArn=policy)
iam.get_policy_version(PolicyArn=policy, VersionId="v1")
iam.delete_policy_version(PolicyArn=policy, VersionId="v1")
iam.create_user(UserName="Worker")
iam.attach_user_policy(UserName="Worker", PolicyArn=policy)
iam.list_attached_user_policies(UserName="Worker")
iam.put_user_policy(UserName="Worker", PolicyName="Look", PolicyDocument=allow)
iam.get_user_policy(UserName="Worker", PolicyName="Look")
iam.list_user_policies(UserName="Worker")
role = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=trust, Description="machine")["Role"]["Arn"]
refused(iam.create_role, RoleName="machine", AssumeRolePolicyDocument=trust)
iam.get_role(RoleName="machine")
iam.attach_role_policy(RoleName="machine", PolicyArn=policy)
iam.list_attached_role_policies(RoleName="machine")
iam.put_role_policy(RoleName="machine", PolicyName="Look", PolicyDocument=allow)
iam.get_role_policy(RoleName="machine", PolicyName="Look")
iam.list_role_policies(RoleName="machine")
iam.list_entities_for_policy(PolicyArn=policy)
sts.assume_role(RoleArn=role, RoleSessionName="session")
refused(iam.get_role, RoleName="none")
iam.detach_user_policy(UserName="Worker", PolicyArn=policy)
iam.detach_role_policy(RoleName="machine", PolicyArn=policy)
iam.delete_role_policy(RoleName="machine", PolicyName="Look")
iam.delete_role(RoleName="machine")
iam.delete_user_policy(UserName="Worker", PolicyName="Look")
iam.delete_user(UserName="Worker")
iam.delete_policy(PolicyArn=policy)
refused(iam.get_policy, PolicyArn=policy)
