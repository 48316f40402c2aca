/// A Debian package version, ordered as Debian orders it: `[epoch:]upstream[-revision]`.
/// https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
struct DebianVersion: Comparable {
    let epoch: Int
    let upstream, revision: [UInt8]

    init(_ text: String) {
        var rest = text[...]
        epoch = rest.firstIndex(of: ":").flatMap { Int(rest[..<$0]) } ?? 0
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        if let dash = rest.lastIndex(of: "-") {
            upstream = Array(rest[..<dash].utf8)
            revision = Array(rest[rest.index(after: dash)...].utf8)
        } else {
            upstream = Array(rest.utf8)
            revision = []
        }
    }

    static func < (a: DebianVersion, b: DebianVersion) -> Bool { compare(a, b) < 0 }
    static func == (a: DebianVersion, b: DebianVersion) -> Bool { compare(a, b) == 0 }

    private static func compare(_ a: DebianVersion, _ b: DebianVersion) -> Int {
        if a.epoch != b.epoch { return a.epoch - b.epoch }
        let upstream = compare(a.upstream, b.upstream)
        return upstream != 0 ? upstream : compare(a.revision, b.revision)
    }

    /// Compares non-digit parts and numbers in turn. In a non-digit part, `~` sorts before the end, and letters sort
    /// before other characters.
    private static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var i = 0, j = 0
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        func order(_ text: [UInt8], _ index: Int) -> Int {
            guard index < text.count, !isDigit(text[index]) else { return 0 }
            let byte = text[index]
            if byte == 126 { return -1 }
            return (65...90).contains(byte) || (97...122).contains(byte) ? Int(byte) : Int(byte) + 256
        }
        while i < a.count || j < b.count {
            while i < a.count && !isDigit(a[i]) || j < b.count && !isDigit(b[j]) {
                let difference = order(a, i) - order(b, j)
                if difference != 0 { return difference }
                i += 1
                j += 1
            }
            while i < a.count, a[i] == 48 { i += 1 }
            while j < b.count, b[j] == 48 { j += 1 }
            var first = 0
            while i < a.count, j < b.count, isDigit(a[i]), isDigit(b[j]) {
                if first == 0 { first = Int(a[i]) - Int(b[j]) }
                i += 1
                j += 1
            }
            if i < a.count, isDigit(a[i]) { return 1 }
            if j < b.count, isDigit(b[j]) { return -1 }
            if first != 0 { return first }
        }
        return 0
    }
}

/// An Alpine package version: numbers separated by dots, a letter, suffixes such as `_rc1` or `_p2`, and `-r<build>`.
/// https://wiki.alpinelinux.org/wiki/Package_policies
struct AlpineVersion: Comparable {
    let numbers: [Int]
    let letter: UInt8
    /// The rank and number of each suffix. Pre-release suffixes have negative ranks.
    let suffixes: [[Int]]
    let build: Int

    private static let ranks = [
        "alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5,
    ]

    init(_ text: String) {
        var rest = text[...]
        var build = 0
        if let mark = rest.range(ofLast: "-r"), let number = Int(rest[mark.upperBound...]) {
            build = number
            rest = rest[..<mark.lowerBound]
        }
        self.build = build
        let parts = rest.split(separator: "_")
        var main = parts.first ?? ""
        if let last = main.utf8.last, (97...122).contains(last) {
            letter = last
            main = main.dropLast()
        } else {
            letter = 0
        }
        // After the first dot, leading zeros count as in decimals: 1.01 comes before 1.1.
        numbers = main.split(separator: ".").enumerated().flatMap { offset, part -> [Int] in
            let zeros = offset == 0 ? 0 : part.prefix { $0 == "0" }.count
            let rest = part.dropFirst(zeros)
            return (zeros > 0 ? [-zeros] : []) + (rest.isEmpty && zeros > 0 ? [] : [Int(rest) ?? 0])
        }
        suffixes = parts.dropFirst().map { part in
            let name = part.prefix { $0.isLetter }
            return [Self.ranks[String(name)] ?? 0, Int(part.dropFirst(name.count)) ?? 0]
        }
    }

    static func < (a: AlpineVersion, b: AlpineVersion) -> Bool {
        if a.numbers != b.numbers { return a.numbers.lexicographicallyPrecedes(b.numbers) }
        if a.letter != b.letter { return a.letter < b.letter }
        for index in 0..<max(a.suffixes.count, b.suffixes.count) {
            let one = index < a.suffixes.count ? a.suffixes[index] : [0, 0]
            let other = index < b.suffixes.count ? b.suffixes[index] : [0, 0]
            if one != other { return one.lexicographicallyPrecedes(other) }
        }
        return a.build < b.build
    }
}

extension Substring {
    fileprivate func range(ofLast text: String) -> Range<Index>? { ranges(of: text).last }
}
