public import AWSCore

/// The results of a verification: for each operation, and for each exchange that differs or was skipped.
public struct VerifyReport: Sendable {
    /// Numbers of exchanges.
    public struct Summary: Sendable, Equatable {
        public var recorded = 0
        public var compared = 0
        public var agree = 0
        public var skipped = 0

        public init(recorded: Int = 0, compared: Int = 0, agree: Int = 0, skipped: Int = 0) {
            self.recorded = recorded
            self.compared = compared
            self.agree = agree
            self.skipped = skipped
        }
    }

    /// The results for one operation.
    public struct Row: Sendable {
        public let service: String
        public let operation: String
        public var summary = Summary()
        /// How many members the recorded responses have, and how many of them the target's have.
        public var members = 0
        public var covered = 0
        /// How many values were compared in each way.
        public var comparisons: [Comparison: Int] = [:]
    }

    /// The result of one exchange: compared, or skipped with the reason.
    public struct Finding: Sendable {
        public var service: String
        public var operation: String
        public var source: String
        /// Why it was skipped; nil if it was compared.
        public var skipReason: String?
        public var differences: [Difference] = []
        public var members = 0
        public var covered = 0
        /// How many values were compared in each way.
        public var comparisons: [Comparison: Int] = [:]

        /// Whether it was compared and rules allow all of its differences.
        public var agrees: Bool { skipReason == nil && differences.allSatisfy { $0.permittedBecause != nil } }
    }

    public private(set) var summary = Summary()
    /// How many values were compared in each way.
    public private(set) var comparisons: [Comparison: Int] = [:]
    private var rows: [String: Row] = [:]
    /// The exchanges with differences, allowed or not.
    public private(set) var differing: [Finding] = []
    public private(set) var skipped: [Finding] = []
    /// How often each rule allowed a difference.
    public internal(set) var ruleUses: [Int]
    private let rules: Rules

    init(rules: Rules) {
        self.rules = rules
        ruleUses = Array(repeating: 0, count: rules.count)
    }

    mutating func add(_ finding: Finding) {
        let key = "\(finding.service) \(finding.operation)"
        var row = rows[key] ?? Row(service: finding.service, operation: finding.operation)
        func count(_ path: WritableKeyPath<Summary, Int>) {
            summary[keyPath: path] += 1
            row.summary[keyPath: path] += 1
        }
        count(\.recorded)
        if finding.skipReason != nil {
            count(\.skipped)
            skipped.append(finding)
        } else {
            count(\.compared)
            if finding.agrees { count(\.agree) }
            comparisons.merge(finding.comparisons) { $0 + $1 }
            if !finding.differences.isEmpty { differing.append(finding) }
            row.comparisons.merge(finding.comparisons) { $0 + $1 }
            row.members += finding.members
            row.covered += finding.covered
        }
        rows[key] = row
    }

    public var operations: [Row] { rows.values.sorted { ($0.service, $0.operation) < ($1.service, $1.operation) } }

    /// The reasons of a file's rules that allowed no difference.
    public var idleRules: [String] { idle(standard: false) }
    /// The reasons of Drydock's own rules that allowed no difference. Most recordings need few of them.
    public var idleStandardRules: [String] { idle(standard: true) }

    private func idle(standard: Bool) -> [String] {
        ruleUses.indices.filter { ruleUses[$0] == 0 && rules.isStandard($0) == standard }.map(rules.reason(of:))
    }

    /// How often each reason allowed a difference.
    public var permitted: [(reason: String, count: Int)] {
        ruleUses.indices.filter { ruleUses[$0] > 0 }.map { (rules.reason(of: $0), ruleUses[$0]) }
    }

    /// How many values were compared in each way, without the ways that were not used.
    public var counts: [(comparison: Comparison, count: Int)] {
        Comparison.allCases.compactMap { comparison in comparisons[comparison].map { (comparison, $0) } }.filter { $0.1 > 0 }
    }

    /// The share of the recorded members that were found, from 0 to 1.
    public var coverage: Double {
        let members = rows.values.reduce(0) { $0 + $1.members }, covered = rows.values.reduce(0) { $0 + $1.covered }
        return members == 0 ? 1 : Double(covered) / Double(members)
    }
}

