import Synchronization

extension Schema {
    /// A regular expression that must match a whole value, in the part of Java's syntax that AWS's models use.
    ///
    /// Matching takes linear time. With some of AWS's patterns, callers could send text that takes a backtracking engine
    /// exponentially long.
    public final class Pattern: Sendable {
        public let text: String
        private let compiled = Mutex<Program?>(nil)

        package init(_ text: String) { self.text = text }

        /// Returns true for any value if the syntax is not supported: the fault is the model's, not the caller's.
        public func matches(_ value: String) -> Bool { program.matches(value) }

        /// Whether the pattern's syntax is supported.
        package var isSupported: Bool { program.isSupported }

        private var program: Program {
            compiled.withLock { cached in
                if let cached { return cached }
                let program = Program(text)
                cached = program
                return program
            }
        }
    }
}

/// A set of Unicode scalars: `[a-z_\p{L}]`.
private struct ScalarSet {
    var low: UInt64 = 0, high: UInt64 = 0
    var ranges: [ClosedRange<UInt32>] = []
    var letters = false, numbers = false, separators = false
    var isNegated = false

    mutating func insert(_ range: ClosedRange<UInt32>) {
        for code in range where code < 128 {
            if code < 64 { low |= 1 << UInt64(code) } else { high |= 1 << UInt64(code - 64) }
        }
        if range.upperBound >= 128 { ranges.append(max(range.lowerBound, 128)...range.upperBound) }
    }

    mutating func formUnion(_ other: ScalarSet) {
        low |= other.low
        high |= other.high
        ranges += other.ranges
        letters = letters || other.letters
        numbers = numbers || other.numbers
        separators = separators || other.separators
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool { holds(scalar) != isNegated }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        let code = scalar.value
        if code < 64 ? low >> UInt64(code) & 1 == 1 : code < 128 && high >> UInt64(code - 64) & 1 == 1 { return true }
        if code >= 128, ranges.contains(where: { $0.contains(code) }) { return true }
        guard letters || numbers || separators else { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return letters
        case .decimalNumber, .letterNumber, .otherNumber: return numbers
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return separators
        default: return false
        }
    }
}

private indirect enum Piece {
    case set(ScalarSet)
    case start, end
    /// Matches if the next scalar is not in the set, or at the end of the text.
    case notBefore(ScalarSet)
    case sequence([Piece])
    case choice([Piece])
    case repeated(Piece, Int, Int?)
}

/// A pattern compiled for an automaton that follows all alternatives at once.
private struct Program: Sendable {
    private enum Step: Sendable {
        case set(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start, end, match
        case notBefore(ScalarSet)
    }
    private var steps: [Step] = []
    /// The most common form, one repeated set, which needs no automaton.
    private var simple: (set: ScalarSet, minimum: Int, maximum: Int?)?
    private static let mostSteps = 20_000

    var isSupported: Bool { !steps.isEmpty }

    init(_ text: String) {
        var parser = PatternParser(text)
        guard let piece = parser.parse() else { return }
        if case .repeated(.set(let set), let minimum, let maximum) = piece { simple = (set, minimum, maximum) }
        append(piece)
        steps = steps.count > Self.mostSteps ? [] : steps + [.match]
    }

