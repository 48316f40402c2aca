import Foundation

extension String {
    /// The text with control characters escaped, except line feeds and tabs: `\u{1B}` becomes `\x1b`. Terminals execute control
    /// characters, and text from others (names, messages, user agents) may contain them.
    package var escapedForTerminal: String {
        guard unicodeScalars.contains(where: Self.isCommand) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if Self.isCommand(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\x\(digits.count == 1 ? "0" : "")\(digits)".unicodeScalars
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// C0 without tab and line feed, DEL, and C1, which some terminals also execute.
    private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10: false
        case 0..<32, 127..<160: true
        default: false
        }
    }
}

package enum StandardError {
    /// Writes a line to standard error, with control characters escaped.
    package static func tell(_ text: String) { write(text + "\n") }

    /// Writes a text to standard error, with control characters escaped.
    package static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.escapedForTerminal.utf8))
    }
}
