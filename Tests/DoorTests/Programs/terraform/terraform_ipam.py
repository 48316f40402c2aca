"""Stock Terraform and IPAM, Capacity Reservations, and network insights."""

import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
variable "stage" { default = "first" }
locals { second = var.stage == "second" }
data "aws_region" "current" {}

resource "aws_vpc_ipam" "main" {
  description = "ipam of ${var.stage}"
  operating_regions { region_name = data.aws_region.current.name }
  dynamic "operating_regions" {
    for_each = local.second ? ["eu-west-1"] : []
    content { region_name = operating_regions.value }
  }
  cascade = true
  tags    = { Stage = var.stage }
}
resource "aws_vpc_ipam_scope" "other" {
  ipam_id     = aws_vpc_ipam.main.id
  description = "other of ${var.stage}"
}
resource "aws_vpc_ipam_pool" "top" {
  address_family = "ipv4"
  ipam_scope_id  = aws_vpc_ipam.main.private_default_scope_id
  description    = "top of ${var.stage}"
}
resource "aws_vpc_ipam_pool_cidr" "top" {
  ipam_pool_id = aws_vpc_ipam_pool.top.id
  cidr         = "10.0.0.0/8"
}
resource "aws_vpc_ipam_pool" "regional" {
  address_family                    = "ipv4"
  ipam_scope_id                     = aws_vpc_ipam.main.private_default_scope_id
  source_ipam_pool_id               = aws_vpc_ipam_pool.top.id
  locale                            = data.aws_region.current.name
  allocation_min_netmask_length     = 16
  allocation_max_netmask_length     = local.second ? 28 : 26
  allocation_default_netmask_length = 20
  allocation_resource_tags          = { Team = local.second ? "web" : "net" }
  tags                              = { Stage = var.stage }
}
resource "aws_vpc_ipam_pool_cidr" "regional" {
  ipam_pool_id   = aws_vpc_ipam_pool.regional.id
  netmask_length = 12
  depends_on     = [aws_vpc_ipam_pool_cidr.top]
}
resource "aws_vpc" "taking" {
  ipv4_ipam_pool_id   = aws_vpc_ipam_pool.regional.id
  ipv4_netmask_length = 16
  tags                = { Team = "net" }
  depends_on          = [aws_vpc_ipam_pool_cidr.regional]
}
resource "aws_vpc_ipam_pool_cidr_allocation" "manual" {
  ipam_pool_id   = aws_vpc_ipam_pool.regional.id
  netmask_length = 24
  description    = "by hand"
  depends_on     = [aws_vpc.taking]
}
resource "aws_vpc_ipam_preview_next_cidr" "next" {
  ipam_pool_id   = aws_vpc_ipam_pool.regional.id
  netmask_length = 24
  depends_on     = [aws_vpc_ipam_pool_cidr_allocation.manual]
}
data "aws_vpc_ipam_preview_next_cidr" "next" {
  ipam_pool_id   = aws_vpc_ipam_pool.regional.id
  netmask_length = 24
  depends_on     = [aws_vpc_ipam_pool_cidr_allocation.manual]
}
resource "aws_vpc_ipam_resource_discovery" "own" {
  description = "own of ${var.stage}"
  operating_regions { region_name = data.aws_region.current.name }
  tags = { Stage = var.stage }
}
resource "aws_vpc_ipam_resource_discovery_association" "own" {
  ipam_id                    = aws_vpc_ipam.main.id
  ipam_resource_discovery_id = aws_vpc_ipam_resource_discovery.own.id
}
data "aws_vpc_ipam" "main" { id = aws_vpc_ipam.main.id }
data "aws_vpc_ipams" "all" { depends_on = [aws_vpc_ipam.main] }
data "aws_vpc_ipam_pool" "regional" { ipam_pool_id = aws_vpc_ipam_pool.regional.id }
data "aws_vpc_ipam_pools" "described" {
  filter {
    name   = "description"
    values = ["top*"]
  }
  depends_on = [aws_vpc_ipam_pool.top]
}
data "aws_vpc_ipam_pool_cidrs" "regional" {
  ipam_pool_id = aws_vpc_ipam_pool.regional.id
  depends_on   = [aws_vpc_ipam_pool_cidr.regional]
}

