#!/bin/bash
# status: error
# needs: docker
# console: this engine keeps images and runs no containers
set -e
apt-get update && apt-get install -y docker.io docker-compose-v2
mkdir -p /opt/app && cd /opt/app
printf 'services:\n  web:\n    image: nginx\n    ports: ["8083:80"]\n' > docker-compose.yml
docker compose up -d
