import AWSCore
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html#sysman-parameter-name-constraints

/// A parameter as a request names it: by name or ARN, perhaps with a version or a label behind a colon.
struct ParameterReference {
    /// The name as the request gives it, without spaces around it and without selector.
    let name: String
    /// The version or label, without its colon.
    let selector: String?
    /// The account and region that an ARN names.
    let account, region: String?
    /// Whether the request named an ARN.
    let isARN: Bool

    /// - Throws: `ValidationException` for what no parameter could be named by.
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

    /// What the parameter is kept under.
    var key: String { ParameterName.key(name) }

    /// The request, looking where the ARN says. What AWS publishes belongs to no account.
    func place(_ context: Context) -> Context { context.within(account: account, region: region) }
}

enum ParameterName {
    static let deepest = 15
    /// Of the ARN with the name.
    static let longest = 1011

    /// Names of one level are the same with and without the slash before them: they have the same ARN.
    static func key(_ name: String) -> String {
        name.hasPrefix("/") && !name.dropFirst().contains("/") ? String(name.dropFirst()) : name
    }

    static func arn(_ name: String, _ context: Context) -> String {
        let path = name.hasPrefix("/") ? String(name.dropFirst()) : name
        return isPublished(name)
            ? "arn:\(context.partition):ssm:\(context.region)::parameter/\(path)" : context.arn("ssm", "parameter/\(path)")
    }

    /// Whether AWS, and nobody else, has parameters of this name.
    static func isPublished(_ name: String) -> Bool { name.lowercased().hasPrefix("/aws/") }

    static func isWellFormed(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { isLetter($0) || $0 == 47 } && !name.contains("//")
    }

    /// Checks the name of a parameter that is to be made.
    /// - Throws: AWS's refusals, in its order.
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

    /// A version's number or a label.
    static func isSelector(_ text: Substring) -> Bool {
        !text.isEmpty && (text.utf8.allSatisfy { (48...57).contains($0) } || isLabel(text))
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
    static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first), text.utf8.count <= 100 else { return false }
        let lower = text.lowercased()
        return text.utf8.allSatisfy(isLetter) && !lower.hasPrefix("aws") && !lower.hasPrefix("ssm")
    }

    /// A letter, a digit, or one of `_.-`
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
