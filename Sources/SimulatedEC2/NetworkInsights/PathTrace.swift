import AWSCore
import EC2API
import SimulatorCore

/// Lists the components that a packet passes, and explains what stops it.
/// https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
struct PathTrace {
    /// The interface at the near end, and the one at the far end if that is an interface.
    private let here: NetworkInterfaceRecord
    private let there: NetworkInterfaceRecord?
    private let own: NetworkReachability
    private let other: NetworkReachability?
    private let isIPv6: Bool
    private let context: Context

    init(
        here: NetworkInterfaceRecord, there: NetworkInterfaceRecord?, _ own: NetworkReachability, _ other: NetworkReachability?,
        isIPv6: Bool, _ context: Context
    ) {
        self.here = here
        self.there = there
        self.own = own
        self.other = other
        self.isIPv6 = isIPv6
        self.context = context
    }

    private func component(_ kind: ResourceKind?, _ id: String) -> AnalysisComponent {
        AnalysisComponent(id: id, arn: kind?.arn(id, context))
    }
    private func component(_ id: String) -> AnalysisComponent { component(ResourceKind.of(id), id) }

    private func numbered(_ components: [PathComponent]) -> [PathComponent] {
        components.enumerated().map { index, component in
            var component = component
            component.sequenceNumber = index + 1
            return component
        }
    }

    // MARK: Ways

    func forward(
        _ packet: NetworkReachability.Packet, source start: String?, to destination: String?
    ) throws -> [PathComponent] {
        guard let there, let other, let source = own.own(isIPv6: isIPv6) else { return [] }
        var way: [PathComponent] = instance(start, of: here)
        way += [face(here, out: header(packet, from: source)), groups(own, here, packet, .outbound)]
        let back = packet.to(source)
        if here.subnetId != there.subnetId {
            way += list(own, of: here, packet, isEgress: true) + route(own, to: packet.address)
            way += list(other, of: there, back, isEgress: false)
        }
        way += [
            groups(other, there, back, .inbound), face(there, into: header(packet, from: source)),
        ]
        return numbered(way + instance(destination, of: there))
    }

    /// Security groups are stateful, so the way back lists only ACLs and routes.
    func back(_ packet: NetworkReachability.Packet) throws -> [PathComponent] {
        guard let there, let other, let source = own.own(isIPv6: isIPv6) else { return [] }
        let reply = replyHeader(packet, to: source)
        var way = [face(there, out: reply)]
        if here.subnetId != there.subnetId {
            way += list(other, of: there, packet.to(source), isEgress: true, isReply: true)
            way += route(other, to: source)
            way += list(own, of: here, packet, isEgress: false, isReply: true)
        }
        return numbered(way + [face(here, into: reply)])
    }

    func out(
        _ packet: NetworkReachability.Packet, source start: String?, through gateway: String
    ) throws -> [PathComponent] {
        guard let source = own.own(isIPv6: isIPv6) else { return [] }
        var way = instance(start, of: here)
        way += [face(here, out: header(packet, from: source)), groups(own, here, packet, .outbound)]
        way += list(own, of: here, packet, isEgress: true) + route(own, to: packet.address)
        let shown = try own.routes.translation(to: packet.address).flatMap { IPAddress($0) } ?? publicAddress(of: source)
        return numbered(way + [self.gateway(gateway, out: header(packet, from: shown))])
    }

    func returnFromInternet(_ packet: NetworkReachability.Packet, through gateway: String) throws -> [PathComponent] {
        guard let source = own.own(isIPv6: isIPv6) else { return [] }
        let reply = replyHeader(packet, to: try publicAddress(of: source))
        let way = [self.gateway(gateway, out: reply)] + list(own, of: here, packet, isEgress: false, isReply: true)
        return numbered(way + [face(here, into: replyHeader(packet, to: source))])
    }

    /// - Parameter packet: holds the internet address of the sender.
    func into(_ packet: NetworkReachability.Packet, from gateway: String, to destination: String?) throws -> [PathComponent] {
        guard let target = own.own(isIPv6: isIPv6) else { return [] }
        let arriving = packet.to(target)
        var way = [self.gateway(gateway, out: header(arriving, from: packet.address))]
        way += list(own, of: here, packet, isEgress: false)
        way += [groups(own, here, packet, .inbound), face(here, into: header(arriving, from: packet.address))]
        return numbered(way + instance(destination, of: here))
    }

