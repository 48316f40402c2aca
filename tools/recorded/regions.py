from calls import ec2

ec2.describe_regions(RegionNames=["us-east-1", "eu-west-1"])
ec2.describe_availability_zones(Filters=[{"Name": "region-name", "Values": ["us-east-1"]}])
ec2.describe_instance_types(InstanceTypes=["t2.micro"])
ec2.describe_instance_type_offerings(Filters=[{"Name": "instance-type", "Values": ["t2.micro"]}])
ec2.describe_account_attributes()
ec2.describe_dhcp_options()
ec2.describe_network_interfaces()
