/// How a message lays out its members.
public enum WireLayout: Sendable {
    case json
    /// Query strings of EC2 (lists always flat) and of IAM and STS (`.member.1`).
    case ec2Query, awsQuery
    case xml
    /// JSON with the names of the API's documentation, for input that people write.
    case model

    var isTree: Bool { self == .json || self == .model }
}

/// Reads a shape's members from a message and records violations of the shape's schema.
///
/// Reading never throws. A missing or broken member reads as nil, or as an empty value if it is required, and is listed in
/// ``Report/violations``. The caller chooses the AWS error.
public struct ShapeReader {
    let layout: WireLayout
    let schema: Schema
    let report: Report?
    let fields: [Node.Field]
    /// For each member, the position of its field plus one; zero if there is no field.
    let slots: [Int32]

    /// - Parameter report: receives violations. If nil, nothing is checked, as when a client reads a response.
    public init(_ node: Node, schema: Schema, layout: WireLayout, report: Report? = nil) {
        self.layout = layout
        self.schema = schema
        self.report = report
        guard case .object(let fields) = node else {
            self.fields = []
            slots = [Int32](repeating: 0, count: schema.members.count)
            return
        }
        self.fields = fields
        let names = schema.names(in: layout)
        slots = [Int32](unsafeUninitializedCapacity: names.count) { slots, count in
            slots.initialize(repeating: 0)
            count = names.count
            // Most messages list members in the model's order, so each search starts after the last match.
            var start = 0
            for (position, field) in fields.enumerated() {
                var index = start
                while index < names.count, names[index] != field.name { index += 1 }
                if index == names.count {
                    index = 0
                    while index < start, names[index] != field.name { index += 1 }
                    if index == start {
                        switch layout {
                        case .ec2Query: report?.add(.unknown, at: field.name, value: nil)
                        case .model: report?.add(.unknown, at: field.name, value: nil, known: names)
                        case .json, .xml, .awsQuery: break
                        }
                        continue
                    }
                }
                if slots[index] == 0 { slots[index] = Int32(truncatingIfNeeded: position + 1) }
                start = index + 1
            }
        }
    }

    // MARK: Scalars

    /// Reads text and checks its limits. Here and below, `index` is the member's position in the schema, and nil means absent
    /// or wrong.
    public func string(_ index: Int) -> String? {
        guard let node = member(index) else { return nil }
        guard let value = text(node) else { return wrong(node, "String", index) }
        if report != nil { check(value, schema.members[index].constraint, index) }
        return value
    }

    /// Reads an integer and checks its limits.
    public func int(_ index: Int) -> Int? {
        guard let node = member(index) else { return nil }
        guard let value = integer(node) else { return wrong(node, "Integer", index) }
        if let report, let constraint = schema.members[index].constraint {
            if let minimum = constraint.minimum, value < minimum {
                report.add(.tooSmall(minimum: minimum), at: name(index), value: "\(value)")
            }
            if let maximum = constraint.maximum, value > maximum {
                report.add(.tooLarge(maximum: maximum), at: name(index), value: "\(value)")
            }
        }
        return value
    }

    /// Reads a Boolean.
    public func bool(_ index: Int) -> Bool? {
        guard let node = member(index) else { return nil }
        return boolean(node) ?? wrong(node, "Boolean", index)
    }

    /// Reads a number and checks its limits.
    public func double(_ index: Int) -> Double? {
        guard let node = member(index) else { return nil }
        guard let value = number(node) else { return wrong(node, "Double", index) }
        if let report, let constraint = schema.members[index].constraint {
            if let minimum = constraint.minimum, value < Double(minimum) {
                report.add(.tooSmall(minimum: minimum), at: name(index), value: "\(value)")
            }
            if let maximum = constraint.maximum, value > Double(maximum) {
                report.add(.tooLarge(maximum: maximum), at: name(index), value: "\(value)")
            }
        }
        return value
    }

    /// Reads a time, in the format of the member or of the protocol.
    public func instant(_ index: Int) -> Instant? {
        guard let node = member(index) else { return nil }
        return timestamp(node) ?? wrong(node, "Timestamp", index)
    }

    /// Reads bytes from Base64 and checks their number.
    public func blob(_ index: Int) -> Bytes? {
        guard let node = member(index) else { return nil }
        guard case .string(let text) = node, let bytes = Base64.decode(text) else { return wrong(node, "Blob", index) }
        if report != nil, let constraint = schema.members[index].constraint {
            checkLength(bytes.count, "java.nio.HeapByteBuffer", constraint, index)
        }
        return bytes
    }