    func returnToInternet(_ packet: NetworkReachability.Packet, through gateway: String) throws -> [PathComponent] {
        guard let target = own.own(isIPv6: isIPv6) else { return [] }
        let arriving = packet.to(target)
        let reply = replyHeader(arriving, to: packet.address)
        let way = [face(here, out: reply)] + list(own, of: here, packet, isEgress: true, isReply: true)
        return numbered(way + route(own, to: packet.address) + [self.gateway(gateway, out: reply)])
    }

    /// Returns the address that the internet sees: an IPv6 address is public itself.
    private func publicAddress(of own: IPAddress) throws -> IPAddress {
        guard !own.isIPv6 else { return own }
        return try (AddressRecord.primary(of: here, context)?.publicAddress ?? here.publicAddress).map { IPAddress($0) } ?? own
    }

    // MARK: Components

    private func header(_ packet: NetworkReachability.Packet, from source: IPAddress) -> AnalysisPacketHeader {
        AnalysisPacketHeader(
            destinationAddresses: [packet.address.block.description],
            destinationPortRanges: [PortRange(from: packet.port, to: packet.port)],
            protocol: Self.number(packet.name), sourceAddresses: [source.block.description],
            sourcePortRanges: [PortRange(from: 0, to: 65535)])
    }

    private func replyHeader(_ packet: NetworkReachability.Packet, to address: IPAddress) -> AnalysisPacketHeader {
        AnalysisPacketHeader(
            destinationAddresses: [address.block.description],
            destinationPortRanges: [PortRange(from: 0, to: 65535)],
            protocol: Self.number(packet.name), sourceAddresses: [packet.address.block.description],
            sourcePortRanges: [PortRange(from: packet.port, to: packet.port)])
    }

    private static func number(_ name: String) -> String { ["tcp": "6", "udp": "17"][name] ?? name }

    /// Returns the instance if the path begins or ends at it.
    private func instance(_ id: String?, of interface: NetworkInterfaceRecord) -> [PathComponent] {
        guard let id, ResourceKind.of(id)?.type == "instance" else { return [] }
        return [PathComponent(component: component(id))]
    }

    private func face(
        _ interface: NetworkInterfaceRecord, out: AnalysisPacketHeader? = nil, into: AnalysisPacketHeader? = nil
    ) -> PathComponent {
        PathComponent(
            attachedTo: interface.instanceId.map { component(.instance, $0) },
            component: component(.networkInterface, interface.id), outboundHeader: out, inboundHeader: into,
            subnet: component(.subnet, interface.subnetId), vpc: component(.vpc, interface.vpcId))
    }

    private func gateway(_ id: String, out: AnalysisPacketHeader) -> PathComponent {
        PathComponent(component: component(.internetGateway, id), outboundHeader: out, vpc: component(.vpc, here.vpcId))
    }

    private func groups(
        _ reachability: NetworkReachability, _ interface: NetworkInterfaceRecord, _ packet: NetworkReachability.Packet,
        _ direction: NetworkReachability.Direction
    ) -> PathComponent {
        let rule = reachability.groups.allowing(packet, direction)
        return PathComponent(
            component: component(.securityGroup, rule?.groupId ?? reachability.groups.ids.first ?? ""),
            securityGroupRule: rule?.analysed, vpc: component(.vpc, interface.vpcId))
    }

    private func list(
        _ reachability: NetworkReachability, of interface: NetworkInterfaceRecord, _ packet: NetworkReachability.Packet,
        isEgress: Bool, isReply: Bool = false
    ) -> [PathComponent] {
        guard let list = reachability.list else { return [] }
        let port = isReply ? AclFilter.replyPort : packet.port
        return [
            PathComponent(
                aclRule: list.entry(packet, port: port, isEgress: isEgress)?.analysed,
                component: component(Resource.networkAcl.kind, list.id), vpc: component(.vpc, interface.vpcId))
        ]
    }

