import AWSCore
import SimulatorCore
import Synchronization

// The public parameters that AWS publishes in Systems Manager: the newest images of its series, regions and zones.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html

extension EC2Simulation: ParameterPublisher, ImageDirectory {
    public func publishedParameter(_ name: String, _ context: Context) -> PublishedParameter? {
        let all = PublicParameters.of(context.region)
        let index = PublicParameters.place(of: name, in: all)
        return index < all.count && all[index].name == name ? all[index] : nil
    }

    public func publishedParameters(below path: String, _ context: Context) -> [PublishedParameter] {
        let all = PublicParameters.of(context.region)
        return Array(all[PublicParameters.place(of: path, in: all)...].prefix { $0.name.hasPrefix(path) })
    }

    public func hasImage(_ id: String, _ context: Context) throws -> Bool {
        try ResourceKind.image.isWellFormed(id) && ResourceKind.image.exists(id, context)
    }
}

/// A region's parameters, sorted by name. They are built at the first use, because there are thousands.
enum PublicParameters {
    private static let regions = Mutex<[String: [PublishedParameter]]>([:])

    static func of(_ region: String) -> [PublishedParameter] {
        regions.withLock { regions in
            if let known = regions[region] { return known }
            var list = PublicParameterList(region: region)
            list.fill()
            let all = list.parameters.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            regions[region] = all
            return all
        }
    }

    /// Returns the index of a name, or the index where it would be inserted.
    static func place(of name: String, in all: [PublishedParameter]) -> Int {
        var low = 0, high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].name.utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Returns the names of the parameters whose value is the image's id.
    static func names(of image: String, region: String) -> [String] { of(region).filter { $0.value == image }.map(\.name) }
}

struct PublicParameterList {
    let region: String
    private(set) var parameters: [PublishedParameter] = []
    private var bySeries: [String: [PublicImage]] = [:]

    init(region: String) {
        self.region = region
        bySeries = Dictionary(grouping: PublicImage.all) { "\($0.group)/\($0.architecture)" }
    }

    mutating func fill() {
        addAmazonLinux()
        addCanonical()
        addDebian()
        addECS()
        addEKS()
        addBottlerocket()
        addWindows()
        addRegions()
    }

    /// Returns a series' images, newest last.
    private func images(_ group: String, _ architecture: String = "x86_64") -> [PublicImage] {
        bySeries["\(group)/\(architecture)"] ?? []
    }

    private mutating func add(
        _ name: String, _ value: String, _ image: PublicImage, version: Int = 1, dataType: String = "text"
    ) {
        parameters.append(
            PublishedParameter(
                "/aws/service/\(name)", value, version: version, modifiedAt: image.createdAt, dataType: dataType))
    }

    /// Adds a parameter for the newest image of a series.
    private mutating func addNewest(
        _ name: String, _ group: String, _ architecture: String = "x86_64", dataType: String = "text"
    ) {
        let images = images(group, architecture)
        guard let newest = images.last else { return }
        add(name, newest.id(region: region), newest, version: images.count, dataType: dataType)
    }

    // MARK: Amazon Linux

