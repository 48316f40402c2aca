import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/carrier-gateway.html

extension Resource where S == CarrierGateway {
    static let carrierGateway = Resource(
        ResourceKind(
            "cagw", type: "carrier-gateway", code: "InvalidCarrierGatewayID",
            notFound: "The carrier gateway ID '%' does not exist"),
        id: \.carrierGatewayId, tags: \.tags, refers: [.to("vpc", \.vpcId, key: "ec2:Vpc")],
        life: .settling(
            \.state, "pending", after: .seconds(5), "available", deleting: "deleting", for: .seconds(5), "deleted",
            shownFor: .minutes(15))
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createCarrierGateway(
        _ input: CreateCarrierGatewayRequest, _ context: Context
    ) throws -> CreateCarrierGatewayResult {
        CreateCarrierGatewayResult(
            carrierGateway: try context.create(.carrierGateway, input) {
                let others = try Resource.carrierGateway.remaining(context).filter { $0.shape.vpcId == input.vpcId }
                guard others.isEmpty else {
                    throw AWSError(
                        "ResourceLimitExceeded", "The maximum number of carrier gateways has been reached for \(input.vpcId).")
                }
                $0.vpcId = input.vpcId
            })
    }

    public func deleteCarrierGateway(
        _ input: DeleteCarrierGatewayRequest, _ context: Context
    ) throws -> DeleteCarrierGatewayResult {
        DeleteCarrierGatewayResult(carrierGateway: try context.delete(.carrierGateway, input.carrierGatewayId))
    }

    public func describeCarrierGateways(
        _ input: DescribeCarrierGatewaysRequest, _ context: Context
    ) throws -> DescribeCarrierGatewaysResult {
        let page = try context.describe(.carrierGateway, input, ids: input.carrierGatewayIds, named: "carrierGatewayIds")
        return DescribeCarrierGatewaysResult(carrierGateways: page.items, nextToken: page.nextToken)
    }
}
