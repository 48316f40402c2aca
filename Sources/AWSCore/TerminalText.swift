import Foundation

extension String {
    /// The text with all control characters but line ends and tabs written out: `\u{1B}` as `\x1b`. Terminals take such
    /// characters for commands, and texts that others chose (names, messages, user agents) may have them.
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

    /// C0 but tab and line feed, DEL, and C1, which some terminals obey too.
    private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10: false
        case 0..<32, 127..<160: true
        default: false
        }
    }
}

package enum StandardError {
    /// Writes a line, without control characters that somebody put into it.
    package static func tell(_ text: String) { write(text + "\n") }

    /// Writes a text, without control characters that somebody put into it.
    package static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.escapedForTerminal.utf8))
    }
}
