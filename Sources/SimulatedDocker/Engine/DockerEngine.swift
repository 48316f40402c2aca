public import AWSCore
import HTTPTypes
public import OCI
import SimulatorCore

/// An image engine as dockerd is one: pulls, tags, pushes, lists and removes images. Without a daemon, socket or container.
///
/// It reaches registries through the transport it is given and by no other way. Texts and rules are Docker 28's.
public final class DockerEngine: Sendable {
    /// Where layers and configurations are kept; may be shared, so nothing is ever removed from it here.
    public let blobs: any BlobStore
    public let store: any EngineStore
    public let platform: Platform
    let transport: any HTTPTransport
    let clock: @Sendable () -> Instant
    /// How long a registry may take to answer.
    let timeout: Duration
    /// How many blobs a pull fetches at once.
    let downloads: Int
    let transfers: LayerTransfers
    let pause: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - downloads: how many blobs a pull fetches at once. One at a time, a pull's requests have one order.
    ///   - pause: waits before something is tried again.
    public init(
        transport: any HTTPTransport, blobs: any BlobStore = MemoryBlobStore(), store: any EngineStore = MemoryEngineStore(),
        platform: Platform = .linuxAMD64, timeout: Duration = .seconds(15), downloads: Int = 1,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        clock: @escaping @Sendable () -> Instant
    ) {
        self.transport = transport
        self.blobs = blobs
        self.store = store
        self.platform = platform
        self.timeout = timeout
        self.downloads = max(1, downloads)
        self.clock = clock
        self.pause = pause
        transfers = LayerTransfers()
    }

    /// The same engine, with another's state or logins; downloads are shared.
    public init(_ engine: DockerEngine, store: any EngineStore) {
        transport = engine.transport
        blobs = engine.blobs
        self.store = store
        platform = engine.platform
        timeout = engine.timeout
        downloads = engine.downloads
        clock = engine.clock
        transfers = engine.transfers
        pause = engine.pause
    }

    // MARK: Names

    /// Reads a name as the command line does.
    static func reference(_ text: String) throws(DockerError) -> ImageReference {
        do { return try ImageReference(parsing: text) } catch { throw DockerError(error.description, status: 400) }
    }

    /// The image that a name, an id or the beginning of an id stands for.
    func find(_ text: String, in state: EngineState) throws(DockerError) -> (id: Digest, reference: ImageReference?) {
        if let digest = Digest(text) {
            guard state.images[digest] != nil else { throw .noSuchImage(text) }
            return (digest, nil)
        }
        let isHex = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        var missing = text
        if !(isHex && text.utf8.count == 64) {
            let reference: ImageReference
            do { reference = try ImageReference(parsing: text).withDefaultTag } catch {
                throw .daemon(error.description, status: 400)
            }
            if let id = state.references[reference] { return (id, reference) }
            if let digest = reference.digest {
                let bare = ImageReference(registry: reference.registry, repository: reference.repository, digest: digest)
                if let id = state.references[bare] { return (id, bare) }
            }
            missing = reference.familiar
        }
        if isHex || text.hasPrefix("sha256:") {
            let prefix = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
            let matches = state.images.keys.filter { $0.hex.hasPrefix(prefix) }
            if matches.count > 1 { throw .ambiguousID(text) }
            if let id = matches.first { return (id, nil) }
        }
        throw .noSuchImage(missing)
    }

    // MARK: Registries

    func client(for reference: ImageReference) -> RegistryClient {
        let credentials = store.read().logins[Self.loginKey(reference.registry)]
        return RegistryClient(
            host: reference.registryHost, scheme: Self.scheme(of: reference.registryHost), credentials: credentials,
            transport: transport, timeout: timeout)
    }

    /// Registries on the machine itself need no TLS, as with dockerd.
    static func scheme(of host: String) -> String {
        let name = HTTPRequest.host(of: host)
        return name == "localhost" || name.hasPrefix("127.") ? "http" : "https"
    }
}
