import AWSCore

/// Which of the target's made-up values stand for which recorded ones.
struct Bindings {
    private var given: [String: String] = [:]
    /// Recorded values in the order in which they were first seen.
    private var firstSeen: [String: Int] = [:]

    subscript(recorded: String) -> String? { given[recorded] }

    /// When the value was first seen, counted from the beginning of the recording.
    func turn(of recorded: String) -> Int? { firstSeen[recorded] }

    /// Binds a recorded value to the target's at first sight.
    /// - Returns: the value that should have stood there, if it is another.
    mutating func bind(_ recorded: String, _ value: String) -> String? {
        guard let known = given[recorded] else {
            given[recorded] = value
            firstSeen[recorded] = firstSeen.count
            return nil
        }
        return known == value ? nil : known
    }

    /// The text with the target's values in place of the recorded ones, where these stand for themselves.
    func applied(to text: String) -> String {
        guard !given.isEmpty, !text.isEmpty else { return text }
        if let value = given[text] { return value }
        var result = Bytes()
        var word = Bytes()
        func isPart(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
        }
        func flush() {
            guard !word.isEmpty else { return }
            // A full stop may end a sentence.
            let ends = word.reversed().prefix { $0 == 46 }.count
            let plain = String(decoding: word.dropLast(ends), as: UTF8.self)
            result += (given[plain] ?? plain).utf8
            result += Bytes(repeating: 46, count: ends)
            word = []
        }
        for byte in text.utf8 {
            if isPart(byte) { word.append(byte) } else { flush(); result.append(byte) }
        }
        flush()
        return String(decoding: result, as: UTF8.self)
    }

    /// The same for a form, a query string or JSON, whose values may be escaped.
    func applied(to body: Bytes) -> Bytes {
        guard !given.isEmpty, let first = body.first else { return body }
        if first == 123 || first == 91 {
            return String(validating: body, as: UTF8.self).map { Bytes(applied(to: $0).utf8) } ?? body
        }
        guard let pairs = try? QueryString.pairs(body), pairs.contains(where: { $0.value != applied(to: $0.value) }) else {
            return body
        }
        let parts = pairs.map { "\(QueryString.encoded($0.name))=\(QueryString.encoded(applied(to: $0.value)))" }
        return Bytes(parts.joined(separator: "&").utf8)
    }
}