resource "aws_ec2_capacity_reservation" "servers" {
  instance_type           = "t3.micro"
  instance_platform       = "Linux/UNIX"
  availability_zone       = "us-east-1a"
  instance_count          = local.second ? 3 : 2
  instance_match_criteria = "targeted"
  end_date_type           = local.second ? "limited" : "unlimited"
  end_date                = local.second ? "2036-01-01T00:00:00Z" : null
  tags                    = { Stage = var.stage }
}
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-amd64-server-*"]
  }
}
resource "aws_instance" "server" {
  count             = 2
  ami               = data.aws_ami.ubuntu.id
  instance_type     = "t3.micro"
  availability_zone = "us-east-1a"
  capacity_reservation_specification {
    capacity_reservation_target { capacity_reservation_id = aws_ec2_capacity_reservation.servers.id }
  }
}
data "aws_ec2_capacity_block_offering" "gpu" {
  instance_type           = "p4d.24xlarge"
  instance_count          = 1
  capacity_duration_hours = 24
}
# aws_ec2_capacity_block_reservation fails with AWS as well: https://github.com/hashicorp/terraform-provider-aws/issues/46829
resource "aws_ec2_network_insights_path" "between" {
  source           = aws_instance.server[0].id
  destination      = aws_instance.server[1].id
  protocol         = "tcp"
  destination_port = local.second ? 8080 : 443
  tags             = { Stage = var.stage }
}
resource "aws_ec2_network_insights_analysis" "between" {
  network_insights_path_id = aws_ec2_network_insights_path.between.id
}
data "aws_ec2_network_insights_path" "between" { network_insights_path_id = aws_ec2_network_insights_path.between.id }
data "aws_ec2_network_insights_analysis" "between" {
  network_insights_analysis_id = aws_ec2_network_insights_analysis.between.id
}

output "ipams" { value = length(data.aws_vpc_ipams.all.ipams) }
output "pools" { value = length(data.aws_vpc_ipam_pools.described.ipam_pools) }
output "cidrs" { value = [for one in data.aws_vpc_ipam_pool_cidrs.regional.ipam_pool_cidrs : one.cidr] }
output "vpc" { value = aws_vpc.taking.cidr_block }
output "manual" { value = aws_vpc_ipam_pool_cidr_allocation.manual.cidr }
output "next" { value = [aws_vpc_ipam_preview_next_cidr.next.cidr, data.aws_vpc_ipam_preview_next_cidr.next.cidr] }
output "block" { value = data.aws_ec2_capacity_block_offering.gpu.currency_code }
output "found" { value = data.aws_ec2_network_insights_analysis.between.path_found }
"""

IMPORTED = [
    "aws_vpc_ipam.main", "aws_vpc_ipam_scope.other", "aws_vpc_ipam_pool.regional", "aws_vpc_ipam_pool_cidr.top",
    "aws_vpc_ipam_pool_cidr_allocation.manual", "aws_vpc_ipam_resource_discovery.own",
    "aws_vpc_ipam_resource_discovery_association.own", "aws_ec2_capacity_reservation.servers",
    "aws_ec2_network_insights_path.between", "aws_ec2_network_insights_analysis.between",
]

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output == {
        "ipams": 1, "pools": 1, "cidrs": ["10.0.0.0/12"], "vpc": "10.0.0.0/16", "manual": "10.1.0.0/24", "next": ["10.1.1.0/24"] * 2,
        "found": True, "block": "USD"}, output

    made.reimport(IMPORTED)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said and ("to destroy" not in said or "0 to destroy" in said), said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
