"""Stock Terraform and transit gateways: attachments, route tables, routes, prefix lists, peering between regions."""

import terraform_folder

CONFIGURATION = terraform_folder.providers(far="eu-west-1") + r"""
variable "stage" { default = "first" }
locals { second = var.stage == "second" }
data "aws_caller_identity" "own" {}
resource "aws_vpc" "main" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "a" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.1.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_subnet" "b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.2.0/24"
  availability_zone = "us-east-1b"
}
resource "aws_vpc" "other" { cidr_block = "10.2.0.0/16" }
resource "aws_subnet" "other" {
  vpc_id            = aws_vpc.other.id
  cidr_block        = "10.2.1.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_ec2_transit_gateway" "hub" {
  description                 = "hub of ${var.stage}"
  vpn_ecmp_support            = local.second ? "disable" : "enable"
  transit_gateway_cidr_blocks = ["10.200.0.0/24"]
  tags                        = { Stage = var.stage }
}
resource "aws_ec2_transit_gateway_vpc_attachment" "main" {
  transit_gateway_id                              = aws_ec2_transit_gateway.hub.id
  vpc_id                                          = aws_vpc.main.id
  subnet_ids                                      = local.second ? [aws_subnet.a.id, aws_subnet.b.id] : [aws_subnet.a.id]
  appliance_mode_support                          = local.second ? "enable" : "disable"
  transit_gateway_default_route_table_association = false
  transit_gateway_default_route_table_propagation = false
  tags                                            = { Name = "main" }
}
resource "aws_ec2_transit_gateway_vpc_attachment" "other" {
  transit_gateway_id = aws_ec2_transit_gateway.hub.id
  vpc_id             = aws_vpc.other.id
  subnet_ids         = [aws_subnet.other.id]
}
resource "aws_ec2_transit_gateway_route_table" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.hub.id
  tags               = { Stage = var.stage }
}
resource "aws_ec2_transit_gateway_route_table_association" "main" {
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.main.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}
resource "aws_ec2_transit_gateway_route_table_propagation" "other" {
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.other.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}
resource "aws_ec2_transit_gateway_route" "fixed" {
  destination_cidr_block         = local.second ? "10.30.0.0/16" : "10.20.0.0/16"
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.other.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}
resource "aws_ec2_transit_gateway_route" "nowhere" {
  destination_cidr_block         = "10.99.0.0/16"
  blackhole                      = true
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}
resource "aws_ec2_managed_prefix_list" "far" {
  name           = "far"
  address_family = "IPv4"
  max_entries    = 2
  entry { cidr = "10.40.0.0/16" }
}
resource "aws_ec2_transit_gateway_prefix_list_reference" "far" {
  prefix_list_id                 = aws_ec2_managed_prefix_list.far.id
  transit_gateway_attachment_id  = local.second ? aws_ec2_transit_gateway_vpc_attachment.other.id : null
  blackhole                      = !local.second
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}
resource "aws_route" "out" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "10.0.0.0/8"
  transit_gateway_id     = aws_ec2_transit_gateway.hub.id
  depends_on             = [aws_ec2_transit_gateway_vpc_attachment.main]
}
resource "aws_ec2_transit_gateway" "far" { provider = aws.far }
resource "aws_ec2_transit_gateway_peering_attachment" "far" {
  transit_gateway_id      = aws_ec2_transit_gateway.hub.id
  peer_transit_gateway_id = aws_ec2_transit_gateway.far.id
  peer_account_id         = data.aws_caller_identity.own.account_id
  peer_region             = "eu-west-1"
  tags                    = { Stage = var.stage }
}
resource "aws_ec2_transit_gateway_peering_attachment_accepter" "far" {
  provider                      = aws.far
  transit_gateway_attachment_id = aws_ec2_transit_gateway_peering_attachment.far.id
}
data "aws_ec2_transit_gateway" "hub" { id = aws_ec2_transit_gateway.hub.id }
data "aws_ec2_transit_gateway_vpc_attachment" "main" { id = aws_ec2_transit_gateway_vpc_attachment.main.id }
data "aws_ec2_transit_gateway_vpc_attachments" "all" {
  depends_on = [aws_ec2_transit_gateway_vpc_attachment.main, aws_ec2_transit_gateway_vpc_attachment.other]
}
data "aws_ec2_transit_gateway_attachment" "main" {
  transit_gateway_attachment_id = aws_ec2_transit_gateway_vpc_attachment.main.id
}
data "aws_ec2_transit_gateway_attachments" "vpcs" {
  filter {
    name   = "resource-type"
    values = ["vpc"]
  }
  depends_on = [aws_ec2_transit_gateway_vpc_attachment.main, aws_ec2_transit_gateway_vpc_attachment.other]
}
data "aws_ec2_transit_gateway_route_table" "main" { id = aws_ec2_transit_gateway_route_table.main.id }
data "aws_ec2_transit_gateway_route_tables" "all" { depends_on = [aws_ec2_transit_gateway_route_table.main] }
data "aws_ec2_transit_gateway_route_table_associations" "main" {
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table_association.main.transit_gateway_route_table_id
}
data "aws_ec2_transit_gateway_route_table_propagations" "main" {
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table_propagation.other.transit_gateway_route_table_id
}
data "aws_ec2_transit_gateway_route_table_routes" "main" {
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
  filter {
    name   = "type"
    values = ["static", "propagated"]
  }
  depends_on = [aws_ec2_transit_gateway_route.fixed, aws_ec2_transit_gateway_route.nowhere]
}
data "aws_ec2_transit_gateway_peering_attachment" "far" {
  id = aws_ec2_transit_gateway_peering_attachment_accepter.far.id
}
output "attachments" { value = length(data.aws_ec2_transit_gateway_vpc_attachments.all.ids) }
output "tables" { value = length(data.aws_ec2_transit_gateway_route_tables.all.ids) }
output "asn" { value = data.aws_ec2_transit_gateway.hub.amazon_side_asn }
output "associated" { value = length(data.aws_ec2_transit_gateway_route_table_associations.main.ids) }
"""

IMPORTED = [
    "aws_ec2_transit_gateway.hub", "aws_ec2_transit_gateway_vpc_attachment.other",
    "aws_ec2_transit_gateway_route_table.main", "aws_ec2_transit_gateway_route_table_association.main",
    "aws_ec2_transit_gateway_route_table_propagation.other", "aws_ec2_transit_gateway_route.fixed",
    "aws_ec2_transit_gateway_prefix_list_reference.far", "aws_ec2_transit_gateway_peering_attachment.far",
]

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output == {"attachments": 2, "tables": 2, "asn": 64512, "associated": 1}, output

    made.reimport(IMPORTED)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said and "to destroy" not in said or "0 to destroy" in said, said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
