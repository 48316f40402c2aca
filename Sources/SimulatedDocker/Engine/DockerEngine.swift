public import AWSCore
import HTTPTypes
public import OCI
import SimulatorCore

/// An image engine like dockerd: pulls, tags, pushes, lists and removes images. It needs no daemon, socket or container.
///
/// It reaches registries only through the given transport. Messages and rules are those of Docker 28.
public final class DockerEngine: Sendable {
    /// The store for layers and configurations. It may be shared, so the engine never removes anything from it.
    public let blobs: any BlobStore
    public let store: any EngineStore
    public let platform: Platform
    let transport: any HTTPTransport
    let clock: @Sendable () -> Instant
    /// The timeout for a registry's responses.
    let timeout: Duration
    /// The number of concurrent downloads of a pull.
    let downloads: Int
    let transfers: LayerTransfers
    let pause: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - downloads: the number of concurrent downloads of a pull. With 1, a pull's requests have a fixed order.
    ///   - pause: waits before a retry.
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

    /// Creates an engine like another one, with another state or other logins. They share downloads.
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

    /// Parses a name as the command line does.
    static func reference(_ text: String) throws(DockerError) -> ImageReference {
        do { return try ImageReference(parsing: text) } catch { throw DockerError(error.description, status: 400) }
    }

    /// Returns the image with a name, an id or a prefix of an id.
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

    /// Returns a registry's scheme. As with dockerd, registries on the local machine need no TLS.
    static func scheme(of host: String) -> String {
        let name = HTTPRequest.host(of: host)
        return name == "localhost" || name.hasPrefix("127.") ? "http" : "https"
    }
}
