import DrydockTesting
import Testing

@testable import SimulatedEC2

/// Expects an error with this code and, if given, this message.
func refused(
    _ code: String, _ message: String? = nil, status: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("was not refused with \(code)", sourceLocation: sourceLocation)
    } catch let error as AWSError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        if let message { #expect(error.message == message, sourceLocation: sourceLocation) }
        if let status { #expect(error.status == status, sourceLocation: sourceLocation) }
    } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
    }
}

extension AWS {
    /// Runs `body` in a transaction of the simulator, as handlers do.
    func within<T>(_ body: (Context) throws -> T) throws -> T {
        let configuration = simulator.configuration
        return try simulator.perform(
            "ec2", "Test", as: .root(of: configuration.account, accessKeyId: "test"), region: configuration.region, body)
    }

    /// Returns an EC2 client for another account's root user.
    func account(_ id: String) -> EC2Client { acting(as: Credentials(accessKeyId: id, secretAccessKey: "test")).ec2 }

    func defaultVpc() async throws -> Vpc {
        try #require(try await ec2.describeVpcs(.init(filters: [Filter(name: "isDefault", values: ["true"])])).vpcs?.first)
    }

    func vpc(_ cidr: String = "10.0.0.0/16") async throws -> String {
        try #require(try await ec2.createVpc(.init(cidrBlock: cidr)).vpc?.vpcId)
    }

    func group(_ name: String = "web", vpc: String? = nil) async throws -> String {
        try #require(
            try await ec2.createSecurityGroup(.init(description: "for tests", groupName: name, vpcId: vpc)).groupId)
    }

    func group(id: String) async throws -> SecurityGroup {
        try #require(try await ec2.describeSecurityGroups(.init(groupIds: [id])).securityGroups?.first)
    }

    /// Creates interfaces for instances in a default subnet.
    func interfaces(of instances: [String], groups: [String] = [], subnet id: String? = nil) throws -> [NetworkInterfaceRecord]
    {
        try within { context in
            let subnet = try #require(try id.map { try SubnetRecord.get($0, context) } ?? SubnetRecord.findDefault(context))
            let groups = try SecurityGroupRecord.resolve(ids: groups, names: nil, subnet: subnet, context)
            return try NetworkInterfaceRecord.create(for: instances, .init(subnet: subnet, groups: groups), context)
        }
    }
}

extension IpPermission {
    static func tcp(_ port: Int, _ cidrs: String...) -> IpPermission {
        IpPermission(ipProtocol: "tcp", fromPort: port, toPort: port, ipRanges: cidrs.map { IpRange(cidrIp: $0) })
    }
}
