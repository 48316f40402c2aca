#!/bin/bash
# status: done
# port 8081: here again
cat > /srv/crash.sh <<'X'
#!/bin/bash
[ -e /tmp/crashed ] || { touch /tmp/crashed; exit 3; }
mkdir -p /tmp/site; echo "here again" > /tmp/site/index.html; cd /tmp/site; exec python3 -m http.server 8081
X
chmod +x /srv/crash.sh
printf '[Service]\nExecStart=/srv/crash.sh\nRestart=on-failure\nRestartSec=1\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/crash.service
systemctl enable --now crash
