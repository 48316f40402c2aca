import AWSCore
public import GRDB
public import HTTPTypes
public import OCI
public import SimulatorCore

/// A simulated Docker Hub: the registry, its token service and the parts of the web API that scripts use.
///
/// It serves `registry-1.docker.io`, `auth.docker.io`, `hub.docker.com` and `index.docker.io`. State is in the simulator's
/// store, layers are in the blob store. The first login creates a user, unless the simulator is strict. The first push creates a
/// repository.
public struct DockerHub: HTTPDoor {
    /// The store for layers, which can be shared.
    public let blobs: any BlobStore

    public init(blobs: any BlobStore = MemoryBlobStore()) { self.blobs = blobs }

    public var name: String { "hub" }
    public var operationNames: [String] { RegistryOperation.names }

    /// The Hub's host names.
    public enum Host: String, Sendable, CaseIterable {
        case registry = "registry-1.docker.io"
        case auth = "auth.docker.io"
        case web = "hub.docker.com"
        case index = "index.docker.io"
    }

    public func answers(_ request: HTTPRequest) -> Bool {
        Self.host(of: request) != nil || Self.isControl(request)
    }

    fileprivate static func host(of request: HTTPRequest) -> Host? {
        let host = request.hostOnly
        // Most requests are for other hosts; the length rules these out.
        guard host.utf8.count >= 13, host.utf8.count <= 20 else { return nil }
        return Host(rawValue: host.lowercased())
    }

    private static func isControl(_ request: HTTPRequest) -> Bool {
        guard let path = request.path, path.hasPrefix(controlPath) else { return false }
        return ["", "/", "?"].contains(path.dropFirst(controlPath.count).prefix(1))
    }

    public func receive(_ request: HTTPRequest, from peer: String, _ simulator: Simulator) -> any DoorRequest {
        HubRequest(
            request: request, host: Self.isControl(request) ? nil : Self.host(of: request),
            parsed: RegistryOperation.reading(request), hub: self, peer: peer,
            session: HubSession(simulator: simulator, blobs: blobs))
    }

    // MARK: For sharers of the blob store

    /// Returns all blobs that the Hub's tables refer to, as `sha256:…`.
    public static func digests(_ db: Database) throws -> Set<String> {
        try String.fetchSet(db, sql: "SELECT DISTINCT digest FROM hub_blob")
    }

    /// Returns the current uploads.
    public static func uploads(_ db: Database) throws -> Set<String> {
        try String.fetchSet(db, sql: "SELECT id FROM hub_upload")
    }

    // MARK: For the control plane and tests

    /// Adds a user. An existing user gets the new password.
    public func addUser(_ name: String, password: String, in simulator: Simulator) throws {
        try HubSession(simulator: simulator, blobs: blobs).transact { db, _ in
            try HubUser(name, password, at: simulator.clock.now).save(db)
        }
    }

    /// Adds an image as if its owner had pushed it. Its blobs must be in ``blobs``.
    public func addImage(
        _ manifest: Manifest, to repository: RepositoryName, tag: Tag, isPrivate: Bool = false, in simulator: Simulator
    ) throws {
        let session = HubSession(simulator: simulator, blobs: blobs)
        try session.transact { db, _ in
            try session.add(manifest, to: repository, tag: tag, isPrivate: isPrivate, db)
        }
    }
}

/// A parsed request to the Hub.
struct HubRequest: DoorRequest {
    let request: HTTPRequest
    /// Nil for a request to the control plane.
    let host: DockerHub.Host?
    let parsed: Result<RegistryOperation, RegistryError>
    let hub: DockerHub
    let peer: String
    let session: HubSession

    var operation: (name: String, resource: String?)? {
        guard host == .registry else { return nil }
        return (try? parsed.get()).map { ($0.name, $0.repository?.description) }
    }

    /// The user of the request's token.
    var callers: [String] {
        guard let header = request.headerFields[.authorization], header.lowercased().hasPrefix("bearer "),
            let user = HubToken(String(header.dropFirst(7)), session.simulator.configuration)?.user
        else { return ["anonymous"] }
        return [user]
    }

    func respond(body: HTTPBody) async -> HTTPReply {
        do {
            switch host {
            case nil: return try await hub.controlReply(request, body, from: peer, session.simulator)
            case .auth?: return try await session.tokenReply(request, body)
            case .web?, .index?:
                if request.path?.hasPrefix("/v2/_catalog") == true { break }
                return try await session.webReply(request, body)
            case .registry?: break
            }
            return await RegistryHandler(authority: session, storage: session).respond(to: request, asking: parsed, body: body)
        } catch {
            return RegistryError.unknown(error).reply
        }
    }
}

/// The Hub in one simulator, for one request. Its registry, token service and web API share it.
struct HubSession: Sendable {
    let simulator: Simulator
    let blobs: any BlobStore
    private let request: SteppedRequest

    init(simulator: Simulator, blobs: any BlobStore) {
        self.simulator = simulator
        self.blobs = blobs
        request = simulator.beginRequest()
    }

    var now: Instant { simulator.clock.now }

    /// Runs one transaction of the request. The first transaction adds the public images.
    func transact<T>(_ body: (Database, IDGenerator) throws -> T) throws -> T {
        let result = try simulator.transact(of: request) { db, ids in try Self.isSeeded(db) ? body(db, ids) : nil }
        if let result { return result }
        // A separate transaction, so that a failed request does not roll back the public images.
        try simulator.transact(of: request) { db, _ in
            guard try !Self.isSeeded(db) else { return }
            for image in try HubSeed.build(into: blobs) {
                try add(image.manifest, to: image.repository, tag: image.tag, isPrivate: false, db)
                try HubRepository.describe(image.repository, image.description, db)
            }
            try db.execute(sql: "INSERT INTO hub_seeded VALUES (1)")
        }
        return try simulator.transact(of: request, body)
    }

    private static func isSeeded(_ db: Database) throws -> Bool {
        try Bool.fetchOne(try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM hub_seeded)")) ?? false
    }

    func add(_ manifest: Manifest, to name: RepositoryName, tag: Tag?, isPrivate: Bool, _ db: Database) throws {
        try HubRepository.make(name, isPrivate: isPrivate, at: now, db)
        for blob in manifest.blobs { try HubBlob.insert(blob.digest, blob.size, in: name, db) }
        try HubManifest.put(manifest, in: name, db)
        if let tag { try HubManifest.point(tag, to: manifest.digest, in: name, at: now, db) }
    }
}
