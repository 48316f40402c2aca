import AWSCore

/// Guest programs that replace functions a sandbox lacks: package managers, services, other users, power. A group is one shell
/// script that decides by the name it is called with.
enum StandIns {
    struct Group: Sendable {
        let file: String
        let names: [String]
        let script: String
    }

    /// Returns a shell program of the folder Programs, with the numbers and names that Swift knows.
    static func text(_ program: [UInt8]) -> String {
        String(decoding: program, as: UTF8.self)
            .replacing("@SUDOERS_NUMBER@", with: "\(sudoersGroup.number)").replacing("@SUDOERS_NAME@", with: sudoersGroup.name)
            .replacing("@DOCKER_NUMBER@", with: "\(dockerGroup)")
    }

    static let groups = [users, system, services]

    /// Real programs that the stand-ins call, or that do most of a stand-in's work. The guest finds them behind the stand-ins.
    static let kept: Set<String> = [
        "chown", "chgrp", "gpg", "id", "groups", "hostname", "passwd", "update-alternatives", "uptime",
    ]

    /// The start of each script.
    static let prelude = text(PackageResources.stand_in_prelude_sh)

    /// The first process of a guest: reports on descriptor 4 that it runs, then waits.
    static let first = text(PackageResources.first_sh)

    /// Does the setup that needs all privileges over the guest, before anybody logs in. Its input is root's token. Its arguments
    /// are whether users are separated, and the folders that the machine lends.
    ///
    /// The disk is mounted so that no program on it can gain privileges. The program behind `sudo` is on its own file system, for
    /// members of one group.
    static let setUp = text(PackageResources.set_up_sh)

    /// Serves a login: runs `sshd` after updating the sudoers. The argument is sshd's path.
    static let login = text(PackageResources.login_sh)

    /// The group whose members may become root, derived from `/etc/sudoers`.
    static let sudoersGroup = (name: "drydock-sudoers", number: 65533)

    /// The group id of Docker's socket.
    static let dockerGroup = 998

    /// Writes the users that may become root to `/etc/group`, following `/etc/sudoers`.
    static let sudoers = text(PackageResources.sudoers_sh)

    /// The steps of a boot: console, service manager, then cloud-init.
    static let cloudBoot = text(PackageResources.cloud_boot_sh)

    /// Ends a boot that exceeds its time limit: kills the processes in the boot's own session.
    static let endBoot = text(PackageResources.end_boot_sh)

    /// Takes a program's place until it is installed.
    static let absent = text(PackageResources.absent_sh)

    static let installCommandLine = text(PackageResources.install_command_line_sh)

    /// The archive that the AWS CLI is installed from.
    static let commandLineArchive: Bytes = {
        var archive = ZipArchive()
        archive.add("aws/install", Bytes(installCommandLine.utf8))
        archive.add("aws/README.md", Bytes("The AWS CLI of the host machine.\n".utf8), mode: 0o100644)
        return archive.bytes
    }()

    static let getDocker = text(PackageResources.get_docker_sh)

    /// What `https://get.k3s.io` returns.
    static let getK3s = text(PackageResources.get_k3s_sh)

    static let archiveKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        RHJ5ZG9jayBoYXMgbm8ga2V5IG9mIHRoaXMgYXJjaGl2ZS4K
        -----END PGP PUBLIC KEY BLOCK-----

        """
}
