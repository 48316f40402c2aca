"""Stock Terraform with a typical three-tier VPC, and the EC2 resources that the other programs do not cover."""

import terraform_folder

CONFIGURATION = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "stage" { default = "first" }
locals {
  second = var.stage == "second"
  name   = "shop"
  cidr   = "10.20.0.0/16"
  zones  = slice(data.aws_availability_zones.here.names, 0, 3)
  private_tiers = ["app", "data"]
  tiers = { for pair in setproduct(local.private_tiers, local.zones) :
    "${pair[0]}-${pair[1]}" => { tier = pair[0], zone = pair[1] } }
}
provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  default_tags { tags = { Project = "shop", Stage = var.stage } }
  endpoints {
    ec2 = "ENDPOINT"
    iam = "ENDPOINT"
    ssm = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
data "aws_availability_zones" "here" {
  state = "available"
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}
data "aws_availability_zone" "first" { name = local.zones[0] }
data "aws_regions" "all" {}
data "aws_ssm_parameter" "al2023" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_vpc" "main" {
  cidr_block                       = local.cidr
  assign_generated_ipv6_cidr_block = true
  enable_dns_support               = true
  enable_dns_hostnames             = true
  tags                             = { Name = local.name }
}
# Destroyed before the VPC: the provider then detaches it once more, which needs the VPC.
resource "aws_internet_gateway" "main" {
  tags       = { Name = local.name }
  depends_on = [aws_vpc.main]
}
resource "aws_internet_gateway_attachment" "main" {
  internet_gateway_id = aws_internet_gateway.main.id
  vpc_id              = aws_vpc.main.id
}
resource "aws_egress_only_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_default_security_group" "main" { vpc_id = aws_vpc.main.id }
resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id
  route                  = []
}

resource "aws_subnet" "public" {
  for_each                = toset(local.zones)
  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(local.cidr, 8, index(local.zones, each.key))
  ipv6_cidr_block         = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, index(local.zones, each.key))
  map_public_ip_on_launch = true
  assign_ipv6_address_on_creation = true
  tags                    = { Name = "${local.name}-public-${each.key}", "kubernetes.io/role/elb" = "1" }
}
resource "aws_subnet" "private" {
  for_each          = local.tiers
  vpc_id            = aws_vpc.main.id
  availability_zone = each.value.zone
  cidr_block = cidrsubnet(local.cidr, 8,
    10 * (1 + index(local.private_tiers, each.value.tier)) + index(local.zones, each.value.zone))
  tags = { Name = "${local.name}-${each.key}", Tier = each.value.tier }
}
resource "aws_eip" "nat" {
  for_each   = toset(local.second ? [local.zones[0]] : local.zones)
  domain     = "vpc"
  depends_on = [aws_internet_gateway_attachment.main]
  tags       = { Name = "${local.name}-nat-${each.key}" }
}
resource "aws_nat_gateway" "main" {
  for_each      = aws_eip.nat
  allocation_id = each.value.id
  subnet_id     = aws_subnet.public[each.key].id
  depends_on    = [aws_internet_gateway_attachment.main]
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway_attachment.main.internet_gateway_id
  }
  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway_attachment.main.internet_gateway_id
  }
}
resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}
resource "aws_route_table" "app" {
  for_each = toset(local.zones)
  vpc_id   = aws_vpc.main.id
}
resource "aws_route" "app" {
  for_each               = aws_route_table.app
  route_table_id         = each.value.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[local.second ? local.zones[0] : each.key].id
}
resource "aws_route" "app6" {
  for_each                    = aws_route_table.app
  route_table_id              = each.value.id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main.id
}
resource "aws_route_table" "data" { vpc_id = aws_vpc.main.id }
resource "aws_route_table_association" "private" {
  for_each  = local.tiers
  subnet_id = aws_subnet.private[each.key].id
  route_table_id = each.value.tier == "data" ? aws_route_table.data.id : aws_route_table.app[each.value.zone].id
}

