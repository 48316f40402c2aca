"""The waiters of boto3 and the AWS CLI for EC2: each reaches its state."""

import os

import boto3

ec2 = boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test")


def wait(name, **arguments):
    ec2.get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": 30}, **arguments)


def filters(name, *values):
    return [{"Name": name, "Values": list(values)}]


image = ec2.describe_images(
    Owners=["amazon"], Filters=filters("name", "al2023-ami-2023*-x86_64"))["Images"][0]["ImageId"]
wait("image_exists", ImageIds=[image])
ec2.create_key_pair(KeyName="key")
wait("key_pair_exists", KeyNames=["key"])

vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
wait("vpc_exists", VpcIds=[vpc])
wait("vpc_available", VpcIds=[vpc])
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
wait("subnet_available", SubnetIds=[subnet])
group = ec2.create_security_group(GroupName="group", Description="group", VpcId=vpc)["GroupId"]
wait("security_group_exists", GroupIds=[group])
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
wait("internet_gateway_exists", InternetGatewayIds=[gateway])
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
address = ec2.allocate_address(Domain="vpc")["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
wait("nat_gateway_available", NatGatewayIds=[nat])
ec2.delete_nat_gateway(NatGatewayId=nat)
wait("nat_gateway_deleted", NatGatewayIds=[nat])
interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
wait("network_interface_available", NetworkInterfaceIds=[interface])
other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
wait("vpc_peering_connection_exists", VpcPeeringConnectionIds=[peering])
ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
wait("vpc_peering_connection_deleted", VpcPeeringConnectionIds=[peering])
ec2.associate_security_group_vpc(GroupId=group, VpcId=other)
wait("security_group_vpc_association_associated", Filters=filters("group-id", group))
ec2.disassociate_security_group_vpc(GroupId=group, VpcId=other)
wait("security_group_vpc_association_disassociated", Filters=filters("group-id", group))
customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.1", BgpAsn=65000)["CustomerGateway"]
wait("customer_gateway_available", CustomerGatewayIds=[customer["CustomerGatewayId"]])

instance = ec2.run_instances(
    ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro",
    Placement={"AvailabilityZone": "us-east-1a"})["Instances"][0]["InstanceId"]
for name in ("instance_exists", "instance_running", "instance_status_ok", "system_status_ok"):
    wait(name, InstanceIds=[instance])
volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
wait("volume_available", VolumeIds=[volume])
ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
wait("volume_in_use", VolumeIds=[volume])
ec2.detach_volume(VolumeId=volume)
wait("volume_available", VolumeIds=[volume])
snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
wait("snapshot_completed", SnapshotIds=[snapshot])
ec2.delete_volume(VolumeId=volume)
wait("volume_deleted", VolumeIds=[volume])
own = ec2.create_image(InstanceId=instance, Name="own")["ImageId"]
wait("image_available", ImageIds=[own])
ec2.create_store_image_task(ImageId=own, Bucket="images")
wait("store_image_task_complete", ImageIds=[own])
task = ec2.import_snapshot(
    DiskContainer={"Format": "VHD", "UserBucket": {"S3Bucket": "disks", "S3Key": "disk.vhd"}})["ImportTaskId"]
wait("snapshot_imported", ImportTaskIds=[task])
ec2.stop_instances(InstanceIds=[instance])
wait("instance_stopped", InstanceIds=[instance])
ec2.terminate_instances(InstanceIds=[instance])
wait("instance_terminated", InstanceIds=[instance])
