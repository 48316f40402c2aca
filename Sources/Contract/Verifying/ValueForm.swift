/// The form of a value that a service makes up.
enum ValueForm: Hashable {
    case id(prefix: String)
    case arn(service: String, resource: String)
    /// `AIDA…`, `AKIA…`: what IAM calls unique ids and access keys.
    case unique(prefix: String)
    case account, uuid, digest, address, block, text

    init(_ value: String) {
        let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if parts.count == 6, parts[0] == "arn" {
            let resource = parts[5].prefix { $0 != "/" && $0 != ":" }
            self = .arn(service: String(parts[2]), resource: String(resource))
            return
        }
        if let dash = value.lastIndex(of: "-") {
            let digits = value[value.index(after: dash)...]
            if digits.count == 17 || digits.count == 8, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
                self = .id(prefix: String(value[..<dash]))
                return
            }
        }
        let utf8 = value.utf8
        if utf8.count == 12, utf8.allSatisfy({ (48...57).contains($0) }) { self = .account; return }
        if (16...32).contains(utf8.count), Self.uniquePrefixes.contains(String(value.prefix(4))),
            utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
        {
            self = .unique(prefix: String(value.prefix(4)))
            return
        }
        if utf8.count == 71, value.hasPrefix("sha256:") { self = .digest; return }
        let groups = value.split(separator: "-", omittingEmptySubsequences: false).map(\.count)
        if groups == [8, 4, 4, 4, 12] { self = .uuid; return }
        let halves = value.split(separator: "/")
        let octets = (halves.first ?? "").split(separator: ".")
        if octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) { self = halves.count == 2 ? .block : .address; return }
        self = .text
    }

    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    private static let uniquePrefixes: Set<String> = [
        "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA", "ANPA", "ANVA", "APKA", "AROA", "ASCA", "ASIA",
    ]

    /// Whether the service made it up, so that it stands for the same thing wherever it comes again.
    var isMadeUp: Bool {
        switch self {
        case .id, .unique, .account, .uuid, .address: true
        case .arn, .digest, .block, .text: false
        }
    }
}
