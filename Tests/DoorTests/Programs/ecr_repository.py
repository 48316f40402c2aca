"""The course's ecrRepository.py with boto3: its create part twice, its delete part twice."""

import boto3

ecr = boto3.client("ecr")
NAME = "repository_test1"


def absent():
    try:
        ecr.describe_repositories(repositoryNames=[NAME])
        return False
    except ecr.exceptions.RepositoryNotFoundException as error:
        message = error.response["Error"]["Message"]
        assert message == f"The repository with name '{NAME}' does not exist in the registry with id '123456789012'", message
        return True


assert absent()
made = ecr.create_repository(repositoryName=NAME, tags=[{"Key": "course", "Value": "103"}])["repository"]
assert made["repositoryArn"] == f"arn:aws:ecr:us-east-1:123456789012:repository/{NAME}", made
assert made["repositoryUri"].endswith(f"/{NAME}"), made
assert made["imageTagMutability"] == "MUTABLE" and made["encryptionConfiguration"] == {"encryptionType": "AES256"}, made
assert made["imageScanningConfiguration"] == {"scanOnPush": False}, made
assert not absent()

try:
    ecr.create_repository(repositoryName=NAME)
    raise SystemExit("a second create succeeded")
except ecr.exceptions.RepositoryAlreadyExistsException as error:
    message = error.response["Error"]["Message"]
    assert message == f"The repository with name '{NAME}' already exists in the registry with id '123456789012'", message

assert ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "course", "Value": "103"}]
for number in range(7):
    ecr.create_repository(repositoryName=f"page/r{number}")
names = [r["repositoryName"] for page in ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 3})
         for r in page["repositories"]]
assert names == [f"page/r{n}" for n in range(7)] + [NAME], names

ecr.delete_repository(repositoryName=NAME)
assert absent()
try:
    ecr.delete_repository(repositoryName=NAME)
    raise SystemExit("a second delete succeeded")
except ecr.exceptions.RepositoryNotFoundException:
    pass
try:
    ecr.create_repository(repositoryName="Not_Valid!")
    raise SystemExit("an invalid name was taken")
except ecr.exceptions.InvalidParameterException as error:
    assert "failed to satisfy constraint" in error.response["Error"]["Message"], error