    /// Returns the route, and the component to which it leads between two VPCs.
    private func route(_ reachability: NetworkReachability, to address: IPAddress) -> [PathComponent] {
        guard let step = reachability.routes.step(to: address) else { return [] }
        var route = AnalysisRouteTableRoute(destinationCidr: step.block.description)
        route.state = "active"
        route.origin = step.target == "local" ? "createroutetable" : "createroute"
        switch ResourceKind.of(step.target)?.type {
        case "natgateway": route.natGatewayId = step.target
        case "egress-only-internet-gateway": route.egressOnlyInternetGatewayId = step.target
        case "network-interface": route.networkInterfaceId = step.target
        case "transit-gateway": route.transitGatewayId = step.target
        case "vpc-peering-connection": route.vpcPeeringConnectionId = step.target
        default: route.gatewayId = step.target
        }
        let table = component(Resource.routeTable.kind, reachability.routes.tableId)
        let through = ["natgateway", "network-interface", "transit-gateway", "vpc-peering-connection"]
        let isStation = through.contains(ResourceKind.of(step.target)?.type ?? "")
        return [PathComponent(component: table, routeTableRoute: route)]
            + (isStation ? [PathComponent(component: component(step.target))] : [])
    }

    // MARK: Explanations

    func noRoute(_ table: String) -> Explanation {
        var explanation = Explanation(explanationCode: "NO_ROUTE_TO_DESTINATION")
        explanation.routeTable = component(Resource.routeTable.kind, table)
        explanation.vpc = component(.vpc, here.vpcId)
        return explanation
    }

    /// - Parameter interface: the interface for which the decision was made.
    func explanation(
        _ decision: NetworkReachability.Decision, at interface: NetworkInterfaceRecord, isIngress: Bool = false
    ) -> Explanation {
        var explanation = Explanation()
        explanation.vpc = component(.vpc, interface.vpcId)
        switch decision.obstacle {
        case .groups(let direction):
            let groups = (interface.id == here.id ? own : other ?? own).groups.ids.map { component(.securityGroup, $0) }
            explanation.explanationCode = "ENI_SG_RULES_MISMATCH"
            explanation.direction = direction == .inbound ? "ingress" : "egress"
            explanation.networkInterface = component(.networkInterface, interface.id)
            explanation.component = component(.networkInterface, interface.id)
            explanation.securityGroups = groups
            explanation.securityGroup = groups.count == 1 ? groups.first : nil
        case .list(let id, let rule, let isEgress):
            explanation.explanationCode = "SUBNET_ACL_RESTRICTION"
            explanation.direction = isEgress ? "egress" : "ingress"
            explanation.acl = component(Resource.networkAcl.kind, id)
            explanation.aclRule = rule.map { AnalysisAclRule(egress: isEgress, ruleAction: "deny", ruleNumber: $0) }
            explanation.subnet = component(.subnet, interface.subnetId)
        case .noRoute(let table):
            explanation = noRoute(table)
        case .closed(let table, let target):
            explanation.explanationCode = "BAD_STATE_ROUTE"
            explanation.routeTable = component(Resource.routeTable.kind, table)
            explanation.component = component(target)
            explanation.state = "blackhole"
        case .noPublicAddress:
            explanation.explanationCode =
                isIngress ? "IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS" : "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
            explanation.networkInterface = component(.networkInterface, interface.id)
        case .oneWay(let target):
            explanation.explanationCode = "CANNOT_ROUTE"
            explanation.component = component(target)
        case nil: explanation.explanationCode = "NO_PATH"
        }
        return explanation
    }
}

extension SecurityGroupRuleRecord {
    fileprivate var analysed: AnalysisSecurityGroupRule {
        var rule = AnalysisSecurityGroupRule(direction: isEgress ? "egress" : "ingress")
        switch key.peer {
        case .ipv4(let text), .ipv6(let text): rule.cidr = text
        case .group(let id, _): rule.securityGroupId = id
        case .prefixList(let id): rule.prefixListId = id
        }
        rule.protocol = key.protocol == "-1" ? "all" : key.protocol
        if key.fromPort >= 0 { rule.portRange = PortRange(from: key.fromPort, to: key.toPort) }
        return rule
    }
}

extension NetworkAclEntry {
    fileprivate var analysed: AnalysisAclRule {
        AnalysisAclRule(
            cidr: cidrBlock ?? ipv6CidrBlock, egress: egress, portRange: portRange,
            protocol: ["-1": "all", "6": "tcp", "17": "udp"][self.protocol ?? ""] ?? self.protocol,
            ruleAction: ruleAction?.rawValue, ruleNumber: ruleNumber)
    }
}
