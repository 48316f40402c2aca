import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A program's output and exit code.
public struct ProgramOutput: Sendable {
    /// The exit code; 128 plus the signal's number if a signal ended the program.
    public var exitCode: Int
    public var output: String
    public var errors: String

    public init(exitCode: Int = 0, output: String = "", errors: String = "") {
        self.exitCode = exitCode
        self.output = output
        self.errors = errors
    }

    /// Runs a program to its end, without input.
    ///
    /// - Throws: ``ConfigurationError`` if it cannot be started or writes more than 1 MiB.
    init(running command: [String]) async throws {
        guard let name = command.first else { throw ConfigurationError("there is no program to run") }
        do {
            let result = try await Subprocess.run(
                name.contains("/") ? .path(FilePath(name)) : .name(name), arguments: Arguments(Array(command.dropFirst())),
                input: .none, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
            let code =
                switch result.terminationStatus {
                case .exited(let code): Int(code)
                case .signaled(let signal): 128 + Int(signal)
                }
            self.init(exitCode: code, output: result.standardOutput, errors: result.standardError)
        } catch let error as SubprocessError {
            throw ConfigurationError("\(name) cannot be run: \(error)")
        }
    }

    /// Splits a command line into words as a POSIX shell does. Only quotes and backslashes are special.
    ///
    /// - Throws: ``ConfigurationError`` for an unterminated quote or an empty line.
    static func words(of line: String) throws -> [String] {
        var words: [String] = [], word: String?, quote: Character?
        var characters = line.makeIterator()
        while let character = characters.next() {
            switch (quote, character) {
            case ("'", "'"), ("\"", "\""): quote = nil
            case ("'", _): word?.append(character)
            case ("\"", "\\"):
                guard let next = characters.next() else { throw unfinished(line) }
                // Within double quotes a backslash escapes only `"` and `\`.
                if next != "\"", next != "\\" { word?.append(character) }
                word?.append(next)
            case ("\"", _): word?.append(character)
            case (_, "'"), (_, "\""):
                quote = character
                word = word ?? ""
            case (_, "\\"):
                guard let next = characters.next() else { throw unfinished(line) }
                word = (word ?? "") + String(next)
            case (_, _) where character.isWhitespace:
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw unfinished(line) }
        if let word { words.append(word) }
        guard !words.isEmpty else { throw ConfigurationError("the command line is empty") }
        return words
    }

    private static func unfinished(_ line: String) -> ConfigurationError {
        ConfigurationError("the command line has an unclosed quote or a backslash at its end")
    }
}
