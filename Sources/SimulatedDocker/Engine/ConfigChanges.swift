import AWSCore

/// Dockerfile instructions that change only how an image is run, as in `docker import --change`.
/// https://docs.docker.com/reference/cli/docker/image/import/#change
struct ConfigChanges {
    private var fields: [String: Node] = [:]

    /// The image's configuration.
    var node: Node { .object(fields.sorted { $0.key < $1.key }.map { Node.Field($0.key, $0.value) }) }

    /// - Throws: ``DockerError`` for an unknown instruction, or one that changes more than that.
    init(_ lines: [String]) throws(DockerError) {
        for line in lines.flatMap({ $0.split(separator: "\n") }) {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard let first = words.first else { continue }
            try apply(first.lowercased(), words.count > 1 ? words[1].trimmed : "")
        }
    }

    private mutating func apply(_ instruction: String, _ rest: String) throws(DockerError) {
        let known = [
            "cmd", "entrypoint", "env", "expose", "label", "onbuild", "stopsignal", "user", "volume", "workdir", "healthcheck",
        ]
        guard known.contains(instruction) else { throw .daemon("\(instruction) is not a valid change command", status: 400) }
        let name = instruction.uppercased()
        guard !rest.isEmpty else {
            throw .daemon("\(name) requires \(name == "ENV" ? "at least one argument" : "exactly one argument")", status: 400)
        }
        switch instruction {
        case "cmd": fields["Cmd"] = Self.command(rest)
        case "entrypoint": fields["Entrypoint"] = Self.command(rest)
        case "env": try addPairs(rest, name) { "\($0)=\($1)" }
        case "label":
            for (key, value) in try Self.pairs(rest, name) { set("Labels", key, .string(value)) }
        case "expose":
            for port in rest.split(whereSeparator: \.isWhitespace) {
                set("ExposedPorts", port.contains("/") ? String(port) : "\(port)/tcp", .object([]))
            }
        case "volume":
            let listed = Self.strings(rest) ?? rest.split(whereSeparator: \.isWhitespace).map(String.init)
            for place in listed { set("Volumes", place, .object([])) }
        case "user": fields["User"] = .string(rest)
        case "stopsignal": fields["StopSignal"] = .string(rest)
        case "workdir":
            let before = fields["WorkingDir"]?.string ?? ""
            fields["WorkingDir"] = .string(rest.hasPrefix("/") ? rest : "\(before)/\(rest)")
        case "onbuild": fields["OnBuild"] = .list((fields["OnBuild"]?.elements ?? []) + [.string(rest)])
        default: throw .daemon("this engine runs no containers, and so takes no HEALTHCHECK", status: 400)
        }
    }

    private mutating func set(_ member: String, _ key: String, _ value: Node) {
        var all = (fields[member]?.fields ?? []).filter { $0.name != key }
        all.append(.init(key, value))
        fields[member] = .object(all.sorted { $0.name < $1.name })
    }

    private mutating func addPairs(_ text: String, _ name: String, _ write: (String, String) -> String) throws(DockerError) {
        for (key, value) in try Self.pairs(text, name) {
            let others = (fields["Env"]?.elements ?? []).filter { !($0.string ?? "").hasPrefix("\(key)=") }
            fields["Env"] = .list(others + [.string(write(key, value))])
        }
    }

    /// Returns a command: a JSON list of words, or a line for the shell.
    private static func command(_ text: String) -> Node {
        .list((strings(text) ?? ["/bin/sh", "-c", text]).map { .string($0) })
    }

    private static func strings(_ text: String) -> [String]? {
        guard let items = (try? JSON.parse(text))?.elements else { return nil }
        let texts = items.compactMap(\.string)
        return texts.count == items.count ? texts : nil
    }

    /// Parses `a=b "c d"=e`, or the old form `a b c`, whose value is the rest of the line.
    private static func pairs(_ text: String, _ name: String) throws(DockerError) -> [(String, String)] {
        let words = words(text)
        if let first = words.first, !first.contains("=") {
            let value = text.split(maxSplits: 1, whereSeparator: \.isWhitespace).dropFirst().first
            guard let value else { throw .daemon("\(name) must have two arguments", status: 400) }
            return [(first, String(value))]
        }
        var pairs: [(String, String)] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw .daemon("Syntax error - can't find = in \"\(word)\". Must be of the form: name=value", status: 400)
            }
            pairs.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
        }
        return pairs
    }

    /// Splits a line into words and removes quotes.
    private static func words(_ text: String) -> [String] {
        var words: [String] = [], word = "", quote: Character?, isOpen = false, isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                isOpen = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isOpen = true
            } else if character.isWhitespace {
                if isOpen || !word.isEmpty { words.append(word) }
                word = ""
                isOpen = false
            } else {
                word.append(character)
            }
        }
        if isOpen || !word.isEmpty { words.append(word) }
        return words
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.last?.isWhitespace == true { text = text.dropLast() }
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        return String(text)
    }
}
