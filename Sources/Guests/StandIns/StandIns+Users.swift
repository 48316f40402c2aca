extension StandIns {
    /// Users and their rights. If the kernel separates users, a special program makes a user root (`StandIns.setUp`). Otherwise
    /// all users of a guest are one user of the machine, and each other user has another id in its own user namespace.
    static let users = Group(
        file: "users",
        names: [
            "sudo", "su", "id", "groups", "useradd", "adduser", "userdel", "usermod", "groupadd", "newgrp", "sg", "chsh",
            "chown",
            "chgrp", "runuser", "passwd", "chpasswd",
        ],
        script: prelude + text(PackageResources.stand_in_users_sh))

    /// Docker's client. As usual, its socket is for root and the group docker. If all users of a guest are one user of the
    /// machine, others see an unreadable file in the socket's place.
    static let docker = text(PackageResources.docker_sh)

    /// The login shell of an added user, if the kernel doesn't separate users: sets the user's id, then starts the shell or the
    /// command.
    static let session = text(PackageResources.session_sh)
}
