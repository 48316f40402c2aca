/// An AWS partition: commercial, China, GovCloud and so on, each with its own domains.
public struct Partition: Sendable, Hashable {
    /// The partition in ARNs: `aws-cn`.
    public var id: String
    /// The prefix of its regions' names. The longest matching prefix decides.
    public var regionPrefix: String
    public var domain: String
    /// The domain of the hosts that also support IPv6.
    public var dualStackDomain: String
    /// The signing region of the partition's global services.
    public var globalRegion: String
    public var supportsFIPS = true
    public var supportsDualStack = true

    /// Creates a partition, for example a private AWS:
    /// `Partition(id: "aws-lab", regionPrefix: "lab-", domain: "aws.lab", …)`.
    public init(
        id: String, regionPrefix: String, domain: String, dualStackDomain: String, globalRegion: String,
        supportsFIPS: Bool = true, supportsDualStack: Bool = true
    ) {
        self.id = id
        self.regionPrefix = regionPrefix
        self.domain = domain
        self.dualStackDomain = dualStackDomain
        self.globalRegion = globalRegion
        self.supportsFIPS = supportsFIPS
        self.supportsDualStack = supportsDualStack
    }

    /// Returns a region's partition. As in AWS's own rules, an unknown region is commercial. `aws-cn-global` and similar names
    /// select a partition without a region.
    static func of(_ region: String, among partitions: [Partition]) -> Partition {
        if region.hasSuffix("-global"), let named = partitions.first(where: { "\($0.id)-global" == region }) { return named }
        let fitting = partitions.filter { region.hasPrefix($0.regionPrefix) }
        return fitting.max { $0.regionPrefix.utf8.count < $1.regionPrefix.utf8.count } ?? commercial
    }

    /// AWS's own partitions.
    public static let all = [commercial] + others

    private static let others = [
        Partition(
            id: "aws-cn", regionPrefix: "cn-", domain: "amazonaws.com.cn", dualStackDomain: "api.amazonwebservices.com.cn",
            globalRegion: "cn-north-1"),
        Partition(
            id: "aws-us-gov", regionPrefix: "us-gov-", domain: "amazonaws.com", dualStackDomain: "api.aws",
            globalRegion: "us-gov-west-1"),
        Partition(
            id: "aws-eusc", regionPrefix: "eusc-", domain: "amazonaws.eu", dualStackDomain: "api.amazonwebservices.eu",
            globalRegion: "eusc-de-east-1"),
        Partition(
            id: "aws-iso", regionPrefix: "us-iso-", domain: "c2s.ic.gov", dualStackDomain: "api.aws.ic.gov",
            globalRegion: "us-iso-east-1"),
        Partition(
            id: "aws-iso-b", regionPrefix: "us-isob-", domain: "sc2s.sgov.gov", dualStackDomain: "api.aws.scloud",
            globalRegion: "us-isob-east-1"),
        Partition(
            id: "aws-iso-e", regionPrefix: "eu-isoe-", domain: "cloud.adc-e.uk", dualStackDomain: "api.cloud-aws.adc-e.uk",
            globalRegion: "eu-isoe-west-1"),
        Partition(
            id: "aws-iso-f", regionPrefix: "us-isof-", domain: "csp.hci.ic.gov", dualStackDomain: "api.aws.hci.ic.gov",
            globalRegion: "us-isof-south-1"),
    ]
    public static let commercial = Partition(
        id: "aws", regionPrefix: "", domain: "amazonaws.com", dualStackDomain: "api.aws", globalRegion: "us-east-1")
}
