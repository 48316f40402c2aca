import AWSCore
import AWSModels

/// Compares the raw bytes of two bodies of an operation, which matter to clients without a model.
struct WireComparison {
    private(set) var differences: [Difference] = []

    init(_ recorded: RecordedExchange.Response, _ given: RecordedExchange.Response, _ wire: WireProtocol) {
        mediaTypes(recorded.headers["Content-Type"], given.headers["Content-Type"])
        guard !recorded.body.isEmpty, !given.body.isEmpty else { return }
        if wire == .awsJson1_1 {
            guard let mine = try? JSON.parse(recorded.body), let theirs = try? JSON.parse(given.body) else { return }
            types(mine, theirs)
        } else {
            documents(recorded.body, given.body)
        }
    }

    private mutating func mediaTypes(_ recorded: String?, _ given: String?) {
        guard let recorded, !recorded.isEmpty, recorded.lowercased() != given?.lowercased() else { return }
        differences.append(Difference(.mediaType, "headers.Content-Type", recorded: recorded, found: given ?? "none"))
    }

    // MARK: JSON

    private mutating func types(_ recorded: Node, _ given: Node) {
        let mine = Self.types(recorded), theirs = Self.types(given)
        for (path, types) in mine.sorted(by: { $0.key < $1.key }) {
            guard let found = theirs[path], types.isDisjoint(with: found) else { continue }
            differences.append(
                Difference(
                    .jsonType, path, recorded: types.sorted().joined(separator: " or "),
                    found: found.sorted().joined(separator: " or ")))
        }
    }

    private static func types(_ node: Node) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        func walk(_ node: Node, _ path: String) {
            let type: String
            switch node {
            case .null: type = "null"
            case .bool: type = "boolean"
            case .integer, .number: type = "number"
            case .string: type = "string"
            case .list(let items):
                type = "list"
                for item in items { walk(item, path + "[]") }
            case .object(let fields):
                type = "object"
                for field in fields { walk(field.value, TreeComparison.join(path, field.name)) }
            }
            found[path, default: []].insert(type)
        }
        walk(node, "")
        return found
    }

    // MARK: XML

    private mutating func documents(_ recorded: Bytes, _ given: Bytes) {
        func compare(_ kind: Difference.Kind, _ mine: String?, _ theirs: String?) {
            guard mine != theirs else { return }
            differences.append(Difference(kind, "", recorded: mine ?? "none", found: theirs ?? "none"))
        }
        compare(.declaration, Self.declaration(recorded), Self.declaration(given))
        compare(.namespace, Self.namespace(recorded), Self.namespace(given))
        guard let (root, mine) = try? XML.parse(recorded), let (otherRoot, theirs) = try? XML.parse(given) else { return }
        compare(.namespace, root, otherRoot)
        let orders = Self.orders(mine), found = Self.orders(theirs)
        for (path, pairs) in orders.sorted(by: { $0.key < $1.key }) {
            guard let other = found[path] else { continue }
            // The recording has only one order, and the target only the other.
            let reversed = pairs.filter {
                !pairs.contains($0.reversed) && other.contains($0.reversed) && !other.contains($0)
            }
            if let first = reversed.min() {
                differences.append(
                    Difference(
                        .elementOrder, path, recorded: "\(first.first) before \(first.second)",
                        found: "\(first.second) before \(first.first)"))
            }
        }
    }

    /// Returns the XML declaration, such as `<?xml version="1.0" encoding="UTF-8"?>`.
    static func declaration(_ body: Bytes) -> String? {
        guard body.starts(with: "<?xml".utf8), let end = body.firstIndex(of: 62) else { return nil }
        return String(decoding: body[...end], as: UTF8.self)
    }

    /// Returns the root element's default namespace.
    static func namespace(_ body: Bytes) -> String? {
        let head = String(decoding: body.prefix(2000), as: UTF8.self)
        let root = head.firstRange(of: "?>").map { head[$0.upperBound...] } ?? head[...]
        guard let start = root.firstIndex(of: "<"), let end = root[start...].firstIndex(of: ">"),
            let range = root[start..<end].firstRange(of: "xmlns=\"")
        else { return nil }
        return String(root[range.upperBound..<end].prefix { $0 != "\"" })
    }

    private struct Pair: Hashable, Comparable {
        let first, second: String
        var reversed: Pair { Pair(first: second, second: first) }
        static func < (a: Pair, b: Pair) -> Bool { (a.first, a.second) < (b.first, b.second) }
    }

    /// Returns, by path, which elements come before which others.
    private static func orders(_ node: Node) -> [String: Set<Pair>] {
        var orders: [String: Set<Pair>] = [:]
        func walk(_ node: Node, _ path: String) {
            guard let fields = node.fields else { return }
            var seen: [String] = []
            for field in fields {
                if seen.last != field.name {
                    for earlier in seen where earlier != field.name {
                        orders[path, default: []].insert(Pair(first: earlier, second: field.name))
                    }
                    seen.append(field.name)
                }
                walk(field.value, TreeComparison.join(path, field.name))
            }
        }
        walk(node, "")
        return orders
    }
}

extension Verification {
    /// Compares raw bytes, once for each operation's successes and once for its errors.
    mutating func bytes(
        _ exchange: RecordedExchange, _ given: RecordedExchange.Response, _ operation: ModelTable.Operation,
        _ model: ServiceModel
    ) -> [Difference] {
        let isError = exchange.response.status >= 300
        // A success and an error have different bytes.
        guard isError == (given.status >= 300),
            comparedBytes.insert("\(model.id) \(operation.name) \(isError ? "error" : "answer")").inserted
        else { return [] }
        return WireComparison(exchange.response, given, model.wire).differences
    }
}
