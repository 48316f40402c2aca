import AWSCore
import Foundation
import GRDB
import OCI

/// A repository of the Hub: `namespace/name`.
struct HubRepository {
    let name: RepositoryName
    let isPrivate: Bool
    let description: String
    let pulls: Int
    let updatedAt: Instant

    private init?(_ row: Row) {
        guard let name = RepositoryName(row["name"] as String) else { return nil }
        self.name = name
        isPrivate = row["is_private"]
        description = row["description"]
        pulls = row["pulls"]
        updatedAt = Instant(milliseconds: row["updated_at"])
    }

    static func find(_ name: RepositoryName, _ db: Database) throws -> HubRepository? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM hub_repository WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [name.description]).flatMap { HubRepository($0) }
    }

    static func all(_ db: Database) throws -> [HubRepository] {
        try Row.fetchAll(db.cachedStatement(sql: "SELECT * FROM hub_repository ORDER BY name")).compactMap { HubRepository($0) }
    }

    /// Sets a repository's description, which `docker search` shows.
    static func describe(_ name: RepositoryName, _ text: String, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE hub_repository SET description = ? WHERE name = ?")
            .execute(arguments: [text, name.description])
    }

    /// Returns the public repositories whose name or description contains `text`, sorted by name.
    static func search(_ text: String, _ db: Database) throws -> [HubRepository] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT * FROM hub_repository WHERE is_private = 0 AND (instr(name, ?1) > 0 OR instr(lower(description), ?1) > 0)
                ORDER BY pulls DESC, name
                """)
        return try Row.fetchAll(statement, arguments: [text]).compactMap { HubRepository($0) }
    }

    /// Returns a user's repositories, including private ones if `all` is true.
    static func owned(by user: String, all: Bool, _ db: Database) throws -> [HubRepository] {
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM hub_repository WHERE substr(name, 1, ?) = ? AND (is_private = 0 OR ?) ORDER BY name")
        let prefix = user + "/"
        return try Row.fetchAll(statement, arguments: [prefix.count, prefix, all]).compactMap { HubRepository($0) }
    }

    static func names(after last: String, limit: Int, _ db: Database) throws -> [RepositoryName] {
        let statement = try db.cachedStatement(
            sql: "SELECT name FROM hub_repository WHERE name > ? AND is_private = 0 ORDER BY name LIMIT ?")
        return try String.fetchAll(statement, arguments: [last, limit]).compactMap { RepositoryName($0) }
    }

    /// Creates a repository if it does not exist.
    static func make(_ name: RepositoryName, isPrivate: Bool = false, at now: Instant, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO hub_repository (name, is_private, created_at, updated_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO NOTHING
                """
        ).execute(arguments: [name.description, isPrivate, now.milliseconds, now.milliseconds])
    }

    static func countPull(_ name: RepositoryName, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE hub_repository SET pulls = pulls + 1 WHERE name = ?")
            .execute(arguments: [name.description])
    }
}

/// A blob in a repository.
enum HubBlob {
    static func size(of digest: Digest, in name: RepositoryName, _ db: Database) throws -> Int? {
        let statement = try db.cachedStatement(sql: "SELECT size FROM hub_blob WHERE repository = ? AND digest = ?")
        return try Int.fetchOne(statement, arguments: [name.description, digest.description])
    }

    static func insert(_ digest: Digest, _ size: Int, in name: RepositoryName, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO hub_blob VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [name.description, digest.description, size])
    }

    static func delete(_ digest: Digest, in name: RepositoryName, _ db: Database) throws -> Bool {
        try db.cachedStatement(sql: "DELETE FROM hub_blob WHERE repository = ? AND digest = ?")
            .execute(arguments: [name.description, digest.description])
        return db.changesCount > 0
    }
}

/// Manifests and the tags that point to them.
enum HubManifest {
    static func find(_ reference: ManifestReference, in name: RepositoryName, _ db: Database) throws -> StoredManifest? {
        let row: Row?
        switch reference {
        case .digest(let digest):
            let statement = try db.cachedStatement(
                sql: "SELECT digest, media_type, bytes FROM hub_manifest WHERE repository = ? AND digest = ?")
            row = try Row.fetchOne(statement, arguments: [name.description, digest.description])
        case .tag(let tag):
            let statement = try db.cachedStatement(
                sql: """
                    SELECT m.digest, m.media_type, m.bytes FROM hub_tag t JOIN hub_manifest m USING (repository, digest)
                    WHERE t.repository = ? AND t.name = ?
                    """)
            row = try Row.fetchOne(statement, arguments: [name.description, tag.description])
        }
        guard let row, let digest = Digest(row[0] as String) else { return nil }
        return StoredManifest(bytes: Bytes(row[2] as Data), mediaType: MediaType(row[1] as String), digest: digest)
    }

    static func put(_ manifest: Manifest, in name: RepositoryName, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO hub_manifest VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING").execute(
            arguments: [
                name.description, manifest.digest.description, manifest.mediaType.rawValue, Data(manifest.bytes),
                manifest.subject?.digest.description,
            ])
    }

    static func point(_ tag: Tag, to digest: Digest, in name: RepositoryName, at now: Instant, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO hub_tag VALUES (?, ?, ?, ?)
                ON CONFLICT (repository, name) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at
                """
        ).execute(arguments: [name.description, tag.description, digest.description, now.milliseconds])
        try db.cachedStatement(sql: "UPDATE hub_repository SET updated_at = ? WHERE name = ?")
            .execute(arguments: [now.milliseconds, name.description])
    }

    static func delete(_ reference: ManifestReference, in name: RepositoryName, _ db: Database) throws -> Bool {
        switch reference {
        case .tag(let tag):
            try db.cachedStatement(sql: "DELETE FROM hub_tag WHERE repository = ? AND name = ?")
                .execute(arguments: [name.description, tag.description])
        case .digest(let digest):
            try db.cachedStatement(sql: "DELETE FROM hub_manifest WHERE repository = ? AND digest = ?")
                .execute(arguments: [name.description, digest.description])
        }
        return db.changesCount > 0
    }

    static func tags(in name: RepositoryName, after last: String, limit: Int, _ db: Database) throws -> [Tag] {
        let statement = try db.cachedStatement(
            sql: "SELECT name FROM hub_tag WHERE repository = ? AND name > ? ORDER BY name LIMIT ?")
        return try String.fetchAll(statement, arguments: [name.description, last, limit]).compactMap { Tag($0) }
    }

    static func referrers(of digest: Digest, in name: RepositoryName, _ db: Database) throws -> [Descriptor] {
        let statement = try db.cachedStatement(
            sql: "SELECT media_type, bytes FROM hub_manifest WHERE repository = ? AND subject = ? ORDER BY digest")
        return try Row.fetchAll(statement, arguments: [name.description, digest.description]).compactMap { row in
            let type = MediaType(row[0] as String)
            guard let manifest = try? Manifest(parsing: Bytes(row[1] as Data), contentType: type) else { return nil }
            var descriptor = manifest.descriptor
            descriptor.annotations = manifest.annotations
            return descriptor
        }
    }
}
