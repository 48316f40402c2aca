import Contract
import Foundation
import Testing

/// Expects the test's clients to have sent the requests of a golden file, in the same order.
///
/// The file is `Goldens/<test file>/<name>.txt` beside the test. The environment variable `DRYDOCK_RECORD` sets when to write
/// it: `missing` if there is none, `failed` if it differs, `all` always, `never` (the default).
///
/// The file has the form of `drydock goldens`, which is the same for every client. It omits signatures, dates and idempotency
/// tokens, and sorts parameters. Ids that AWS created have names such as `<vpc 1>`, and immediate repetitions count once.
/// - Parameters:
///   - name: the golden file's name without its extension.
///   - mode: when to write the file; nil uses the environment variable.
///   - filePath: the test's file, beside which the goldens are.
///   - sourceLocation: where a difference is reported.
public func expectRequests(
    matching name: String, mode: RecordMode? = nil, filePath: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let file = URL(fileURLWithPath: filePath)
    let path =
        file.deletingLastPathComponent().appendingPathComponent("Goldens")
        .appendingPathComponent(file.deletingPathExtension().lastPathComponent).path + "/\(name).txt"
    let actual = AWS.current.requestText
    do {
        if let complaint = try GoldenText(path).complaint(actual, mode: mode ?? .fromEnvironment) {
            Issue.record(Comment(rawValue: complaint), sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

extension AWS {
    /// All requests that the clients of this AWS have sent so far, in the form of golden files.
    ///
    /// Only the clients of a test with a trait (`.simulator`, `.recorded()`) record their requests.
    public var requestText: String { sent?.text(region: simulator.configuration.region) ?? "" }
}

/// A golden file and its comparison with a text.
struct GoldenText {
    let path: String
    init(_ path: String) { self.path = path }

    /// Returns nil if the text equals the file; otherwise the difference and how to accept it.
    func complaint(_ actual: String, mode: RecordMode) throws -> String? {
        let expected = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        if expected == actual, mode != .all { return nil }
        let writes: Bool =
            switch mode {
            case .all: true
            case .failed: true
            case .missing: expected == nil
            case .never: false
            }
        if writes {
            let url = URL(fileURLWithPath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(actual.utf8).write(to: url, options: .atomic)
            return nil
        }
        guard let expected else {
            return "There is no \(path). Run the test with DRYDOCK_RECORD=missing to write it; it would be:\n\(actual)"
        }
        let lines = LineDifference(expected, actual).lines.joined(separator: "\n")
        return """
            The requests are not those in \(path) (- expected, + sent):
            \(lines)
            Run the test with DRYDOCK_RECORD=failed if this is how they should be.
            """
    }
}