extension VerifyReport {
    public var json: Node {
        .object([
            .init("summary", Self.node(summary)),
            .init("coverage", .number(coverage)),
            .init("compared", Self.node(comparisons)),
            .init(
                "operations",
                .list(
                    operations.map { row in
                        .object(
                            [.init("service", .string(row.service)), .init("operation", .string(row.operation))]
                                + (Self.node(row.summary).fields ?? [])
                                + [
                                    .init("members", .integer(Int64(row.members))),
                                    .init("covered", .integer(Int64(row.covered))),
                                    .init("values", Self.node(row.comparisons)),
                                ])
                    })),
            .init("differences", .list(differing.map(Self.node))),
            .init(
                "skipped",
                .list(
                    skipped.map { finding in
                        .object([
                            .init("service", .string(finding.service)), .init("operation", .string(finding.operation)),
                            .init("source", .string(finding.source)), .init("reason", .string(finding.skipReason ?? "")),
                        ])
                    })),
            .init(
                "rules",
                .list(
                    permitted.map {
                        .object([.init("reason", .string($0.reason)), .init("permitted", .integer(Int64($0.count)))])
                    })),
            .init("idleRules", .list(idleRules.map(Node.string))),
            .init("idleStandardRules", .list(idleStandardRules.map(Node.string))),
        ])
    }

    private static func node(_ comparisons: [Comparison: Int]) -> Node {
        .object(
            Comparison.allCases.compactMap { comparison in
                comparisons[comparison].map { .init(comparison.rawValue, .integer(Int64($0))) }
            })
    }

    private static func node(_ summary: Summary) -> Node {
        .object([
            .init("recorded", .integer(Int64(summary.recorded))), .init("compared", .integer(Int64(summary.compared))),
            .init("agree", .integer(Int64(summary.agree))), .init("skipped", .integer(Int64(summary.skipped))),
        ])
    }

    private static func node(_ finding: Finding) -> Node {
        .object([
            .init("service", .string(finding.service)), .init("operation", .string(finding.operation)),
            .init("source", .string(finding.source)), .init("agrees", .bool(finding.agrees)),
            .init(
                "differences",
                .list(
                    finding.differences.map { difference in
                        var fields: [Node.Field] = [
                            .init("kind", .string(difference.kind.rawValue)), .init("path", .string(difference.path)),
                        ]
                        if let recorded = difference.recorded { fields.append(.init("recorded", .string(recorded))) }
                        if let found = difference.found { fields.append(.init("found", .string(found))) }
                        if let permittedBecause = difference.permittedBecause {
                            fields.append(.init("permitted", .string(permittedBecause)))
                        }
                        return .object(fields)
                    })),
        ])
    }

    /// The report as text: a table of the operations, then the differences that no rule allows and the skipped
    /// exchanges.
    public var text: String {
        var lines = ["operation                                            recorded compared agree skipped members"]
        for row in operations {
            let name = "\(row.service) \(row.operation)"
            let share = row.members == 0 ? "—" : "\(row.covered * 100 / row.members)%"
            lines.append(
                Self.left(name, 52)
                    + [row.summary.recorded, row.summary.compared, row.summary.agree, row.summary.skipped]
                    .map { Self.right("\($0)", 8) }.joined() + Self.right(share, 8))
        }
        for finding in differing where !finding.agrees {
            lines.append("\n✘ \(finding.service) \(finding.operation) (\(finding.source))")
            var seen: Set<String> = []
            for difference in finding.differences where difference.permittedBecause == nil {
                if seen.insert("\(difference.kind) \(difference.path)").inserted { lines.append("    \(difference)") }
            }
        }
        let reasons = Dictionary(grouping: skipped) { $0.skipReason ?? "" }
        for (reason, findings) in reasons.sorted(by: { $0.key < $1.key }) {
            lines.append("\nskipped, \(reason):")
            lines += findings.map { "    \($0.source)" }
        }
        if !permitted.isEmpty {
            lines.append("\npermitted:")
            lines += permitted.map { "    \(Self.right("\($0.count)", 5))  \($0.reason)" }
        }
        for reason in idleRules { lines.append("\nrule without use: \(reason)") }
        if !counts.isEmpty {
            lines.append("\nvalues compared:")
            lines += counts.map { "    \(Self.right("\($0.count)", 7))  \($0.comparison.words)" }
        }
        let percent = Int((coverage * 1000).rounded())
        lines.append(
            "\n\(summary.recorded) recorded, \(summary.compared) compared, \(summary.agree) agree, \(summary.skipped) skipped; "
                + "\(percent / 10).\(percent % 10)% of the recorded members")
        return lines.joined(separator: "\n")
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
