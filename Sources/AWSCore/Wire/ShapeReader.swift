import Synchronization

/// The ways in which members are laid out in a message.
public enum WireLayout: Sendable {
    case json
    /// Query strings of EC2 (lists always flat) and of IAM and STS (`.member.1`).
    case ec2Query, awsQuery
    case xml
    /// JSON's form with the names of the API's documentation: what people write, whatever the wire calls it.
    case model

    var isTree: Bool { self == .json || self == .model }
}

extension Schema.Member {
    /// The member's name in a message of this layout.
    func name(in layout: WireLayout) -> String {
        switch layout {
        case .json, .xml: wire
        case .ec2Query, .awsQuery: query
        case .model: name
        }
    }
}

/// Reads a shape's members out of a message, and notes whatever does not fit the shape's schema.
///
/// Reading never throws: a member that is missing or broken reads as nil (or as an empty value, where the shape wants one),
/// and ``violations`` tells. The caller decides which of AWS's errors that is.
public struct ShapeReader: Sendable {
    let node: Node
    let layout: WireLayout
    let schema: Schema
    let report: Report?
    let path: Path?

    /// Collects what did not fit. Shared by all readers of one message.
    public final class Report: Sendable {
        private let state = Mutex<[Violation]>([])
        public init() {}
        public var violations: [Violation] { state.withLock { $0 } }
        func add(_ violation: Violation) { state.withLock { $0.append(violation) } }
    }

    final class Path: Sendable {
        let parent: Path?
        let component: String
        init(_ parent: Path?, _ component: String) {
            self.parent = parent
            self.component = component
        }
        var text: String { parent.map { "\($0.text).\(component)" } ?? component }
    }

    /// - Parameter report: where violations go; nil reads leniently and checks nothing (a client reading a response).
    public init(_ node: Node, schema: Schema, layout: WireLayout, report: Report? = nil) {
        self.init(node: node, schema: schema, layout: layout, report: report, path: nil)
    }

    private init(node: Node, schema: Schema, layout: WireLayout, report: Report?, path: Path?) {
        self.node = node
        self.schema = schema
        self.layout = layout
        self.report = report
        self.path = path
        if report != nil, layout == .ec2Query || layout == .model, case .object(let fields) = node {
            for field in fields where !schema.members.contains(where: { $0.name(in: layout) == field.name }) {
                violation(field.name, nil, .unknown)
            }
        }
    }

    // MARK: Scalars

    public func string(_ index: Int) -> String? { scalar(index) { text($0, $1) } }
    public func int(_ index: Int) -> Int? { scalar(index) { integer($0, $1) } }
    public func bool(_ index: Int) -> Bool? { scalar(index) { boolean($0, $1) } }
    public func double(_ index: Int) -> Double? { scalar(index) { number($0, $1) } }
    public func instant(_ index: Int) -> Instant? { scalar(index) { timestamp($0, $1) } }
    public func blob(_ index: Int) -> Bytes? { scalar(index) { data($0, $1) } }
    public func enumeration<E: StringEnumeration>(_ index: Int, _: E.Type = E.self) -> E? {
        string(index).map { E(rawValue: $0) }
    }

    // MARK: Structures, lists, maps

    public func shape<S: Shape>(_ index: Int, _: S.Type = S.self) -> S? {
        guard let node = member(index) else { return nil }
        return structure(node, path: pathOf(index))
    }

    public func shapes<S: Shape>(_ index: Int, _: S.Type = S.self) -> [S]? {
        list(index) { node, path in structure(node, path: path) }
    }

    public func strings(_ index: Int) -> [String]? {
        let constraint = schema.members[index].elementConstraint
        return list(index) { node, path in
            let value = text(node, path.text)
            if let value, report != nil, let constraint { check(value, constraint, at: path) }
            return value
        }
    }

    public func enumerations<E: StringEnumeration>(_ index: Int, _: E.Type = E.self) -> [E]? {
        strings(index)?.map { E(rawValue: $0) }
    }

    public func ints(_ index: Int) -> [Int]? { list(index) { node, path in integer(node, path.text) } }

    public func stringMap(_ index: Int) -> [String: String]? { map(index) { node, path in text(node, path.text) } }
    public func shapeMap<S: Shape>(_ index: Int, _: S.Type = S.self) -> [String: S]? {
        map(index) { node, path in structure(node, path: path) }
    }
    public func stringsMap(_ index: Int) -> [String: [String]]? {
        map(index) { node, path in items(of: node, schema.members[index]).compactMap { text($0, path.text) } }
    }
    public func intMap(_ index: Int) -> [String: Int]? { map(index) { node, path in integer(node, path.text) } }

    // MARK: Required members of input shapes

