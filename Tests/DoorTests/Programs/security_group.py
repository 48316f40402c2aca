"""The course's vpcSgRule.py: opens and closes ports 22, 80 and 443 of the default group."""

import boto3
from botocore.exceptions import ClientError

ec2 = boto3.client("ec2")
group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]


def rules(port):
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])["SecurityGroupRules"]
    return [r for r in found if not r["IsEgress"] and r["FromPort"] == port]


def permission(port):
    return dict(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])


for port in (22, 80, 443):
    assert rules(port) == []
    made = ec2.authorize_security_group_ingress(**permission(port))
    assert made["Return"] and made["SecurityGroupRules"][0]["SecurityGroupRuleId"].startswith("sgr-0"), made
    assert len(rules(port)) == 1

try:
    ec2.authorize_security_group_ingress(**permission(22))
    raise SystemExit("port 22 was opened twice")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidPermission.Duplicate", error
    assert error.response["Error"]["Message"] == (
        'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists'), error

for port in (22, 80, 443):
    ec2.revoke_security_group_ingress(**permission(port))
    assert rules(port) == []
# In a default VPC an unknown rule is no error: the response lists it.
again = ec2.revoke_security_group_ingress(**permission(22))
assert again["UnknownIpPermissions"][0]["FromPort"] == 22, again

# In any other VPC it is an error.
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
group["GroupId"] = ec2.create_security_group(GroupName="web", Description="ports", VpcId=vpc)["GroupId"]
try:
    ec2.revoke_security_group_ingress(**permission(22))
    raise SystemExit("an unknown rule was revoked")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidPermission.NotFound", error
