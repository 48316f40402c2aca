import AWSCore
import Drydock
import DrydockServer
import Foundation
import Testing

/// Snapshot files over HTTP: only in one folder, and no other files in it.
@Suite struct SnapshotFiles {
    /// Serves with the snapshot folder `snapshots` in an outer folder.
    private func withFolders(_ body: @escaping @Sendable (Served, String) async throws -> Void) async throws {
        let outer = FileManager.default.temporaryDirectory.path + "/drydock-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: outer + "/snapshots", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: outer) }
        var options = Server.Options(port: 0)
        options.snapshotFolder = outer + "/snapshots"
        try await Served.run(options) { try await body($0, outer) }
    }

    private func post(_ served: Served, _ path: String, file: String) async throws -> (isOK: Bool, text: String) {
        let body = String(decoding: JSON.write(.object([.init("file", .string(file))])), as: UTF8.self)
        let (head, text) = try await served.ask("POST /_drydock/\(path)", ["Host: localhost"], body)
        return (head.hasPrefix("HTTP/1.1 200 "), text)
    }

    @Test func snapshotFileIsWrittenReplacedAndRestored() async throws {
        try await withFolders { served, outer in
            for file in ["a.drydock", outer + "/snapshots/a.drydock"] {
                let (isWritten, text) = try await post(served, "snapshot", file: file)
                #expect(isWritten && text.contains("snapshots"), "\(text)")
                let (isRestored, _) = try await post(served, "restore", file: file)
                #expect(isRestored)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: outer + "/snapshots") == ["a.drydock"])
        }
    }

    @Test(arguments: ["snapshot", "restore"]) func snapshotPathsOutsideFolderAreRejected(_ path: String) async throws {
        try await withFolders { served, outer in
            let file = outer + "/secret"
            try Data("secret".utf8).write(to: URL(fileURLWithPath: file))
            var answers: Set<String> = []
            for there in [
                file, outer + "/missing", outer + "/snapshots/../secret", "../secret", "/dev/zero", "/", ".", "..", ".hidden",
                "folder/a", outer + "/snapshots/", "a\0b",
            ] {
                let (isOK, text) = try await post(served, path, file: there)
                #expect(!isOK, "\(there)")
                answers.insert(text.replacing(there, with: "PATH").replacing(there.replacing("/", with: "\\/"), with: "PATH"))
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data("secret".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: outer + "/snapshots").isEmpty)
            // The error does not reveal whether the file exists.
            let (_, there) = try await post(served, path, file: file)
            let (_, missing) = try await post(served, path, file: outer + "/missing")
            #expect(there.replacing("secret", with: "X") == missing.replacing("missing", with: "X"))
        }
    }

    @Test func snapshotDoesNotOverwriteOtherFiles() async throws {
        try await withFolders { served, outer in
            let folder = outer + "/snapshots"
            try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/notes"))
            try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
            try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/new.part"))
            try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: false)
            symlink(outer + "/target", folder + "/link")
            mkfifo(folder + "/fifo", 0o600)
            symlink(outer, folder + "/linked.layers")
            for file in ["notes", "empty", "folder", "link", "fifo", "linked"] {
                let (isOK, text) = try await post(served, "snapshot", file: file)
                #expect(!isOK && text.contains("It was not changed"), "\(file): \(text)")
            }
            for file in ["notes", "empty", "folder", "link", "fifo"] {
                let (isRestored, _) = try await post(served, "restore", file: file)
                #expect(!isRestored, "\(file)")
            }
            let (isWritten, _) = try await post(served, "snapshot", file: "new")
            #expect(isWritten)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/notes")) == Data("notes".utf8))
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/new.part")) == Data("mine".utf8))
            #expect(!FileManager.default.fileExists(atPath: outer + "/target"))
            #expect(!FileManager.default.fileExists(atPath: outer + "/blobs"))
        }
    }

    /// Opening a FIFO would block until another process writes to it.
    @Test func stateThatIsFIFOIsRejected() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-fifo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        mkfifo(folder + "/drydock.sqlite", 0o600)
        #expect(StateOwner.of(folder: folder) == nil)
        #expect(throws: StateError.self) { try Simulator.drydock(.init(stateFolder: folder)) }
        #expect(throws: StateError.self) { try Simulator.drydock(snapshot: folder + "/drydock.sqlite") }
    }

    @Test func snapshotFolderIsInsideStateFolder() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-state-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Served.run(state: folder) { served in
            let (isWritten, _) = try await post(served, "snapshot", file: "a")
            #expect(isWritten)
            #expect(FileManager.default.fileExists(atPath: folder + "/snapshots/a"))
        }
    }
}
