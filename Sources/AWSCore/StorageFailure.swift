import Foundation

/// A write failed because of the machine, not the request or Drydock: the disk is full, or the folder is gone.
public struct StorageFailure: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// One phrase, such as `no space left on device`.
    public let reason: String

    /// The disk or the user's quota is full.
    public static func full(_ path: String) -> StorageFailure {
        StorageFailure(path: path, reason: "no space left on device")
    }

    /// The file at the path is no longer the one that was opened.
    public static func gone(_ path: String) -> StorageFailure {
        StorageFailure(path: path, reason: "the file was moved or deleted while it is in use")
    }

    public var description: String { "\(path): \(reason)" }

    /// When the client should retry. Users need time to free disk space.
    public static let retryAfter = Duration.seconds(10)

    /// Whether the disk of an existing or future file is full.
    public static func isFull(_ path: String) -> Bool {
        var figures = statvfs()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard statvfs(path, &figures) == 0 || statvfs(folder, &figures) == 0 else { return false }
        // SQLite needs 32 KiB at once for its WAL index.
        return UInt64(figures.f_bavail) * UInt64(figures.f_frsize) < 32 << 10
    }
}
