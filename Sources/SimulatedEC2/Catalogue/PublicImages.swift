import AWSCore
import EC2API
import SimulatorCore
import Synchronization

/// An AMI that everybody may launch. Ids and snapshots differ between regions, as in AWS. They are computed from region and name.
struct PublicImage: Sendable {
    var series: Series
    /// The name that all images of its series share.
    let group: String
    var name: String
    var description: String
    var architecture: String
    var createdAt: Instant
    /// The id in every region, for added images.
    var ownId: String?
    /// Whether it is its series' newest for its architecture. The newest is always listed, whatever the clock's time: AWS would
    /// have published a newer one before its deprecation.
    var isNewest = false
    /// Whether it stands for an id that is well-formed but otherwise unknown.
    var isUnknown = false

    /// The properties that the images of a series share.
    struct Series: Sendable {
        var owner: String
        /// The owner's alias in `Owners` and `ImageOwnerAlias`.
        var alias: String?
        var rootDeviceName: String
        var size: Int
        var volumeType: String
        /// The user whom a key pair lets in by SSH; nil for Windows.
        var user: String?
        var platform = Platform.linux
        /// The architectures, as the images' names write them.
        var architectures: [Substring] = ["x86_64"]
        /// The devices of the instance-store volumes in the block device mappings.
        var ephemeral: [String] = []
        var bootMode: (amd64: String?, arm64: String?) = (nil, "uefi")
        var imdsSupport: String?
        var tpmSupport: String?
        var rootDeviceType = "ebs"
        var virtualization = "hvm"
        var hasENA = true
        /// Days after which DescribeImages lists it only with `IncludeDeprecated`.
        var deprecatedAfter: Int64 = 730
        var isWindows: Bool { platform.rawValue.hasPrefix("windows") }
    }

    /// The billed platform: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
    enum Platform: String, Sendable {
        case linux, rhel, suse, ubuntuPro = "ubuntu-pro", windows
        case windowsWeb = "windows-sql-web", windowsStandard = "windows-sql-standard"
        case windowsEnterprise = "windows-sql-enterprise"

        var details: String {
            switch self {
            case .linux: "Linux/UNIX"
            case .rhel: "Red Hat Enterprise Linux"
            case .suse: "SUSE Linux"
            case .ubuntuPro: "Ubuntu Pro"
            case .windows: "Windows"
            case .windowsWeb: "Windows with SQL Server Web"
            case .windowsStandard: "Windows with SQL Server Standard"
            case .windowsEnterprise: "Windows with SQL Server Enterprise"
            }
        }

        var operation: String {
            switch self {
            case .linux: "RunInstances"
            case .rhel: "RunInstances:0010"
            case .suse: "RunInstances:000g"
            case .ubuntuPro: "RunInstances:0g00"
            case .windows: "RunInstances:0002"
            case .windowsWeb: "RunInstances:0202"
            case .windowsStandard: "RunInstances:0006"
            case .windowsEnterprise: "RunInstances:0102"
            }
        }
    }

    var platform: String? { series.isWindows ? "windows" : nil }
    var platformDetails: String { series.platform.details }
    var usageOperation: String { series.platform.operation }
    var bootMode: String? { architecture == "arm64" ? series.bootMode.arm64 : series.bootMode.amd64 }
    var deprecationTime: Instant { createdAt + .days(series.deprecatedAfter) }
    var location: String { "\(series.alias ?? series.owner)/\(name)" }

    func id(region: String) -> String {
        ownId ?? Self.knownIds["\(region)/\(name)"] ?? "ami-0" + StableDigits.of("ami/\(region)/\(name)")
    }

    /// Real AWS ids, for programs that hard-code them.
    private static let knownIds = [
        "us-east-1/ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207": "ami-0c7217cdde317cfec"
    ]
    func snapshotId(region: String) -> String { "snap-0" + StableDigits.of("snap/\(region)/\(ownId ?? name)") }
}

// MARK: Looking up

extension PublicImage {
    /// Returns the public image of an id in the request's region, from the catalogue or the added images.
    static func find(id: String, _ context: Context) -> PublicImage? {
        context.addedImages.find(id) ?? inCatalogue(id: id, region: context.region) ?? context.addedImages.standIn(id)
    }

    /// Returns whether DescribeImages lists it without `IncludeDeprecated`.
    func isListed(at time: Instant) -> Bool { ownId != nil || isNewest || deprecationTime > time }

    /// Returns all public images, including the added ones.
    static func all(_ context: Context) -> [PublicImage] { all + context.addedImages.images }

    private static func inCatalogue(id: String, region: String) -> PublicImage? {
        guard id.hasPrefix("ami-0"), id.utf8.count == 21 else { return nil }
        let place = indexes.withLock { indexes in
            if let index = indexes[region] { return index[id] }
            let index = Dictionary(uniqueKeysWithValues: all.indices.map { (all[$0].id(region: region), $0) })
            indexes[region] = index
            return index[id]
        }
        return place.map { all[$0] }
    }

    /// Each region's index of ids, built at its first use.
    private static let indexes = Mutex<[String: [String: Int]]>([:])
}

// MARK: Shape

extension PublicImage {
    /// Returns the image in the form of DescribeImages.
    func shape(region: String) -> Image {
        var image = Image()
        image.imageId = id(region: region)
        image.name = name
        image.description = description
        image.imageLocation = location
        image.imageOwnerAlias = series.alias
        image.ownerId = series.owner
        image.`public` = true
        image.state = "available"
        image.imageType = "machine"
        image.architecture = ArchitectureValues(architecture)
        image.platform = platform.map { PlatformValues($0) }
        image.platformDetails = platformDetails
        image.usageOperation = usageOperation
        image.creationDate = createdAt.iso8601(milliseconds: true)
        image.deprecationTime = deprecationTime.iso8601(milliseconds: true)
        image.rootDeviceName = series.rootDeviceName
        image.rootDeviceType = DeviceType(series.rootDeviceType)
        let devices = blockDevices(region: region)
        image.blockDeviceMappings = devices.isEmpty ? nil : devices
        image.virtualizationType = VirtualizationType(series.virtualization)
        image.hypervisor = "xen"
        image.enaSupport = series.hasENA ? true : nil
        image.sriovNetSupport = series.virtualization == "hvm" ? "simple" : nil
        image.bootMode = bootMode.map { BootModeValues($0) }
        image.imdsSupport = series.imdsSupport.map { ImdsSupportValues($0) }
        image.tpmSupport = series.tpmSupport.map { TpmSupportValues($0) }
        return image
    }

    func blockDevices(region: String) -> [BlockDeviceMapping] {
        let ephemeral = series.ephemeral.enumerated().map { BlockDeviceMapping(deviceName: $1, virtualName: "ephemeral\($0)") }
        guard series.rootDeviceType == "ebs" else { return ephemeral }
        var root = EbsBlockDevice()
        root.deleteOnTermination = true
        root.snapshotId = snapshotId(region: region)
        root.volumeSize = series.size
        root.volumeType = VolumeType(series.volumeType)
        root.encrypted = false
        if series.volumeType == "gp3" {
            root.iops = 3000
            root.throughput = 125
        }
        return [BlockDeviceMapping(ebs: root, deviceName: series.rootDeviceName)] + ephemeral
    }
}

enum StableDigits {
    /// Returns sixteen hex digits that depend on every byte of the text.
    static func of(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        let digits = String(hash ^ hash >> 33, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
