import json

import boto3

from calls import iam, sts

trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]})
iam.create_user(UserName="Worker")
allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
iam.put_user_policy(UserName="Worker", PolicyName="all", PolicyDocument=allow)
key = iam.create_access_key(UserName="Worker")["AccessKey"]


def acting(keys, token=None):
    return boto3.client(
        "sts", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=token)


worker = acting(key)
worker.get_caller_identity()
role = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
session = worker.assume_role(RoleArn=role, RoleSessionName="session", DurationSeconds=900)["Credentials"]
acting(session, session["SessionToken"]).get_caller_identity()
temporary = worker.get_session_token(DurationSeconds=900)["Credentials"]
sts.get_access_key_info(AccessKeyId=key["AccessKeyId"])
iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
iam.update_access_key(UserName="Worker", AccessKeyId=key["AccessKeyId"], Status="Inactive")
iam.list_access_keys(UserName="Worker")
