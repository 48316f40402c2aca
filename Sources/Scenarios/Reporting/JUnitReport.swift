import Foundation
import Synchronization

/// Reports a run as JUnit XML for CI systems. The scenario is a test suite, each step a test case, and each part a
/// class.
///
/// The format is that of Ant's JUnit task; `time` is in seconds.
public final class JUnitReport: Sendable {
    private struct State {
        var scenario = ""
        var part = ""
        var groups: [String] = []
        var cases: [String] = []
    }

    private let file: String
    private let state = Mutex(State())
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - file: the scenario's file name.
    ///   - write: called once with the whole document at the end of the run.
    public init(file: String, write: @escaping @Sendable (String) -> Void) {
        self.file = file
        self.write = write
    }

    public func observe(_ event: RunEvent) {
        switch event {
        case .began(let scenario, _): state.withLock { $0.scenario = scenario }
        case .part(let name):
            state.withLock {
                $0.part = name
                $0.groups = []
            }
        case .groupBegan(let title, let depth):
            state.withLock { $0.groups = $0.groups.prefix(depth) + [title] }
        case .stepBegan, .called: break
        case .stepEnded(let report): state.withLock { $0.cases.append(element(report, in: $0)) }
        case .ended(let report): write(document(report))
        }
    }

    private func element(_ report: StepReport, in state: State) -> String {
        let name = (state.groups.prefix(report.depth) + [report.title]).joined(separator: " / ")
        let attributes = [
            ("classname", "\(state.scenario).\(state.part)"), ("name", name), ("time", Self.seconds(report.duration)),
            ("file", file), ("line", String(report.position.line)),
        ]
        let start = "    <testcase\(Self.text(attributes))"
        switch report.status {
        case .passed: return start + "/>\n"
        case .skipped(let reason):
            return start + ">\n      <skipped\(Self.text([("message", reason)]))/>\n    </testcase>\n"
        case .failed(let failure):
            let position = failure.position.map { "\(file):\($0)" } ?? "\(file):\(report.position)"
            let lines = [position] + failure.difference + failure.output
            return start + ">\n      <failure\(Self.text([("message", failure.message)]))>"
                + Self.escaped(lines.joined(separator: "\n")) + "</failure>\n    </testcase>\n"
        }
    }

    private func document(_ report: RunReport) -> String {
        let state = state.withLock { $0 }
        let counts = [
            ("tests", String(report.passed + report.skipped + report.failed)), ("failures", String(report.failed)),
            ("errors", "0"), ("skipped", String(report.skipped)), ("time", Self.seconds(report.duration)),
        ]
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites\(Self.text(counts))>\n"
            + "  <testsuite\(Self.text([("name", state.scenario)] + counts))>\n" + state.cases.joined()
            + "  </testsuite>\n</testsuites>\n"
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
    }

    private static func text(_ attributes: [(name: String, value: String)]) -> String {
        attributes.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
    }

    /// Escapes text for XML, and omits control characters that XML cannot contain.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
