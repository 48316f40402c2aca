"""Rejected calls, by service, where moto returns the same errors as AWS."""

from calls import ec2, ecr, iam, refused

refused(ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"])
refused(ec2.terminate_instances, InstanceIds=["i-0123456789abcdef0"])
refused(ec2.describe_subnets, SubnetIds=["subnet-0123456789abcdef0"])
refused(ec2.describe_security_groups, GroupIds=["sg-0123456789abcdef0"])
refused(ec2.describe_internet_gateways, InternetGatewayIds=["igw-0123456789abcdef0"])
refused(ec2.describe_volumes, VolumeIds=["vol-0123456789abcdef0"])
refused(ec2.delete_vpc, VpcId="vpc-0123456789abcdef0")
refused(ec2.create_subnet, VpcId="vpc-0123456789abcdef0", CidrBlock="10.0.0.0/24")
refused(ec2.create_vpc, CidrBlock="10.0.0.0/4")
refused(ec2.create_vpc, CidrBlock="300.0.0.0/16")
refused(ec2.release_address, AllocationId="eipalloc-0123456789abcdef0")
refused(ecr.delete_repository, repositoryName="none")
refused(ecr.list_images, repositoryName="none")
refused(ecr.describe_images, repositoryName="none")
refused(ecr.set_repository_policy, repositoryName="none", policyText="{}")
refused(iam.get_user, UserName="none")
refused(iam.get_role, RoleName="none")
refused(iam.get_policy, PolicyArn="arn:aws:iam::123456789012:policy/none")
refused(iam.create_access_key, UserName="none")
refused(iam.create_policy, PolicyName="broken", PolicyDocument='{"Version": "2012-10-17"}')
