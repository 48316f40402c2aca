/// The DNS names that EC2 gives to addresses.
enum HostNames {
    /// Returns the region's private domain; us-east-1, the oldest region, has a name of its own.
    static func privateDomain(_ region: String) -> String {
        region == "us-east-1" ? "ec2.internal" : "\(region).compute.internal"
    }

    static func privateName(_ address: UInt32, _ region: String) -> String {
        "ip-\(IPv4Block.dashed(address)).\(privateDomain(region))"
    }

    static func publicName(_ address: UInt32, _ region: String) -> String {
        let end = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let zone = region == "us-east-1" ? "compute-1" : "\(region).compute"
        return "ec2-\(IPv4Block.dashed(address)).\(zone).\(end)"
    }
}
