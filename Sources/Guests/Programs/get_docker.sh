#!/bin/sh
# Executing docker install script
set -e
as=; [ "$(id -u)" = 0 ] || as=sudo
$as apt-get update -qq >/dev/null
$as apt-get install -y docker-ce docker-ce-cli containerd.io docker-compose-plugin docker-buildx-plugin
docker --version