    private mutating func addAmazonLinux() {
        let folder = "ami-amazon-linux-latest"
        for architecture in ["x86_64", "arm64"] {
            for (kernel, series) in [("6.1", "6.1"), ("6.12", "6.12"), ("6.18", "6.18"), ("default", "6.18")] {
                addNewest("\(folder)/al2023-ami-kernel-\(kernel)-\(architecture)", "al2023/\(series)", architecture)
                addNewest(
                    "\(folder)/al2023-ami-minimal-kernel-\(kernel)-\(architecture)", "al2023-minimal/\(series)", architecture)
            }
            for kernel in ["", "kernel-4.14-"] {
                addNewest("\(folder)/amzn2-ami-\(kernel)hvm-\(architecture)-gp2", "amzn2-4.14", architecture)
                addNewest("\(folder)/amzn2-ami-\(kernel)hvm-\(architecture)-ebs", "amzn2-4.14-ebs", architecture)
                addNewest("\(folder)/amzn2-ami-minimal-\(kernel)hvm-\(architecture)-ebs", "amzn2-minimal-4.14", architecture)
            }
            for kernel in ["kernel-5.10", "kernel-default"] {
                addNewest("\(folder)/amzn2-ami-\(kernel)-hvm-\(architecture)-gp2", "amzn2", architecture)
                addNewest("\(folder)/amzn2-ami-\(kernel)-hvm-\(architecture)-ebs", "amzn2-ebs", architecture)
                addNewest("\(folder)/amzn2-ami-minimal-\(kernel)-hvm-\(architecture)-gp2", "amzn2-minimal", architecture)
            }
        }
        for (name, group) in [
            ("hvm-x86_64-gp2", "gp2"), ("hvm-x86_64-ebs", "ebs"), ("hvm-x86_64-s3", "s3"),
            ("minimal-hvm-x86_64-ebs", "minimal-ebs"), ("minimal-hvm-x86_64-s3", "minimal-s3"), ("pv-x86_64-ebs", "pv-ebs"),
            ("pv-x86_64-s3", "pv-s3"), ("minimal-pv-x86_64-ebs", "minimal-pv-ebs"), ("minimal-pv-x86_64-s3", "minimal-pv-s3"),
        ] {
            addNewest("\(folder)/amzn-ami-\(name)", "amzn-ami-\(group)")
        }
    }

    // MARK: Ubuntu and Debian

    private static let ubuntuVersions = [
        ("trusty", "14.04"), ("xenial", "16.04"), ("bionic", "18.04"), ("focal", "20.04"), ("jammy", "22.04"),
        ("noble", "24.04"), ("oracular", "24.10"), ("plucky", "25.04"), ("questing", "25.10"), ("resolute", "26.04"),
    ]

    private mutating func addCanonical() {
        for (code, version) in Self.ubuntuVersions {
            for (product, group) in [("server", "server"), ("server-minimal", "minimal"), ("pro-server", "pro")] {
                for name in [code, version] { addUbuntu("\(product)/\(name)", "\(group)/\(code)") }
            }
            for kubernetes in ["1.31", "1.32", "1.33"] {
                addUbuntu("eks/\(version)/\(kubernetes)", "ubuntu-eks-\(kubernetes)/\(code)")
            }
        }
    }

    private mutating func addUbuntu(_ product: String, _ group: String) {
        for (name, architecture) in [("amd64", "x86_64"), ("arm64", "arm64")] {
            let images = images(group, architecture)
            for image in images {
                let serial = image.name.split(separator: "-").last ?? ""
                let end = "\(name)/hvm/ebs-\(image.series.volumeType)/ami-id"
                let value = image.id(region: region)
                add("canonical/ubuntu/\(product)/stable/\(serial)/\(end)", value, image, dataType: "aws:ec2:image")
                guard image.isNewest else { continue }
                add(
                    "canonical/ubuntu/\(product)/stable/current/\(end)", value, image, version: images.count,
                    dataType: "aws:ec2:image")
            }
        }
    }

    private mutating func addDebian() {
        for (version, code) in [("10", "buster"), ("11", "bullseye"), ("12", "bookworm"), ("13", "trixie")] {
            for (name, architecture) in [("amd64", "x86_64"), ("arm64", "arm64")] {
                for release in [version, code] {
                    addNewest("debian/release/\(release)/latest/\(name)", "debian-\(version)", architecture)
                    for image in images("debian-\(version)", architecture) {
                        let serial = image.name.dropFirst("debian-\(version)-\(name)-".count)
                        add("debian/release/\(release)/\(serial)/\(name)", image.id(region: region), image)
                    }
                }
            }
        }
    }

    // MARK: Containers

    /// Adds a JSON parameter, and one parameter for each of its members.
    private mutating func addFields(
        _ name: String, _ fields: [(String, String)], _ image: PublicImage, version: Int, whole: Bool = true
    ) {
        for (field, value) in fields { add("\(name)/\(field)", value, image, version: version) }
        guard whole else { return }
        let object = Node.object(fields.map { .init($0.0, .string($0.1)) })
        add(name, String(decoding: JSON.write(object), as: UTF8.self), image, version: version)
    }

