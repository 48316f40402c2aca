import AWSCore

/// Guest programs that replace functions a sandbox lacks: package managers, services, other users, power. A group is one shell
/// script that decides by the name it is called with.
enum StandIns {
    struct Group: Sendable {
        let file: String
        let names: [String]
        let script: String
    }

    static let groups = [users, system, services]

    /// Real programs that the stand-ins call, or that do most of a stand-in's work. The guest finds them behind the stand-ins.
    static let kept: Set<String> = [
        "chown", "chgrp", "gpg", "id", "groups", "hostname", "passwd", "update-alternatives", "uptime",
    ]

    /// The start of each script.
    static let prelude = #"""
        #!/bin/sh
        # Plays programs that need more than a sandbox has.
        name=${0##*/}
        real() { for folder in /usr/bin /usr/sbin /bin; do [ -x $folder/$name ] && exec $folder/$name "$@"; done
          echo "$name: command not found" >&2; exit 127; }
        need_root() { [ "$(/usr/bin/id -u)" = 0 ] && return; echo "$1" >&2; exit ${2:-100}; }

        """#

    /// The first process of a guest: reports on descriptor 4 that it runs, then waits.
    static let first = #"""
        #!/bin/sh
        echo ready >&4
        exec > /dev/null 2>&1 4>&-
        umask 022
        # Programs look at the name of process 1 to learn what runs the services. A `cat` that is one of many in one program can
        # have no other name.
        mkdir -p /run/systemd/system && ln -s "$(command -v cat)" /run/systemd/systemd
        wait=/run/systemd/systemd
        [ "$(echo 1 | $wait)" = 1 ] || wait=cat
        # Process 1 is out of reach of the others. Where it ignores how its children end, they leave no trace.
        env --ignore-signal=CHLD true && exec env --ignore-signal=CHLD $wait
        exec $wait
        """#

    /// Does the setup that needs all privileges over the guest, before anybody logs in. Its input is root's token. Its arguments
    /// are whether users are separated, and the folders that the machine lends.
    ///
    /// The disk is mounted so that no program on it can gain privileges. The program behind `sudo` is on its own file system, for
    /// members of one group.
    static let setUp = #"""
        #!/bin/sh
        set -e
        umask 022
        read -r token
        mkdir -p /run/drydock /run/sshd
        if [ "$1" = apart ]; then
          mount -t tmpfs -o mode=755,size=4m,nodev tmpfs /run/drydock
          cp "$(command -v setpriv)" /run/drydock/become
          chown 0:\#(sudoersGroup.number) /run/drydock/become
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
          chown "0:${number:-\#(dockerGroup)}" /run/docker.sock
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
        """#

    /// Serves a login: runs `sshd` after updating the sudoers. The argument is sshd's path.
    static let login = #"""
        #!/bin/sh
        [ ! -e /run/drydock/become ] || /opt/drydock/sudoers
        exec "$1" -i -f /etc/ssh/sshd_config
        """#

    /// The group whose members may become root, derived from `/etc/sudoers`.
    static let sudoersGroup = (name: "drydock-sudoers", number: 65533)

    /// The group id of Docker's socket.
    static let dockerGroup = 998

    /// Writes the users that may become root to `/etc/group`, following `/etc/sudoers`.
    static let sudoers = #"""
        #!/bin/sh
        rules=$(cat /etc/sudoers /etc/sudoers.d/* 2>/dev/null | grep NOPASSWD)
        has_rule() { echo "$rules" | grep -q "^$1[[:space:]]"; }
        may() {
          has_rule "$1" && return
          for group in $(sed -n "s/^\([^:]*\):[^:]*:[^:]*:\(.*,\)*$1\(,.*\)*\$/\1/p" /etc/group); do
            has_rule "%$group" && return
          done
          return 1
        }
        members=
        while IFS=: read -r name _; do
          case $name in root|*[!A-Za-z0-9_-]*) continue;; esac
          if may "$name"; then members=$members${members:+,}$name; fi
        done < /etc/passwd
        line="\#(sudoersGroup.name):x:\#(sudoersGroup.number):$members"
        new=$(mktemp /etc/group.XXXXXX) && seen=$(mktemp /etc/group.XXXXXX) || exit
        # Somebody may add a group or a member meanwhile (a boot goes on while people log in): then once more.
        for attempt in 1 2 3 4 5; do
          cat /etc/group > "$seen"
          grep -qxF "$line" "$seen" && break
          { grep -v '^\#(sudoersGroup.name):' "$seen"; echo "$line"; } > "$new"
          chmod 644 "$new"
          cmp -s "$seen" /etc/group && mv "$new" /etc/group && break
        done
        rm -f "$new" "$seen"
        """#

    /// The steps of a boot: console, service manager, then cloud-init.
    static let cloudBoot = #"""
        #!/bin/sh
        umask 022
        mkdir -p /run/cloud-init /run/lock /run/user /run/systemd/journal
        chmod 1777 /run/lock
        [ -e /var/lock ] || ln -s /run/lock /var/lock
        date +%s > /run/booted
        # A disk of an earlier version lacks what has come since, or leads elsewhere.
        while read -r file name; do
          place=/usr/local/bin/$name
          [ $place -ef /opt/drydock/$file ] || { [ -e $place ] && [ ! -L $place ]; } || ln -sf /opt/drydock/$file $place
        done < /opt/drydock/names
        # Programs in Python find Debian's package manager as it is here, before the machine's.
        paths=/opt/drydock/python
        grep -q '^ID="amzn"' /etc/os-release || paths="$paths
        /opt/drydock/python-apt"
        for folder in /usr/lib/python3.* /usr/lib64/python3.*; do
          [ -d "$folder" ] || continue
          for place in dist-packages site-packages; do
            place=/usr/local/${folder#/usr/}/$place
            mkdir -p "$place" && printf '%s\nimport drydock_owners\n' "$paths" > "$place/drydock.pth"
          done
        done
        # Amazon Linux brings AWS's command line, and CloudFormation's helpers in a folder of their own.
        if grep -q '^ID="amzn"' /etc/os-release; then
          [ ! -e /opt/drydock/lend/aws ] || [ -e /usr/local/bin/aws ] || grep -qx '!awscli-2' /var/lib/drydock/packages 2> /dev/null ||
            ln -sf /opt/drydock/lend/aws /usr/local/bin/aws
          mkdir -p /opt/aws/bin
          for name in cfn-init cfn-signal cfn-hup cfn-get-metadata; do ln -sf /opt/drydock/services /opt/aws/bin/$name; done
        fi
        # What root writes to the console arrives there.
        mkfifo -m 600 /run/console
        setsid cat <> /run/console 4>&- &
        setsid /opt/drydock/services --init 4>&- > /dev/null < /dev/null &
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -S /run/systemd/journal/dev-log ] && break; sleep 0.05; done
        echo $$ > /run/cloud-init/pid
        . /etc/os-release
        echo "[    0.000000] Drydock guest $(cat /etc/hostname): $PRETTY_NAME"
        for key in /etc/ssh/ssh_host_*_key.pub; do printf 'ci-info: host key %s\n' "$(ssh-keygen -lf $key)"; done
        [ -z "$(ls /usr/local/share/ca-certificates /etc/pki/ca-trust/source/anchors 2>/dev/null | grep .)" ] ||
          /opt/drydock/system update-ca-certificates > /dev/null
        /opt/drydock/services cloud-boot
        echo "$(cat /etc/hostname) login: "
        """#

    /// Ends a boot that exceeds its time limit: kills the processes in the boot's own session.
    static let endBoot = """
        kill -KILL -$(cat /run/cloud-init/pid)
        /opt/drydock/services cloud-overrun
        echo "cloud-init: the boot took too long and was ended" | tee -a /var/log/cloud-init-output.log
        """

    /// Takes a program's place until it is installed.
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

    /// The archive that the AWS CLI is installed from.
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
}
