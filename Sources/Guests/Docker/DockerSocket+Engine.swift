import AWSCore
import OCI
import SimulatedDocker

// Requests about the engine itself: version, information, logins, disk use, and objects that it does not support.

extension DockerSocket {
    var about: Node {
        let details: [(String, String)] = [
            ("ApiVersion", "1.\(Self.newestVersion)"), ("Arch", engine.platform.architecture),
            ("BuildTime", "2025-05-30T12:07:33.000000000+00:00"),
            ("Experimental", "false"), ("GitCommit", "drydock"), ("GoVersion", "none"), ("KernelVersion", "6.1.0-drydock"),
            ("MinAPIVersion", "1.\(Self.oldestVersion)"), ("Os", "linux"),
        ]
        let component = Node.object([
            .init("Name", .string("Engine")), .init("Version", .string(DockerEngine.version)),
            .init("Details", .object(details.map { .init($0.0, .string($0.1)) })),
        ])
        return .object(
            [
                .init("Platform", .object([.init("Name", .string("Drydock Image Engine"))])),
                .init("Components", .list([component])),
                .init("Version", .string(DockerEngine.version)),
            ] + details.filter { $0.0 != "Experimental" }.map { .init($0.0, .string($0.1)) })
    }

    var information: Node {
        let state = engine.store.read()
        let numbers: [(String, Int)] = [
            ("Containers", 0), ("ContainersRunning", 0), ("ContainersPaused", 0), ("ContainersStopped", 0),
            ("Images", state.images.count), ("NCPU", 1), ("MemTotal", 1 << 30),
        ]
        let texts: [(String, String)] = [
            ("ID", "drydock"), ("Name", hostName), ("Driver", DockerEngine.storageDriver),
            ("ServerVersion", DockerEngine.version), ("OSType", "linux"),
            ("Architecture", engine.platform.architecture == "amd64" ? "x86_64" : "aarch64"), ("OperatingSystem", "Drydock"),
            ("KernelVersion", "6.1.0-drydock"), ("IndexServerAddress", DockerEngine.hubAddress),
            ("DockerRootDir", "/var/lib/docker"),
            ("CgroupDriver", "none"), ("LoggingDriver", "none"), ("SystemTime", clock().iso8601(milliseconds: true)),
        ]
        return .object(
            numbers.map { .init($0.0, .integer(Int64($0.1))) } + texts.map { .init($0.0, .string($0.1)) } + [
                .init("Warnings", .list([.string("WARNING: this engine keeps images and runs no containers")])),
                .init(
                    "RegistryConfig",
                    .object([
                        .init("InsecureRegistryCIDRs", .list([.string("127.0.0.0/8")])), .init("IndexConfigs", .object([])),
                    ])),
                .init("Plugins", .object([])), .init("Swarm", .object([.init("LocalNodeState", .string("inactive"))])),
            ])
    }

    func login(_ call: Call) async throws -> HTTPReply {
        guard let message = try? JSON.parse(await call.body.collect(upTo: 1 << 20)) else {
            throw DockerFailure(400, "invalid JSON: the body must have username, password and serveraddress")
        }
        let credentials = RegistryCredentials(
            username: message["username"]?.string ?? "", password: message["password"]?.string ?? "")
        // Test the login on a separate engine: dockerd doesn't keep logins either, the client does.
        let trial = DockerEngine(engine, store: MemoryEngineStore())
        do {
            try await trial.login(message["serveraddress"]?.string ?? "", credentials)
        } catch {
            let isRefusal = error.message.contains("unauthorized") || error.message.contains("401")
            throw DockerFailure(isRefusal ? 401 : 500, error.message)
        }
        return Self.json(.object([.init("Status", .string("Login Succeeded")), .init("IdentityToken", .string(""))]))
    }

