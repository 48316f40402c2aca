import AWSCore
import EC2API
import SimulatorCore

/// The target of a route.
enum RouteTarget: Equatable {
    case local
    /// An internet gateway, a VPN gateway or an endpoint.
    case gateway(String)
    case natGateway(String)
    case egressOnlyGateway(String)
    case carrierGateway(String)
    case peering(String)
    case interface(String)
    case transitGateway(String)

    var id: String {
        switch self {
        case .local: "local"
        case .gateway(let id), .natGateway(let id), .egressOnlyGateway(let id), .carrierGateway(let id), .peering(let id),
            .interface(let id), .transitGateway(let id):
            id
        }
    }
}

extension Route {
    var target: RouteTarget {
        if let id = natGatewayId { return .natGateway(id) }
        if let id = egressOnlyInternetGatewayId { return .egressOnlyGateway(id) }
        if let id = carrierGatewayId { return .carrierGateway(id) }
        if let id = vpcPeeringConnectionId { return .peering(id) }
        if let id = networkInterfaceId { return .interface(id) }
        if let id = transitGatewayId { return .transitGateway(id) }
        guard let id = gatewayId, id != "local" else { return .local }
        return .gateway(id)
    }

    mutating func setTarget(_ target: RouteTarget) {
        gatewayId = nil
        natGatewayId = nil
        egressOnlyInternetGatewayId = nil
        carrierGatewayId = nil
        vpcPeeringConnectionId = nil
        networkInterfaceId = nil
        transitGatewayId = nil
        switch target {
        case .local: gatewayId = "local"
        case .gateway(let id): gatewayId = id
        case .natGateway(let id): natGatewayId = id
        case .egressOnlyGateway(let id): egressOnlyInternetGatewayId = id
        case .carrierGateway(let id): carrierGatewayId = id
        case .peering(let id): vpcPeeringConnectionId = id
        case .interface(let id): networkInterfaceId = id
        case .transitGateway(let id): transitGatewayId = id
        }
    }
}

// MARK: What a request names

/// The members that CreateRoute and ReplaceRoute share.
protocol RouteRequest {
    var routeTableId: String { get }
    var destinationCidrBlock: String? { get }
    var destinationIpv6CidrBlock: String? { get }
    var destinationPrefixListId: String? { get }
    var gatewayId: String? { get }
    var natGatewayId: String? { get }
    var egressOnlyInternetGatewayId: String? { get }
    var carrierGatewayId: String? { get }
    var vpcPeeringConnectionId: String? { get }
    var networkInterfaceId: String? { get }
    var instanceId: String? { get }
    var vpcEndpointId: String? { get }
    var transitGatewayId: String? { get }
    var localGatewayId: String? { get }
    var coreNetworkArn: String? { get }
    var odbNetworkArn: String? { get }
}

extension CreateRouteRequest: RouteRequest {}
extension ReplaceRouteRequest: RouteRequest {}

extension RouteTarget {
    /// Returns the target that a request names, if the table may route to it.
    ///
    /// - Parameter isLocal: whether the request asks for the VPC's local target.
    /// - Throws: AWS's errors for none, several, unknown ones and those of other networks.
    init(_ input: some RouteRequest, isLocal: Bool = false, in table: RouteTable, _ context: Context) throws {
        let names = [
            input.gatewayId, input.natGatewayId, input.egressOnlyInternetGatewayId, input.carrierGatewayId,
            input.vpcPeeringConnectionId, input.networkInterfaceId, input.instanceId, input.vpcEndpointId,
            input.transitGatewayId, input.localGatewayId, input.coreNetworkArn, input.odbNetworkArn,
        ].compactMap { $0.flatMap(\.orNil) }
        guard names.count + (isLocal ? 1 : 0) == 1 else {
            throw AWSError(
                names.isEmpty ? "MissingParameter" : "InvalidParameterCombination",
                "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, "
                    + "egressOnlyInternetGatewayId, transitGatewayId, localGatewayId, carrierGatewayId, vpcEndpointId, "
                    + "coreNetworkArn or instanceId")
        }
        guard let id = names.first else { self = .local; return }
        let operation = context.operation
        if input.localGatewayId == id { throw AWSError.notSimulated("ec2", "\(operation) to a local gateway") }
        if input.coreNetworkArn == id { throw AWSError.notSimulated("ec2", "\(operation) to a core network") }
        if input.odbNetworkArn == id { throw AWSError.notSimulated("ec2", "\(operation) to an ODB network") }
        let lookup = TargetLookup(tableId: table.routeTableId ?? "", vpcId: table.vpcId ?? "", context: context)
        self =
            if input.gatewayId == id { try lookup.gateway(id) } else if input.natGatewayId == id {
                try lookup.natGateway(id)
            } else if input.egressOnlyInternetGatewayId == id {
                try lookup.egressOnlyGateway(id)
            } else if input.carrierGatewayId == id { try lookup.carrierGateway(id) } else if input.vpcPeeringConnectionId == id
            {
                try lookup.peering(id)
            } else if input.networkInterfaceId == id { try lookup.interface(id) } else if input.instanceId == id {
                try lookup.instance(id)
            } else if input.transitGatewayId == id { try lookup.transitGateway(id) } else { try lookup.endpoint(id) }
    }

