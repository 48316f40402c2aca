import AWSCore
import Contract
import Foundation

/// A temporary folder for one test, removed when the object is released.
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

    /// Imports all recordings in the folder.
    func imported(_ format: ImportFormat) throws -> [RecordedExchange] {
        var all: [RecordedExchange] = []
        try RecordingImporter(format).importAll(path) { all.append($0) }
        return all
    }
}

/// The folder of recorded AWS responses, which are not in the repository: `DRYDOCK_RECORDED`, or `../shared/recorded` beside the
/// checkout. Nil if there is none; tests that need it are then skipped.
let recordedFolder: String? = {
    let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/recorded")
    let path = ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"] ?? beside.standardized.path
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()
