import AWSCore
import Foundation

/// When golden files are written instead of compared.
public enum RecordMode: String, Sendable, CaseIterable {
    case all, missing, failed, never

    /// The mode in the environment variable `DRYDOCK_RECORD`; `never` if it is not set.
    public static var fromEnvironment: RecordMode {
        ProcessInfo.processInfo.environment["DRYDOCK_RECORD"].flatMap(RecordMode.init) ?? .never
    }
}

/// A folder of golden requests.
public struct GoldenFolder: Sendable {
    public let path: String
    public let mode: RecordMode

    public init(_ path: String, mode: RecordMode = .fromEnvironment) {
        self.path = path
        self.mode = mode
    }

    /// The result of a comparison.
    public enum CheckResult: Sendable, Equatable {
        case same
        case recorded
        case missing
        case different([FieldDifference])
    }

    /// The names of all golden files, without the extension `.http`.
    public var names: [String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".http") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Compares a message with its golden file, or writes the file if the mode says so.
    /// - Throws: an error if the file cannot be parsed or written.
    public func compare(_ message: RequestMessage, _ name: String) throws -> CheckResult {
        let file = "\(path)/\(name).http"
        guard mode != .all, let data = FileManager.default.contents(atPath: file) else {
            return mode == .all || mode == .missing || mode == .failed ? try write(message, file) : .missing
        }
        let text = String(decoding: data, as: UTF8.self)
        let differences = message.differences(from: try RequestMessage(parsing: text))
        if differences.isEmpty { return .same }
        return mode == .failed ? try write(message, file) : .different(differences)
    }

    private func write(_ message: RequestMessage, _ file: String) throws -> CheckResult {
        let url = URL(fileURLWithPath: file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(message.text.utf8).write(to: url)
        return .recorded
    }
}
