extension StandIns {
    /// Package managers and services.
    static let packages = Group(
        file: "packages",
        names: [
            "apt-get", "apt", "apt-cache", "apt-key", "add-apt-repository", "yum", "dnf", "amazon-linux-extras", "snap",
            "systemctl", "service",
        ],
        script: prelude + #"""
            # What packages bring is in /opt/drydock/catalogue.
            catalogue=/opt/drydock/catalogue
            installed=/var/lib/drydock/packages
            # The command that a package brings: - for nothing, empty for an unknown package.
            brings() { while read -r package command; do [ "$package" = "$1" ] && { echo "$command"; return; }; done < $catalogue; }
            how_to_lend() {
              echo "drydock: what guests are lent is a list: name the package under 'packages:' of a scenario, with the program of this machine that it brings, or '-'" >&2
            }
            has() { grep -qx "$1" $installed 2>/dev/null; }
            lend() {
              case $1 in -) return;; esac
              command=${1#\~}
              if [ -e /opt/drydock/lend/$command ]; then ln -sf /opt/drydock/lend/$command /usr/local/bin/$command
              elif ! command -v $command >/dev/null; then
                echo "drydock: the machine that this guest runs on has no '$command' to lend" >&2
                # What nothing depends on may be missing.
                [ "$command" != "$1" ]
              fi
            }
            add() {
              mkdir -p ${installed%/*}; echo "$1" >> $installed; lend "$(brings "$1")" || return
              case $1 in docker.io|docker|docker-ce) grep -q '^docker:' /etc/group || echo "docker:x:\#(dockerGroup):" >> /etc/group;; esac
            }
            words() { for word; do case $word in -*|install|update|upgrade) ;; *) echo "$word";; esac; done; }
            case $name in
            apt-get|apt)
              while case $1 in -o|-c|-t) shift; true;; -*) true;; *) false;; esac; do shift; done
              action=$1; [ $# -gt 0 ] && shift
              [ $name = apt ] && printf '\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n' >&2
              case $action in install|update|upgrade|dist-upgrade|full-upgrade|remove|purge|autoremove)
                need_root "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)
            E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?";; esac
              case $action in
              update) echo "Reading package lists..."; exit 0;;
              upgrade|dist-upgrade|full-upgrade|autoremove|clean|autoclean)
                printf 'Reading package lists...\nBuilding dependency tree...\nReading state information...\n'
                echo "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."; exit 0;;
              install)
                printf 'Reading package lists...\nBuilding dependency tree...\nReading state information...\n'
                packages=$(words "$@"); fresh=
                for package in $packages; do
                  package=${package%%=*}
                  [ -n "$(brings $package)" ] || { echo "E: Unable to locate package $package" >&2; missing=1; }
                done
                [ -z "$missing" ] || { how_to_lend; exit 100; }
                for package in $packages; do
                  package=${package%%=*}
                  if has $package; then echo "$package is already the newest version."; else fresh="$fresh $package"; fi
                done
                if [ -n "$fresh" ]; then printf 'The following NEW packages will be installed:\n %s\n' "$fresh"; fi
                set -- $fresh
                echo "0 upgraded, $# newly installed, 0 to remove and 0 not upgraded."
                for package; do echo "Setting up $package ..."; add $package || exit 100; done; exit 0;;
              remove|purge)
                for package in $(words "$@"); do
                  [ $package = remove ] || [ $package = purge ] && continue
                  has $package || { echo "Package '$package' is not installed, so not removed"; continue; }
                  echo "Removing $package ..."; sed -i "/^$package\$/d" $installed
                  command=$(brings $package); command=${command#\~}; [ -L /usr/local/bin/$command ] && rm -f /usr/local/bin/$command
                done; exit 0;;
              list) [ -f $installed ] && sort -u $installed; exit 0;;
              "") echo "apt 2.4.13 (amd64)"; exit 0;;
              *) echo "E: Invalid operation $action" >&2; exit 100;;
              esac;;
            apt-key|add-apt-repository) need_root "$name: this needs root" 1; cat > /dev/null < /dev/null; exit 0;;
            apt-cache) shift; for package; do [ -n "$(brings $package)" ] && echo "$package"; done; exit 0;;
            yum|dnf)
              while case $1 in -*) true;; *) false;; esac; do shift; done
              action=$1; [ $# -gt 0 ] && shift
              need_root "Error: This command has to be run with superuser privileges (under the root user on most systems)." 1
              case $action in
              install|localinstall)
                for package in $(words "$@"); do
                  [ -n "$(brings $package)" ] || { echo "No match for argument: $package"; missing="$missing $package"; }
                done
                [ -z "$missing" ] || { echo "Error: Unable to find a match:$missing" >&2; how_to_lend; exit 1; }
                for package in $(words "$@"); do
                  if has $package; then echo "Package $package is already installed."; else add $package || exit 1; fi
                done
                echo "Complete!"; exit 0;;
              update|upgrade|check-update|makecache|clean|config-manager) echo "Nothing to do."; echo "Complete!"; exit 0;;
              *) exit 0;;
              esac;;
            amazon-linux-extras) need_root "$name: this needs root" 1; [ "$1" = install ] && shift
              for package in $(words "$@"); do [ -n "$(brings $package)" ] && add $package; done; exit 0;;
            snap)
              [ "$1" = install ] || exit 0
              need_root "error: access denied (try with sudo)" 1; shift
              for package in $(words "$@"); do
                [ -n "$(brings $package)" ] || { echo "error: snap \"$package\" not found" >&2; how_to_lend; exit 1; }
                add $package && echo "$package installed"
              done; exit 0;;
            systemctl|service)
              if [ -x /usr/bin/python3 ]; then exec /opt/drydock/services "$name" "$@"; fi
              if [ $name = service ]; then set -- "$2" "$1"; fi
              while case $1 in -*) true;; *) false;; esac; do shift; done
              action=$1; [ $# -gt 0 ] && shift
              case $action in
              daemon-reload|list-units|"") exit 0;;
              reboot|poweroff|halt) exec /usr/local/bin/$action;;
              esac
              for unit in $(words "$@"); do
                unit=${unit%.service}
                case $unit in
                docker|containerd|docker.socket) [ -e /usr/local/bin/docker ] || missing=1;;
                ssh|sshd|cron|crond|snapd|systemd-resolved|rsyslog|chrony|chronyd|amazon-ssm-agent) ;;
                *) missing=1;;
                esac
                if [ -n "$missing" ]; then
                  case $action in
                  enable|disable) echo "Failed to $action unit: Unit file $unit.service does not exist." >&2; exit 1;;
                  status) echo "Unit $unit.service could not be found." >&2; exit 4;;
                  is-active) echo inactive; exit 3;;
                  is-enabled) echo "Failed to get unit file state for $unit.service: No such file or directory" >&2; exit 1;;
                  *) echo "Failed to $action $unit.service: Unit $unit.service not found." >&2; exit 5;;
                  esac
                fi
                case $action in
                is-active) echo active;;
                is-enabled) echo enabled;;
                status) printf '● %s.service\n     Loaded: loaded\n     Active: active (running)\n' "$unit";;
                *) need_root "Failed to $action $unit.service: Access denied" 4;;
                esac
              done; exit 0;;
            esac
            real "$@"
            """#)

    /// Packages by their names, and the program that each brings: one that the machine lends, or one that is in `/usr` anyhow;
    /// behind a `~`, one that may be missing on the machine, which is then said.
    static let catalogue = """
        docker.io docker
        cron -
        cronie -
        docker-ce docker
        docker-ce-cli docker
        docker docker
        docker-cli docker
        containerd.io -
        containerd -
        docker-buildx-plugin -
        docker-compose-plugin -
        docker-ce-rootless-extras -
        docker-compose -
        awscli aws
        aws-cli aws
        awscli-2 aws
        unzip unzip
        zip ~zip
        curl curl
        wget wget
        git git
        vim ~vim
        nano ~nano
        tree ~tree
        jq ~jq
        htop ~htop
        net-tools ~netstat
        less less
        tar tar
        gzip gzip
        gnupg -
        gnupg2 -
        gpg -
        lsb-release ~lsb_release
        ca-certificates -
        apt-transport-https -
        software-properties-common -
        build-essential -
        openssh-server -
        openssh-client -
        rsync rsync
        python3 python3
        python3-pip -
        bash bash
        sudo -
        groff -
        zsh ~zsh
        fish ~fish
        tmux ~tmux
        screen ~screen
        make ~make
        nodejs ~node
        npm ~npm
        yum-utils -
        dnf-plugins-core -
        amazon-linux-extras -

        """
}
