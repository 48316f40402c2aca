import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html

extension NetworkAclEntry {
    /// The number of a family's last entry, shown as `*`. It denies what no other entry decided.
    static func lastNumber(isIPv6: Bool) -> Int { isIPv6 ? 32768 : 32767 }

    static func last(isIPv6: Bool) -> [NetworkAclEntry] { both(lastNumber(isIPv6: isIPv6), .deny, isIPv6: isIPv6) }
    static func allowing(_ number: Int, isIPv6: Bool) -> [NetworkAclEntry] { both(number, .allow, isIPv6: isIPv6) }

    /// Returns two entries for all packets of a family: one for egress, one for ingress.
    private static func both(_ number: Int, _ action: RuleAction, isIPv6: Bool) -> [NetworkAclEntry] {
        [true, false].map { isEgress in
            NetworkAclEntry(
                cidrBlock: isIPv6 ? nil : "0.0.0.0/0", egress: isEgress, ipv6CidrBlock: isIPv6 ? "::/0" : nil, protocol: "-1",
                ruleAction: action, ruleNumber: number)
        }
    }

    /// The protocol's name in filters.
    var protocolName: String? { ["6": "tcp", "17": "udp", "1": "icmp"][`protocol` ?? ""] }
    var isIPv6: Bool { ipv6CidrBlock != nil }
}

/// The members that CreateNetworkAclEntry and ReplaceNetworkAclEntry share.
protocol NetworkAclEntryRequest {
    var ruleNumber: Int { get }
    var `protocol`: String { get }
    var ruleAction: RuleAction { get }
    var egress: Bool { get }
    var cidrBlock: String? { get }
    var ipv6CidrBlock: String? { get }
    var icmpTypeCode: IcmpTypeCode? { get }
    var portRange: PortRange? { get }
}

extension CreateNetworkAclEntryRequest: NetworkAclEntryRequest {}
extension ReplaceNetworkAclEntryRequest: NetworkAclEntryRequest {}

extension NetworkAclEntry {
    /// Creates the requested entry in its stored form.
    /// - Throws: AWS's errors for invalid numbers, protocols, ports and blocks.
    init(_ input: some NetworkAclEntryRequest) throws {
        try Self.check(number: input.ruleNumber)
        guard let number = Int(input.protocol), (-1...255).contains(number) else {
            throw AWSError("InvalidParameterValue", "Invalid value '\(input.protocol)' for IP protocol. Unknown protocol.")
        }
        self.init(egress: input.egress, protocol: "\(number)", ruleAction: input.ruleAction, ruleNumber: input.ruleNumber)
        switch (input.cidrBlock.flatMap(\.orNil), input.ipv6CidrBlock.flatMap(\.orNil)) {
        case (let text?, nil):
            guard let block = IPv4Block(text) else { throw AWSError.notACIDRBlock(text) }
            cidrBlock = block.description
        case (nil, let text?):
            guard let block = IPv6Block(text) else {
                throw AWSError.invalidValue(text, for: "ipv6CidrBlock", "This is not a valid IPv6 CIDR block.")
            }
            ipv6CidrBlock = block.description
        case (nil, nil): throw AWSError.missingParameter("cidrBlock or ipv6CidrBlock")
        default:
            throw AWSError.invalidCombination("The parameter cidrBlock cannot be used with the parameter ipv6CidrBlock")
        }
        switch number {
        case 6, 17: portRange = try Self.ports(input.portRange)
        case 1: icmpTypeCode = try Self.icmp(input.icmpTypeCode)
        case 58 where isIPv6: icmpTypeCode = try Self.icmp(input.icmpTypeCode)
        // Other protocols have no ports: the entry covers all of them, whatever the request specifies.
        default: break
        }
    }

    fileprivate static func check(number: Int) throws {
        guard (1...32766).contains(number) else {
            throw AWSError.invalidValue("\(number)", for: "ruleNumber", "Rule numbers must be between 1 and 32766.")
        }
    }

