import AWSCore

extension PublicImage {
    /// Every public image, oldest first within its series. The table holds a selection of each series' serials.
    static let all: [PublicImage] = read(table)

    /// Returns the newest image of a series for an architecture.
    static func newest(_ group: String, _ architecture: String) -> PublicImage? { newest[group]?[architecture] }

    private static let newest: [String: [String: PublicImage]] = all.reduce(into: [:]) { newest, image in
        if image.isNewest { newest[image.group, default: [:]][image.architecture] = image }
    }

    /// The accounts that publish images, and their aliases in `Owners`.
    private static let owners: [Substring: (id: String, alias: String?)] = [
        "canonical": ("099720109477", "amazon"), "amazon": ("137112412989", "amazon"), "ecs": ("591542846629", "amazon"),
        "eks": ("602401143452", "amazon"), "bottlerocket": ("092701018921", "amazon"), "microsoft": ("801119661308", "amazon"),
        "debian": ("136693071363", "amazon"), "stretch": ("379101102735", nil), "redhat": ("309956199498", "amazon"),
        "suse": ("013907871322", "amazon"), "rocky": ("792107900819", nil), "alma": ("764336703387", nil),
        "fedora": ("125523088429", nil), "fck-nat": ("568608671756", nil), "deep-learning": ("898082745236", "amazon"),
        "marketplace": ("679593333241", "aws-marketplace"),
    ]

    /// Reads a table with three kinds of lines:
    ///
    /// - `@name options…` defines a set of options.
    /// - `$name serials…` defines a set of serials.
    /// - `group|owner|options|name|description|serials` defines a series.
    ///
    /// Names and descriptions have placeholders: `{arch}` is the architecture as the series writes it, `{s}` is a serial, `{1}`
    /// to `{3}` are its parts between colons.
    private static func read(_ table: String) -> [PublicImage] {
        var options: [Substring: Substring] = [:], serials: [Substring: Substring] = [:], images: [PublicImage] = []
        for line in table.utf8.split(separator: 10).map(Substring.init) {
            switch line.utf8.first {
            case 64, 36:
                let end = line.utf8.firstIndex(of: 32) ?? line.endIndex
                if line.utf8.first == 64 { options[line[..<end]] = line[end...] } else { serials[line[..<end]] = line[end...] }
            default:
                let fields = line.utf8.split(separator: 124, omittingEmptySubsequences: false).map(Substring.init)
                guard fields.count == 6, let owner = owners[fields[1]] else { continue }
                let words = Self.words(fields[2]).flatMap { Self.words(options[$0] ?? $0) }
                let series = Series(owner: owner, words), group = String(fields[0])
                let first = images.count
                for serial in Self.words(serials[fields[5]] ?? fields[5]) {
                    for architecture in series.architectures {
                        images.append(
                            PublicImage(
                                series, group: group, name: fields[3], description: fields[4], architecture: architecture,
                                serial: serial))
                    }
                }
                for index in images.indices.suffix(series.architectures.count) where index >= first {
                    images[index].isNewest = true
                }
            }
        }
        return images
    }

    private static func words(_ text: Substring) -> [Substring] { text.utf8.split(separator: 32).map(Substring.init) }

    private init(
        _ series: Series, group: String, name: Substring, description: Substring, architecture: Substring, serial: Substring
    ) {
        let parts = serial.utf8.split(separator: 64).map(Substring.init)
        let version = parts.first ?? ""
        let pieces = version.utf8.split(separator: 58).map(Substring.init)
        func filled(_ template: Substring) -> String {
            var text = "", rest = template.utf8
            while let open = rest.firstIndex(of: 123), let close = rest[open...].firstIndex(of: 125) {
                text += Substring(rest[..<open])
                switch Substring(rest[rest.index(after: open)..<close]) {
                case "arch": text += architecture
                case "s": text += version
                case let number: text += Int(number).flatMap { pieces.indices.contains($0 - 1) ? pieces[$0 - 1] : nil } ?? ""
                }
                rest = rest[rest.index(after: close)...]
            }
            return text + Substring(rest)
        }
        let name = filled(name)
        // The time of day is computed from the name, so that it is distinct and stable.
        let second = name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) % 86_400 }
        self.init(
            series: series, group: group, name: name, description: filled(description),
            architecture: ["amd64": "x86_64", "aarch64": "arm64"][architecture] ?? String(architecture),
            createdAt: Self.midnight(of: parts.last ?? "") + .seconds(second))
    }

    /// Returns midnight of the day in a serial: eight digits, or with full stops or hyphens.
    private static func midnight(of serial: Substring) -> Instant {
        let words = serial.utf8.split { !(48...57).contains($0) }.map(Substring.init)
        var date = words.first { $0.utf8.count == 8 } ?? "20230101"
        if let year = words.indices.first(where: { words[$0].utf8.count == 4 && words[$0] > "2000" && $0 + 2 < words.count }),
            words[year + 1].utf8.count == 2, words[year + 2].utf8.count == 2
        {
            date = words[year...year + 2].joined()[...]
        }
        return Instant(
            year: Int(date.prefix(4)) ?? 2023, month: Int(date.dropFirst(4).prefix(2)) ?? 1, day: Int(date.suffix(2)) ?? 1)
            ?? Instant(milliseconds: 0)
    }
}

extension PublicImage.Series {
    /// - Parameter words: the table's options:
    ///   - `dev`: root device; `size`: GiB; `vol`: volume type; `eph`: instance-store volumes
    ///   - `user`: the user for SSH; `arch`: the architectures as names write them
    ///   - `bm` and `bma`: boot modes of x86_64 and arm64
    ///   - `imds`, `tpm`: the image's values
    ///   - `dep`: days until deprecation; `op`: billed platform
    ///   - `pv`, `instance-store`, `no-ena`: flags
    fileprivate init(owner: (id: String, alias: String?), _ words: [Substring]) {
        self.init(owner: owner.id, alias: owner.alias, rootDeviceName: "/dev/xvda", size: 8, volumeType: "gp2")
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            let value = parts.count > 1 ? String(parts[1]) : ""
            switch parts.first {
            case "dev": rootDeviceName = value
            case "size": size = Int(value) ?? 8
            case "vol": volumeType = value
            case "user": user = value
            case "arch": architectures = parts[1].split(separator: ",")
            case "bm": bootMode.amd64 = value
            case "bma": bootMode.arm64 = value.isEmpty ? nil : value
            case "imds": imdsSupport = value
            case "tpm": tpmSupport = value
            case "dep": deprecatedAfter = Int64(value) ?? 730
            case "op": platform = PublicImage.Platform(rawValue: value) ?? .linux
            case "eph":
                ephemeral =
                    value == "windows"
                    ? (UInt8(ascii: "a")...UInt8(ascii: "z")).map { "xvdc" + String(UnicodeScalar($0)) }
                    : value.split(separator: ",").map(String.init)
            case "pv": virtualization = "paravirtual"
            case "instance-store": rootDeviceType = "instance-store"
            case "no-ena": hasENA = false
            default: break
            }
        }
    }
}
