import AWSCore
import Foundation
import SimulatorCore

/// The only folder where snapshots are written and read over HTTP, so that clients cannot access the server user's other files.
struct SnapshotFolder: Sendable {
    let path: String

    /// - Parameter chosen: the folder of an option; nil uses one in the state folder, or else in the user's data folder.
    init(chosen: String?, stateFolder: String?) {
        path = Self.whole(chosen ?? stateFolder.map { $0 + "/snapshots" } ?? UserFolder.path + "/snapshots")
    }

    private static func whole(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// Returns the path for a new snapshot. Creates the folder.
    /// - Parameter name: a file name, or its path in this folder.
    /// - Throws: ``ControlError`` for any other path, or if the folder cannot be created.
    func pathToWrite(_ name: String) throws -> String {
        let file = try self.file(name)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw ControlError("The folder '\(path)' for snapshots cannot be created. Choose another with --snapshots.") }
        return file
    }

    /// Returns the path of an existing snapshot.
    /// - Throws: ``ControlError`` for any other path, or if there is no regular file.
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
                'file' must be a file's name such as seeded.drydock, not '\(name.prefix(200))'. Snapshots over HTTP are in '\(path)'; \
                'serve --snapshots FOLDER' chooses another folder.
                """)
        }
        return path + "/" + last
    }
}
