# shellcheck shell=sh
# shellcheck disable=SC2154,SC1007  # the prelude sets name; the variables start empty
users=/etc/passwd
become=/run/drydock/become
# Whether the kernel keeps users apart.
apart() { [ -e $become ]; }
known_user() { grep -q "^${1%%[:.]*}:" $users; }
known_group() { grep -q "^$1:" /etc/group; }
# A user's number, group, home and shell. Where users aren't apart, one who was added has two lines: the first is for
# sshd, which can only be user 1000; the second tells who he is.
look_up() {
  number=
  while IFS=: read -r n _ u g _ h s; do
    if [ "$n" = "$1" ]; then number=$u group=$g home=$h shell=$s; fi
  done < $users
  [ -n "$number" ]
}
name_of() { while IFS=: read -r n _ u _; do if [ "$u" = "$1" ]; then echo "$n"; return; fi; done < $users; echo "$1"; }
group_name() { while IFS=: read -r n _ g _; do if [ "$g" = "$1" ]; then echo "$n"; return; fi; done < /etc/group; echo "$1"; }
# The groups of a user besides his own, as numbers, without the one that only sudo is for.
member_of() {
  while IFS=: read -r n _ g members; do
    [ "$g" = @SUDOERS_NUMBER@ ] || case ",$members," in *",$1,"*) echo "$g";; esac
  done < /etc/group
}
free_number() { n=1001; while cut -d: -f3 $users /etc/group | grep -qx $n; do n=$((n + 1)); done; echo $n; }
# What sudo lets through of the variables.
clean() {
  set -- "$@"
  for variable in TERM LANG LC_ALL DISPLAY COLORTERM AWS_CA_BUNDLE; do
    eval "value=\$$variable"; [ -n "$value" ] && set -- "$variable=$value" "$@"
  done
  exec env -i "$@"
}
me=$(name_of "$(/usr/bin/id -u)")
# Runs a command line as another user: unlike sudo's, su's is read by one shell alone.
as_told() {
  look_up "$user"
  case ${chosen:-$shell} in */nologin|*/false) echo "This account is currently not available." >&2; exit 1;; esac
  if [ -z "$login" ]; then exec /usr/local/bin/sudo -u "$user" -- "${chosen:-$shell}" -c "$command"; fi
  exec /usr/local/bin/sudo -u "$user" -- /bin/sh -c 'cd "$HOME"; exec "$0" -l -c "$1"' "${chosen:-$shell}" "$command"
}
case $name in
sudo)
  user=root
  while :; do
    case $1 in
    # An option with its value in one word, and several options in one.
    -[ughpC]?*) rest=${1#-?}; first=${1%"$rest"}; shift; set -- "$first" "$rest" "$@";;
    -[!-]?*) rest=${1#-?}; first=${1%"$rest"}; shift; set -- "$first" "-$rest" "$@";;
    -u|--user) user=$2; shift 2;;
    --user=*) user=${1#*=}; shift;;
    -g|-h|-p|-C) shift 2;;
    -i|--login) login=1; shift;;
    -s|--shell) plain=1; shift;;
    -E|--preserve-env*) keep=1; shift;;
    -l|--list) list=1; shift;;
    -v|-k|-K) quiet=1; shift;;
    --) shift; break;;
    -*) shift;;
    *) break;;
    esac
  done
  rules=$(cat /etc/sudoers /etc/sudoers.d/* 2>/dev/null)
  allowed() {
    [ "$me" = root ] && return
    [ -x $become ] && return
    # Rules that came after the login count from the next one on.
    apart && rules=
    echo "$rules" | grep -q "^${me}[[:space:]].*NOPASSWD" && return
    for g in $(member_of "$me"); do echo "$rules" | grep -q "^%$(group_name $g)[[:space:]].*NOPASSWD" && return; done
    for g in $(member_of "$me"); do
      case $(group_name $g) in sudo|wheel|admin)
        echo "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper" >&2
        echo "sudo: a password is required" >&2; exit 1;;
      esac
    done
    echo "$rules" | grep -q "^${me}[[:space:]]" && { echo "sudo: a password is required" >&2; exit 1; }
    echo "$me is not in the sudoers file.  This incident will be reported." >&2; exit 1
  }
  allowed
  if [ -n "$list" ]; then
    printf 'User %s may run the following commands on %s:\n    (ALL : ALL) NOPASSWD: ALL\n' "$me" "$(uname -n)"; exit 0
  fi
  [ -n "$quiet" ] && exit 0
  case $user in '#'*) user=$(name_of "${user#?}");; esac
  look_up "$user" || { echo "sudo: unknown user $user" >&2; echo "sudo: error initializing audit plugin sudoers_audit" >&2; exit 1; }
  while case $1 in [A-Za-z_]*=*) true;; *) false;; esac; do settings="$settings $1"; shift; done
  if [ $# -eq 0 ]; then
    [ -n "$login$plain" ] || { echo "usage: sudo -h | -K | -k | -V" >&2; echo "usage: sudo [-u user] [VAR=value] [-i | -s] [command [arg ...]]" >&2; exit 1; }
    set -- "$shell"; [ -n "$login" ] && set -- "$shell" -l
  else
    if [ -n "$login$plain" ]; then
      # As sudo hands words to a shell.
      line=
      for word; do line="$line $(printf %s "$word" | sed 's/[^A-Za-z0-9_$-]/\\&/g')"; done
      set -- "$shell" -c "${line# }"
    fi
    command -v "$1" > /dev/null || { echo "sudo: $1: command not found" >&2; exit 1; }
  fi
  # The home may be nobody else's to enter.
  [ -n "$login" ] && set -- /bin/sh -c 'cd && exec "$@"' sh "$@"
  if [ "$user" = "$me" ]; then :
  elif apart; then
    if [ "$me" = root ]; then /opt/drydock/sudoers; become=/usr/bin/setpriv; fi
    set -- $become --reuid="$number" --regid="$group" --init-groups -- "$@"
  else set -- unshare --map-user="$number" --map-group="$group" -- "$@"
  fi
  set -- $settings "HOME=$home" "USER=$user" "LOGNAME=$user" "SHELL=$shell" "PATH=$PATH" \
    "SUDO_USER=$me" "SUDO_UID=$(/usr/bin/id -u)" "SUDO_GID=$(/usr/bin/id -g)" "SUDO_COMMAND=$*" "$@"
  [ -n "$keep" ] && exec env "$@"
  clean "$@";;
runuser)
  if [ "$me" != root ]; then echo "runuser: may not be used by non-root users" >&2; exit 1; fi
  user=
  while [ $# -gt 0 ]; do
    case $1 in
    -[ucsgGw]?*) rest=${1#-?}; first=${1%"$rest"}; shift; set -- "$first" "$rest" "$@";;
    -[!-]?*) rest=${1#-?}; first=${1%"$rest"}; shift; set -- "$first" "-$rest" "$@";;
    -u|--user) user=$2 direct=1; shift 2;;
    -c|--command|--session-command) command=$2; shift 2;;
    -|-l|--login) login=-i; shift;;
    -s|--shell) chosen=$2; shift 2;;
    -g|-G|--group|--supp-group) shift 2;;
    --) shift; break;;
    -*) shift;;
    *) if [ -n "$user" ]; then break; fi; user=$1; shift;;
    esac
  done
  user=${user:-root}
  known_user "$user" || { echo "runuser: user $user does not exist or the user entry does not contain all the required fields" >&2; exit 1; }
  if [ -n "$direct" ]; then
    [ $# -gt 0 ] || { echo "runuser: no command was specified" >&2; exit 1; }
    exec /usr/local/bin/sudo -u "$user" -- "$@"
  fi
  if [ -n "$command" ]; then as_told; fi
  exec /usr/local/bin/sudo ${login:--s} -u "$user";;
passwd)
  user= action=
  while [ $# -gt 0 ]; do
    case $1 in
    -l|--lock) action=lock;; -u|--unlock) action=unlock;; -d|--delete) action=delete;; -S|--status) action=status;;
    -e|--expire) action=expire;; --stdin) action=stdin;; -x|-n|-w|-i) action=age; shift;; -*) ;; *) user=$1;;
    esac
    shift
  done
  user=${user:-$me}
  need_root "passwd: You may not view or modify password information for $user." 1
  known_user "$user" || { echo "passwd: user '$user' does not exist" >&2; exit 1; }
  # One exclamation mark in front keeps sshd from letting keys in too, as it doesn't where PAM decides.
  case $action in
  lock) sed -i "s|^$user:\([^*!]\)|$user:*!\1|;s|^$user:\*:|$user:*!:|" /etc/shadow; echo "passwd: password changed.";;
  unlock)
    if grep -q "^$user:\*!*:" /etc/shadow; then
      echo "passwd: unlocking the password would result in a passwordless account." >&2; exit 3
    fi
    sed -i "s|^$user:\*!|$user:|" /etc/shadow; echo "passwd: password changed.";;
  delete) sed -i "s|^$user:[^:]*:|$user::|" /etc/shadow; echo "passwd: password changed.";;
  status)
    state=P; case $(sed -n "s/^$user:\([^:]*\):.*/\1/p" /etc/shadow) in ''|'*') state=NP;; '*!'*|'!'*|'*'*) state=L;; esac
    case $(sed -n "s/^$user:\([^:]*\):.*/\1/p" /etc/shadow) in '*') state=L;; esac
    echo "$user $state 2022-01-08 0 99999 7 -1";;
  expire|age) echo "passwd: password expiry information changed.";;
  *)
    read -r word || { echo "passwd: Authentication token manipulation error" >&2; exit 10; }
    hash=$(printf '%s\n' "$word" | openssl passwd -6 -stdin) || exit 10
    sed -i "s|^$user:[^:]*:|$user:$hash:|" /etc/shadow; echo "passwd: password updated successfully";;
  esac
  exit 0;;
