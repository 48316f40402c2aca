public import AWSCore

/// An image's configuration: its platform, what it runs, and the digests of its uncompressed layers. The digest of its bytes
/// is the image id.
///
/// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
public struct ImageConfig: Sendable {
    public let bytes: Bytes
    /// The image id.
    public let digest: Digest
    /// The whole document, including members without a property here.
    public let node: Node
    public let platform: Platform
    public let created: Instant?
    /// The digests of the uncompressed layers, lowest first.
    public let diffIDs: [Digest]
    public let history: [History]

    /// The step that created a layer, or a step without a layer.
    public struct History: Sendable, Hashable {
        public var created: Instant?
        public var createdBy: String
        public var comment: String
        /// Whether the step changed only the configuration, so that it has no layer.
        public var emptyLayer: Bool

        public init(created: Instant? = nil, createdBy: String, comment: String = "", emptyLayer: Bool = false) {
            self.created = created
            self.createdBy = createdBy
            self.comment = comment
            self.emptyLayer = emptyLayer
        }
    }

    /// - Throws: ``ManifestError`` with the invalid member.
    public init(parsing bytes: Bytes) throws(ManifestError) {
        do { node = try JSON.parse(bytes) } catch { throw ManifestError("", "\(error)") }
        guard let root = node["rootfs"] else { throw ManifestError("rootfs", "is required") }
        var diffIDs: [Digest] = []
        for (number, item) in (root["diff_ids"]?.elements ?? []).enumerated() {
            guard let digest = item.string.flatMap({ Digest($0) }) else {
                throw ManifestError("rootfs.diff_ids[\(number)]", "must be a digest")
            }
            diffIDs.append(digest)
        }
        self.bytes = bytes
        digest = Digest(of: bytes)
        platform = Platform(
            os: node["os"]?.string ?? "linux", architecture: node["architecture"]?.string ?? "amd64",
            variant: node["variant"]?.string)
        created = node["created"]?.string.flatMap { Instant(parsing: $0) }
        self.diffIDs = diffIDs
        history = (node["history"]?.elements ?? []).map { item in
            History(
                created: item["created"]?.string.flatMap { Instant(parsing: $0) },
                createdBy: item["created_by"]?.string ?? "", comment: item["comment"]?.string ?? "",
                emptyLayer: item["empty_layer"] == .bool(true))
        }
    }

    /// What an image runs by default.
    public struct Execution: Sendable, Hashable {
        public var environment: [String] = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        public var entrypoint: [String] = []
        public var command: [String] = []
        public var workingDirectory = ""
        public var user = ""
        public var exposedPorts: [String] = []
        public var labels: [String: String] = [:]

        public init() {}

        /// The configuration's `config` member.
        var node: Node {
            var fields: [Node.Field] = []
            if !user.isEmpty { fields.append(.init("User", .string(user))) }
            if !exposedPorts.isEmpty {
                fields.append(.init("ExposedPorts", .object(exposedPorts.sorted().map { .init($0, .object([])) })))
            }
            fields.append(.init("Env", ImageConfig.strings(environment)))
            if !entrypoint.isEmpty { fields.append(.init("Entrypoint", ImageConfig.strings(entrypoint))) }
            if !command.isEmpty { fields.append(.init("Cmd", ImageConfig.strings(command))) }
            if !workingDirectory.isEmpty { fields.append(.init("WorkingDir", .string(workingDirectory))) }
            if !labels.isEmpty { fields.append(.init("Labels", Descriptor.node(labels))) }
            return .object(fields)
        }
    }

    private static func strings(_ texts: [String]) -> Node { .list(texts.map { .string($0) }) }

    /// Creates a new configuration.
    public init(
        platform: Platform = .linuxAMD64, created: Instant, execution: Execution = Execution(), diffIDs: [Digest],
        history: [History]
    ) {
        self.init(platform: platform, created: created, execution: execution.node, diffIDs: diffIDs, history: history)
    }

    /// Creates a new configuration.
    /// - Parameter execution: its `config` member.
    public init(platform: Platform = .linuxAMD64, created: Instant, execution: Node, diffIDs: [Digest], history: [History]) {
        var fields: [Node.Field] = [
            .init("architecture", .string(platform.architecture)), .init("config", execution),
            .init("created", .string(created.iso8601(milliseconds: false))),
            .init("history", .list(history.map { Self.node($0, created) })), .init("os", .string(platform.os)),
            .init(
                "rootfs",
                .object([
                    .init("type", .string("layers")), .init("diff_ids", Self.strings(diffIDs.map(\.description))),
                ])),
        ]
        if let variant = platform.variant { fields.append(.init("variant", .string(variant))) }
        node = .object(fields)
        bytes = JSON.write(node)
        digest = Digest(of: bytes)
        self.platform = platform
        self.created = created
        self.diffIDs = diffIDs
        self.history = history
    }

    private static func node(_ history: History, _ created: Instant) -> Node {
        var fields: [Node.Field] = [
            .init("created", .string((history.created ?? created).iso8601(milliseconds: false))),
            .init("created_by", .string(history.createdBy)),
        ]
        if !history.comment.isEmpty { fields.append(.init("comment", .string(history.comment))) }
        if history.emptyLayer { fields.append(.init("empty_layer", .bool(true))) }
        return .object(fields)
    }
}
