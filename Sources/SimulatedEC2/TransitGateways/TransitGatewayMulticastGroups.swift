import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/manage-multicast-group.html

extension Resource where S == RegisterTransitGatewayMulticastGroupMembersRequest {
    /// One document per interface. The request shape is stored because AWS's shape of a group has no domain id.
    static let transitGatewayMulticastMember = Resource(
        ResourceKind("tgw-mcast-member", type: "transit-gateway-multicast-member", code: "", notFound: ""),
        identity: { "\($0.transitGatewayMulticastDomainId) \($0.groupIpAddress ?? "") \($0.networkInterfaceIds.joined())" },
        refers: [
            .toEach("transit-gateway-multicast-domain", .cascades) { [$0.transitGatewayMulticastDomainId] },
            .toEach("network-interface", .cascades) { $0.networkInterfaceIds },
        ])
}

extension Resource where S == RegisterTransitGatewayMulticastGroupSourcesRequest {
    static let transitGatewayMulticastSource = Resource(
        ResourceKind("tgw-mcast-source", type: "transit-gateway-multicast-source", code: "", notFound: ""),
        identity: { "\($0.transitGatewayMulticastDomainId) \($0.groupIpAddress ?? "") \($0.networkInterfaceIds.joined())" },
        refers: [
            .toEach("transit-gateway-multicast-domain", .cascades) { [$0.transitGatewayMulticastDomainId] },
            .toEach("network-interface", .cascades) { $0.networkInterfaceIds },
        ])
}

/// A member or a source of a multicast group.
struct MulticastMember {
    let domain, group, interface: String
    let isSource: Bool

    static func all(of domain: String, _ context: Context) throws -> [MulticastMember] {
        let members = try Resource.transitGatewayMulticastMember.all(context).map(\.shape).map {
            MulticastMember(
                domain: $0.transitGatewayMulticastDomainId, group: $0.groupIpAddress ?? "",
                interface: $0.networkInterfaceIds.joined(), isSource: false)
        }
        let sources = try Resource.transitGatewayMulticastSource.all(context).map(\.shape).map {
            MulticastMember(
                domain: $0.transitGatewayMulticastDomainId, group: $0.groupIpAddress ?? "",
                interface: $0.networkInterfaceIds.joined(), isSource: true)
        }
        return (members + sources).filter { $0.domain == domain }
    }

    fileprivate func insert(_ context: Context) throws {
        if isSource {
            try Resource.transitGatewayMulticastSource.insert(
                RegisterTransitGatewayMulticastGroupSourcesRequest(
                    transitGatewayMulticastDomainId: domain, groupIpAddress: group, networkInterfaceIds: [interface]),
                phase: "", context)
        } else {
            try Resource.transitGatewayMulticastMember.insert(
                RegisterTransitGatewayMulticastGroupMembersRequest(
                    transitGatewayMulticastDomainId: domain, groupIpAddress: group, networkInterfaceIds: [interface]),
                phase: "", context)
        }
    }

    func forget(_ context: Context) throws {
        let identity = "\(domain) \(group) \(interface)"
        if isSource {
            try Resource.transitGatewayMulticastSource.forget(identity, context)
        } else {
            try Resource.transitGatewayMulticastMember.forget(identity, context)
        }
    }

    fileprivate func shown(_ context: Context) throws -> TransitGatewayMulticastGroup {
        let subnet = try NetworkInterfaceRecord.find(interface, context)?.subnetId
        let association = try Resource<TransitGatewayMulticastDomainAssociations>.associations(of: domain, context).first {
            $0.shape.subnets?.first?.subnetId == subnet
        }?.shape
        return TransitGatewayMulticastGroup(
            groupIpAddress: group, transitGatewayAttachmentId: association?.transitGatewayAttachmentId, subnetId: subnet,
            resourceId: association?.resourceId, resourceType: association?.resourceType,
            resourceOwnerId: association?.resourceOwnerId, networkInterfaceId: interface, groupMember: !isSource,
            groupSource: isSource, memberType: isSource ? nil : .static, sourceType: isSource ? .static : nil)
    }
}

extension EC2Simulation {
    public func registerTransitGatewayMulticastGroupMembers(
        _ input: RegisterTransitGatewayMulticastGroupMembersRequest, _ context: Context
    ) throws -> RegisterTransitGatewayMulticastGroupMembersResult {
        let id = input.transitGatewayMulticastDomainId
        let group = try Self.register(
            input.networkInterfaceIds, in: input.groupIpAddress, of: id, asSources: false, context)
        return RegisterTransitGatewayMulticastGroupMembersResult(
            registeredMulticastGroupMembers: .init(
                transitGatewayMulticastDomainId: id, registeredNetworkInterfaceIds: input.networkInterfaceIds,
                groupIpAddress: group))
    }

    public func registerTransitGatewayMulticastGroupSources(
        _ input: RegisterTransitGatewayMulticastGroupSourcesRequest, _ context: Context
    ) throws -> RegisterTransitGatewayMulticastGroupSourcesResult {
        let id = input.transitGatewayMulticastDomainId
        let group = try Self.register(input.networkInterfaceIds, in: input.groupIpAddress, of: id, asSources: true, context)
        return RegisterTransitGatewayMulticastGroupSourcesResult(
            registeredMulticastGroupSources: .init(
                transitGatewayMulticastDomainId: id, registeredNetworkInterfaceIds: input.networkInterfaceIds,
                groupIpAddress: group))
    }

