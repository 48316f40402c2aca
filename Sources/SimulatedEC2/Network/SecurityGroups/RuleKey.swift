import AWSCore
import EC2API
import SimulatorCore

/// What a security group rule allows: a protocol, ports and a peer. Two rules of a group in the same direction are equal if
/// their keys are.
struct RuleKey: Sendable, Hashable {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all.
    var `protocol`: String
    /// Ports, or ICMP's type and code; -1 for none or all.
    var fromPort = -1
    var toPort = -1
    var peer: Peer

    enum Peer: Sendable, Hashable {
        /// Blocks in canonical form.
        case ipv4(String)
        case ipv6(String)
        case prefixList(String)
        case group(String, owner: String)

        var kind: String {
            switch self {
            case .ipv4: "ipv4"
            case .ipv6: "ipv6"
            case .prefixList: "prefix-list"
            case .group: "group"
            }
        }

        var text: String {
            switch self {
            case .ipv4(let text), .ipv6(let text), .prefixList(let text), .group(let text, _): text
            }
        }
    }

    var hasPorts: Bool { ["tcp", "udp", "icmp", "icmpv6"].contains(`protocol`) }

    /// Describes the rule as AWS's error messages do.
    var sentence: String {
        let what =
            switch `protocol` {
            case "-1": "ALL"
            case "tcp", "udp": "\(`protocol`.uppercased()), from port: \(fromPort), to port: \(toPort)"
            case "icmp", "icmpv6":
                "\(`protocol`.uppercased()), type: \(fromPort == -1 ? "ALL" : "\(fromPort)"), code: \(toPort == -1 ? "ALL" : "\(toPort)")"
            default: `protocol`
            }
        return "peer: \(peer.text), \(what), ALLOW"
    }
}

/// A rule that a request asks for.
struct RequestedRule: Sendable {
    var key: RuleKey
    var description: String?
}

extension RequestedRule {
    /// Returns the rules of a request's permissions, in its order.
    static func all(of permissions: [IpPermission], group: SecurityGroupRecord, _ context: Context) throws -> [RequestedRule] {
        try permissions.flatMap { permission in
            let (name, from, to) = try ports(permission.ipProtocol, permission.fromPort, permission.toPort)
            func rule(_ peer: RuleKey.Peer, _ description: String?) throws -> RequestedRule {
                RequestedRule(
                    key: RuleKey(protocol: name, fromPort: from, toPort: to, peer: peer),
                    description: try RuleDescription.check(description))
            }
            var rules: [RequestedRule] = []
            for range in permission.ipRanges ?? [] { try rules.append(rule(.ipv4(block(range.cidrIp)), range.description)) }
            for range in permission.ipv6Ranges ?? [] {
                try rules.append(rule(.ipv6(block6(range.cidrIpv6)), range.description))
            }
            for list in permission.prefixListIds ?? [] {
                try rules.append(rule(.prefixList(prefixList(list.prefixListId, context)), list.description))
            }
            for pair in permission.userIdGroupPairs ?? [] {
                try rules.append(rule(peer(pair, of: group, context), pair.description))
            }
            guard !rules.isEmpty else {
                throw AWSError(
                    "MissingParameter", "Missing source specification: include source security group or CIDR information")
            }
            return rules
        }
    }

    /// Checks a protocol and its ports, and returns them in their stored form.
    static func ports(_ name: String?, _ from: Int?, _ to: Int?) throws -> (name: String, from: Int, to: Int) {
        guard let name, !name.isEmpty else { throw AWSError.protocolMissing }
        let known = try protocolName(name)
        switch known {
        case "tcp", "udp":
            guard let from, let to, from != -1 || to != -1 else {
                throw AWSError(
                    "InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
            }
            for port in [from, to] where !(0...65535).contains(port) {
                throw AWSError(
                    "InvalidParameterValue", "Invalid value '\(port)' for portRange. TCP/UDP port (\(port)) out of range")
            }
            guard from <= to else { throw AWSError("InvalidParameterValue", "Invalid TCP/UDP port range (\(from):\(to))") }
            return (known, from, to)
        case "icmp", "icmpv6":
            let type = from ?? -1, code = to ?? -1
            guard (-1...255).contains(type) else {
                throw AWSError("InvalidParameterValue", "ICMP type (\(type)) out of range")
            }
            guard (-1...255).contains(code) else {
                throw AWSError("InvalidParameterValue", "ICMP code (\(code)) out of range")
            }
            guard type != -1 || code == -1 else {
                throw AWSError("InvalidParameterValue", "ICMP code (\(code)) must be -1 if the ICMP type is -1")
            }
            return (known, type, code)
        default: return (known, -1, -1)
        }
    }

    private static func protocolName(_ text: String) throws -> String {
        switch text.lowercased() {
        case "tcp", "6": return "tcp"
        case "udp", "17": return "udp"
        case "icmp", "1": return "icmp"
        case "icmpv6", "58": return "icmpv6"
        case "-1", "all": return "-1"
        default:
            guard let number = Int(text), (0...255).contains(number) else {
                throw AWSError("InvalidParameterValue", "Invalid value '\(text)' for IP protocol. Unknown protocol.")
            }
            return String(number)
        }
    }

    static func block(_ text: String?) throws -> String {
        guard let block = IPv4Block(text ?? "") else { throw AWSError.malformedBlock(text ?? "") }
        return block.description
    }

    static func block6(_ text: String?) throws -> String {
        guard let text, text.contains("/"), let range = AddressRange(text), range.isIPv6 else {
            throw AWSError.malformedBlock(text ?? "")
        }
        return range.canonicalText
    }

    static func prefixList(_ id: String?, _ context: Context) throws -> String {
        let id = id ?? ""
        try ManagedPrefixList.require(id, context)
        return id
    }

    private static func peer(_ pair: UserIdGroupPair, of group: SecurityGroupRecord, _ context: Context) throws -> RuleKey.Peer
    {
        // Drydock supports no references to groups of other accounts: report them as not found.
        let found: SecurityGroupRecord
        if let id = pair.groupId, !id.isEmpty {
            found = try SecurityGroupRecord.get(id, context)
        } else if let name = pair.groupName, !name.isEmpty {
            guard let named = try SecurityGroupRecord.find(name: name, in: group.vpcId, context) else {
                throw AWSError.groupNotFound(name, inDefault: group.vpcId)
            }
            found = named
        } else {
            throw AWSError.missingParameter("groupName or groupId")
        }
        guard found.vpcId == group.vpcId else {
            throw AWSError("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
        }
        if let owner = pair.userId, !owner.isEmpty, owner != context.account {
            throw ResourceKind.securityGroup.notFound(found.id)
        }
        return .group(found.id, owner: context.account)
    }
}

extension AWSError {
    static func malformedBlock(_ text: String) -> AWSError {
        AWSError("InvalidParameterValue", "CIDR block \(text) is malformed")
    }
}

extension AWSError {
    static let protocolMissing = AWSError(
        "InvalidParameterValue",
        "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.")
}