    public func requiredString(_ index: Int) -> String { string(index) ?? "" }
    public func requiredInt(_ index: Int) -> Int { int(index) ?? 0 }
    public func requiredBool(_ index: Int) -> Bool { bool(index) ?? false }
    public func requiredDouble(_ index: Int) -> Double { double(index) ?? 0 }
    public func requiredInstant(_ index: Int) -> Instant { instant(index) ?? Instant(milliseconds: 0) }
    public func requiredBlob(_ index: Int) -> Bytes { blob(index) ?? [] }
    public func requiredEnumeration<E: StringEnumeration>(_ index: Int, _: E.Type = E.self) -> E { E(rawValue: string(index) ?? "") }
    public func requiredShape<S: Shape>(_ index: Int, _: S.Type = S.self) -> S {
        shape(index) ?? S(from: ShapeReader(.null, schema: S.schema, layout: layout))
    }
}

// MARK: - Finding members

extension ShapeReader {
    private func pathOf(_ index: Int) -> Path {
        let member = schema.members[index]
        let name =
            switch layout {
            case .ec2Query: member.query
            case .awsQuery: member.name.prefix(1).lowercased() + member.name.dropFirst()
            case .json, .xml: member.wire
            case .model: member.name
            }
        return Path(path, name)
    }

    private func member(_ index: Int) -> Node? {
        let member = schema.members[index]
        let found = node[member.name(in: layout)]
        if let found, !found.isNull { return found }
        if member.isRequired, let report { report.add(Violation(path: pathOf(index).text, value: nil, kind: .missing)) }
        return nil
    }

    private func scalar<T>(_ index: Int, _ convert: (Node, String) -> T?) -> T? {
        guard let node = member(index) else { return nil }
        guard report != nil else { return convert(node, "") }
        let path = pathOf(index)
        let value = convert(node, path.text)
        if let value, let constraint = schema.members[index].constraint { check(value, constraint, at: path) }
        return value
    }

    private func structure<S: Shape>(_ node: Node, path: Path) -> S? {
        switch node {
        case .object: break
        case .string(let text) where layout == .xml || text.isEmpty && !layout.isTree: break
        default:
            violation(path.text, describe(node), .wrongType(expected: "Structure"))
            return nil
        }
        return S(from: ShapeReader(node: node, schema: S.schema, layout: layout, report: report, path: path))
    }

    private func list<T>(_ index: Int, _ element: (Node, Path) -> T?) -> [T]? {
        let member = schema.members[index]
        let nodes: [Node]
        if layout == .xml, member.isFlattened {
            nodes = node.all(member.wire)
            if nodes.isEmpty { return nil }
        } else {
            guard let node = self.member(index) else { return nil }
            if layout.isTree, node.elements == nil {
                violation(pathOf(index).text, describe(node), .wrongType(expected: "List"))
                return nil
            }
            nodes = items(of: node, member)
        }
        guard report != nil else { return nodes.compactMap { element($0, Self.nowhere) } }
        let path = pathOf(index)
        if let constraint = member.constraint {
            if let minimum = constraint.minimum, nodes.count < minimum { violation(path.text, "[]", .tooFew(minimum: minimum)) }
            if let maximum = constraint.maximum, nodes.count > maximum {
                violation(path.text, "\(nodes.count) elements", .tooMany(maximum: maximum))
            }
        }
        return nodes.enumerated().compactMap { offset, node in
            if layout == .model { return element(node, Path(path, "\(offset)")) }
            let place = Path(path, "\(offset + 1)")
            return element(node, layout == .ec2Query ? place : Path(place, "member"))
        }
    }

    private static let nowhere = Path(nil, "")

    /// A list's items, out of the node that holds them.
    private func items(of node: Node, _ member: Schema.Member) -> [Node] {
        switch layout {
        case .json, .model: return node.elements ?? []
        case .xml: return node.all(member.itemName)
        case .ec2Query: return numbered(node)
        case .awsQuery:
            if member.isFlattened { return numbered(node) }
            return node[member.itemName].map(numbered) ?? []
        }
    }

