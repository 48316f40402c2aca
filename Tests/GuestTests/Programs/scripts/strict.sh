#!/bin/bash
# status: error
# console: Failed to run module scripts_user
set -e
ls /nowhere
echo "never said"
