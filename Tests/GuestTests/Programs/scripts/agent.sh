#!/bin/bash
# status: error
# needs: wget
# console: 'amazoncloudwatch-agent.s3.amazonaws.com' is not simulated: declare the URL under 'internet:' of a scenario
# console: a unit of an agent: active
# console: dpkg: error: cannot access archive './amazon-cloudwatch-agent.deb'
snap start amazon-ssm-agent
echo "a unit of an agent: $(systemctl is-active snap.amazon-ssm-agent.amazon-ssm-agent)"
wget -q https://amazoncloudwatch-agent.s3.amazonaws.com/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb
set -e
dpkg -i -E ./amazon-cloudwatch-agent.deb
