#!/bin/sh
# status: done
# console: i-
curl -s http://169.254.169.254/latest/meta-data/instance-id; echo
