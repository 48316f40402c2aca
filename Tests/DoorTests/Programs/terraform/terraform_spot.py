"""Stock Terraform and spot capacity: spot requests, spot instances, prices, Spot Fleets, the data feed.

Importing a Spot Fleet is left out: the provider then wants to replace it for its load balancers."""

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
data "aws_subnet" "a" {
  availability_zone = "us-east-1a"
  default_for_az    = true
}
resource "aws_spot_instance_request" "one" {
  ami                  = data.aws_ami.ubuntu.id
  instance_type        = "m5.large"
  subnet_id            = data.aws_subnet.a.id
  spot_type            = "one-time"
  wait_for_fulfillment = true
  tags                 = { Stage = var.stage }
}
resource "aws_instance" "spot" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "m5.large"
  subnet_id     = data.aws_subnet.a.id
  instance_market_options {
    market_type = "spot"
    spot_options { max_price = "0.09" }
  }
  tags = { Stage = var.stage }
}
resource "aws_instance" "stopping" {
  ami           = data.aws_ami.ubuntu.id
  instance_type = "m5.large"
  subnet_id     = data.aws_subnet.a.id
  instance_market_options {
    market_type = "spot"
    spot_options {
      spot_instance_type             = "persistent"
      instance_interruption_behavior = "stop"
    }
  }
}
data "aws_ec2_spot_price" "now" {
  instance_type     = "m5.large"
  availability_zone = "us-east-1a"
  filter {
    name   = "product-description"
    values = ["Linux/UNIX"]
  }
}
resource "aws_launch_template" "t" {
  name          = "fleet"
  image_id      = data.aws_ami.ubuntu.id
  instance_type = "m5.large"
}
resource "aws_iam_role" "fleet" {
  name               = "fleet"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "spotfleet.amazonaws.com" } }]
  })
}
resource "aws_spot_fleet_request" "templates" {
  iam_fleet_role                = aws_iam_role.fleet.arn
  target_capacity               = local.second ? 3 : 2
  allocation_strategy           = "diversified"
  terminate_instances_on_delete = "true"
  wait_for_fulfillment          = true
  launch_template_config {
    launch_template_specification {
      id      = aws_launch_template.t.id
      version = aws_launch_template.t.latest_version
    }
    overrides { instance_type = "m5.large" }
    overrides { instance_type = "c5.large" }
  }
}
resource "aws_spot_fleet_request" "specifications" {
  iam_fleet_role                      = aws_iam_role.fleet.arn
  target_capacity                     = 1
  terminate_instances_with_expiration = true
  wait_for_fulfillment                = true
  launch_specification {
    ami               = data.aws_ami.ubuntu.id
    instance_type     = "m5.large"
    availability_zone = "us-east-1a"
    tags              = { Name = "of-fleet" }
  }
}
resource "aws_spot_datafeed_subscription" "feed" {
  bucket = "feeds"
  prefix = local.second ? "second" : "first"
}
data "aws_spot_datafeed_subscription" "feed" { depends_on = [aws_spot_datafeed_subscription.feed] }
output "feed" { value = "${data.aws_spot_datafeed_subscription.feed.bucket}/${data.aws_spot_datafeed_subscription.feed.prefix}" }
output "price" { value = tonumber(data.aws_ec2_spot_price.now.spot_price) > 0.01 }
output "lifecycle" { value = aws_instance.spot.instance_lifecycle }
output "requested" { value = aws_spot_instance_request.one.spot_request_state }
"""

with terraform_folder.folder(CONFIGURATION) as made:
    terraform = made.run

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    terraform("plan", "-input=false", "-detailed-exitcode")
    output = made.output()
    assert output == {"price": True, "lifecycle": "spot", "requested": "active", "feed": "feeds/first"}, output

    made.reimport(["aws_instance.spot", "aws_spot_datafeed_subscription.feed"])
    said = terraform("plan", "-input=false")
    assert "must be replaced" not in said, said

    terraform("apply", "-input=false", "-auto-approve", "-var", "stage=second")
    terraform("plan", "-input=false", "-detailed-exitcode", "-var", "stage=second")

    made.destroy("-var", "stage=second")
