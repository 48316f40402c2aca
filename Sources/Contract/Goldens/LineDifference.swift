/// The differing lines of two texts, with the shared lines around them.
public struct LineDifference: Sendable {
    /// The lines, each prefixed with `- ` (expected only), `+ ` (actual only) or two spaces (shared).
    public let lines: [String]

    /// - Parameter context: how many shared lines to keep around a difference.
    public init(_ expected: String, _ actual: String, context: Int = 3) {
        let before = expected.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = actual.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var removed: Set<Int> = [], inserted: Set<Int> = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var all: [String] = []
        var i = 0, j = 0
        while i < before.count || j < after.count {
            if removed.contains(i) {
                all.append("- " + before[i])
                i += 1
            } else if inserted.contains(j) {
                all.append("+ " + after[j])
                j += 1
            } else {
                all.append("  " + before[i])
                i += 1
                j += 1
            }
        }
        lines = Self.shortened(all, context)
    }

    private static func shortened(_ lines: [String], _ context: Int) -> [String] {
        let changed = lines.indices.filter { !lines[$0].hasPrefix("  ") }
        var result: [String] = []
        var last = -1
        for index in lines.indices where changed.contains(where: { abs($0 - index) <= context }) {
            if index != last + 1 { result.append("  …") }
            result.append(lines[index])
            last = index
        }
        if last >= 0, last != lines.count - 1 { result.append("  …") }
        return result
    }
}
