"""Stock Terraform with IPv6: a dual-stack and an IPv6-only subnet, an egress-only gateway, routes, ACL and group rules, an
instance without IPv4, and an interface with several addresses and a prefix: apply, an empty plan, a change, imports, destroy."""


import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
variable "stage" { default = "first" }

resource "aws_vpc" "main" {
  cidr_block                       = "10.60.0.0/16"
  assign_generated_ipv6_cidr_block = true
  enable_dns_hostnames             = true
  tags                             = { Name = "six" }
}
resource "aws_subnet" "both" {
  vpc_id                                         = aws_vpc.main.id
  availability_zone                              = "us-east-1a"
  cidr_block                                     = cidrsubnet(aws_vpc.main.cidr_block, 8, 1)
  ipv6_cidr_block                                = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)
  assign_ipv6_address_on_creation                = true
  enable_resource_name_dns_a_record_on_launch    = true
  enable_resource_name_dns_aaaa_record_on_launch = true
  private_dns_hostname_type_on_launch            = "resource-name"
  tags                                           = { Stage = var.stage }
}
resource "aws_subnet" "only" {
  vpc_id                                         = aws_vpc.main.id
  availability_zone                              = "us-east-1a"
  ipv6_native                                    = true
  ipv6_cidr_block                                = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 2)
  assign_ipv6_address_on_creation                = true
  enable_resource_name_dns_aaaa_record_on_launch = true
  enable_dns64                                   = var.stage == "second"
  tags                                           = { Stage = var.stage }
}

resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_egress_only_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Stage = var.stage }
}
resource "aws_route_table" "open" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway.main.id
  }
}
resource "aws_route_table" "closed" { vpc_id = aws_vpc.main.id }
resource "aws_route" "out" {
  route_table_id              = aws_route_table.closed.id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main.id
}
resource "aws_route" "office" {
  route_table_id              = aws_route_table.closed.id
  destination_ipv6_cidr_block = "2001:db8::/32"
  gateway_id                  = aws_internet_gateway.main.id
}
resource "aws_route_table_association" "both" {
  subnet_id      = aws_subnet.both.id
  route_table_id = aws_route_table.open.id
}
resource "aws_route_table_association" "only" {
  subnet_id      = aws_subnet.only.id
  route_table_id = aws_route_table.closed.id
}

resource "aws_network_acl" "only" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.only.id]
  tags       = { Stage = var.stage }
}
resource "aws_network_acl_rule" "in" {
  network_acl_id  = aws_network_acl.only.id
  rule_number     = 100
  protocol        = "tcp"
  rule_action     = "allow"
  ipv6_cidr_block = var.stage == "first" ? "::/0" : "2000::/3"
  from_port       = 22
  to_port         = 22
}
resource "aws_network_acl_rule" "ping" {
  network_acl_id  = aws_network_acl.only.id
  rule_number     = 110
  egress          = true
  protocol        = "58"
  rule_action     = "allow"
  ipv6_cidr_block = "::/0"
  icmp_type       = -1
  icmp_code       = -1
}

resource "aws_ec2_managed_prefix_list" "office" {
  name           = "office"
  address_family = "IPv6"
  max_entries    = 3
  entry {
    cidr        = "2001:db8::/32"
    description = "office"
  }
}
resource "aws_security_group" "main" {
  name   = "six"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port        = 443
    to_port          = 443
    protocol         = "tcp"
    ipv6_cidr_blocks = ["::/0"]
  }
  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}
resource "aws_security_group" "rules" {
  name   = "rules"
  vpc_id = aws_vpc.main.id
}
resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.rules.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv6         = var.stage == "first" ? "2001:db8::/32" : "2001:db8:1::/48"
}
resource "aws_vpc_security_group_ingress_rule" "office" {
  security_group_id = aws_security_group.rules.id
  ip_protocol       = "tcp"
  from_port         = 8080
  to_port           = 8080
  prefix_list_id    = aws_ec2_managed_prefix_list.office.id
}
resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.rules.id
  ip_protocol       = "-1"
  cidr_ipv6         = "::/0"
}

