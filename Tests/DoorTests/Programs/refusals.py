"""Keys created by IAM are verified and authorized: wrong secrets, deleted keys, missing permissions."""

import json

import boto3
from botocore.exceptions import ClientError

iam = boto3.client("iam")
iam.create_user(UserName="Worker")
key = iam.create_access_key(UserName="Worker")["AccessKey"]


def client(service, secret=None):
    return boto3.client(
        service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=secret or key["SecretAccessKey"])


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None


who = client("sts").get_caller_identity()
assert who["Arn"] == "arn:aws:iam::123456789012:user/Worker" and who["UserId"].startswith("AIDA"), who

assert refusal(client("sts", "wrong").get_caller_identity)[0] == "SignatureDoesNotMatch"
assert refusal(client("ecr", "wrong").describe_repositories)[0] == "InvalidSignatureException"
assert refusal(client("ec2", "wrong").describe_vpcs)[0] == "AuthFailure"

code, message = refusal(client("ecr").create_repository, repositoryName="mine")
assert code == "AccessDeniedException", code
assert message == (
    "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: ecr:CreateRepository on resource: "
    "arn:aws:ecr:us-east-1:123456789012:repository/mine because no identity-based policy allows the ecr:CreateRepository action"
), message
code, message = refusal(client("ec2").describe_vpcs)
assert code == "UnauthorizedOperation" and message.startswith("You are not authorized to perform this operation. User: "), message

allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}
iam.put_user_policy(UserName="Worker", PolicyName="push", PolicyDocument=json.dumps(allow))
client("ecr").create_repository(repositoryName="mine")

iam.update_access_key(UserName="Worker", AccessKeyId=key["AccessKeyId"], Status="Inactive")
assert refusal(client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
iam.delete_access_key(UserName="Worker", AccessKeyId=key["AccessKeyId"])
assert refusal(client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
assert refusal(client("ecr").describe_repositories)[0] == "UnrecognizedClientException"
assert refusal(client("ec2").describe_vpcs)[0] == "AuthFailure"
