#!/bin/bash
# status: done
# console: the runner of runner works in /home/runner/work
adduser --disabled-password --gecos "" runner
su - runner -c 'mkdir -p work && cd work && echo "the runner of $(id -un) works in $PWD"'
