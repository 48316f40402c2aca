#!/bin/sh
# The same AWS calls as course.py, with the AWS CLI.
set -eu
export AWS_PAGER='' AWS_DEFAULT_OUTPUT=text
aws sts get-caller-identity >/dev/null
aws ecr create-repository --repository-name repository_test1 >/dev/null
aws ecr describe-repositories --repository-names repository_test1 >/dev/null
aws ecr get-login-password >/dev/null
image=$(aws ec2 describe-images --owners 099720109477 --query 'Images[0].ImageId' \
  --filters Name=name,Values=ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207)
group=$(aws ec2 describe-security-groups --group-names default --query 'SecurityGroups[0].GroupId')
aws ec2 create-key-pair --key-name keyPairUniversal >/dev/null
instance=$(aws ec2 run-instances --image-id "$image" --instance-type t2.micro --count 1 --key-name keyPairUniversal \
  --user-data '#!/bin/bash
apt-get update -y
' --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=ec2Test1}]' --query 'Instances[0].InstanceId')
aws ec2 wait instance-running --instance-ids "$instance"
aws ec2 describe-instances --filters Name=tag:Name,Values=ec2Test1 >/dev/null
port='IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges=[{CidrIp=0.0.0.0/0}]'
aws ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions "$port" >/dev/null
aws ec2 revoke-security-group-ingress --group-id "$group" --ip-permissions "$port" >/dev/null
aws ec2 terminate-instances --instance-ids "$instance" >/dev/null
aws ec2 wait instance-terminated --instance-ids "$instance"
aws ecr batch-delete-image --repository-name repository_test1 --image-ids imageTag=v1 >/dev/null
aws ecr delete-repository --repository-name repository_test1 --force >/dev/null
