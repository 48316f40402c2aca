#!/bin/bash
# status: done
# console: runs as app in /opt/app with KEY=value
useradd --system --create-home --home-dir /opt/app --shell /usr/sbin/nologin app
echo KEY=value > /etc/app.env
cat > /etc/systemd/system/app.service <<X
[Service]
Type=oneshot
RemainAfterExit=yes
User=app
WorkingDirectory=/opt/app
EnvironmentFile=/etc/app.env
ExecStart=/bin/sh -c 'echo "runs as \$(id -un) in \$(pwd) with KEY=\$KEY" > /opt/app/said'
X
systemctl start app && cat /opt/app/said
