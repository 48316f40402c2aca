extension StandIns {
    /// The host's name, power, clock and other functions of the whole machine.
    static let system = Group(
        file: "system",
        names: [
            "hostnamectl", "hostname", "timedatectl", "reboot", "shutdown", "poweroff", "halt", "init", "telinit",
            "gpg", "nproc", "uptime", "update-ca-certificates", "update-ca-trust",
        ],
        script: prelude + text(PackageResources.stand_in_system_sh))
}
