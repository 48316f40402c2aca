import AWSCore
import HTTPTypes

extension Exchange {
    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
    func fetchManifest(_ name: RepositoryName, _ reference: ManifestReference, isHead: Bool) throws -> HTTPReply {
        guard let found = try storage.manifest(reference, in: name, for: caller) else {
            throw RegistryError.manifestUnknown(reference)
        }
        let manifest = try acceptable(found, reference, in: name)
        var fields: HTTPFields = [
            .contentType: manifest.mediaType.rawValue, .contentLength: String(manifest.bytes.count),
            .dockerContentDigest: manifest.digest.description, .eTag: "\"\(manifest.digest)\"",
        ]
        if !isHead, !rules.namesFetchedDigests {
            fields[.dockerContentDigest] = nil
            fields[.eTag] = nil
        }
        return HTTPReply(
            HTTPResponse(status: .ok, headerFields: fields), isHead ? .empty : .bytes(manifest.bytes))
    }

    /// Returns a manifest that the client accepts. A client without support for lists gets the list's image for linux/amd64, as
    /// from Docker's registry. OCI content is never returned to clients that do not accept it, unless `translatesImages` is set.
    private func acceptable(
        _ found: StoredManifest, _ reference: ManifestReference, in name: RepositoryName
    ) throws -> StoredManifest {
        let accepted = Accept(request.headerFields[values: .accept])
        if accepted.takes(found.mediaType) { return found }
        if rules.translatesImages {
            guard case .tag(let tag) = reference else { return found }
            let manifest = try Manifest(parsing: found.bytes, contentType: found.mediaType)
            for type in [MediaType.dockerManifest, .ociManifest] where accepted.takes(type) {
                if let translation = manifest.translated(to: type) { return StoredManifest(translation) }
            }
            if accepted.takes(.dockerManifestV1) || accepted.takes(.dockerManifestV1Signed),
                let old = try manifest.schemaOne(from: storage.blobs, name: name, tag: tag)
            {
                return old
            }
        }
        switch found.mediaType {
        case .ociManifest, .ociIndex:
            let kind = found.mediaType.isIndex ? ("index", "indexes") : ("manifest", "manifests")
            throw RegistryError(
                "MANIFEST_UNKNOWN", status: 404, "OCI \(kind.0) found, but accept header does not support OCI \(kind.1)")
        case .dockerManifestList where accepted.takes(.dockerManifest):
            let list = try Manifest(parsing: found.bytes, contentType: found.mediaType)
            guard let entry = list.manifests.first(where: { $0.platform == .linuxAMD64 }),
                let image = try storage.manifest(.digest(entry.digest), in: name, for: caller)
            else { throw RegistryError.manifestUnknown(reference) }
            return image
        default: return found
        }
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
    func putManifest(_ name: RepositoryName, _ reference: ManifestReference, tags: [Tag]) async throws -> HTTPReply {
        let bytes = try await body.collect(upTo: Manifest.maximumSize)
        let type = request.headerFields[.contentType].map { MediaType(contentType: $0) }
        let manifest = try Manifest(parsing: bytes, contentType: type)
        var named = manifest.digest, tags = tags
        switch reference {
        case .tag(let tag): tags = [tag]
        case .digest(let digest):
            var digester = Digester(digest.algorithm)
            digester.update(bytes)
            let found = digester.finish()
            guard found == digest else { throw ManifestDigestMismatch(repository: name, claimed: digest, found: found) }
            named = digest
        }
        try storage.putManifest(manifest, as: named, tags: tags, in: name, for: caller)
        var fields: HTTPFields = [
            .location: location("/v2/\(name)/manifests/\(named)"), .dockerContentDigest: named.description, .contentLength: "0",
        ]
        if case .digest = reference, !tags.isEmpty {
            fields[.ociTag] = tags.map(\.description).joined(separator: ", ")
        }
        if let subject = manifest.subject { fields[.ociSubject] = subject.digest.description }
        return empty(.created, fields)
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
    func deleteManifest(_ name: RepositoryName, _ reference: ManifestReference) throws -> HTTPReply {
        guard try storage.deleteManifest(reference, in: name, for: caller) else {
            throw RegistryError.manifestUnknown(reference)
        }
        return empty(.accepted, [:])
    }
}

/// A manifest was pushed by a digest that is not its own.
public struct ManifestDigestMismatch: Error {
    public let repository: RepositoryName
    public let claimed, found: Digest
}

/// The media types of an `Accept` header. Weights are ignored: a registry has one form of each manifest.
private struct Accept {
    private let types: Set<String>

    init(_ values: [String]) {
        var types: Set<String> = []
        for value in values {
            for type in value.split(separator: ",") { types.insert(MediaType(contentType: String(type)).rawValue) }
        }
        self.types = types
    }

    func takes(_ type: MediaType) -> Bool {
        types.isEmpty || types.contains(type.rawValue) || types.contains("*/*") || types.contains("application/*")
    }
}
