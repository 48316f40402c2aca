"""Stock Terraform at a VPC's edge: interfaces, prefix lists, endpoints, flow logs, NAT gateway addresses."""

import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
variable "stage" { default = "first" }
locals { second = var.stage == "second" }
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-amd64-server-*"]
  }
}
resource "aws_vpc" "main" {
  cidr_block           = "10.1.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_vpc" "other" { cidr_block = "10.2.0.0/16" }
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
# Only fixed addresses are in this subnet, so that no generated one can be the same.
resource "aws_subnet" "fixed" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.3.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_route_table" "private" { vpc_id = aws_vpc.main.id }
resource "aws_route_table" "second" { vpc_id = aws_vpc.main.id }
resource "aws_security_group" "first" {
  name   = "first"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "second" {
  name   = "second"
  vpc_id = aws_vpc.main.id
}
resource "aws_vpc_security_group_vpc_association" "other" {
  security_group_id = aws_security_group.second.id
  vpc_id            = aws_vpc.other.id
}

# Interfaces
resource "aws_instance" "main" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "m5.large"
  network_interface {
    network_interface_id = aws_network_interface.primary.id
    device_index         = 0
  }
}
resource "aws_network_interface" "primary" {
  subnet_id = aws_subnet.a.id
  lifecycle { ignore_changes = [security_groups] }
}
resource "aws_network_interface" "second" {
  subnet_id         = aws_subnet.fixed.id
  description       = "of ${var.stage}"
  private_ips       = local.second ? ["10.1.3.50", "10.1.3.52", "10.1.3.53"] : ["10.1.3.50", "10.1.3.51"]
  security_groups   = local.second ? [aws_security_group.first.id, aws_security_group.second.id] : [aws_security_group.first.id]
  source_dest_check = local.second
  tags              = { Stage = var.stage }
}
resource "aws_network_interface" "prefixed" {
  subnet_id         = aws_subnet.b.id
  ipv4_prefix_count = 1
}
resource "aws_network_interface_attachment" "second" {
  instance_id          = aws_instance.main.id
  network_interface_id = aws_network_interface.second.id
  device_index         = 1
}
resource "aws_network_interface_sg_attachment" "primary" {
  security_group_id    = aws_security_group.first.id
  network_interface_id = aws_network_interface.primary.id
}
resource "aws_eip" "secondary" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}
resource "aws_eip_association" "secondary" {
  allocation_id        = aws_eip.secondary.id
  network_interface_id = aws_network_interface.second.id
  private_ip_address   = "10.1.3.50"
}
resource "aws_eip" "named" { domain = "vpc" }
resource "aws_eip_domain_name" "named" {
  allocation_id = aws_eip.named.allocation_id
  domain_name   = "${var.stage}.mail.example.com"
}
data "aws_network_interface" "second" {
  id         = aws_network_interface.second.id
  depends_on = [aws_network_interface_attachment.second]
}
data "aws_network_interfaces" "all" {
  filter {
    name   = "addresses.private-ip-address"
    values = [aws_network_interface.prefixed.private_ip]
  }
}

# Prefix lists
resource "aws_ec2_managed_prefix_list" "inline" {
  name           = "inline-${var.stage}"
  address_family = "IPv4"
  max_entries    = 5
  dynamic "entry" {
    # Provider 5.100 stumbles over its own version when a description changes.
    for_each = local.second ? { "10.9.0.0/16" = "kept", "10.11.0.0/16" = "new" } : {
      "10.9.0.0/16" = "kept", "10.10.0.0/16" = "gone" }
    content {
      cidr        = entry.key
      description = entry.value
    }
  }
  tags = { Stage = var.stage }
}
resource "aws_ec2_managed_prefix_list" "apart" {
  name           = "apart"
  address_family = "IPv4"
  max_entries    = 5
}
resource "aws_ec2_managed_prefix_list_entry" "one" {
  prefix_list_id = aws_ec2_managed_prefix_list.apart.id
  cidr           = "10.20.0.0/16"
  description    = "alone"
}
resource "aws_vpc_security_group_ingress_rule" "listed" {
  security_group_id = aws_security_group.first.id
  prefix_list_id    = aws_ec2_managed_prefix_list.inline.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
data "aws_ec2_managed_prefix_list" "s3" { name = "com.amazonaws.us-east-1.s3" }
data "aws_prefix_list" "s3" { name = "com.amazonaws.us-east-1.s3" }
data "aws_ec2_managed_prefix_lists" "all" {}

# Flow logs
resource "aws_flow_log" "bucket" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ALL"
  log_destination_type     = "s3"
  log_destination          = "arn:aws:s3:::my-flow-logs/vpc/"
  max_aggregation_interval = 60
  destination_options {
    file_format        = "parquet"
    per_hour_partition = true
  }
  tags = { Stage = var.stage }
}
resource "aws_flow_log" "group" {
  subnet_id       = aws_subnet.a.id
  traffic_type    = "REJECT"
  iam_role_arn    = "arn:aws:iam::123456789012:role/flows"
  log_destination = "arn:aws:logs:us-east-1:123456789012:log-group:flows"
}
resource "aws_flow_log" "interface" {
  eni_id               = aws_network_interface.prefixed.id
  traffic_type         = "ACCEPT"
  log_destination_type = "s3"
  log_destination      = "arn:aws:s3:::my-flow-logs"
}

