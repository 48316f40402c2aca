extension ShapeReader {
    func member(_ index: Int) -> Node? {
        let slot = slots[index]
        if slot > 0 {
            let node = fields[Int(slot - 1)].value
            if !node.isNull { return node }
        }
        if let report, schema.members[index].isRequired { report.add(.missing, at: name(index), value: nil) }
        return nil
    }

    func text(_ node: Node) -> String? {
        if case .string(let value) = node { return value }
        return nil
    }

    func integer(_ node: Node) -> Int? {
        switch node {
        case .integer(let value): Int(value)
        case .number(let value) where value == value.rounded() && abs(value) < 9e15: Int(value)
        case .string(let text) where !layout.isTree: Int(text) ?? text.withoutOuterSpace.flatMap { Int($0) }
        default: nil
        }
    }

    func number(_ node: Node) -> Double? {
        switch node {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        case .string(let text) where !layout.isTree: Double(text)
        default: nil
        }
    }

    func boolean(_ node: Node) -> Bool? {
        switch node {
        case .bool(let value): return value
        case .string(let text) where !layout.isTree:
            switch text {
            case "true": return true
            case "false": return false
            default: break
            }
            switch text.lowercased() {
            case "true", "1": return true
            case "false", "0": return false
            default: return text.withoutOuterSpace.flatMap { boolean(.string($0)) }
            }
        default: return nil
        }
    }

    func timestamp(_ node: Node) -> Instant? {
        switch node {
        case .integer(let value) where value.magnitude < 1_000_000_000_000: Instant(seconds: value)
        case .number(let value) where abs(value) < 1e12: Instant(seconds: value)
        case .string(let text): Instant(parsing: text) ?? text.withoutOuterSpace.flatMap { Instant(parsing: $0) }
        default: nil
        }
    }
}

extension String {
    /// The text without surrounding white space, which hand-written XML has; nil if there is none.
    var withoutOuterSpace: String? {
        guard let first, let last, first.isWhitespace || last.isWhitespace else { return nil }
        let rest = drop(while: \.isWhitespace)
        return String(rest.prefix(upTo: (rest.lastIndex { !$0.isWhitespace }).map(rest.index(after:)) ?? rest.startIndex))
    }
}
