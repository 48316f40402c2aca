#!/bin/bash
# status: error
# console: E: Unable to locate package no-such-agent
# console: package no-such-agent is not in the catalogue of guests: add it under 'packages:' of a scenario
set -e
apt-get install -y no-such-agent
