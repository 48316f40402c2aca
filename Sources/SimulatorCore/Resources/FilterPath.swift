public import AWSCore
public import AWSModels

/// The path in a shape that a filter's name stands for: `attachment.vpc-id` is `VpcId` of each of `Attachments`.
///
/// Seven of ten of AWS's filters are a member's path in lower case with hyphens, lists in the singular. Each resource kind
/// declares its other filters.
public struct FilterPath: Sendable, Equatable {
    private let names: [String]
    private let isTime: Bool

    /// - Returns: nil if the name is not a path in the shape.
    public init?(_ filter: String, in shape: String, of table: ModelTable) {
        guard let (names, isTime) = Self.resolve(filter[...], table.shape(shape), table) else { return nil }
        self.names = names
        self.isTime = isTime
    }

    private static func resolve(_ filter: Substring, _ shape: DynamicShape, _ table: ModelTable) -> ([String], Bool)? {
        for (index, member) in shape.schema.members.enumerated() {
            for candidate in candidates(member) {
                let target = shape.members[index].target
                if filter == candidate, target == nil { return ([member.name], member.kind == .timestamp) }
                guard filter.hasPrefix(candidate), filter.dropFirst(candidate.count).first == ".", let target,
                    let (rest, isTime) = resolve(filter.dropFirst(candidate.count + 1), table.shape(target), table)
                else { continue }
                return ([member.name] + rest, isTime)
            }
        }
        return nil
    }

    /// Returns the names that a filter may use for a member: its documented or wire name, a list also in the singular.
    private static func candidates(_ member: Schema.Member) -> [String] {
        var result: [String] = []
        for name in [kebab(member.name), kebab(member.wire)] {
            result.append(name)
            guard member.kind == .list else { continue }
            if name.hasSuffix("-set") { result.append(String(name.dropLast(4))) }
            if name.hasSuffix("-list") { result.append(String(name.dropLast(5))) }
            if name.hasSuffix("s") { result.append(String(name.dropLast())) }
            if name.hasSuffix("ies") { result.append(name.dropLast(3) + "y") }
            if name.hasSuffix("sses") { result.append(String(name.dropLast(2))) }
        }
        return result
    }

    /// Returns `CidrBlockAssociationSet` as `cidr-block-association-set`.
    static func kebab(_ name: String) -> String {
        var result = ""
        var wasLower = false
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let isUpper = character.isUppercase
            // A word begins at a capital after a lower-case letter or a digit, and at the last of several capitals.
            let endsCapitals = isUpper && index + 1 < characters.count && characters[index + 1].isLowercase
            if isUpper, index > 0, wasLower || endsCapitals { result += "-" }
            result += character.lowercased()
            wasLower = !isUpper
        }
        return result
    }

    /// Returns the texts at the path in a shape written with the documentation's names.
    public func values(in node: Node) -> [String] {
        var found = [node]
        for name in names {
            found = found.flatMap { node in (node.elements ?? [node]).compactMap { $0[name] } }
        }
        return found.flatMap { $0.elements ?? [$0] }.compactMap(text)
    }

    private func text(_ node: Node) -> String? {
        switch node {
        case .string(let value): value
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): isTime ? Instant(milliseconds: value * 1000).iso8601(milliseconds: true) : "\(value)"
        case .number(let value): isTime ? Instant(seconds: value).iso8601(milliseconds: true) : "\(value)"
        case .null, .list, .object: nil
        }
    }
}
