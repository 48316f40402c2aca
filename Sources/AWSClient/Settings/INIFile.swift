/// A shared configuration file of AWS: sections of settings. Some settings have nested, indented settings.
struct INIFile {
    /// By the text between the brackets, with white space reduced to single spaces.
    private(set) var sections: [String: [String: Setting]] = [:]

    struct Setting: Equatable {
        var value: String
        var nested: [String: String] = [:]
    }

    /// - Parameter path: the file's path, for error messages.
    /// - Throws: ``ConfigurationError`` with file and line if a line is neither a section nor a setting.
    init(_ text: String, path: String) throws {
        var section: String?, setting: String?
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            func failure(_ reason: String) -> ConfigurationError { ConfigurationError("\(path):\(index + 1): \(reason)") }
            let trimmed = line.trimmingSpace()
            guard let first = trimmed.first, first != "#", first != ";" else { continue }
            if first == "[" {
                guard let end = trimmed.firstIndex(of: "]") else { throw failure("the section's name lacks its ']'") }
                let rest = trimmed[trimmed.index(after: end)...].trimmingSpace()
                guard rest.isEmpty || rest.first == "#" || rest.first == ";" else {
                    throw failure("unexpected text after the section's name: \(rest)")
                }
                let name = trimmed[trimmed.index(after: trimmed.startIndex)..<end].split(whereSeparator: \.isWhitespace).joined(
                    separator: " ")
                guard !name.isEmpty else { throw failure("a section without a name") }
                sections[name, default: [:]] = sections[name, default: [:]]
                (section, setting) = (name, nil)
                continue
            }
            guard let section else { throw failure("a setting before the first section") }
            let isIndented = line.first?.isWhitespace == true
            guard let equals = trimmed.firstIndex(of: "=") else {
                guard isIndented, let setting else {
                    throw failure("expected 'name = value' or '[section]', found '\(trimmed)'")
                }
                sections[section]?[setting]?.value += "\n\(trimmed)"
                continue
            }
            let name = trimmed[..<equals].trimmingSpace().lowercased()
            let value = Self.withoutComment(trimmed[trimmed.index(after: equals)...].trimmingSpace())
            guard !name.isEmpty else { throw failure("a value without a name") }
            if isIndented, let setting, sections[section]?[setting]?.value.isEmpty == true {
                sections[section]?[setting]?.nested[name] = value
            } else {
                sections[section]?[name] = Setting(value: value)
                setting = name
            }
        }
    }

    /// Returns the value without its comment, which starts with white space and `#` or `;`.
    private static func withoutComment(_ value: Substring) -> String {
        var previous: Character = " "
        for index in value.indices {
            if (value[index] == "#" || value[index] == ";") && previous.isWhitespace {
                return String(value[..<index].trimmingSpace())
            }
            previous = value[index]
        }
        return String(value)
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate func trimmingSpace() -> Substring {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace }) else {
            return ""
        }
        return self[start...end]
    }
}
