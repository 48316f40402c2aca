import Foundation

/// Texts that others chose (names, messages, user agents) on their way to a terminal, which takes control characters for
/// commands: to set its title, to move the cursor, or worse.
enum Terminal {
    /// The text with all control characters but line ends and tabs written out: `\u{1B}` as `\x1b`.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isCommand) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isCommand(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\x\(digits.count == 1 ? "0" : "")\(digits)".unicodeScalars
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// C0 but tab and line feed, DEL, and C1, which some terminals obey too.
    private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10: false
        case 0..<32, 127..<160: true
        default: false
        }
    }

    static let isOutput = isatty(STDOUT_FILENO) == 1
}

/// Prints for whoever reads: a terminal gets no control characters, a file or another program gets the text as it is.
func print(_ text: String, terminator: String = "\n") {
    Swift.print(Terminal.isOutput ? Terminal.escaped(text) : text, terminator: terminator)
}
