from calls import ec2, refused, tagged

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
ssh = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "ssh"}]}]
ec2.authorize_security_group_ingress(
    GroupId=group, IpPermissions=ssh, TagSpecifications=tagged("security-group-rule"))["SecurityGroupRules"]
ec2.authorize_security_group_egress(GroupId=group, IpPermissions=ssh)
ec2.update_security_group_rule_descriptions_ingress(
    GroupId=group,
    IpPermissions=[{**ssh[0], "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "from home"}]}])
ec2.update_security_group_rule_descriptions_egress(
    GroupId=group,
    IpPermissions=[{**ssh[0], "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "to home"}]}])
rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
ec2.describe_security_group_rules(SecurityGroupRuleIds=[rules[0]["SecurityGroupRuleId"]])
ec2.revoke_security_group_egress(GroupId=group, IpPermissions=ssh)
ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh)
ec2.describe_security_groups(GroupIds=[group])
refused(ec2.authorize_security_group_ingress, GroupId="sg-0123456789abcdef0", IpPermissions=ssh)
ec2.delete_security_group(GroupId=group)
