import AWSCore

/// A request in canonical form: service, operation and parameters, without what differs between clients and runs.
struct CanonicalRequest: Sendable, Equatable {
    /// The service and operation, such as `ec2 CreateVpc`, and the region if it is not the default.
    let title: String
    /// Every parameter with its path, sorted.
    let lines: [String]

    init(_ request: DecodedRequest, region: String?, names: inout MadeUpNames) {
        title = region.map { "\(request.name) in \($0)" } ?? request.name
        lines = request.parameters.leaves.sorted { Self.isBefore($0.key, $1.key) }.map { path, value in
            "\(path): \(names.named(value))"
        }
    }

    var text: String { ([title] + lines.map { "  \($0)" }).joined(separator: "\n") + "\n" }

    /// Compares paths; numbers in brackets compare by value: `[2]` comes before `[10]`.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        let a = a.split(separator: "["), b = b.split(separator: "[")
        for (left, right) in zip(a, b) where left != right {
            let leftNumber = Int(left.prefix { $0.isNumber }), rightNumber = Int(right.prefix { $0.isNumber })
            if let leftNumber, let rightNumber, leftNumber != rightNumber { return leftNumber < rightNumber }
            return left < right
        }
        return a.count < b.count
    }
}

/// Names for the values that the target generated, such as `<vpc 1>` for the first VPC's id. Goldens do not depend on the
/// values.
struct MadeUpNames: Sendable {
    private var names: [String: String] = [:]
    private var counts: [String: Int] = [:]
    /// The values that responses have contained so far.
    private var given: Set<String> = []

    /// Records the generated values in a response, so that later requests can refer to them by name.
    mutating func see(_ response: Bytes) {
        guard !response.contains(0) else { return }
        let text = String(decoding: response, as: UTF8.self)
        for word in Self.words(text) where ValueForm(String(word)).isNamed && !Self.isBlock(word, in: text) {
            given.insert(String(word))
        }
    }

    /// Returns the value with generated parts replaced by names.
    mutating func named(_ value: String) -> String {
        var result = ""
        var rest = value[...]
        for word in Self.words(value) {
            result += rest[..<word.startIndex]
            result += (Self.isBlock(word, in: value) ? nil : name(of: String(word))) ?? String(word)
            rest = rest[word.endIndex...]
        }
        return result + rest
    }

    private mutating func name(of word: String) -> String? {
        if let name = names[word] { return name }
        if let generated = Self.generated(word) { return generated }
        guard given.contains(word) else { return nil }
        let kind: String
        switch ValueForm(word) {
        case .id(let prefix): kind = prefix
        case .unique(let prefix): kind = prefix
        case .uuid: kind = "uuid"
        case .address: kind = "address"
        default: return nil
        }
        counts[kind, default: 0] += 1
        let name = "<\(kind) \(counts[kind, default: 0])>"
        names[word] = name
        return name
    }

    /// Returns a placeholder for a name that a client (Terraform, an SDK) generated from the time; nil for other words.
    private static func generated(_ word: String) -> String? {
        for prefix in ["terraform-", "botocore-session-", "aws-go-sdk-", "aws-sdk-js-session-"] where word.hasPrefix(prefix) {
            let digits = word.dropFirst(prefix.count)
            if digits.count >= 10, digits.prefix(10).allSatisfy(\.isNumber) { return "<\(prefix)…>" }
        }
        return nil
    }

    /// Whether the word is the address of a CIDR block, which gets no name.
    private static func isBlock(_ word: Substring, in text: String) -> Bool {
        word.endIndex < text.endIndex && text[word.endIndex] == "/" && ValueForm(String(word)) == .address
    }

    private static func words(_ text: String) -> [Substring] {
        text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) && $0 != "-" && $0 != "." }
    }
}

extension ValueForm {
    /// Whether goldens replace the value by a name. Account ids stay, because the golden's simulator has only one.
    fileprivate var isNamed: Bool {
        switch self {
        case .id, .unique, .uuid, .address: true
        default: false
        }
    }
}