    /// Reads a value of an enumeration; unknown values are kept as they are.
    public func enumeration<E: StringEnumeration>(_ index: Int, _: E.Type = E.self) -> E? {
        string(index).map { E(rawValue: $0) }
    }

    // MARK: Structures, lists, maps

    /// Reads a structure.
    public func shape<S: Shape>(_ index: Int, _: S.Type = S.self) -> S? { nested(index, S.schema) { S(from: $0) } }
    /// Reads a list of structures.
    public func shapes<S: Shape>(_ index: Int, _: S.Type = S.self) -> [S]? { nestedList(index, S.schema) { S(from: $0) } }
    /// Reads a map of structures.
    public func shapeMap<S: Shape>(_ index: Int, _: S.Type = S.self) -> [String: S]? {
        nestedMap(index, S.schema) { S(from: $0) }
    }

    /// Reads a list of texts and checks the limits of each.
    public func strings(_ index: Int) -> [String]? {
        let constraint = schema.members[index].elementConstraint
        let known = report?.violations.count ?? 0
        let texts = list(index) { string($0, constraint) }
        if let report, let texts, let constraint, report.violations.count > known {
            report.tellOfList(texts, constraint.sentences, at: name(index), since: known, layout)
        }
        return texts
    }
    /// Reads a list of values of an enumeration.
    public func enumerations<E: StringEnumeration>(_ index: Int, _: E.Type = E.self) -> [E]? {
        strings(index)?.map { E(rawValue: $0) }
    }
    /// Reads a list of integers.
    public func ints(_ index: Int) -> [Int]? { list(index) { integer($0) ?? wrong($0, "Integer") } }
    /// Reads a map of texts.
    public func stringMap(_ index: Int) -> [String: String]? { map(index) { text($0) ?? wrong($0, "String") } }
    /// Reads a map of integers.
    public func intMap(_ index: Int) -> [String: Int]? { map(index) { integer($0) ?? wrong($0, "Integer") } }
    /// A list of lists or maps, as JSON has them.
    package func nodes(_ index: Int) -> [Node]? { list(index) { $0 } }
    /// A map of lists or maps, as JSON has them.
    package func nodeMap(_ index: Int) -> [String: Node]? { map(index) { $0 } }
    /// Reads a map of lists of texts.
    public func stringsMap(_ index: Int) -> [String: [String]]? {
        map(index) { node in
            if layout.isTree, node.elements == nil { return wrong(node, "List") }
            return items(of: node, schema.members[index]).compactMap { text($0) ?? wrong($0, "String") }
        }
    }

    // MARK: Required members of input shapes

    /// Reads text that the model requires; empty if it is absent or wrong.
    public func requiredString(_ index: Int) -> String { string(index) ?? "" }
    /// Reads an integer that the model requires; zero if it is absent or wrong.
    public func requiredInt(_ index: Int) -> Int { int(index) ?? 0 }
    /// Reads a Boolean that the model requires; false if it is absent or wrong.
    public func requiredBool(_ index: Int) -> Bool { bool(index) ?? false }
    /// Reads a number that the model requires; zero if it is absent or wrong.
    public func requiredDouble(_ index: Int) -> Double { double(index) ?? 0 }
    /// Reads a time that the model requires; the start of 1970 if it is absent or wrong.
    public func requiredInstant(_ index: Int) -> Instant { instant(index) ?? Instant(milliseconds: 0) }
    /// Reads bytes that the model requires; none if they are absent or wrong.
    public func requiredBlob(_ index: Int) -> Bytes { blob(index) ?? [] }
    /// Reads an enumeration's value that the model requires; empty if it is absent or wrong.
    public func requiredEnumeration<E: StringEnumeration>(_ index: Int, _: E.Type = E.self) -> E {
        E(rawValue: string(index) ?? "")
    }
    /// Reads a structure that the model requires; without members if it is absent or wrong.
    public func requiredShape<S: Shape>(_ index: Int, _: S.Type = S.self) -> S {
        shape(index) ?? S(from: ShapeReader(.null, schema: S.schema, layout: layout))
    }
}

// MARK: - Nested values

extension ShapeReader {
    /// Reads a structure member with a schema that need not belong to a type.
    package func nested<T>(_ index: Int, _ schema: Schema, _ read: (ShapeReader) -> T) -> T? {
        guard let node = member(index) else { return nil }
        return within(.member(self.schema.members[index], layout)) { structure(node, schema, read) }
    }

    package func nestedList<T>(_ index: Int, _ schema: Schema, _ read: (ShapeReader) -> T) -> [T]? {
        list(index) { structure($0, schema, read) }
    }

    package func nestedMap<T>(_ index: Int, _ schema: Schema, _ read: (ShapeReader) -> T) -> [String: T]? {
        map(index) { structure($0, schema, read) }
    }

