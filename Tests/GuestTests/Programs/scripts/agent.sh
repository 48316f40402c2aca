#!/bin/bash
# status: error
# console: E: Unable to locate package amazon-cloudwatch-agent
# console: package amazon-cloudwatch-agent needs 'amazon-cloudwatch-agent', which the host machine does not have
# console: a unit of an agent: active
systemctl enable --now amazon-ssm-agent
echo "a unit of an agent: $(systemctl is-active amazon-ssm-agent)"
set -e
apt-get install -y amazon-cloudwatch-agent
