#!/bin/sh
# The AWS CLI calls that are recorded with another server and replayed without it.
set -eu
export AWS_PAGER='' AWS_DEFAULT_OUTPUT=json
vpc=$(aws ec2 create-vpc --cidr-block 10.3.0.0/16 --query Vpc.VpcId --output text)
aws ec2 describe-vpcs --vpc-ids "$vpc"
aws ec2 create-security-group --group-name cli --description cli --vpc-id "$vpc" --query GroupId
aws ec2 describe-security-groups --filters Name=group-name,Values=cli
aws ecr create-repository --repository-name from_cli
aws ecr describe-repositories --max-items 1
aws iam create-role --role-name cli --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
aws iam list-roles
if aws ecr describe-repositories --repository-names nowhere; then exit 1; fi
aws ec2 delete-vpc --vpc-id "$vpc" || echo "the VPC has a group"
aws sts get-caller-identity
