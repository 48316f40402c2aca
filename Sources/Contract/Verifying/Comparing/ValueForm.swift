import AWSCore

/// The form of a value that a service generates.
enum ValueForm: Hashable {
    case id(prefix: String)
    case arn(service: String, resource: String)
    /// An IAM unique id or access key id, such as `AIDA…` or `AKIA…`.
    case unique(prefix: String)
    /// A host name made from an address, such as `ip-10-0-0-1.ec2.internal`.
    case host(domain: String)
    case account, uuid, digest, address, block, network6, hardware, fingerprint, text

    init(_ value: String) {
        let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if parts.count == 6, parts[0].hasPrefix("arn") {
            let resource = parts[5].prefix { $0 != "/" && $0 != ":" }
            self = .arn(service: String(parts[2]), resource: String(resource))
            return
        }
        self = Self.id(value) ?? Self.host(value) ?? Self.number(value) ?? Self.address(value) ?? .text
    }

    /// Recognizes ids such as `subnet-cidr-assoc-0123456789abcdef0`: words, a hyphen, and 8 or 17 hexadecimal digits
    /// that are not a date.
    private static func id(_ value: String) -> ValueForm? {
        guard let dash = value.lastIndex(of: "-") else { return nil }
        let digits = value[value.index(after: dash)...], prefix = value[..<dash]
        guard digits.utf8.count == 17 || digits.utf8.count == 8, isHex(digits), !prefix.isEmpty, prefix.utf8.count <= 40,
            prefix.allSatisfy({ $0 == "-" || $0.isASCII && $0.isLetter })
        else { return nil }
        let isDate =
            digits.utf8.count == 8 && digits.allSatisfy(\.isNumber) && (digits.hasPrefix("20") || digits.hasPrefix("19"))
        return isDate ? nil : .id(prefix: String(prefix))
    }

    private static func isHex(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func host(_ value: String) -> ValueForm? {
        guard value.hasPrefix("ip-") || value.hasPrefix("ec2-"), let dot = value.firstIndex(of: "."),
            address(ofHost: value) != nil
        else { return nil }
        return .host(domain: String(value[dot...]))
    }

    /// Returns `10.0.0.1` for `ip-10-0-0-1.ec2.internal`.
    static func address(ofHost value: String) -> String? {
        let label = value.prefix { $0 != "." }
        let octets = label.split(separator: "-").dropFirst()
        return octets.count == 4 && octets.allSatisfy { UInt8($0) != nil } ? octets.joined(separator: ".") : nil
    }

    private static func number(_ value: String) -> ValueForm? {
        let utf8 = value.utf8
        if value.isAccountId { return .account }
        if (16...32).contains(utf8.count), uniquePrefixes.contains(String(value.prefix(4))),
            utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
        {
            return .unique(prefix: String(value.prefix(4)))
        }
        if utf8.count == 71, value.hasPrefix("sha256:") { return .digest }
        // An ed25519 key's fingerprint in EC2's form.
        if utf8.count == 44, value.hasSuffix("=") { return .fingerprint }
        let groups = value.split(separator: "-", omittingEmptySubsequences: false)
        if groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ isHex($0.lowercased()) }) { return .uuid }
        return nil
    }

    private static func address(_ value: String) -> ValueForm? {
        let halves = value.split(separator: "/", omittingEmptySubsequences: false)
        let octets = (halves.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        if octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) { return halves.count == 2 ? .block : .address }
        let groups = (halves.first ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count > 2, groups.allSatisfy({ isHex($0) && $0.utf8.count <= 4 }) else { return nil }
        if groups.allSatisfy({ $0.utf8.count == 2 }) {
            if groups.count == 6 { return .hardware }
            if groups.count == 16 || groups.count == 20 { return .fingerprint }
        }
        guard groups.count == 8 || halves[0].contains("::") else { return nil }
        return halves.count == 2 ? .network6 : .address
    }

    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    private static let uniquePrefixes: Set<String> = [
        "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA", "ANPA", "ANVA", "APKA", "AROA", "ASCA", "ASIA",
    ]

    /// Whether the service generated the value, which then stands for the same thing everywhere.
    var isMadeUp: Bool {
        switch self {
        case .id, .unique, .host, .account, .uuid, .address, .network6, .hardware, .fingerprint: true
        case .arn, .digest, .block, .text: false
        }
    }

    /// Whether different values always stand for different things.
    var isUnique: Bool {
        switch self {
        case .id, .unique, .uuid: true
        default: false
        }
    }
}
