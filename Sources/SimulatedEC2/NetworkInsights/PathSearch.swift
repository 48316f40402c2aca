import AWSCore
import EC2API
import SimulatorCore

/// Searches for a way between a path's ends. Decides as guests and doors do for every connection.
struct PathSearch {
    enum End {
        case interface(NetworkInterfaceRecord)
        /// The internet behind an internet gateway: the given address, or any if nil.
        case internet(gateway: String?, address: IPAddress?)
    }

    struct Result {
        var isReachable = false
        var forward: [PathComponent] = []
        var back: [PathComponent] = []
        var explanations: [Explanation] = []
    }

    private let path: NetworkInsightsPath
    private let source, destination: End
    private let context: Context

    /// - Throws: `NotSimulated` for ends of other types, whose packets Drydock does not simulate.
    static func check(_ path: NetworkInsightsPath) throws {
        for id in [path.source, path.destination].compactMap(\.self) {
            let type = ResourceKind.of(id)?.type ?? ""
            guard ["instance", "network-interface", "internet-gateway"].contains(type) else {
                throw AWSError.notSimulated("ec2", "StartNetworkInsightsAnalysis from or to a \(type)")
            }
        }
    }

    /// Returns nil if an end does not exist.
    init?(_ path: NetworkInsightsPath, _ context: Context) throws {
        self.path = path
        self.context = context
        guard let source = try Self.end(path.source, path.sourceAddress, context),
            let destination = try Self.end(path.destination, path.destinationAddress, context)
        else { return nil }
        self.source = source
        self.destination = destination
    }

    private static func end(_ id: String?, _ address: String?, _ context: Context) throws -> End? {
        let number = address.flatMap { IPv4Block.address($0) ?? IPv4Block($0)?.base }
        guard let id else {
            guard let number else { return nil }
            let found = try NetworkInterfaceRecord.first(context, "AND private_address = ?", [number])
            return found.map { .interface($0) } ?? .internet(gateway: nil, address: IPAddress(number))
        }
        switch ResourceKind.of(id)?.type {
        case "instance": return try NetworkInterfaceRecord.of(instance: id, context).first.map { .interface($0) }
        case "network-interface": return try NetworkInterfaceRecord.find(id, context).map { .interface($0) }
        case "internet-gateway":
            guard try InternetGatewayRecord.find(id, context) != nil else { return nil }
            return .internet(gateway: id, address: number.map { IPAddress($0) })
        default: return nil
        }
    }

    // MARK: The search

    func find() throws -> Result {
        switch (source, destination) {
        case (.interface(let from), .interface(let to)): return try between(from, to)
        case (.interface(let from), .internet(let gateway, let address)): return try out(from, gateway, address)
        case (.internet(let gateway, let address), .interface(let to)): return try into(to, gateway, address)
        case (.internet, .internet): return Result(explanations: [Explanation(explanationCode: "NO_PATH")])
        }
    }

    private var name: String { path.protocol?.rawValue ?? "tcp" }

    /// Returns the ports to try: the requested ones, and those with which rules begin.
    private func ports(_ filter: GroupFilter, _ direction: NetworkReachability.Direction) -> [Int] {
        let named = filter.ports(direction, name)
        if let ports = path.ports { return [ports.lowerBound] + named.filter(ports.contains) }
        return named + [443]
    }

    private func packet(_ address: IPAddress, _ port: Int) -> NetworkReachability.Packet {
        NetworkReachability.Packet(address: address, port: port, name: name)
    }

    private func between(_ from: NetworkInterfaceRecord, _ to: NetworkInterfaceRecord) throws -> Result {
        guard let here = try NetworkReachability(from, context), let there = try NetworkReachability(to, context) else {
            return Result(explanations: [Explanation(explanationCode: "NO_PATH")])
        }
        // AWS analyses IPv4 packets. Assumed: it analyses IPv6 ones between ends that have no IPv4 address in common.
        let isIPv6 = [here, there].contains { $0.own(isIPv6: false) == nil }
        guard let source = here.own(isIPv6: isIPv6), let target = there.own(isIPv6: isIPv6) else {
            return Result(explanations: [Explanation(explanationCode: "NO_PATH")])
        }
        let trace = PathTrace(here: from, there: to, here, there, isIPv6: isIPv6, context)
        // A private address of another VPC is reachable only by peering or a transit gateway, not by the internet.
        if from.vpcId != to.vpcId {
            let next = here.routes.step(to: target)?.target ?? ""
            guard ["pcx-", "tgw-"].contains(where: next.hasPrefix) else {
                return Result(explanations: [trace.noRoute(here.routes.tableId)])
            }
        }
        var refusals: [Explanation] = []
        for port in ports(there.groups, .inbound) {
            let out = here.decide(.outbound, target, port: port, protocol: name)
            let into = there.decide(.inbound, source, port: port, protocol: name)
            if out.isAllowed, into.isAllowed {
                return Result(
                    isReachable: true,
                    forward: try trace.forward(packet(target, port), source: path.source, to: path.destination),
                    back: try trace.back(packet(target, port)))
            }
            guard refusals.isEmpty else { continue }
            refusals = [(out, from), (into, to)].filter { !$0.0.isAllowed }.map { trace.explanation($0.0, at: $0.1) }
            // Both ends can report the same ACL.
            if refusals.count == 2, refusals[0].acl?.id != nil, refusals[0].acl?.id == refusals[1].acl?.id {
                refusals.removeLast()
            }
        }
        return Result(explanations: refusals)
    }

