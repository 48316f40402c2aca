#!/bin/sh
set -e
umask 022
read -r token
mkdir -p /run/drydock /run/sshd
if [ "$1" = apart ]; then
  mount -t tmpfs -o mode=755,size=4m,nodev tmpfs /run/drydock
  cp "$(command -v setpriv)" /run/drydock/become
  chown 0:@SUDOERS_NUMBER@ /run/drydock/become
  chmod 4750 /run/drydock/become
  if [ -s /opt/drydock/lend/newgrp ]; then
    cp /opt/drydock/lend/newgrp /run/drydock/newgrp
    chmod 4755 /run/drydock/newgrp
    ln -s newgrp /run/drydock/sg
  fi
  # A disk of an earlier version, or from where users aren't apart: two lines for one user, and logins as number 1000.
  awk -F: 'NR == FNR { lines[$1]++; next } lines[$1] > 1 && $3 == 1000 && !seen[$1]++ { next } { print }'             /etc/passwd /etc/passwd > /etc/passwd.new
  cmp -s /etc/passwd /etc/passwd.new || cat /etc/passwd.new > /etc/passwd
  rm /etc/passwd.new
  sed -i '/^Match User .*,!/,$d;/^DenyUsers root$/d' /etc/ssh/sshd_config
  if [ -d /root/.ssh ] && [ ! -L /root/.ssh ]; then chmod 700 /root/.ssh; fi
  grep -q ^sshd: /etc/passwd || echo 'sshd:x:110:65534::/run/sshd:/usr/sbin/nologin' >> /etc/passwd
  # What Drydock wrote is root's, until here.
  while IFS=: read -r _ _ number group _ home _; do
    [ "$number" -ge 1000 ] && [ "$number" -lt 65534 ] && [ -d "$home" ] && [ ! -L "$home" ] || continue
    case $home in /home/?*|/srv/?*) ;; *) continue;; esac
    if [ "$(stat -c %u "$home")" = 0 ]; then chown -hR "$number:$group" "$home"; fi
    if [ -e "$home/.ssh" ]; then chown -hR "$number:$group" "$home/.ssh"; fi
  done < /etc/passwd
  # Folders that lead to what the machine lends, also below /root, are for everybody.
  chmod 700 /root
  shift
  for folder; do
    while folder=${folder%/*} && [ -n "$folder" ]; do chmod a+x "$folder" 2>/dev/null || break; done
  done
  chmod 640 /etc/shadow
  chmod 1777 /tmp /var/tmp
  chmod a+rx /opt
  number=$(sed -n 's/^docker:[^:]*:\([0-9]*\):.*/\1/p' /etc/group)
  chown "0:${number:-@DOCKER_NUMBER@}" /run/docker.sock
  chmod 660 /run/docker.sock
fi
(umask 077; echo "$token" > /run/drydock/token)
# The guest's own copy of what it trusts, which its root may add to.
mkdir -p /run/ssl && cp -r /etc/ssl/. /run/ssl && cp /run/ssl/certs/ca-certificates.crt /run/ssl/drydock.pem
mount --bind /run/ssl /etc/ssl
# What shows the machine instead of the instance. A kernel that forbids this keeps nobody from booting.
cp /proc/sys/kernel/random/uuid /run/boot_id && chmod 444 /run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id || :
for file in cpuinfo meminfo; do
  [ ! -s /opt/drydock/$file ] || mount --bind /opt/drydock/$file /proc/$file || :
done
