import AWSCore
import Foundation

enum Terminal {
    static let isOutput = isatty(STDOUT_FILENO) == 1
}

/// Prints text. For a terminal, control characters are escaped; a file or program gets the text unchanged.
func print(_ text: String, terminator: String = "\n") {
    Swift.print(Terminal.isOutput ? text.escapedForTerminal : text, terminator: terminator)
}
