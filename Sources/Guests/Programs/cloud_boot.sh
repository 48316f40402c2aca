#!/bin/sh
# shellcheck disable=SC3013,SC2034,SC2010  # dash knows -ef; the counter only counts; the folders have no odd names
umask 022
mkdir -p /run/cloud-init /run/lock /run/user /run/systemd/journal
chmod 1777 /run/lock
[ -e /var/lock ] || ln -s /run/lock /var/lock
date +%s > /run/booted
# A disk of an earlier version lacks what has come since, or leads elsewhere.
while read -r file name; do
  place=/usr/local/bin/$name
  [ $place -ef /opt/drydock/$file ] || { [ -e $place ] && [ ! -L $place ]; } || ln -sf /opt/drydock/$file $place
done < /opt/drydock/names
# Programs in Python find Debian's package manager as it is here, before the machine's.
paths=/opt/drydock/python
grep -q '^ID="amzn"' /etc/os-release || paths="$paths
/opt/drydock/python-apt"
for folder in /usr/lib/python3.* /usr/lib64/python3.*; do
  [ -d "$folder" ] || continue
  for place in dist-packages site-packages; do
    place=/usr/local/${folder#/usr/}/$place
    mkdir -p "$place" && printf '%s\nimport drydock_owners\n' "$paths" > "$place/drydock.pth"
  done
done
# Amazon Linux brings AWS's command line, and CloudFormation's helpers in a folder of their own.
if grep -q '^ID="amzn"' /etc/os-release; then
  [ ! -e /opt/drydock/lend/aws ] || [ -e /usr/local/bin/aws ] || grep -qx '!awscli-2' /var/lib/drydock/packages 2> /dev/null ||
    ln -sf /opt/drydock/lend/aws /usr/local/bin/aws
  mkdir -p /opt/aws/bin
  for name in cfn-init cfn-signal cfn-hup cfn-get-metadata; do ln -sf /opt/drydock/services /opt/aws/bin/$name; done
fi
# What root writes to the console arrives there.
mkfifo -m 600 /run/console
setsid cat <> /run/console 4>&- &
setsid /opt/drydock/services --init 4>&- > /dev/null < /dev/null &
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -S /run/systemd/journal/dev-log ] && break; sleep 0.05; done
echo $$ > /run/cloud-init/pid
. /etc/os-release
echo "[    0.000000] Drydock guest $(cat /etc/hostname): $PRETTY_NAME"
for key in /etc/ssh/ssh_host_*_key.pub; do printf 'ci-info: host key %s\n' "$(ssh-keygen -lf $key)"; done
[ -z "$(ls /usr/local/share/ca-certificates /etc/pki/ca-trust/source/anchors 2>/dev/null | grep .)" ] ||
  /opt/drydock/system update-ca-certificates > /dev/null
/opt/drydock/services cloud-boot
echo "$(cat /etc/hostname) login: "
