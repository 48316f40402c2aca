from calls import ec2, refused, tagged

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]
ec2.describe_internet_gateways(Filters=[{"Name": "tag:Name", "Values": ["course"]}])
refused(ec2.detach_internet_gateway, VpcId=vpc, InternetGatewayId=gateway)
ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
refused(ec2.attach_internet_gateway, VpcId=vpc, InternetGatewayId=gateway)
ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])
refused(ec2.delete_internet_gateway, InternetGatewayId=gateway)
ec2.detach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
refused(ec2.delete_internet_gateway, InternetGatewayId=gateway)
ec2.delete_vpc(VpcId=vpc)
