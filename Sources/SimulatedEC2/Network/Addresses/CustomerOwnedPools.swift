import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/outposts/latest/userguide/routing.html#ip-addressing
// Customer-owned address pools need an Outpost, which simulated accounts don't have.

extension AWSError {
    fileprivate static func noPool(_ id: String) -> AWSError {
        AWSError("InvalidPoolID.NotFound", "The pool ID '\(id)' does not exist.")
    }
}

extension EC2Simulation {
    public func describeCoipPools(
        _ input: DescribeCoipPoolsRequest, _ context: Context
    ) throws -> DescribeCoipPoolsResult {
        let paging = try Paging(input, ids: input.poolIds, named: "poolIds", context)
        if let id = input.poolIds?.first { throw AWSError.noPool(id) }
        let pools = try FilterTable<CoipPool>(
            [
                "coip-pool.local-gateway-route-table-id": { [$0.localGatewayRouteTableId] },
                "coip-pool.pool-id": { [$0.poolId] },
            ], tags: { $0.tags }
        ).apply(input.filters, to: [], context)
        let page = try paging.page(fixed: pools)
        return DescribeCoipPoolsResult(coipPools: page.items, nextToken: page.nextToken)
    }

    public func getCoipPoolUsage(_ input: GetCoipPoolUsageRequest, _ context: Context) throws -> GetCoipPoolUsageResult {
        let paging = try Paging(input, context)
        let usages = try FilterTable<CoipAddressUsage>([
            "coip-address-usage.allocation-id": { [$0.allocationId] },
            "coip-address-usage.aws-account-id": { [$0.awsAccountId] },
            "coip-address-usage.aws-service": { [$0.awsService] }, "coip-address-usage.co-ip": { [$0.coIp] },
        ]).apply(input.filters, to: [], context)
        _ = try paging.page(fixed: usages)
        throw AWSError.noPool(input.poolId)
    }
}
