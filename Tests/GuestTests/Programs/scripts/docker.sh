#!/bin/bash
# status: done
# needs: docker
# console: Docker version
apt-get update && apt-get install -y docker.io
systemctl enable --now docker
usermod -aG docker ubuntu
docker --version
