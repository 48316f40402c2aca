"""The Terraform run that is recorded with another server and replayed without it: apply, an empty plan, destroy."""

import os
import subprocess
import tempfile

CONFIGURATION = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  skip_region_validation  = true
}
resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
  tags       = { Name = "course" }
}
resource "aws_subnet" "main" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.1.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_security_group" "main" {
  name        = "main"
  description = "rules in the group"
  vpc_id      = aws_vpc.main.id
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_key_pair" "main" {
  key_name   = "keyPairUniversal"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHKQp6UvJdhUQuQp1sZgS2RtY/0x0XmKfPUXXP3oE0N7 course"
}
resource "aws_ecr_repository" "main" {
  name         = "repository_test1"
  force_delete = true
}
resource "aws_iam_user" "worker" { name = "Worker" }
resource "aws_iam_role" "machine" {
  name = "machine"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
output "vpc" { value = aws_vpc.main.id }
output "group" { value = aws_security_group.main.id }
output "repository" { value = aws_ecr_repository.main.arn }
output "role" { value = aws_iam_role.machine.arn }
"""

with tempfile.TemporaryDirectory(prefix="drydock-terraform-") as folder:
    with open(f"{folder}/main.tf", "w") as file:
        file.write(CONFIGURATION)
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_CLI_ARGS": "-no-color", "CHECKPOINT_DISABLE": "1",
                   "TF_CLI_CONFIG_FILE": os.devnull, "TF_DATA_DIR": f"{folder}/data"}

    def terraform(*arguments):
        done = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        if done.returncode != 0:
            raise SystemExit(f"terraform {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-8000:]}")
        return done.stdout

    plugins = os.path.abspath(os.environ["DRYDOCK_TERRAFORM_PLUGINS"])
    terraform("init", "-input=false", f"-plugin-dir={plugins}")
    terraform("apply", "-input=false", "-auto-approve")
    print(terraform("output", "-json"))
    terraform("plan", "-input=false", "-detailed-exitcode")
    terraform("destroy", "-input=false", "-auto-approve")
