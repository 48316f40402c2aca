/// A separate AWS: commercial, China, GovCloud and so on, each with domains of its own.
struct Partition {
    let id: String
    /// What the names of its regions begin with.
    let regionPrefix: String
    let domain: String
    let dualStackDomain: String
    /// Where the partition's global services are signed for.
    let globalRegion: String

    /// The partition of a region; a region that none knows is commercial, as in AWS's own rules.
    static func of(_ region: String) -> Partition { all.first { region.hasPrefix($0.regionPrefix) } ?? commercial }

    private static let all = [
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
    private static let commercial = Partition(
        id: "aws", regionPrefix: "", domain: "amazonaws.com", dualStackDomain: "api.aws", globalRegion: "us-east-1")
}
