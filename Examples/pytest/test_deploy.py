"""A deployment script and its tests. Each test has its own AWS, created within milliseconds."""

import boto3
import pytest
from botocore.exceptions import ClientError


def deploy(repository: str, instance_type: str) -> str:
    """The code under test: creates a repository, and an instance that pulls from it."""
    boto3.client("ecr").create_repository(repositoryName=repository)
    ec2 = boto3.client("ec2")
    images = ec2.describe_images(
        Owners=["099720109477"], Filters=[{"Name": "name", "Values": ["*/ubuntu-noble-24.04-amd64-server-*"]}])["Images"]
    newest = max(images, key=lambda image: image["CreationDate"])
    launched = ec2.run_instances(ImageId=newest["ImageId"], InstanceType=instance_type, MinCount=1, MaxCount=1)
    instance = launched["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance])
    return instance


def test_it_runs(aws):
    instance = deploy("team/app", "t3.micro")
    found = aws.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "running"


def test_a_second_deployment_is_refused(aws):
    deploy("team/app", "t3.micro")
    with pytest.raises(ClientError, match="RepositoryAlreadyExistsException"):
        deploy("team/app", "t3.micro")


@pytest.mark.drydock(faults=[{"service": "ec2", "operation": "RunInstances", "insufficient_capacity": True}])
def test_want_of_capacity_is_told(aws):
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        deploy("team/app", "t3.micro")
