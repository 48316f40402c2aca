"""Stock Terraform with every resource and data source of ECR: apply, an empty plan, changes, import, destroy."""

import hashlib
import json
import os

import boto3
import terraform_folder

CONFIGURATION = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "step" {
  type    = number
  default = 1
}
provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  default_tags {
    tags = { Owner = "team" }
  }
  endpoints {
    ecr = "ENDPOINT"
    sts = "ENDPOINT"
    iam = "ENDPOINT"
  }
}
locals {
  first = var.step == 1
  more  = local.first ? [] : [1]
}
data "aws_caller_identity" "me" {}
resource "aws_ecr_repository" "plain" {
  name = "plain"
  tags = local.first ? { A = "1" } : { B = "2", A = "" }
}
resource "aws_ecr_repository" "default_key" {
  name                 = "kms/default"
  image_tag_mutability = local.first ? "IMMUTABLE" : "MUTABLE"
  encryption_configuration { encryption_type = "KMS" }
  image_scanning_configuration { scan_on_push = local.first }
}
resource "aws_ecr_repository" "own_key" {
  name         = "kms/key"
  force_delete = true
  encryption_configuration {
    encryption_type = "KMS_DSSE"
    kms_key         = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}
resource "aws_iam_role" "main" {
  name = "cache"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "pullthroughcache.ecr.amazonaws.com" } }] })
}
resource "aws_ecr_repository_policy" "main" {
  repository = aws_ecr_repository.plain.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "step${var.step}", Effect = "Allow", Principal = { AWS = aws_iam_role.main.arn },
    Action = ["ecr:ListImages", "ecr:BatchGetImage"] }] })
}
data "aws_ecr_lifecycle_policy_document" "main" {
  rule {
    priority    = 1
    description = "Keep a few"
    selection {
      tag_status      = "tagged"
      tag_prefix_list = ["prod"]
      count_type      = "imageCountMoreThan"
      count_number    = 100 * var.step
    }
    action { type = "expire" }
  }
  rule {
    priority = 2
    selection {
      tag_status       = "tagged"
      tag_pattern_list = ["prod*", "a*b"]
      count_type       = "sinceImagePushed"
      count_unit       = "days"
      count_number     = 14
    }
  }
}
resource "aws_ecr_lifecycle_policy" "main" {
  repository = aws_ecr_repository.default_key.name
  policy     = data.aws_ecr_lifecycle_policy_document.main.json
}
resource "aws_ecr_registry_policy" "main" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "step${var.step}", Effect = "Allow", Principal = { AWS = "arn:aws:iam::210987654321:root" },
    Action = ["ecr:ReplicateImage"], Resource = ["arn:aws:ecr:us-east-1:123456789012:repository/*"] }] })
}
resource "aws_ecr_registry_scanning_configuration" "main" {
  scan_type = local.first ? "BASIC" : "ENHANCED"
  rule {
    scan_frequency = "SCAN_ON_PUSH"
    repository_filter {
      filter      = "*"
      filter_type = "WILDCARD"
    }
  }
  dynamic "rule" {
    for_each = local.more
    content {
      scan_frequency = "CONTINUOUS_SCAN"
      repository_filter {
        filter      = "prod*"
        filter_type = "WILDCARD"
      }
    }
  }
}
resource "aws_ecr_replication_configuration" "main" {
  replication_configuration {
    rule {
      destination {
        region      = "eu-west-1"
        registry_id = data.aws_caller_identity.me.account_id
      }
      dynamic "destination" {
        for_each = local.more
        content {
          region      = "us-west-2"
          registry_id = "210987654321"
        }
      }
      repository_filter {
        filter      = "prod-microservice"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}
resource "aws_ecr_pull_through_cache_rule" "public" {
  ecr_repository_prefix = "ecr-public"
  upstream_registry_url = "public.ecr.aws"
}
resource "aws_ecr_pull_through_cache_rule" "hub" {
  ecr_repository_prefix = "docker-hub"
  upstream_registry_url = "registry-1.docker.io"
  credential_arn        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub${var.step}"
}
resource "aws_ecr_pull_through_cache_rule" "root" {
  ecr_repository_prefix = "ROOT"
  upstream_registry_url = "quay.io"
}
resource "aws_ecr_pull_through_cache_rule" "private" {
  ecr_repository_prefix      = "private"
  upstream_registry_url      = "210987654321.dkr.ecr.us-west-2.amazonaws.com"
  upstream_repository_prefix = "team"
  custom_role_arn            = "arn:aws:iam::123456789012:role/cache${var.step}"
}
resource "aws_ecr_repository_creation_template" "main" {
  prefix               = "made"
  applied_for          = local.first ? ["PULL_THROUGH_CACHE"] : ["REPLICATION", "PULL_THROUGH_CACHE"]
  description          = "step ${var.step}"
  image_tag_mutability = "IMMUTABLE"
  custom_role_arn      = aws_iam_role.main.arn
  encryption_configuration { encryption_type = "AES256" }
  repository_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "step${var.step}", Effect = "Allow", Principal = "*", Action = ["ecr:ListImages"] }] })
  lifecycle_policy = data.aws_ecr_lifecycle_policy_document.main.json
  resource_tags    = { Step = "${var.step}" }
}
resource "aws_ecr_repository_creation_template" "root" {
  prefix      = "ROOT"
  applied_for = ["PULL_THROUGH_CACHE"]
}
resource "aws_ecr_account_setting" "scanner" {
  name  = "BASIC_SCAN_TYPE_VERSION"
  value = "AWS_NATIVE"
}
resource "aws_ecr_account_setting" "scope" {
  name  = "REGISTRY_POLICY_SCOPE"
  value = "V2"
}
data "aws_ecr_authorization_token" "main" { registry_id = data.aws_caller_identity.me.account_id }
data "aws_ecr_repository" "main" { name = aws_ecr_repository.plain.name }
data "aws_ecr_repositories" "main" {
  depends_on = [aws_ecr_repository.plain, aws_ecr_repository.default_key, aws_ecr_repository.own_key]
}
data "aws_ecr_pull_through_cache_rule" "main" {
  ecr_repository_prefix = aws_ecr_pull_through_cache_rule.hub.ecr_repository_prefix
}
data "aws_ecr_repository_creation_template" "main" { prefix = aws_ecr_repository_creation_template.main.prefix }
data "aws_ecr_image" "tagged" {
  repository_name = "images"
  image_tag       = "v1"
}
data "aws_ecr_image" "recent" {
  repository_name = "images"
  most_recent     = true
}
output "user" { value = data.aws_ecr_authorization_token.main.user_name }
output "repositories" { value = data.aws_ecr_repositories.main.names }
output "tags" { value = data.aws_ecr_repository.main.tags }
output "template" { value = data.aws_ecr_repository_creation_template.main.description }
output "cache" { value = data.aws_ecr_pull_through_cache_rule.main.credential_arn }
output "images" { value = [data.aws_ecr_image.tagged.image_tags, data.aws_ecr_image.recent.image_tags] }
"""
IMPORTS = {
    "aws_ecr_repository.own_key": "kms/key", "aws_ecr_repository_policy.main": "plain",
    "aws_ecr_lifecycle_policy.main": "kms/default", "aws_ecr_registry_policy.main": "123456789012",
    "aws_ecr_registry_scanning_configuration.main": "123456789012", "aws_ecr_replication_configuration.main": "123456789012",
    "aws_ecr_pull_through_cache_rule.public": "ecr-public", "aws_ecr_pull_through_cache_rule.private": "private",
    "aws_ecr_repository_creation_template.main": "made", "aws_ecr_account_setting.scope": "REGISTRY_POLICY_SCOPE"}

ecr = boto3.client("ecr", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test")


def push(repository, tag, content):
    """Creates an image whose configuration and only layer are the same bytes."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(repositoryName=repository, uploadId=upload, partFirstByte=0, partLastByte=len(content) - 1,
                          layerPartBlob=content)
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    blob = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(content), "digest": digest}
    ecr.put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": blob, "layers": [blob]}))


