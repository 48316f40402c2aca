import Foundation

/// Recorded data beside the checkout, or where `DRYDOCK_RECORDED` says. Tests that read it are skipped where it is absent.
enum Recorded {
    static let folder: String =
        ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/recorded")
        .standardizedFileURL.path

    static func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    }

    /// Folders below `name` that hold a file whose name ends so.
    static func cases(_ name: String, ending suffix: String) -> [String] {
        let files = FileManager.default.enumerator(atPath: "\(folder)/\(name)")?.compactMap { $0 as? String } ?? []
        return Set(files.filter { $0.hasSuffix(suffix) }.map { "\(name)/\(($0 as NSString).deletingLastPathComponent)" })
            .sorted()
    }
}
