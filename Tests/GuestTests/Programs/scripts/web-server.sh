#!/bin/bash
# status: done
# port 8080: a page of ubuntu
set -euxo pipefail
exec > >(tee /var/log/user-data.log | logger -t user-data -s 2>/dev/console) 2>&1
apt-get update -y
mkdir -p /var/www && echo "a page of $(. /etc/os-release; echo $ID)" > /var/www/index.html
cat > /etc/systemd/system/web.service <<X
[Unit]
After=network-online.target
Wants=network-online.target
[Service]
User=www-data
WorkingDirectory=/var/www
ExecStart=/usr/bin/python3 -m http.server 8080
Restart=always
[Install]
WantedBy=multi-user.target
X
systemctl daemon-reload
systemctl enable --now web.service
