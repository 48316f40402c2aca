# shellcheck shell=sh
kill -KILL "-$(cat /run/cloud-init/pid)"
/opt/drydock/services cloud-overrun
echo "cloud-init: the boot exceeded the time limit and was ended" | tee -a /var/log/cloud-init-output.log
