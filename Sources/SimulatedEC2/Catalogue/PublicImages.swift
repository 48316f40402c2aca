import AWSCore
import EC2API

/// An AMI that everybody may launch. Ids and snapshots differ between regions, as in AWS, and are a function of region and name.
struct PublicImage: Sendable {
    let series: Series
    /// What it has in common with the images that it succeeds.
    let group: String
    let name: String
    let description: String
    let architecture: String
    let createdAt: Instant

    /// What the images of a series share.
    struct Series: Sendable {
        var owner: String
        var rootDeviceName: String
        var size: Int
        var volumeType: String
        /// The user that a key pair lets in by SSH; nil for Windows.
        var user: String?
        var isWindows = false
        /// Whether the mappings name instance-store volumes too.
        var ephemeral: [String] = []
        var bootMode: (amd64: String?, arm64: String?) = (nil, "uefi")
        var imdsSupport: String?
        var tpmSupport: String?
        /// Days after which DescribeImages leaves it out unless asked for deprecated images.
        var deprecatedAfter: Int64 = 730
    }

    var platform: String? { series.isWindows ? "windows" : nil }
    var platformDetails: String { series.isWindows ? "Windows" : "Linux/UNIX" }
    var usageOperation: String { series.isWindows ? "RunInstances:0002" : "RunInstances" }
    var bootMode: String? { architecture == "arm64" ? series.bootMode.arm64 : series.bootMode.amd64 }
    var deprecationTime: Instant { createdAt + .days(series.deprecatedAfter) }

    func id(region: String) -> String {
        Self.knownIds["\(region)/\(name)"] ?? "ami-0" + StableDigits.of("ami/\(region)/\(name)")
    }

    /// Ids that AWS gave, for programs that have them written into them.
    private static let knownIds = [
        "us-east-1/ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207": "ami-0c7217cdde317cfec"
    ]
    func snapshotId(region: String) -> String { "snap-0" + StableDigits.of("snap/\(region)/\(name)") }

    static func find(id: String, region: String) -> PublicImage? {
        guard id.hasPrefix("ami-0"), id.utf8.count == 21 else { return nil }
        return all.first { $0.id(region: region) == id }
    }

    /// The image as DescribeImages tells it.
    func shape(region: String) -> Image {
        var image = Image()
        image.imageId = id(region: region)
        image.name = name
        image.description = description
        image.imageLocation = "amazon/\(name)"
        image.imageOwnerAlias = "amazon"
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
        image.rootDeviceType = "ebs"
        image.blockDeviceMappings = blockDevices(region: region)
        image.virtualizationType = "hvm"
        image.hypervisor = "xen"
        image.enaSupport = true
        image.sriovNetSupport = "simple"
        image.bootMode = bootMode.map { BootModeValues($0) }
        image.imdsSupport = series.imdsSupport.map { ImdsSupportValues($0) }
        image.tpmSupport = series.tpmSupport.map { TpmSupportValues($0) }
        return image
    }

    func blockDevices(region: String) -> [BlockDeviceMapping] {
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
        return [BlockDeviceMapping(ebs: root, deviceName: series.rootDeviceName)]
            + series.ephemeral.enumerated().map { BlockDeviceMapping(deviceName: $1, virtualName: "ephemeral\($0)") }
    }
}

enum StableDigits {
    /// Sixteen hex digits that depend on every byte of the text.
    static func of(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        let digits = String(hash ^ hash >> 33, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
