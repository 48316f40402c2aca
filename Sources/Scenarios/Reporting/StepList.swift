import AWSCore
import Synchronization

/// Reports a run for people: one line per step with its time. The list updates live on a terminal.
public final class StepList: Sendable {
    private let file: String
    private let isLive: Bool
    private let hasColours: Bool
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - file: the scenario's file, for the positions of failures.
    ///   - isLive: whether a running step is shown and then overwritten.
    ///   - write: called with each piece of text, including line breaks.
    public init(file: String, isLive: Bool, hasColours: Bool, write: @escaping @Sendable (String) -> Void) {
        self.file = file
        self.isLive = isLive
        self.hasColours = hasColours
        self.write = write
    }

    public func observe(_ event: RunEvent) {
        switch event {
        case .began(let scenario, let target): write("\(paint(Self.line(scenario), .bold)) on \(Self.line(target))\n")
        case .part(let name): write("\(paint(Self.line(name), .bold))\n")
        case .groupBegan(let title, let depth): write("\(indent(depth))  \(Self.line(title))\n")
        case .stepBegan(let title, let depth): if isLive { write("\(indent(depth))\(paint("…", .dim)) \(Self.line(title))") }
        case .called: break
        case .stepEnded(let report): write(text(report))
        case .ended(let report): write(text(report))
        }
    }

    private func text(_ report: StepReport) -> String {
        let start = isLive ? "\r\u{1B}[2K" : ""
        let time = paint(Self.time(report.duration), .dim)
        let head = "\(start)\(indent(report.depth))"
        let title = Self.line(report.title)
        switch report.status {
        case .passed: return "\(head)\(paint("✓", .green)) \(title)  \(time)\n"
        case .skipped(let reason):
            return "\(head)\(paint("–", .dim)) \(title)  \(paint("skipped: \(reason.escapedForTerminal)", .dim))\n"
        case .failed(let failure):
            var lines = ["\(head)\(paint("✗", .red)) \(title)  \(time)"]
            let inner = indent(report.depth) + "    "
            lines.append("\(inner)\(file):\(failure.position ?? report.position): \(failure.message.escapedForTerminal)")
            lines += failure.difference.map(\.escapedForTerminal).map { line in
                inner + (line.hasPrefix("-") ? paint(line, .red) : line.hasPrefix("+") ? paint(line, .green) : line)
            }
            if !failure.difference.isEmpty { lines.append(inner + paint("(- expected, + actual)", .dim)) }
            lines += failure.output.map { "\(inner)| \($0.escapedForTerminal)" }
            return lines.joined(separator: "\n") + "\n"
        }
    }

    private func text(_ report: RunReport) -> String {
        var parts = ["\(report.passed) passed"]
        if report.skipped > 0 { parts.append("\(report.skipped) skipped") }
        if report.failed > 0 { parts.append("\(report.failed) failed") }
        let verdict = report.isSuccess ? paint("All expectations met", .green) : paint("Not all expectations met", .red)
        return "\(verdict): \(parts.joined(separator: ", ")), \(Self.time(report.duration)).\n"
    }

    private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth + 1) }

    /// Returns the title on one line and without terminal escape sequences.
    private static func line(_ title: String) -> String {
        title.split(whereSeparator: \.isWhitespace).joined(separator: " ").escapedForTerminal
    }

    static func time(_ duration: Duration) -> String {
        let microseconds = duration.microseconds
        if microseconds < 1000 { return "\(microseconds) µs" }
        if microseconds < 100_000 { return "\(microseconds / 1000).\(microseconds / 100 % 10) ms" }
        if microseconds < 1_000_000 { return "\(microseconds / 1000) ms" }
        return "\(microseconds / 1_000_000).\(microseconds / 100_000 % 10) s"
    }

    private enum Paint: String {
        case bold = "1", dim = "2", red = "31", green = "32"
    }

    private func paint(_ text: String, _ paint: Paint) -> String {
        hasColours ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }
}
