import AWSCore
import Foundation
import SimulatorCore

/// The one folder that snapshots over HTTP are written to and read from: whoever may send a request must not write or read
/// the files of whoever serves.
struct SnapshotFolder: Sendable {
    let path: String

    /// - Parameter chosen: the folder of an option; by default one in the state folder, else in the user's data folder.
    init(chosen: String?, stateFolder: String?) {
        path = Self.whole(chosen ?? stateFolder.map { $0 + "/snapshots" } ?? UserFolder.path + "/snapshots")
    }

    private static func whole(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// The path of a snapshot that shall be written. Makes the folder.
    /// - Parameter name: a file's name, or its path in this folder.
    /// - Throws: ``ControlError`` if it is another path, or if something else than a file is there.
    func pathToWrite(_ name: String) throws -> String {
        let file = try self.file(name)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw ControlError("The folder '\(path)' for snapshots cannot be made. Choose another with --snapshots.") }
        return file
    }

    /// The path of a snapshot that is there.
    /// - Throws: ``ControlError`` if it is another path, or if no regular file is there.
    func pathToRead(_ name: String) throws -> String {
        let file = try self.file(name)
        switch FileKind(at: file, followsLinks: false) {
        case .regular: return file
        case .absent: throw ControlError("There is no file '\(name)' in '\(path)'.")
        case .folder, .other: throw ControlError("'\(name)' in '\(path)' is not a regular file.")
        }
    }

    private func file(_ name: String) throws -> String {
        let last = name.hasPrefix(path + "/") ? String(name.dropFirst(path.utf8.count + 1)) : name
        guard !last.isEmpty, !last.hasPrefix("."), !last.contains("/"), !last.contains("\0"), last.utf8.count <= 200 else {
            throw ControlError(
                """
                'file' must be a file's name such as seeded.drydock, not '\(name.prefix(200))'. Snapshots over HTTP lie in '\(path)'; \
                'serve --snapshots FOLDER' chooses another folder.
                """)
        }
        return path + "/" + last
    }
}
