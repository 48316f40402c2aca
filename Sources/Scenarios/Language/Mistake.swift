/// A position in a scenario file; lines and columns count from 1.
public struct Place: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static let start = Place(line: 1, column: 1)
    public static func < (a: Place, b: Place) -> Bool { (a.line, a.column) < (b.line, b.column) }
    public var description: String { "\(line):\(column)" }
}

/// An error in a scenario file.
public struct Mistake: Sendable, Hashable {
    public var place: Place
    /// The error and the expected form.
    public var message: String

    public init(_ place: Place, _ message: String) {
        self.place = place
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
        self.mistakes = mistakes.sorted { $0.place < $1.place }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The errors, each with its line of the file and a marker below it.
    public var description: String {
        mistakes.map { mistake in
            let head = "\(file):\(mistake.place): \(mistake.message)"
            guard lines.indices.contains(mistake.place.line - 1) else { return head }
            let line = lines[mistake.place.line - 1]
            let mark = String(repeating: " ", count: max(0, mistake.place.column - 1)) + "^"
            return "\(head)\n    \(line)\n    \(mark)"
        }.joined(separator: "\n")
    }
}

/// Collects the errors while a file is read.
final class MistakeList {
    private(set) var mistakes: [Mistake] = []
    func add(_ place: Place, _ message: String) { mistakes.append(Mistake(place, message)) }
    var isEmpty: Bool { mistakes.isEmpty }
}
