/// A position in a scenario file; lines and columns count from 1.
public struct FilePosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static let start = FilePosition(line: 1, column: 1)
    public static func < (a: FilePosition, b: FilePosition) -> Bool { (a.line, a.column) < (b.line, b.column) }
    public var description: String { "\(line):\(column)" }
}

/// An error in a scenario file.
public struct Mistake: Sendable, Hashable {
    public var position: FilePosition
    /// The error and the expected form.
    public var message: String

    public init(_ position: FilePosition, _ message: String) {
        self.position = position
        self.message = message
    }
}

/// All errors in a scenario file, found before it runs.
public struct ScenarioMistakes: Error, Sendable, CustomStringConvertible {
    public let file: String
    /// The errors in the order of the file.
    public let mistakes: [Mistake]
    private let lines: [String]

    init(file: String, text: String, _ mistakes: [Mistake]) {
        self.file = file
        self.mistakes = mistakes.sorted { $0.position < $1.position }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The errors, each with its line of the file and a marker below it.
    public var description: String {
        mistakes.map { mistake in
            let head = "\(file):\(mistake.position): \(mistake.message)"
            guard lines.indices.contains(mistake.position.line - 1) else { return head }
            let line = lines[mistake.position.line - 1]
            let mark = String(repeating: " ", count: max(0, mistake.position.column - 1)) + "^"
            return "\(head)\n    \(line)\n    \(mark)"
        }.joined(separator: "\n")
    }
}

/// Collects the errors while a file is read.
final class MistakeList {
    private(set) var mistakes: [Mistake] = []
    func add(_ position: FilePosition, _ message: String) { mistakes.append(Mistake(position, message)) }
    var isEmpty: Bool { mistakes.isEmpty }
}
