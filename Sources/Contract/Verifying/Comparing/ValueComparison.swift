import AWSCore

/// How a target's value is compared with the recorded one.
public enum Comparison: String, Sendable, CaseIterable {
    /// The values must be equal, apart from ids and accounts in them.
    case equal
    /// The service generated the value: each recorded value maps to one of the target's.
    case bound
    /// The time since the request must be the same.
    case time
    /// The values must have the same form.
    case form
    /// Only presence is compared, because the number of elements differs from the recording.
    case presence
    /// The re-encoded value must be the same, because the request was not recorded or not replayed.
    case shape
}

extension Comparison {
    /// The description in reports.
    var words: String {
        switch self {
        case .equal: "equal to the recorded value"
        case .bound: "made up by the service, and the same wherever it comes again"
        case .time: "times, counted from the request"
        case .form: "of the recorded value's form"
        case .presence: "given, in lists with more or fewer elements than recorded"
        case .shape: "the same when decoded and encoded again"
        }
    }
}

/// Compares a target's value with the recorded one.
struct ValueComparison {
    /// When the request was sent: in the recording (nil if unknown) and by the target's clock.
    struct Moment {
        var recorded: Instant?
        var given: Instant

        /// The allowed difference between times: AWS writes some only when a change is complete.
        static let tolerance = Duration.seconds(60)

        func agrees(_ mine: Instant, _ theirs: Instant) -> Bool {
            guard let recorded else { return true }
            let drift = (mine - recorded) - (theirs - given)
            return mine == theirs || (.zero - tolerance...tolerance).contains(drift)
        }
        private var tolerance: Duration { Self.tolerance }
    }

    enum Verdict: Equatable {
        case agrees(Comparison)
        case differs(Difference.Kind, expected: String)
    }

    let moment: Moment

    // MARK: Texts

    func compare(
        _ mine: String, _ theirs: String, _ treatment: VaryingValue.Treatment?, in bindings: inout Bindings
    ) -> Verdict {
        if mine.contains(Redaction.mark) { return theirs.isEmpty ? .differs(.changed, expected: mine) : .agrees(.form) }
        if treatment == .computed { return mine == theirs ? .agrees(.equal) : .differs(.changed, expected: mine) }
        if let known = bindings[mine] {
            return known == theirs
                ? .agrees(.bound) : .differs(.binding, expected: known == mine ? mine : "\(mine), which is \(known)")
        }
        let isClients = bindings.isClients(mine)
        let form = ValueForm(mine), found = ValueForm(theirs)
        if treatment == .form { return form == found ? .agrees(.form) : .differs(.format, expected: mine) }
        if treatment == .token, !isClients, mine.isEmpty == theirs.isEmpty { return bind(mine, theirs, in: &bindings) }
        if treatment == .zone, !isClients, !mine.isEmpty, Self.withoutZone(mine) == Self.withoutZone(theirs) {
            return bind(mine, theirs, in: &bindings)
        }
        if form.isMadeUp, !isClients {
            guard form == found else { return .differs(.format, expected: mine) }
            return bind(mine, theirs, in: &bindings)
        }
        if bindings.applied(to: mine) == theirs { return .agrees(.equal) }
        if let verdict = documents(mine, theirs, in: bindings) ?? times(mine, theirs) ?? words(mine, theirs, in: &bindings) {
            return verdict
        }
        return .differs(form == found ? .changed : .format, expected: bindings.applied(to: mine))
    }

    /// Returns `us-east-1` for `us-east-1a`, and `use1-az` for `use1-az6`.
    private static func withoutZone(_ name: String) -> Substring {
        let rest = name.dropLast(name.reversed().prefix(while: \.isNumber).count)
        return rest.count < name.count ? rest : name.dropLast()
    }

    /// Compares JSON documents such as policies, regardless of whitespace and member order.
    private func documents(_ mine: String, _ theirs: String, in bindings: Bindings) -> Verdict? {
        guard let left = Document(bindings.applied(to: mine)), let right = Document(theirs) else { return nil }
        guard left.content == right.content else { return .differs(.changed, expected: mine) }
        return left.isEncoded == right.isEncoded ? .agrees(.equal) : .differs(.format, expected: mine)
    }

    private func bind(_ mine: String, _ theirs: String, in bindings: inout Bindings) -> Verdict {
        if let mine = ValueForm.address(ofHost: mine), let theirs = ValueForm.address(ofHost: theirs) {
            if let known = bindings.bind(mine, theirs) { return .differs(.binding, expected: known) }
        }
        if let other = bindings.bind(mine, theirs) {
            return .differs(.binding, expected: "\(mine), as '\(theirs)' is \(other)")
        }
        return .agrees(.bound)
    }

