import DrydockTesting
import Testing

/// What the suites about network interfaces create and look up.
protocol InterfaceFixtures {
    var aws: AWS { get }
}

extension InterfaceFixtures {
    func subnet(_ cidr: String = "10.0.1.0/24", zone: String = "us-east-1a") async throws -> String {
        let vpc = try await aws.vpc()
        return try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: zone, cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
    }

    func create(
        _ subnet: String, _ change: (inout CreateNetworkInterfaceRequest) -> Void = { _ in }
    ) async throws -> NetworkInterface {
        var request = CreateNetworkInterfaceRequest(subnetId: subnet)
        change(&request)
        return try #require(try await aws.ec2.createNetworkInterface(request).networkInterface)
    }

    func describe(_ id: String?) async throws -> NetworkInterface {
        try #require(
            try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: [id ?? ""])).networkInterfaces?.first)
    }

    func running(_ subnet: String, type: InstanceType = "m5.large") async throws -> String {
        let id = try #require(try await aws.run(type: type) { $0.subnetId = subnet }.first?.instanceId)
        aws.clock.advance(by: .minutes(1))
        return id
    }
}
