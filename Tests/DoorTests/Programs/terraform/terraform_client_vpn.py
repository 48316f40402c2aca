"""Stock Terraform and a Client VPN endpoint's networks and routes. The provider waits four minutes before it looks at a network's
association, and again at its end, however fast that is."""

import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
variable "stage" { default = "first" }
locals { certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4-5678-90ab-cdef-111111111111" }
resource "aws_vpc" "main" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "main" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.1.0/24"
  availability_zone = "us-east-1a"
}
resource "aws_ec2_client_vpn_endpoint" "main" {
  client_cidr_block      = "172.20.0.0/16"
  server_certificate_arn = local.certificate
  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = local.certificate
  }
  connection_log_options { enabled = false }
}
resource "aws_ec2_client_vpn_network_association" "main" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.main.id
  subnet_id              = aws_subnet.main.id
}
resource "aws_ec2_client_vpn_route" "out" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.main.id
  destination_cidr_block = var.stage == "second" ? "10.99.0.0/16" : "0.0.0.0/0"
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.main.subnet_id
  description            = "way of ${var.stage}"
}
output "vpc" { value = aws_ec2_client_vpn_network_association.main.vpc_id == aws_vpc.main.id }
output "type" { value = [aws_ec2_client_vpn_route.out.type, aws_ec2_client_vpn_route.out.origin] }
"""

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output == {"vpc": True, "type": ["Nat", "add-route"]}, output

    made.reimport({"aws_ec2_client_vpn_network_association.main": "{client_vpn_endpoint_id},{association_id}"})
    made.reimport(["aws_ec2_client_vpn_route.out"])
    terraform("plan", "-input=false", "-detailed-exitcode")

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
