#!/bin/sh
echo "bash: ${0##*/}: command not found" >&2
exit 127
