import DrydockTesting
import Testing

@testable import SimulatedEC2

/// A VPC with an IPv4 block and an IPv6 block from Amazon.
struct DualStackVpc {
    let id: String
    let block: IPv6Block
    private let aws: AWS

    init(_ aws: AWS = .current, _ cidr: String = "10.0.0.0/16") async throws {
        self.aws = aws
        let made = try await aws.ec2.createVpc(.init(cidrBlock: cidr, amazonProvidedIpv6CidrBlock: true)).vpc
        id = try #require(made?.vpcId)
        block = try #require(made?.ipv6CidrBlockAssociationSet?.first?.ipv6CidrBlock.flatMap { IPv6Block($0) })
    }

    /// Returns the /64 with a number.
    func part(_ number: Int) -> IPv6Block { IPv6Block(base: block.base | UInt128(number) << 64, prefix: 64) }

    /// Returns the address with a number in a /64.
    func address(_ part: Int, _ number: Int) -> String { IPv6Block.text(self.part(part).base | UInt128(number)) }

    /// Creates an IPv6-only subnet, or one of both families if `cidr` is given.
    func subnet(_ number: Int, _ cidr: String? = nil, zone: String? = nil) async throws -> String {
        let made = try await aws.ec2.createSubnet(
            .init(
                availabilityZone: zone, cidrBlock: cidr, ipv6CidrBlock: part(number).description, vpcId: id,
                ipv6Native: cidr == nil ? true : nil))
        return try #require(made.subnet?.subnetId)
    }

    /// Creates a route table for a subnet.
    func table(of subnet: String) async throws -> String {
        let table = try #require(try await aws.ec2.createRouteTable(.init(vpcId: id)).routeTable?.routeTableId)
        _ = try await aws.ec2.associateRouteTable(.init(subnetId: subnet, routeTableId: table))
        return table
    }

    /// Creates an internet gateway and attaches it.
    func internetGateway() async throws -> String {
        let gateway = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
        try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: id))
        return gateway
    }

    func egressOnlyGateway() async throws -> String {
        try #require(
            try await aws.ec2.createEgressOnlyInternetGateway(.init(vpcId: id)).egressOnlyInternetGateway?
                .egressOnlyInternetGatewayId)
    }
}

extension IpPermission {
    static func tcp6(_ port: Int, _ cidrs: String...) -> IpPermission {
        IpPermission(
            ipProtocol: "tcp", fromPort: port, toPort: port, ipv6Ranges: cidrs.map { Ipv6Range(cidrIpv6: $0) })
    }
}