    /// Compares texts that differ only in generated words: ARNs, registry names, sentences with ids.
    private func words(_ mine: String, _ theirs: String, in bindings: inout Bindings) -> Verdict? {
        let left = Words(mine).parts, right = Words(theirs).parts
        guard left.count == right.count, left.count > 1 || mine.contains(".") else { return nil }
        var made: [(String, String)] = []
        for (left, right) in zip(left, right) {
            switch (left, right) {
            case (.between(let left), .between(let right)): if left != right { return nil }
            case (.word(let left), .word(let right)):
                if (bindings[left] ?? left) == right { continue }
                guard bindings[left] == nil, !bindings.isClients(left) else { return nil }
                let form = ValueForm(left)
                if form.isMadeUp, form == ValueForm(right) {
                    made.append((left, right))
                } else if let mine = RegistryRequest.account(ofHost: left), let theirs = RegistryRequest.account(ofHost: right),
                    left.dropFirst(12) == right.dropFirst(12)
                {
                    made.append((String(mine), String(theirs)))
                } else {
                    return nil
                }
            default: return nil
            }
        }
        for (mine, theirs) in made {
            if let known = bindings.bind(mine, theirs) {
                return .differs(.binding, expected: "\(mine), which is \(known)")
            }
        }
        return .agrees(made.isEmpty ? .equal : .bound)
    }

    // MARK: Times

    func compare(_ mine: Instant, _ theirs: Instant) -> Verdict {
        if moment.recorded == nil { return .agrees(.form) }
        return moment.agrees(mine, theirs) ? .agrees(.time) : .differs(.time, expected: "\(mine)")
    }

    /// Compares texts that differ only in times: `User initiated (2023-12-17 09:30:10 GMT)`.
    private func times(_ mine: String, _ theirs: String) -> Verdict? {
        let left = TimedText(mine), right = TimedText(theirs)
        guard !left.times.isEmpty, left.rest == right.rest, left.times.count == right.times.count else { return nil }
        let verdicts = zip(left.times, right.times).map { compare($0, $1) }
        guard verdicts.allSatisfy({ if case .agrees = $0 { true } else { false } }) else {
            return .differs(.time, expected: mine)
        }
        return verdicts[0]
    }
}

/// A JSON document in a text, with sorted members.
private struct Document {
    let content: Node
    /// Whether the text is percent-encoded, with `%7B` for `{`, as IAM writes it.
    let isEncoded: Bool

    init?(_ text: String) {
        isEncoded = text.hasPrefix("%7B")
        let plain = isEncoded ? (try? QueryString.pairs(Bytes("d=\(text)".utf8)))?.first?.value ?? text : text
        guard plain.drop(while: \.isWhitespace).first == "{", let node = try? JSON.parse(Bytes(plain.utf8)) else { return nil }
        content = Self.sorted(node)
    }

    private static func sorted(_ node: Node) -> Node {
        switch node {
        case .object(let fields): .object(fields.map { .init($0.name, sorted($0.value)) }.sorted { $0.name < $1.name })
        case .list(let items): .list(items.map(sorted))
        default: node
        }
    }
}

/// A text split into its times and the rest.
struct TimedText {
    private(set) var rest = Bytes()
    private(set) var times: [Instant] = []

    init(_ text: String) {
        let bytes = Bytes(text.utf8)
        var position = 0
        while position < bytes.count {
            let piece = bytes[position...].prefix(19)
            if let time = Self.time(piece) {
                times.append(time)
                rest.append(0)
                position += 19
                // Fractions of a second.
                if position + 1 < bytes.count, bytes[position] == 46, (48...57).contains(bytes[position + 1]) {
                    position += 1 + bytes[(position + 1)...].prefix { (48...57).contains($0) }.count
                }
            } else {
                rest.append(bytes[position])
                position += 1
            }
        }
    }

    /// Parses `2023-12-17T09:30:10`, also with a space instead of `T`.
    private static func time(_ piece: ArraySlice<UInt8>) -> Instant? {
        guard piece.count == 19, piece[piece.startIndex + 4] == 45, piece[piece.startIndex + 13] == 58 else { return nil }
        return Instant(parsing: String(decoding: piece, as: UTF8.self).replacing(" ", with: "T"))
    }
}
