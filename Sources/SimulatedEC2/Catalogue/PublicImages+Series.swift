import AWSCore

extension PublicImage {
    /// Every public image, oldest first within its series. The tables hold a selection of each series' serials.
    static let all: [PublicImage] = ubuntu + amazonLinux + debian + windows

    /// Whether it is its series' newest for its architecture: AWS would have a newer one by the time it is deprecated, so the
    /// newest is listed whatever the clock says.
    var isNewest: Bool { Self.newest.contains(name) }

    private static let newest: Set<String> = {
        var last: [String: PublicImage] = [:]
        for image in all { last["\(image.group)/\(image.architecture)"] = image }
        return Set(last.values.map(\.name))
    }()

    private static let canonical = "099720109477"
    private static let amazon = "137112412989"
    private static let microsoft = "801119661308"
    private static let debianProject = "136693071363"
    private static let ecs = "591542846629"

    // MARK: Ubuntu

    /// type | code name | version | architectures' boot mode on amd64 | serials
    private static let ubuntuTable = """
        hvm-ssd|bionic|18.04||20230325 20230607 20240131
        hvm-ssd|focal|20.04||20231207 20240720 20241112 20250305 20250603.1
        hvm-ssd|jammy|22.04|uefi-preferred|20231207 20240701 20240927 20250115 20250305 20250610 20250821 20251015 20260218 20260511
        hvm-ssd-gp3|noble|24.04|uefi-preferred|20240423 20240701 20240927 20250115 20250305 20250610 20250821 20251022 20260218 \
        20260511
        hvm-ssd-gp3|oracular|24.10|uefi-preferred|20241009 20250305 20250610
        hvm-ssd-gp3|plucky|25.04|uefi-preferred|20250416 20250701 20251015
        hvm-ssd-gp3|questing|25.10|uefi-preferred|20251007 20251212 20260218
        hvm-ssd-gp3|resolute|26.04|uefi-preferred|20260423 20260511
        """

    private static let ubuntu: [PublicImage] = {
        var images: [PublicImage] = []
        for fields in rows(ubuntuTable) {
            var series = Series(owner: canonical, rootDeviceName: "/dev/sda1", size: 8, volumeType: "gp2", user: "ubuntu")
            series.volumeType = fields[0] == "hvm-ssd-gp3" ? "gp3" : "gp2"
            series.ephemeral = ["/dev/sdb", "/dev/sdc"]
            series.bootMode.amd64 = fields[3].isEmpty ? nil : fields[3]
            series.imdsSupport = fields[2] >= "23.10" ? "v2.0" : nil
            for (flavour, folder, title) in [("server", "ubuntu", "Ubuntu"), ("minimal", "ubuntu-minimal", "Ubuntu Minimal")] {
                for serial in words(fields[4]) {
                    for arch in ["amd64", "arm64"] {
                        let file = "ubuntu-\(fields[1])-\(fields[2])-\(arch)-\(flavour)-\(serial)"
                        images.append(
                            PublicImage(
                                series, group: "\(flavour)/\(fields[1])", name: "\(folder)/images/\(fields[0])/\(file)",
                                description: "Canonical, \(title), \(fields[2]), \(arch) \(fields[1]) image",
                                architecture: arch,
                                serial: serial))
                    }
                }
            }
        }
        return images
    }()

    // MARK: Amazon Linux

    private static let amazonLinux2023 = [
        "2023.3.20231211.4", "2023.5.20240819.0", "2023.6.20241212.0", "2023.7.20250428.1", "2023.8.20250818.0",
        "2023.9.20251020.0",
        "2023.10.20260216.1", "2023.11.20260504.0",
    ]
    private static let amazonLinux2 = [
        "2.0.20231206.0", "2.0.20240816.0", "2.0.20241217.0", "2.0.20250818.2", "2.0.20251014.0", "2.0.20260216.0",
        "2.0.20260505.0",
    ]
    private static let ecsOptimized2023 = ["2023.0.20250804", "2023.0.20251007", "2023.0.20260505"]

