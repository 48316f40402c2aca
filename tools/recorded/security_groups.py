from calls import ec2, refused, tagged

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
group = ec2.create_security_group(
    GroupName="web", Description="web", VpcId=vpc, TagSpecifications=tagged("security-group"))["GroupId"]
refused(ec2.create_security_group, GroupName="web", Description="web", VpcId=vpc)
other = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
port = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "ssh"}]}]
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=port)
refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=port)
ec2.authorize_security_group_ingress(
    GroupId=group,
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": other}]}])
ec2.authorize_security_group_egress(
    GroupId=group, IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
ec2.describe_security_groups(GroupIds=[group])
ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["app"]}])
ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=port)
refused(ec2.describe_security_groups, GroupIds=["sg-0123456789abcdef0"])
ec2.delete_security_group(GroupId=group)
ec2.delete_security_group(GroupId=other)
refused(ec2.delete_security_group, GroupId=group)
