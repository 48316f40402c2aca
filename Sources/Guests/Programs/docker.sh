#!/bin/sh
cli=/opt/drydock/lend/docker-cli
if [ "$1" = compose ]; then
  for place in /usr/lib /usr/libexec /usr/local/lib /usr/local/libexec; do
    [ ! -e $place/docker/cli-plugins/docker-compose ] || plugin=$place
  done
  [ -n "$plugin" ] || {
    echo "docker compose: this engine keeps images and runs no containers, so no project can start here" >&2; exit 1; }
fi
[ ! -e /run/drydock/become ] || exec $cli "$@"
number=$(/usr/bin/id -u)
[ "$number" = 0 ] && exec $cli "$@"
while IFS=: read -r name _ n _; do [ "$n" = "$number" ] && break; done < /etc/passwd
while IFS=: read -r group _ _ members; do [ "$group" = docker ] && break; done < /etc/group
case ",$members," in *",$name,"*) exec $cli "$@";; esac
exec unshare --map-root-user --mount sh -c '
  mount --bind /opt/drydock/closed /run/docker.sock
  number=$1 group=$2; shift 2
  exec unshare --map-user="$number" --map-group="$group" -- '$cli' "$@"' sh "$number" "$(/usr/bin/id -g)" "$@"