ecr.create_repository(repositoryName="images")
push("images", "v1", b"{}")
push("images", "v2", b"[]")
with terraform_folder.folder(CONFIGURATION) as made:
    terraform, output = made.run, made.output

    def unchanged(step):
        terraform("plan", "-input=false", "-detailed-exitcode", "-var", f"step={step}")

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "17 added, 0 changed, 0 destroyed" in said, said
    unchanged(1)
    found = output()
    assert found["user"] == "AWS" and sorted(found["repositories"]) == ["images", "kms/default", "kms/key", "plain"], found
    assert found["tags"] == {"A": "1", "Owner": "team"} and found["template"] == "step 1", found
    assert found["images"] == [["v1"], ["v2"]], found

    said = terraform("apply", "-input=false", "-auto-approve", "-var", "step=2")
    # The provider replaces a changed lifecycle policy.
    assert " 1 added, 9 changed, 1 destroyed" in said, said
    unchanged(2)
    found = output()
    assert found["tags"] == {"A": "", "B": "2", "Owner": "team"} and found["cache"].endswith("hub2"), found

    # Existing resources are imported unchanged. The one change is `force_delete`, which ECR does not store.
    terraform("state", "rm", *IMPORTS)
    with open(f"{made.path}/imports.tf", "w") as file:
        for address, name in IMPORTS.items():
            file.write(f'import {{\n  to = {address}\n  id = "{name}"\n}}\n')
    said = terraform("apply", "-input=false", "-auto-approve", "-var", "step=2")
    assert f" {len(IMPORTS)} imported, 0 added, 1 changed, 0 destroyed" in said, said
    unchanged(2)

    # Without refresh, because two data sources need the images that are deleted here.
    ecr.delete_repository(repositoryName="images", force=True)
    said = terraform("destroy", "-input=false", "-auto-approve", "-refresh=false", "-var", "step=2")
    assert "Destroy complete!" in said, said
    assert ecr.describe_repositories()["repositories"] == []
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    assert ecr.describe_repository_creation_templates()["repositoryCreationTemplates"] == []
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": []}
