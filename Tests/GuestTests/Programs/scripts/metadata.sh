#!/bin/bash
# status: done
# needs: jq
# console: region us-east-1 type t2.micro
# console: name of the document us-east-1
TOKEN=$(curl -sX PUT http://169.254.169.254/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 21600")
md() { curl -s -H "X-aws-ec2-metadata-token: $TOKEN" "http://169.254.169.254/latest/meta-data/$1"; }
echo "region $(md placement/region) type $(md instance-type)"
echo "name of the document $(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/dynamic/instance-identity/document | jq -r .region)"
[ "$(md local-ipv4)" = "$(hostname -I | tr -d ' ')" ]
