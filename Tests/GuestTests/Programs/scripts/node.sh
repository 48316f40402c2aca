#!/bin/bash
# status: done
# needs: node
# port 8084: served by node as ubuntu
# console: the name 'deb.nodesource.com' does not resolve
curl -fsSL https://deb.nodesource.com/setup_20.x | bash -
apt-get install -y nodejs
mkdir -p /srv/app && cat > /srv/app/index.js <<'X'
require("http").createServer((q, r) => r.end(`served by node as ${process.env.USER}\n`)).listen(8084, "0.0.0.0")
X
cat > /etc/systemd/system/app.service <<'X'
[Unit]
After=network-online.target
[Service]
User=ubuntu
WorkingDirectory=/srv/app
ExecStart=/usr/bin/env node index.js
Restart=on-failure
LimitNOFILE=2048
ProtectSystem=full
[Install]
WantedBy=multi-user.target
X
systemctl daemon-reload && systemctl enable --now app
