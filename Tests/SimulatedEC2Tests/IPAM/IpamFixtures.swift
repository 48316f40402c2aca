import DrydockTesting
import Testing

/// What the suites about IPAM create and look up.
protocol IpamFixtures {
    var aws: AWS { get }
}

extension IpamFixtures {
    func makeIpam(_ change: (inout CreateIpamRequest) -> Void = { _ in }) async throws -> Ipam {
        var request = CreateIpamRequest(operatingRegions: [.init(regionName: "us-east-1")])
        change(&request)
        return try #require(try await aws.ec2.createIpam(request).ipam)
    }

    func pool(
        in scope: String?, family: AddressFamily = .ipv4, _ cidr: String? = nil,
        _ change: (inout CreateIpamPoolRequest) -> Void = { _ in }
    ) async throws -> String {
        var request = CreateIpamPoolRequest(ipamScopeId: scope ?? "", addressFamily: family)
        request.locale = "us-east-1"
        change(&request)
        let id = try #require(try await aws.ec2.createIpamPool(request).ipamPool?.ipamPoolId)
        if let cidr { _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: id, cidr: cidr)) }
        return id
    }

    func cidrs(_ pool: String) async throws -> [IpamPoolCidr] {
        try await aws.ec2.getIpamPoolCidrs(.init(ipamPoolId: pool)).ipamPoolCidrs ?? []
    }

    func allocations(_ pool: String) async throws -> [IpamPoolAllocation] {
        try await aws.ec2.getIpamPoolAllocations(.init(ipamPoolId: pool)).ipamPoolAllocations ?? []
    }

    func described(_ id: String?) async throws -> Ipam {
        try #require(try await aws.ec2.describeIpams(.init(ipamIds: [id ?? ""])).ipams?.first)
    }
}
