import AWSCore
import Drydock

// Snapshots are kept by name while the server runs, or in files. Each fork is served on its own port.
extension ControlPlane {
    var snapshots: Node {
        .object([
            .init(
                "snapshots",
                .list(copies.snapshots.map { Self.described($0.name, $0.snapshot) }))
        ])
    }

    var forks: Node { .object([.init("forks", .list(copies.forks.map(Self.described)))]) }

    func takeSnapshot(_ body: Bytes) throws -> Node {
        let usage = "Send {\"name\": \"seeded\"} to keep it here, or {\"file\": \"seeded.drydock\"}."
        let message = try Self.message(body, ["name", "file"], usage)
        let name = try Self.text(message, "name"), file = try Self.text(message, "file")
        guard let label = name ?? file else { throw ControlError("Give a name or a file. \(usage)") }
        let path = try file.map { try copies.folder.pathToWrite($0) }
        let snapshot = try simulator.snapshot()
        if let path { try snapshot.write(to: path) }
        if let name { copies.keep(snapshot, as: name) }
        return Self.described(label, snapshot, path)
    }

    func restore(_ body: Bytes) throws -> Node {
        let usage = "Send {\"name\": \"seeded\"} or {\"file\": \"seeded.drydock\"}."
        let message = try Self.message(body, ["name", "file"], usage)
        switch (try Self.text(message, "name"), try Self.text(message, "file")) {
        case (let name?, nil): try simulator.restore(copies.snapshot(name))
        case (nil, let file?): try simulator.restore(contentsOf: copies.folder.pathToRead(file))
        default: throw ControlError("Give either a name or a file. \(usage)")
        }
        return .object([.init("status", .string("ok"))])
    }

    func fork(_ body: Bytes) async throws -> Node {
        let usage = "Optional members: {\"name\": \"left\", \"from\": \"a snapshot's name\", \"port\": 4567}."
        let message = body.isEmpty ? Node.object([]) : try Self.message(body, ["name", "from", "port"], usage)
        var port = 0
        if let value = message["port"] {
            guard case .integer(let number) = value, (0...65535).contains(number) else {
                throw ControlError("'port' must be a number between 0 and 65535.")
            }
            port = Int(number)
        }
        let source = try Self.text(message, "from").map { try copies.snapshot($0) }
        let fork = try await copies.serve(name: try Self.text(message, "name"), port: port, like: options) { port in
            let change = { @Sendable (configuration: inout SimulatorCore.Configuration) in
                // A registry host on this machine, which has the server's own port, gets the fork's port.
                guard let host = configuration.registryHost, let colon = host.lastIndex(of: ":"),
                    ["localhost", "127.0.0.1"].contains(String(host[..<colon]))
                else { return }
                configuration.registryHost = "\(host[..<colon]):\(port)"
            }
            return try source?.fork(change) ?? simulator.fork(change)
        }
        return Self.described(fork)
    }

    func reset(_ body: Bytes) throws {
        let message = body.isEmpty ? Node.null : (try? JSON.parse(body)) ?? .null
        let seed = try message["seed"].map(Self.seed)
        try simulator.reset()
        if let seed { try simulator.reseed(seed) }
    }

    var seed: Node { .object([.init("seed", .integer(Int64(bitPattern: simulator.seed)))]) }

    func setSeed(_ body: Bytes) throws {
        let message = try Self.message(body, ["seed"], "Send {\"seed\": 7}.")
        guard let value = message["seed"] else { throw ControlError("There is no seed. Send {\"seed\": 7}.") }
        try simulator.reseed(Self.seed(value))
    }

    private static func seed(_ node: Node) throws -> UInt64 {
        guard case .integer(let seed) = node, seed >= 0 else { throw ControlError("A seed is a whole number, 0 or more.") }
        return UInt64(seed)
    }

    private static func described(_ name: String, _ snapshot: Snapshot, _ path: String? = nil) -> Node {
        var fields: [Node.Field] = [
            .init("name", .string(name)), .init("account", .string(snapshot.account)),
            .init("time", .string(snapshot.time.iso8601(milliseconds: true))),
        ]
        if let path { fields.append(.init("file", .string(path))) }
        return .object(fields)
    }

    private static func described(_ fork: ServedCopies.Fork) -> Node {
        .object([
            .init("name", .string(fork.name)), .init("endpoint", .string(fork.endpoint)),
            .init("port", .integer(Int64(fork.port))),
        ])
    }

    /// Returns the body as a JSON object that has only these members.
    private static func message(_ body: Bytes, _ names: [String], _ usage: String) throws -> Node {
        guard let message = try? JSON.parse(body), let fields = message.fields else {
            throw ControlError("The body is not a JSON object. \(usage)")
        }
        if let unknown = fields.first(where: { !names.contains($0.name) }) {
            throw ControlError("'\(unknown.name)' is unknown. \(usage)")
        }
        return message
    }

    private static func text(_ message: Node, _ name: String) throws -> String? {
        guard let value = message[name] else { return nil }
        guard let text = value.string, !text.isEmpty else { throw ControlError("'\(name)' must be text.") }
        return text
    }
}
