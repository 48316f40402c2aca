"""Stock Terraform and VPN connections, Client VPN, traffic mirroring, transit gateways' Connect and multicast, Verified Access."""

import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
variable "stage" { default = "first" }
locals {
  second      = var.stage == "second"
  certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"
}
resource "aws_vpc" "main" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "main" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.1.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_security_group" "main" { vpc_id = aws_vpc.main.id }

# VPN connections
resource "aws_customer_gateway" "office" {
  bgp_asn    = 65010
  ip_address = "203.0.113.9"
  type       = "ipsec.1"
}
resource "aws_vpn_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_vpn_connection" "office" {
  customer_gateway_id      = aws_customer_gateway.office.id
  vpn_gateway_id           = aws_vpn_gateway.main.id
  type                     = "ipsec.1"
  static_routes_only       = true
  local_ipv4_network_cidr  = local.second ? "192.168.0.0/16" : "0.0.0.0/0"
  tunnel1_inside_cidr      = "169.254.33.20/30"
  tunnel1_preshared_key    = "first_key_of_tunnel"
  tunnel1_startup_action   = local.second ? "start" : "add"
  tunnel1_ike_versions     = ["ikev2"]
  tunnel2_phase1_encryption_algorithms = ["AES256", "AES256-GCM-16"]
  tunnel2_log_options {
    cloudwatch_log_options {
      log_enabled   = true
      log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:tunnel"
    }
  }
  tags = { Stage = var.stage }
}
resource "aws_vpn_connection_route" "office" {
  destination_cidr_block = local.second ? "192.168.20.0/24" : "192.168.10.0/24"
  vpn_connection_id      = aws_vpn_connection.office.id
}
resource "aws_vpn_connection" "hub" {
  customer_gateway_id = aws_customer_gateway.office.id
  transit_gateway_id  = aws_ec2_transit_gateway.hub.id
  type                = "ipsec.1"
}
data "aws_ec2_transit_gateway_vpn_attachment" "hub" {
  transit_gateway_id = aws_ec2_transit_gateway.hub.id
  vpn_connection_id  = aws_vpn_connection.hub.id
}

# Client VPN. A network's association takes four minutes at least, because the provider waits so long.
resource "aws_ec2_client_vpn_endpoint" "main" {
  description            = "clients of ${var.stage}"
  client_cidr_block      = "172.20.0.0/16"
  server_certificate_arn = local.certificate
  split_tunnel           = local.second
  dns_servers            = local.second ? ["10.1.0.2"] : null
  session_timeout_hours  = local.second ? 8 : 24
  vpc_id                 = aws_vpc.main.id
  security_group_ids     = [aws_security_group.main.id]
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = local.certificate
  }
  connection_log_options { enabled = false }
  tags = { Stage = var.stage }
}
resource "aws_ec2_client_vpn_authorization_rule" "main" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.main.id
  target_network_cidr    = "10.1.0.0/16"
  authorize_all_groups   = true
}
data "aws_ec2_client_vpn_endpoint" "main" { client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.main.id }

# Traffic mirroring
resource "aws_network_interface" "source" { subnet_id = aws_subnet.main.id }
resource "aws_network_interface" "probe" { subnet_id = aws_subnet.main.id }
resource "aws_ec2_traffic_mirror_target" "probe" {
  description          = "probe"
  network_interface_id = aws_network_interface.probe.id
  tags                 = { Stage = var.stage }
}
resource "aws_ec2_traffic_mirror_target" "balancer" {
  network_load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/probe/0123456789abcdef"
}
resource "aws_ec2_traffic_mirror_filter" "main" {
  description      = "TCP"
  network_services = local.second ? [] : ["amazon-dns"]
}
resource "aws_ec2_traffic_mirror_filter_rule" "in" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.main.id
  traffic_direction        = "ingress"
  rule_number              = local.second ? 20 : 10
  rule_action              = "accept"
  protocol                 = 6
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "10.1.0.0/16"
  destination_port_range {
    from_port = 22
    to_port   = local.second ? 80 : 22
  }
}
resource "aws_ec2_traffic_mirror_session" "main" {
  network_interface_id     = aws_network_interface.source.id
  traffic_mirror_target_id = local.second ? aws_ec2_traffic_mirror_target.balancer.id : aws_ec2_traffic_mirror_target.probe.id
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.main.id
  session_number           = 1
  packet_length            = local.second ? 100 : null
}

