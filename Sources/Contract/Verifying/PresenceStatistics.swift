public import AWSCore
import AWSModels

/// Counts how often an operation's responses contain each member, contain it empty, or omit it.
///
/// Recordings without requests cannot be replayed. But if AWS never returns an empty list, an empty list is wrong for any
/// request.
public struct PresenceStatistics: Sendable {
    /// How often a member is given, empty and left out.
    public struct Count: Sendable, Equatable {
        /// The number of structures that can have the member.
        public var all = 0
        public var given = 0
        public var empty = 0
        public var leftOut: Int { all - given - empty }

        public init(all: Int = 0, given: Int = 0, empty: Int = 0) {
            self.all = all
            self.given = given
            self.empty = empty
        }
    }

    /// The counts by operation and path.
    private var counts: [MemberPath: Count] = [:]

    struct MemberPath: Hashable, Comparable {
        let service, operation, path: String
        static func < (a: MemberPath, b: MemberPath) -> Bool {
            (a.service, a.operation, a.path) < (b.service, b.operation, b.path)
        }
    }

    public init() {}

    /// The number of members counted.
    public var members: Int { counts.count }

    /// Returns the counts of a member; nil if no counted response can have it.
    /// - Parameter path: the names of the members that lead to it, joined by dots.
    public func count(_ service: String, _ operation: String, _ path: String) -> Count? {
        counts[MemberPath(service: service, operation: operation, path: path)]
    }

    /// Counts a recorded response if it is a complete success from a service, not an error or a documented example.
    /// - Returns: whether it was counted.
    @discardableResult
    public mutating func add(_ exchange: RecordedExchange) -> Bool {
        let notes = exchange.notes
        guard !notes.isInput, notes.shape == nil, notes.skip == nil, notes.origin != ImportFormat.examples.rawValue,
            exchange.response.status < 300, let table = notes.service.flatMap(ModelTable.named),
            let operation = notes.operation.flatMap({ table.operation($0) })
        else { return false }
        let codec = DynamicCodec(table: table), shape = table.shape(operation.output)
        let output: DynamicStructure
        switch notes.encoding {
        case .parsed:
            guard let node = try? JSON.parse(exchange.response.body), node["Error"] == nil else { return false }
            var conforming = ConformingNode(codec: codec)
            output = codec.read(conforming.structure(node, shape, ""), shape, .model)
        case .wire:
            guard let content = try? codec.content(operation, exchange.response.body) else { return false }
            output = codec.read(content, shape, codec.layout)
        }
        add(output, table.model.id, operation.name)
        return true
    }

    /// Counts the target's responses during its preparation.
    public mutating func add(_ prepared: PreparedAnswers) {
        for table in ModelTable.all {
            let codec = DynamicCodec(table: table)
            for operation in table.operations.values {
                for output in prepared.outputs(codec, operation) { add(output, table.model.id, operation.name) }
            }
        }
    }

    private mutating func add(_ structure: DynamicStructure, _ service: String, _ operation: String, _ path: String = "") {
        for (index, member) in structure.shape.schema.members.enumerated() {
            let path = TreeComparison.join(path, member.name)
            let value = structure[index]
            var count = counts[MemberPath(service: service, operation: operation, path: path), default: Count()]
            count.all += 1
            if let value { if value.isEmpty { count.empty += 1 } else { count.given += 1 } }
            counts[MemberPath(service: service, operation: operation, path: path)] = count
            for nested in value?.nested ?? [] { add(nested, service, operation, path) }
        }
    }
}

extension DynamicValue {
    fileprivate var isEmpty: Bool {
        switch self {
        case .string(let value): value.isEmpty
        case .structure(let value): value.values.isEmpty
        case .structures(let values): values.isEmpty
        case .strings(let values): values.isEmpty
        case .ints(let values): values.isEmpty
        case .structureMap(let values): values.isEmpty
        case .stringMap(let values): values.isEmpty
        case .intMap(let values): values.isEmpty
        case .nodes(let values): values.isEmpty
        case .nodeMap(let values): values.isEmpty
        case .int, .double, .bool, .instant, .blob: false
        }
    }
}

// MARK: - Comparison of a target with AWS

