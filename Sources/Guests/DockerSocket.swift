import AWSCore
import HTTPTypes
import OCI
import SimulatedDocker

/// The Docker Engine API (https://docs.docker.com/reference/api/engine) in front of an image engine, for the stock docker
/// command. What would need containers says that there are none.
struct DockerSocket: Sendable {
    let engine: DockerEngine
    let hostName: String
    let clock: @Sendable () -> Instant
    let transport: any HTTPTransport

    static let version = "28.2.2", apiVersion = "1.50"

    func respond(to request: HTTPRequest, body: HTTPBody) async -> HTTPReply {
        var words = request.pathOnly.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        if let first = words.first, first.first == "v", first.dropFirst().first?.isNumber == true { words.removeFirst() }
        let query = (request.path ?? "").split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let pairs = (try? QueryString.pairs(query.utf8)) ?? []
        let call = Call(
            method: request.method, words: words, parameters: Dictionary(pairs.map { ($0.name, $0.value) }) { $1 },
            names: pairs.filter { $0.name == "names" }.map(\.value),
            registry: Self.credentials(request.headerFields[HTTPField.Name("X-Registry-Auth")!]), body: body)
        do {
            return try await answer(call)
        } catch let failure as DockerFailure {
            return Self.failure(failure.status, failure.description)
        } catch {
            return Self.failure(Self.status(of: error), Self.message(of: error))
        }
    }

    struct Call: Sendable {
        let method: HTTPRequest.Method
        let words: [String]
        let parameters: [String: String]
        /// `names=…` as often as it is given.
        let names: [String]
        let registry: RegistryCredentials?
        let body: HTTPBody

        func isSet(_ name: String) -> Bool { ["1", "true", "True"].contains(parameters[name] ?? "") }
    }

    private func answer(_ call: Call) async throws -> HTTPReply {
        switch (call.method, call.words.first ?? "", call.words.count) {
        case (.get, "_ping", 1), (.head, "_ping", 1):
            return Self.reply(200, Bytes("OK".utf8), type: "text/plain; charset=utf-8")
        case (.get, "version", 1): return Self.json(about)
        case (.get, "info", 1): return Self.json(information)
        case (.post, "auth", 1): return try await login(call)
        case (_, "images", _): return try await images(call)
        case (.get, "containers", 2) where call.words[1] == "json": return Self.json(.list([]))
        case (_, "containers", 2...) where call.words[1] != "create" && call.words[1] != "prune":
            throw DockerFailure(404, "No such container: \(call.words[1])")
        case (.get, "networks", 1): return Self.json(.list([]))
        case (.get, "volumes", 1): return Self.json(.object([.init("Volumes", .list([])), .init("Warnings", .null)]))
        case (.get, "distribution", _): throw DockerFailure(501, "this engine does not look into registries for others")
        default: throw DockerFailure(501, "this engine keeps images and runs no containers: it cannot \(Self.deed(call))")
        }
    }

    private static func deed(_ call: Call) -> String {
        switch call.words.first {
        case "containers": "create or change containers"
        case "build", "session", "grpc": "build images"
        case let name?: "do '\(call.method) /\(name)'"
        case nil: "do that"
        }
    }

    // MARK: The engine itself

    private var about: Node {
        let details: [(String, String)] = [
            ("ApiVersion", Self.apiVersion), ("Arch", engine.platform.architecture),
            ("BuildTime", "2025-05-30T12:07:33.000000000+00:00"),
            ("Experimental", "false"), ("GitCommit", "drydock"), ("GoVersion", "none"), ("KernelVersion", "6.1.0-drydock"),
            ("MinAPIVersion", "1.24"), ("Os", "linux"),
        ]
        let component = Node.object([
            .init("Name", .string("Engine")), .init("Version", .string(Self.version)),
            .init("Details", .object(details.map { .init($0.0, .string($0.1)) })),
        ])
        return .object(
            [
                .init("Platform", .object([.init("Name", .string("Drydock Image Engine"))])),
                .init("Components", .list([component])),
                .init("Version", .string(Self.version)),
            ] + details.filter { $0.0 != "Experimental" }.map { .init($0.0, .string($0.1)) })
    }

