/// The operating system that an image's name implies, as far as a guest shows it.
struct GuestSystem: Sendable {
    enum Family: Sendable {
        case ubuntu, amazonLinux, debian
    }

    let family: Family
    /// `22.04`, `2023`, `12`
    let version: String
    /// `jammy`, `bookworm`; empty for Amazon Linux.
    let codename: String

    init(imageName: String) {
        let name = imageName.lowercased()
        let words = name.split { $0 == "-" || $0 == "/" }
        if name.contains("debian") {
            family = .debian
            version = words.drop { $0 != "debian" }.dropFirst().first.map(String.init) ?? "12"
            codename = Self.debianNames[version] ?? ""
        } else if name.contains("al20") || name.contains("amzn") {
            family = .amazonLinux
            version = name.contains("amzn2") ? "2" : "2023"
            codename = ""
        } else {
            // ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207
            family = .ubuntu
            let release = words.firstIndex { Self.ubuntuNames[String($0)] != nil }
            codename = release.map { String(words[$0]) } ?? "jammy"
            version = release.flatMap { $0 + 1 < words.count ? String(words[$0 + 1]) : nil } ?? "22.04"
        }
    }

    /// The user that cloud-init creates.
    var user: String {
        switch family {
        case .ubuntu: "ubuntu"
        case .amazonLinux: "ec2-user"
        case .debian: "admin"
        }
    }

    /// The distribution's system users, as lines of `/etc/passwd`.
    var systemUsers: String {
        let users: [(String, Int, Int, String)] =
            family == .amazonLinux
            ? [
                ("bin", 1, 1, "/bin"), ("daemon", 2, 2, "/sbin"), ("adm", 3, 4, "/var/adm"), ("mail", 8, 12, "/var/spool/mail"),
                ("operator", 11, 0, "/root"), ("ftp", 14, 50, "/var/ftp"), ("nobody", 65534, 65534, "/"),
            ]
            : [
                ("daemon", 1, 1, "/usr/sbin"), ("bin", 2, 2, "/bin"), ("sys", 3, 3, "/dev"), ("man", 6, 12, "/var/cache/man"),
                ("mail", 8, 8, "/var/mail"), ("www-data", 33, 33, "/var/www"), ("backup", 34, 34, "/var/backups"),
                ("syslog", 104, 111, "/nonexistent"), ("nobody", 65534, 65534, "/nonexistent"),
            ]
        return users.map { "\($0.0):x:\($0.1):\($0.2):\($0.0):\($0.3):/usr/sbin/nologin\n" }.joined()
    }

    /// Their groups, as lines of `/etc/group`. No group tty: see ``GuestDisk``.
    var systemGroups: String {
        let groups: [(String, Int)] =
            family == .amazonLinux
            ? [("bin", 1), ("daemon", 2), ("sys", 3), ("mail", 12), ("ftp", 50), ("nobody", 65534), ("systemd-journal", 190)]
            : [
                ("daemon", 1), ("bin", 2), ("sys", 3), ("disk", 6), ("mail", 8), ("man", 12), ("www-data", 33), ("backup", 34),
                ("video", 44), ("staff", 50), ("systemd-journal", 101), ("syslog", 111), ("nogroup", 65534),
            ]
        return groups.map { "\($0.0):x:\($0.1):\n" }.joined()
    }

    private static let ubuntuNames = [
        "bionic": "Bionic Beaver", "focal": "Focal Fossa", "jammy": "Jammy Jellyfish", "noble": "Noble Numbat",
        "oracular": "Oracular Oriole", "plucky": "Plucky Puffin", "questing": "Questing Quokka", "resolute": "Resolute Raccoon",
    ]
    private static let debianNames = ["11": "bullseye", "12": "bookworm", "13": "trixie"]

    /// Ubuntu's April releases of even years have long-term support.
    private var isLongTerm: Bool {
        version.hasSuffix(".04") && version.prefix(2).last.flatMap(\.wholeNumberValue).map { $0 % 2 == 0 } == true
    }

    /// `Ubuntu 22.04 LTS`
    var name: String {
        switch family {
        case .ubuntu: "Ubuntu \(version)\(isLongTerm ? " LTS" : "")"
        case .amazonLinux: version == "2" ? "Amazon Linux 2" : "Amazon Linux \(version)"
        case .debian: "Debian GNU/Linux \(version)\(codename.isEmpty ? "" : " (\(codename))")"
        }
    }

    /// `/etc/os-release`
    var osRelease: String {
        let fields: [(String, String)]
        switch family {
        case .ubuntu:
            let title = Self.ubuntuNames[codename] ?? codename
            fields = [
                ("NAME", "\"Ubuntu\""), ("VERSION_ID", "\"\(version)\""),
                ("VERSION", "\"\(version)\(isLongTerm ? " LTS" : "") (\(title))\""), ("VERSION_CODENAME", codename),
                ("ID", "ubuntu"),
                ("ID_LIKE", "debian"), ("HOME_URL", "\"https://www.ubuntu.com/\""), ("UBUNTU_CODENAME", codename),
            ]
        case .amazonLinux:
            fields = [
                ("NAME", "\"Amazon Linux\""), ("VERSION", "\"\(version)\""), ("ID", "\"amzn\""),
                ("ID_LIKE", version == "2" ? "\"centos rhel fedora\"" : "\"fedora\""), ("VERSION_ID", "\"\(version)\""),
                ("PLATFORM_ID", "\"platform:al\(version)\""), ("HOME_URL", "\"https://aws.amazon.com/linux/\""),
            ]
        case .debian:
            fields = [
                ("NAME", "\"Debian GNU/Linux\""), ("VERSION_ID", "\"\(version)\""), ("VERSION", "\"\(version) (\(codename))\""),
                ("VERSION_CODENAME", codename), ("ID", "debian"), ("HOME_URL", "\"https://www.debian.org/\""),
            ]
        }
        return ([("PRETTY_NAME", "\"\(name)\"")] + fields).map { "\($0)=\($1)\n" }.joined()
    }

    /// `/etc/crontab`
    var crontab: String {
        let folders = [
            ("17 *", "*", "*", "hourly"), ("25 6", "*", "*", "daily"), ("47 6", "*", "7", "weekly"),
            ("52 6", "1", "*", "monthly"),
        ]
        let jobs = folders.map { time, day, weekday, name in
            "\(time)\t\(day) * \(weekday)\troot\tcd / && run-parts --report /etc/cron.\(name)\n"
        }
        return "SHELL=/bin/sh\nPATH=\(Sandbox.path)\n" + (family == .amazonLinux ? "" : jobs.joined())
    }

    /// The text that a user sees at login.
    var welcome: String {
        switch family {
        case .ubuntu: "Welcome to \(name) (a guest of Drydock)\n\n"
        case .amazonLinux: "   ,     #_\n   ~\\_  ####_        \(name) (a guest of Drydock)\n\n"
        case .debian: "\(name) (a guest of Drydock)\n\n"
        }
    }
}
