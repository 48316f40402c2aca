from calls import ec2, refused, tagged

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
ec2.describe_vpcs(VpcIds=[vpc])
ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
refused(ec2.create_vpc, CidrBlock="10.0.0.0/8")
refused(ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
ec2.describe_subnets(SubnetIds=[subnet])
refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.1.0/24")
refused(ec2.create_subnet, VpcId=vpc, CidrBlock="192.168.0.0/24")
gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
ec2.describe_internet_gateways(InternetGatewayIds=[gateway])
ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
ec2.create_tags(Resources=[vpc, subnet], Tags=[{"Key": "Stage", "Value": "first"}])
ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [subnet]}])
ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "Stage"}])
ec2.detach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
refused(ec2.delete_vpc, VpcId=vpc)
