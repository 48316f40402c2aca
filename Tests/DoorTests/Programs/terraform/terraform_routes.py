"""Stock Terraform with a VPC's routes, network ACLs, DHCP options, CIDR blocks, peerings and VPN gateways: apply, an empty
plan, changes, imports, destroy."""


import terraform_folder

PROVIDER = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "stage" { default = "first" }
provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {
    ec2 = "ENDPOINT"
    iam = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
provider "aws" {
  alias                   = "other"
  region                  = "us-east-1"
  access_key              = "210987654321"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {
    ec2 = "ENDPOINT"
    iam = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
provider "aws" {
  alias                   = "europe"
  region                  = "eu-west-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {
    ec2 = "ENDPOINT"
    iam = "ENDPOINT"
    sts = "ENDPOINT"
  }
}
"""

# A typical VPC: public and private subnets in three zones, NAT, network ACLs, IPv6.
TIERS = PROVIDER + r"""
data "aws_availability_zones" "all" { state = "available" }
locals {
  zones = slice(data.aws_availability_zones.all.names, 0, 3)
}
resource "aws_vpc" "main" {
  cidr_block                       = "10.20.0.0/16"
  assign_generated_ipv6_cidr_block = true
  enable_dns_hostnames             = true
  tags                             = { Name = "tiers", Stage = var.stage }
}
resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_egress_only_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "public" {
  count                           = 3
  vpc_id                          = aws_vpc.main.id
  availability_zone               = local.zones[count.index]
  cidr_block                      = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, count.index)
  assign_ipv6_address_on_creation = true
  map_public_ip_on_launch         = true
  tags                            = { Name = "public-${count.index}", Tier = "public" }
}
resource "aws_subnet" "private" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, 10 + count.index)
  ipv6_cidr_block   = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 10 + count.index)
  tags              = { Name = "private-${count.index}", Tier = "private" }
}
resource "aws_eip" "nat" {
  count  = 3
  domain = "vpc"
}
resource "aws_nat_gateway" "main" {
  count         = 3
  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
  depends_on    = [aws_internet_gateway.main]
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway.main.id
  }
  tags = { Name = "public", Stage = var.stage }
}
resource "aws_route_table" "private" {
  count  = 3
  vpc_id = aws_vpc.main.id
  tags   = { Name = "private-${count.index}" }
}
resource "aws_route" "nat" {
  count                  = 3
  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[var.stage == "first" ? count.index : 0].id
}
resource "aws_route" "egress" {
  count                       = 3
  route_table_id              = aws_route_table.private[count.index].id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main.id
}
resource "aws_route_table_association" "public" {
  count          = 3
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_route_table_association" "private" {
  count          = 3
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}
resource "aws_network_acl" "private" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = aws_subnet.private[*].id
  egress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  ingress {
    rule_no    = 100
    protocol   = "tcp"
    action     = "allow"
    cidr_block = aws_vpc.main.cidr_block
    from_port  = var.stage == "first" ? 0 : 22
    to_port    = 65535
  }
  ingress {
    rule_no         = 110
    protocol        = "ipv6-icmp"
    action          = "allow"
    ipv6_cidr_block = "::/0"
    icmp_type       = -1
    icmp_code       = -1
    from_port       = 0
    to_port         = 0
  }
  tags = { Name = "private" }
}
data "aws_route_tables" "private" {
  vpc_id     = aws_vpc.main.id
  depends_on = [aws_route_table.private]
  filter {
    name   = "tag:Name"
    values = ["private-*"]
  }
}
data "aws_route_table" "public" { subnet_id = aws_route_table_association.public[0].subnet_id }
data "aws_route" "out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
}
data "aws_network_acls" "all" {
  vpc_id     = aws_vpc.main.id
  depends_on = [aws_network_acl.private]
}
output "private_tables" { value = length(data.aws_route_tables.private.ids) }
output "public_table" { value = data.aws_route_table.public.id == aws_route_table.public.id }
output "way_out" { value = data.aws_route.out.gateway_id == aws_internet_gateway.main.id }
output "lists" { value = length(data.aws_network_acls.all.ids) }
"""

# Each resource and data source of these kinds, once.
PARTS = PROVIDER + r"""
resource "aws_vpc" "main" {
  cidr_block           = "10.30.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_vpc_ipv4_cidr_block_association" "second" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.31.0.0/16"
}
# The provider wants it ignored where the association is a resource of its own.
resource "aws_vpc" "six" {
  cidr_block = "10.36.0.0/16"
  lifecycle { ignore_changes = [assign_generated_ipv6_cidr_block, ipv6_cidr_block, ipv6_association_id] }
}
resource "aws_vpc_ipv6_cidr_block_association" "six" {
  vpc_id                           = aws_vpc.six.id
  assign_generated_ipv6_cidr_block = true
}
resource "aws_subnet" "second" {
  vpc_id     = aws_vpc_ipv4_cidr_block_association.second.vpc_id
  cidr_block = "10.31.1.0/24"
}
resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.30.1.0/24"
}
resource "aws_ec2_subnet_cidr_reservation" "main" {
  subnet_id        = aws_subnet.main.id
  cidr_block       = "10.30.1.16/28"
  reservation_type = "prefix"
  description      = "for prefixes"
}
resource "aws_default_vpc" "main" { tags = { Stage = var.stage } }
resource "aws_default_subnet" "main" {
  availability_zone = "us-east-1c"
  tags              = { Stage = var.stage }
}
resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }

resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  tags = { Stage = var.stage }
}
resource "aws_vpc" "rerouted" { cidr_block = "10.32.0.0/16" }
resource "aws_route_table" "rerouted" { vpc_id = aws_vpc.rerouted.id }
resource "aws_main_route_table_association" "rerouted" {
  vpc_id         = aws_vpc.rerouted.id
  route_table_id = aws_route_table.rerouted.id
}
resource "aws_route_table" "gateway" { vpc_id = aws_vpc.main.id }
resource "aws_route_table_association" "gateway" {
  gateway_id     = aws_internet_gateway.main.id
  route_table_id = aws_route_table.gateway.id
}
resource "aws_route_table" "main" { vpc_id = aws_vpc.main.id }

resource "aws_default_network_acl" "main" {
  default_network_acl_id = aws_vpc.main.default_network_acl_id
  ingress {
    rule_no    = 100
    protocol   = "-1"
    action     = var.stage == "first" ? "allow" : "deny"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  lifecycle { ignore_changes = [subnet_ids] }
}
resource "aws_network_acl" "main" {
  vpc_id = aws_vpc.main.id
  lifecycle { ignore_changes = [ingress, egress, subnet_ids] }
}
resource "aws_network_acl_rule" "ssh" {
  network_acl_id = aws_network_acl.main.id
  rule_number    = 200
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "10.0.0.0/8"
  from_port      = 22
  to_port        = 22
}
resource "aws_network_acl_rule" "ping" {
  network_acl_id = aws_network_acl.main.id
  rule_number    = 210
  egress         = true
  protocol       = "icmp"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  icmp_type      = 8
  icmp_code      = -1
}
resource "aws_network_acl_association" "main" {
  network_acl_id = aws_network_acl.main.id
  subnet_id      = aws_subnet.main.id
}

resource "aws_vpc_dhcp_options" "main" {
  domain_name                       = "example.com"
  domain_name_servers               = ["10.30.0.2", "10.30.0.3"]
  ntp_servers                       = ["10.30.0.4"]
  netbios_name_servers              = ["10.30.0.5"]
  netbios_node_type                 = 2
  ipv6_address_preferred_lease_time = 1440
  tags                              = { Stage = var.stage }
}
resource "aws_vpc_dhcp_options_association" "main" {
  vpc_id          = aws_vpc.main.id
  dhcp_options_id = aws_vpc_dhcp_options.main.id
}
resource "aws_default_vpc_dhcp_options" "main" {}

resource "aws_vpc" "peer" {
  cidr_block           = "10.33.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_vpc_peering_connection" "same" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.peer.id
  auto_accept = true
  tags        = { Stage = var.stage }
}
resource "aws_vpc_peering_connection_options" "same" {
  vpc_peering_connection_id = aws_vpc_peering_connection.same.id
  accepter { allow_remote_vpc_dns_resolution = var.stage == "first" }
  requester { allow_remote_vpc_dns_resolution = true }
}
resource "aws_route" "peer" {
  route_table_id            = aws_route_table.main.id
  destination_cidr_block    = aws_vpc.peer.cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.same.id
}
resource "aws_vpc" "theirs" {
  provider   = aws.other
  cidr_block = "10.34.0.0/16"
}
data "aws_caller_identity" "theirs" { provider = aws.other }
resource "aws_vpc_peering_connection" "theirs" {
  vpc_id        = aws_vpc.main.id
  peer_vpc_id   = aws_vpc.theirs.id
  peer_owner_id = data.aws_caller_identity.theirs.account_id
}
resource "aws_vpc_peering_connection_accepter" "theirs" {
  provider                  = aws.other
  vpc_peering_connection_id = aws_vpc_peering_connection.theirs.id
  auto_accept               = true
  tags                      = { Side = "accepter" }
}
resource "aws_vpc" "europe" {
  provider   = aws.europe
  cidr_block = "10.35.0.0/16"
}
resource "aws_vpc_peering_connection" "europe" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.europe.id
  peer_region = "eu-west-1"
}
resource "aws_vpc_peering_connection_accepter" "europe" {
  provider                  = aws.europe
  vpc_peering_connection_id = aws_vpc_peering_connection.europe.id
  auto_accept               = true
}

