#!/bin/bash
# status: error
# console: E: Unable to locate package no-such-agent
# console: name no-such-agent under 'packages:' of a scenario
set -e
apt-get install -y no-such-agent