    private static func ports(_ range: PortRange?) throws -> PortRange {
        guard let from = range?.from, let to = range?.to else {
            throw AWSError(
                "InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
        }
        for port in [from, to] where !(0...65535).contains(port) {
            throw AWSError(
                "InvalidParameterValue", "Invalid value '\(port)' for portRange. TCP/UDP port (\(port)) out of range")
        }
        guard from <= to else { throw AWSError("InvalidParameterValue", "Invalid TCP/UDP port range (\(from):\(to))") }
        return PortRange(from: from, to: to)
    }

    private static func icmp(_ given: IcmpTypeCode?) throws -> IcmpTypeCode {
        guard let type = given?.type else { throw AWSError.missingParameter("icmpTypeCode") }
        let code = given?.code ?? -1
        guard (-1...255).contains(type) else { throw AWSError("InvalidParameterValue", "ICMP type (\(type)) out of range") }
        guard (-1...255).contains(code) else { throw AWSError("InvalidParameterValue", "ICMP code (\(code)) out of range") }
        guard type != -1 || code == -1 else {
            throw AWSError("InvalidParameterValue", "ICMP code (\(code)) must be -1 if the ICMP type is -1")
        }
        return IcmpTypeCode(code: code, type: type)
    }
}

extension EC2Simulation {
    public func createNetworkAclEntry(_ input: CreateNetworkAclEntryRequest, _ context: Context) throws -> EmptyShape {
        var list = try Resource.networkAcl.get(input.networkAclId, context)
        let entry = try NetworkAclEntry(input)
        guard list.shape.entry(entry.ruleNumber, isEgress: input.egress) == nil else {
            throw AWSError(
                "NetworkAclEntryAlreadyExists", "The network acl entry identified by \(input.ruleNumber) already exists.")
        }
        // AWS's default quota: twenty entries per direction, for IPv4 and IPv6 separately. Assumed: the last entries don't
        // count.
        let same = (list.shape.entries ?? []).filter {
            $0.egress == entry.egress && $0.isIPv6 == entry.isIPv6 && ($0.ruleNumber ?? 0) < 32767
        }
        guard same.count < 20 else {
            throw AWSError("NetworkAclEntryLimitExceeded", "The maximum number of network ACL entries has been reached.")
        }
        list.shape.entries = (list.shape.entries ?? []) + [entry]
        list.shape = list.shape.sorted
        try Resource.networkAcl.write(list, context)
        return EmptyShape()
    }

    public func replaceNetworkAclEntry(_ input: ReplaceNetworkAclEntryRequest, _ context: Context) throws -> EmptyShape {
        var list = try Resource.networkAcl.get(input.networkAclId, context)
        let entry = try NetworkAclEntry(input)
        guard let index = list.shape.entry(input.ruleNumber, isEgress: input.egress) else {
            throw AWSError.networkAclEntryNotFound(input.ruleNumber, isEgress: input.egress)
        }
        list.shape.entries?[index] = entry
        try Resource.networkAcl.write(list, context)
        return EmptyShape()
    }

    public func deleteNetworkAclEntry(_ input: DeleteNetworkAclEntryRequest, _ context: Context) throws -> EmptyShape {
        var list = try Resource.networkAcl.get(input.networkAclId, context)
        try NetworkAclEntry.check(number: input.ruleNumber)
        guard let index = list.shape.entry(input.ruleNumber, isEgress: input.egress) else {
            throw AWSError.networkAclEntryNotFound(input.ruleNumber, isEgress: input.egress)
        }
        list.shape.entries?.remove(at: index)
        try Resource.networkAcl.write(list, context)
        return EmptyShape()
    }
}

extension NetworkAcl {
    fileprivate func entry(_ number: Int?, isEgress: Bool) -> Int? {
        entries?.firstIndex { $0.ruleNumber == number && $0.egress == isEgress }
    }
}

extension AWSError {
    fileprivate static func networkAclEntryNotFound(_ number: Int, isEgress: Bool) -> AWSError {
        AWSError(
            "InvalidNetworkAclEntry.NotFound",
            "The \(isEgress ? "egress" : "ingress") network acl entry identified by \(number) does not exist.")
    }
}
