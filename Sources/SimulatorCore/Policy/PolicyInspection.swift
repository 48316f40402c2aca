import AWSCore

// Queries of policies for the policy simulator, the reports and the command line; evaluation does not use them.

extension PolicyDocument {
    /// The condition keys and policy variables in the statements, as written, sorted.
    package var contextKeys: [String] {
        var keys: [String: String] = [:]
        func add(_ name: String) { if keys[name.lowercased()] == nil { keys[name.lowercased()] = name } }
        for statement in statements {
            for condition in statement.conditions {
                add(condition.keyName)
                for text in condition.texts { PolicyPattern(text, substitutes: true).variableNames.forEach(add) }
            }
            for pattern in statement.resources?.patterns ?? [] { pattern.variableNames.forEach(add) }
        }
        return keys.values.sorted()
    }

    /// Returns the condition keys that affect a request but have no value in it.
    package func missingKeys(_ request: AuthorizationRequest) -> [String] {
        let relevant = statements.filter { $0.actions.selects(request.actionBytes, request) }
        let part = PolicyDocument(version: version, id: id, statements: relevant)
        return part.contextKeys.filter { request.values(of: $0.lowercased()) == nil }
    }

    /// Returns the indexes of the statements with an effect that apply to a request, from 0.
    package func applying(_ effect: PolicyStatement.Effect, _ request: AuthorizationRequest) -> [Int] {
        statements.indices.filter { index in
            guard statements[index].effect == effect, case .applies = statements[index].match(request) else { return false }
            return true
        }
    }

    /// Whether a statement allows any action of a service such as `ecr`.
    package func allows(service: String) -> Bool {
        statements.contains { statement in
            guard statement.effect == .allow else { return false }
            if statement.actions.isNegated {
                return !statement.actions.patterns.contains { $0.text == "\(service):*" || $0.text == "*" }
            }
            return statement.actions.patterns.contains { pattern in
                let vendor = pattern.text.prefix { $0 != ":" }.lowercased()
                return pattern.text == "*" || Wildcard.matches(service, vendor)
            }
        }
    }

    /// The services whose actions the statements allow, without those with wildcards, sorted.
    package var namedServices: [String] {
        var names: Set<String> = []
        for statement in statements where statement.effect == .allow && !statement.actions.isNegated {
            for pattern in statement.actions.patterns {
                let vendor = pattern.text.prefix { $0 != ":" }.lowercased()
                if !vendor.contains("*"), !vendor.contains("?") { names.insert(vendor) }
            }
        }
        return names.sorted()
    }

    /// Returns the start and end of each statement in a policy's text: line and column, from 1.
    package static func positions(in text: String) -> [(start: (line: Int, column: Int), end: (line: Int, column: Int))] {
        let bytes = Bytes(text.utf8)
        var found: [(start: (line: Int, column: Int), end: (line: Int, column: Int))] = []
        var depth = 0, line = 1, column = 1, isString = false, isEscaped = false
        var start = (line: 1, column: 1), statements = false, level = 0, word = Bytes()
        for byte in bytes {
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 92 {
                    isEscaped = true
                } else if byte == 34 {
                    isString = false
                }
                if isString {
                    word.append(byte)
                } else if depth == 1 {
                    statements = word == Bytes("Statement".utf8) || statements
                }
            } else {
                switch byte {
                case 34:
                    isString = true
                    word = []
                case 123, 91:
                    depth += 1
                    // Statements in a list are one level deeper than the list; a single statement follows the name directly.
                    if byte == 123, statements, level == 0 || depth == level {
                        level = depth
                        start = (line, column)
                    }
                case 125, 93:
                    if byte == 125, statements, depth == level { found.append((start, (line, column + 1))) }
                    depth -= 1
                    if depth == 1, level > 0 { statements = false }
                default: break
                }
            }
            if byte == 10 {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return found
    }
}

extension PolicyPattern {
    /// The names of the pattern's policy variables.
    package var variableNames: [String] {
        var names: [String] = [], rest = Substring(text)
        while let start = rest.range(of: "${") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { break }
            let name = rest[..<end].prefix { $0 != "," }.filter { $0 != " " }
            if !["*", "?", "$"].contains(name) { names.append(String(name)) }
            rest = rest[end...]
        }
        return names
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
