import AWSCore
import Foundation
import Synchronization

/// Writes a HAR 1.2 file entry by entry. The file is complete after each entry, so an interrupted recording can still be
/// read. Every entry is redacted first.
public final class HARWriter: Sendable {
    public let redaction: Redaction
    private let state: Mutex<State>

    private struct State {
        let file: FileHandle
        var end: UInt64
        var count = 0
        var credentials = CredentialNames()
    }

    private static let tail = Bytes("\n]}}\n".utf8)

    /// - Parameters:
    ///   - path: an existing file is replaced; only the file's owner can read it.
    ///   - comment: a description of the recording for readers of the file.
    ///   - settings: the target's settings, for verifying another target against the recording.
    /// - Throws: ``RecordingError`` if the file cannot be written.
    public init(
        path: String, redaction: Redaction = Redaction(), comment: String? = nil, settings: RecordingSettings? = nil
    ) throws {
        self.redaction = redaction
        let isMade = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        guard isMade, let file = FileHandle(forWritingAtPath: path) else {
            throw RecordingError(path, "the file cannot be written; is its folder there, and writable?")
        }
        var head = Bytes(#"{"log":{"version":"1.2","creator":{"name":"Drydock","version":"0.1.0"},"#.utf8)
        if let comment { head += Bytes(#""comment":"#.utf8) + JSON.write(.string(comment)) + [44] }
        if var settings {
            if redaction.hidesAccounts { settings.account = nil }
            head += Bytes(#""_drydock":"#.utf8) + JSON.write(settings.node) + [44]
        }
        head += #""entries":["#.utf8
        try file.write(contentsOf: head + Self.tail)
        state = Mutex(State(file: file, end: UInt64(head.count)))
    }

    /// The number of entries written.
    public var count: Int { state.withLock { $0.count } }

    /// Appends an exchange, redacted. The file is complete after each.
    /// - Throws: the file system's error.
    public func write(_ exchange: RecordedExchange) throws {
        var noted = exchange
        state.withLock { $0.credentials.note(&noted) }
        let entry = JSON.write(redaction.redacted(noted).harEntry)
        try state.withLock { state in
            var bytes = Bytes(state.count == 0 ? "\n".utf8 : ",\n".utf8)
            bytes += entry
            try state.file.seek(toOffset: state.end)
            try state.file.write(contentsOf: bytes + Self.tail)
            state.end += UInt64(bytes.count)
            state.count += 1
        }
    }

    /// Closes the file.
    public func close() throws { try state.withLock { try $0.file.close() } }
}