chpasswd)
  need_root "chpasswd: cannot lock /etc/passwd; try again later." 1
  for word; do case $word in -e|--encrypted) encrypted=1;; esac; done
  while IFS=: read -r user word; do
    [ -n "$user" ] || continue
    known_user "$user" || { echo "chpasswd: line 1: user '$user' does not exist" >&2; bad=1; continue; }
    hash=$word; [ -n "$encrypted" ] || hash=$(printf '%s\n' "$word" | openssl passwd -6 -stdin) || exit 1
    sed -i "s|^$user:[^:]*:|$user:$hash:|" /etc/shadow
  done
  exit ${bad:-0};;
su)
  user=root
  while [ $# -gt 0 ]; do
    case $1 in
    # An option with its value in one word, and several options in one.
    -[csgGw]?*) rest=${1#-?}; first=${1%"$rest"}; shift; set -- "$first" "$rest" "$@";;
    -[!-]?*) rest=${1#-?}; first=${1%"$rest"}; shift; set -- "$first" "-$rest" "$@";;
    -c|--command) command=$2; shift 2;;
    --command=*) command=${1#*=}; shift;;
    --shell=*) chosen=${1#*=}; shift;;
    -|-l|--login) login=-i; shift;;
    -s|--shell) chosen=$2; shift 2;;
    -*) shift;;
    *) user=$1; shift;;
    esac
  done
  known_user "$user" || { echo "su: user $user does not exist or the user entry does not contain all the required fields" >&2; exit 1; }
  if [ "$me" != root ]; then printf 'Password: ' >&2; echo >&2; echo "su: Authentication failure" >&2; exit 1; fi
  if [ -n "$command" ]; then as_told; fi
  exec /usr/local/bin/sudo ${login:--s} -u "$user";;
