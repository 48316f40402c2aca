import AWSCore
import EC2API
import SimulatorCore

// All ids have been long since 2018, whatever the account's earlier setting.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html

private enum IdFormats {
    static let types = [
        "bundle", "conversion-task", "customer-gateway", "dhcp-options", "elastic-ip-allocation", "elastic-ip-association",
        "export-task", "flow-log", "image", "import-task", "instance", "internet-gateway", "network-acl",
        "network-acl-association", "network-interface", "network-interface-attachment", "prefix-list", "reservation",
        "route-table", "route-table-association", "security-group", "snapshot", "subnet", "subnet-cidr-block-association",
        "volume", "vpc", "vpc-cidr-block-association", "vpc-endpoint", "vpc-peering-connection", "vpn-connection",
        "vpn-gateway",
    ]

    /// - Parameter resource: the resource type; nil for all.
    static func statuses(_ resource: String?) throws -> [IdFormat] {
        guard let resource, !resource.isEmpty else { return types.map { IdFormat(resource: $0, useLongIds: true) } }
        guard types.contains(resource) else {
            throw AWSError("InvalidParameterValue", "Value (\(resource)) for parameter resource is invalid.")
        }
        return [IdFormat(resource: resource, useLongIds: true)]
    }
}

extension EC2Simulation {
    public func describeIdFormat(_ input: DescribeIdFormatRequest, _ context: Context) throws -> DescribeIdFormatResult {
        DescribeIdFormatResult(statuses: try IdFormats.statuses(input.resource))
    }

    public func describeIdentityIdFormat(
        _ input: DescribeIdentityIdFormatRequest, _ context: Context
    ) throws -> DescribeIdentityIdFormatResult {
        let principal = input.principalArn
        let end = principal.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last ?? ""
        let isOfAccount = principal.hasPrefix("arn:\(context.partition):iam::\(context.account):")
        guard principal == "all" || isOfAccount && (end == "root" || end.hasPrefix("user/") || end.hasPrefix("role/")) else {
            throw AWSError.invalidValue(principal, for: "principalArn")
        }
        return DescribeIdentityIdFormatResult(statuses: try IdFormats.statuses(input.resource))
    }

    public func describeAggregateIdFormat(
        _ input: DescribeAggregateIdFormatRequest, _ context: Context
    ) throws -> DescribeAggregateIdFormatResult {
        DescribeAggregateIdFormatResult(useLongIdsAggregated: true, statuses: try IdFormats.statuses(nil))
    }

    /// Returns an empty list: no simulated principal has its own setting.
    public func describePrincipalIdFormat(
        _ input: DescribePrincipalIdFormatRequest, _ context: Context
    ) throws -> DescribePrincipalIdFormatResult {
        let paging = try Paging(input, context)
        for resource in input.resources ?? [] { _ = try IdFormats.statuses(resource) }
        let page = try paging.page(fixed: [PrincipalIdFormat]())
        return DescribePrincipalIdFormatResult(principals: page.items, nextToken: page.nextToken)
    }

    /// Every account is opted in to the groups of Availability Zones. Local Zones and Wavelength Zones are not simulated.
    public func modifyAvailabilityZoneGroup(
        _ input: ModifyAvailabilityZoneGroupRequest, _ context: Context
    ) throws -> ModifyAvailabilityZoneGroupResult {
        guard input.groupName == AWSRegion.current(context).zoneGroup else {
            throw AWSError(
                "InvalidParameterValue", "Invalid availability zone group name: [\(input.groupName)]",
                explanation: "Local Zones and Wavelength Zones are not simulated.")
        }
        guard input.optInStatus == .optedIn else {
            throw AWSError(
                "UnsupportedOperation",
                "The zone group '\(input.groupName)' does not need to be opted in and can't be opted out.")
        }
        return ModifyAvailabilityZoneGroupResult(return: true)
    }
}