/// The members that a target returns, returns empty or omits where AWS does not.
public struct PresenceReport: Sendable {
    /// A member that the target treats unlike AWS.
    public struct Row: Sendable {
        public let service, operation, path: String
        public let recorded: PresenceStatistics.Count
        public let target: PresenceStatistics.Count
        /// What only the target does: `empty`, `leftOut`.
        public let what: String
        /// The reason of the rule that allows it.
        public internal(set) var permittedBecause: String?
    }

    /// The minimum number of responses for a conclusion.
    public static let fewest = 3
    /// The percentage below which AWS is assumed never to do something.
    public static let rare = 5

    public private(set) var rows: [Row] = []
    /// How many members, of how many operations, were compared.
    public private(set) var compared = 0
    public private(set) var operations = 0

    /// Compares a target's responses with the recorded ones.
    public init(_ recorded: PresenceStatistics, _ target: PresenceStatistics, rules: Rules = Rules()) {
        var seen: Set<String> = []
        for (memberPath, mine) in recorded.all {
            guard mine.all >= Self.fewest, let theirs = target.count(memberPath.service, memberPath.operation, memberPath.path),
                theirs.all > 0
            else { continue }
            compared += 1
            seen.insert("\(memberPath.service) \(memberPath.operation)")
            func isRare(_ count: Int) -> Bool { count * 100 < mine.all * Self.rare }
            let what: String
            if theirs.empty > 0, isRare(mine.empty) {
                what = "empty"
            } else if theirs.leftOut == theirs.all, mine.leftOut == 0 {
                what = "leftOut"
            } else {
                continue
            }
            var row = Row(
                service: memberPath.service, operation: memberPath.operation, path: memberPath.path, recorded: mine,
                target: theirs, what: what
            )
            row.permittedBecause = rules.reason(
                for: Difference(.presence, memberPath.path, recorded: nil, found: what), service: memberPath.service,
                operation: memberPath.operation)
            rows.append(row)
        }
        operations = seen.count
    }

    public var agrees: Bool { rows.allSatisfy { $0.permittedBecause != nil } }

    public var text: String {
        func states(_ count: PresenceStatistics.Count) -> String {
            "given \(count.given), empty \(count.empty), left out \(count.leftOut) of \(count.all)"
        }
        var lines: [String] = []
        for row in rows where row.permittedBecause == nil {
            lines.append("✘ \(row.service) \(row.operation) \(row.path): \(row.what == "empty" ? "empty" : "left out")")
            lines.append("    recorded: \(states(row.recorded))")
            lines.append("    target:   \(states(row.target))")
        }
        let permitted = Dictionary(grouping: rows.filter { $0.permittedBecause != nil }) { $0.permittedBecause ?? "" }
        if !permitted.isEmpty {
            lines.append("\npermitted:")
            for (reason, rows) in permitted.sorted(by: { $0.key < $1.key }) { lines.append("    \(rows.count)  \(reason)") }
        }
        let wrong = rows.filter { $0.permittedBecause == nil }.count
        lines.append(
            "\n\(compared) members of \(operations) operations compared, each in \(Self.fewest) or more responses of AWS; "
                + "the target returns \(wrong) of them empty or omits them, unlike AWS")
        return lines.joined(separator: "\n")
    }

    public var json: Node {
        func node(_ count: PresenceStatistics.Count) -> Node {
            .object([
                .init("answers", .integer(Int64(count.all))), .init("given", .integer(Int64(count.given))),
                .init("empty", .integer(Int64(count.empty))), .init("leftOut", .integer(Int64(count.leftOut))),
            ])
        }
        return .object([
            .init("compared", .integer(Int64(compared))), .init("operations", .integer(Int64(operations))),
            .init(
                "differences",
                .list(
                    rows.map { row in
                        var fields: [Node.Field] = [
                            .init("service", .string(row.service)), .init("operation", .string(row.operation)),
                            .init("path", .string(row.path)), .init("target", .string(row.what)),
                            .init("recorded", node(row.recorded)), .init("answered", node(row.target)),
                        ]
                        if let permittedBecause = row.permittedBecause {
                            fields.append(.init("permitted", .string(permittedBecause)))
                        }
                        return .object(fields)
                    })),
        ])
    }
}

extension PresenceStatistics {
    var all: [(MemberPath, Count)] { counts.sorted { $0.key < $1.key } }
}
