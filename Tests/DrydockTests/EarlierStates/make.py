"""Fills a Drydock for EarlierStates: python3 make.py ENDPOINT SNAPSHOT-FILE. Afterwards checkpoint and vacuum the state file
and compress it with gzip -9n."""
import boto3, sys, json, time
ep=sys.argv[1]
kw=dict(endpoint_url=ep, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
ec2=boto3.client("ec2",**kw); ecr=boto3.client("ecr",**kw); iam=boto3.client("iam",**kw); sts=boto3.client("sts",**kw)
T=lambda kind,**t:[{"ResourceType":kind,"Tags":[{"Key":k,"Value":v} for k,v in t.items()]}]
vpc=ec2.create_vpc(CidrBlock="10.1.0.0/16",TagSpecifications=T("vpc",Name="old-vpc",team="blue"))["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc,EnableDnsHostnames={"Value":True})
sub=ec2.create_subnet(VpcId=vpc,CidrBlock="10.1.1.0/24",AvailabilityZone="us-east-1b",TagSpecifications=T("subnet",Name="old-subnet"))["Subnet"]["SubnetId"]
igw=ec2.create_internet_gateway(TagSpecifications=T("internet-gateway",Name="old-gateway"))["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=igw,VpcId=vpc)
free=ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
sg=ec2.create_security_group(GroupName="old-group",Description="kept from before",VpcId=vpc,TagSpecifications=T("security-group",Name="old-group"))["GroupId"]
ec2.authorize_security_group_ingress(GroupId=sg,IpPermissions=[dict(IpProtocol="tcp",FromPort=22,ToPort=22,IpRanges=[dict(CidrIp="203.0.113.0/24",Description="office")])],TagSpecifications=T("security-group-rule",Name="ssh"))
ec2.authorize_security_group_ingress(GroupId=sg,IpPermissions=[dict(IpProtocol="-1",UserIdGroupPairs=[dict(GroupId=sg)])])
ec2.create_key_pair(KeyName="old-key",KeyType="ed25519",TagSpecifications=T("key-pair",Name="old-key"))
ec2.create_key_pair(KeyName="old-rsa")
e1=ec2.allocate_address(Domain="vpc",TagSpecifications=T("elastic-ip",Name="old-address"))
e2=ec2.allocate_address(Domain="vpc")
iam.create_role(RoleName="old-role",AssumeRolePolicyDocument=json.dumps({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}),Tags=[{"Key":"team","Value":"blue"}])
iam.create_instance_profile(InstanceProfileName="old-profile"); iam.add_role_to_instance_profile(InstanceProfileName="old-profile",RoleName="old-role")
iam.create_user(UserName="old-user",Tags=[{"Key":"team","Value":"blue"}])
p=iam.create_policy(PolicyName="old-policy",PolicyDocument=json.dumps({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}))["Policy"]["Arn"]
iam.attach_user_policy(UserName="old-user",PolicyArn=p)
img=sorted(ec2.describe_images(Owners=["099720109477"],Filters=[dict(Name="name",Values=["*/ubuntu-noble-24.04-amd64-server-*"])])["Images"],key=lambda i:i["CreationDate"])[-1]["ImageId"]
r=ec2.run_instances(ImageId=img,InstanceType="t3.micro",MinCount=2,MaxCount=2,SubnetId=sub,SecurityGroupIds=[sg],KeyName="old-key",IamInstanceProfile={"Name":"old-profile"},UserData="#!/bin/sh\ntrue\n",ClientToken="old-token",TagSpecifications=T("instance",Name="old-instance")+T("volume",Name="old-volume"))
i1,i2=[i["InstanceId"] for i in r["Instances"]]
import urllib.request
def ctl(path,body):
    return urllib.request.urlopen(urllib.request.Request(ep+path,data=json.dumps(body).encode(),headers={"Content-Type":"application/json"})).read()
ctl("/_drydock/clock",{"advance":"10m"})
ec2.associate_address(AllocationId=e1["AllocationId"],InstanceId=i1)
ec2.stop_instances(InstanceIds=[i2])
r=ec2.run_instances(ImageId=img,InstanceType="t3.micro",MinCount=2,MaxCount=2)
t1,t2=[i["InstanceId"] for i in r["Instances"]]
ctl("/_drydock/clock",{"advance":"10m"})
ec2.terminate_instances(InstanceIds=[t1])
ctl("/_drydock/clock",{"advance":"10m"})   # t1 terminated and released
ec2.describe_instances()
ec2.terminate_instances(InstanceIds=[t2])   # shutting down when the state is closed
ecr.create_repository(repositoryName="old/repository",imageTagMutability="IMMUTABLE",tags=[{"Key":"team","Value":"blue"}])
ecr.put_lifecycle_policy(repositoryName="old/repository",lifecyclePolicyText=json.dumps({"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}))
ecr2=boto3.client("ecr",**{**kw,"region_name":"eu-central-1"}); ecr2.create_repository(repositoryName="old/elsewhere")
ec2b=boto3.client("ec2",**{**kw,"region_name":"eu-central-1"}); ec2b.create_key_pair(KeyName="old-key-elsewhere")
out={}
for name,call,key in [("vpcs","describe_vpcs","Vpcs"),("subnets","describe_subnets","Subnets"),("igws","describe_internet_gateways","InternetGateways"),("groups","describe_security_groups","SecurityGroups"),("rules","describe_security_group_rules","SecurityGroupRules"),("keys","describe_key_pairs","KeyPairs"),("addresses","describe_addresses","Addresses"),("instances","describe_instances","Reservations"),("volumes","describe_volumes","Volumes"),("interfaces","describe_network_interfaces","NetworkInterfaces"),("routeTables","describe_route_tables","RouteTables"),("acls","describe_network_acls","NetworkAcls"),("dhcp","describe_dhcp_options","DhcpOptionsSet" if False else "DhcpOptions"),("tags","describe_tags","Tags")]:
    out[call]=getattr(ec2,call)()[key]
print(json.dumps(out,default=str,indent=1,sort_keys=True))
if len(sys.argv)>2: ctl("/_drydock/snapshot",{"file":sys.argv[2]})