    /// Returns the same engine with the credentials that the client sent.
    func engine(for call: Call, _ name: String) -> DockerEngine {
        var logins: [String: RegistryCredentials] = [:]
        if let reference = try? ImageReference(parsing: name), let credentials = call.registry, !credentials.username.isEmpty {
            logins[reference.registry == ImageReference.dockerHub ? DockerEngine.hubAddress : reference.registry] = credentials
        }
        return DockerEngine(engine, store: ClientLogins(base: engine.store, logins: logins))
    }

    func look(_ call: Call) async throws -> Node {
        let name = call.words[1..<(call.words.count - 1)].joined(separator: "/")
        let (manifest, platforms) = try await engine(for: call, name).look(at: name)
        return .object([
            .init(
                "Descriptor",
                .object([
                    .init("mediaType", .string(manifest.mediaType.rawValue)),
                    .init("digest", .string(manifest.digest.description)), .init("size", .integer(Int64(manifest.size))),
                ])),
            .init(
                "Platforms",
                .list(
                    platforms.map {
                        .object([.init("architecture", .string($0.architecture)), .init("os", .string($0.os))])
                    })),
        ])
    }

    /// `docker system df`
    func usage() throws -> Node {
        .object([
            .init("LayersSize", .integer(Int64(engine.layersSize))),
            .init("Images", .list(try engine.summaries().map { Self.node($0, containers: 0) })),
            .init("Containers", .list([])), .init("Volumes", .list([])), .init("BuildCache", .list([])),
        ])
    }

    // MARK: Unsupported objects

    /// Answers requests about containers, networks, volumes and the like with empty lists, and rejects requests to create them.
    func withoutContainers(_ call: Call) throws -> HTTPReply {
        let words = call.words
        let second = words.count > 1 ? words[1] : ""
        switch (call.method, words.first ?? "", second) {
        case (.get, "containers", "json"), (.get, "networks", ""), (.get, "plugins", ""): return Self.json(.list([]))
        case (.get, "volumes", ""): return Self.json(.object([.init("Volumes", .list([])), .init("Warnings", .null)]))
        case (.post, "containers", "prune"): return Self.pruned("ContainersDeleted")
        case (.post, "volumes", "prune"): return Self.pruned("VolumesDeleted")
        case (.post, "build", "prune"): return Self.pruned("CachesDeleted")
        case (.post, "networks", "prune"): return Self.json(.object([.init("NetworksDeleted", .null)]))
        case (_, "containers", _) where second != "create" && second != "":
            throw DockerFailure(404, "No such container: \(second)")
        case (_, "exec", _) where second != "": throw DockerFailure(404, "No such exec instance: \(second)")
        case (_, "networks", _) where second != "create": throw DockerFailure(404, "network \(second) not found")
        case (_, "volumes", _) where second != "create": throw DockerFailure(404, "get \(second): no such volume")
        case (_, "plugins", _) where words.count > 2: throw DockerFailure(404, "plugin \"\(second)\" not found")
        case (_, "swarm", _), (_, "nodes", _), (_, "services", _), (_, "tasks", _), (_, "secrets", _), (_, "configs", _):
            throw DockerFailure(
                503,
                "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and "
                    + "try again.")
        case (_, "containers", _): throw Self.refusal("create containers")
        case (_, "networks", _): throw Self.refusal("create networks")
        case (_, "volumes", _): throw Self.refusal("create volumes")
        case (_, "plugins", _): throw Self.refusal("install plugins")
        case (_, "commit", _): throw DockerFailure(404, "No such container: \(call["container"] ?? "")")
        case (_, "build", _), (_, "session", _), (_, "grpc", _): throw Self.refusal("build images")
        case (_, "events", _): throw Self.refusal("tell of events")
        default: throw DockerFailure(404, "page not found")
        }
    }

    private static func refusal(_ deed: String) -> DockerFailure {
        DockerFailure(501, "this engine keeps images and runs no containers: it cannot \(deed)")
    }

    private static func pruned(_ member: String) -> HTTPReply {
        json(.object([.init(member, .null), .init("SpaceReclaimed", .integer(0))]))
    }
}

/// An engine's state with one request's credentials.
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
