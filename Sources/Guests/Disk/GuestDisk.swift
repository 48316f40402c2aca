import AWSCore
import CGuest
import Foundation
import Glibc

/// A guest's folder: its disk, and files that the guest sees but cannot write.
///
/// Drydock writes to the disk only before the first boot. Afterwards the guest may have replaced a file by a symbolic link.
struct GuestDisk: Sendable {
    let folder: String
    var root: String { folder + "/root" }
    var programs: String { folder + "/programs" }
    var console: String { folder + "/console.log" }
    var dockerSocket: String { folder + "/docker.sock" }
    /// The file that lists the images of its engine.
    var images: String { folder + "/" + EngineLayers.file }

    /// The host name set by user data; nil if none.
    var hostName: String? {
        FileManager.default.contents(atPath: folder + "/hostname").map { String(decoding: $0, as: UTF8.self) }
    }

    var isMade: Bool { FileManager.default.fileExists(atPath: folder + "/made") }

    /// Makes the disk for an instance's first boot.
    /// - Parameter catalogue: the available packages, in the stand-ins' format.
    func make(_ instance: GuestInstance, _ launch: GuestLaunch, _ machine: Machine, catalogue: String) throws {
        machine.remove(folder)
        for path in Self.folders + ["home/\(launch.system.user)/.ssh"] { try makeFolder("root/" + path) }
        for link in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] where Self.exists("/" + link) {
            try FileManager.default.createSymbolicLink(atPath: root + "/" + link, withDestinationPath: "usr/" + link)
        }
        try FileManager.default.createSymbolicLink(atPath: root + "/var/run", withDestinationPath: "/run")
        try FileManager.default.createSymbolicLink(atPath: root + "/etc/mtab", withDestinationPath: "/proc/self/mounts")
        for group in StandIns.groups {
            for name in group.names {
                try FileManager.default.createSymbolicLink(
                    atPath: root + "/usr/local/bin/" + name, withDestinationPath: "/opt/drydock/" + group.file)
            }
        }
        try writeSettings(instance, launch)
        try write("root/etc/ssh/ssh_host_ed25519_key", launch.hostKey.privateKey, mode: 0o600)
        try write("root/etc/ssh/ssh_host_ed25519_key.pub", launch.hostKey.publicKey + "\n")
        try makePrograms(instance, machine, catalogue: catalogue)
    }

    /// Records which AWS image the operating system came from: an image made from this guest may outlive the images in between.
    func note(systemName: String) throws { try write("system", systemName) }

    var systemName: String? {
        FileManager.default.contents(atPath: folder + "/system").map { String(decoding: $0, as: UTF8.self) }
    }

    /// Marks the disk as complete.
    func finish() throws { try write("made", "") }

    func write(hostName: String) throws { try write("hostname", hostName) }

    private static let folders = [
        "etc/ssh", "etc/sudoers.d", "etc/apt/keyrings", "etc/apt/sources.list.d", "etc/ssl", "etc/alternatives", "etc/skel",
        "home", "tmp",
        "etc/sysctl.d", "etc/cron.d", "etc/cron.hourly", "etc/cron.daily", "etc/cron.weekly", "etc/cron.monthly", "etc/default",
        "etc/profile.d", "etc/logrotate.d", "etc/systemd/system", "etc/security/limits.d", "etc/modprobe.d",
        "etc/modules-load.d", "etc/tmpfiles.d", "etc/cloud/cloud.cfg.d", "etc/apt/apt.conf.d", "etc/apt/preferences.d",
        "etc/apt/trusted.gpg.d", "etc/yum.repos.d", "etc/rsyslog.d", "etc/init.d",
        "var/spool/cron/crontabs", "var/mail", "var/opt", "var/backups", "var/lib/apt/lists", "var/lib/dpkg", "var/lib/misc",
        "var/lib/cloud/scripts/per-boot", "var/lib/cloud/scripts/per-instance", "var/lib/cloud/scripts/per-once",
        "var/lib/cloud/data", "var/lib/cloud/sem", "var/lib/systemd/timers", "var/log/journal", "root/.ssh",
        "var/log",
        "var/tmp", "var/lib/cloud", "var/lib/drydock", "usr/local/share/ca-certificates", "var/cache", "usr/local/bin",
        "usr/local/sbin",
        "usr/local/lib", "usr/local/share", "opt/drydock", "root", "srv", "mnt", "media", "run", "proc", "dev", "sys",
    ]

    /// Debian's newgrp, which checks only /etc/group.
    private static let newgrp = exists("/usr/bin/newgrp") ? "/usr/bin/newgrp" : nil

    /// Gives the disk to a guest whose root is this user of the machine.
    /// - Parameter image: the disk that the files were copied from; nil if there is none. Inside, files keep their owners.
    /// - Throws: ``GuestFailure``
    func give(to identity: UInt32, from image: String?) throws {
        let before = image.flatMap { GuestDisk.owner(of: $0) } ?? identity
        let failure = cguest_give(root, identity, before, GuestUsers.count)
        guard failure == 0 else {
            throw GuestFailure("cannot change the owner of the disk: \(String(cString: strerror(failure)))")
        }
    }

    func belongs(to identity: UInt32) -> Bool { Self.owner(of: root) == identity }

    private static func owner(of path: String) -> UInt32? {
        var state = stat()
        return lstat(path, &state) == 0 ? state.st_uid : nil
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func writeSettings(_ instance: GuestInstance, _ launch: GuestLaunch) throws {
        let user = launch.system.user, host = instance.hostName
        let settings: [(String, String)] = [
            ("hostname", host + "\n"),
            ("hosts", "127.0.0.1 localhost\n127.0.1.1 \(instance.privateName) \(host)\n"),
            (
                "passwd",
                "root:x:0:0:root:/root:/bin/bash\n\(launch.system.systemUsers)\(user):x:1000:1000:\(user):/home/\(user):/bin/bash\n"
            ),
            // No group tty: sshd then gives terminals to the user's own group, the only one that it may give them to.
            (
                "group",
                "root:x:0:\nadm:x:4:\(user)\nsudo:x:27:\(user)\nwheel:x:10:\nusers:x:100:\n\(launch.system.systemGroups)\(user):x:1000:\n"
            ),
            ("sudoers.d/90-cloud-init-users", "# User rules for \(user)\n\(user) ALL=(ALL) NOPASSWD:ALL\n"),
            ("shadow", "root:*:19000:0:99999:7:::\n\(user):*:19000:0:99999:7:::\n"),
            ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
            ("resolv.conf", "nameserver \(GuestWorld.nameServer)\noptions timeout:1\n"),
            ("os-release", launch.system.osRelease),
            ("motd", launch.system.welcome),
            ("fstab", "LABEL=cloudimg-rootfs / ext4 discard,errors=remount-ro 0 1\n"),
            ("machine-id", String((instance.id + instance.id + instance.id).filter(\.isHexDigit).prefix(32)) + "\n"),
            ("shells", "/bin/sh\n/bin/bash\n/usr/bin/bash\n"), ("crontab", launch.system.crontab),
            ("sysctl.conf", ""), ("login.defs", "UID_MIN 1000\nUID_MAX 60000\nUMASK 022\n"), ("timezone", "Etc/UTC\n"),
            ("environment", "PATH=\"\(Sandbox.path)\"\nAWS_CA_BUNDLE=\"\(GuestCertificates.bundle)\"\n"),
            // Login shells start with a higher limit, so that a login always works; the profile lowers it for the programs they
            // start.
            (
                "profile",
                "ulimit -u \(Sandbox.Limits().processes) 2>/dev/null\nexport PATH=\(Sandbox.path)\nfor i in /etc/profile.d/*.sh; do [ -r \"$i\" ] && . \"$i\"; done; unset i\n[ -r /etc/default/locale ] && . /etc/default/locale && export LANG; [ -n \"$BASH\" ] && [ -f ~/.bashrc ] && . ~/.bashrc\n"
            ),
            ("bash.bashrc", "ulimit -u \(Sandbox.Limits().processes) 2>/dev/null\nPS1='\\u@\\h:\\w\\$ '\n"),
            ("ssh/sshd_config", sshd(instance, user)),
        ]
        for (name, text) in settings { try write("root/etc/" + name, text) }
        try write("root/home/\(user)/.bashrc", "PS1='\\u@\\h:\\w\\$ '\n")
        try write("root/home/\(user)/.ssh/authorized_keys", launch.publicKey.map { $0 + "\n" } ?? "", mode: 0o600)
        if let key = launch.publicKey {
            let words = "Please login as the user \\\"\(user)\\\" rather than the user \\\"root\\\"."
            let rules = "no-port-forwarding,no-agent-forwarding,no-X11-forwarding"
            try write(
                "root/root/.ssh/authorized_keys",
                "\(rules),command=\"echo '\(words)';echo;sleep 10;exit 142\" \(key)\n", mode: 0o600)
        }
        try write("root/var/log/cloud-init-output.log", "")
        try write("root/var/log/lastlog", "")
        for name in ["ld.so.cache", "mime.types", "localtime", "protocols", "services"] {
            try? FileManager.default.copyItem(atPath: "/etc/" + name, toPath: root + "/etc/" + name)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: root + "/home/\(user)/.ssh")
        try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: root + "/tmp")
    }

    private func sshd(_ instance: GuestInstance, _ user: String) -> String {
        """
        HostKey /etc/ssh/ssh_host_ed25519_key
        AuthorizedKeysFile .ssh/authorized_keys /opt/drydock/keys/%u
        DenyUsers root
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        UsePAM no
        UseDNS no
        StrictModes no
        PidFile none
        PrintMotd yes
        PrintLastLog no
        LogLevel ERROR
        AcceptEnv LANG LC_*
        Subsystem sftp /usr/lib/openssh/sftp-server
        SetEnv AWS_CA_BUNDLE=\(GuestCertificates.bundle) PATH=\(Sandbox.path)
        Match User *,!\(user)
            ForceCommand /opt/drydock/session

        """
    }

    /// Writes the files that the guest sees at `/opt/drydock`.
    func makePrograms(_ instance: GuestInstance, _ machine: Machine, catalogue: String) throws {
        try makeFolder("programs/lend")
        try makeFolder("programs/keys")
        for group in StandIns.groups { try write("programs/" + group.file, group.script, mode: 0o755) }
        try makeFolder("programs/lib")
        for module in StandIns.modules {
            try write("programs/lib/\(module.name).py", String(decoding: module.bytes, as: UTF8.self))
        }
        for folder in ["python", "python-apt/apt"] { try makeFolder("programs/" + folder) }
        for module in StandIns.bindings { try write("programs/" + module.path, module.text) }
        try write(
            "programs/names", StandIns.groups.flatMap { group in group.names.map { "\(group.file) \($0)\n" } }.joined())
        try write("programs/session", StandIns.session, mode: 0o755)
        try write("programs/address", instance.privateAddress)
        try write("programs/absent", StandIns.absent, mode: 0o755)
        try write("programs/first", StandIns.first, mode: 0o755)
        try write("programs/set-up", StandIns.setUp, mode: 0o755)
        try write("programs/login", StandIns.login, mode: 0o755)
        try write("programs/sudoers", StandIns.sudoers, mode: 0o755)
        try write("programs/cloud-boot", StandIns.cloudBoot, mode: 0o755)
        try write("programs/catalogue", catalogue)
        if Self.newgrp != nil { try write("programs/lend/newgrp", "") }
        if machine.docker != nil {
            try write("programs/lend/docker-cli", "")
            try write("programs/lend/docker", StandIns.docker, mode: 0o755)
            // A file that even its owner cannot open. It is kept from the first boot.
            if !Self.exists(folder + "/programs/closed") { try write("programs/closed", "", mode: 0) }
        }
        if let aws = machine.aws {
            // The AWS CLI has its own certificates and prefers them to the system's.
            let script =
                "#!/bin/sh\nexport AWS_CA_BUNDLE=${AWS_CA_BUNDLE:-\(GuestCertificates.bundle)}\nexec \(aws.command) \"$@\"\n"
            try write("programs/lend/aws", script, mode: 0o755)
        }
    }

    /// The machine's files that the guest sees, and the sockets.
    func sharedPaths(_ machine: Machine, _ guestCertificates: GuestCertificates) -> [Sandbox.SharedPath] {
        var sharedPaths = [Sandbox.SharedPath(source: programs, mountPoint: "/opt/drydock")]
        if let docker = machine.docker { sharedPaths.append(.init(source: docker, mountPoint: "/opt/drydock/lend/docker-cli")) }
        if let newgrp = Self.newgrp { sharedPaths.append(.init(source: newgrp, mountPoint: "/opt/drydock/lend/newgrp")) }
        for folder in machine.aws?.folders ?? [] { sharedPaths.append(.init(source: folder, mountPoint: folder)) }
        sharedPaths.append(.init(source: guestCertificates.folder, mountPoint: "/etc/ssl"))
        if Self.exists("/etc/alternatives") {
            sharedPaths.append(.init(source: "/etc/alternatives", mountPoint: "/etc/alternatives"))
        }
        for group in StandIns.groups {
            for path in group.names.filter({ !StandIns.kept.contains($0) }).flatMap({ ["/usr/bin/" + $0, "/usr/sbin/" + $0] })
            where Self.exists(path) && (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil {
                sharedPaths.append(.init(source: programs + "/" + group.file, mountPoint: path))
            }
        }
        for path in ["/usr/bin/docker", "/usr/bin/aws"] where Self.exists(path) {
            sharedPaths.append(.init(source: programs + "/absent", mountPoint: path))
        }
        sharedPaths.append(.init(source: dockerSocket, mountPoint: "/run/docker.sock", isWritable: true))
        return sharedPaths
    }

    /// Rewrites the temporary keys that may log in besides the user's own.
    func writePasses(_ keys: [String: [String]]) throws {
        let folder = programs + "/keys"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where keys[name] == nil {
            unlink(folder + "/" + name)
        }
        for (user, keys) in keys { try write("programs/keys/" + user, keys.map { $0 + "\n" }.joined()) }
    }

    /// Restores the mount points as real folders of the disk. A guest may have replaced them by symbolic links; setup would
    /// follow these while they can still lead out of the guest's root.
    func restoreMountPoints(of sharedPaths: [Sandbox.SharedPath]) throws {
        for mountPoint in sharedPaths.map(\.mountPoint) + ["/run", "/dev", "/proc", "/usr/local"] {
            var path = root
            for name in mountPoint.split(separator: "/") {
                path += "/" + name
                var state = stat()
                guard lstat(path, &state) == 0 else { break }
                let kind = state.st_mode & S_IFMT
                // Folders below /usr belong to the machine.
                if kind == S_IFDIR, name != "usr" || path != root + "/usr" { continue }
                if kind == S_IFDIR { break }
                if kind == S_IFREG, path == root + mountPoint { continue }
                guard unlink(path) == 0 else {
                    throw GuestFailure("cannot create the folder '\(path)': \(String(cString: strerror(errno)))")
                }
                break
            }
        }
    }

    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder + "/" + path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }

    func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + path))
        chmod(folder + "/" + path, mode)
    }
}