id|groups)
  for word; do
    case $word in -*) options=$options${word#-};; *) who=$word;; esac
  done
  [ $name = groups ] && options=Gn
  case $options in *[!ugGnr]*) real "$@";; esac
  if [ -n "$who" ]; then
    look_up "$who" || { echo "$name: ‘$who’: no such user" >&2; exit 1; }
  else
    who=$me
    look_up "$who" || real "$@"
    group=$(/usr/bin/id -g)
    apart && own=$(/usr/bin/id -G | tr ' ' '\n' | grep -vx @SUDOERS_NUMBER@)
  fi
  all=$group
  for g in ${own:-$(member_of "$who")}; do [ "$g" = "$group" ] || all="$all $g"; done
  say() { case $options in *n*) $2 "$1";; *) echo "$1";; esac; }
  case $options in
  *u*) say "$number" name_of;;
  *g*) say "$group" group_name;;
  *G*)
    for g in $all; do told="$told $(say "$g" group_name)"; done
    case $name$# in groups[1-9]*) echo "$who :$told";; *) echo "${told# }";; esac;;
  *)
    for g in $all; do told="$told,$g($(group_name $g))"; done
    echo "uid=$number($who) gid=$group($(group_name $group)) groups=${told#,}";;
  esac
  exit 0;;
useradd|adduser)
  need_root "$name: Permission denied." 1
  makes_home=; [ $name = adduser ] && makes_home=1
  shell=/bin/sh; [ $name = adduser ] && shell=/bin/bash
  while [ $# -gt 0 ]; do
    case $1 in
    -s|--shell) shell=$2; shift 2;;
    -d|--home|--home-dir) home=$2; shift 2;;
    -G|--groups) groups=$2; shift 2;;
    -u|--uid) number=$2; shift 2;;
    -c|--comment|--gecos) comment=$2; shift 2;;
    -g|--gid|--ingroup) group=$2; shift 2;;
    -p|--password|-e|-f|-k|-b) shift 2;;
    -m|--create-home) makes_home=1; shift;;
    -M|--no-create-home) makes_home=; shift;;
    -r|--system) system=1; shift;;
    -*) shift;;
    *) user=$1; shift;;
    esac
  done
  known_user "$user" && { echo "$name: user '$user' already exists" >&2; exit 9; }
  case $user in ''|[!a-z_]*|*[!a-z0-9_-]*) echo "$name: invalid user name '$user'" >&2; exit 3;; esac
  for g in $(echo "$groups" | tr , ' '); do
    known_group "$g" || { echo "$name: group '$g' does not exist" >&2; exit 6; }
  done
  home=${home:-/home/$user} number=${number:-$(free_number)}
  if [ -z "$group" ]; then
    known_group "$user" || echo "$user:x:$number:" >> /etc/group
    group=$user
  fi
  group=$(sed -n "s/^$group:[^:]*:\([0-9]*\):.*/\1/p" /etc/group)
  [ -n "$group" ] || { echo "$name: group does not exist" >&2; exit 6; }
  # See look_up. Nobody logs in as a system's user.
  apart || [ -n "$system" ] || echo "$user:x:1000:1000:$comment:$home:$shell" >> $users
  echo "$user:x:$number:$group:$comment:$home:$shell" >> $users
  echo "$user:*:19000:0:99999:7:::" >> /etc/shadow
  if [ -n "$makes_home" ]; then mkdir -p "$home"; cp -r /etc/skel/. "$home" 2>/dev/null; chmod 750 "$home"
    apart && /usr/bin/chown -hR "$number:$group" "$home"; fi
  [ -z "$groups" ] || exec /usr/local/bin/usermod -aG "$groups" "$user"
  exit 0;;
