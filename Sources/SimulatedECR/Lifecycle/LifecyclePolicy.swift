import AWSCore
import SimulatorCore

/// A parsed and checked lifecycle policy.
/// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
struct LifecyclePolicy {
    /// The policy as ECR returns it: rules sorted by priority, without whitespace.
    let text: String
    /// The rules, sorted by priority.
    let rules: [Rule]

    struct Rule {
        enum TagStatus: String { case tagged, untagged, any }
        enum CountType: String { case imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned }
        enum Action: String { case expire, transition }

        var priority: Int
        var description: String?
        var tagStatus: TagStatus
        /// Patterns for tags. For each pattern, at least one of the image's tags must match.
        var tagPatterns: [String]
        /// Whether the policy wrote the patterns as prefixes.
        var hasPrefixes: Bool
        var isAboutArchive: Bool
        var countType: CountType
        var countNumber: Int
        var action: Action
    }

    static let ruleLimit = 50
    static let patternWildcardLimit = 4
    /// Archived images are billed for at least this many days, and no policy may delete them earlier.
    static let shortestArchive = 90

    /// - Throws: `InvalidParameterException` with the message of ECR's JSON schema validator.
    init(parsing text: String) throws {
        guard let node = try? JSON.parse(text), node.fields != nil else {
            throw Self.invalid("Could not map policyString into LifecyclePolicy.")
        }
        try Self.check(node, required: ["rules"], allowed: ["rules"])
        guard let items = node["rules"]?.elements else { throw Self.invalid(Self.wrongType(node["rules"], "array")) }
        guard !items.isEmpty else {
            throw Self.invalid("array is too short: must have at least 1 elements but instance has 0 elements")
        }
        guard items.count <= Self.ruleLimit else {
            throw Self.invalid(
                "array is too long: must have at most \(Self.ruleLimit) elements but instance has \(items.count) elements")
        }
        let read = try items.map { (rule: try Rule($0), node: $0) }.sorted { $0.rule.priority < $1.rule.priority }
        rules = read.map(\.rule)
        try Self.checkTogether(rules)
        self.text = String(decoding: JSON.write(.object([.init("rules", .list(read.map(\.node)))])), as: UTF8.self)
    }

    private static func checkTogether(_ rules: [Rule]) throws {
        for (one, next) in zip(rules, rules.dropFirst()) where one.priority == next.priority {
            throw invalid("Rule priorities must be unique; \(one.priority) is used more than once")
        }
        for isAboutArchive in [false, true] {
            let group = rules.filter { $0.isAboutArchive == isAboutArchive }
            guard group.count(where: { $0.tagStatus == .untagged }) <= 1 else {
                throw invalid("Only one rule can select Untagged images per storage class.")
            }
            if let any = group.firstIndex(where: { $0.tagStatus == .any }), any != group.count - 1 {
                throw invalid("Rule for tagStatus=ANY must have the lowest priority per storage class.")
            }
            let prefixes = group.filter(\.hasPrefixes).map { Set($0.tagPatterns) }
            guard Set(prefixes).count == prefixes.count else {
                throw invalid("The tagPrefixList of a rule must be unique per storage class.")
            }
        }
    }

    static func invalid(_ reason: String) -> AWSError {
        .invalidParameter("LifecyclePolicyText", "Lifecycle policy validation failure: \(reason)")
    }
}

extension LifecyclePolicy.Rule {
    fileprivate init(_ node: Node) throws {
        try LifecyclePolicy.check(
            node, required: ["action", "rulePriority", "selection"],
            allowed: ["rulePriority", "description", "selection", "action"])
        priority = try LifecyclePolicy.number(node["rulePriority"])
        if let node = node["description"] {
            guard let text = node.string else { throw LifecyclePolicy.invalid(LifecyclePolicy.wrongType(node, "string")) }
            description = text
        }
        let selection = node["selection"] ?? .null
        action = try Self.action(node["action"] ?? .null)
        try LifecyclePolicy.check(
            selection, required: ["countNumber", "countType", "tagStatus"],
            allowed: ["storageClass", "tagStatus", "tagPatternList", "tagPrefixList", "countType", "countUnit", "countNumber"])
        tagStatus = try LifecyclePolicy.choice(selection["tagStatus"], ["any", "tagged", "untagged"])
        countType = try Self.countType(selection)
        countNumber = try LifecyclePolicy.number(selection["countNumber"])
        let storageClass: StorageClass? = try selection["storageClass"].map {
            try LifecyclePolicy.choice($0, ["archive", "standard"])
        }
        isAboutArchive = storageClass == .archive
        hasPrefixes = selection["tagPrefixList"] != nil
        tagPatterns = try Self.patterns(selection, tagStatus)
        try checkCombination()
    }

    private enum StorageClass: String { case archive, standard }
    private enum Unit: String { case days }

    /// The schema has one form for each action, and a form with and one without a unit for each count. Anything that fits no
    /// form gets this message, whatever the error; for example, a `null` for an absent member.
    private static let fitsNoForm = LifecyclePolicy.invalid(
        "instance failed to match exactly one schema (matched 0 out of 2)")

    private static func action(_ node: Node) throws -> Action {
        let names = Set((node.fields ?? []).map(\.name))
        switch (node["type"]?.string, node["targetStorageClass"]?.string) {
        case ("expire", nil) where names == ["type"]: return .expire
        case ("transition", "archive") where names == ["type", "targetStorageClass"]: return .transition
        default: throw fitsNoForm
        }
    }

