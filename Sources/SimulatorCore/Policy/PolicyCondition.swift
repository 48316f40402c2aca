import AWSCore

/// One key of one operator in a statement's `Condition`: `{"StringEquals": {"aws:username": ["a", "b"]}}`.
struct PolicyCondition: Sendable {
    /// `ForAnyValue:` and `ForAllValues:`, for keys with several values.
    enum Quantifier: String, Sendable { case any = "ForAnyValue", all = "ForAllValues" }

    enum Operator: Sendable, Equatable {
        case string(ignoresCase: Bool, wildcards: Bool)
        case numeric(Comparison)
        case date(Comparison)
        case bool
        case binary
        case ipAddress
        case arn
        /// Whether the key is absent.
        case null
    }

    enum Comparison: Sendable { case equal, less, lessOrEqual, greater, greaterOrEqual }

    enum Operand: Sendable {
        case pattern(PolicyPattern)
        case number(Double)
        case instant(Instant)
        case bool(Bool)
        case bytes(Bytes)
        case range(AddressRange)
    }

    /// As in the document: `ForAnyValue:StringLikeIfExists`.
    let operatorName: String
    let kind: Operator
    let isNegated: Bool
    let quantifier: Quantifier?
    let ifExists: Bool
    /// As in the document; `key` is in lower case.
    let keyName: String
    let key: String
    let operands: [Operand]
    /// The operands as in the document.
    let texts: [String]

    /// `ec2:InstanceType is t3.micro`, `aws:SourceIp is not 10.0.0.0/8 (NotIpAddress)`.
    var description: String {
        let listed = texts.joined(separator: " or ")
        if kind == .null { return "\(keyName) is \(texts == ["true"] ? "absent" : "present")" }
        let plain: Set = ["StringEquals", "ArnEquals", "Bool", "NumericEquals", "DateEquals", "IpAddress"]
        let how = plain.contains(operatorName) ? "" : " (\(operatorName))"
        return "\(keyName) is \(isNegated ? "not " : "")\(listed)\(how)"
    }

    func holds(for request: AuthorizationRequest) -> Bool {
        let values = request.values(of: key)
        if kind == .null {
            return operands.contains { if case .bool(let absent) = $0 { absent == (values == nil) } else { false } }
        }
        guard let values, !values.isEmpty else {
            if ifExists { return true }
            return quantifier.map { $0 == .all } ?? isNegated
        }
        switch quantifier {
        case nil: return values.contains { matchesAny($0, request) } != isNegated
        case .any: return values.contains { matchesAny($0, request) != isNegated }
        case .all: return values.allSatisfy { matchesAny($0, request) != isNegated }
        }
    }

    private func matchesAny(_ value: String, _ request: AuthorizationRequest) -> Bool {
        switch kind {
        case .string(let ignoresCase, _):
            let bytes = Bytes((ignoresCase ? value.lowercased() : value).utf8)
            return operands.contains { if case .pattern(let pattern) = $0 { pattern.matches(bytes, request) } else { false } }
        case .arn:
            let bytes = Bytes(value.utf8)
            return operands.contains {
                if case .pattern(let pattern) = $0 { pattern.matchesARN(bytes, request) } else { false }
            }
        case .numeric(let comparison):
            guard let number = Double(value) else { return false }
            return operands.contains { if case .number(let bound) = $0 { comparison.holds(number, bound) } else { false } }
        case .date(let comparison):
            guard let instant = Instant(parsing: value) else { return false }
            return operands.contains { if case .instant(let bound) = $0 { comparison.holds(instant, bound) } else { false } }
        case .bool:
            return operands.contains { if case .bool(let flag) = $0 { value.lowercased() == "\(flag)" } else { false } }
        case .binary:
            guard let bytes = Base64.decode(value) else { return false }
            return operands.contains { if case .bytes(let expected) = $0 { expected == bytes } else { false } }
        case .ipAddress:
            guard let address = AddressRange(value) else { return false }
            return operands.contains { if case .range(let range) = $0 { range.contains(address) } else { false } }
        case .null: return false
        }
    }
}