    /// `1 → …, 2 → …` in numeric order; a gap is no error, as in AWS.
    private func numbered(_ node: Node) -> [Node] {
        guard case .object(let fields) = node else { return [] }
        let numbered = fields.compactMap { field in Int(field.name).map { ($0, field.value) } }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func map<T>(_ index: Int, _ value: (Node, Path) -> T?) -> [String: T]? {
        let member = schema.members[index]
        guard let node = layout == .xml && member.isFlattened ? self.node : self.member(index) else { return nil }
        var entries: [(String, Node)] = []
        if layout.isTree {
            guard let fields = node.fields else {
                violation(pathOf(index).text, describe(node), .wrongType(expected: "Map"))
                return nil
            }
            entries = fields.map { ($0.name, $0.value) }
        } else {
            let nodes: [Node] =
                switch (layout, member.isFlattened) {
                case (.xml, true): node.all(member.wire)
                case (.xml, false): node.all("entry")
                case (_, true): numbered(node)
                default: node["entry"].map(numbered) ?? []
                }
            entries = nodes.map { ($0[member.keyName]?.string ?? "", $0[member.valueName] ?? .null) }
        }
        let path = pathOf(index)
        var result: [String: T] = [:]
        for (key, node) in entries where !node.isNull {
            if let value = value(node, Path(path, key)) { result[key] = value }
        }
        return result
    }
}

// MARK: - Scalars out of nodes

extension ShapeReader {
    private func text(_ node: Node, _ path: String) -> String? {
        if case .string(let value) = node { return value }
        if layout == .xml, case .object = node { return nil }
        violation(path, describe(node), .wrongType(expected: "String"))
        return nil
    }

    private func integer(_ node: Node, _ path: String) -> Int? {
        switch node {
        case .integer(let value): return Int(value)
        case .number(let value) where value == value.rounded() && abs(value) < 9e15: return Int(value)
        case .string(let text) where !layout.isTree: if let value = Int(text) { return value }
        default: break
        }
        violation(path, describe(node), .wrongType(expected: "Integer"))
        return nil
    }

    private func number(_ node: Node, _ path: String) -> Double? {
        switch node {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case .string(let text): if let value = Double(text) { return value }
        default: break
        }
        violation(path, describe(node), .wrongType(expected: "Double"))
        return nil
    }

    private func boolean(_ node: Node, _ path: String) -> Bool? {
        switch node {
        case .bool(let value): return value
        case .string(let text) where !layout.isTree:
            switch text.lowercased() {
            case "true", "1": return true
            case "false", "0": return false
            default: break
            }
        default: break
        }
        violation(path, describe(node), .wrongType(expected: "Boolean"))
        return nil
    }

    private func timestamp(_ node: Node, _ path: String) -> Instant? {
        switch node {
        case .integer(let value) where abs(value) < 1_000_000_000_000: return Instant(seconds: value)
        case .number(let value) where value.isFinite && abs(value) < 1e12: return Instant(seconds: value)
        case .string(let text): if let value = Instant(parsing: text) { return value }
        default: break
        }
        violation(path, describe(node), .wrongType(expected: "Timestamp"))
        return nil
    }

    private func data(_ node: Node, _ path: String) -> Bytes? {
        if case .string(let text) = node, let bytes = Base64.decode(text) { return bytes }
        violation(path, describe(node), .wrongType(expected: "Blob"))
        return nil
    }

    private func describe(_ node: Node) -> String {
        if case .string(let text) = node { return text }
        return String(decoding: JSON.write(node), as: UTF8.self)
    }
}

// MARK: - Constraints

extension ShapeReader {
    private func violation(_ path: String, _ value: String?, _ kind: Violation.Kind) {
        let full = kind == .unknown ? (self.path.map { "\($0.text).\(path)" } ?? path) : path
        let known = kind == .unknown && layout == .model ? schema.members.map(\.name) : []
        report?.add(Violation(path: full, value: value, kind: kind, known: known))
    }

    private func check<T>(_ value: T, _ constraint: Schema.Constraint, at path: Path) {
        switch value {
        case let text as String: check(text, constraint, at: path)
        case let number as Int: checkRange(number, "\(number)", constraint, path)
        case let number as Double: checkRange(Int(number), "\(number)", constraint, path)
        case let bytes as Bytes: checkLength(bytes.count, "java.nio.HeapByteBuffer", constraint, path)
        default: break
        }
    }

    private func check(_ text: String, _ constraint: Schema.Constraint, at path: Path) {
        checkLength(text.unicodeScalars.count, text, constraint, path)
        if let pattern = constraint.pattern, constraint.maximum.map({ text.utf8.count <= $0 * 4 }) ?? true, !pattern.matches(text) {
            violation(path.text, text, .patternMismatch(pattern.text))
        }
        if let values = constraint.values, !values.contains(text) { violation(path.text, text, .notInEnumeration(values)) }
    }

    private func checkLength(_ count: Int, _ value: String, _ constraint: Schema.Constraint, _ path: Path) {
        if let minimum = constraint.minimum, count < minimum { violation(path.text, value, .tooShort(minimum: minimum)) }
        if let maximum = constraint.maximum, count > maximum { violation(path.text, value, .tooLong(maximum: maximum)) }
    }

    private func checkRange(_ number: Int, _ value: String, _ constraint: Schema.Constraint, _ path: Path) {
        if let minimum = constraint.minimum, number < minimum { violation(path.text, value, .tooSmall(minimum: minimum)) }
        if let maximum = constraint.maximum, number > maximum { violation(path.text, value, .tooLarge(maximum: maximum)) }
    }
}
