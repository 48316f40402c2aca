import OCI
import Synchronization

/// A command's flags and operands.
struct DockerOptions {
    private(set) var operands: [String] = []
    private var values: [String: String] = [:]
    /// The given flags, in order.
    private var given: [(name: String, value: String)] = []

    /// - Parameters:
    ///   - known: the known flags, and whether each takes a value.
    ///   - count: the allowed number of operands.
    /// - Throws: ``DockerUsageError``
    init(_ command: String, _ words: [String], _ known: [String: Bool], _ count: ClosedRange<Int> = 0...1) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard let takesValue = known[parts[0]] else { throw DockerUsageError.flag(parts[0], command) }
            let value: String
            if !takesValue {
                value = parts.count > 1 ? parts[1] : "true"
            } else if parts.count > 1 {
                value = parts[1]
            } else {
                guard let next = rest.popFirst() else { throw DockerUsageError.missingValue(parts[0], command) }
                value = next
            }
            values[parts[0]] = value
            given.append((parts[0], value))
        }
        guard count.contains(operands.count) else { throw DockerUsageError.operands(command, count) }
    }

    /// The value of a flag, by any of its names.
    subscript(names: String...) -> String? { names.lazy.compactMap { values[$0] }.first }

    /// Returns all values of a flag that can be repeated.
    func all(_ names: String...) -> [String] { given.filter { names.contains($0.name) }.map(\.value) }

    func has(_ names: String...) -> Bool { names.contains { values[$0] == "true" } }
}

/// A command that Docker's command line rejects.
struct DockerUsageError: Error, CustomStringConvertible {
    let description: String
    let status: Int32

    static func unknown(_ command: String) -> DockerUsageError {
        DockerUsageError(
            description: "docker: '\(command)' is not a docker command that works on images, or one that is not simulated",
            status: 1)
    }

    static func flag(_ flag: String, _ command: String) -> DockerUsageError {
        let text = flag.hasPrefix("--") ? "unknown flag: \(flag)" : "unknown shorthand flag: '\(flag.dropFirst())' in \(flag)"
        return DockerUsageError(description: "\(text)\n\nUsage:  docker \(command)", status: 125)
    }

    static func missingValue(_ flag: String, _ command: String) -> DockerUsageError {
        DockerUsageError(description: "flag needs an argument: \(flag)\n\nUsage:  docker \(command)", status: 125)
    }

    static func operands(_ command: String, _ count: ClosedRange<Int>) -> DockerUsageError {
        let number = count.lowerBound == count.upperBound ? "\(count.lowerBound)" : "at least \(count.lowerBound)"
        let noun = count.lowerBound == 1 ? "argument" : "arguments"
        return DockerUsageError(
            description: "docker: 'docker \(command)' requires \(number) \(noun)\n\nUsage:  docker \(command)", status: 1)
    }
}

/// Collects a command's output.
final class Printer: Sendable {
    private struct State {
        var output = ""
        var errors = ""
        var digest: Digest?
    }
    private let state = Mutex(State())
    private let report: @Sendable (String) -> Void

    init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

    var text: String { state.withLock { $0.output } }
    var errors: String { state.withLock { $0.errors } }

    var digest: Digest? { state.withLock { $0.digest } }

    func note(_ digest: Digest) { state.withLock { $0.digest = digest } }

    func line(_ text: String) {
        state.withLock { $0.output += text + "\n" }
        report(text)
    }

    func warning(_ text: String) { state.withLock { $0.errors += text + "\n" } }
}
