import Contract
import Foundation
import Testing

/// Expects that the test's clients sent the requests that a golden file has, in its order.
///
/// The file is `Goldens/<test file>/<name>.txt` beside the test. `DRYDOCK_RECORD` says when it is written: `missing` if there
/// is none, `failed` if it differs, `all` always, `never` (which is also what nothing says). Its form is the one of
/// `drydock goldens`, the same for every client: signatures, dates and idempotency tokens are left out, parameters are sorted,
/// ids that AWS made have names such as `<vpc 1>`, and what is repeated at once counts once.
/// - Parameters:
///   - name: the golden file's, without its ending.
///   - mode: nil does as the environment says.
///   - filePath: the test's file, beside which the goldens lie.
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
    /// Everything that this AWS's clients have sent so far, as golden files have it.
    ///
    /// Only clients of a test with a trait (`.simulator`, `.recorded()`) note what they send.
    public var requestText: String { sent?.text(region: simulator.configuration.region) ?? "" }
}

/// A golden file, and what is to be said of a text that should be it.
struct GoldenText {
    let path: String
    init(_ path: String) { self.path = path }

    /// Nil if the text is the file's; otherwise what differs, and how to accept it.
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
