import AWSCore

/// Runs docker commands.
protocol DockerHost: Sendable {
    /// - Parameters:
    ///   - arguments: the arguments after `docker`.
    ///   - input: the standard input.
    func run(_ arguments: [String], input: String?) async -> DockerAnswer

    /// Returns a copy whose registry requests use another transport.
    func tapped(_ tap: @Sendable (any HTTPTransport) -> any HTTPTransport) -> any DockerHost
}

/// The result of a docker command.
struct DockerAnswer: Sendable {
    var exit = 0
    /// Standard output and standard error, as a terminal finally shows them.
    var lines: [String] = []
    /// The digest of the pulled or pushed image.
    var digest: String?
    /// The list of `docker images`.
    var images: [Node] = []

    /// The digest in the output: `Digest: sha256:…` of a pull or `v1: digest: sha256:… size: 1234`
    /// of a push.
    var toldDigest: String? {
        for line in lines.reversed() {
            let words = line.split(separator: " ")
            if let index = words.firstIndex(where: { $0.lowercased() == "digest:" }), index + 1 < words.count {
                return String(words[index + 1])
            }
        }
        return nil
    }

    /// The result as expectations read it.
    var node: Node {
        var fields: [Node.Field] = [
            .init("exit", .integer(Int64(exit))), .init("output", .string(lines.joined(separator: "\n"))),
            .init("lines", .list(lines.map { .string($0) })), .init("images", .list(images)),
        ]
        if let digest { fields.append(.init("digest", .string(digest))) }
        return .object(fields)
    }
}