    private mutating func append(_ piece: Piece) {
        guard steps.count <= Self.mostSteps else { return }
        switch piece {
        case .set(let set): steps.append(.set(set))
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .notBefore(let set): steps.append(.notBefore(set))
        case .sequence(let pieces): for piece in pieces { append(piece) }
        case .choice(let pieces):
            var exits: [Int] = []
            for piece in pieces.dropLast() {
                let split = steps.count
                steps.append(.jump(0))
                append(piece)
                exits.append(steps.count)
                steps.append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            if let last = pieces.last { append(last) }
            for exit in exits { steps[exit] = .jump(steps.count) }
        case .repeated(let piece, let minimum, let maximum):
            for _ in 0..<minimum { append(piece) }
            guard let maximum else {
                let loop = steps.count
                steps.append(.jump(0))
                append(piece)
                steps.append(.jump(loop))
                steps[loop] = .split(loop + 1, steps.count)
                return
            }
            var exits: [Int] = []
            for _ in minimum..<max(minimum, maximum) {
                exits.append(steps.count)
                steps.append(.jump(0))
                append(piece)
            }
            for exit in exits { steps[exit] = .split(exit + 1, steps.count) }
        }
    }

    func matches(_ value: String) -> Bool {
        guard isSupported else { return true }
        let scalars = value.unicodeScalars
        if let simple {
            var count = 0
            for scalar in scalars {
                guard simple.set.contains(scalar) else { return false }
                count += 1
            }
            return count >= simple.minimum && count <= simple.maximum ?? .max
        }
        var threads = Threads(size: steps.count), next = Threads(size: steps.count)
        var position = scalars.startIndex
        add(0, to: &threads, isStart: true, before: scalars.first)
        while position < scalars.endIndex, !threads.states.isEmpty {
            let scalar = scalars[position]
            scalars.formIndex(after: &position)
            next.clear()
            let following = position < scalars.endIndex ? scalars[position] : nil
            for state in threads.states {
                if case .set(let set) = steps[state], set.contains(scalar) {
                    add(state + 1, to: &next, isStart: false, before: following)
                }
            }
            swap(&threads, &next)
        }
        return position == scalars.endIndex && threads.states.contains { if case .match = steps[$0] { true } else { false } }
    }

    private struct Threads {
        var states: [Int] = []
        private var marks: [Int32]
        private var generation: Int32 = 1
        init(size: Int) { marks = [Int32](repeating: 0, count: size) }
        mutating func clear() {
            states.removeAll(keepingCapacity: true)
            generation += 1
        }
        /// - Returns: false if the state was already visited since the last ``clear()``.
        mutating func visit(_ state: Int) -> Bool {
            if marks[state] == generation { return false }
            marks[state] = generation
            return true
        }
    }

    /// - Parameter following: the next scalar of the text; nil at its end.
    private func add(_ first: Int, to threads: inout Threads, isStart: Bool, before following: Unicode.Scalar?) {
        var pending = [first]
        while let state = pending.popLast() {
            guard threads.visit(state) else { continue }
            switch steps[state] {
            case .set, .match: threads.states.append(state)
            case .jump(let target): pending.append(target)
            case .split(let a, let b): pending.append(b); pending.append(a)
            case .start: if isStart { pending.append(state + 1) }
            case .end: if following == nil { pending.append(state + 1) }
            case .notBefore(let set): if following.map({ !set.contains($0) }) ?? true { pending.append(state + 1) }
            }
        }
    }
}

/// Parses a pattern. Returns nil for unsupported syntax.
private struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private static let deepest = 32

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() -> Piece? {
        guard let piece = choice(depth: 0), position == scalars.count else { return nil }
        return piece
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func choice(depth: Int) -> Piece? {
        guard depth < Self.deepest, let first = sequence(depth: depth) else { return nil }
        var pieces = [first]
        while take("|") {
            guard let piece = sequence(depth: depth) else { return nil }
            pieces.append(piece)
        }
        return pieces.count == 1 ? first : .choice(pieces)
    }

    private mutating func sequence(depth: Int) -> Piece? {
        var pieces: [Piece] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            guard var piece = atom(depth: depth) else { return nil }
            while let quantifier = next, quantifier == "*" || quantifier == "+" || quantifier == "?" || quantifier == "{" {
                guard let (minimum, maximum) = bounds() else { return nil }
                _ = take("?")  // lazy and greedy are the same when the whole text must match
                piece = .repeated(piece, minimum, maximum)
            }
            pieces.append(piece)
        }
        return pieces.count == 1 ? pieces[0] : .sequence(pieces)
    }

    private mutating func bounds() -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{"), let minimum = number() else { return nil }
        if take("}") { return (minimum, minimum) }
        guard take(",") else { return nil }
        if take("}") { return (minimum, nil) }
        guard let maximum = number(), maximum >= minimum, take("}") else { return nil }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        let start = position
        while let scalar = next, ("0"..."9").contains(scalar) { position += 1 }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[start..<position])
        return Int(text).flatMap { $0 <= 10_000 ? $0 : nil }
    }

