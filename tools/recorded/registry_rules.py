"""Automatic functions of a registry: caches, templates, previews, signatures. Recorded with a simulator, because moto has
none."""

import json

from calls import ecr, refused

hub = {"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io"}
secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"
refused(ecr.create_pull_through_cache_rule, **hub)
ecr.create_pull_through_cache_rule(**hub, credentialArn=secret)
ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
refused(ecr.create_pull_through_cache_rule, ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
ecr.describe_pull_through_cache_rules()
ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["quay"])
ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="hub", credentialArn=secret + "2")
ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
refused(ecr.delete_pull_through_cache_rule, ecrRepositoryPrefix="quay")
ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="hub")

template = {"prefix": "team", "appliedFor": ["PULL_THROUGH_CACHE"]}
ecr.create_repository_creation_template(**template, description="the team's", imageTagMutability="IMMUTABLE")
refused(ecr.create_repository_creation_template, **template)
ecr.describe_repository_creation_templates()
ecr.update_repository_creation_template(prefix="team", appliedFor=["REPLICATION"], imageTagMutability="MUTABLE")
ecr.delete_repository_creation_template(prefix="team")
refused(ecr.delete_repository_creation_template, prefix="team")

name = {"repositoryName": "app"}
rule = {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1},
        "action": {"type": "expire"}}
ecr.create_repository(**name)
refused(ecr.start_lifecycle_policy_preview, **name)
refused(ecr.get_lifecycle_policy_preview, **name)
refused(ecr.get_lifecycle_policy, **name)
ecr.put_lifecycle_policy(**name, lifecyclePolicyText=json.dumps({"rules": [rule]}))
ecr.get_lifecycle_policy(**name)
ecr.start_lifecycle_policy_preview(**name)
ecr.delete_lifecycle_policy(**name)
ecr.delete_repository(**name)

ecr.put_account_setting(name="BASIC_SCAN_TYPE_VERSION", value="AWS_NATIVE")
ecr.get_account_setting(name="BASIC_SCAN_TYPE_VERSION")
puller = {"principalArn": "arn:aws:iam::123456789012:role/Scanner"}
ecr.register_pull_time_update_exclusion(**puller)
ecr.list_pull_time_update_exclusions()
ecr.deregister_pull_time_update_exclusion(**puller)
refused(ecr.get_signing_configuration)