    func structure<T>(_ node: Node, _ schema: Schema, _ read: (ShapeReader) -> T) -> T? {
        switch node {
        case .object: break
        case .string(let text) where layout == .xml || text.isEmpty && !layout.isTree: break
        default: return wrong(node, "Structure")
        }
        return read(ShapeReader(node, schema: schema, layout: layout, report: report))
    }

    func within<T>(_ step: Report.Step, _ body: () -> T) -> T {
        guard let report else { return body() }
        report.enter(step)
        defer { report.leave() }
        return body()
    }

    func list<T>(_ index: Int, _ element: (Node) -> T?) -> [T]? {
        let member = schema.members[index]
        let nodes: [Node]
        if layout == .xml, member.isFlattened {
            nodes = all(member.wire)
            if nodes.isEmpty { return nil }
        } else {
            guard let node = self.member(index) else { return nil }
            if layout.isTree, node.elements == nil { return wrong(node, "List", index) }
            nodes = items(of: node, member)
            if layout == .ec2Query, let report { checkNumbers(of: node, index, report) }
        }
        guard let report else { return nodes.compactMap(element) }
        if let constraint = member.constraint {
            if let minimum = constraint.minimum, nodes.count < minimum {
                report.add(.tooFew(minimum: minimum), at: name(index), value: "[]")
            }
            if let maximum = constraint.maximum, nodes.count > maximum {
                report.add(.tooMany(maximum: maximum), at: name(index), value: "\(nodes.count) elements")
            }
        }
        return within(.member(member, layout)) {
            var result: [T] = []
            result.reserveCapacity(nodes.count)
            for (offset, node) in nodes.enumerated() {
                report.enter(.item(offset + 1, layout))
                if let value = element(node) { result.append(value) }
                report.leave()
            }
            return result
        }
    }

    func string(_ node: Node, _ constraint: Schema.Constraint?) -> String? {
        guard let value = text(node) else { return wrong(node, "String") }
        check(value, constraint, nil)
        return value
    }

    func all(_ name: String) -> [Node] { fields.compactMap { $0.name == name ? $0.value : nil } }

    /// Returns a list's items from its node.
    func items(of node: Node, _ member: Schema.Member) -> [Node] {
        switch layout {
        case .json, .model: node.elements ?? []
        case .xml: node.all(member.itemName)
        case .ec2Query: numbered(node)
        case .awsQuery: member.isFlattened ? numbered(node) : node[member.itemName].map(numbered) ?? []
        }
    }

    /// Reports a non-numeric part after a list's name: EC2 rejects such a parameter as unknown (assumed).
    func checkNumbers(of node: Node, _ index: Int, _ report: Report) {
        switch node {
        case .object(let fields):
            within(.member(schema.members[index], layout)) {
                for field in fields where Int(field.name) == nil { report.add(.unknown, at: field.name, value: nil) }
            }
        case .string(let text) where !text.isEmpty: report.add(.unknown, at: name(index), value: nil)
        default: break
        }
    }

    /// Returns the items of `1 → …, 2 → …` in numeric order. Gaps are allowed, as in AWS.
    func numbered(_ node: Node) -> [Node] {
        guard case .object(let fields) = node else { return [] }
        if fields.count == 1, Int(fields[0].name) != nil { return [fields[0].value] }
        let numbered = fields.compactMap { field in Int(field.name).map { ($0, field.value) } }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }

    func map<T>(_ index: Int, _ value: (Node) -> T?) -> [String: T]? {
        let member = schema.members[index]
        var entries: [(String, Node)]
        if layout == .xml, member.isFlattened {
            let nodes = all(member.wire)
            if nodes.isEmpty { return nil }
            entries = nodes.map { entry($0, member) }
        } else {
            guard let node = self.member(index) else { return nil }
            switch layout {
            case .json, .model:
                guard let fields = node.fields else { return wrong(node, "Map", index) }
                entries = fields.map { ($0.name, $0.value) }
            case .xml: entries = node.all("entry").map { entry($0, member) }
            case .ec2Query, .awsQuery:
                let nodes = member.isFlattened ? numbered(node) : node["entry"].map(numbered) ?? []
                entries = nodes.map { entry($0, member) }
            }
        }
        return within(.member(member, layout)) {
            var result: [String: T] = [:]
            for (key, node) in entries where !node.isNull {
                if let value = within(.key(key), { value(node) }) { result[key] = value }
            }
            return result
        }
    }

    func entry(_ node: Node, _ member: Schema.Member) -> (String, Node) {
        (node[member.keyName]?.string ?? "", node[member.valueName] ?? .null)
    }
}
