import AWSCore

/// Whoever carries out docker commands.
protocol DockerHost: Sendable {
    /// - Parameters:
    ///   - arguments: what stands behind `docker`.
    ///   - input: what is piped in.
    func run(_ arguments: [String], input: String?) async -> DockerAnswer
}

/// What a docker command answered.
struct DockerAnswer: Sendable {
    var exit = 0
    /// Standard output and standard error, as a terminal shows them in the end.
    var lines: [String] = []
    /// The digest that was pulled or pushed.
    var digest: String?
    /// What `docker images` lists.
    var images: [Node] = []

    /// The answer as expectations see it.
    var node: Node {
        var fields: [Node.Field] = [
            .init("exit", .integer(Int64(exit))), .init("output", .string(lines.joined(separator: "\n"))),
            .init("lines", .list(lines.map { .string($0) })), .init("images", .list(images)),
        ]
        if let digest { fields.append(.init("digest", .string(digest))) }
        return .object(fields)
    }
}
