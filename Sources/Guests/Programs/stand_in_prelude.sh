#!/bin/sh
# Plays programs that need more than a sandbox has.
name=${0##*/}
real() { for folder in /usr/bin /usr/sbin /bin; do [ -x $folder/$name ] && exec $folder/$name "$@"; done
  echo "$name: command not found" >&2; exit 127; }
need_root() { [ "$(/usr/bin/id -u)" = 0 ] && return; echo "$1" >&2; exit ${2:-100}; }
