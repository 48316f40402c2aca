"""Stock Terraform and route servers, transit gateways' default route tables and policy tables, private DNS names of endpoint
services, and what accounts without Outposts have none of."""

import terraform_folder

CONFIGURATION = terraform_folder.providers(far="eu-west-1") + r"""
variable "stage" { default = "first" }
locals { second = var.stage == "second" }
data "aws_caller_identity" "own" {}
resource "aws_vpc" "main" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "main" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.1.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_route_table" "main" { vpc_id = aws_vpc.main.id }
# Only fixed addresses are in this subnet, so that no generated one can be the same.
resource "aws_subnet" "appliance" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.2.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_network_interface" "appliance" {
  subnet_id   = aws_subnet.appliance.id
  private_ips = ["10.1.2.10"]
}

# Route servers
resource "aws_vpc_route_server" "main" {
  amazon_side_asn         = 65000
  persist_routes          = local.second ? "enable" : "disable"
  persist_routes_duration = local.second ? 2 : null
  tags                    = { Stage = var.stage }
}
resource "aws_vpc_route_server" "keeping" {
  amazon_side_asn         = 4200000000
  persist_routes          = "enable"
  persist_routes_duration = 5
}
resource "aws_vpc_route_server_vpc_association" "main" {
  route_server_id = aws_vpc_route_server.main.route_server_id
  vpc_id          = aws_vpc.main.id
}
resource "aws_vpc_route_server_endpoint" "main" {
  route_server_id = aws_vpc_route_server_vpc_association.main.route_server_id
  subnet_id       = aws_subnet.main.id
  tags            = { Stage = var.stage }
}
resource "aws_vpc_route_server_peer" "main" {
  route_server_endpoint_id = aws_vpc_route_server_endpoint.main.route_server_endpoint_id
  peer_address             = aws_network_interface.appliance.private_ip
  bgp_options {
    peer_asn                = local.second ? 65002 : 65001
    peer_liveness_detection = "bfd"
  }
  tags = { Stage = var.stage }
}
resource "aws_vpc_route_server_propagation" "main" {
  route_server_id = aws_vpc_route_server_vpc_association.main.route_server_id
  route_table_id  = aws_route_table.main.id
}

# Transit gateways
resource "aws_ec2_transit_gateway" "hub" { description = "hub" }
resource "aws_ec2_transit_gateway_route_table" "first" { transit_gateway_id = aws_ec2_transit_gateway.hub.id }
resource "aws_ec2_transit_gateway_route_table" "second" { transit_gateway_id = aws_ec2_transit_gateway.hub.id }
resource "aws_ec2_transit_gateway_default_route_table_association" "hub" {
  transit_gateway_id = aws_ec2_transit_gateway.hub.id
  transit_gateway_route_table_id = (local.second
    ? aws_ec2_transit_gateway_route_table.second.id : aws_ec2_transit_gateway_route_table.first.id)
}
resource "aws_ec2_transit_gateway_default_route_table_propagation" "hub" {
  transit_gateway_id             = aws_ec2_transit_gateway.hub.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.first.id
}
resource "aws_ec2_transit_gateway" "far" { provider = aws.far }
resource "aws_ec2_transit_gateway_peering_attachment" "far" {
  transit_gateway_id      = aws_ec2_transit_gateway.hub.id
  peer_transit_gateway_id = aws_ec2_transit_gateway.far.id
  peer_account_id         = data.aws_caller_identity.own.account_id
  peer_region             = "eu-west-1"
}
resource "aws_ec2_transit_gateway_peering_attachment_accepter" "far" {
  provider                      = aws.far
  transit_gateway_attachment_id = aws_ec2_transit_gateway_peering_attachment.far.id
}
resource "aws_ec2_transit_gateway_policy_table" "hub" { transit_gateway_id = aws_ec2_transit_gateway.hub.id }
resource "aws_ec2_transit_gateway_policy_table_association" "far" {
  transit_gateway_attachment_id   = aws_ec2_transit_gateway_peering_attachment.far.id
  transit_gateway_policy_table_id = aws_ec2_transit_gateway_policy_table.hub.id
  depends_on                      = [aws_ec2_transit_gateway_peering_attachment_accepter.far]
}
data "aws_ec2_transit_gateway_peering_attachments" "hub" {
  filter {
    name   = "transit-gateway-id"
    values = [aws_ec2_transit_gateway.hub.id]
  }
  depends_on = [aws_ec2_transit_gateway_peering_attachment_accepter.far]
}

# The private DNS name of an endpoint service
resource "aws_vpc_endpoint_service" "own" {
  acceptance_required        = false
  private_dns_name           = "api.example.com"
  network_load_balancer_arns = ["arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/app/0123456789abcdef"]
}
resource "aws_vpc_endpoint_service_private_dns_verification" "own" {
  service_id            = aws_vpc_endpoint_service.own.id
  wait_for_verification = true
}

data "aws_ec2_local_gateways" "none" {}
data "aws_ec2_local_gateway_route_tables" "none" {}
data "aws_ec2_local_gateway_virtual_interface_groups" "none" {}
output "none" {
  value = concat(
    tolist(data.aws_ec2_local_gateways.none.ids), tolist(data.aws_ec2_local_gateway_route_tables.none.ids),
    tolist(data.aws_ec2_local_gateway_virtual_interface_groups.none.ids))
}
output "peerings" { value = data.aws_ec2_transit_gateway_peering_attachments.hub.ids }
output "peering" { value = aws_ec2_transit_gateway_peering_attachment.far.id }
output "interface" { value = aws_vpc_route_server_peer.main.endpoint_eni_address }
"""

# Data sources that must find exactly one resource, where an account without Outposts and own addresses has none.
ABSENT = terraform_folder.providers() + r"""
data "aws_ec2_local_gateway" "none" { state = "available" }
data "aws_ec2_local_gateway_route_table" "none" { state = "available" }
data "aws_ec2_local_gateway_virtual_interface" "none" { id = "lgw-vif-0123456789abcdef0" }
data "aws_ec2_local_gateway_virtual_interface_group" "none" { local_gateway_id = "lgw-0123456789abcdef0" }
data "aws_ec2_coip_pool" "none" { pool_id = "ipv4pool-coip-0123456789abcdef0" }
data "aws_ec2_public_ipv4_pool" "none" { pool_id = "ipv4pool-ec2-0123456789abcdef0" }
"""

IMPORTED = [
    "aws_ec2_transit_gateway_policy_table_association.far", "aws_ec2_transit_gateway_peering_attachment.far",
    "aws_vpc_endpoint_service.own",
]
# The others, with the id format of the provider.
PARTS = {
    "aws_vpc_route_server.main": "{route_server_id}",
    "aws_vpc_route_server.keeping": "{route_server_id}",
    "aws_vpc_route_server_endpoint.main": "{route_server_endpoint_id}",
    "aws_vpc_route_server_peer.main": "{route_server_peer_id}",
    "aws_vpc_route_server_vpc_association.main": "{route_server_id},{vpc_id}",
    "aws_vpc_route_server_propagation.main": "{route_server_id},{route_table_id}",
}

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output["none"] == [] and output["peerings"] == [output["peering"]], output
    assert output["interface"].startswith("10.1.1."), output

    made.reimport(IMPORTED)
    made.reimport(PARTS)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said and "0 to destroy" in said or "No changes" in said, said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")

with terraform_folder.folder(ABSENT) as made:
    said = made.run("plan", "-input=false", expect=1)
    assert said.count("Error: ") == 6, said
    for word in ["NotSimulated", "not simulated"]:
        assert word not in said, said