userdel)
  need_root "userdel: Permission denied." 1
  while case $1 in -*) true;; *) false;; esac; do case $1 in -*r*) removes=1;; esac; shift; done
  look_up "$1" || { echo "userdel: user '$1' does not exist" >&2; exit 6; }
  sed -i "/^$1:/d" $users /etc/shadow
  sed -i "/^$1:x:$group:\$/d;s/\([:,]\)$1\(,\|\$\)/\1/;s/,\$//" /etc/group
  [ -z "$removes" ] || rm -rf "$home"
  exit 0;;
usermod)
  need_root "usermod: Permission denied." 1
  while [ $# -gt 0 ]; do
    case $1 in
    -*G|--groups) groups=$2; shift 2;;
    -a|--append) shift;;
    -s|--shell) shell=$2; shift 2;;
    -d|-g|-c|-l|-u|-p|-e) shift 2;;
    -*) shift;;
    *) user=$1; shift;;
    esac
  done
  known_user "$user" || { echo "usermod: user '$user' does not exist" >&2; exit 6; }
  [ -z "$shell" ] || sed -i "s|^\($user:.*:\)[^:]*\$|\1$shell|" $users
  for group in $(echo "$groups" | tr , ' '); do
    known_group "$group" || { echo "usermod: group '$group' does not exist" >&2; exit 6; }
    sed -i "/^$group:/{/[:,]$user\(,\|\$\)/!{s/\([^:]\)\$/\1,$user/;s/:\$/:$user/}}" /etc/group
  done; exit 0;;
groupadd)
  need_root "groupadd: Permission denied." 10
  while [ $# -gt 1 ]; do case $1 in -g|--gid) number=$2; shift 2;; *) shift;; esac; done
  known_group "$1" && { echo "groupadd: group '$1' already exists" >&2; exit 9; }
  # Its socket is made before the group is.
  if [ "$1" = docker ]; then number=${number:-@DOCKER_NUMBER@}; fi
  echo "$1:x:${number:-$(free_number)}:" >> /etc/group; exit 0;;
newgrp|sg)
  [ ! -x /run/drydock/$name ] || exec /run/drydock/$name "$@"
  case $1 in -|-l) shift;; esac
  if [ $# -gt 0 ]; then known_group "$1" || { echo "$name: group '$1' does not exist" >&2; exit 1; }; shift; fi
  if [ "$1" = -c ]; then shift; fi
  if [ $# -gt 0 ]; then exec /bin/sh -c "$*"; fi
  exec "${SHELL:-/bin/bash}";;
chsh)
  while [ $# -gt 0 ]; do case $1 in -s|--shell) shell=$2; shift 2;; -*) shift;; *) user=$1; shift;; esac; done
  user=${user:-$me}
  known_user "$user" || { echo "chsh: user '$user' does not exist" >&2; exit 1; }
  if [ "$me" != root ]; then printf 'Password: ' >&2; echo >&2; echo "chsh: PAM: Authentication failure" >&2; exit 1; fi
  [ -x "$shell" ] || { echo "chsh: Warning: $shell is an invalid shell" >&2; exit 1; }
  sed -i "s|^\($user:.*:\)[^:]*\$|\1$shell|" $users; exit 0;;
chown|chgrp)
  apart && real "$@"
  # Where users are not apart, a known user already owns every file.
  for word; do case $word in -*) ;; *) [ -n "$who" ] && files=1 || who=$word;; esac; done
  if [ -n "$files" ] && { [ $name = chgrp ] || known_user "$who" || [ "${who#:}" != "$who" ]; }; then exit 0; fi
  real "$@";;
esac
real "$@"
