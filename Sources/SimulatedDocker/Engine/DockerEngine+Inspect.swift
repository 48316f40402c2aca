public import AWSCore
public import OCI

extension DockerEngine {
    /// All there is to say of an image, as `docker image inspect` says it.
    ///
    /// - Parameter version: the minor version of the Engine API: before 1.45 the container that an image was made of is named,
    ///   before 1.50 its configuration has all that a container's has.
    /// - Throws: ``DockerError``
    public func inspect(_ text: String, platform: Platform? = nil, version: Int = 50) throws(DockerError) -> Node {
        let state = store.read()
        let image = try image(text, platform, in: state)
        let names = state.names(of: image.id)
        let strings = { (texts: [String]) -> Node in .list(texts.map { .string($0) }) }
        let config = image.config
        var fields: [Node.Field] = [
            .init("Id", .string(image.id.description)),
            .init("RepoTags", strings(names.filter { $0.tag != nil }.map(\.familiar))),
            .init("RepoDigests", strings(names.filter { $0.tag == nil }.map(\.familiar))),
            .init("Parent", .string("")), .init("Comment", .string(config.comment)),
            .init("Created", config.node["created"] ?? .null),
        ]
        if version < 45 {
            fields += [
                .init("Container", config.node["container"] ?? .string("")),
                .init("ContainerConfig", Self.containerConfig(config.node["container_config"])),
            ]
        }
        fields += [
            .init("DockerVersion", config.node["docker_version"] ?? .string("")),
            .init("Author", config.node["author"] ?? .string("")),
            .init(
                "Config",
                version < 50 ? Self.containerConfig(config.node["config"]) : Self.imageConfig(config.node["config"])),
            .init("Architecture", .string(config.platform.architecture)),
        ]
        if let variant = config.platform.variant { fields.append(.init("Variant", .string(variant))) }
        fields += [.init("Os", .string(config.platform.os)), .init("Size", .integer(Int64(image.size)))]
        if version < 44 { fields.append(.init("VirtualSize", .integer(Int64(image.size)))) }
        fields += [
            .init("GraphDriver", .object([.init("Data", .null), .init("Name", .string(Self.storageDriver))])),
            .init(
                "RootFS",
                .object([
                    .init("Type", .string("layers")), .init("Layers", strings(config.diffIDs.map(\.description))),
                ])),
            .init("Metadata", .object([.init("LastTagTime", .string(Self.time(image.lastTagged)))])),
        ]
        return .object(fields)
    }

    /// What `docker info` calls the way in which layers are kept.
    public static let storageDriver = "drydock"

    /// A time as Go writes it, the year 1 for none.
    private static func time(_ instant: Instant?) -> String {
        instant?.iso8601(milliseconds: true) ?? "0001-01-01T00:00:00Z"
    }

    private static let execution = [
        "User", "ExposedPorts", "Env", "Cmd", "Healthcheck", "ArgsEscaped", "Volumes", "WorkingDir", "Entrypoint", "OnBuild",
        "Labels", "StopSignal", "Shell",
    ]

    /// What an image says of containers, as it says it.
    private static func imageConfig(_ node: Node?) -> Node {
        .object(
            execution.compactMap { name in
                guard let value = node?[name], !value.isNull else { return nil }
                return .init(name, value)
            })
    }

    /// The same in a container's form, which has members for what images don't say.
    private static func containerConfig(_ node: Node?) -> Node {
        let members: [(String, Node?)] = [
            ("Hostname", .string("")), ("Domainname", .string("")), ("User", .string("")), ("AttachStdin", .bool(false)),
            ("AttachStdout", .bool(false)), ("AttachStderr", .bool(false)), ("ExposedPorts", nil), ("Tty", .bool(false)),
            ("OpenStdin", .bool(false)), ("StdinOnce", .bool(false)), ("Env", .null), ("Cmd", .null), ("Healthcheck", nil),
            ("ArgsEscaped", nil), ("Image", .string("")), ("Volumes", .null), ("WorkingDir", .string("")),
            ("Entrypoint", .null), ("OnBuild", .null), ("Labels", .null), ("StopSignal", nil), ("Shell", nil),
        ]
        return .object(
            members.compactMap { name, otherwise in (node?[name] ?? otherwise).map { .init(name, $0) } })
    }
}

extension EngineImage {
    public var labels: [String: String] { config.labels }
}

extension ImageConfig {
    /// The image's own comment, or its last step's.
    var comment: String {
        if let own = node["comment"]?.string, !own.isEmpty { return own }
        return history.last?.comment ?? ""
    }

    var labels: [String: String] {
        let fields = node["config"]?["Labels"]?.fields ?? []
        return Dictionary(fields.map { ($0.name, $0.value.string ?? "") }, uniquingKeysWith: { _, last in last })
    }
}
