import AWSCore
import EC2API
import SimulatorCore

// The prefixes and IPv6 addresses of a subnet that interfaces take.

extension SubnetRecord {
    /// Parses and checks the /28 prefix that a request names.
    func prefix(_ text: String, _ context: Context) throws -> IPv4Block {
        guard let wanted = IPv4Block(text), wanted.prefix == 28, wanted.description == text else {
            throw AWSError.invalidValue(text, for: "ipv4Prefix", "This is not a valid /28 prefix.")
        }
        guard let block else { throw AWSError.withoutIPv4(id) }
        guard block.contains(wanted) else {
            throw AWSError("InvalidParameterValue", "Prefix \(text) does not fall within the subnet's address range")
        }
        let taken = try takenAddresses(context)
        guard block.hasFree(wanted, taken) else {
            throw AWSError("InvalidIPAddress.InUse", "Prefix \(text) is in use.")
        }
        return wanted
    }

    /// Returns a free /28. Searches from the end of the subnet, because single addresses come from its start.
    func freePrefix(_ context: Context) throws -> IPv4Block {
        guard let block else { throw AWSError.withoutIPv4(id) }
        let taken = try takenAddresses(context)
        for index in stride(from: block.count / 16 - 1, through: 0, by: -1) {
            let candidate = IPv4Block(base: block.address(index * 16), prefix: 28)
            if block.hasFree(candidate, taken) { return candidate }
        }
        throw AWSError.insufficientCidrBlocks
    }

    // MARK: IPv6

    private func requiredIpv6Block(_ context: Context) throws -> AddressRange {
        guard let text = try ipv6Block(context), let range = AddressRange(text) else {
            throw AWSError(
                "InvalidParameterValue", "The subnet '\(id)' does not have an IPv6 CIDR block associated with it.")
        }
        return range
    }

    private func taken6(_ context: Context) throws -> [AddressRange] {
        try InterfaceAddress.all(in: id, context).filter { $0.form == .ipv6 || $0.form == .prefix6 }
            .compactMap { AddressRange($0.text) }
    }

    func ipv6Address(_ text: String, _ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        guard !text.contains("/"), let wanted = AddressRange(text), wanted.isIPv6 else { throw AWSError.invalidAddress(text) }
        guard block.contains(wanted) else {
            throw AWSError("InvalidParameterValue", "Address \(text) does not fall within the subnet's address range")
        }
        guard try !taken6(context).contains(where: { $0.contains(wanted) }) else {
            throw AWSError("InvalidIPAddress.InUse", "Address \(text) is in use.")
        }
        return IPv6Text.canonical(text)
    }

    func freeIpv6Address(_ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        let taken = try taken6(context)
        let words = IPv6Text.words(block.canonicalText) ?? []
        while true {
            let random = context.ids.next()
            let tail = (0..<4).map { UInt16(truncatingIfNeeded: random >> UInt64($0 * 16)) }
            let text = IPv6Text.text(Array(words.prefix(4)) + tail)
            if let range = AddressRange(text), !taken.contains(where: { $0.contains(range) }) { return text }
        }
    }

    func ipv6Prefix(_ text: String, _ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        guard text.hasSuffix("/80"), let wanted = AddressRange(text), wanted.isIPv6 else {
            throw AWSError.invalidValue(text, for: "ipv6Prefix", "This is not a valid /80 prefix.")
        }
        guard block.contains(wanted) else {
            throw AWSError("InvalidParameterValue", "Prefix \(text) does not fall within the subnet's address range")
        }
        guard try !taken6(context).contains(where: { $0.contains(wanted) || wanted.contains($0) }) else {
            throw AWSError("InvalidIPAddress.InUse", "Prefix \(text) is in use.")
        }
        return wanted.canonicalText
    }

    func freeIpv6Prefix(_ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        let taken = try taken6(context)
        let words = Array((IPv6Text.words(block.canonicalText) ?? []).prefix(4))
        for _ in 0..<1000 {
            let text = IPv6Text.text(words + [UInt16(truncatingIfNeeded: context.ids.next()), 0, 0, 0]) + "/80"
            if let range = AddressRange(text), !taken.contains(where: { $0.contains(range) || range.contains($0) }) {
                return range.canonicalText
            }
        }
        throw AWSError.insufficientCidrBlocks
    }
}

extension IPv4Block {
    /// Whether no address of the prefix is taken or reserved in this subnet's block.
    fileprivate func hasFree(_ prefix: IPv4Block, _ taken: Set<UInt32>) -> Bool {
        (0..<prefix.count).allSatisfy { !taken.contains(prefix.address($0)) && !isReserved(prefix.address($0)) }
    }
}

extension AWSError {
    static let insufficientCidrBlocks = AWSError(
        "InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request.")
}
