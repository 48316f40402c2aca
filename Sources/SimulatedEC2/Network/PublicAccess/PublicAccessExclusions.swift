import AWSCore
import EC2API
import SimulatorCore

extension Resource where S == VpcBlockPublicAccessExclusion {
    static let publicAccessExclusion = Resource(
        ResourceKind(
            "vpcbpa-exclude", type: "vpc-block-public-access-exclusion", code: "InvalidVpcBlockPublicAccessExclusionId",
            notFound: "The VPC block public access exclusion ID '%' does not exist"),
        id: \.exclusionId, tags: \.tags,
        refers: [
            .to("vpc", \.excludedVpc, .cascades), .to("subnet", \.excludedSubnet, .cascades),
        ],
        life: LifeCycle(
            show: { $0.state = VpcBlockPublicAccessExclusionState(rawValue: $1) }, initial: "create-in-progress",
            deleting: "delete-in-progress",
            steps: [
                "create-in-progress": .init(after: .minutes(1), isFixed: false) { _, _ in "create-complete" },
                "update-in-progress": .init(after: .minutes(1), isFixed: false) { _, _ in "update-complete" },
                "delete-in-progress": .init(after: .minutes(1), isFixed: false) { exclusion, context in
                    exclusion.deletionTimestamp = context.now
                    return "delete-complete"
                },
                "delete-complete": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["delete-complete"]))
}

extension VpcBlockPublicAccessExclusion {
    /// The id of the excluded VPC or subnet.
    var excludedId: String? { resourceArn?.split(separator: "/").last.map(String.init) }
    fileprivate var excludedVpc: String? { excludedId.flatMap { $0.hasPrefix("vpc-") ? $0 : nil } }
    fileprivate var excludedSubnet: String? { excludedId.flatMap { $0.hasPrefix("subnet-") ? $0 : nil } }
}

extension EC2Simulation {
    /// AWS's quota per account and region.
    private static let exclusionLimit = 50

    public func createVpcBlockPublicAccessExclusion(
        _ input: CreateVpcBlockPublicAccessExclusionRequest, _ context: Context
    ) throws -> CreateVpcBlockPublicAccessExclusionResult {
        try Self.check(input.internetGatewayExclusionMode)
        let vpc = input.vpcId.flatMap(\.orNil), subnet = input.subnetId.flatMap(\.orNil)
        guard vpc != nil || subnet != nil else { throw AWSError.missingParameter("VpcId or SubnetId") }
        guard vpc == nil || subnet == nil else {
            throw AWSError.invalidCombination("The parameter VpcId cannot be used with the parameter SubnetId")
        }
        let arn =
            try vpc.map { VpcRecord.kind.arn(try VpcRecord.get($0, context).id, context) }
            ?? subnet.map { SubnetRecord.kind.arn(try SubnetRecord.get($0, context).id, context) }
        let others = try Resource.publicAccessExclusion.all(context).filter { $0.phase != "delete-complete" }
        guard !others.contains(where: { $0.shape.resourceArn == arn }) else {
            throw AWSError("InvalidParameterValue", "An exclusion for '\(arn ?? "")' already exists.")
        }
        guard others.count < Self.exclusionLimit else {
            throw AWSError(
                "ResourceLimitExceeded", "The maximum number of VPC block public access exclusions has been reached.")
        }
        return CreateVpcBlockPublicAccessExclusionResult(
            vpcBlockPublicAccessExclusion: try context.create(.publicAccessExclusion, input) {
                $0.resourceArn = arn
                $0.internetGatewayExclusionMode = input.internetGatewayExclusionMode
                $0.creationTimestamp = context.now
                $0.lastUpdateTimestamp = context.now
            })
    }

    public func modifyVpcBlockPublicAccessExclusion(
        _ input: ModifyVpcBlockPublicAccessExclusionRequest, _ context: Context
    ) throws -> ModifyVpcBlockPublicAccessExclusionResult {
        try Self.check(input.internetGatewayExclusionMode)
        var stored = try Resource.publicAccessExclusion.get(input.exclusionId, context)
        guard !["delete-in-progress", "delete-complete"].contains(stored.phase) else {
            throw AWSError("IncorrectState", "The exclusion '\(input.exclusionId)' is in the state '\(stored.phase)'.")
        }
        stored.shape.internetGatewayExclusionMode = input.internetGatewayExclusionMode
        stored.shape.lastUpdateTimestamp = context.now
        try Resource.publicAccessExclusion.move(&stored, to: "update-in-progress", at: context.now, context)
        return ModifyVpcBlockPublicAccessExclusionResult(
            vpcBlockPublicAccessExclusion: try context.shown(.publicAccessExclusion, stored))
    }

    public func deleteVpcBlockPublicAccessExclusion(
        _ input: DeleteVpcBlockPublicAccessExclusionRequest, _ context: Context
    ) throws -> DeleteVpcBlockPublicAccessExclusionResult {
        DeleteVpcBlockPublicAccessExclusionResult(
            vpcBlockPublicAccessExclusion: try context.delete(.publicAccessExclusion, input.exclusionId))
    }

    public func describeVpcBlockPublicAccessExclusions(
        _ input: DescribeVpcBlockPublicAccessExclusionsRequest, _ context: Context
    ) throws -> DescribeVpcBlockPublicAccessExclusionsResult {
        let page = try context.describe(
            .publicAccessExclusion, input, ids: input.exclusionIds, named: "exclusionIds")
        return DescribeVpcBlockPublicAccessExclusionsResult(
            vpcBlockPublicAccessExclusions: page.items, nextToken: page.nextToken)
    }

    private static func check(_ mode: InternetGatewayExclusionMode) throws {
        guard [.allowBidirectional, .allowEgress].contains(mode) else {
            throw AWSError.invalidValue(mode.rawValue, for: "InternetGatewayExclusionMode")
        }
    }
}
