import Foundation

/// Recorded data beside the checkout, or where `DRYDOCK_RECORDED` says. Tests that read it are skipped where it is absent.
enum Recorded {
    static let folder: String =
        ProcessInfo.processInfo.environment["DRYDOCK_RECORDED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/recorded")
        .standardizedFileURL.path

    static func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    static func bytes(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)")))
    }

    /// The files in a folder, in order.
    static func files(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []).sorted().map { "\(name)/\($0)" }
    }
}
