import AWSCore
import EC2API
import SimulatorCore

/// Decides which route targets take packets now. A route whose target is gone or unreachable is a `blackhole`.
struct RouteTargets {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// Shows the routes' states and the interfaces' instances, which depend on other resources.
    func show(in table: inout RouteTable) throws {
        for index in (table.routes ?? []).indices {
            guard let route = table.routes?[index] else { continue }
            table.routes?[index].state = try acceptsPackets(route.target, of: table.vpcId ?? "") ? .active : .blackhole
            if case .interface(let id) = route.target, let instance = try NetworkInterfaceRecord.find(id, context)?.instanceId {
                table.routes?[index].instanceId = instance
                table.routes?[index].instanceOwnerId = context.account
            }
        }
    }

    func acceptsPackets(_ target: RouteTarget, of vpcId: String) throws -> Bool {
        switch target {
        case .local: true
        case .gateway(let id) where ResourceKind.of(id)?.type == "vpc-endpoint": try isAlive(id)
        case .gateway(let id): try isAttached(id, to: vpcId)
        case .natGateway(let id), .carrierGateway(let id): try isAlive(id)
        case .egressOnlyGateway(let id): try Resource.egressOnlyInternetGateway.find(id, context) != nil
        case .peering(let id): try phase(id) == "active"
        case .interface(let id): try isInUse(interface: id)
        case .transitGateway(let id): try TransitPath.attachment(of: vpcId, to: id, context) != nil
        }
    }

    /// Whether an internet or VPN gateway is attached to a VPC.
    func isAttached(_ gatewayId: String, to vpcId: String) throws -> Bool {
        if let gateway = try InternetGatewayRecord.find(gatewayId, context) { return gateway.vpcId == vpcId }
        guard let gateway = try Resource.vpnGateway.find(gatewayId, context), gateway.phase != "detaching" else { return false }
        return gateway.shape.presentAttachment?.vpcId == vpcId
    }

    /// Whether a resource exists and is not deleted or failed.
    private func isAlive(_ id: String) throws -> Bool {
        guard let phase = try phase(id) else { return false }
        return !["deleting", "deleted", "failed", "rejected", "expired"].contains(phase)
    }

    private func phase(_ id: String) throws -> String? {
        guard let kind = ResourceKind.of(id) else { return nil }
        return try context.reading(ReadKey(RouteTargets.self, context, kind.type, [id])) {
            try ResourceRow.find(kind, id, context)?.phase
        }
    }

    /// Whether an interface takes packets: a running instance or a service uses it.
    private func isInUse(interface id: String) throws -> Bool {
        guard let interface = try NetworkInterfaceRecord.find(id, context) else { return false }
        guard let instanceId = interface.instanceId else { return interface.requester != nil }
        guard let instance = try InstanceRecord.find(instanceId, context) else { return false }
        return [.pending, .running].contains(instance.state(context))
    }
}