    private static func register(
        _ interfaces: [String], in group: String?, of id: String, asSources: Bool, _ context: Context
    ) throws -> String {
        let domain = try Resource.transitGatewayMulticastDomain.usable(id, context).shape
        if asSources, domain.options?.staticSourcesSupport != .enable {
            throw AWSError("InvalidParameterValue", "\(id) does not support static sources.")  // assumed
        }
        let group = try multicastGroup(group)
        guard !interfaces.isEmpty else { throw AWSError.missingParameter("networkInterfaceIds") }
        let subnets = try Resource<TransitGatewayMulticastDomainAssociations>.associations(of: id, context)
            .filter { $0.phase == "associated" }.compactMap { $0.shape.subnets?.first?.subnetId }
        let present = try MulticastMember.all(of: id, context)
        for interface in interfaces {
            let subnet = try NetworkInterfaceRecord.get(interface, context).subnetId
            guard subnets.contains(subnet) else {
                throw AWSError(
                    "InvalidParameterValue", "The subnet of \(interface) is not associated with \(id).")  // assumed
            }
            // Registering a registered interface again changes nothing (assumed).
            if present.contains(where: { $0.group == group && $0.interface == interface && $0.isSource == asSources }) {
                continue
            }
            try MulticastMember(domain: id, group: group, interface: interface, isSource: asSources).insert(context)
        }
        return group
    }

    /// Returns a multicast address: of 224.0.0.0/4 without the link-local 224.0.0.0/24, or of ff00::/8.
    private static func multicastGroup(_ text: String?) throws -> String {
        guard let text = text.flatMap(\.orNil) else { throw AWSError.missingParameter("groupIpAddress") }
        let multicast = IPv4Block(base: 224 << 24, prefix: 4), local = IPv4Block(base: 224 << 24, prefix: 24)
        if let address = IPv4Block.address(text), multicast.contains(address), !local.contains(address) {
            return IPv4Block.text(address)
        }
        if let address = IPv6Block.address(text), IPv6Block(base: UInt128(0xff) << 120, prefix: 8).contains(address) {
            return IPv6Block.text(address)
        }
        throw AWSError.invalidValue(text, for: "groupIpAddress", "This is not a valid multicast address.")
    }

    public func deregisterTransitGatewayMulticastGroupMembers(
        _ input: DeregisterTransitGatewayMulticastGroupMembersRequest, _ context: Context
    ) throws -> DeregisterTransitGatewayMulticastGroupMembersResult {
        let (id, group, interfaces) = try Self.deregister(
            input.networkInterfaceIds, from: input.groupIpAddress, of: input.transitGatewayMulticastDomainId,
            asSources: false, context)
        return DeregisterTransitGatewayMulticastGroupMembersResult(
            deregisteredMulticastGroupMembers: .init(
                transitGatewayMulticastDomainId: id, deregisteredNetworkInterfaceIds: interfaces, groupIpAddress: group))
    }

    public func deregisterTransitGatewayMulticastGroupSources(
        _ input: DeregisterTransitGatewayMulticastGroupSourcesRequest, _ context: Context
    ) throws -> DeregisterTransitGatewayMulticastGroupSourcesResult {
        let (id, group, interfaces) = try Self.deregister(
            input.networkInterfaceIds, from: input.groupIpAddress, of: input.transitGatewayMulticastDomainId,
            asSources: true, context)
        return DeregisterTransitGatewayMulticastGroupSourcesResult(
            deregisteredMulticastGroupSources: .init(
                transitGatewayMulticastDomainId: id, deregisteredNetworkInterfaceIds: interfaces, groupIpAddress: group))
    }

    private static func deregister(
        _ interfaces: [String]?, from group: String?, of id: String?, asSources: Bool, _ context: Context
    ) throws -> (String, String, [String]) {
        guard let id = id.flatMap(\.orNil) else { throw AWSError.missingParameter("transitGatewayMulticastDomainId") }
        _ = try Resource.transitGatewayMulticastDomain.present(id, context)
        let group = try multicastGroup(group)
        guard let interfaces, !interfaces.isEmpty else { throw AWSError.missingParameter("networkInterfaceIds") }
        let present = try MulticastMember.all(of: id, context).filter { $0.group == group && $0.isSource == asSources }
        for interface in interfaces {
            guard let member = present.first(where: { $0.interface == interface }) else {
                throw AWSError(
                    asSources ? "TransitGatewayMulticastGroupSource.NotFound" : "TransitGatewayMulticastGroupMember.NotFound",
                    "\(interface) is not registered with the group \(group) of \(id).")
            }
            try member.forget(context)
        }
        return (id, group, interfaces)
    }

    public func searchTransitGatewayMulticastGroups(
        _ input: SearchTransitGatewayMulticastGroupsRequest, _ context: Context
    ) throws -> SearchTransitGatewayMulticastGroupsResult {
        let id = input.transitGatewayMulticastDomainId
        _ = try Resource.transitGatewayMulticastDomain.present(id, context)
        let groups = try MulticastMember.all(of: id, context).map { try $0.shown(context) }
        let found = try FilterTable<TransitGatewayMulticastGroup>([
            "is-group-member": { [$0.groupMember?.text] }, "is-group-source": { [$0.groupSource?.text] },
        ]).apply(input.filters, to: groups, context)
        let page = try Paging(input, context).page(
            found.map {
                (name: "\($0.groupIpAddress ?? "") \($0.groupSource == true) \($0.networkInterfaceId ?? "")", group: $0)
            }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        ) { .name($0.name) }
        return SearchTransitGatewayMulticastGroupsResult(multicastGroups: page.items.map(\.group), nextToken: page.nextToken)
    }
}
