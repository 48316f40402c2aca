#!/bin/bash
# status: done
# port 8082: served by a module
mkdir -p /opt/web && cat > /opt/web/app.py <<'X'
from wsgiref.simple_server import make_server
def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"served by a module\n"]
make_server("", 8082, app).serve_forever()
X
chown -R www-data:www-data /opt/web
printf '[Unit]\nAfter=network.target\n[Service]\nUser=www-data\nGroup=www-data\nWorkingDirectory=/opt/web\nExecStart=/usr/bin/python3 app.py\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/gunicorn.service
systemctl daemon-reload && systemctl start gunicorn && systemctl enable gunicorn
