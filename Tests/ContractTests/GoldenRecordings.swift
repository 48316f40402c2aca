import AWSCore
import Contract
import Foundation

/// The recordings in `golden/recordings`.
enum GoldenRecordings {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../golden/recordings").standardized.path

    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".har") }.sorted()

    static func exchanges(_ file: String) throws -> [RecordedExchange] { try HARReader(path: "\(folder)/\(file)").exchanges() }

    static func settings(_ file: String) throws -> RecordingSettings {
        try RecordingSettings(of: HARReader(path: "\(folder)/\(file)"))
    }

    /// Returns the permitted differences: for moto's recordings, also its known differences from AWS.
    static func rules(_ file: String) throws -> Rules {
        guard file.hasPrefix("moto-") else { return .standard }
        let rules = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/rules.json"))
        return try Rules(parsing: Bytes(rules), file: "rules.json") + .standard
    }
}