    /// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
    private mutating func addECS() {
        let systems: [(path: String, os: String, group: String, architecture: String)] = [
            ("amazon-linux", "Amazon Linux", "ecs1", "x86_64"), ("amazon-linux-2", "Amazon Linux 2", "ecs2", "x86_64"),
            ("amazon-linux-2/arm64", "Amazon Linux 2", "ecs2", "arm64"),
            ("amazon-linux-2/gpu", "Amazon Linux 2", "ecs2-gpu", "x86_64"),
            ("amazon-linux-2/inf", "Amazon Linux 2", "ecs2-inf", "x86_64"),
            ("amazon-linux-2/kernel-5.10", "Amazon Linux 2", "ecs2-5.10", "x86_64"),
            ("amazon-linux-2/kernel-5.10/arm64", "Amazon Linux 2", "ecs2-5.10", "arm64"),
            ("amazon-linux-2/kernel-5.10/gpu", "Amazon Linux 2", "ecs2-5.10-gpu", "x86_64"),
            ("amazon-linux-2/kernel-5.10/inf", "Amazon Linux 2", "ecs2-5.10-inf", "x86_64"),
            ("amazon-linux-2023", "Amazon Linux 2023", "ecs", "x86_64"),
            ("amazon-linux-2023/arm64", "Amazon Linux 2023", "ecs", "arm64"),
            ("amazon-linux-2023/gpu", "Amazon Linux 2023", "ecs-gpu", "x86_64"),
            ("amazon-linux-2023/neuron", "Amazon Linux 2023", "ecs-neuron", "x86_64"),
        ]
        for system in systems {
            let images = images(system.group, system.architecture)
            for image in images {
                // The part of the name that begins with a digit and contains a date.
                let version = image.name.split(separator: "-").first { $0.utf8.first.map(Self.isDigit) == true && $0.count > 8 }
                let fields = [
                    ("ecs_agent_version", "1.107.0"), ("ecs_runtime_version", "Docker version 25.0.16"),
                    ("image_id", image.id(region: region)), ("image_name", image.name),
                    ("image_version", String(version ?? "")), ("os", system.os), ("schema_version", "1"),
                    ("source_image_name", Self.source(of: image, system.os, version ?? "")),
                ]
                addFields("ecs/optimized-ami/\(system.path)/\(image.name)", fields, image, version: 1)
                guard image.isNewest else { continue }
                addFields("ecs/optimized-ami/\(system.path)/recommended", fields, image, version: images.count)
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Returns the image that an ECS-optimised image was built from.
    private static func source(of image: PublicImage, _ os: String, _ version: Substring) -> String {
        let architecture = image.architecture
        switch os {
        case "Amazon Linux": return "amzn-ami-minimal-hvm-2018.03.0.20231218.0-x86_64-ebs"
        case "Amazon Linux 2": return "amzn2-ami-minimal-hvm-\(version).0-\(architecture)-ebs"
        default: return PublicImage.newest("al2023-minimal/6.1", architecture)?.name ?? ""
        }
    }

    /// https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
    private mutating func addEKS() {
        for version in ["1.29", "1.30", "1.31", "1.32", "1.33", "1.34"] {
            var systems: [(path: String, group: String, architecture: String)] = [
                ("amazon-linux-2", "eks/\(version)", "x86_64"), ("amazon-linux-2-arm64", "eks-arm64/\(version)", "arm64"),
                ("amazon-linux-2-gpu", "eks-gpu/\(version)", "x86_64"),
            ]
            for kind in ["standard", "nvidia", "neuron"] {
                for architecture in ["x86_64", "arm64"] {
                    systems.append(
                        ("amazon-linux-2023/\(architecture)/\(kind)", "eks2023-\(kind)/\(version)", architecture))
                }
            }
            for system in systems {
                let images = images(system.group, system.architecture)
                for image in images {
                    let serial = image.name.split(separator: "-").last?.dropFirst() ?? ""
                    let fields = [
                        ("schema_version", "2"), ("image_id", image.id(region: region)), ("image_name", image.name),
                        ("release_version", "\(version).0-\(serial)"),
                    ]
                    let folder = "eks/optimized-ami/\(version)/\(system.path)"
                    addFields("\(folder)/\(image.name)", Array(fields.dropFirst()), image, version: 1, whole: false)
                    guard image.isNewest else { continue }
                    addFields("\(folder)/recommended", Array(fields.dropFirst()), image, version: images.count, whole: false)
                    let object = Node.object(fields.map { .init($0.0, .string($0.1)) })
                    add(
                        "\(folder)/recommended", String(decoding: JSON.write(object), as: UTF8.self), image,
                        version: images.count)
                }
            }
        }
    }

    /// https://github.com/bottlerocket-os/bottlerocket/blob/develop/QUICKSTART-EKS.md
    private mutating func addBottlerocket() {
        for (group, images) in Dictionary(grouping: PublicImage.all, by: \.group) where group.hasPrefix("bottlerocket/") {
            for image in images {
                let variant = group.dropFirst("bottlerocket/".count)
                let folder = "bottlerocket/aws-\(variant)/\(image.architecture)"
                let version = image.name.split(separator: "-").suffix(2).joined(separator: "-").dropFirst()
                let fields = [("image_id", image.id(region: region)), ("image_version", String(version))]
                for name in [String(version), String(version.prefix { $0 != "-" })] {
                    addFields("\(folder)/\(name)", fields, image, version: 1, whole: false)
                }
                guard image.isNewest else { continue }
                addFields(
                    "\(folder)/latest", fields, image, version: self.images(group, image.architecture).count, whole: false)
            }
        }
    }

    // MARK: Windows

    /// https://docs.aws.amazon.com/AWSEC2/latest/WindowsGuide/finding-an-ami.html
    private mutating func addWindows() {
        for image in PublicImage.all where image.isNewest && image.series.isWindows {
            let name = image.name.split(separator: "-").dropLast().joined(separator: "-")
            let folder = "ami-windows-latest/\(name)", id = image.id(region: region)
            let count = images(image.group).count, date = String(image.name.split(separator: "-").last ?? "")
            if name.hasSuffix("ECS_Optimized") {
                addFields(
                    folder,
                    [
                        ("ecs_agent_version", "1.107.0"), ("ecs_runtime_version", "Docker (CE) version 25.0.16"),
                        ("image_id", id), ("image_name", image.name), ("image_version", date),
                        ("os", name.split(separator: "-").prefix(2).joined(separator: " ").replacing("_", with: " ")),
                        ("schema_version", "1"),
                    ], image, version: count)
            } else if name.contains("EKS_Optimized") {
                let version = name.split(separator: "-").last ?? ""
                addFields(
                    folder, [("image_id", id), ("release_version", "\(version)-\(date)")], image, version: count, whole: false)
            } else {
                add(folder, id, image, version: count)
            }
        }
    }

    // MARK: Regions

    /// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
    private mutating func addRegions() {
        let day = Instant(year: 2026, month: 1, day: 1) ?? Instant(milliseconds: 0)
        func parameter(_ name: String, _ value: String) -> PublishedParameter {
            PublishedParameter("/aws/service/global-infrastructure/\(name)", value, modifiedAt: day)
        }
        for region in AWSRegion.all {
            let folder = "regions/\(region.name)"
            parameters += [
                parameter(folder, region.name), parameter("\(folder)/longName", region.longName),
                parameter("\(folder)/domain", "amazonaws.com" + (region.partition == "aws-cn" ? ".cn" : "")),
                parameter("\(folder)/partition", region.partition),
                parameter("\(folder)/geolocationCountry", String(region.geolocation.prefix(2))),
                parameter("\(folder)/geolocationRegion", region.geolocation),
            ]
            for zone in region.zones {
                parameters += [
                    parameter("\(folder)/availability-zones/\(zone.id)", zone.id),
                    parameter("availability-zones/\(zone.id)", zone.id),
                    parameter("availability-zones/\(zone.id)/parent-region", region.name),
                ]
            }
        }
    }
}
