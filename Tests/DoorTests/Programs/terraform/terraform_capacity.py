"""Stock Terraform and capacity: EC2 Fleets, Dedicated Hosts, placement groups."""

import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
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

resource "aws_launch_template" "worker" {
  name          = "worker"
  image_id      = data.aws_ami.ubuntu.id
  instance_type = "m5.large"
}
resource "aws_ec2_fleet" "maintained" {
  type                               = "maintain"
  terminate_instances                = true
  excess_capacity_termination_policy = "termination"
  replace_unhealthy_instances        = true
  launch_template_config {
    launch_template_specification {
      launch_template_id = aws_launch_template.worker.id
      version            = aws_launch_template.worker.latest_version
    }
    override {
      instance_type     = "m5.large"
      availability_zone = "us-east-1a"
      weighted_capacity = 1
    }
    override {
      instance_type     = "c5.large"
      availability_zone = "us-east-1b"
      max_price         = "0.09"
      priority          = 1
      weighted_capacity = 1
    }
  }
  on_demand_options { allocation_strategy = "prioritized" }
  spot_options {
    allocation_strategy            = "diversified"
    instance_interruption_behavior = "stop"
  }
  target_capacity_specification {
    default_target_capacity_type = "spot"
    on_demand_target_capacity    = 1
    total_target_capacity        = local.second ? 4 : 3
  }
  tags = { Stage = var.stage }
}
resource "aws_ec2_fleet" "usual" {
  terminate_instances = true
  launch_template_config {
    launch_template_specification {
      launch_template_name = aws_launch_template.worker.name
      version              = "$Latest"
    }
    override {
      instance_requirements {
        memory_mib { min = 4096 }
        vcpu_count {
          min = 2
          max = 2
        }
      }
    }
  }
  target_capacity_specification {
    default_target_capacity_type = "on-demand"
    total_target_capacity        = 1
  }
}

resource "aws_ec2_host" "own" {
  instance_type     = "m5.large"
  availability_zone = "us-east-1a"
  auto_placement    = local.second ? "off" : "on"
  host_recovery     = local.second ? "on" : "off"
  tags              = { Stage = var.stage }
}
data "aws_ec2_host" "own" { host_id = aws_ec2_host.own.id }
data "aws_ec2_host" "by_filter" {
  filter {
    name   = "instance-type"
    values = ["m5.large"]
  }
  depends_on = [aws_ec2_host.own]
}
resource "aws_placement_group" "partitions" {
  name            = "partitions"
  strategy        = "partition"
  partition_count = 3
  tags            = { Stage = var.stage }
}
resource "aws_placement_group" "spread" {
  name         = local.second ? "apart" : "spread"
  strategy     = "spread"
  spread_level = "rack"
}
resource "aws_placement_group" "cluster" {
  name     = "cluster"
  strategy = "cluster"
}
resource "aws_instance" "close" {
  ami             = data.aws_ami.ubuntu.id
  instance_type   = "c5.large"
  placement_group = aws_placement_group.cluster.id
}
resource "aws_instance" "on_host" {
  ami               = data.aws_ami.ubuntu.id
  instance_type     = "m5.large"
  availability_zone = "us-east-1a"
  tenancy           = "host"
  host_id           = aws_ec2_host.own.id
}

output "fleet" { value = aws_ec2_fleet.maintained.fleet_state }
output "filled" { value = [aws_ec2_fleet.maintained.fulfilled_capacity, aws_ec2_fleet.maintained.fulfilled_on_demand_capacity] }
output "host" { value = [data.aws_ec2_host.own.cores, data.aws_ec2_host.own.sockets, data.aws_ec2_host.by_filter.total_vcpus] }
"""

IMPORTED = [
    "aws_ec2_fleet.maintained", "aws_ec2_host.own", "aws_placement_group.partitions", "aws_placement_group.spread",
]

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output["fleet"] == "active", output
    assert output["host"] == [48, 2, 96], output

    made.reimport(IMPORTED)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said, said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    # The provider reads the fleet before its new instance runs.
    terraform("apply", "-refresh-only", "-input=false", "-auto-approve", "-var", "stage=second")
    assert made.output()["filled"] == [4, 1], made.output()
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