# Endpoints
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.us-east-1.s3"
  route_table_ids = [aws_route_table.private.id]
  tags            = { Stage = var.stage }
}
resource "aws_vpc_endpoint" "dynamodb" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.us-east-1.dynamodb"
}
resource "aws_vpc_endpoint_route_table_association" "dynamodb" {
  vpc_endpoint_id = aws_vpc_endpoint.dynamodb.id
  route_table_id  = aws_route_table.second.id
}
resource "aws_vpc_endpoint_policy" "dynamodb" {
  vpc_endpoint_id = aws_vpc_endpoint.dynamodb.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = "*", Action = local.second ? "dynamodb:*" : "dynamodb:Get*", Resource = "*" }] })
}
resource "aws_vpc_endpoint" "ecr" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.ecr.dkr"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = local.second ? [aws_subnet.a.id, aws_subnet.b.id] : [aws_subnet.a.id]
  security_group_ids  = local.second ? [aws_security_group.second.id] : [aws_security_group.first.id]
  private_dns_enabled = true
}
resource "aws_vpc_endpoint" "sts" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.us-east-1.sts"
  vpc_endpoint_type = "Interface"
}
resource "aws_vpc_endpoint_subnet_association" "sts" {
  vpc_endpoint_id = aws_vpc_endpoint.sts.id
  subnet_id       = aws_subnet.b.id
}
resource "aws_vpc_endpoint_security_group_association" "sts" {
  vpc_endpoint_id             = aws_vpc_endpoint.sts.id
  security_group_id           = aws_security_group.second.id
  replace_default_association = true
}
resource "aws_vpc_endpoint_service" "own" {
  acceptance_required        = true
  network_load_balancer_arns = ["arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/app/0123456789abcdef"]
  tags                       = { Stage = var.stage }
}
resource "aws_vpc_endpoint_service_allowed_principal" "root" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.own.id
  principal_arn           = "arn:aws:iam::123456789012:root"
}
resource "aws_vpc_endpoint_connection_notification" "own" {
  vpc_endpoint_service_id     = aws_vpc_endpoint_service.own.id
  connection_notification_arn = "arn:aws:sns:us-east-1:123456789012:endpoints"
  connection_events           = local.second ? ["Accept", "Delete"] : ["Accept", "Reject"]
}
resource "aws_vpc_endpoint" "own" {
  vpc_id            = aws_vpc.other.id
  service_name      = aws_vpc_endpoint_service.own.service_name
  vpc_endpoint_type = "Interface"
  depends_on        = [aws_vpc_endpoint_service_allowed_principal.root]
}
resource "aws_vpc_endpoint_connection_accepter" "own" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.own.id
  vpc_endpoint_id         = aws_vpc_endpoint.own.id
}
data "aws_vpc_endpoint" "s3" { id = aws_vpc_endpoint.s3.id }
data "aws_vpc_endpoint_service" "s3" {
  service      = "s3"
  service_type = "Gateway"
}

# NAT gateways with several addresses
resource "aws_eip" "nat" {
  count  = 2
  domain = "vpc"
}
resource "aws_nat_gateway" "public" {
  subnet_id                = aws_subnet.b.id
  allocation_id            = aws_eip.nat[0].id
  secondary_allocation_ids = local.second ? [] : [aws_eip.nat[1].id]
  depends_on               = [aws_internet_gateway.main]
}
resource "aws_nat_gateway" "private" {
  subnet_id                          = aws_subnet.a.id
  connectivity_type                  = "private"
  secondary_private_ip_address_count = local.second ? 3 : 2
}

# Public access
resource "aws_vpc_block_public_access_options" "main" {
  internet_gateway_block_mode = local.second ? "block-ingress" : "block-bidirectional"
}
resource "aws_vpc_block_public_access_exclusion" "other" {
  vpc_id                          = aws_vpc.other.id
  internet_gateway_exclusion_mode = local.second ? "allow-egress" : "allow-bidirectional"
  tags                            = { Stage = var.stage }
}
resource "aws_vpc_network_performance_metric_subscription" "west" {
  source      = "us-east-1"
  destination = "us-west-1"
}
output "interfaces" { value = data.aws_network_interfaces.all.ids }
output "list" { value = [data.aws_prefix_list.s3.id, data.aws_ec2_managed_prefix_list.s3.id, data.aws_vpc_endpoint.s3.prefix_list_id] }
output "service" { value = data.aws_vpc_endpoint_service.s3.service_name }
output "prefix" { value = aws_network_interface.prefixed.ipv4_prefixes }
"""

IMPORTED = [
    "aws_network_interface.second", "aws_network_interface_attachment.second", "aws_eip_association.secondary",
    "aws_ec2_managed_prefix_list.inline", "aws_flow_log.bucket", "aws_vpc_endpoint.s3", "aws_vpc_endpoint.ecr",
    "aws_vpc_endpoint_service.own", "aws_vpc_endpoint_connection_notification.own", "aws_nat_gateway.private",
    "aws_vpc_endpoint_policy.dynamodb", "aws_vpc_block_public_access_options.main", "aws_vpc_block_public_access_exclusion.other",
]

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output["list"] == ["pl-63a5400a"] * 3 and output["service"] == "com.amazonaws.us-east-1.s3", output
    assert len(output["prefix"]) == 1 and len(output["interfaces"]) == 1, output

    made.reimport(IMPORTED)
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said and "to destroy" not in said or "0 to destroy" in said, said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
