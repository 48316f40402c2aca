"""Stock Terraform with volumes and snapshots: apply, an empty plan, a change, imports, destroy."""

import json

import terraform_folder

CONFIGURATION = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "stage" { default = "first" }
variable "size" { default = 8 }
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    ec2 = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
data "aws_region" "here" {}
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-amd64-server-*"]
  }
}
resource "aws_ebs_encryption_by_default" "on" {
  enabled = true
}
resource "aws_ebs_default_kms_key" "own" {
  key_arn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}
resource "aws_ebs_snapshot_block_public_access" "blocked" {
  state = "block-all-sharing"
}
resource "aws_ebs_volume" "plain" {
  availability_zone = "us-east-1a"
  size              = var.size
  type              = "gp3"
  iops              = 3500
  throughput        = 150
  tags              = { Name = "plain", Stage = var.stage }
  depends_on        = [aws_ebs_encryption_by_default.on, aws_ebs_default_kms_key.own]
}
resource "aws_ebs_volume" "shared" {
  availability_zone    = "us-east-1a"
  size                 = 10
  type                 = "io2"
  iops                 = 200
  multi_attach_enabled = true
  encrypted            = true
  kms_key_id           = "arn:aws:kms:us-east-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab"
}
resource "aws_instance" "main" {
  ami               = data.aws_ami.ubuntu.id
  instance_type     = "t3.micro"
  availability_zone = "us-east-1a"
}
resource "aws_volume_attachment" "plain" {
  device_name = "/dev/sdh"
  volume_id   = aws_ebs_volume.plain.id
  instance_id = aws_instance.main.id
}
resource "aws_ebs_snapshot" "plain" {
  volume_id   = aws_ebs_volume.plain.id
  description = "of the plain volume"
  tags        = { Name = "plain", Stage = var.stage }
}
resource "aws_ebs_snapshot_copy" "copy" {
  source_snapshot_id = aws_ebs_snapshot.plain.id
  source_region      = data.aws_region.here.name
  encrypted          = true
  kms_key_id         = "arn:aws:kms:us-east-1:123456789012:key/00000000-12ab-34cd-56ef-1234567890ab"
  tags               = { Name = "copy" }
}
resource "aws_snapshot_create_volume_permission" "friend" {
  snapshot_id = aws_ebs_snapshot.plain.id
  account_id  = "210987654321"
}
resource "aws_ebs_fast_snapshot_restore" "plain" {
  availability_zone = "us-east-1a"
  snapshot_id       = aws_ebs_snapshot.plain.id
}
resource "aws_ebs_volume" "restored" {
  availability_zone = "us-east-1a"
  snapshot_id       = aws_ebs_snapshot.plain.id
  depends_on        = [aws_ebs_fast_snapshot_restore.plain]
}
data "aws_ebs_volume" "plain" {
  most_recent = true
  filter {
    name   = "tag:Name"
    values = ["plain"]
  }
  depends_on = [aws_ebs_volume.plain]
}
data "aws_ebs_volumes" "all" {
  depends_on = [aws_ebs_volume.plain, aws_ebs_volume.shared]
  tags       = { Name = "plain" }
}
data "aws_ebs_snapshot" "plain" {
  most_recent = true
  owners      = ["self"]
  filter {
    name   = "description"
    values = ["of the plain*"]
  }
  depends_on = [aws_ebs_snapshot.plain]
}
data "aws_ebs_snapshot_ids" "own" {
  owners     = ["self"]
  depends_on = [aws_ebs_snapshot.plain, aws_ebs_snapshot_copy.copy]
}
data "aws_ebs_default_kms_key" "current" {
  depends_on = [aws_ebs_default_kms_key.own]
}
data "aws_ebs_encryption_by_default" "current" {
  depends_on = [aws_ebs_encryption_by_default.on]
}
output "volume" { value = aws_ebs_volume.plain.id }
output "found_volume" { value = data.aws_ebs_volume.plain.id }
output "volumes" { value = data.aws_ebs_volumes.all.ids }
output "key" { value = aws_ebs_volume.plain.kms_key_id }
output "default_key" { value = data.aws_ebs_default_kms_key.current.key_arn }
output "encrypts" { value = data.aws_ebs_encryption_by_default.current.enabled }
output "snapshot" { value = aws_ebs_snapshot.plain.id }
output "found_snapshot" { value = data.aws_ebs_snapshot.plain.id }
output "snapshots" { value = length(data.aws_ebs_snapshot_ids.own.ids) }
output "shared" { value = aws_ebs_volume.shared.id }
output "instance" { value = aws_instance.main.id }
"""

with terraform_folder.folder(CONFIGURATION) as terraform:
    terraform.run("apply", "-auto-approve", "-input=false")
    terraform.run("plan", "-detailed-exitcode", "-input=false")
    made = terraform.output()
    assert made["found_volume"] == made["volume"] and made["volumes"] == [made["volume"]], made
    assert made["found_snapshot"] == made["snapshot"] and made["snapshots"] == 2, made
    assert made["key"] == made["default_key"] and made["key"].endswith("1234abcd-12ab-34cd-56ef-1234567890ab"), made
    assert made["encrypts"] is True, made

    changed = ("-var", "stage=second", "-var", "size=12")
    terraform.run("apply", "-auto-approve", "-input=false", *changed)
    terraform.run("plan", "-detailed-exitcode", "-input=false", *changed)
    state = json.loads(terraform.run("show", "-json"))
    resources = {resource["address"]: resource["values"] for resource in state["values"]["root_module"]["resources"]}
    assert resources["aws_ebs_volume.plain"]["size"] == 12, resources["aws_ebs_volume.plain"]
    assert resources["aws_ebs_snapshot.plain"]["tags"]["Stage"] == "second", resources["aws_ebs_snapshot.plain"]

    imports = {
        "aws_ebs_volume.plain": made["volume"], "aws_ebs_volume.shared": made["shared"], "aws_ebs_snapshot.plain": made["snapshot"],
        "aws_volume_attachment.plain": f"/dev/sdh:{made['volume']}:{made['instance']}",
        "aws_ebs_encryption_by_default.on": "default", "aws_ebs_default_kms_key.own": made["default_key"],
        "aws_ebs_snapshot_block_public_access.blocked": "us-east-1",
        "aws_ebs_fast_snapshot_restore.plain": f"us-east-1a,{made['snapshot']}",
    }
    for address, identity in imports.items():
        terraform.run("state", "rm", address)
        terraform.run("import", "-input=false", *changed, address, identity)
    terraform.run("plan", "-detailed-exitcode", "-input=false", *changed)
    terraform.run("destroy", "-auto-approve", "-input=false", *changed)
print("ok")
