from calls import ec2, refused, tagged

address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
ec2.describe_addresses(PublicIps=[address["PublicIp"]])
ec2.describe_addresses(Filters=[{"Name": "domain", "Values": ["vpc"]}])
refused(ec2.describe_addresses, AllocationIds=["eipalloc-0123456789abcdef0"])
image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
instance = ec2.run_instances(ImageId=image, InstanceType="t2.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)
ec2.describe_addresses(AllocationIds=[address["AllocationId"]])
ec2.describe_addresses(Filters=[{"Name": "instance-id", "Values": [instance]}])
found = ec2.describe_addresses()["Addresses"][0]
ec2.disassociate_address(AssociationId=found["AssociationId"])
ec2.release_address(AllocationId=address["AllocationId"])
refused(ec2.release_address, AllocationId=address["AllocationId"])
