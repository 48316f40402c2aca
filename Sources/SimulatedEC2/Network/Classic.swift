import AWSCore
import EC2API
import SimulatorCore

// AWS retired EC2-Classic in August 2022: no instance is or can be linked to a VPC.
// https://aws.amazon.com/blogs/aws/ec2-classic-is-retiring-heres-how-to-prepare/

extension AWSError {
    /// AWS's error for accounts without EC2-Classic, as users report it.
    fileprivate static let noClassic = AWSError(
        "UnsupportedOperation", "The functionality you requested is not available in this region.",
        explanation: "EC2-Classic was retired in August 2022.")
}

extension EC2Simulation {
    public func describeClassicLinkInstances(
        _ input: DescribeClassicLinkInstancesRequest, _ context: Context
    ) throws -> DescribeClassicLinkInstancesResult {
        let paging = try Paging(input, ids: input.instanceIds, named: "instanceIds", context)
        for id in input.instanceIds ?? [] { try ResourceKind.instance.require(id, context) }
        // "You cannot use this request to return information about other instances."
        if let id = input.instanceIds?.first {
            throw AWSError("InvalidInstanceID.NotLinkable", "The instance '\(id)' is not linked to a VPC.")
        }
        let instances = try FilterTable<ClassicLinkInstance>(
            ["group-id": { $0.groups?.map(\.groupId) ?? [] }], tags: { $0.tags }
        )
        .apply(input.filters, to: [], context)
        let page = try paging.page(fixed: instances)
        return DescribeClassicLinkInstancesResult(instances: page.items, nextToken: page.nextToken)
    }

    public func attachClassicLinkVpc(
        _ input: AttachClassicLinkVpcRequest, _ context: Context
    ) throws -> AttachClassicLinkVpcResult {
        try ResourceKind.instance.require(input.instanceId, context)
        _ = try VpcRecord.get(input.vpcId, context)
        throw AWSError.noClassic
    }

    public func detachClassicLinkVpc(
        _ input: DetachClassicLinkVpcRequest, _ context: Context
    ) throws -> DetachClassicLinkVpcResult {
        try ResourceKind.instance.require(input.instanceId, context)
        _ = try VpcRecord.get(input.vpcId, context)
        throw AWSError.noClassic
    }

    public func enableVpcClassicLink(
        _ input: EnableVpcClassicLinkRequest, _ context: Context
    ) throws -> EnableVpcClassicLinkResult {
        _ = try VpcRecord.get(input.vpcId, context)
        throw AWSError.noClassic
    }

    public func disableVpcClassicLink(
        _ input: DisableVpcClassicLinkRequest, _ context: Context
    ) throws -> DisableVpcClassicLinkResult {
        _ = try VpcRecord.get(input.vpcId, context)
        throw AWSError.noClassic
    }

    public func enableVpcClassicLinkDnsSupport(
        _ input: EnableVpcClassicLinkDnsSupportRequest, _ context: Context
    ) throws -> EnableVpcClassicLinkDnsSupportResult {
        if let id = input.vpcId { _ = try VpcRecord.get(id, context) }
        throw AWSError.noClassic
    }

    public func disableVpcClassicLinkDnsSupport(
        _ input: DisableVpcClassicLinkDnsSupportRequest, _ context: Context
    ) throws -> DisableVpcClassicLinkDnsSupportResult {
        if let id = input.vpcId { _ = try VpcRecord.get(id, context) }
        throw AWSError.noClassic
    }
}