    private static func countType(_ selection: Node) throws -> CountType {
        guard let type = selection["countType"]?.string.flatMap({ CountType(rawValue: $0) }),
            (type == .imageCountMoreThan) == (selection["countUnit"] == nil)
        else { throw fitsNoForm }
        if let unit = selection["countUnit"] {
            guard unit.string != nil else { throw fitsNoForm }
            let _: Unit = try LifecyclePolicy.choice(unit, ["days"])
        }
        return type
    }

    /// A prefix becomes a pattern that ends in `*`.
    private static func patterns(_ selection: Node, _ tagStatus: TagStatus) throws -> [String] {
        let prefixes = try LifecyclePolicy.strings(selection["tagPrefixList"])
        let patterns = try LifecyclePolicy.strings(selection["tagPatternList"])
        guard tagStatus == .tagged else {
            guard prefixes == nil, patterns == nil else {
                throw LifecyclePolicy.invalid("Can only specify tagPrefixList or tagPatternList when tagStatus=TAGGED.")
            }
            return []
        }
        guard prefixes == nil || patterns == nil else {
            throw LifecyclePolicy.invalid("Cannot specify both tagPrefixList and tagPatternList.")
        }
        guard let texts = prefixes ?? patterns else {
            throw LifecyclePolicy.invalid("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.")
        }
        guard !texts.isEmpty else {
            throw LifecyclePolicy.invalid("array is too short: must have at least 1 elements but instance has 0 elements")
        }
        if prefixes != nil { return texts.map { $0 + "*" } }
        for text in texts where text.utf8.count(where: { $0 == 42 }) > LifecyclePolicy.patternWildcardLimit {
            throw LifecyclePolicy.invalid(
                "a tag pattern can contain at most \(LifecyclePolicy.patternWildcardLimit) wildcards, '\(text)' has more")
        }
        return texts
    }

    /// Checks that the combination of status, count and action is allowed.
    private func checkCombination() throws {
        guard isAboutArchive == (countType == .sinceImageTransitioned) else {
            throw LifecyclePolicy.invalid("countType sinceImageTransitioned and storageClass archive must be used together")
        }
        switch (countType, action) {
        case (.sinceImageTransitioned, .transition):
            throw LifecyclePolicy.invalid("Images of storageClass archive cannot be transitioned")
        case (.sinceImageTransitioned, .expire) where countNumber < LifecyclePolicy.shortestArchive:
            throw LifecyclePolicy.invalid(
                "countNumber must be at least \(LifecyclePolicy.shortestArchive) with countType sinceImageTransitioned")
        case (.sinceImagePulled, .expire):
            throw LifecyclePolicy.invalid("countType sinceImagePulled must be used with action type transition only")
        default: break
        }
    }
}

// MARK: - The validator's messages

extension LifecyclePolicy {
    fileprivate static func check(_ node: Node, required: [String], allowed: Set<String>) throws {
        guard let fields = node.fields else { throw invalid(wrongType(node, "object")) }
        let missing = required.filter { node[$0] == nil }
        guard missing.isEmpty else { throw invalid("object has missing required properties (\(list(missing)))") }
        let unknown = fields.map(\.name).filter { !allowed.contains($0) }.sorted()
        guard unknown.isEmpty else {
            throw invalid("object instance has properties which are not allowed by the schema: \(list(unknown))")
        }
    }

    fileprivate static func choice<T: RawRepresentable>(_ node: Node?, _ values: [String]) throws -> T
    where T.RawValue == String {
        guard let node else { throw invalid("object has missing required properties") }
        guard let text = node.string else { throw invalid(wrongType(node, "string")) }
        guard values.contains(text), let value = T(rawValue: text) else {
            throw invalid("instance value (\"\(text)\") not found in enum (possible values: \(list(values)))")
        }
        return value
    }

    fileprivate static func number(_ node: Node?) throws -> Int {
        guard case .integer(let value)? = node else { throw invalid(wrongType(node, "integer")) }
        guard value >= 1 else {
            throw invalid("numeric instance is lower than the required minimum (minimum: 1, found: \(value))")
        }
        guard value <= 1_000_000_000 else {
            throw invalid("numeric instance is greater than the required maximum (maximum: 1000000000, found: \(value))")
        }
        return Int(value)
    }

    fileprivate static func strings(_ node: Node?) throws -> [String]? {
        guard let node else { return nil }
        guard let items = node.elements else { throw invalid(wrongType(node, "array")) }
        return try items.map { item in
            guard let text = item.string, !text.isEmpty else { throw invalid(wrongType(item, "string")) }
            return text
        }
    }

    fileprivate static func wrongType(_ node: Node?, _ expected: String) -> String {
        let found =
            switch node {
            case .bool: "boolean"
            case .integer: "integer"
            case .number: "number"
            case .string: "string"
            case .list: "array"
            case .object: "object"
            case nil, .null: "null"
            }
        return "instance type (\(found)) does not match any allowed primitive type (allowed: [\"\(expected)\"])"
    }

    private static func list(_ texts: [String]) -> String { "[\(texts.map { "\"\($0)\"" }.joined(separator: ","))]" }
}
