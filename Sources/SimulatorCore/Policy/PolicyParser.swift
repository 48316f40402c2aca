import AWSCore

/// Parses a policy document. Checks its structure, then the rules, in the order in which IAM reports errors.
struct PolicyParser {
    let kind: PolicyDocument.Kind
    let partition: String?

    /// A statement whose members have the right types, before its rules are checked.
    struct Draft {
        let path: String
        var sid: String?
        var effect = ""
        var principals: PolicyPrincipals?
        var texts: [String: [String]] = [:]
        var conditions: [(operator: String, key: String, values: [String])] = []
    }

    mutating func document(_ text: String) throws -> (version: String, id: String?, statements: [PolicyStatement]) {
        let node: Node
        do { node = try JSON.parse(text) } catch let error as MalformedMessage {
            throw PolicySyntaxError(
                message: kind == .trust ? "This policy contains invalid Json" : "Syntax errors in policy.",
                explanation: "The document is not JSON: \(error.reason) at \(Self.position(of: error.offset, in: text)).")
        }
        guard case .object(let fields) = node else { throw syntax("The document is not a JSON object.") }
        try refuseUnknown(fields, allowed: ["Version", "Id", "Statement"], at: "The document")
        let version = try node["Version"].map { try string($0, at: "Version") }
        if let version, version != "2012-10-17", version != "2008-10-17" {
            throw syntax("Version is '\(version)'; the versions are 2012-10-17 and 2008-10-17.")
        }
        let id = try node["Id"].map { try string($0, at: "Id") }
        let drafts: [Draft]
        switch node["Statement"] {
        case .object(let fields)?: drafts = [try draft(fields, at: "Statement")]
        case .list(let items)? where !items.isEmpty:
            drafts = try items.enumerated().map { index, item in
                guard case .object(let fields) = item else { throw syntax("Statement[\(index)] is not an object.") }
                return try draft(fields, at: "Statement[\(index)]")
            }
        case nil: throw syntax("The document has no Statement.")
        default: throw syntax("Statement must be an object or a list of at least one.")
        }
        if kind == .identity || kind == .resourceControl, version != "2012-10-17" {
            throw PolicySyntaxError(
                message: "Policy document must be version 2012-10-17 or greater.",
                explanation: "Identity-based policies need \"Version\": \"2012-10-17\".")
        }
        let substitutes = version == "2012-10-17"
        let conditions = try drafts.map { try self.conditions($0, substitutes: substitutes) }
        try PolicyRules(kind: kind, partition: partition).check(drafts)
        let statements = zip(drafts, conditions).map { draft, conditions in
            PolicyStatement(
                sid: draft.sid, effect: draft.effect == "Allow" ? .allow : .deny, principals: draft.principals,
                actions: selection(draft, "Action") { PolicyPattern($0, foldsCase: true) }
                    ?? .init(isNegated: false, patterns: []),
                resources: selection(draft, "Resource") {
                    PolicyPattern(Self.completed($0), substitutes: substitutes, staysInParts: true)
                },
                conditions: conditions)
        }
        return (version ?? "2008-10-17", id, statements)
    }

    /// Completes a short ARN with wildcards: `arn:aws:s3` matches all of S3.
    private static func completed(_ resource: String) -> String {
        let colons = resource.utf8.count { $0 == 58 }
        guard resource.hasPrefix("arn:"), colons < 5 else { return resource }
        return resource + String(repeating: ":*", count: 5 - colons)
    }

    private func selection(
        _ draft: Draft, _ name: String, _ pattern: (String) -> PolicyPattern
    ) -> PolicyStatement.Selection? {
        if let texts = draft.texts[name] { return .init(isNegated: false, patterns: texts.map(pattern)) }
        return draft.texts["Not" + name].map { .init(isNegated: true, patterns: $0.map(pattern)) }
    }

    // MARK: Structure

    private static let elements: Set<String> = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    private func draft(_ fields: [Node.Field], at path: String) throws -> Draft {
        try refuseUnknown(fields, allowed: Self.elements, at: path)
        var draft = Draft(path: path)
        for field in fields {
            let here = "\(path).\(field.name)"
            switch field.name {
            case "Sid": draft.sid = try string(field.value, at: here)
            case "Effect": draft.effect = try string(field.value, at: here)
            case "Condition": draft.conditions = try conditionTexts(field.value, at: here)
            case "Principal", "NotPrincipal":
                if kind == .identity {
                    throw PolicySyntaxError(
                        message: "Policy document should not specify a principal.",
                        explanation: "\(here): an identity-based policy applies to the identities that it is attached to.")
                }
                guard draft.principals == nil else { throw syntax("\(path) has both Principal and NotPrincipal.") }
                draft.principals = try principals(field.value, negated: field.name == "NotPrincipal", at: here)
            default: draft.texts[field.name] = try strings(field.value, at: here)
            }
        }
        guard ["allow", "deny"].contains(draft.effect.lowercased()) else {
            throw syntax(
                "\(path).Effect must be \"Allow\" or \"Deny\"\(draft.effect.isEmpty ? "" : ", not '\(draft.effect)'").")
        }
        for name in ["Action", "Resource"] where draft.texts[name] != nil && draft.texts["Not" + name] != nil {
            throw syntax("\(path) has both \(name) and Not\(name).")
        }
        return draft
    }

