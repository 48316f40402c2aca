import AWSCore
import Contract
import Foundation

/// A folder of a test's own, removed with it.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/contract-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        let folder = String(file[..<file.lastIndex(of: "/")!])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")), as: UTF8.self)
    }

    /// Imports what lies in the folder.
    func imported(_ format: ImportFormat) throws -> [RecordedExchange] {
        var all: [RecordedExchange] = []
        try RecordingImporter(format).importAll(path) { all.append($0) }
        return all
    }
}

/// The recorded responses of AWS, which are not part of the project: `DRYDOCK_RECORDED`, or `../shared/recorded` beside the
/// checkout. Tests that need them are skipped where they are absent.
let recordedFolder: String? = {
    let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/recorded")
    let path = ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"] ?? beside.standardized.path
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()