    private var information: Node {
        let state = engine.store.read()
        let numbers: [(String, Int)] = [
            ("Containers", 0), ("ContainersRunning", 0), ("ContainersPaused", 0), ("ContainersStopped", 0),
            ("Images", state.images.count), ("NCPU", 1), ("MemTotal", 1 << 30),
        ]
        let texts: [(String, String)] = [
            ("ID", "drydock"), ("Name", hostName), ("Driver", "drydock"), ("ServerVersion", Self.version), ("OSType", "linux"),
            ("Architecture", engine.platform.architecture == "amd64" ? "x86_64" : "aarch64"), ("OperatingSystem", "Drydock"),
            ("KernelVersion", "6.1.0-drydock"), ("IndexServerAddress", DockerEngine.hubAddress),
            ("DockerRootDir", "/var/lib/docker"),
            ("CgroupDriver", "none"), ("LoggingDriver", "none"), ("SystemTime", clock().iso8601(milliseconds: true)),
        ]
        return .object(
            numbers.map { .init($0.0, .integer(Int64($0.1))) } + texts.map { .init($0.0, .string($0.1)) } + [
                .init("Warnings", .list([.string("WARNING: this engine keeps images and runs no containers")])),
                .init(
                    "RegistryConfig", .object([.init("InsecureRegistryCIDRs", .list([])), .init("IndexConfigs", .object([]))])),
                .init("Plugins", .object([])),
            ])
    }

    private func login(_ call: Call) async throws -> HTTPReply {
        let message = try JSON.parse(await call.body.collect(upTo: 1 << 20))
        let credentials = RegistryCredentials(
            username: message["username"]?.string ?? "", password: message["password"]?.string ?? "")
        do {
            // A login of its own: dockerd remembers none either, the client does.
            let trial = DockerEngine(transport: transport, platform: engine.platform, clock: clock)
            try await trial.login(message["serveraddress"]?.string ?? "", credentials)
        } catch {
            throw DockerFailure("\(error)".contains("Client.Timeout") ? 500 : 401, Self.message(of: error))
        }
        return Self.json(.object([.init("Status", .string("Login Succeeded")), .init("IdentityToken", .string(""))]))
    }

    /// An engine over the same images that logs in with what the client sent along.
    func engine(for call: Call, _ name: String) -> DockerEngine {
        var logins: [String: RegistryCredentials] = [:]
        if let reference = try? ImageReference(parsing: name), let credentials = call.registry, !credentials.username.isEmpty {
            logins[reference.registry == ImageReference.dockerHub ? DockerEngine.hubAddress : reference.registry] = credentials
        }
        return DockerEngine(
            transport: transport, blobs: engine.blobs, store: ClientLogins(base: engine.store, logins: logins),
            platform: engine.platform, clock: clock)
    }

    private static func credentials(_ header: String?) -> RegistryCredentials? {
        guard let header else { return nil }
        var text = header.replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        guard let bytes = Base64.decode(text), let node = try? JSON.parse(bytes) else { return nil }
        return RegistryCredentials(username: node["username"]?.string ?? "", password: node["password"]?.string ?? "")
    }

    // MARK: Replies

    static func message(of error: any Error) -> String {
        let text = (error as? DockerError)?.description ?? "\(error)"
        let prefix = "Error response from daemon: "
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    }

    /// Which status dockerd gives to an error, read from its words.
    static func status(of error: any Error) -> Int {
        let text = message(of: error)
        if text.hasPrefix("No such") || text.contains("not found") || text.contains("does not exist") || text.contains("denied")
        {
            return 404
        }
        if text.hasPrefix("conflict:") || text.hasPrefix("multiple IDs") { return 409 }
        if text.contains("invalid reference") || text.contains("not a valid") { return 400 }
        return 500
    }

    static func json(_ node: Node, status: Int = 200) -> HTTPReply {
        reply(status, JSON.write(node) + [10], type: "application/json")
    }

    static func failure(_ status: Int, _ message: String) -> HTTPReply {
        json(.object([.init("message", .string(message))]), status: status)
    }

    static func reply(_ status: Int, _ bytes: Bytes, type: String) -> HTTPReply { HTTPReply(head(status, type), .bytes(bytes)) }

    static func head(_ status: Int, _ type: String) -> HTTPResponse {
        var response = HTTPResponse(status: .init(code: status))
        response.headerFields[.contentType] = type
        response.headerFields[.server] = "Docker/\(version) (linux)"
        for (name, value) in [
            ("Api-Version", apiVersion), ("Docker-Experimental", "false"), ("Ostype", "linux"), ("Builder-Version", "1"),
        ] {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        return response
    }
}

/// An error of the Engine API.
struct DockerFailure: Error, CustomStringConvertible {
    let status: Int
    let description: String
    init(_ status: Int, _ description: String) {
        self.status = status
        self.description = description
    }
}

/// An engine's state with the logins of one request.
private struct ClientLogins: EngineStore {
    let base: any EngineStore
    let logins: [String: RegistryCredentials]

    func read() -> EngineState {
        var state = base.read()
        state.logins = logins
        return state
    }

    func update<T>(_ change: (inout EngineState) throws -> T) throws -> T {
        try base.update { state in
            let kept = state.logins
            state.logins = logins
            defer { state.logins = kept }
            return try change(&state)
        }
    }
}