    /// The internet addresses to try when the request names none: those for documentation.
    private static let anywhere = IPAddress(198 << 24 | 51 << 16 | 100 << 8 | 1 as UInt32)
    private static let anywhere6 = IPAddress(0x2001_0db8 << 96 | 1 as UInt128)

    private func addresses(_ wanted: IPAddress?, _ blocks: [AddressBlock], isIPv6: Bool) -> [IPAddress] {
        if let wanted { return [wanted] }
        return [isIPv6 ? Self.anywhere6 : Self.anywhere]
            + blocks.filter { $0.isIPv6 == isIPv6 && $0.prefix > 0 }.map(\.second)
    }

    /// Whether packets between an interface and the internet are IPv6 ones: only if it has no IPv4 address.
    private func isIPv6(_ reachability: NetworkReachability, _ address: IPAddress?) -> Bool {
        address?.isIPv6 ?? (reachability.own(isIPv6: false) == nil)
    }

    private func out(_ from: NetworkInterfaceRecord, _ gateway: String?, _ address: IPAddress?) throws -> Result {
        guard let here = try NetworkReachability(from, context) else {
            return Result(explanations: [Explanation(explanationCode: "NO_PATH")])
        }
        let isIPv6 = isIPv6(here, address)
        let trace = PathTrace(here: from, there: nil, here, nil, isIPv6: isIPv6, context)
        var explanations: [Explanation] = []
        let own = try InternetGatewayRecord.first(context, "AND vpc_id = ?", [from.vpcId])
        guard let own, gateway == nil || gateway == own.id else {
            return Result(explanations: [trace.noRoute(here.routes.tableId)])
        }
        let blocks = here.groups.blocks(.outbound) + here.routes.blocks(to: own.id)
        for address in addresses(address, blocks, isIPv6: isIPv6) {
            for port in ports(here.groups, .outbound) {
                let decision = here.decide(.outbound, address, port: port, protocol: name)
                if decision.isAllowed, let target = here.routes.step(to: address)?.target, target != "local",
                    !target.hasPrefix("eigw-")
                {
                    return Result(
                        isReachable: true,
                        forward: try trace.out(packet(address, port), source: path.source, through: own.id),
                        back: try trace.returnFromInternet(packet(address, port), through: own.id))
                }
                if explanations.isEmpty, !decision.isAllowed { explanations = [trace.explanation(decision, at: from)] }
            }
        }
        if explanations.isEmpty { explanations = [trace.noRoute(here.routes.tableId)] }
        return Result(explanations: explanations)
    }

    private func into(_ to: NetworkInterfaceRecord, _ gateway: String?, _ address: IPAddress?) throws -> Result {
        guard let there = try NetworkReachability(to, context) else {
            return Result(explanations: [Explanation(explanationCode: "NO_PATH")])
        }
        let isIPv6 = isIPv6(there, address)
        let trace = PathTrace(here: to, there: nil, there, nil, isIPv6: isIPv6, context)
        let own = try InternetGatewayRecord.first(context, "AND vpc_id = ?", [to.vpcId])
        guard let own, gateway == nil || gateway == own.id else {
            return Result(explanations: [trace.noRoute(there.routes.tableId)])
        }
        var explanations: [Explanation] = []
        for address in addresses(address, there.groups.blocks(.inbound), isIPv6: isIPv6) {
            for port in ports(there.groups, .inbound) {
                let decision = there.decide(.inbound, address, port: port, protocol: name)
                if decision.isAllowed, there.routes.step(to: address)?.target == own.id {
                    return Result(
                        isReachable: true,
                        forward: try trace.into(packet(address, port), from: own.id, to: path.destination),
                        back: try trace.returnToInternet(packet(address, port), through: own.id))
                }
                if explanations.isEmpty, !decision.isAllowed {
                    explanations = [trace.explanation(decision, at: to, isIngress: true)]
                }
            }
        }
        if explanations.isEmpty { explanations = [trace.noRoute(there.routes.tableId)] }
        return Result(explanations: explanations)
    }
}