    private mutating func atom(depth: Int) -> Piece? {
        guard let scalar = next else { return nil }
        let start = position
        position += 1
        switch scalar {
        case "^": return .start
        case "$": return .end
        case ".":
            var set = ScalarSet()
            for lineEnd in [10, 13, 0x85, 0x2028, 0x2029] as [UInt32] { set.insert(lineEnd...lineEnd) }
            set.isNegated = true
            return .set(set)
        case "(":
            var looksAhead = false
            if take("?") {
                looksAhead = take("!")
                guard looksAhead || take(":") else { return nil }
            }
            guard let piece = choice(depth: depth + 1), take(")") else { return nil }
            guard looksAhead else { return piece }
            // AWS's models only use lookahead for a single scalar, and in `^(?!\s*$).+` to forbid blank text.
            if case .set(let set) = piece { return .notBefore(set) }
            if start == 1, scalars[0] == "^", scalars[position...] == [".", "+"], case .sequence(let pieces) = piece,
                pieces.count == 2,
                case .repeated(.set(var set), 0, nil) = pieces[0], case .end = pieces[1]
            {
                position += 2
                // Text with any other scalar matches. Assumed: also text of several lines, such as a policy.
                set.isNegated.toggle()
                let anything = Piece.repeated(.set(ScalarSet(isNegated: true)), 0, nil)
                return .sequence([anything, .set(set), anything])
            }
            return nil
        case "[": return brackets().map { .set($0) }
        case "\\": return escape().map { .set($0) }
        case "*", "+", "?", "{", ")": return nil
        default: return .set(ScalarSet(only: scalar))
        }
    }

    /// Parses what follows `[`. Java's `&&` and nested brackets are not supported.
    private mutating func brackets() -> ScalarSet? {
        var set = ScalarSet()
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = next {
            position += 1
            if scalar == "]", !isFirst { return set }
            isFirst = false
            guard scalar != "[", !(scalar == "&" && next == "&") else { return nil }
            guard let part = scalar == "\\" ? escape() : ScalarSet(only: scalar) else { return nil }
            if next == "-", position + 1 < scalars.count, scalars[position + 1] != "]", let first = part.single {
                position += 1
                guard let end = next else { return nil }
                position += 1
                guard let last = (end == "\\" ? escape() : ScalarSet(only: end)) else { return nil }
                if let last = last.single {
                    guard first <= last else { return nil }
                    set.insert(first...last)
                } else {
                    // `9-\w`: the hyphen is literal.
                    set.formUnion(part)
                    set.insert(45...45)
                    set.formUnion(last)
                }
            } else {
                set.formUnion(part)
            }
        }
        return nil
    }

    /// Parses what follows `\`.
    private mutating func escape() -> ScalarSet? {
        guard let scalar = next else { return nil }
        position += 1
        var set = ScalarSet()
        switch scalar {
        case "d", "D": set.insert(48...57)
        case "w", "W":
            for range in [48...57, 65...90, 95...95, 97...122] as [ClosedRange<UInt32>] { set.insert(range) }
        case "s", "S":
            for code in [9, 10, 11, 12, 13, 32] as [UInt32] { set.insert(code...code) }
        case "t": set.insert(9...9)
        case "n": set.insert(10...10)
        case "r": set.insert(13...13)
        case "u", "x":
            let digits = scalar == "u" ? 4 : 2
            guard position + digits <= scalars.count else { return nil }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars[position..<position + digits])
            guard let code = UInt32(text, radix: 16) else { return nil }
            position += digits
            set.insert(code...code)
        case "p":
            guard take("{"), let category = next else { return nil }
            position += 1
            guard take("}") else { return nil }
            switch category {
            case "L": set.letters = true
            case "N": set.numbers = true
            case "Z": set.separators = true
            default: return nil
            }
        case "a"..."z", "A"..."Z", "0"..."9": return nil
        default: return ScalarSet(only: scalar)
        }
        if scalar == "D" || scalar == "W" || scalar == "S" { set = set.complement }
        return set
    }
}

extension ScalarSet {
    init(only scalar: Unicode.Scalar) { insert(scalar.value...scalar.value) }

    /// The only member, if the set has exactly one.
    fileprivate var single: UInt32? {
        if letters || numbers || separators || isNegated { return nil }
        if let only = ranges.first { return ranges.count == 1 && low | high == 0 && only.count == 1 ? only.lowerBound : nil }
        guard low.nonzeroBitCount + high.nonzeroBitCount == 1 else { return nil }
        return low != 0 ? UInt32(low.trailingZeroBitCount) : UInt32(64 + high.trailingZeroBitCount)
    }

    /// The complement of a set that has only ASCII members.
    fileprivate var complement: ScalarSet {
        var set = ScalarSet()
        set.low = ~low
        set.high = ~high
        set.ranges = [128...0x10FFFF]
        return set
    }
}
