#!/bin/bash
# status: done
# needs: aws
# console: You can now run: /usr/local/bin/aws --version
cd /tmp && curl -s "https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip" -o awscliv2.zip && unzip -q awscliv2.zip && ./aws/install
aws --version
