import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html

extension Resource where S == EgressOnlyInternetGateway {
    static let egressOnlyInternetGateway = Resource(
        ResourceKind(
            "eigw", type: "egress-only-internet-gateway", code: "InvalidGatewayID",
            notFound: "The egress-only internet gateway ID '%' does not exist"),
        id: \.egressOnlyInternetGatewayId, tags: \.tags,
        refers: [.toEach("vpc") { $0.attachments?.compactMap(\.vpcId) ?? [] }])
}

extension EC2Simulation {
    public func createEgressOnlyInternetGateway(
        _ input: CreateEgressOnlyInternetGatewayRequest, _ context: Context
    ) throws -> CreateEgressOnlyInternetGatewayResult {
        let gateway = try context.create(.egressOnlyInternetGateway, input) {
            // AWS's default quotas: five per region, one per VPC.
            let others = try Resource.egressOnlyInternetGateway.all(context)
            guard others.count < 5 else {
                throw AWSError(
                    "InternetGatewayLimitExceeded", "The maximum number of egress-only internet gateways has been reached.")
            }
            guard !others.contains(where: { $0.shape.attachments?.first?.vpcId == input.vpcId }) else {
                throw AWSError(
                    "Resource.AlreadyAssociated",
                    "resource \(input.vpcId) is already attached to an egress-only internet gateway")
            }
            $0.attachments = [InternetGatewayAttachment(state: .attached, vpcId: input.vpcId)]
        }
        return CreateEgressOnlyInternetGatewayResult(clientToken: input.clientToken, egressOnlyInternetGateway: gateway)
    }

    public func deleteEgressOnlyInternetGateway(
        _ input: DeleteEgressOnlyInternetGatewayRequest, _ context: Context
    ) throws -> DeleteEgressOnlyInternetGatewayResult {
        try context.delete(.egressOnlyInternetGateway, input.egressOnlyInternetGatewayId)
        return DeleteEgressOnlyInternetGatewayResult(returnCode: true)
    }

    public func describeEgressOnlyInternetGateways(
        _ input: DescribeEgressOnlyInternetGatewaysRequest, _ context: Context
    ) throws -> DescribeEgressOnlyInternetGatewaysResult {
        let page = try context.describe(
            .egressOnlyInternetGateway, input, ids: input.egressOnlyInternetGatewayIds, named: "egressOnlyInternetGatewayIds")
        return DescribeEgressOnlyInternetGatewaysResult(egressOnlyInternetGateways: page.items, nextToken: page.nextToken)
    }
}
