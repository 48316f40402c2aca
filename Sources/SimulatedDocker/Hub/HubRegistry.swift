import AWSCore
import GRDB
import HTTPTypes
import OCI

/// A caller of the Hub's registry: a user or an anonymous caller.
struct HubCaller: Sendable {
    let user: String?
    let token: HubToken
}

extension HubSession: RegistryAuthority {
    /// Accepts a valid token of `auth.docker.io` that covers the operation.
    func admit(_ request: HTTPRequest, for operation: RegistryOperation) throws -> HubCaller {
        guard let header = request.headerFields[.authorization], header.lowercased().hasPrefix("bearer "),
            let token = HubToken(String(header.dropFirst(7)), simulator.configuration)
        else { throw Self.unauthorized(operation, error: nil) }
        guard now < token.expiresAt else { throw Self.unauthorized(operation, error: "invalid_token") }
        if let repository = operation.repository, let action = operation.action, !token.allows(action, on: repository) {
            throw Self.unauthorized(operation, error: "insufficient_scope")
        }
        return HubCaller(user: token.user, token: token)
    }

    private static func unauthorized(_ operation: RegistryOperation, error: String?) -> RegistryError {
        var challenge = "Bearer realm=\"https://\(DockerHub.Host.auth.rawValue)/token\",service=\"\(HubToken.service)\""
        var refusal = RegistryError.unauthorized(challenge: "")
        if let repository = operation.repository, let action = operation.action {
            let actions = action == .push ? "pull,push" : action.rawValue
            challenge += ",scope=\"repository:\(repository):\(actions)\""
            refusal.detail = .list(
                actions.split(separator: ",").map { action in
                    .object([
                        .init("Type", .string("repository")), .init("Class", .string("")),
                        .init("Name", .string(repository.description)), .init("Action", .string(String(action))),
                    ])
                })
        }
        if let error { challenge += ",error=\"\(error)\"" }
        refusal.challenge = challenge
        return refusal
    }
}

extension HubSession: RegistryStorage {
    /// Runs `body` in a transaction if the repository exists.
    private func with<T>(_ name: RepositoryName, _ body: (Database) throws -> T) throws -> T {
        try transact { db, _ in
            guard try HubRepository.find(name, db) != nil else { throw RegistryError.nameUnknown(name) }
            return try body(db)
        }
    }

    // MARK: Blobs

    func blobSize(_ digest: Digest, in name: RepositoryName, for caller: HubCaller) throws -> Int? {
        try with(name) { try HubBlob.size(of: digest, in: name, $0) }
    }

    func blob(_ digest: Digest, in name: RepositoryName, for caller: HubCaller) throws -> BlobSource? {
        guard try with(name, { try HubBlob.size(of: digest, in: name, $0) }) != nil else { return nil }
        return try blobs.open(digest).map { .content($0) }
    }

    func mountBlob(
        _ digest: Digest, from source: RepositoryName?, in name: RepositoryName, for caller: HubCaller
    ) throws -> Bool {
        try transact { db, _ in
            try HubRepository.make(name, at: now, db)
            guard let source, caller.token.allows(.pull, on: source),
                let size = try HubBlob.size(of: digest, in: source, db)
            else { return false }
            try HubBlob.insert(digest, size, in: name, db)
            return true
        }
    }

    func deleteBlob(_ digest: Digest, in name: RepositoryName, for caller: HubCaller) throws -> Bool {
        try with(name) { try HubBlob.delete(digest, in: name, $0) }
    }

    // MARK: Uploads

    func startUpload(in name: RepositoryName, for caller: HubCaller) throws -> UploadID {
        let id = try transact { db, ids in
            try HubRepository.make(name, at: now, db)
            let id = ids.uuid()
            try db.cachedStatement(sql: "INSERT INTO hub_upload VALUES (?, ?)").execute(arguments: [id, name.description])
            return id
        }
        guard let upload = UploadID(id) else { throw RegistryError.blobUploadUnknown }
        try blobs.beginUpload(upload)
        return upload
    }

    func hasUpload(_ id: UploadID, in name: RepositoryName, for caller: HubCaller) throws -> Bool {
        try transact { db, _ in
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM hub_upload WHERE id = ? AND repository = ?")
            return try Bool.fetchOne(statement, arguments: [id.description, name.description]) ?? false
        }
    }

    func finishUpload(_ id: UploadID, as blob: StoredBlob, in name: RepositoryName, for caller: HubCaller) throws {
        try with(name) { db in
            try HubBlob.insert(blob.digest, blob.size, in: name, db)
            try remove(id, db)
        }
    }

    func cancelUpload(_ id: UploadID, in name: RepositoryName, for caller: HubCaller) throws {
        try with(name) { try remove(id, $0) }
    }

    private func remove(_ id: UploadID, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM hub_upload WHERE id = ?").execute(arguments: [id.description])
    }

    // MARK: Manifests

    func manifest(_ reference: ManifestReference, in name: RepositoryName, for caller: HubCaller) throws -> StoredManifest? {
        try with(name) { db in
            let found = try HubManifest.find(reference, in: name, db)
            if found != nil { try HubRepository.countPull(name, db) }
            return found
        }
    }

    func putManifest(
        _ manifest: Manifest, as digest: Digest, tags: [Tag], in name: RepositoryName, for caller: HubCaller
    ) throws {
        try transact { db, _ in
            try HubRepository.make(name, at: now, db)
            for blob in manifest.blobs where try HubBlob.size(of: blob.digest, in: name, db) == nil {
                throw RegistryError.manifestBlobUnknown(blob.digest)
            }
            for child in manifest.manifests where try HubManifest.find(.digest(child.digest), in: name, db) == nil {
                throw RegistryError.manifestBlobUnknown(child.digest)
            }
            try HubManifest.put(manifest, in: name, db)
            for tag in tags { try HubManifest.point(tag, to: manifest.digest, in: name, at: now, db) }
        }
    }

    func deleteManifest(_ reference: ManifestReference, in name: RepositoryName, for caller: HubCaller) throws -> Bool {
        try with(name) { try HubManifest.delete(reference, in: name, $0) }
    }

    // MARK: Lists

    func tags(in name: RepositoryName, after last: String?, limit: Int, for caller: HubCaller) throws -> [Tag] {
        try with(name) { try HubManifest.tags(in: name, after: last ?? "", limit: limit, $0) }
    }

    func referrers(of digest: Digest, in name: RepositoryName, for caller: HubCaller) throws -> [Descriptor] {
        try with(name) { try HubManifest.referrers(of: digest, in: name, $0) }
    }

    func repositories(after last: String?, limit: Int, for caller: HubCaller) throws -> [RepositoryName] {
        // The Hub's registry lists no repositories; `docker search` does.
        throw RegistryError.unauthorized(challenge: "Bearer realm=\"https://\(DockerHub.Host.auth.rawValue)/token\"")
    }
}
