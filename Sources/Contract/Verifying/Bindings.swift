import AWSCore

/// Maps recorded values to the corresponding values that the target generated.
struct Bindings {
    private var given: [String: String] = [:]
    /// The reverse mapping, for values that must map one to one.
    private var recorded: [String: String] = [:]
    /// The order in which recorded values were first seen.
    private var firstSeen: [String: Int] = [:]
    /// Values that requests used before any response contained them.
    private var asked: Set<String> = []

    subscript(recorded: String) -> String? { given[recorded] }

    /// Returns the position at which the value was first seen in the recording.
    func turn(of recorded: String) -> Int? { firstSeen[recorded] }

    /// Binds a recorded value to the target's value when it is first seen.
    /// - Returns: nil, or the conflict: the expected value, or the recorded value already bound to the target's.
    mutating func bind(_ recorded: String, _ value: String) -> String? {
        if let known = given[recorded] { return known == value ? nil : known }
        given[recorded] = value
        firstSeen[recorded] = firstSeen.count
        guard ValueForm(recorded).isUnique else { return nil }
        if let other = self.recorded[value] { return other }
        self.recorded[value] = recorded
        return nil
    }

    /// Records the client's own values in a request, which must come back unchanged.
    mutating func note(_ request: DecodedRequest) {
        func walk(_ node: Node) {
            switch node {
            case .object(let fields): for field in fields { walk(field.value) }
            case .list(let items): for item in items { walk(item) }
            case .string(let text): if given[text] == nil { asked.insert(text) }
            default: break
            }
        }
        walk(request.parameters)
    }

    /// Whether the client used the value before the service returned it.
    func isClients(_ text: String) -> Bool { given[text] == nil && asked.contains(text) }

    /// Returns the text with recorded values replaced by the target's, where they are whole words.
    func applied(to text: String) -> String {
        guard !given.isEmpty, !text.isEmpty else { return text }
        if let value = given[text] { return value }
        var result = Bytes()
        for word in Words(text).parts {
            if case .word(let plain) = word { result += (given[plain] ?? plain).utf8 } else { result += word.text.utf8 }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Does the same for a form, a query string or JSON, whose values may be escaped.
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

/// Splits a text into words, which may be ids, and the text between them.
struct Words {
    enum Part {
        case word(String), between(String)
        var text: String {
            switch self {
            case .word(let text), .between(let text): text
            }
        }
    }
    private(set) var parts: [Part] = []

    init(_ text: String) {
        var word = Bytes(), between = Bytes()
        func isPart(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
        }
        func flush() {
            guard !word.isEmpty else { return }
            // A full stop may end a sentence.
            let ends = word.reversed().prefix { $0 == 46 }.count
            if !between.isEmpty { parts.append(.between(String(decoding: between, as: UTF8.self))) }
            parts.append(.word(String(decoding: word.dropLast(ends), as: UTF8.self)))
            between = Bytes(repeating: 46, count: ends)
            word = []
        }
        for byte in text.utf8 {
            if isPart(byte) { word.append(byte) } else { flush(); between.append(byte) }
        }
        flush()
        if !between.isEmpty { parts.append(.between(String(decoding: between, as: UTF8.self))) }
    }
}
