public import AWSCore
public import HTTPTypes

// The registry engine implements the protocol; these two roles implement a particular registry. Docker Hub and Amazon ECR
// use the same engine with other implementations. All methods are synchronous: bodies do not pass through them.

/// Authenticates callers and checks their permissions.
public protocol RegistryAuthority<Caller>: Sendable {
    /// A caller as the registry identifies it: a user name, an IAM principal.
    associatedtype Caller: Sendable

    /// - Parameter request: provides the `Authorization` header, and the host for the challenge.
    /// - Throws: ``RegistryError``: 401 with a challenge for unknown callers, 403 for callers without permission.
    func admit(_ request: HTTPRequest, for operation: RegistryOperation) throws -> Caller
}

/// Stores a registry's repositories: their blobs, manifests and tags.
///
/// Every method throws ``RegistryError/nameUnknown(_:)`` if the repository is unknown and the registry does not create it
/// automatically. The caller was admitted for the operation that the method belongs to.
public protocol RegistryStorage<Caller>: Sendable {
    associatedtype Caller: Sendable

    /// The store for the blobs' content.
    var blobs: any BlobStore { get }

    /// Returns the size of a blob in the repository; nil if it has none with that digest.
    func blobSize(_ digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> Int?

    /// Returns the source of a blob in the repository; nil if it has none with that digest.
    func blob(_ digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> BlobSource?

    /// Adds a blob of another repository to this one, if it exists there and the caller may pull it.
    /// - Parameter source: the other repository; nil if the caller names none.
    func mountBlob(
        _ digest: Digest, from source: RepositoryName?, in repository: RepositoryName, for caller: Caller
    ) throws -> Bool

    /// Removes a blob from the repository. Returns false if it was not there.
    func deleteBlob(_ digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> Bool

    /// Starts an upload in ``blobs`` and records it for the repository.
    func startUpload(in repository: RepositoryName, for caller: Caller) throws -> UploadID

    /// Whether this repository has this upload and it is not finished.
    func hasUpload(_ id: UploadID, in repository: RepositoryName, for caller: Caller) throws -> Bool

    /// Records a complete chunk of an upload, other than the last. Does nothing unless the registry counts chunks.
    func noteChunk(of size: Int, in upload: UploadID, of repository: RepositoryName, for caller: Caller) throws

    /// Throws if the registry does not accept the upload's parts, whatever their digest. By default it accepts them.
    func checkParts(of upload: UploadID, in repository: RepositoryName, for caller: Caller) throws

    /// Adds a finished upload, which is now a blob in ``blobs``, to the repository, and removes the upload's record.
    func finishUpload(_ id: UploadID, as blob: StoredBlob, in repository: RepositoryName, for caller: Caller) throws

    /// Removes the upload's record; ``blobs`` has already removed the upload.
    func cancelUpload(_ id: UploadID, in repository: RepositoryName, for caller: Caller) throws

    /// Returns the manifest for a tag or digest; nil if the repository has none.
    func manifest(_ reference: ManifestReference, in repository: RepositoryName, for caller: Caller) throws -> StoredManifest?

    /// Stores a manifest and sets its tags, all or nothing.
    /// - Parameter digest: the manifest's digest, which the engine has verified.
    /// - Throws: ``RegistryError/manifestBlobUnknown(_:)`` if the repository lacks content that the manifest refers to.
    func putManifest(
        _ manifest: Manifest, as digest: Digest, tags: [Tag], in repository: RepositoryName, for caller: Caller) throws

    /// Deletes a manifest with its tags, or only a tag. Returns false if it did not exist.
    func deleteManifest(_ reference: ManifestReference, in repository: RepositoryName, for caller: Caller) throws -> Bool

    /// Returns at most `limit` tags of the repository in order, starting after `last`.
    func tags(in repository: RepositoryName, after last: String?, limit: Int, for caller: Caller) throws -> [Tag]

    /// Returns the manifests that name this one as their subject; empty for a manifest that does not exist.
    func referrers(of digest: Digest, in repository: RepositoryName, for caller: Caller) throws -> [Descriptor]

    /// Returns at most `limit` repositories that the caller may see, starting after `last`.
    func repositories(after last: String?, limit: Int, for caller: Caller) throws -> [RepositoryName]
}

extension RegistryStorage {
    public func noteChunk(of size: Int, in upload: UploadID, of repository: RepositoryName, for caller: Caller) throws {}
    public func checkParts(of upload: UploadID, in repository: RepositoryName, for caller: Caller) throws {}
}

/// The source of a blob's content.
public enum BlobSource: Sendable {
    /// The content itself.
    case content(HTTPBody)
    /// Another URL, to be requested without the registry's authorization.
    case redirect(String)
}

/// A manifest's bytes as received.
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
