public import AWSCore
public import OCI

extension DockerEngine {
    /// Returns everything about an image, as `docker image inspect` does.
    ///
    /// - Parameter version: the minor version of the Engine API. Before 1.45 the result names the container that the image was
    ///   created from. Before 1.50 its configuration has all members of a container's.
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

    /// The storage driver in `docker info`.
    public static let storageDriver = "drydock"

    /// Returns a time as Go writes it; the year 1 for none.
    private static func time(_ instant: Instant?) -> String {
        instant?.iso8601(milliseconds: true) ?? "0001-01-01T00:00:00Z"
    }

    private static let execution = [
        "User", "ExposedPorts", "Env", "Cmd", "Healthcheck", "ArgsEscaped", "Volumes", "WorkingDir", "Entrypoint", "OnBuild",
        "Labels", "StopSignal", "Shell",
    ]

    /// Returns the image's own settings for containers.
    private static func imageConfig(_ node: Node?) -> Node {
        .object(
            execution.compactMap { name in
                guard let value = node?[name], !value.isNull else { return nil }
                return .init(name, value)
            })
    }

    /// Returns the same with all members of a container's configuration, also those that images lack.
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
    /// The image's own comment, or the one of its last step.
    var comment: String {
        if let own = node["comment"]?.string, !own.isEmpty { return own }
        return history.last?.comment ?? ""
    }

    var labels: [String: String] {
        let fields = node["config"]?["Labels"]?.fields ?? []
        return Dictionary(fields.map { ($0.name, $0.value.string ?? "") }, uniquingKeysWith: { _, last in last })
    }
}
