#!/bin/bash
# status: done
# needs: docker
# console: Docker version
curl -fsSL https://get.docker.com | sh
