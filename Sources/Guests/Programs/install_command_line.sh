#!/bin/sh
# Installs the AWS CLI that the machine lends.
bin=/usr/local/bin
while [ $# -gt 0 ]; do
  case $1 in -b|--bin-dir) bin=$2; shift 2;; -i|--install-dir) shift 2;; -u|--update) update=1; shift;; *) shift;; esac
done
if [ -e $bin/aws ] && [ -z "$update" ]; then
  echo "Found preexisting AWS CLI installation: /usr/local/aws-cli/v2/current. Please rerun install script with --update flag." >&2
  exit 1
fi
[ -e /opt/drydock/lend/aws ] || { echo "drydock: the host machine has no AWS CLI: install it there" >&2; exit 1; }
ln -sf /opt/drydock/lend/aws $bin/aws && echo "You can now run: $bin/aws --version"
