import AWSCore

/// Programs of a guest that play what a sandbox cannot do: package managers, services, other users. They are one shell script
/// that goes by the name under which it is called.
enum StandIns {
    static let names = [
        "apt-get", "apt", "apt-cache", "apt-key", "add-apt-repository", "yum", "dnf", "amazon-linux-extras", "snap",
        "systemctl",
        "service", "sudo", "su", "usermod", "useradd", "adduser", "groupadd", "chown", "chgrp", "cloud-init",
        "gpg", "reboot", "shutdown", "poweroff", "hostnamectl", "timedatectl",
    ]

    static let script = #"""
        #!/bin/sh
        # Plays programs that need more than a sandbox has. What packages bring is in /opt/drydock/catalogue.
        name=${0##*/}
        catalogue=/opt/drydock/catalogue
        installed=/var/lib/drydock/packages
        real() { for folder in /usr/bin /usr/sbin /bin; do [ -x $folder/$name ] && exec $folder/$name "$@"; done
          echo "$name: command not found" >&2; exit 127; }
        need_root() { [ "$(id -u)" = 0 ] && return; echo "$1" >&2; exit ${2:-100}; }
        # The command that a package brings: - for nothing, empty for an unknown package.
        brings() { while read -r package command; do [ "$package" = "$1" ] && { echo "$command"; return; }; done < $catalogue; }
        has() { grep -qx "$1" $installed 2>/dev/null; }
        lend() {
          [ "$1" = - ] && return
          if [ -e /opt/drydock/lend/$1 ]; then ln -sf /opt/drydock/lend/$1 /usr/local/bin/$1
          elif ! command -v $1 >/dev/null; then echo "drydock: the machine that this guest runs on has no '$1' to lend" >&2; return 1; fi
        }
        add() { mkdir -p ${installed%/*}; echo "$1" >> $installed; lend "$(brings "$1")"; }
        words() { for word; do case $word in -*|install|update|upgrade) ;; *) echo "$word";; esac; done; }
        known_user() { grep -q "^${1%%[:.]*}:" /etc/passwd; }
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
            [ -z "$missing" ] || exit 100
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
              command=$(brings $package); [ -L /usr/local/bin/$command ] && rm -f /usr/local/bin/$command
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
            [ -z "$missing" ] || { echo "Error: Unable to find a match:$missing" >&2; exit 1; }
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
            [ -n "$(brings $package)" ] || { echo "error: snap \"$package\" not found" >&2; exit 1; }
            add $package && echo "$package installed"
          done; exit 0;;
        systemctl|service)
          if [ $name = service ]; then set -- "$2" "$1"; fi
          while case $1 in -*) true;; *) false;; esac; do shift; done
          action=$1; [ $# -gt 0 ] && shift
          case $action in daemon-reload|list-units|"") exit 0;; esac
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
        sudo)
          user=root
          while :; do
            case $1 in
            -u|--user) user=$2; shift 2;;
            -g|-h|-p|-C) shift 2;;
            -i|-s) login=1; shift;;
            --) shift; break;;
            -*) shift;;
            *) break;;
            esac
          done
          known_user "$user" || { echo "sudo: unknown user $user" >&2; exit 1; }
          if [ $# -eq 0 ]; then
            [ -n "$login" ] || { echo "usage: sudo [-u user] command" >&2; exit 1; }
            set -- /bin/bash -l
          fi
          while case $1 in *=*) true;; *) false;; esac; do export "$1"; shift; done
          if [ "$user" = root ]; then
            export HOME=/root USER=root LOGNAME=root SUDO_USER="$(id -un)"
            [ -n "$login" ] && cd /root
            command -v "$1" >/dev/null || { echo "sudo: $1: command not found" >&2; exit 1; }
            [ "$(id -u)" = 0 ] && exec "$@"
            exec unshare --map-root-user -- "$@"
          fi
          home=$(sed -n "s/^$user:[^:]*:[^:]*:[^:]*:[^:]*:\([^:]*\):.*/\1/p" /etc/passwd)
          export HOME="$home" USER="$user" LOGNAME="$user"
          [ -n "$login" ] && cd "$home"
          [ "$(id -un)" = "$user" ] && exec "$@"
          exec unshare --map-user="$(sed -n "s/^$user:[^:]*:\([0-9]*\):.*/\1/p" /etc/passwd)" --map-group=1000 -- "$@";;
        su)
          user=root
          while [ $# -gt 0 ]; do
            case $1 in -c|--command) command=$2; shift 2;; -|-l|--login) login=-i; shift;; -s) shift 2;; -*) shift;; *) user=$1; shift;; esac
          done
          if [ "$(id -u)" != 0 ]; then echo "su: Authentication failure" >&2; exit 1; fi
          if [ -n "$command" ]; then exec /usr/local/bin/sudo $login -u "$user" /bin/bash -c "$command"; fi
          exec /usr/local/bin/sudo -i -u "$user" /bin/bash -l;;
        usermod)
          need_root "usermod: Permission denied." 1
          while [ $# -gt 0 ]; do case $1 in -*G|--groups) groups=$2; shift 2;; -a|--append) shift;; -s|-d|-g) shift 2;; *) user=$1; shift;; esac; done
          known_user "$user" || { echo "usermod: user '$user' does not exist" >&2; exit 6; }
          for group in $(echo "$groups" | tr , ' '); do
            grep -q "^$group:" /etc/group || { echo "usermod: group '$group' does not exist" >&2; exit 6; }
            sed -i "/^$group:/{/[:,]$user\(,\|\$\)/!{s/\([^:]\)\$/\1,$user/;s/:\$/:$user/}}" /etc/group
          done; exit 0;;
        useradd|adduser)
          need_root "$name: Permission denied." 1
          while [ $# -gt 1 ]; do shift; done
          known_user "$1" && { echo "$name: user '$1' already exists" >&2; exit 9; }
          number=$((1000 + $(wc -l < /etc/passwd))); mkdir -p /home/$1
          echo "$1:x:$number:1000::/home/$1:/bin/bash" >> /etc/passwd; exit 0;;
        groupadd)
          need_root "groupadd: Permission denied." 10
          while [ $# -gt 1 ]; do shift; done
          grep -q "^$1:" /etc/group && { echo "groupadd: group '$1' already exists" >&2; exit 9; }
          echo "$1:x:$((990 + $(wc -l < /etc/group))):" >> /etc/group; exit 0;;
        chown|chgrp)
          # All users of a guest are one user of the machine: whoever is known owns whatever there is.
          for word; do case $word in -*) ;; *) [ -n "$who" ] && files=1 || who=$word;; esac; done
          if [ -n "$files" ] && { [ $name = chgrp ] || known_user "$who" || [ "${who#:}" != "$who" ]; }; then exit 0; fi
          real "$@";;
        gpg)
          for word; do
            case $previous in -o|--output) output=$word;; esac
            [ "$word" = --dearmor ] && dearmor=1
            previous=$word
          done
          [ -n "$dearmor" ] || real "$@"
          sed '/^[-=]/d;/^$/d' | base64 -d > "${output:-/dev/stdout}"; exit;;
        cloud-init)
          [ "$1" = status ] || { [ "$1" = --version ] && echo "/usr/bin/cloud-init 24.1" ; exit 0; }
          case " $* " in *" --wait "*) while [ ! -e /run/cloud-init/result ]; do sleep 0.1; done;; esac
          result=$(cat /run/cloud-init/result 2>/dev/null || echo running)
          echo "status: $result"; [ "$result" = error ] && exit 1; exit 0;;
        hostnamectl) [ "$1" = set-hostname ] && { need_root "Access denied" 1; echo "$2" > /etc/hostname; }; exit 0;;
        reboot|shutdown|poweroff|timedatectl) need_root "$name: this needs root" 1; exit 0;;
        esac
        real "$@"
        """#

    /// The first process of a guest: tells that all is set up, lets the boot run, and waits. What it tells goes to descriptor 4: `ready`, then how the boot ended.
    static let boot = #"""
        #!/bin/sh
        umask 022
        echo ready >&4
        exec 2>&1
        # A line comes when the network is there.
        read -r line || exit 0
        setsid /bin/sh /opt/drydock/cloud-boot < /dev/null &
        exec cat > /dev/null 4>&-
        """#

    /// What cloud-init does at a boot, as far as it shows.
    static let cloudBoot = #"""
        #!/bin/sh
        umask 022
        mkdir -p /run/cloud-init /run/lock /run/user
        echo $$ > /run/cloud-init/pid
        state=/var/lib/cloud/instance
        log=/var/log/cloud-init-output.log
        . /etc/os-release
        echo "[    0.000000] Drydock guest $(cat /etc/hostname): $PRETTY_NAME"
        say() { echo "$*" | tee -a $log; }
        # Runs a script whose output is seen; one that fails makes the whole boot an error, and hinders nothing.
        run() {
          { "$1" 4>&-; echo $? > /run/cloud-init/status; } 2>&1 | tee -a $log
          [ "$(cat /run/cloud-init/status)" = 0 ] && return
          result=error
          say "$(date -u '+%Y-%m-%d %H:%M:%S,000') - $2"
        }
        cd /
        for hook in $state/boothooks/*; do
          [ -x "$hook" ] && run "$hook" "boothooks.py[WARNING]: Boothooks script $hook execution error"
        done
        if [ ! -e $state/boot-finished ]; then
          for key in /etc/ssh/ssh_host_*_key.pub; do
            printf 'ci-info: host key %s\n' "$(ssh-keygen -lf $key)"
          done
          echo "-----BEGIN SSH HOST KEY KEYS-----"; cat /etc/ssh/ssh_host_*_key.pub; echo "-----END SSH HOST KEY KEYS-----"
          [ -x $state/config ] && run $state/config "main.py[WARNING]: Running modules for config failed"
          for script in $state/scripts/*; do
            [ -x "$script" ] || continue
            run "$script" "cc_scripts_user.py[WARNING]: Failed to run module scripts-user (scripts in $state/scripts)"
          done
          date -u > $state/boot-finished
        fi
        say "Cloud-init v. 24.1 finished at $(date -uR). Datasource DataSourceEc2Local.  Up $(cut -d' ' -f1 /proc/uptime) seconds"
        echo ${result:-done} > /run/cloud-init/result
        echo "$(cat /etc/hostname) login: "
        echo ${result:-done} >&4
        """#

    /// Ends a boot that takes too long, as far as it runs in the boot's own session.
    static let endBoot = """
        kill -KILL -$(cat /run/cloud-init/pid)
        echo error > /run/cloud-init/result
        echo "cloud-init: the boot took too long and was ended" | tee -a /var/log/cloud-init-output.log
        """

    /// What stands in a program's place until it is installed.
    static let absent = #"""
        #!/bin/sh
        echo "bash: ${0##*/}: command not found" >&2
        exit 127
        """#

    static let installCommandLine = #"""
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
        [ -e /opt/drydock/lend/aws ] || { echo "drydock: the machine that this guest runs on has no AWS CLI to lend" >&2; exit 1; }
        ln -sf /opt/drydock/lend/aws $bin/aws && echo "You can now run: $bin/aws --version"
        """#

    /// What the AWS CLI is installed from.
    static let commandLineArchive: Bytes = {
        var archive = ZipArchive()
        archive.add("aws/install", Bytes(installCommandLine.utf8))
        archive.add("aws/README.md", Bytes("The AWS CLI of the machine that this guest runs on.\n".utf8), mode: 0o100644)
        return archive.bytes
    }()

    static let getDocker = """
        #!/bin/sh
        # Executing docker install script
        set -e
        as=; [ "$(id -u)" = 0 ] || as=sudo
        $as apt-get update -qq >/dev/null
        $as apt-get install -y docker-ce docker-ce-cli containerd.io docker-compose-plugin docker-buildx-plugin
        docker --version

        """

    static let archiveKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        RHJ5ZG9jayBoYXMgbm8ga2V5IG9mIHRoaXMgYXJjaGl2ZS4K
        -----END PGP PUBLIC KEY BLOCK-----

        """

    /// Packages by their names, and the program that each brings: one that the machine lends, or one that is in `/usr` anyhow.
    static let catalogue = """
        docker.io docker
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
        zip -
        curl curl
        wget wget
        git git
        vim -
        nano -
        tree -
        jq -
        htop -
        net-tools -
        less less
        tar tar
        gzip gzip
        gnupg -
        gnupg2 -
        gpg -
        lsb-release -
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
        yum-utils -
        dnf-plugins-core -
        amazon-linux-extras -

        """
}
