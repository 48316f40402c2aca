import AWSCore

// AWS's own hosts, by each service's published rules.

/// A service's host and the region to sign for.
struct ServiceHost {
    var host: String
    var signingRegion: String

    init(
        _ service: ServiceModel, region: String, _ partition: Partition, fips: Bool, dualStack: Bool, globalSTS: Bool
    ) {
        signingRegion = region
        switch service.id {
        case "iam": (host, signingRegion) = Self.iam(partition, fips: fips, dualStack: dualStack)
        case "ecr": host = Self.ecr(region, partition, fips: fips, dualStack: dualStack)
        case "sts" where region == "aws-global" || globalSTS && !fips && !dualStack && Self.legacySTSRegions.contains(region):
            (host, signingRegion) = ("sts.amazonaws.com", "us-east-1")
        default: host = Self.regional(service.endpointPrefix, region, partition, fips: fips, dualStack: dualStack)
        }
    }

    private static func regional(_ name: String, _ region: String, _ partition: Partition, fips: Bool, dualStack: Bool)
        -> String
    {
        switch (fips, dualStack) {
        case (true, true): "\(name)-fips.\(region).\(partition.dualStackDomain)"
        // In GovCloud the regular hosts are FIPS validated.
        case (true, false) where partition.id == "aws-us-gov": "\(name).\(region).\(partition.domain)"
        case (true, false): "\(name)-fips.\(region).\(partition.domain)"
        case (false, true): "\(name).\(region).\(partition.dualStackDomain)"
        case (false, false): "\(name).\(region).\(partition.domain)"
        }
    }

    private static func ecr(_ region: String, _ partition: Partition, fips: Bool, dualStack: Bool) -> String {
        let suffix = fips ? "-fips" : ""
        if dualStack { return "ecr\(suffix).\(region).\(partition.dualStackDomain)" }
        return "api.ecr\(suffix).\(region).\(partition.domain)"
    }

    /// Returns IAM's host and signing region. Each partition has one IAM host, with a different name.
    private static func iam(_ partition: Partition, fips: Bool, dualStack: Bool) -> (String, String) {
        let region = partition.globalRegion
        let name = fips ? "iam-fips" : "iam"
        let host =
            switch partition.id {
            case "aws" where dualStack: "\(name).global.\(partition.dualStackDomain)"
            case "aws": "\(name).\(partition.domain)"
            case "aws-us-gov": "iam.us-gov.\(dualStack ? partition.dualStackDomain : partition.domain)"
            case "aws-cn" where dualStack && !fips: "iam.global.\(partition.dualStackDomain)"
            case "aws-iso" where !dualStack, "aws-iso-b" where !dualStack: "\(name).\(region).\(partition.domain)"
            case _ where dualStack: "\(name).\(partition.dualStackDomain)"
            case _ where fips: "\(name).\(partition.domain)"
            default: "\(name).\(region).\(partition.domain)"
            }
        return (host, region)
    }

    /// Regions older than STS's regional endpoints. `AWS_STS_REGIONAL_ENDPOINTS=legacy` selects the global endpoint for them.
    private static let legacySTSRegions: Set<String> = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
        "eu-west-1",
        "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    ]
}
