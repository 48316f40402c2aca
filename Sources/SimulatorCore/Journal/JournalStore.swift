/// The journal's entries, limited in bytes: the oldest are dropped first.
///
/// Entries are stored in blocks, so that dropping costs the same in a small and in a large journal.
struct JournalStore {
    private struct Block {
        var entries: [Journal.Entry] = []
        var bytes = 0
    }
    private static let blockSize = 128

    private let limit: Int
    private var blocks: [Block] = []
    private var bytes = 0
    /// The number of dropped entries.
    private var forgotten = 0
    /// The number of dropped entries that ``clear()`` removed.
    private var cleared = 0

    /// - Parameter limit: the approximate memory limit, in bytes.
    init(limit: Int) { self.limit = limit }

    /// The position after the last entry. Positions count all entries ever made.
    var end: Int {
        forgotten + (blocks.isEmpty ? 0 : (blocks.count - 1) * Self.blockSize + blocks[blocks.count - 1].entries.count)
    }

    mutating func append(_ entry: Journal.Entry) {
        let size = entry.size
        if blocks.last.map({ $0.entries.count == Self.blockSize }) ?? true { blocks.append(Block()) }
        blocks[blocks.count - 1].entries.append(entry)
        blocks[blocks.count - 1].bytes += size
        bytes += size
        while bytes > limit, blocks.count > 1 {
            bytes -= blocks[0].bytes
            forgotten += Self.blockSize
            blocks.removeFirst()
        }
        // A few large entries in one block: drop them one by one.
        while bytes > limit, blocks.count == 1, blocks[0].entries.count > 1 { thinOut() }
    }

    /// Shrinks the only block; blocks before the last must stay full.
    private mutating func thinOut() {
        let count = max(1, blocks[0].entries.count / 4)
        let gone = blocks[0].entries.prefix(count).reduce(0) { $0 + $1.size }
        blocks[0].entries.removeFirst(count)
        blocks[0].bytes -= gone
        bytes -= gone
        forgotten += count
    }

    mutating func clear() {
        forgotten = end
        cleared = forgotten
        blocks = []
        bytes = 0
    }

    /// Returns the entries from a position on.
    /// - Parameter count: the maximum number of entries.
    func page(from position: Int, atMost count: Int) -> Journal.Page {
        let end = end
        let first = max(0, min(position, end) - forgotten)
        let last = min(end - forgotten, first > Int.max - count ? Int.max : first + count)
        var entries: [Journal.Entry] = []
        entries.reserveCapacity(last - first)
        var current = first
        while current < last {
            let block = blocks[current / Self.blockSize].entries
            let start = current % Self.blockSize
            let taken = min(block.count - start, last - current)
            entries += block[start..<(start + taken)]
            current += taken
        }
        return Journal.Page(
            entries: entries, next: forgotten + last, end: end, lost: max(0, forgotten - max(position, cleared)))
    }
}