resource "aws_network_acl" "data" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [for key, tier in local.tiers : aws_subnet.private[key].id if tier.tier == "data"]
  dynamic "ingress" {
    for_each = local.zones
    content {
      rule_no    = 100 + ingress.key
      protocol   = "tcp"
      action     = "allow"
      cidr_block = aws_subnet.private["app-${ingress.value}"].cidr_block
      from_port  = 5432
      to_port    = 5432
    }
  }
  egress {
    rule_no    = 100
    protocol   = "tcp"
    action     = "allow"
    cidr_block = local.cidr
    from_port  = 1024
    to_port    = 65535
  }
}

resource "aws_security_group" "tier" {
  for_each               = toset(["web", "app", "data"])
  name_prefix            = "${local.name}-${each.key}-"
  vpc_id                 = aws_vpc.main.id
  revoke_rules_on_delete = true
  lifecycle { create_before_destroy = true }
}
resource "aws_vpc_security_group_ingress_rule" "web" {
  for_each          = toset(["0.0.0.0/0"])
  security_group_id = aws_security_group.tier["web"].id
  cidr_ipv4         = each.key
  from_port         = 443
  ip_protocol       = "tcp"
  to_port           = 443
}
resource "aws_vpc_security_group_ingress_rule" "chain" {
  for_each                     = { app = "web", data = "app" }
  security_group_id            = aws_security_group.tier[each.key].id
  referenced_security_group_id = aws_security_group.tier[each.value].id
  from_port                    = each.key == "data" ? 5432 : 8080
  to_port                      = each.key == "data" ? 5432 : 8080
  ip_protocol                  = "tcp"
}
resource "aws_vpc_security_group_egress_rule" "all" {
  for_each          = aws_security_group.tier
  security_group_id = each.value.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.us-east-1.s3"
  route_table_ids = concat([for table in aws_route_table.app : table.id], local.second ? [] : [aws_route_table.data.id])
}
resource "aws_vpc_endpoint" "ecr" {
  for_each            = toset(["ecr.api", "ecr.dkr"])
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for zone in local.zones : aws_subnet.private["app-${zone}"].id]
  security_group_ids  = [aws_security_group.tier["app"].id]
}
resource "aws_vpc_endpoint_private_dns" "ecr" {
  for_each            = aws_vpc_endpoint.ecr
  vpc_endpoint_id     = each.value.id
  private_dns_enabled = !local.second
}
resource "aws_flow_log" "bucket" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ALL"
  log_destination_type     = "s3"
  log_destination          = "arn:aws:s3:::shop-flow-logs/vpc/"
  max_aggregation_interval = 60
  destination_options {
    file_format        = "parquet"
    per_hour_partition = true
  }
}

resource "aws_key_pair" "ops" {
  key_name   = "ops"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6MgrVF1N6hpXLOG2bV4VMX0VcYzjRo37UgsBZq0FQ7 ops"
}
resource "aws_launch_template" "app" {
  name_prefix            = "${local.name}-"
  image_id               = data.aws_ssm_parameter.al2023.value
  instance_type          = local.second ? "t3.small" : "t3.micro"
  key_name               = aws_key_pair.ops.key_name
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.tier["app"].id]
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 20
      volume_type = "gp3"
      encrypted   = true
    }
  }
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  tag_specifications {
    resource_type = "network-interface"
    tags          = { Tier = "app" }
  }
}
resource "aws_instance" "app" {
  for_each  = toset(slice(local.zones, 0, 2))
  subnet_id = aws_subnet.private["app-${each.key}"].id
  launch_template {
    id      = aws_launch_template.app.id
    version = "$Default"
  }
  tags = { Name = "${local.name}-${each.key}" }
}

# What no other program has.
resource "aws_ec2_carrier_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_ec2_tag" "main" {
  resource_id = aws_vpc.main.default_network_acl_id
  key         = "Note"
  value       = var.stage
}
resource "aws_ebs_snapshot_import" "disk" {
  disk_container {
    format = "VHD"
    user_bucket {
      s3_bucket = "shop-disks"
      s3_key    = "disk.vhd"
    }
  }
}
resource "aws_network_interface" "lent" { subnet_id = aws_subnet.private["app-${local.zones[0]}"].id }
resource "aws_network_interface_permission" "lent" {
  network_interface_id = aws_network_interface.lent.id
  aws_account_id       = "210987654321"
  permission           = "INSTANCE-ATTACH"
}

