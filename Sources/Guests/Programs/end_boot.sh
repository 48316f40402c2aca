# shellcheck shell=sh
kill -KILL "-$(cat /run/cloud-init/pid)"
/opt/drydock/services cloud-overrun
echo "cloud-init: the boot took too long and was ended" | tee -a /var/log/cloud-init-output.log
