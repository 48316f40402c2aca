import AWSCore
import Foundation

/// Reads a HAR file entry by entry, with only one entry in memory at a time.
public struct HARReader: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// Opens the file for reading entry by entry.
    /// - Throws: ``RecordingError`` if the file is missing or does not begin as a HAR file of a known version.
    public func entries() throws -> Entries { try Entries(path) }

    /// Reads the whole file.
    /// - Throws: ``RecordingError`` if the file is missing, malformed, truncated or of another version; errors of `body`.
    public func forEach(_ body: (RecordedExchange) throws -> Void) throws {
        let entries = try entries()
        while let exchange = try entries.next() { try body(exchange) }
    }

    /// Returns all entries. Use it for recordings known to be small.
    public func exchanges() throws -> [RecordedExchange] {
        var all: [RecordedExchange] = []
        try forEach { all.append($0) }
        return all
    }

    /// Returns the entry at a byte range of the file.
    /// - Throws: ``RecordingError`` if the file has changed.
    func entry(at range: Range<Int>) throws -> RecordedExchange {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw RecordingError(path, "the file does not exist, or cannot be read")
        }
        defer { try? file.close() }
        do {
            try file.seek(toOffset: UInt64(range.lowerBound))
            return try RecordedExchange(harEntry: JSON.parse(Bytes(try file.read(upToCount: range.count) ?? Data())))
        } catch { throw RecordingError(path, "the file was changed while it was in use") }
    }
}

extension HARReader {
    /// The entries of an open file, in order.
    public final class Entries {
        private let path: String
        private let file: FileHandle
        private var pieces: JSONPieces
        private var isAtEnd = false
        private var number = 0
        /// The byte range of the last entry read.
        private(set) var range = 0..<0
        /// The recorder's settings of its target, and the comment.
        private(set) var noted: Node?
        private(set) var comment: String?

        fileprivate init(_ path: String) throws {
            guard let file = FileHandle(forReadingAtPath: path) else {
                throw RecordingError(path, "the file does not exist, or cannot be read")
            }
            self.path = path
            self.file = file
            pieces = JSONPieces { try file.read(upToCount: 1 << 20).map { Bytes($0) } }
            try explained { try toEntries() }
        }

        deinit { try? file.close() }

        /// Reads the next entry; nil after the last.
        /// - Throws: ``RecordingError`` if the file is malformed or truncated here.
        public func next() throws -> RecordedExchange? {
            if isAtEnd { return nil }
            return try explained {
                guard try pieces.hasNextElement() else {
                    isAtEnd = true
                    try toEnd()
                    return nil
                }
                number += 1
                let start = pieces.offset
                let bytes = try pieces.value()
                range = start..<pieces.offset
                do { return try RecordedExchange(harEntry: JSON.parse(bytes)) } catch let error as RecordedExchange.Malformed {
                    throw RecordedExchange.Malformed("entry \(number): \(error)")
                } catch let error as MalformedMessage {
                    throw RecordedExchange.Malformed("entry \(number) is not JSON: \(error)")
                }
            }
        }

        /// Reads up to the list of entries.
        private func toEntries() throws {
            try pieces.skipMark()
            do { try pieces.openObject() } catch let error as JSONPieces.Broken where error.offset <= 3 {
                throw RecordedExchange.Malformed(
                    error.isCutOff ? "the file is empty" : "this is not a HAR file: it does not begin with '{'")
            }
            while let name = try pieces.nextName() {
                if name == "log" { return try toLogsEntries() }
                try pieces.skipValue()
            }
            throw RecordedExchange.Malformed("this is not a HAR file: it has no log")
        }

        private func toLogsEntries() throws {
            try pieces.openObject()
            var isChecked = false
            while let name = try pieces.nextName() {
                switch name {
                case "version":
                    let version = try JSON.parse(try pieces.value())
                    guard let text = version.string, text == "1.2" || text == "1.1" else {
                        throw RecordedExchange.Malformed(
                            "HAR version \(version.string ?? String(decoding: JSON.write(version), as: UTF8.self)) is not supported; 1.2 is"
                        )
                    }
                    isChecked = true
                case "entries":
                    guard isChecked else {
                        throw RecordedExchange.Malformed("the log has no version before its entries; HAR 1.2 is supported")
                    }
                    return try pieces.openList()
                case "_drydock": noted = try JSON.parse(try pieces.value())
                case "comment": comment = try JSON.parse(try pieces.value()).string
                default: try pieces.skipValue()
                }
            }
            throw RecordedExchange.Malformed(
                isChecked ? "the log has no entries" : "the log has neither a version nor entries; HAR 1.2 is supported")
        }

        /// Reads what follows the entries: the rest of the log and of the document.
        private func toEnd() throws {
            for _ in 0..<2 { while try pieces.nextName() != nil { try pieces.skipValue() } }
            try pieces.end()
        }

        private func explained<Result>(_ body: () throws -> Result) throws -> Result {
            do { return try body() } catch let error as JSONPieces.Broken {
                throw RecordingError(path, "\(error.reason) at byte \(error.offset)")
            } catch let error as RecordedExchange.Malformed {
                throw RecordingError(path, error.description)
            } catch let error as MalformedMessage {
                throw RecordingError(path, "the file is not JSON: \(error)")
            } catch let error as CocoaError {
                throw RecordingError(path, "the file cannot be read; is it a folder? (\(error.localizedDescription))")
            }
        }
    }
}
