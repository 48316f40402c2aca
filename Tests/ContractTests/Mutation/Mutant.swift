import AWSCore
import Contract

/// A recorded response with one change: in a value, a member or a list element.
struct Mutant {
    enum Kind: String, CaseIterable { case value, member, element }

    let kind: Kind
    /// The change as a report prints it, such as `DescribeVpcs: Vpcs.0.State running → stopped`.
    let description: String
    /// Whether the service generated the value, so that any value of the same form is correct.
    let isMadeUp: Bool
    let exchange: RecordedExchange
}

/// Generates the mutants of one exchange.
struct Mutation {
    private let exchange: RecordedExchange
    private let root: Node
    /// The text before and after the members of an XML document; nil for JSON.
    private let frame: (head: String, tail: String)?
    private var lots: SeededLots
    /// Other values of the document, used as replacements.
    private var vocabulary: [String]

    /// Returns nil for a response without members.
    init?(_ exchange: RecordedExchange, lots: SeededLots) {
        let body = exchange.response.body
        guard !body.isEmpty, exchange.response.omitted == nil else { return nil }
        self.exchange = exchange
        self.lots = lots
        if body.first == 60 {
            let text = String(decoding: body, as: UTF8.self)
            guard let (name, content) = try? XML.parse(body), let start = text.firstRange(of: "<\(name)"),
                let open = text[start.lowerBound...].firstIndex(of: ">")
            else { return nil }
            root = content
            frame = (String(text[...open]), "</\(name)>")
        } else {
            guard let node = try? JSON.parse(body), node.fields != nil else { return nil }
            root = node
            frame = nil
        }
        vocabulary = []
        vocabulary = Array(Set(Self.texts(root))).sorted()
    }

    private static func texts(_ node: Node) -> [String] {
        switch node {
        case .object(let fields): fields.flatMap { texts($0.value) }
        case .list(let items): items.flatMap(texts)
        case .string(let text): text.isEmpty || MadeUp.isMadeUp(text) || Int(text) != nil ? [] : [text]
        default: []
        }
    }

    // MARK: Places

    /// The paths of everything that can be changed.
    var places: [[Int]] {
        var found: [[Int]] = []
        func walk(_ node: Node, _ path: [Int]) {
            for (index, child) in Self.children(node).enumerated() {
                if let name = child.name, Self.envelope.contains(name) { continue }
                found.append(path + [index])
                walk(child.node, path + [index])
            }
        }
        walk(root, [])
        return found
    }

    /// Members of every response whose value is new each time.
    private static let envelope: Set<String> = ["requestId", "RequestId", "RequestID", "ResponseMetadata"]

    private static func children(_ node: Node) -> [(name: String?, node: Node)] {
        switch node {
        case .object(let fields): fields.map { ($0.name, $0.value) }
        case .list(let items): items.map { (nil, $0) }
        default: []
        }
    }

    // MARK: Mutants

    mutating func mutant(at path: [Int]) -> Mutant? {
        guard let place = place(path) else { return nil }
        let isElement = place.name == nil || ["item", "member", "entry"].contains(place.name ?? "")
        let isLeaf = place.node.fields == nil && place.node.elements == nil
        let words = "\(exchange.notes.operation ?? exchange.request.url): \(place.names.joined(separator: "."))"
        // Mostly values: the verifier once missed those most.
        if isLeaf, lots.next(4) > 0 {
            guard let (node, change) = changed(place.node, place.names.last ?? "") else { return nil }
            return mutant(.value, "\(words) \(change)", place.node, replacing(path, with: [node]))
        }
        if isElement {
            let isRepeated = lots.next(2) == 0
            let new = replacing(path, with: isRepeated ? [place.node, place.node] : [])
            return mutant(.element, "\(words) \(isRepeated ? "twice" : "removed")", nil, new)
        }
        return mutant(.member, "\(words) removed", nil, replacing(path, with: []))
    }

    private func mutant(_ kind: Mutant.Kind, _ description: String, _ old: Node?, _ root: Node) -> Mutant {
        var exchange = exchange
        if let frame {
            var text = frame.head
            for field in root.fields ?? [] { Self.write(field, to: &text) }
            if let plain = root.string { text += Self.escaped(plain) }
            exchange.response.body = Bytes((text + frame.tail).utf8)
        } else {
            exchange.response.body = JSON.write(root)
        }
        return Mutant(
            kind: kind, description: description, isMadeUp: old?.string.map(MadeUp.isMadeUp) ?? false, exchange: exchange)
    }

    private func place(_ path: [Int]) -> (name: String?, names: [String], node: Node)? {
        var node = root, names: [String] = [], name: String?
        for index in path {
            let children = Self.children(node)
            guard index < children.count else { return nil }
            (name, node) = children[index]
            names.append(name ?? "\(index)")
        }
        return (name, names, node)
    }