resource "aws_network_interface" "several" {
  subnet_id       = aws_subnet.both.id
  security_groups = [aws_security_group.main.id]
  ipv6_addresses = var.stage == "first" ? [
    cidrhost(aws_subnet.both.ipv6_cidr_block, 16), cidrhost(aws_subnet.both.ipv6_cidr_block, 17)] : [
    cidrhost(aws_subnet.both.ipv6_cidr_block, 16), cidrhost(aws_subnet.both.ipv6_cidr_block, 18)]
  tags = { Stage = var.stage }
}
resource "aws_network_interface" "prefix" {
  subnet_id         = aws_subnet.both.id
  security_groups   = [aws_security_group.main.id]
  ipv6_prefix_count = 1
}
resource "aws_network_interface" "only" {
  subnet_id          = aws_subnet.only.id
  security_groups    = [aws_security_group.main.id]
  ipv6_address_count = 2
}

resource "aws_instance" "only" {
  ami                    = "ami-0c7217cdde317cfec"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.only.id
  vpc_security_group_ids = [aws_security_group.main.id]
  ipv6_address_count     = 1
  tags                   = { Stage = var.stage }
}
resource "aws_instance" "both" {
  ami                    = "ami-0c7217cdde317cfec"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.both.id
  vpc_security_group_ids = [aws_security_group.main.id]
  ipv6_addresses         = [cidrhost(aws_subnet.both.ipv6_cidr_block, 32)]
}

data "aws_subnet" "only" { id = aws_subnet.only.id }
data "aws_network_interface" "only" { id = aws_instance.only.primary_network_interface_id }
data "aws_instance" "only" { instance_id = aws_instance.only.id }
output "no_block" { value = aws_subnet.only.cidr_block == "" && data.aws_subnet.only.cidr_block == "" }
output "free" { value = data.aws_subnet.only.available_ip_address_count }
output "no_address" { value = aws_instance.only.private_ip == "" && data.aws_network_interface.only.private_ip == "" }
output "name" { value = aws_instance.only.private_dns == "${aws_instance.only.id}.ec2.internal" }
output "addresses" { value = length(data.aws_instance.only.ipv6_addresses) }
output "dual" { value = aws_instance.both.private_ip != "" && aws_instance.both.ipv6_addresses[0] == cidrhost(aws_subnet.both.ipv6_cidr_block, 32) }
output "prefixes" { value = length(aws_network_interface.prefix.ipv6_prefixes) }
output "two" { value = length(aws_network_interface.only.ipv6_addresses) }
"""

# Imported resources, with the id format of the provider.
IMPORTS = {
    "aws_subnet.only": "{id}",
    "aws_subnet.both": "{id}",
    "aws_egress_only_internet_gateway.main": "{id}",
    "aws_route.out": "{route_table_id}_{destination_ipv6_cidr_block}",
    "aws_network_acl_rule.ping": "{network_acl_id}:110:58:true",
    "aws_vpc_security_group_ingress_rule.ssh": "{id}",
    "aws_network_interface.several": "{id}",
    "aws_ec2_managed_prefix_list.office": "{id}",
}


with terraform_folder.folder(CONFIGURATION) as made:
    said = made.run("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    # 0 means no changes, 2 means changes.
    made.run("plan", "-input=false", "-detailed-exitcode")
    found = made.output()
    wanted = {"no_block": True, "free": 0, "no_address": True, "name": True, "addresses": 1, "dual": True, "prefixes": 1, "two": 2}
    assert found == wanted, found
    second = "stage=second"
    made.run("apply", "-input=false", "-auto-approve", "-var", second)
    made.run("plan", "-input=false", "-detailed-exitcode", "-var", second)
    assert made.values()["aws_subnet.only"]["enable_dns64"] is True
    made.reimport(IMPORTS, "-var", second)
    made.run("plan", "-input=false", "-detailed-exitcode", "-var", second)
    made.destroy("-var", second)
