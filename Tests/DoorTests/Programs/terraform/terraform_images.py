"""Stock Terraform: images owned by the account, and every option of instances; apply, plan, change, import, destroy."""


import terraform_folder

CONFIGURATION = terraform_folder.providers(west="eu-west-1") + r"""
variable "stage" { default = "first" }
locals { second = var.stage == "second" }
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-amd64-server-*"]
  }
}
data "aws_ami_ids" "ubuntu" {
  owners = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-amd64-server-*"]
  }
}
data "aws_ec2_instance_type_offerings" "types" {
  location_type = "availability-zone"
  filter {
    name   = "instance-type"
    values = ["t3.micro", "m5.large"]
  }
}
resource "aws_instance" "main" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "t3.micro"
  tags          = { Name = "options" }
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = local.second ? "optional" : "required"
    http_put_response_hop_limit = local.second ? 3 : 2
    instance_metadata_tags      = "enabled"
  }
  credit_specification { cpu_credits = local.second ? "unlimited" : "standard" }
  maintenance_options { auto_recovery = local.second ? "default" : "disabled" }
  private_dns_name_options {
    enable_resource_name_dns_a_record = local.second
    hostname_type                     = "ip-name"
  }
  capacity_reservation_specification { capacity_reservation_preference = local.second ? "open" : "none" }
  root_block_device {
    volume_size           = 12
    volume_type           = "gp3"
    delete_on_termination = true
  }
  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 5
    volume_type = "gp3"
  }
}
resource "aws_instance" "large" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "m5.2xlarge"
  cpu_options {
    core_count       = 2
    threads_per_core = 2
  }
  enclave_options { enabled = true }
}
resource "aws_ec2_instance_state" "large" {
  instance_id = aws_instance.large.id
  state       = local.second ? "running" : "stopped"
}
resource "aws_ami_from_instance" "golden" {
  name                    = "golden"
  source_instance_id      = aws_instance.main.id
  snapshot_without_reboot = true
  tags                    = { Stage = var.stage }
}
resource "aws_ebs_volume" "data" {
  availability_zone = "us-east-1a"
  size              = 4
}
resource "aws_ebs_snapshot" "data" { volume_id = aws_ebs_volume.data.id }
resource "aws_ami" "registered" {
  name                = "registered"
  virtualization_type = "hvm"
  architecture        = "x86_64"
  root_device_name    = "/dev/xvda"
  ena_support         = true
  imds_support        = "v2.0"
  description         = local.second ? "changed" : "made"
  deprecation_time    = local.second ? "2030-01-02T00:00:00Z" : null
  ebs_block_device {
    device_name = "/dev/xvda"
    snapshot_id = aws_ebs_snapshot.data.id
    volume_size = 8
  }
}
resource "aws_ami_copy" "west" {
  provider          = aws.west
  name              = "copied"
  description       = "from elsewhere"
  source_ami_id     = aws_ami_from_instance.golden.id
  source_ami_region = "us-east-1"
  tags              = { Stage = var.stage }
}
resource "aws_ami_launch_permission" "account" {
  image_id   = aws_ami_from_instance.golden.id
  account_id = "210987654321"
}
resource "aws_ec2_image_block_public_access" "main" { state = local.second ? "block-new-sharing" : "unblocked" }
resource "aws_ec2_serial_console_access" "main" { enabled = !local.second }
resource "aws_ec2_instance_metadata_defaults" "west" {
  provider                    = aws.west
  http_tokens                 = "required"
  http_put_response_hop_limit = local.second ? 5 : 4
}
resource "aws_ec2_default_credit_specification" "west" {
  provider        = aws.west
  instance_family = "t3"
  cpu_credits     = local.second ? "unlimited" : "standard"
}
resource "aws_vpc" "main" { cidr_block = "10.3.0.0/16" }
resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.3.1.0/24"
}
resource "aws_ec2_instance_connect_endpoint" "main" {
  subnet_id          = aws_subnet.main.id
  security_group_ids = [aws_vpc.main.default_security_group_id]
  tags               = { Stage = var.stage }
}
resource "aws_instance" "copy" {
  ami           = aws_ami_from_instance.golden.id
  instance_type = "t3.micro"
}
data "aws_ec2_serial_console_access" "main" { depends_on = [aws_ec2_serial_console_access.main] }
data "aws_instance" "main" { instance_id = aws_instance.main.id }
data "aws_instances" "named" {
  instance_tags = { Name = "options" }
  depends_on    = [aws_instance.main]
}
data "aws_ami" "golden" {
  owners     = ["self"]
  filter {
    name   = "name"
    values = ["golden"]
  }
  depends_on = [aws_ami_from_instance.golden]
}
"""

IMPORTED = ["aws_ami.registered", "aws_ec2_instance_connect_endpoint.main", "aws_instance.large"]
SECOND = ("-input=false", "-var", "stage=second")

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    # 0 means no changes, 2 means changes.
    terraform("plan", "-input=false", "-detailed-exitcode")

    said = terraform("apply", "-auto-approve", *SECOND)
    assert "0 added, " in said and "0 destroyed" in said, said
    terraform("plan", "-detailed-exitcode", *SECOND)

    made.reimport(IMPORTED, "-var", "stage=second")
    made.destroy("-var", "stage=second")