    private func replacing(_ path: [Int], with nodes: [Node]) -> Node {
        func rebuilt(_ node: Node, _ path: ArraySlice<Int>) -> Node {
            guard let index = path.first else { return node }
            let isLast = path.count == 1
            switch node {
            case .object(var fields):
                let name = fields[index].name
                let new = isLast ? nodes : [rebuilt(fields[index].value, path.dropFirst())]
                fields.replaceSubrange(index...index, with: new.map { .init(name, $0) })
                return .object(fields)
            case .list(var items):
                items.replaceSubrange(index...index, with: isLast ? nodes : [rebuilt(items[index], path.dropFirst())])
                return .list(items)
            default: return node
            }
        }
        return rebuilt(root, path[...])
    }

    private mutating func changed(_ node: Node, _ name: String) -> (Node, String)? {
        switch node {
        case .bool(let value): return (.bool(!value), "\(value) → \(!value)")
        case .integer(let value) where value > 1_000_000_000 && value < 3_000_000_000:
            return (.integer(value + 3600), "\(value) → \(value + 3600)")
        case .integer(let value): return (.integer(value + 1), "\(value) → \(value + 1)")
        // Times in JSON are numbers.
        case .number(let value): return (.number(value + 3600), "\(value) → \(value + 3600)")
        case .string(let text):
            let new = changed(text)
            return new == text ? nil : (.string(new), "'\(text)' → '\(new)'")
        default: return nil
        }
    }

    private mutating func changed(_ text: String) -> String {
        if text == "true" || text == "false" { return text == "true" ? "false" : "true" }
        if text.utf8.count < 12, let number = Int(text) { return "\(number + 1)" }
        if text.utf8.count >= 19, let time = Instant(parsing: text) {
            return (time + .hours(1)).iso8601(milliseconds: text.contains("."))
        }
        if let other = MadeUp.other(than: text) { return other }
        if text.isEmpty || vocabulary.count < 2 || lots.next(2) == 0 { return text + "x" }
        return vocabulary[lots.next(vocabulary.count)]
    }

    // MARK: XML

    private static func write(_ field: Node.Field, to text: inout String) {
        text += "<\(field.name)>"
        for child in field.value.fields ?? [] { write(child, to: &text) }
        if let plain = field.value.string { text += escaped(plain) }
        text += "</\(field.name)>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

/// Recognizes values that a service generates by their form. Does not use the verifier's code, which it tests.
enum MadeUp {
    static func isMadeUp(_ text: String) -> Bool { text.contains(Redaction.mark) || other(than: text) != nil }

    /// Returns another value of the same form; nil if the value is not generated.
    static func other(than text: String) -> String? {
        let scalars = Array(text.utf8)
        func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
        func turned(_ index: Int) -> String {
            var bytes = scalars
            bytes[index] = bytes[index] == 49 ? 50 : 49
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let last = scalars.indices.last else { return nil }
        // i-…, subnet-cidr-assoc-…
        if let dash = scalars.lastIndex(of: 45), dash > 0, scalars.count - dash == 9 || scalars.count - dash == 18,
            scalars[(dash + 1)...].allSatisfy(isHex), scalars[..<dash].allSatisfy({ $0 == 45 || (97...122).contains($0) }),
            !(scalars.count - dash == 9 && text.contains("-20"))
        {
            return turned(last)
        }
        if scalars.count == 12, scalars.allSatisfy({ (48...57).contains($0) }) { return turned(last) }
        if ["AIDA", "AKIA", "ASIA", "AROA", "AIPA", "ANPA", "AGPA"].contains(String(text.prefix(4))), scalars.count > 15,
            scalars.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
        {
            return turned(last)
        }
        if text.split(separator: "-").map(\.utf8.count) == [8, 4, 4, 4, 12] { return turned(last) }
        let octets = text.split(separator: ".", omittingEmptySubsequences: false)
        if octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) { return "9.9.9.\(octets[3] == "9" ? 8 : 9)" }
        if text.hasPrefix("ip-") || text.hasPrefix("ec2-"), let dot = text.firstIndex(of: ".") {
            return text.prefix(3) + (text.hasPrefix("ec2-") ? "-9-9-9-9" : "9-9-9-9") + text[dot...]
        }
        let pairs = text.split(separator: ":", omittingEmptySubsequences: false)
        if [6, 16, 20, 32].contains(pairs.count), pairs.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(isHex) }) {
            return turned(last)
        }
        // moto's IAM ids have no prefix.
        let hasBoth = scalars.contains { (48...57).contains($0) } && scalars.contains { $0 > 57 }
        if hasBoth, scalars.count == 20, scalars.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) }) {
            return turned(last)
        }
        if hasBoth, scalars.count == 21, scalars.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) {
            return turned(last)
        }
        if scalars.count == 44, last == 43, scalars[43] == 61, !text.contains(" ") { return turned(0) }
        return nil
    }
}

/// A deterministic number generator.
struct SeededLots {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
