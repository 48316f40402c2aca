import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html

/// The account's setting for traffic through internet gateways, and the VPCs and subnets excluded from it.
struct PublicAccessBlock: Sendable {
    fileprivate static let setting = AccountDocument<VpcBlockPublicAccessOptions>("vpc-block-public-access")

    private let mode: InternetGatewayBlockMode
    /// The exclusions in effect, by the id of the VPC or subnet.
    private let exclusions: [String: InternetGatewayExclusionMode]

    init(_ context: Context) throws {
        mode = try Self.setting.get(context)?.internetGatewayBlockMode ?? .off
        guard mode != .off else {
            exclusions = [:]
            return
        }
        let effective = try Resource.publicAccessExclusion.all(context).filter {
            !["delete-in-progress", "delete-complete"].contains($0.phase)
        }
        exclusions = Dictionary(
            effective.compactMap { stored in
                stored.shape.excludedId.flatMap { id in stored.shape.internetGatewayExclusionMode.map { (id, $0) } }
            }, uniquingKeysWith: { $1 })
    }

    /// Returns the mode that applies to a VPC or to one of its subnets. The subnet's exclusion takes precedence.
    func mode(of vpc: String, subnet: String? = nil) -> InternetGatewayBlockMode {
        guard mode != .off, let exclusion = subnet.flatMap({ exclusions[$0] }) ?? exclusions[vpc] else { return mode }
        return exclusion == .allowBidirectional ? .off : .blockIngress
    }

    func states(of vpc: String, subnet: String? = nil) -> BlockPublicAccessStates {
        BlockPublicAccessStates(internetGatewayBlockMode: .init(rawValue: mode(of: vpc, subnet: subnet).rawValue))
    }
}

extension EC2Simulation {
    /// How long a change takes. AWS documents that it takes minutes.
    private static let updateTime = Duration.minutes(3)

    public func describeVpcBlockPublicAccessOptions(
        _ input: DescribeVpcBlockPublicAccessOptionsRequest, _ context: Context
    ) throws -> DescribeVpcBlockPublicAccessOptionsResult {
        DescribeVpcBlockPublicAccessOptionsResult(vpcBlockPublicAccessOptions: try Self.options(context))
    }

    public func modifyVpcBlockPublicAccessOptions(
        _ input: ModifyVpcBlockPublicAccessOptionsRequest, _ context: Context
    ) throws -> ModifyVpcBlockPublicAccessOptionsResult {
        guard ["off", "block-bidirectional", "block-ingress"].contains(input.internetGatewayBlockMode.rawValue) else {
            throw AWSError.invalidValue(input.internetGatewayBlockMode.rawValue, for: "InternetGatewayBlockMode")
        }
        var options = try Self.options(context)
        options.internetGatewayBlockMode = input.internetGatewayBlockMode
        options.lastUpdateTimestamp = context.now
        try PublicAccessBlock.setting.set(options, context)
        return ModifyVpcBlockPublicAccessOptionsResult(vpcBlockPublicAccessOptions: try Self.options(context))
    }

    private static func options(_ context: Context) throws -> VpcBlockPublicAccessOptions {
        var options =
            try PublicAccessBlock.setting.get(context)
            ?? VpcBlockPublicAccessOptions(
                awsAccountId: context.account, awsRegion: context.region, internetGatewayBlockMode: .off, managedBy: "account",
                exclusionsAllowed: "allowed")
        guard let changed = options.lastUpdateTimestamp else {
            options.state = "default-state"
            return options
        }
        let isDone = context.now >= changed + context.transitions.duration(updateTime)
        options.state = isDone ? "update-complete" : "update-in-progress"
        return options
    }
}