    /// The route table whose VPC must reach the target.
    private struct TargetLookup {
        let tableId, vpcId: String
        let context: Context

        private func foreign(_ what: String) -> AWSError { .differentNetworks("route table \(tableId) and \(what)") }

        func gateway(_ id: String) throws -> RouteTarget {
            if id == "local" {
                throw AWSError.invalidValue(id, for: "gatewayId", "A route to the VPC itself is made with the table.")
            }
            guard let kind = ResourceKind.of(id), kind.isWellFormed(id), try kind.exists(id, context) else {
                throw AWSError.gatewayNotFound(id)
            }
            switch kind.type {
            case "internet-gateway", "vpn-gateway":
                guard try RouteTargets(context).isAttached(id, to: vpcId) else { throw foreign("network gateway \(id)") }
                return .gateway(id)
            // EC2 also accepts a NAT gateway's id here, and shows it in its own member.
            case "natgateway": return try natGateway(id)
            case "egress-only-internet-gateway": return try egressOnlyGateway(id)
            case "vpc-endpoint": return try endpoint(id)
            default: throw AWSError.gatewayNotFound(id)
            }
        }

        func natGateway(_ id: String) throws -> RouteTarget {
            let kind = Resource.natGateway.kind
            guard kind.isWellFormed(id) else { throw AWSError("InvalidNatGatewayID.Malformed", "Invalid id: \"\(id)\"") }
            guard let gateway = try Resource.natGateway.find(id, context), ["pending", "available"].contains(gateway.phase)
            else { throw AWSError("InvalidNatGatewayID.NotFound", "The natGateway ID '\(id)' does not exist") }
            guard gateway.shape.vpcId == vpcId else { throw foreign("NAT gateway \(id)") }
            return .natGateway(id)
        }

        func egressOnlyGateway(_ id: String) throws -> RouteTarget {
            guard let gateway = try Resource.egressOnlyInternetGateway.find(id, context) else {
                throw AWSError("InvalidGatewayID.NotFound", "The eigw ID '\(id)' does not exist")
            }
            guard gateway.shape.attachments?.contains(where: { $0.vpcId == vpcId }) == true else {
                throw foreign("network gateway \(id)")
            }
            return .egressOnlyGateway(id)
        }

        func carrierGateway(_ id: String) throws -> RouteTarget {
            let gateway = try Resource.carrierGateway.get(id, context)
            guard gateway.shape.vpcId == vpcId else { throw foreign("carrier gateway \(id)") }
            return .carrierGateway(id)
        }

        func peering(_ id: String) throws -> RouteTarget {
            guard let kind = ResourceKind.named("vpc-peering-connection") else {
                throw AWSError.notSimulated("ec2", "\(context.operation) to a peering connection")
            }
            try kind.require(id, context)
            return .peering(id)
        }

        /// Accepts a gateway to which the VPC is attached; reports any other as not found.
        func transitGateway(_ id: String) throws -> RouteTarget {
            try Resource.transitGateway.kind.check(id)
            guard try TransitPath.attachment(of: vpcId, to: id, context) != nil else {
                throw AWSError("InvalidTransitGatewayID.NotFound", "The transitGateway ID '\(id)' does not exist")
            }
            return .transitGateway(id)
        }

        func interface(_ id: String) throws -> RouteTarget {
            let interface = try NetworkInterfaceRecord.get(id, context)
            guard interface.vpcId == vpcId else { throw foreign("interface \(id)") }
            return .interface(id)
        }

        func instance(_ id: String) throws -> RouteTarget {
            _ = try InstanceRecord.get(id, context)
            let interfaces = try NetworkInterfaceRecord.of(instance: id, context)
            guard let interface = interfaces.first else {
                throw AWSError("InvalidInstanceID", "The instance '\(id)' has no network interface.")
            }
            guard interfaces.count == 1 else {
                throw AWSError(
                    "InvalidInstanceID",
                    "There are multiple interfaces attached to instance '\(id)'. Please specify an interface ID for the operation instead."
                )
            }
            guard interface.vpcId == vpcId else { throw foreign("interface \(interface.id)") }
            return .interface(interface.id)
        }

        /// Rejects all endpoints: only Gateway Load Balancer endpoints are targets, and Drydock has none.
        func endpoint(_ id: String) throws -> RouteTarget {
            guard let kind = ResourceKind.named("vpc-endpoint"), kind.isWellFormed(id), try kind.exists(id, context) else {
                throw AWSError("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '\(id)' does not exist")
            }
            throw AWSError(
                "RouteNotSupported",
                "Route table contains unsupported route target: \(id). VPC Endpoints of this type cannot be used as route targets."
            )
        }
    }
}