locals { made = [aws_subnet.private, aws_subnet.public, aws_route_table_association.public, aws_vpc_endpoint.s3] }
data "aws_vpc" "main" { id = aws_vpc.main.id }
data "aws_vpcs" "shop" {
  tags       = { Name = local.name }
  depends_on = [aws_vpc.main]
}
data "aws_subnet" "public" { id = aws_subnet.public[local.zones[0]].id }
data "aws_subnets" "app" {
  filter {
    name   = "vpc-id"
    values = [aws_vpc.main.id]
  }
  tags       = { Tier = "app" }
  depends_on = [aws_subnet.private]
}
data "aws_internet_gateway" "main" {
  filter {
    name   = "attachment.vpc-id"
    values = [aws_internet_gateway_attachment.main.vpc_id]
  }
}
data "aws_nat_gateway" "first" { id = aws_nat_gateway.main[local.zones[0]].id }
data "aws_nat_gateways" "all" {
  vpc_id = aws_vpc.main.id
  filter {
    name   = "state"
    values = ["available"]
  }
  depends_on = [aws_nat_gateway.main]
}
data "aws_eip" "first" { id = aws_eip.nat[local.zones[0]].id }
data "aws_eips" "all" {
  tags       = { Project = "shop" }
  depends_on = [aws_eip.nat]
}
data "aws_key_pair" "ops" {
  key_name           = aws_key_pair.ops.key_name
  include_public_key = true
}
data "aws_launch_template" "app" { id = aws_launch_template.app.id }
data "aws_security_group" "web" { id = aws_security_group.tier["web"].id }
data "aws_security_groups" "all" {
  filter {
    name   = "vpc-id"
    values = [aws_vpc.main.id]
  }
  depends_on = [aws_security_group.tier]
}
data "aws_vpc_security_group_rule" "web" { security_group_rule_id = aws_vpc_security_group_ingress_rule.web["0.0.0.0/0"].id }
data "aws_vpc_security_group_rules" "web" {
  filter {
    name   = "group-id"
    values = [aws_security_group.tier["web"].id]
  }
  depends_on = [aws_vpc_security_group_ingress_rule.web, aws_vpc_security_group_egress_rule.all]
}
data "aws_vpc_endpoint_associations" "s3" { vpc_endpoint_id = aws_vpc_endpoint.s3.id }
data "aws_ec2_public_ipv4_pools" "none" {}

output "counts" {
  value = {
    subnets = length(data.aws_subnets.app.ids), groups = length(data.aws_security_groups.all.ids)
    gateways = length(data.aws_nat_gateways.all.ids), addresses = length(data.aws_eips.all.allocation_ids)
    rules = length(data.aws_vpc_security_group_rules.web.ids), vpcs = length(data.aws_vpcs.shop.ids)
    pools = length(data.aws_ec2_public_ipv4_pools.none.pool_ids)
  }
}
output "type" { value = [for instance in aws_instance.app : instance.instance_type] }
output "zone" { value = data.aws_availability_zone.first.name_suffix }
"""

IMPORTED = [
    "aws_vpc.main", "aws_internet_gateway.main", 'aws_subnet.public["us-east-1a"]', 'aws_eip.nat["us-east-1a"]',
    "aws_network_acl.data", "aws_launch_template.app", "aws_egress_only_internet_gateway.main",
    "aws_ec2_carrier_gateway.main",
]

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    counts = made.output()["counts"]
    assert counts == {"subnets": 3, "groups": 4, "gateways": 3, "addresses": 3, "rules": 2, "vpcs": 1, "pools": 0}, counts

    made.reimport(IMPORTED)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said, said

    # Typical changes: one NAT gateway instead of three to save costs, and a larger instance type.
    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    # The provider compares the version that an instance was launched from (its tag) with the template's default version. So it
    # replaces the instances in the run after the one that made the new version.
    said = terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    assert "2 added, 0 changed, 2 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")
    output = made.output()
    assert output["counts"]["gateways"] == 1 and output["zone"] == "a", output

    made.destroy("-var", "stage=second")
