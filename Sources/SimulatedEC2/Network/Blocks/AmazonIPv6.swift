import EC2API
import SimulatorCore

/// The ranges from which Amazon assigns IPv6 blocks to VPCs: the EC2 entries of
/// https://ip-ranges.amazonaws.com/ip-ranges.json
enum AmazonIPv6 {
    private static let ranges = [
        "us-east-1": "2600:1f18::/33", "us-east-2": "2600:1f16::/36", "us-west-1": "2600:1f1c::/36",
        "us-west-2": "2600:1f14::/35", "ca-central-1": "2600:1f11::/36", "sa-east-1": "2600:1f1e::/36",
        "eu-west-1": "2a05:d018::/35", "eu-west-2": "2a05:d01c::/36", "eu-west-3": "2a05:d012::/36",
        "eu-central-1": "2a05:d014::/36", "eu-north-1": "2a05:d016::/36", "eu-south-1": "2a05:d01a::/36",
        "ap-northeast-1": "2406:da14::/36", "ap-northeast-2": "2406:da12::/36", "ap-northeast-3": "2406:da16::/36",
        "ap-southeast-1": "2406:da18::/36", "ap-southeast-2": "2406:da1c::/36", "ap-south-1": "2406:da1a::/36",
        "ap-east-1": "2406:da1e::/36", "us-gov-west-1": "2600:1f12::/36", "us-gov-east-1": "2600:1f15::/36",
    ]
    /// Assumed, for regions that are not in the list above.
    private static let other = "2600:1f10::/36"

    static func range(_ context: Context) throws -> IPv6Block {
        guard let range = IPv6Block(ranges[context.region] ?? other) else {
            throw DamagedState("the range of \(context.region) is no block")
        }
        return range
    }

    /// Returns a free /56 for a VPC.
    static func draw(_ context: Context) throws -> IPv6Block {
        let range = try range(context)
        let taken = try Set(CidrBlockRecord.all(context, "AND is_ipv6").map(\.block))
        let ofPools = try Ipam.homes(context).flatMap { try IpamCidrRecord.all($0) }.compactMap(\.block)
        while true {
            let number = UInt128(context.ids.next()) & ((1 << UInt128(56 - range.prefix)) - 1)
            let block = IPv6Block(base: range.base | number << 72, prefix: 56)
            let isOfPool = ofPools.contains { $0.overlaps(AddressBlock(block)) }
            if !taken.contains(block.description), !isOfPool { return block }
        }
    }
}