resource "aws_vpn_gateway" "main" {
  amazon_side_asn = 64999
  tags            = { Stage = var.stage }
}
resource "aws_vpn_gateway_attachment" "main" {
  vpc_id         = aws_vpc.main.id
  vpn_gateway_id = aws_vpn_gateway.main.id
}
resource "aws_vpn_gateway_route_propagation" "main" {
  vpn_gateway_id = aws_vpn_gateway_attachment.main.vpn_gateway_id
  route_table_id = aws_route_table.main.id
}
resource "aws_vpn_gateway" "inline" { vpc_id = aws_vpc.peer.id }
resource "aws_customer_gateway" "main" {
  bgp_asn     = 65000
  ip_address  = "203.0.113.9"
  type        = "ipsec.1"
  device_name = "office"
  tags        = { Stage = var.stage }
}

data "aws_vpc_dhcp_options" "main" { dhcp_options_id = aws_vpc_dhcp_options.main.id }
data "aws_vpc_peering_connection" "same" { id = aws_vpc_peering_connection.same.id }
data "aws_vpc_peering_connections" "all" {
  depends_on = [
    aws_vpc_peering_connection.same, aws_vpc_peering_connection_accepter.theirs, aws_vpc_peering_connection_accepter.europe]
  filter {
    name   = "requester-vpc-info.vpc-id"
    values = [aws_vpc.main.id]
  }
}
data "aws_vpn_gateway" "main" { id = aws_vpn_gateway.main.id }
data "aws_customer_gateway" "main" { id = aws_customer_gateway.main.id }
output "domain" { value = data.aws_vpc_dhcp_options.main.domain_name }
output "peer_block" { value = data.aws_vpc_peering_connection.same.peer_cidr_block }
output "peerings" { value = length(data.aws_vpc_peering_connections.all.ids) }
output "asn" { value = data.aws_vpn_gateway.main.amazon_side_asn }
output "device" { value = data.aws_customer_gateway.main.device_name }
"""

# Imported resources, with the id format of the provider.
IMPORTS = {
    "aws_route_table.main": "{id}",
    "aws_route.peer": "{route_table_id}_{destination_cidr_block}",
    "aws_network_acl.main": "{id}",
    "aws_network_acl_rule.ssh": "{network_acl_id}:200:6:false",
    "aws_network_acl_association.main": "{id}",
    "aws_vpc_dhcp_options.main": "{id}",
    "aws_vpc_dhcp_options_association.main": "{vpc_id}",
    "aws_vpc_ipv4_cidr_block_association.second": "{id}",
    "aws_ec2_subnet_cidr_reservation.main": "{subnet_id}:{id}",
    "aws_vpc_peering_connection.europe": "{id}",
    "aws_vpn_gateway.inline": "{id}",
    "aws_customer_gateway.main": "{id}",
    "aws_route_table_association.gateway": "{gateway_id}/{route_table_id}",
}


def check(made, outputs):
    terraform = made.run
    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    # 0 means no changes, 2 means changes.
    terraform("plan", "-input=false", "-detailed-exitcode")
    found = made.output()
    for name, value in outputs.items():
        assert found[name] == value, (name, found)
    said = terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    assert " 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")


with terraform_folder.folder(TIERS) as made:
    check(made, {"private_tables": 3, "public_table": True, "way_out": True, "lists": 2})
    made.destroy()

with terraform_folder.folder(PARTS) as made:
    check(made, {
        "domain": "example.com", "peer_block": "10.33.0.0/16", "peerings": 3, "asn": "64999", "device": "office"})
    made.reimport(IMPORTS, "-var", "stage=second")
    # The provider does not read `auto_accept` on import, so this difference is not the simulator's.
    made.run("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")
    made.destroy()
