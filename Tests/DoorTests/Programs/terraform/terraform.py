"""Stock Terraform and its AWS provider: apply, an empty plan, another tag, destroy."""

import json

import terraform_folder

CONFIGURATION = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "stage" { default = "first" }
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    ec2 = "ENDPOINT"
    ecr = "ENDPOINT"
    iam = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
data "aws_caller_identity" "me" {}
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-amd64-server-*"]
  }
}
resource "aws_vpc" "main" {
  cidr_block           = "10.1.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "course", Stage = var.stage }
}
resource "aws_subnet" "main" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.1.1.0/24"
  availability_zone       = "us-east-1a"
  map_public_ip_on_launch = true
  tags                    = { Name = "course" }
}
resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "inline" {
  name        = "inline"
  description = "rules in the group"
  vpc_id      = aws_vpc.main.id
  ingress {
    description = "ssh"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "apart" {
  name        = "apart"
  description = "rules of their own"
  vpc_id      = aws_vpc.main.id
}
resource "aws_security_group_rule" "http" {
  type              = "ingress"
  security_group_id = aws_security_group.apart.id
  from_port         = 80
  to_port           = 80
  protocol          = "tcp"
  cidr_blocks       = ["10.0.0.0/8", "192.168.0.0/16"]
}
resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id            = aws_security_group.apart.id
  referenced_security_group_id = aws_security_group.inline.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
  tags                         = { Name = "https" }
}
resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.apart.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
resource "aws_key_pair" "main" {
  key_name   = "keyPairUniversal"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHKQp6UvJdhUQuQp1sZgS2RtY/0x0XmKfPUXXP3oE0N7 course"
}
resource "aws_instance" "main" {
  ami                    = data.aws_ami.ubuntu.id
  instance_type          = "t2.micro"
  subnet_id              = aws_subnet.main.id
  key_name               = aws_key_pair.main.key_name
  vpc_security_group_ids = [aws_security_group.inline.id, aws_security_group.apart.id]
  user_data              = "#!/bin/bash\napt-get update -y\n"
  tags                   = { Name = "ec2Test1", Stage = var.stage }
  root_block_device {
    volume_size = 12
    volume_type = "gp3"
  }
}
resource "aws_eip" "main" {
  domain   = "vpc"
  instance = aws_instance.main.id
}
resource "aws_ecr_repository" "main" {
  name                 = "repository_test1"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
  image_scanning_configuration { scan_on_push = true }
  tags = { Stage = var.stage }
}
resource "aws_ecr_lifecycle_policy" "main" {
  repository = aws_ecr_repository.main.name
  policy = jsonencode({ rules = [{
    rulePriority = 1, description = "Keep ten", action = { type = "expire" },
    selection = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 } }] })
}
# A registry's own settings, as teams write them for AWS.
resource "aws_ecr_pull_through_cache_rule" "open" {
  for_each              = { quay = "quay.io", k8s = "registry.k8s.io", public = "public.ecr.aws" }
  ecr_repository_prefix = each.key
  upstream_registry_url = each.value
}
resource "aws_ecr_pull_through_cache_rule" "closed" {
  for_each = {
    hub = "registry-1.docker.io", github = "ghcr.io", gitlab = "registry.gitlab.com", azure = "acme.azurecr.io" }
  ecr_repository_prefix = each.key
  upstream_registry_url = each.value
  credential_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/any-AbCdEf"
}
resource "aws_ecr_pull_through_cache_rule" "ecr" {
  ecr_repository_prefix      = "up"
  upstream_repository_prefix = "base"
  upstream_registry_url      = "210987654321.dkr.ecr.eu-west-1.amazonaws.com"
  custom_role_arn            = "arn:aws:iam::123456789012:role/ptc"
}
resource "aws_ecr_repository_creation_template" "root" {
  prefix          = "ROOT"
  applied_for     = ["PULL_THROUGH_CACHE", "REPLICATION"]
  custom_role_arn = "arn:aws:iam::123456789012:role/ecr"
  resource_tags   = { made = "by ECR" }
  encryption_configuration { encryption_type = "KMS" }
}
resource "aws_ecr_registry_scanning_configuration" "main" {
  scan_type = "ENHANCED"
  rule {
    scan_frequency = "CONTINUOUS_SCAN"
    repository_filter {
      filter      = "prod"
      filter_type = "WILDCARD"
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
      repository_filter {
        filter      = "prod"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}
resource "aws_ecr_repository" "images" { name = "prod/images" }
# Rules come back by their priority.
resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name
  policy = jsonencode({ rules = [
    { rulePriority = 5, description = "Keep ten", action = { type = "expire" },
      selection = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 } },
    { rulePriority = 1, description = "Archive", action = { type = "transition", targetStorageClass = "archive" },
      selection = {
        tagStatus = "tagged", tagPatternList = ["v*"], countType = "sinceImagePulled", countUnit = "days", countNumber = 30 } },
    { rulePriority = 6, description = "Gone", action = { type = "expire" },
      selection = {
        tagStatus = "any", storageClass = "archive", countType = "sinceImageTransitioned", countUnit = "days",
        countNumber = 365 } },
  ] })
}
data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:PutImage", "ecr:InitiateLayerUpload"]
    resources = [aws_ecr_repository.main.arn]
  }
}
resource "aws_ecr_repository_policy" "main" {
  repository = aws_ecr_repository.main.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "pull", Effect = "Allow", Principal = { AWS = aws_iam_user.worker.arn },
    Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }] })
}
resource "aws_iam_user" "worker" {
  name          = "Worker"
  path          = "/course/"
  force_destroy = true
  tags          = { Stage = var.stage }
}
resource "aws_iam_access_key" "worker" { user = aws_iam_user.worker.name }
resource "aws_iam_policy" "push" {
  name   = "Push"
  policy = data.aws_iam_policy_document.push.json
}
resource "aws_iam_user_policy_attachment" "worker" {
  user       = aws_iam_user.worker.name
  policy_arn = aws_iam_policy.push.arn
}
resource "aws_iam_user_policy" "worker" {
  user   = aws_iam_user.worker.name
  name   = "Look"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ec2:Describe*", Resource = "*" }] })
}
resource "aws_iam_role" "machine" {
  name = "machine"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy_attachment" "machine" {
  role       = aws_iam_role.machine.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}
output "account" { value = data.aws_caller_identity.me.account_id }
output "repository" { value = aws_ecr_repository.main.repository_url }
output "key" { value = aws_iam_access_key.worker.id }
output "address" { value = aws_eip.main.public_ip }
"""

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    # 0 means no changes, 2 means changes.
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output["account"] == "123456789012" and output["repository"].endswith("/repository_test1"), output
    assert output["key"].startswith("AKIA") and output["address"].count(".") == 3, output

    said = terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    assert "0 added, 4 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    said = terraform("destroy", "-input=false", "-auto-approve")
    assert "Destroy complete!" in said, said
    assert json.loads(terraform("show", "-json")).get("values", {}) == {}, "something is left"
