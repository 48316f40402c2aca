from calls import ec2, refused, tagged

image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
ec2.create_key_pair(KeyName="keyPairUniversal")
refused(ec2.create_key_pair, KeyName="keyPairUniversal")
ec2.describe_key_pairs(KeyNames=["keyPairUniversal"])
refused(ec2.describe_key_pairs, KeyNames=["none"])
instance = ec2.run_instances(
    ImageId=image, InstanceType="t2.micro", MinCount=1, MaxCount=1, KeyName="keyPairUniversal",
    TagSpecifications=tagged("instance"))["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["course"]}])
ec2.describe_instance_status(InstanceIds=[instance])
ec2.describe_instance_attribute(InstanceId=instance, Attribute="instanceType")
address = ec2.allocate_address(Domain="vpc")
association = ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)["AssociationId"]
ec2.describe_addresses(AllocationIds=[address["AllocationId"]])
ec2.disassociate_address(AssociationId=association)
ec2.release_address(AllocationId=address["AllocationId"])
ec2.stop_instances(InstanceIds=[instance])
ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
ec2.start_instances(InstanceIds=[instance])
ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])
refused(ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"])
refused(ec2.run_instances, ImageId=image, InstanceType="t2.micro", MinCount=1, MaxCount=1, DryRun=True)
ec2.terminate_instances(InstanceIds=[instance])
ec2.delete_key_pair(KeyName="keyPairUniversal")
