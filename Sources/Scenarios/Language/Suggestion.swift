/// Suggests known words for an unknown one.
package enum Suggestion {
    /// Returns `; did you mean 'x'?`, a list of the known words if they are few, or an empty string.
    package static func text(for word: String, among known: some Sequence<String>) -> String {
        let known = Array(known)
        if let nearest = nearest(to: word, among: known) { return "; did you mean '\(nearest)'?" }
        if known.count <= 12, !known.isEmpty { return "; expected \(choice(known))" }
        return ""
    }

    /// Returns `a, b or c`.
    static func choice(_ words: [String]) -> String {
        words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }

    package static func nearest(to word: String, among known: [String]) -> String? {
        let lower = Array(word.lowercased().utf8)
        let limit = max(1, lower.count / 3)
        var best: (distance: Int, word: String)?
        for candidate in known {
            let other = Array(candidate.lowercased().utf8)
            guard abs(other.count - lower.count) <= limit else { continue }
            let distance = distance(lower, other)
            if distance <= limit, best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
        }
        return best?.word ?? known.first { !word.isEmpty && $0.lowercased().hasPrefix(word.lowercased()) }
    }

    /// Returns the Levenshtein distance, with swapped neighbors counted once.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