# Transit gateways
resource "aws_ec2_transit_gateway" "hub" {
  multicast_support           = "enable"
  transit_gateway_cidr_blocks = ["10.200.0.0/24"]
}
resource "aws_ec2_transit_gateway_vpc_attachment" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.hub.id
  vpc_id             = aws_vpc.main.id
  subnet_ids         = [aws_subnet.main.id]
}
resource "aws_ec2_transit_gateway_connect" "main" {
  transit_gateway_id      = aws_ec2_transit_gateway.hub.id
  transport_attachment_id = aws_ec2_transit_gateway_vpc_attachment.main.id
  tags                    = { Stage = var.stage }
}
resource "aws_ec2_transit_gateway_connect_peer" "main" {
  transit_gateway_attachment_id = aws_ec2_transit_gateway_connect.main.id
  peer_address                  = "10.1.1.50"
  inside_cidr_blocks            = ["169.254.100.0/29"]
  bgp_asn                       = "65020"
  tags                          = { Stage = var.stage }
}
data "aws_ec2_transit_gateway_connect" "main" { transit_gateway_connect_id = aws_ec2_transit_gateway_connect.main.id }
data "aws_ec2_transit_gateway_connect_peer" "main" {
  transit_gateway_connect_peer_id = aws_ec2_transit_gateway_connect_peer.main.id
}
resource "aws_ec2_transit_gateway_multicast_domain" "main" {
  transit_gateway_id     = aws_ec2_transit_gateway.hub.id
  static_sources_support = "enable"
  tags                   = { Stage = var.stage }
}
resource "aws_ec2_transit_gateway_multicast_domain_association" "main" {
  subnet_id                           = aws_subnet.main.id
  transit_gateway_attachment_id       = aws_ec2_transit_gateway_vpc_attachment.main.id
  transit_gateway_multicast_domain_id = aws_ec2_transit_gateway_multicast_domain.main.id
}
resource "aws_ec2_transit_gateway_multicast_group_member" "main" {
  group_ip_address                    = "224.1.0.1"
  network_interface_id                = aws_network_interface.source.id
  transit_gateway_multicast_domain_id = aws_ec2_transit_gateway_multicast_domain_association.main.transit_gateway_multicast_domain_id
}
resource "aws_ec2_transit_gateway_multicast_group_source" "main" {
  group_ip_address                    = "224.1.0.1"
  network_interface_id                = aws_network_interface.source.id
  transit_gateway_multicast_domain_id = aws_ec2_transit_gateway_multicast_group_member.main.transit_gateway_multicast_domain_id
}
data "aws_ec2_transit_gateway_multicast_domain" "main" {
  transit_gateway_multicast_domain_id = aws_ec2_transit_gateway_multicast_group_source.main.transit_gateway_multicast_domain_id
}
resource "aws_ec2_transit_gateway_policy_table" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.hub.id
  tags               = { Stage = var.stage }
}

# Verified Access
resource "aws_verifiedaccess_instance" "main" {
  description = "access of ${var.stage}"
  tags        = { Stage = var.stage }
}
resource "aws_verifiedaccess_trust_provider" "main" {
  policy_reference_name    = "idp"
  trust_provider_type      = "user"
  user_trust_provider_type = "oidc"
  description              = "users of ${var.stage}"
  oidc_options {
    issuer                 = "https://idp.example.com"
    authorization_endpoint = "https://idp.example.com/authorize"
    token_endpoint         = "https://idp.example.com/token"
    user_info_endpoint     = "https://idp.example.com/user"
    client_id              = "client"
    client_secret          = "secret"
    scope                  = local.second ? "openid email" : "openid"
  }
}
resource "aws_verifiedaccess_instance_trust_provider_attachment" "main" {
  verifiedaccess_instance_id       = aws_verifiedaccess_instance.main.id
  verifiedaccess_trust_provider_id = aws_verifiedaccess_trust_provider.main.id
}
resource "aws_verifiedaccess_instance_logging_configuration" "main" {
  verifiedaccess_instance_id = aws_verifiedaccess_instance.main.id
  access_logs {
    include_trust_context = local.second
    cloudwatch_logs {
      enabled   = true
      log_group = "access"
    }
  }
}
resource "aws_verifiedaccess_group" "main" {
  verifiedaccess_instance_id = aws_verifiedaccess_instance_trust_provider_attachment.main.verifiedaccess_instance_id
  description                = "group of ${var.stage}"
  policy_document            = local.second ? "permit(principal, action, resource);" : null
}
resource "aws_verifiedaccess_endpoint" "main" {
  verified_access_group_id = aws_verifiedaccess_group.main.id
  application_domain       = "app.example.com"
  attachment_type          = "vpc"
  description              = "endpoint of ${var.stage}"
  domain_certificate_arn   = local.certificate
  endpoint_domain_prefix   = "app"
  endpoint_type            = "network-interface"
  security_group_ids       = [aws_security_group.main.id]
  network_interface_options {
    network_interface_id = aws_network_interface.probe.id
    port                 = local.second ? 8443 : 443
    protocol             = "https"
  }
}

data "aws_ec2_coip_pools" "all" {}
output "telemetry" { value = sort([for each in aws_vpn_connection.office.vgw_telemetry : each.status]) }
output "bgp" { value = aws_vpn_connection.hub.tunnel1_bgp_asn }
output "inside" { value = aws_vpn_connection.office.tunnel1_vgw_inside_address }
output "attached" { value = data.aws_ec2_transit_gateway_vpn_attachment.hub.id == aws_vpn_connection.hub.transit_gateway_attachment_id }
output "members" { value = length(data.aws_ec2_transit_gateway_multicast_domain.main.members) }
output "pools" { value = length(data.aws_ec2_coip_pools.all.pool_ids) }
"""

IMPORTED = [
    "aws_vpn_connection.hub", "aws_ec2_client_vpn_endpoint.main", "aws_ec2_traffic_mirror_target.probe",
    "aws_ec2_traffic_mirror_session.main", "aws_ec2_transit_gateway_connect.main",
    "aws_ec2_transit_gateway_connect_peer.main", "aws_ec2_transit_gateway_multicast_domain.main",
    "aws_ec2_transit_gateway_policy_table.main", "aws_verifiedaccess_instance.main", "aws_verifiedaccess_group.main",
]

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    # The tunnel that answers first is the one with the smaller address, so that the inside block is one of two.
    assert output["telemetry"] == ["DOWN", "DOWN"] and output["attached"], output
    assert output["bgp"] == "64512" and output["members"] == 1 and output["pools"] == 0, output

    made.reimport(IMPORTED)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said, said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
