import AWSCore

/// Reports a run as JSON, one object per line: one for each step and one for the whole run.
public struct JSONReport: Sendable {
    private let file: String
    private let write: @Sendable (String) -> Void

    public init(file: String, write: @escaping @Sendable (String) -> Void) {
        self.file = file
        self.write = write
    }

    public func observe(_ event: RunEvent) {
        switch event {
        case .began(let scenario, let target):
            line(
                "began", [.init("scenario", .string(scenario)), .init("file", .string(file)), .init("target", .string(target))])
        case .part(let name): line("part", [.init("part", .string(name))])
        case .groupBegan(let title, let depth):
            line("group", [.init("title", .string(title)), .init("depth", .integer(Int64(depth)))])
        case .stepBegan, .called: break
        case .stepEnded(let report): line("step", Self.fields(report))
        case .ended(let report):
            line(
                "ended",
                [
                    .init("success", .bool(report.isSuccess)), .init("held", .integer(Int64(report.passed))),
                    .init("skipped", .integer(Int64(report.skipped))), .init("failed", .integer(Int64(report.failed))),
                    .init("milliseconds", Self.milliseconds(report.duration)),
                ])
        }
    }

    private static func fields(_ report: StepReport) -> [Node.Field] {
        var fields: [Node.Field] = [
            .init("title", .string(report.title)), .init("depth", .integer(Int64(report.depth))),
            .init("line", .integer(Int64(report.position.line))), .init("column", .integer(Int64(report.position.column))),
            .init("milliseconds", milliseconds(report.duration)),
        ]
        switch report.status {
        case .passed: fields.append(.init("status", .string("held")))
        case .skipped(let reason): fields += [.init("status", .string("skipped")), .init("reason", .string(reason))]
        case .failed(let failure):
            fields += [.init("status", .string("failed")), .init("message", .string(failure.message))]
            if let position = failure.position { fields.append(.init("at", .string("\(position)"))) }
            fields.append(.init("difference", .list(failure.difference.map { .string($0) })))
            fields.append(.init("output", .list(failure.output.map { .string($0) })))
        }
        return fields
    }

    private static func milliseconds(_ duration: Duration) -> Node { .number(Double(duration.microseconds) / 1000) }

    private func line(_ event: String, _ fields: [Node.Field]) {
        write(String(decoding: JSON.write(.object([.init("event", .string(event))] + fields)), as: UTF8.self) + "\n")
    }
}
