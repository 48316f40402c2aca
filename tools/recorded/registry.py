import json

from calls import ecr, refused

refused(ecr.get_registry_policy)
policy = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Sid": "replicate", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": ["ecr:ReplicateImage"], "Resource": ["arn:aws:ecr:us-east-1:123456789012:repository/*"]}]})
ecr.put_registry_policy(policyText=policy)
ecr.get_registry_policy()
ecr.delete_registry_policy()
refused(ecr.delete_registry_policy)
ecr.get_registry_scanning_configuration()
ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[
    {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "prod", "filterType": "WILDCARD"}]}])
ecr.get_registry_scanning_configuration()
ecr.put_replication_configuration(replicationConfiguration={"rules": [
    {"destinations": [{"region": "eu-west-1", "registryId": "123456789012"}]}]})
ecr.describe_registry()
ecr.put_replication_configuration(replicationConfiguration={"rules": []})
ecr.create_repository(repositoryName="app")
ecr.batch_get_repository_scanning_configuration(repositoryNames=["app", "none"])
refused(ecr.describe_image_scan_findings, repositoryName="app", imageId={"imageTag": "none"})
refused(ecr.start_image_scan, repositoryName="app", imageId={"imageTag": "none"})
ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": "none"}])
ecr.delete_repository(repositoryName="app")
