import AWSCore
import EC2API
import SimulatorCore

extension EC2Simulation {
    public func describeAccountAttributes(
        _ input: DescribeAccountAttributesRequest, _ context: Context
    ) throws -> DescribeAccountAttributesResult {
        let attributes = try Self.accountAttributes(context)
        let wanted = (input.attributeNames ?? []).map(\.rawValue)
        for name in wanted where !attributes.contains(where: { $0.name == name }) {
            throw AWSError.invalidValue(name, for: "attributeName")
        }
        let shapes = attributes.filter { wanted.isEmpty || wanted.contains($0.name) }.map { name, value in
            AccountAttribute(attributeName: name, attributeValues: [AccountAttributeValue(attributeValue: value)])
        }
        return DescribeAccountAttributesResult(accountAttributes: shapes)
    }

    /// Returns a new account's quotas and its default VPC.
    private static func accountAttributes(_ context: Context) throws -> [(name: String, value: String)] {
        [
            ("supported-platforms", "VPC"),
            ("vpc-max-security-groups-per-interface", "5"),
            ("max-elastic-ips", "5"),
            ("max-instances", "20"),
            ("vpc-max-elastic-ips", "5"),
            ("default-vpc", try VpcRecord.findDefault(context)?.id ?? "none"),
        ]
    }
}
