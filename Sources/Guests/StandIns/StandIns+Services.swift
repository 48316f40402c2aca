extension StandIns {
    /// The service manager, its log and timers, cloud-init and the package managers, in Python.
    static let services = Group(
        file: "services",
        names: [
            "systemctl", "service", "journalctl", "systemd-cat", "crontab", "cloud-init", "cloud-init-per", "cloud-id",
            "apt-get", "apt",
            "apt-cache", "apt-key", "apt-mark", "update-alternatives", "add-apt-repository", "dpkg", "dpkg-query", "yum", "dnf",
            "rpm", "amazon-linux-extras",
            "snap", "lsblk", "df", "ec2-metadata", "ec2metadata", "cfn-init", "cfn-signal", "cfn-hup", "cfn-get-metadata",
        ],
        script: String(decoding: PackageResources.services_py, as: UTF8.self))

    /// The other modules of that program, by name.
    static let modules: [(name: String, bytes: [UInt8])] = [
        ("service_units", PackageResources.service_units_py), ("service_settings", PackageResources.service_settings_py),
        ("service_log", PackageResources.service_log_py),
        ("service_spawn", PackageResources.service_spawn_py), ("service_unit", PackageResources.service_unit_py),
        ("service_clock", PackageResources.service_clock_py), ("service_jobs", PackageResources.service_jobs_py),
        ("service_manager", PackageResources.service_manager_py), ("service_control", PackageResources.service_control_py),
        ("guest_yaml", PackageResources.guest_yaml_py), ("guest_jinja", PackageResources.guest_jinja_py),
        ("cloud_facts", PackageResources.cloud_facts_py), ("cloud_parts", PackageResources.cloud_parts_py),
        ("cloud_schema", PackageResources.cloud_schema_py), ("cloud_modules", PackageResources.cloud_modules_py),
        ("cloud_packages", PackageResources.cloud_packages_py), ("cloud_boot", PackageResources.cloud_boot_py),
        ("cloud_commands", PackageResources.cloud_commands_py),
        ("package_catalogue", PackageResources.package_catalogue_py),
        ("package_manager", PackageResources.package_manager_py), ("package_install", PackageResources.package_install_py),
        ("package_files", PackageResources.package_files_py), ("package_services", PackageResources.package_services_py),
        ("instance_tools", PackageResources.instance_tools_py),
    ]

    /// Python modules that a guest's programs find, by path below `/opt/drydock`: those of Debian's package manager, which all lead
    /// to one file, and one that every Python loads.
    static let bindings: [(path: String, text: String)] =
        [
            ("python/drydock_owners.py", String(decoding: PackageResources.owner_changes_py, as: UTF8.self)),
            ("python-apt/drydock_apt.py", String(decoding: PackageResources.apt_bindings_py, as: UTF8.self)),
            (
                "python-apt/apt/__init__.py", "from drydock_apt import *\nfrom . import cache, debfile, package\n"
            ),
        ]
        + ["apt/cache.py", "apt/debfile.py", "apt/package.py", "apt_pkg.py"].map {
            ("python-apt/" + $0, "from drydock_apt import *\n")
        }
}
