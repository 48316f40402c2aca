/// A generated text of records in the byte order of their names. It is searched in place: nothing is parsed, copied or indexed
/// in advance.
///
/// A record is a line that starts with its name, followed by lines that start with a space.
package struct SortedText: @unchecked Sendable {  // a constant of the program
    package struct Record {
        /// The rest of the line after the name.
        package let line: UnsafeBufferPointer<UInt8>
        /// The following lines, each with its leading space.
        package let body: UnsafeBufferPointer<UInt8>

        /// Split as bytes, because splitting by characters is many times slower and some rows have 100 words.
        package var words: [String] { line.split(separator: SortedText.blank).map { String(decoding: $0, as: UTF8.self) } }
        /// The following lines, one by one.
        package var lines: [UnsafeBufferPointer<UInt8>] {
            body.split(separator: SortedText.newline).map { UnsafeBufferPointer(rebasing: $0) }
        }
        /// Returns the following line that starts with a word; nil if there is none.
        package func line(_ first: String) -> UnsafeBufferPointer<UInt8>? {
            lines.first { line in
                line.dropFirst().starts(with: first.utf8)
                    && (line.count == first.utf8.count + 1 || line[first.utf8.count + 1] == SortedText.blank)
            }
        }
        /// The words of each following line.
        package var wordsOfLines: [[String]] {
            lines.map { $0.split(separator: SortedText.blank).map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    private let bytes: UnsafeBufferPointer<UInt8>

    package init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// - Parameter bytes: a program constant that is never freed.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    package func record(_ name: String) -> Record? {
        var name = name
        return name.withUTF8 { name in
            let bytes = bytes
            var low = 0, high = bytes.count
            while low < high {
                let start = self.start(at: low + (high - low) / 2, after: low, bytes)
                let nameEnd = self.nameEnd(start, bytes)
                if Self.isLess(bytes[start..<nameEnd], name) {
                    low = end(nameEnd, bytes)
                } else if nameEnd - start == name.count, bytes[start..<nameEnd].elementsEqual(name) {
                    let lineEnd = bytes[nameEnd...].firstIndex(of: Self.newline) ?? bytes.count
                    let end = end(nameEnd, bytes)
                    return Record(
                        line: UnsafeBufferPointer(rebasing: bytes[nameEnd..<lineEnd]),
                        body: UnsafeBufferPointer(rebasing: bytes[lineEnd..<end]))
                } else {
                    high = start
                }
            }
            return nil
        }
    }

    /// All names in order. This scans the whole text.
    package var names: [String] {
        let bytes = bytes
        var names: [String] = [], position = 0
        while position < bytes.count {
            let nameEnd = nameEnd(position, bytes)
            names.append(String(decoding: bytes[position..<nameEnd], as: UTF8.self))
            position = end(nameEnd, bytes)
        }
        return names
    }

    fileprivate static let newline: UInt8 = 10, blank: UInt8 = 32

    /// Returns the start of the record at a position. `limit` is the start of a record at or before it.
    private func start(at position: Int, after limit: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var position = position
        while position > limit, bytes[position - 1] != Self.newline || bytes[position] == Self.blank { position -= 1 }
        return position
    }

    private func nameEnd(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        bytes[start...].firstIndex { $0 == Self.blank || $0 == Self.newline } ?? bytes.count
    }

    /// Returns the start of the next record.
    private func end(_ position: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var position = position
        while let newline = bytes[position...].firstIndex(of: Self.newline) {
            position = newline + 1
            if position == bytes.count || bytes[position] != Self.blank { return position }
        }
        return bytes.count
    }

    private static func isLess(_ left: Slice<UnsafeBufferPointer<UInt8>>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        left.lexicographicallyPrecedes(right)
    }
}