    private func principals(_ node: Node, negated: Bool, at path: String) throws -> PolicyPrincipals {
        var result = PolicyPrincipals(isNegated: negated)
        if case .string(let text) = node {
            guard text == "*" else { throw invalidPrincipal("\"\(text)\"", at: path) }
            result.isAnybody = true
            return result
        }
        guard case .object(let fields) = node, !fields.isEmpty else {
            throw syntax("\(path) must be \"*\" or an object with AWS, Service or Federated.")
        }
        try refuseUnknown(fields, allowed: ["AWS", "Service", "Federated", "CanonicalUser"], at: path)
        for field in fields {
            for entry in try strings(field.value, at: "\(path).\(field.name)") {
                switch field.name {
                case "AWS":
                    guard result.add(aws: entry) else {
                        throw invalidPrincipal("\"AWS\":\"\(entry)\"", at: "\(path).AWS")
                    }
                case "Service":
                    guard entry.contains("."), !entry.contains("*") else {
                        throw invalidPrincipal("\"SERVICE\":\"\(entry)\"", at: "\(path).Service")
                    }
                    result.services.insert(entry)
                case "Federated": result.federated.insert(entry)
                default: result.arns.insert(entry)
                }
            }
        }
        return result
    }

    private func conditionTexts(
        _ node: Node, at path: String
    ) throws -> [(operator: String, key: String, values: [String])] {
        guard case .object(let operators) = node else { throw syntax("\(path) must be an object of operators.") }
        return try operators.flatMap { entry in
            guard case .object(let keys) = entry.value else {
                throw syntax("\(path).\(entry.name) must be an object of condition keys.")
            }
            return try keys.map { key in
                let values = try scalars(key.value, at: "\(path).\(entry.name).\(key.name)")
                return (operator: entry.name, key: key.name, values: values)
            }
        }
    }

    private func conditions(_ draft: Draft, substitutes: Bool) throws -> [PolicyCondition] {
        try draft.conditions.map { text in
            let path = "\(draft.path).Condition.\(text.operator)"
            do {
                guard
                    let condition = try PolicyCondition(
                        operatorName: text.operator, key: text.key, values: text.values, substitutes: substitutes)
                else { throw syntax("\(path): there is no condition operator of this name.") }
                return condition
            } catch let error as PolicyCondition.UnreadableOperand {
                throw PolicySyntaxError(
                    message: "The policy failed legacy parsing",
                    explanation: "\(path).\(text.key): '\(error.value)' is not a value that this operator compares with.")
            }
        }
    }

    // MARK: Types

    private func string(_ node: Node, at path: String) throws -> String {
        guard case .string(let text) = node else { throw syntax("\(path) must be a string.") }
        return text
    }

    /// Returns a string or a list of strings.
    private func strings(_ node: Node, at path: String) throws -> [String] {
        guard case .list(let items) = node else { return [try string(node, at: path)] }
        return try items.enumerated().map { try string($1, at: "\(path)[\($0)]") }
    }

    /// Like `strings`, but accepts numbers and booleans, as conditions may have them.
    private func scalars(_ node: Node, at path: String) throws -> [String] {
        switch node {
        case .string(let text): return [text]
        case .bool(let value): return [value ? "true" : "false"]
        case .integer(let value): return [String(value)]
        case .number(let value): return ["\(value)"]
        case .list(let items): return try items.flatMap { try scalars($0, at: path) }
        case .null, .object: throw syntax("\(path) must be a string, a number, a boolean, or a list of them.")
        }
    }

    private func refuseUnknown(_ fields: [Node.Field], allowed: Set<String>, at path: String) throws {
        var seen: Set<String> = []
        for field in fields {
            guard allowed.contains(field.name) else {
                throw syntax(
                    "\(path) has an unknown element '\(field.name)'; known are \(allowed.sorted().joined(separator: ", ")).")
            }
            guard seen.insert(field.name).inserted else { throw syntax("\(path) has '\(field.name)' twice.") }
        }
    }

    private func syntax(_ explanation: String) -> PolicySyntaxError {
        PolicySyntaxError(message: "Syntax errors in policy.", explanation: explanation)
    }

    private func invalidPrincipal(_ entry: String, at path: String) -> PolicySyntaxError {
        PolicySyntaxError(
            message: "Invalid principal in policy: \(entry)",
            explanation: "\(path) takes \"*\", account ids, and the ARNs of accounts' roots, users, roles and their sessions.")
    }

    /// `line 3, column 14`
    private static func position(of offset: Int, in text: String) -> String {
        let before = text.utf8.prefix(offset)
        let line = before.reduce(1) { $1 == 10 ? $0 + 1 : $0 }
        let column = before.count - (before.lastIndex(of: 10).map { before.distance(from: before.startIndex, to: $0) + 1 } ?? 0)
        return "line \(line), column \(column + 1)"
    }
}
