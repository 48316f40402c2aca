"""Stock Terraform with parameters, instance types and images: apply, an empty plan, changes, import, destroy."""

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
    ec2 = "ENDPOINT"
    ssm = "ENDPOINT"
    sts = "ENDPOINT"
    iam = "ENDPOINT"
  }
}
locals { first = var.step == 1 }

resource "aws_ssm_parameter" "plain" {
  name            = "/app/plain"
  type            = "String"
  value           = "step ${var.step}"
  description     = local.first ? "One" : "Two"
  allowed_pattern = "^step \\d+$"
  tags            = local.first ? { A = "1" } : { B = "2" }
}
resource "aws_ssm_parameter" "list" {
  name           = "/app/list"
  type           = "StringList"
  insecure_value = "a,b,${var.step}"
}
resource "aws_ssm_parameter" "secret" {
  name  = "/app/secret"
  type  = "SecureString"
  value = "s3cret ${var.step}"
}
resource "aws_ssm_parameter" "own_key" {
  name   = "/app/keys/own"
  type   = "SecureString"
  value  = "mine"
  key_id = local.first ? "alias/one" : "alias/two"
}
resource "aws_ssm_parameter" "large" {
  name  = "large"
  type  = "String"
  tier  = local.first ? "Intelligent-Tiering" : "Advanced"
  value = join("", [for i in range(500) : "0123456789"])
}
resource "aws_ssm_parameter" "image" {
  name      = "/app/image"
  type      = "String"
  data_type = "aws:ec2:image"
  value     = data.aws_ssm_parameter.al2023.value
}
data "aws_ssm_parameter" "al2023" { name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" }
data "aws_ssm_parameter" "ecs" { name = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended" }
data "aws_ssm_parameter" "secret" { name = aws_ssm_parameter.secret.name }
data "aws_ssm_parameters_by_path" "app" {
  path            = "/app"
  recursive       = true
  with_decryption = true
  depends_on = [
    aws_ssm_parameter.plain, aws_ssm_parameter.list, aws_ssm_parameter.secret, aws_ssm_parameter.own_key, aws_ssm_parameter.image]
}
data "aws_ami" "usual" {
  for_each = {
    al2023       = ["amazon", "al2023-ami-2023*-x86_64"]
    amzn2        = ["amazon", "amzn2-ami-hvm-*-x86_64-gp2"]
    amzn2_ebs    = ["amazon", "amzn2-ami-hvm-*-x86_64-ebs"]
    amzn         = ["amazon", "amzn-ami-hvm-*-x86_64-gp2"]
    nat          = ["amazon", "amzn-ami-vpc-nat*"]
    ecs          = ["amazon", "amzn2-ami-ecs-hvm-*-x86_64-ebs"]
    eks          = ["602401143452", "amazon-eks-node-1.31-v*"]
    bottlerocket = ["amazon", "bottlerocket-aws-k8s-1.33-x86_64-*"]
    trusty       = ["099720109477", "ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-*"]
    xenial       = ["099720109477", "ubuntu/images/hvm-ssd/ubuntu-xenial-16.04-amd64-server-*"]
    bionic       = ["099720109477", "ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-amd64-server-*"]
    focal        = ["099720109477", "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*"]
    jammy        = ["099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"]
    noble        = ["099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"]
    debian       = ["136693071363", "debian-12-amd64-*"]
    rhel8        = ["309956199498", "RHEL-8.*_HVM-*-x86_64-*-Hourly2-GP*"]
    rhel9        = ["309956199498", "RHEL-9.*_HVM-*-x86_64-*-Hourly2-GP*"]
    suse         = ["013907871322", "suse-sles-15-sp5-v*-hvm-ssd-x86_64"]
    rocky        = ["792107900819", "Rocky-9-EC2-Base-9.*x86_64"]
    alma         = ["764336703387", "AlmaLinux OS 9.*x86_64"]
    windows      = ["amazon", "Windows_Server-2022-English-Full-Base-*"]
  }
  most_recent = true
  owners      = [each.value[0]]
  filter {
    name   = "name"
    values = [each.value[1]]
  }
  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
  filter {
    name   = "root-device-type"
    values = ["ebs"]
  }
  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}
data "aws_ec2_instance_type" "main" { instance_type = "m8g.xlarge" }
data "aws_ec2_instance_types" "burstable" {
  filter {
    name   = "burstable-performance-supported"
    values = ["true"]
  }
  filter {
    name   = "processor-info.supported-architecture"
    values = ["arm64"]
  }
}
data "aws_ec2_instance_type_offering" "main" {
  filter {
    name   = "instance-type"
    values = ["t99.micro", "t3.small", "t3.micro"]
  }
  preferred_instance_types = ["t99.micro", "t3.micro"]
}
data "aws_ec2_instance_type_offerings" "zones" {
  location_type = "availability-zone"
  filter {
    name   = "instance-type"
    values = ["t3.micro"]
  }
}
resource "aws_launch_template" "main" {
  name          = "main"
  image_id      = "resolve:ssm:${aws_ssm_parameter.image.name}"
  instance_type = data.aws_ec2_instance_type_offering.main.instance_type
  description   = "step ${var.step}"
}
resource "aws_instance" "main" {
  launch_template {
    id      = aws_launch_template.main.id
    version = "1"
  }
}
output "app" { value = nonsensitive(zipmap(data.aws_ssm_parameters_by_path.app.names, data.aws_ssm_parameters_by_path.app.values)) }
output "ecs" { value = nonsensitive(jsondecode(data.aws_ssm_parameter.ecs.value)["image_id"]) }
output "secret" { value = nonsensitive(data.aws_ssm_parameter.secret.value) }
output "images" { value = { for name, image in data.aws_ami.usual : name => image.name } }
output "ecs_image" { value = data.aws_ami.usual["ecs"].id }
output "type" { value = [data.aws_ec2_instance_type.main.default_vcpus, data.aws_ec2_instance_type.main.memory_size] }
output "burstable" { value = data.aws_ec2_instance_types.burstable.instance_types }
output "zones" { value = data.aws_ec2_instance_type_offerings.zones.locations }
output "versions" { value = [aws_ssm_parameter.plain.version, aws_ssm_parameter.secret.version] }
output "ami" { value = [aws_instance.main.ami, nonsensitive(data.aws_ssm_parameter.al2023.value)] }
"""
IMPORTS = {
    "aws_ssm_parameter.plain": "/app/plain", "aws_ssm_parameter.secret": "/app/secret", "aws_ssm_parameter.own_key": "/app/keys/own",
    "aws_ssm_parameter.large": "large", "aws_ssm_parameter.image": "/app/image"}

ssm = boto3.client("ssm", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test")
with terraform_folder.folder(CONFIGURATION) as made:
    terraform, output = made.run, made.output

    def unchanged(step):
        terraform("plan", "-input=false", "-detailed-exitcode", "-var", f"step={step}")

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "8 added, 0 changed, 0 destroyed" in said, said
    unchanged(1)
    found = output()
    assert found["app"] == {
        "/app/image": found["ami"][1], "/app/keys/own": "mine", "/app/list": "a,b,1", "/app/plain": "step 1",
        "/app/secret": "s3cret 1"}, found["app"]
    assert found["ecs"] == found["ecs_image"] and found["secret"] == "s3cret 1", found
    assert len(found["images"]) == 21 and found["images"]["noble"].startswith("ubuntu/images/hvm-ssd-gp3/"), found["images"]
    assert found["type"] == [4, 16384] and "t4g.micro" in found["burstable"], found
    assert "us-east-1e" not in found["zones"] and "us-east-1a" in found["zones"], found["zones"]
    tiers = {one["Name"]: one["Tier"] for one in ssm.describe_parameters()["Parameters"]}
    assert tiers["large"] == "Advanced" and tiers["/app/plain"] == "Standard", tiers
    assert found["ami"][0] == found["ami"][1], found

    said = terraform("apply", "-input=false", "-auto-approve", "-var", "step=2")
    assert "0 added" in said and "0 destroyed" in said, said
    unchanged(2)
    found = output()
    assert found["app"]["/app/plain"] == "step 2" and found["versions"] == [2, 2], found
    tags = {tag["Key"]: tag["Value"] for tag in ssm.list_tags_for_resource(
        ResourceType="Parameter", ResourceId="/app/plain")["TagList"]}
    assert tags == {"B": "2", "Owner": "team"}, tags

    terraform("state", "rm", *IMPORTS)
    with open(f"{made.path}/imports.tf", "w") as file:
        for address, name in IMPORTS.items():
            file.write(f'import {{\n  to = {address}\n  id = "{name}"\n}}\n')
    said = terraform("apply", "-input=false", "-auto-approve", "-var", "step=2")
    assert f"{len(IMPORTS)} imported, 0 added" in said and "0 destroyed" in said, said
    unchanged(2)
    said = terraform("destroy", "-input=false", "-auto-approve", "-var", "step=2")
    assert "Destroy complete!" in said, said
    assert ssm.describe_parameters()["Parameters"] == []
