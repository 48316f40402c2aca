extension StandIns {
    /// The system's manager of services, its log and its clock for jobs, in Python. `systemctl` and `service` come to it by
    /// the script of packages, which does without where there is no Python.
    static let services = Group(
        file: "services", names: ["journalctl", "crontab"],
        script: String(decoding: PackageResources.services_py, as: UTF8.self))
}
