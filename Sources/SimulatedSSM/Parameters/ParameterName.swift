import AWSCore
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html#sysman-parameter-name-constraints

/// A request's reference to a parameter: a name or ARN, optionally followed by a colon and a version or label.
struct ParameterReference {
    /// The name in the request, without surrounding spaces and without the selector.
    let name: String
    /// The version or label, without the colon.
    let selector: String?
    /// The account and region of the ARN.
    let account, region: String?
    /// Whether the request used an ARN.
    let isARN: Bool

    /// - Throws: `ValidationException` if the text cannot refer to a parameter.
    init(_ text: String) throws {
        let text = text.trimmingSpaces
        var rest = text[...]
        if text.hasPrefix("arn:") {
            let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard parts.count == 6, parts[2] == "ssm", parts[5].hasPrefix("parameter/"), parts[5].utf8.count > 10 else {
                throw AWSError.invalidSelector
            }
            (account, region) = (parts[4].isEmpty ? nil : String(parts[4]), String(parts[3]))
            rest = parts[5].dropFirst(9)
            isARN = true
        } else {
            (account, region) = (nil, nil)
            isARN = false
        }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0]
        guard ParameterName.isWellFormed(name), parts.count == 1 || ParameterName.isSelector(parts[1]) else {
            throw AWSError.invalidSelector
        }
        self.name = String(name)
        selector = parts.count == 2 ? String(parts[1]) : nil
    }

    /// The parameter's key in the database.
    var key: String { ParameterName.key(name) }

    /// Returns the context of the ARN's account and region. AWS's public parameters belong to no account.
    func place(_ context: Context) -> Context { context.within(account: account, region: region) }
}

enum ParameterName {
    static let deepest = 15
    /// The limit for the ARN, including the name.
    static let longest = 1011

    /// Returns the storage key. A name of one level is the same with and without a leading slash, because the ARN is the same.
    static func key(_ name: String) -> String {
        name.hasPrefix("/") && !name.dropFirst().contains("/") ? String(name.dropFirst()) : name
    }

    static func arn(_ name: String, _ context: Context) -> String {
        let path = name.hasPrefix("/") ? String(name.dropFirst()) : name
        return isPublished(name)
            ? "arn:\(context.partition):ssm:\(context.region)::parameter/\(path)" : context.arn("ssm", "parameter/\(path)")
    }

    /// Whether the name is reserved for AWS's public parameters.
    static func isPublished(_ name: String) -> Bool { name.lowercased().hasPrefix("/aws/") }

    static func isWellFormed(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { isLetter($0) || $0 == 47 } && !name.contains("//")
    }

    /// Checks the name of a new parameter.
    /// - Throws: AWS's errors, in AWS's order.
    static func check(_ name: String, _ context: Context) throws {
        let bare = name.hasPrefix("/") ? name.dropFirst() : name[...]
        let levels = bare.split(separator: "/", omittingEmptySubsequences: false)
        let lower = bare.lowercased()
        if lower.hasPrefix("aws") || lower.hasPrefix("ssm") {
            if levels.count > 1, lower.hasPrefix("aws") { throw AWSError.reservedName(name) }
            throw levels.count > 1 ? AWSError.pathWithPrefix : AWSError.nameWithPrefix
        }
        guard levels.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isLetter) }) else { throw AWSError.pathWithPrefix }
        guard levels.count == 1 || name.hasPrefix("/") else { throw AWSError.notFullyQualified }
        guard levels.count <= deepest else { throw AWSError.tooDeep }
        let arn = arn(name, context)
        guard arn.utf8.count <= longest else { throw AWSError.tooLong(arn) }
    }

    /// Whether the text is a version number or a label.
    static func isSelector(_ text: Substring) -> Bool {
        !text.isEmpty && (text.utf8.allSatisfy { (48...57).contains($0) } || isLabel(text))
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
    static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first), text.utf8.count <= 100 else { return false }
        let lower = text.lowercased()
        return text.utf8.allSatisfy(isLetter) && !lower.hasPrefix("aws") && !lower.hasPrefix("ssm")
    }

    /// Whether the byte is a letter, a digit, or one of `_.-`
    private static func isLetter(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 32) || byte == 95 || byte == 46 || byte == 45
    }
}

extension String {
    var trimmingSpaces: String {
        let start = drop { $0 == " " }
        return String(start.prefix(upTo: start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex))
    }
}
