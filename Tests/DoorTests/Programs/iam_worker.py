"""The course's Worker with boto3: created by root, denied, then allowed by a policy and by a role."""

import json

import boto3
from botocore.exceptions import ClientError

iam = boto3.client("iam")
ACCOUNT = "123456789012"


def document(effect="Allow", **members):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, **members}]})


def refused(code, status, call, sentence=None):
    try:
        call()
    except ClientError as error:
        got = error.response
        assert got["Error"]["Code"] == code, got
        assert got["ResponseMetadata"]["HTTPStatusCode"] == status, got
        assert sentence is None or got["Error"]["Message"] == sentence, got
        return
    raise SystemExit(f"was not refused with {code}")


user = iam.create_user(UserName="Worker", Tags=[{"Key": "course", "Value": "103"}])["User"]
assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/Worker" and user["CreateDate"].microsecond == 0, user
assert [u["UserName"] for u in iam.list_users()["Users"]] == ["Worker"]
refused("EntityAlreadyExists", 409, lambda: iam.create_user(UserName="Worker"), "User with name Worker already exists.")

key = iam.create_access_key(UserName="Worker")["AccessKey"]
session = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
identity = session.client("sts").get_caller_identity()
assert identity["Arn"] == user["Arn"] and identity["UserId"] == user["UserId"] and identity["Account"] == ACCOUNT, identity

ecr, ec2 = session.client("ecr"), session.client("ec2")
why = f"User: {user['Arn']} is not authorized to perform: "
refused("AccessDeniedException", 400, lambda: ecr.create_repository(repositoryName="universal"),
        why + f"ecr:CreateRepository on resource: arn:aws:ecr:us-east-1:{ACCOUNT}:repository/universal "
        "because no identity-based policy allows the ecr:CreateRepository action")
refused("UnauthorizedOperation", 403, ec2.describe_key_pairs,
        "You are not authorized to perform this operation. " + why +
        "ec2:DescribeKeyPairs because no identity-based policy allows the ec2:DescribeKeyPairs action")

rights = document(Action=["ecr:*", "sts:AssumeRole"], Resource="*")
iam.put_user_policy(UserName="Worker", PolicyName="Push", PolicyDocument=rights)
# botocore decodes policy documents for the caller.
assert iam.get_user_policy(UserName="Worker", PolicyName="Push")["PolicyDocument"] == json.loads(rights)
ecr.create_repository(repositoryName="universal")
iam.put_user_policy(UserName="Worker", PolicyName="Keep", PolicyDocument=document("Deny", Action="ecr:Delete*", Resource="*"))
refused("AccessDeniedException", 400, lambda: ecr.delete_repository(repositoryName="universal"),
        why + f"ecr:DeleteRepository on resource: arn:aws:ecr:us-east-1:{ACCOUNT}:repository/universal "
        "with an explicit deny in an identity-based policy")
refused("MalformedPolicyDocument", 400, lambda: iam.put_user_policy(UserName="Worker", PolicyName="P", PolicyDocument="{"),
        "Syntax errors in policy.")

trust = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Principal": {"AWS": user["Arn"]}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName="Cleaner", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
assert role["AssumeRolePolicyDocument"] == trust, role
iam.attach_role_policy(RoleName="Cleaner", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess")
made = session.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="tidy")["Credentials"]
cleaner = boto3.Session(
    aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
    aws_session_token=made["SessionToken"])
assert cleaner.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Cleaner/tidy"
cleaner.client("ecr").delete_repository(repositoryName="universal")

# Cleans up as a tool does that lists everything first.
assert iam.list_groups_for_user(UserName="Worker")["Groups"] == []
refused("DeleteConflict", 409, lambda: iam.delete_user(UserName="Worker"))
for page in iam.get_paginator("list_user_policies").paginate(UserName="Worker", PaginationConfig={"PageSize": 1}):
    for name in page["PolicyNames"]:
        iam.delete_user_policy(UserName="Worker", PolicyName=name)
for found in iam.list_access_keys(UserName="Worker")["AccessKeyMetadata"]:
    iam.delete_access_key(UserName="Worker", AccessKeyId=found["AccessKeyId"])
iam.delete_user(UserName="Worker")
refused("NoSuchEntity", 404, lambda: iam.get_user(UserName="Worker"), "The user with name Worker cannot be found.")
refused("InvalidClientTokenId", 403, session.client("sts").get_caller_identity)
refused("UnrecognizedClientException", 400, ecr.describe_repositories)
for attached in iam.list_attached_role_policies(RoleName="Cleaner")["AttachedPolicies"]:
    iam.detach_role_policy(RoleName="Cleaner", PolicyArn=attached["PolicyArn"])
iam.delete_role(RoleName="Cleaner")
