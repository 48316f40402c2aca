import json

from calls import ecr, refused

name = {"repositoryName": "repository_test1"}
arn = ecr.create_repository(**name, tags=[{"Key": "Stage", "Value": "first"}])["repository"]["repositoryArn"]
refused(ecr.create_repository, **name)
ecr.describe_repositories(repositoryNames=["repository_test1"])
refused(ecr.describe_repositories, repositoryNames=["none"])
policy = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"]}]})
refused(ecr.get_repository_policy, **name)
ecr.set_repository_policy(**name, policyText=policy)
ecr.get_repository_policy(**name)
ecr.delete_repository_policy(**name)
rules = json.dumps({"rules": [{"rulePriority": 1, "selection": {
    "tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]})
refused(ecr.get_lifecycle_policy, **name)
ecr.put_lifecycle_policy(**name, lifecyclePolicyText=rules)
ecr.get_lifecycle_policy(**name)
ecr.delete_lifecycle_policy(**name)
ecr.tag_resource(resourceArn=arn, tags=[{"Key": "Owner", "Value": "Worker"}])
ecr.list_tags_for_resource(resourceArn=arn)
ecr.untag_resource(resourceArn=arn, tagKeys=["Owner"])
ecr.put_image_tag_mutability(**name, imageTagMutability="IMMUTABLE")
ecr.put_image_scanning_configuration(**name, imageScanningConfiguration={"scanOnPush": True})
ecr.list_images(**name)
ecr.describe_images(**name)
ecr.batch_delete_image(**name, imageIds=[{"imageTag": "v1"}])
ecr.get_authorization_token()
ecr.delete_repository(**name)
refused(ecr.delete_repository, **name)