    private static let amazonLinux: [PublicImage] = {
        var current = Series(owner: amazon, rootDeviceName: "/dev/xvda", size: 8, volumeType: "gp3", user: "ec2-user")
        current.bootMode.amd64 = "uefi-preferred"
        current.imdsSupport = "v2.0"
        current.deprecatedAfter = 90
        var minimal = current
        minimal.size = 2
        var forECS = current
        forECS.owner = ecs
        forECS.size = 30
        var second = Series(owner: amazon, rootDeviceName: "/dev/xvda", size: 8, volumeType: "gp2", user: "ec2-user")
        second.bootMode.arm64 = "uefi"
        let architectures = ["x86_64", "arm64"]
        var images: [PublicImage] = []
        for kernel in ["6.1", "6.12"] {
            for version in amazonLinux2023 where kernel == "6.1" || version > "2023.7" || version.hasPrefix("2023.1") {
                for arch in architectures {
                    images.append(
                        PublicImage(
                            current, group: "al2023/\(kernel)", name: "al2023-ami-\(version)-kernel-\(kernel)-\(arch)",
                            description: "Amazon Linux 2023 AMI \(version) \(arch) HVM kernel-\(kernel)", architecture: arch,
                            serial: version))
                    images.append(
                        PublicImage(
                            minimal, group: "al2023-minimal/\(kernel)",
                            name: "al2023-ami-minimal-\(version)-kernel-\(kernel)-\(arch)",
                            description: "Amazon Linux 2023 AMI \(version) \(arch) Minimal HVM kernel-\(kernel)",
                            architecture: arch, serial: version))
                }
            }
        }
        for version in amazonLinux2 {
            for arch in architectures {
                images.append(
                    PublicImage(
                        second, group: "amzn2", name: "amzn2-ami-kernel-5.10-hvm-\(version)-\(arch)-gp2",
                        description: "Amazon Linux 2 Kernel 5.10 AMI \(version) \(arch) HVM gp2", architecture: arch,
                        serial: version))
            }
            images.append(
                PublicImage(
                    second, group: "amzn2-4.14", name: "amzn2-ami-hvm-\(version)-x86_64-gp2",
                    description: "Amazon Linux 2 AMI \(version) x86_64 HVM gp2", architecture: "x86_64", serial: version))
        }
        for version in ecsOptimized2023 {
            for arch in architectures {
                images.append(
                    PublicImage(
                        forECS, group: "ecs", name: "al2023-ami-ecs-hvm-\(version)-kernel-6.1-\(arch)",
                        description: "Amazon Linux AMI \(version) \(arch) ECS HVM EBS", architecture: arch, serial: version))
            }
        }
        return images
    }()

    // MARK: Debian

    /// version | code name's volume type | serials
    private static let debianTable = """
        11|gp2|20231013-1532 20240104-1616 20250303-2040 20250806-2194
        12|gp3|20231013-1532 20240717-1811 20250316-2053 20251006-2257 20260210-2384
        13|gp3|20250814-2204 20251006-2257 20260210-2384 20260501-2464
        """

    private static let debian: [PublicImage] = {
        var images: [PublicImage] = []
        for fields in rows(debianTable) {
            var series = Series(
                owner: debianProject, rootDeviceName: "/dev/xvda", size: 8, volumeType: fields[1], user: "admin")
            series.bootMode.amd64 = fields[0] == "11" ? nil : "uefi-preferred"
            series.imdsSupport = fields[0] == "13" ? "v2.0" : nil
            for serial in words(fields[2]) {
                for arch in ["amd64", "arm64"] {
                    images.append(
                        PublicImage(
                            series, group: "debian-\(fields[0])", name: "debian-\(fields[0])-\(arch)-\(serial)",
                            description: "Debian \(fields[0]) (\(serial))", architecture: arch, serial: serial))
                }
            }
        }
        return images
    }()

    // MARK: Windows

    private static let windowsSerials = [
        "2023.12.13", "2024.12.13", "2025.03.12", "2025.06.11", "2025.08.13", "2025.09.10", "2025.10.15", "2026.02.11",
        "2026.04.15",
    ]

    private static let windows: [PublicImage] = {
        var images: [PublicImage] = []
        for version in ["2016", "2019", "2022", "2025"] {
            var series = Series(
                owner: microsoft, rootDeviceName: "/dev/sda1", size: 30, volumeType: "gp2", user: nil, isWindows: true)
            series.ephemeral = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { "xvdc" + String(UnicodeScalar($0)) }
            if version == "2025" {
                series.bootMode.amd64 = "uefi"
                series.tpmSupport = "v2.0"
            }
            for serial in windowsSerials where version != "2025" || serial > "2024" {
                for kind in ["Full", "Core"] {
                    images.append(
                        PublicImage(
                            series, group: "windows-\(version)-\(kind)",
                            name: "Windows_Server-\(version)-English-\(kind)-Base-\(serial)",
                            description: "Microsoft Windows Server \(version) \(kind) Locale English AMI provided by Amazon",
                            architecture: "x86_64", serial: serial))
                }
            }
        }
        return images
    }()

    // MARK: Tables

    private static func rows(_ table: String) -> [[String]] {
        table.split(separator: "\n").map { $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// - Parameter serial: holds the date of the image's making, as eight digits or with full stops.
    private init(
        _ series: Series, group: String, name: String, description: String, architecture: String, serial: String
    ) {
        let dotted = serial.split(separator: ".")
        let date =
            dotted.count == 3 && dotted[1].count == 2
            ? dotted.joined()[...]
            : serial.split(whereSeparator: { $0 == "." || $0 == "-" }).first { $0.count == 8 } ?? "20230101"
        // The time of day follows from the name: distinct and stable.
        let second = name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) % 86_400 }
        let midnight =
            Instant(
                year: Int(date.prefix(4)) ?? 2023, month: Int(date.dropFirst(4).prefix(2)) ?? 1, day: Int(date.suffix(2)) ?? 1)
            ?? Instant(milliseconds: 0)
        self.init(
            series: series, group: group, name: name, description: description,
            architecture: architecture == "amd64" ? "x86_64" : architecture, createdAt: midnight + .seconds(second))
    }
}
