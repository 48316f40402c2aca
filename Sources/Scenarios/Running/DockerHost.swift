import AWSCore

/// Whoever carries out docker commands.
protocol DockerHost: Sendable {
    /// - Parameters:
    ///   - arguments: what stands behind `docker`.
    ///   - input: what is piped in.
    func run(_ arguments: [String], input: String?) async -> DockerAnswer

    /// The same, whose requests to registries go through another transport.
    func tapped(_ tap: @Sendable (any HTTPTransport) -> any HTTPTransport) -> any DockerHost
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

    /// The digest in `Digest: sha256:…` of a pull or `v1: digest: sha256:… size: 1234` of a push.
    var toldDigest: String? {
        for line in lines.reversed() {
            let words = line.split(separator: " ")
            if let index = words.firstIndex(where: { $0.lowercased() == "digest:" }), index + 1 < words.count {
                return String(words[index + 1])
            }
        }
        return nil
    }

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
