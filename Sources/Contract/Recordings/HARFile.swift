import AWSCore
import Foundation
import Synchronization

/// Writes a HAR 1.2 file entry by entry. After each entry the file is whole, so that one that is interrupted can be read.
/// Everything is redacted before it is written.
public final class HARWriter: Sendable {
    public let redaction: Redaction
    private let state: Mutex<State>

    private struct State {
        let file: FileHandle
        var end: UInt64
        var count = 0
    }

    private static let tail = Bytes("\n]}}\n".utf8)

    /// - Parameter path: a file that is there is replaced; nobody but its owner may read it.
    /// - Throws: ``RecordingError`` if the file cannot be written.
    public init(path: String, redaction: Redaction = Redaction()) throws {
        self.redaction = redaction
        let isMade = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        guard isMade, let file = FileHandle(forWritingAtPath: path) else {
            throw RecordingError(path, "the file cannot be written; is its folder there, and writable?")
        }
        let head = Bytes(
            #"{"log":{"version":"1.2","creator":{"name":"Drydock","version":"0.1.0"},"entries":["#.utf8)
        try file.write(contentsOf: head + Self.tail)
        state = Mutex(State(file: file, end: UInt64(head.count)))
    }

    /// How many entries were written.
    public var count: Int { state.withLock { $0.count } }

    public func write(_ exchange: RecordedExchange) throws {
        let entry = JSON.write(redaction.redacted(exchange).harEntry)
        try state.withLock { state in
            var bytes = Bytes(state.count == 0 ? "\n".utf8 : ",\n".utf8)
            bytes += entry
            try state.file.seek(toOffset: state.end)
            try state.file.write(contentsOf: bytes + Self.tail)
            state.end += UInt64(bytes.count)
            state.count += 1
        }
    }

    public func close() throws { try state.withLock { try $0.file.close() } }
}

/// Reads a HAR file entry by entry: memory holds one entry, however long the file is.
public struct HARReader: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// - Throws: ``RecordingError`` for a file that is missing, broken, cut off or of another version; what `body` throws.
    public func forEach(_ body: (RecordedExchange) throws -> Void) throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw RecordingError(path, "there is no such file, or it cannot be read")
        }
        defer { try? file.close() }
        var pieces = JSONPieces { try file.read(upToCount: 1 << 20).map { Bytes($0) } }
        do {
            try Self.log(&pieces, body)
        } catch let error as JSONPieces.Broken {
            throw RecordingError(path, "\(error.reason) at byte \(error.offset)")
        } catch let error as RecordedExchange.Malformed {
            throw RecordingError(path, error.description)
        } catch let error as MalformedMessage {
            throw RecordingError(path, "an entry is not JSON: \(error)")
        }
    }

    /// All entries, for recordings that are known to be small.
    public func exchanges() throws -> [RecordedExchange] {
        var all: [RecordedExchange] = []
        try forEach { all.append($0) }
        return all
    }

    private static func log(_ pieces: inout JSONPieces, _ body: (RecordedExchange) throws -> Void) throws {
        var hasLog = false
        try pieces.object { name, pieces in
            guard name == "log" else { return try pieces.skipValue() }
            hasLog = true
            var hasEntries = false, isChecked = false
            try pieces.object { name, pieces in
                switch name {
                case "version":
                    let version = try JSON.parse(try pieces.value())
                    guard let text = version.string, text == "1.2" || text == "1.1" else {
                        throw RecordedExchange.Malformed(
                            "HAR version \(version.string ?? String(decoding: JSON.write(version), as: UTF8.self)) is not known; 1.2 is"
                        )
                    }
                    isChecked = true
                case "entries":
                    guard isChecked else {
                        throw RecordedExchange.Malformed("the log names no version before its entries; HAR 1.2 is known")
                    }
                    hasEntries = true
                    try pieces.list { pieces in try body(RecordedExchange(harEntry: try JSON.parse(try pieces.value()))) }
                default: try pieces.skipValue()
                }
            }
            guard hasEntries else { throw RecordedExchange.Malformed("the log has no entries") }
        }
        try pieces.end()
        guard hasLog else { throw RecordedExchange.Malformed("this is no HAR file: it has no log") }
    }
}
