import AWSCore
import HTTPTypes
import OCI
import Synchronization

/// A minimal in-memory registry. Allows every request unless credentials are set.
final class MemoryRegistry: RegistryStorage, RegistryAuthority, HTTPTransport {
    struct Repository {
        var blobs: [Digest: Int] = [:]
        var manifests: [Digest: Manifest] = [:]
        var tags: [Tag: Digest] = [:]
        var uploads: Set<UploadID> = []
    }

    struct State {
        var repositories: [RepositoryName: Repository] = [:]
        var requests: [String] = []
        var redirects = false
        var credentials: String?
        var damagesBlobs = false
    }

    let blobs: any BlobStore
    let state = Mutex(State())

    init(blobs: any BlobStore = MemoryBlobStore()) { self.blobs = blobs }

    var handler: RegistryHandler<MemoryRegistry, MemoryRegistry> { RegistryHandler(authority: self, storage: self) }

    func client(_ credentials: RegistryCredentials? = nil) -> RegistryClient {
        RegistryClient(host: "registry.test", credentials: credentials, transport: self)
    }

    // MARK: Transport

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        state.withLock { $0.requests.append("\(request.method) \(request.authority ?? "")\(request.path ?? "")") }
        if request.authority == "storage.test" {
            guard request.headerFields[.authorization] == nil else { return HTTPReply(HTTPResponse(status: .badRequest)) }
            let digest = Digest(String(request.path?.dropFirst() ?? ""))
            let content = try digest.flatMap { try blobs.open($0) }
            let damaged = state.withLock(\.damagesBlobs) ? HTTPBody.bytes([0]) : content
            return damaged.map { HTTPReply(HTTPResponse(status: .ok), $0) } ?? HTTPReply(HTTPResponse(status: .forbidden))
        }
        return await handler.respond(to: request, body: body)
    }

    // MARK: Authority

    func admit(_ request: HTTPRequest, for operation: RegistryOperation) throws {
        guard let credentials = state.withLock(\.credentials) else { return }
        let given = request.headerFields[.authorization]
        guard given == "Basic " + Base64.encode(Bytes(credentials.utf8)) else {
            throw RegistryError.unauthorized(challenge: "Basic realm=\"registry.test\"")
        }
    }

    // MARK: Storage

    private func with<T>(_ name: RepositoryName, _ body: (inout Repository) throws -> T) throws -> T {
        try state.withLock { state in
            guard var repository = state.repositories[name] else { throw RegistryError.nameUnknown(name) }
            defer { state.repositories[name] = repository }
            return try body(&repository)
        }
    }

    private func make(_ name: RepositoryName) {
        state.withLock { state in
            if state.repositories[name] == nil { state.repositories[name] = Repository() }
        }
    }

    func blobSize(_ digest: Digest, in name: RepositoryName, for caller: Void) throws -> Int? {
        try with(name) { $0.blobs[digest] }
    }

    func blob(_ digest: Digest, in name: RepositoryName, for caller: Void) throws -> BlobSource? {
        guard try with(name, { $0.blobs[digest] }) != nil else { return nil }
        if state.withLock(\.redirects) { return .redirect("https://storage.test/\(digest)") }
        return try blobs.open(digest).map { .content($0) }
    }

    func mountBlob(_ digest: Digest, from source: RepositoryName?, in name: RepositoryName, for caller: Void) throws -> Bool {
        make(name)
        guard let source, let size = try? with(source, { $0.blobs[digest] }) else { return false }
        try with(name) { $0.blobs[digest] = size }
        return true
    }

    func deleteBlob(_ digest: Digest, in name: RepositoryName, for caller: Void) throws -> Bool {
        try with(name) { $0.blobs.removeValue(forKey: digest) != nil }
    }

    func startUpload(in name: RepositoryName, for caller: Void) throws -> UploadID {
        make(name)
        let id = UploadID.random()
        try blobs.beginUpload(id)
        try with(name) { _ = $0.uploads.insert(id) }
        return id
    }

    func hasUpload(_ id: UploadID, in name: RepositoryName, for caller: Void) throws -> Bool {
        try with(name) { $0.uploads.contains(id) }
    }

    func finishUpload(_ id: UploadID, as blob: StoredBlob, in name: RepositoryName, for caller: Void) throws {
        try with(name) {
            $0.uploads.remove(id)
            $0.blobs[blob.digest] = blob.size
        }
    }

    func cancelUpload(_ id: UploadID, in name: RepositoryName, for caller: Void) throws {
        try with(name) { _ = $0.uploads.remove(id) }
    }

    func manifest(_ reference: ManifestReference, in name: RepositoryName, for caller: Void) throws -> StoredManifest? {
        try with(name) { repository in
            switch reference {
            case .digest(let digest): repository.manifests[digest].map { StoredManifest($0) }
            case .tag(let tag): repository.tags[tag].flatMap { repository.manifests[$0] }.map { StoredManifest($0) }
            }
        }
    }

    func putManifest(
        _ manifest: Manifest, as digest: Digest, tags: [Tag], in name: RepositoryName, for caller: Void
    ) throws {
        make(name)
        try with(name) { repository in
            for blob in manifest.blobs where repository.blobs[blob.digest] == nil {
                throw RegistryError.manifestBlobUnknown(blob.digest)
            }
            for child in manifest.manifests where repository.manifests[child.digest] == nil {
                throw RegistryError.manifestBlobUnknown(child.digest)
            }
            repository.manifests[manifest.digest] = manifest
            for tag in tags { repository.tags[tag] = manifest.digest }
        }
    }

    func deleteManifest(_ reference: ManifestReference, in name: RepositoryName, for caller: Void) throws -> Bool {
        try with(name) { repository in
            switch reference {
            case .tag(let tag): return repository.tags.removeValue(forKey: tag) != nil
            case .digest(let digest):
                repository.tags = repository.tags.filter { $0.value != digest }
                return repository.manifests.removeValue(forKey: digest) != nil
            }
        }
    }

    func tags(in name: RepositoryName, after last: String?, limit: Int, for caller: Void) throws -> [Tag] {
        try with(name) { repository in
            Array(repository.tags.keys.sorted().filter { $0.description > last ?? "" }.prefix(limit))
        }
    }

    func referrers(of digest: Digest, in name: RepositoryName, for caller: Void) throws -> [Descriptor] {
        try with(name) { repository in
            repository.manifests.values.filter { $0.subject?.digest == digest }.sorted { $0.digest < $1.digest }.map {
                var descriptor = $0.descriptor
                descriptor.annotations = $0.annotations
                return descriptor
            }
        }
    }

    func repositories(after last: String?, limit: Int, for caller: Void) -> [RepositoryName] {
        state.withLock { state in
            Array(state.repositories.keys.sorted().filter { $0.description > last ?? "" }.prefix(limit))
        }
    }
}

extension RegistryHandler {
    /// Sends a request and returns the response with its whole body.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields = [:], body: HTTPBody = .empty
    ) async throws -> (HTTPResponse, Bytes) {
        let request = HTTPRequest(
            method: method, scheme: "https", authority: "registry.test", path: path, headerFields: fields)
        let reply = await respond(to: request, body: body)
        return (reply.response, try await reply.body.collect(upTo: 1 << 20))
    }
}

/// Returns an image of `layers` random layers and adds its blobs to `store`.
func image(layers: Int = 2, seed: UInt8 = 1, in store: any BlobStore, type: MediaType = .dockerManifest) throws
    -> ImageBuilder.Image
{
    var builder = ImageBuilder()
    builder.manifestType = type
    for layer in 0..<layers {
        builder.addLayer([.file("layer\(layer)", String(repeating: "\(seed) \(layer) ", count: 1000))])
    }
    return try builder.build(into: store)
}