extension PolicyCondition.Comparison {
    func holds<T: Comparable>(_ a: T, _ b: T) -> Bool {
        switch self {
        case .equal: a == b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        }
    }
}

extension PolicyCondition {
    private static let operators: [String: (Operator, negated: Bool)] = [
        "StringEquals": (.string(ignoresCase: false, wildcards: false), false),
        "StringNotEquals": (.string(ignoresCase: false, wildcards: false), true),
        "StringEqualsIgnoreCase": (.string(ignoresCase: true, wildcards: false), false),
        "StringNotEqualsIgnoreCase": (.string(ignoresCase: true, wildcards: false), true),
        "StringLike": (.string(ignoresCase: false, wildcards: true), false),
        "StringNotLike": (.string(ignoresCase: false, wildcards: true), true),
        "NumericEquals": (.numeric(.equal), false),
        "NumericNotEquals": (.numeric(.equal), true),
        "NumericLessThan": (.numeric(.less), false),
        "NumericLessThanEquals": (.numeric(.lessOrEqual), false),
        "NumericGreaterThan": (.numeric(.greater), false),
        "NumericGreaterThanEquals": (.numeric(.greaterOrEqual), false),
        "DateEquals": (.date(.equal), false),
        "DateNotEquals": (.date(.equal), true),
        "DateLessThan": (.date(.less), false),
        "DateLessThanEquals": (.date(.lessOrEqual), false),
        "DateGreaterThan": (.date(.greater), false),
        "DateGreaterThanEquals": (.date(.greaterOrEqual), false),
        "Bool": (.bool, false),
        "BinaryEquals": (.binary, false),
        "IpAddress": (.ipAddress, false),
        "NotIpAddress": (.ipAddress, true),
        "ArnEquals": (.arn, false),
        "ArnLike": (.arn, false),
        "ArnNotEquals": (.arn, true),
        "ArnNotLike": (.arn, true),
        "Null": (.null, false),
    ]

    /// - Parameter substitutes: whether `${…}` in operands is a policy variable.
    /// - Returns: nil for an unknown operator.
    init?(operatorName: String, key keyName: String, values: [String], substitutes: Bool) throws {
        var name = Substring(operatorName)
        if let colon = name.firstIndex(of: ":") {
            guard let quantifier = Quantifier(rawValue: String(name[..<colon])) else { return nil }
            self.quantifier = quantifier
            name = name[name.index(after: colon)...]
        } else {
            quantifier = nil
        }
        ifExists = name.hasSuffix("IfExists")
        if ifExists { name = name.dropLast("IfExists".count) }
        guard let (kind, negated) = Self.operators[String(name)], !(ifExists && kind == .null) else { return nil }
        self.operatorName = operatorName
        self.kind = kind
        isNegated = negated
        self.keyName = keyName
        key = keyName.lowercased()
        texts = values
        operands = try values.map { value in
            guard let operand = Operand(value, for: kind, substitutes: substitutes) else {
                throw UnreadableOperand(value: value)
            }
            return operand
        }
    }

    /// A value that the operator cannot compare.
    struct UnreadableOperand: Error { let value: String }
}

extension PolicyCondition.Operand {
    init?(_ text: String, for kind: PolicyCondition.Operator, substitutes: Bool) {
        switch kind {
        case .string(let ignoresCase, let wildcards):
            self = .pattern(PolicyPattern(text, wildcards: wildcards, substitutes: substitutes, foldsCase: ignoresCase))
        case .arn: self = .pattern(PolicyPattern(text, substitutes: substitutes))
        case .numeric:
            guard let number = Double(text) else { return nil }
            self = .number(number)
        case .date:
            guard let instant = PolicyDate.instant(text) else { return nil }
            self = .instant(instant)
        case .bool, .null:
            switch text.lowercased() {
            case "true": self = .bool(true)
            case "false": self = .bool(false)
            default: return nil
            }
        case .binary:
            guard let bytes = Base64.decode(text) else { return nil }
            self = .bytes(bytes)
        case .ipAddress:
            guard let range = AddressRange(text) else { return nil }
            self = .range(range)
        }
    }
}
