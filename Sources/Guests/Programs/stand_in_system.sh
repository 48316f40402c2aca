# shellcheck shell=sh
# Drydock does for root what nobody within may do; see GuestWishes.
wish() {
  bash -c 'read -r token < /run/drydock/token && exec 3<> /dev/tcp/169.254.169.254/80 || exit 1
    printf "PUT /drydock/%s HTTP/1.1\r\nHost: 169.254.169.254\r\nX-Drydock-Token: %s\r\n" "$0" "$token" >&3
    printf "Content-Length: 0\r\nConnection: close\r\n\r\n" >&3
    read -r _ code _ <&3; [ "$code" = 200 ]' "$1" 2>/dev/null
}
rename() { wish "host-name/$1" && { echo "$1" > /etc/hostname; exit 0; }; echo "$name: $2" >&2; exit 1; }
power() { need_root "$name: $denied" 1; wish "$1" || { echo "$name: the machine does not answer" >&2; exit 1; }; exit 0; }
denied="Failed to set wall message, ignoring: Interactive authentication required."
case $name in
system) name=$1; shift;;
esac
case $name in
update-ca-certificates|update-ca-trust)
  need_root "$name: this needs root" 1
  bundle=/etc/ssl/certs/ca-certificates.crt new=$(mktemp /etc/ssl/certs/.new.XXXXXX) || exit 1
  cat /etc/ssl/drydock.pem > "$new"; added=0
  for file in /usr/local/share/ca-certificates/*.crt /usr/local/share/ca-certificates/*/*.crt \
    /etc/pki/ca-trust/source/anchors/*; do
    [ -f "$file" ] || continue
    if ! openssl x509 -in "$file" -noout 2>/dev/null; then
      echo "rehash: warning: skipping ${file##*/},it does not contain exactly one certificate or CRL" >&2; continue
    fi
    cat "$file" >> "$new"; echo >> "$new"; added=$((added + 1))
    cp "$file" "/etc/ssl/certs/$(basename "${file%.*}").pem"
  done
  chmod 644 "$new"; mv "$new" $bundle
  openssl rehash /etc/ssl/certs 2>/dev/null
  [ $name = update-ca-trust ] || printf 'Updating certificates in /etc/ssl/certs...\n%s added, 0 removed; done.\nRunning hooks in /etc/ca-certificates/update.d...\ndone.\n' $added
  exit 0;;
hostnamectl)
  while case $1 in -*) true;; *) false;; esac; do shift; done
  case $1 in
  set-hostname|hostname)
    [ $# -gt 1 ] || { uname -n; exit 0; }
    need_root "Could not set static hostname: Interactive authentication required." 1
    rename "$2" "Could not set property: Invalid hostname '$2'";;
  ""|status)
    . /etc/os-release
    printf ' Static hostname: %s\n       Icon name: computer-vm\n         Chassis: vm\n' "$(cat /etc/hostname)"
    printf '  Virtualization: amazon\nOperating System: %s\n' "$PRETTY_NAME"
    printf '          Kernel: Linux %s\n    Architecture: %s\n' "$(uname -r)" "$(uname -m | tr _ -)"
    printf ' Hardware Vendor: Amazon EC2\n'; exit 0;;
  *) echo "Unknown command verb $1." >&2; exit 1;;
  esac;;
hostname)
  case $1 in
  -I|--all-ip-addresses) echo "$(cat /opt/drydock/address) "; exit 0;;
  ""|-*) real "$@";;
  esac
  need_root "hostname: you must be root to change the host name" 1
  rename "$1" "the specified hostname is invalid";;
nproc)
  count=$(cat /opt/drydock/processors) || exit 1
  for word; do
    case $word in
    --all) ;;
    --ignore=*) count=$((count - ${word#*=})); [ $count -gt 0 ] || count=1;;
    *) echo "nproc: unrecognized option '$word'" >&2; exit 1;;
    esac
  done
  echo "$count"; exit 0;;
uptime)
  begun=$(cat /run/booted 2>/dev/null) || real "$@"
  case $1 in
  -s|--since) date -d "@$begun" '+%F %T'; exit 0;;
  -p|--pretty) echo "up $((($(date +%s) - begun) / 60)) minutes"; exit 0;;
  "") up=$((($(date +%s) - begun) / 60))
    echo " $(date +%T) up $up min,  0 users,  load average: $(cut -d' ' -f1-3 /proc/loadavg | sed 's/ /, /g')"; exit 0;;
  esac
  real "$@";;
reboot) power reboot;;
poweroff|halt) power power-off;;
init|telinit)
  case $1 in 0) power power-off;; 6) power reboot;; *) need_root "$name: must be superuser." 1; exit 0;; esac;;
shutdown)
  need_root "$denied" 1
  what=power-off time=+1
  given=
  for word; do
    case $word in
    -r|--reboot) what=reboot;;
    -c) cancels=1;;
    -*) ;;
    # The words after the time are for the users.
    *) [ -n "$given" ] || case $word in [0-9]*:*) time=$word;; [0-9]*) time=+$word;; *) time=$word;; esac; given=1;;
    esac
  done
  if [ -n "$cancels" ]; then
    [ -e /run/shutdown ] && kill "$(cat /run/shutdown)"; rm -f /run/shutdown; exit 0
  fi
  case $time in
  now|+0) power $what;;
  +*) minutes=${time#+};;
  *) echo "Failed to parse time specification: $time" >&2; exit 1;;
  esac
  echo "Shutdown scheduled for $(date -d "+$minutes minutes"), use 'shutdown -c' to cancel." >&2
  (echo "$(exec sh -c 'echo $PPID')" > /run/shutdown; sleep $((minutes * 60)); wish $what) > /dev/null 2>&1 < /dev/null &
  exit 0;;
timedatectl)
  case $1 in
  ""|status) date '+               Local time: %a %F %T %Z'; date -u '+           Universal time: %a %F %T UTC'; exit 0;;
  set-timezone)
    need_root "Failed to set time zone: Interactive authentication required." 1
    zone=/usr/share/zoneinfo/$2
    [ -n "$2" ] && [ -f "$zone" ] || { echo "Failed to set time zone: Invalid or not installed time zone '$2'" >&2; exit 1; }
    ln -sf "$zone" /etc/localtime; [ ! -e /etc/timezone ] || echo "$2" > /etc/timezone; exit 0;;
  show) echo "Timezone=$(cat /etc/timezone 2>/dev/null || echo UTC)"; echo "LocalRTC=no"; echo "NTP=yes"; echo "NTPSynchronized=yes"; exit 0;;
  list-timezones) (cd /usr/share/zoneinfo && find . -type f -path './[A-Z]*/*' | cut -c3- | sort); exit 0;;
  *) need_root "Failed to set time: Interactive authentication required." 1
    echo "Failed to $1: a guest has the clock of its host machine." >&2; exit 1;;
  esac;;
gpg)
  for word; do
    case $previous in -o|--output) output=$word;; esac
    [ "$word" = --dearmor ] && dearmor=1
    previous=$word
  done
  [ -n "$dearmor" ] || real "$@"
  sed '/^[-=]/d;/^$/d' | base64 -d > "${output:-/dev/stdout}"; exit;;
esac
real "$@"
