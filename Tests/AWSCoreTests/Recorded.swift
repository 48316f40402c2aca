import Foundation

/// The folder of recorded data: `DRYDOCK_RECORDED`, or beside the checkout. Tests that need it are skipped if it is absent.
enum Recorded {
    static let folder: String =
        ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/recorded")
        .standardizedFileURL.path

    static func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    }

    /// Returns the folders below `name` that contain a file with this suffix.
    static func cases(_ name: String, ending suffix: String) -> [String] {
        let files = FileManager.default.enumerator(atPath: "\(folder)/\(name)")?.compactMap { $0 as? String } ?? []
        return Set(files.filter { $0.hasSuffix(suffix) }.map { "\(name)/\(($0 as NSString).deletingLastPathComponent)" })
            .sorted()
    }
}
