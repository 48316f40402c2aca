import Foundation

/// The machine cannot keep what should be written: the disk is full, or the folder is gone. A failure of the machine's, not of
/// the request, and not of Drydock's.
public struct StorageFailure: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// In one phrase: `no space left on device`.
    public let reason: String

    public static func full(_ path: String) -> StorageFailure {
        StorageFailure(path: path, reason: "no space left on device")
    }

    public static func gone(_ path: String) -> StorageFailure {
        StorageFailure(path: path, reason: "the file was moved or deleted while it is in use")
    }

    public var description: String { "\(path): \(reason)" }

    /// When to try again: people make room.
    public static let retryAfter = Duration.seconds(10)

    /// Whether the disk that a file lies on, or would, has no room.
    public static func isFull(_ path: String) -> Bool {
        var figures = statvfs()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard statvfs(path, &figures) == 0 || statvfs(folder, &figures) == 0 else { return false }
        // SQLite wants 32 KiB at once for its index of the log.
        return UInt64(figures.f_bavail) * UInt64(figures.f_frsize) < 32 << 10
    }
}
