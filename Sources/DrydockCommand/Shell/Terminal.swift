import AWSCore
import Foundation

enum Terminal {
    static let isOutput = isatty(STDOUT_FILENO) == 1
}

/// Prints for whoever reads: a terminal gets no control characters, a file or another program gets the text as it is.
func print(_ text: String, terminator: String = "\n") {
    Swift.print(Terminal.isOutput ? text.escapedForTerminal : text, terminator: terminator)
}
