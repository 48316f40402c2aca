public import AWSCore
public import HTTPTypes

// The registry engine knows the protocol; these two know the house it stands in. Docker Hub and Amazon ECR are the same
// engine with other tenants in these roles. All methods are synchronous: bodies never pass through here.

/// Says who sends a request, and whether he may.
public protocol RegistryAuthority<Caller>: Sendable {
    /// Whoever sends requests, in the words of the house: a user's name, an IAM principal.
    associatedtype Caller: Sendable

    /// - Parameter request: for its `Authorization` header, and its host for the challenge.
    /// - Throws: ``RegistryError``: 401 with a challenge for who is unknown, 403 for who may not.
    func admit(_ request: HTTPRequest, for operation: RegistryOperation) throws -> Caller
}

/// Keeps a registry's repositories: which blobs and manifests are in them, and their tags.
///
/// Every method throws ``RegistryError/nameUnknown(_:)`` where the repository is unknown and the house does not make it
/// spring into being. A caller has been admitted for the very operation that the method belongs to.
public protocol RegistryStorage<Caller>: Sendable {
    associatedtype Caller: Sendable

    /// Where bytes go and come from.
    var blobs: any BlobStore { get }

    /// The size of a blob of the repository, nil if it has none of that digest.
    func blobSize(_ digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> Int?

    /// Where to get a blob of the repository, nil if it has none of that digest.
    func blob(_ digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> BlobSource?

    /// Makes a blob of another repository one of this too, if there is such a blob and the caller may pull it there.
    /// - Parameter source: nil if the caller doesn't say where from.
    func mountBlob(
        _ digest: Digest, from source: RepositoryName?, in repository: RepositoryName, for caller: Caller
    ) throws -> Bool

    /// Takes a blob from the repository. Returns false if it wasn't there.
    func deleteBlob(_ digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> Bool

    /// Begins an upload, in ``blobs`` and in the repository's own books.
    func startUpload(in repository: RepositoryName, for caller: Caller) throws -> UploadID

    /// Whether the upload is one of this repository's, and still going on.
    func hasUpload(_ id: UploadID, in repository: RepositoryName, for caller: Caller) throws -> Bool

    /// A chunk of an upload came in whole, and not as its last. Nothing, unless the house counts them.
    func noteChunk(of size: Int, in upload: UploadID, of repository: RepositoryName, for caller: Caller) throws

    /// Throws if the house cannot make a blob of the parts that came, whatever their digest. By default it can.
    func checkParts(of upload: UploadID, in repository: RepositoryName, for caller: Caller) throws

    /// The upload's bytes are a blob of ``blobs`` now: enters it into the repository, closes the upload.
    func finishUpload(_ id: UploadID, as blob: StoredBlob, in repository: RepositoryName, for caller: Caller) throws

    /// Strikes the upload from the books; ``blobs`` has forgotten it already.
    func cancelUpload(_ id: UploadID, in repository: RepositoryName, for caller: Caller) throws

    /// The manifest that a tag or digest names, nil if the repository has none.
    func manifest(_ reference: ManifestReference, in repository: RepositoryName, for caller: Caller) throws -> StoredManifest?

    /// Stores a manifest and lets tags point to it, all or nothing.
    /// - Parameter digest: what it goes by; the engine has checked that it is the manifest's own.
    /// - Throws: ``RegistryError/manifestBlobUnknown(_:)`` if the repository lacks what it refers to.
    func putManifest(
        _ manifest: Manifest, as digest: Digest, tags: [Tag], in repository: RepositoryName, for caller: Caller) throws

    /// Deletes a manifest with its tags, or a tag. Returns false if it wasn't there.
    func deleteManifest(_ reference: ManifestReference, in repository: RepositoryName, for caller: Caller) throws -> Bool

    /// The repository's tags in their order, beginning after `last`; at most `limit`.
    func tags(in repository: RepositoryName, after last: String?, limit: Int, for caller: Caller) throws -> [Tag]

    /// Who names this manifest as its subject. A manifest that isn't there has no referrers.
    func referrers(of digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> [Descriptor]

    /// The repositories that the caller may see, beginning after `last`; at most `limit`.
    func repositories(after last: String?, limit: Int, for caller: Caller) throws -> [RepositoryName]
}

extension RegistryStorage {
    public func noteChunk(of size: Int, in upload: UploadID, of repository: RepositoryName, for caller: Caller) throws {}
    public func checkParts(of upload: UploadID, in repository: RepositoryName, for caller: Caller) throws {}
}

/// Where a blob is to be had.
public enum BlobSource: Sendable {
    /// Here.
    case content(HTTPBody)
    /// At another URL, without the registry's authorization.
    case redirect(String)
}

/// A manifest's bytes as they came in.
public struct StoredManifest: Sendable {
    public let bytes: Bytes
    public let mediaType: MediaType
    public let digest: Digest

    public init(bytes: Bytes, mediaType: MediaType, digest: Digest) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.digest = digest
    }

    public init(_ manifest: Manifest) {
        self.init(bytes: manifest.bytes, mediaType: manifest.mediaType, digest: manifest.digest)
    }
}
