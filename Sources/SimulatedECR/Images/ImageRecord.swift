import AWSCore
import ECRAPI
import Foundation
import GRDB
import OCI
import SimulatorCore

extension ECRSimulation {
    static let imageMigration = Migration(
        "ecr.image",
        """
        CREATE TABLE ecr_image (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
            number INTEGER NOT NULL, media_type TEXT NOT NULL, artifact_type TEXT, manifest BLOB NOT NULL, size INTEGER NOT NULL,
            pushed_at INTEGER NOT NULL, pulled_at INTEGER, subject TEXT,
            storage TEXT NOT NULL DEFAULT 'STANDARD' CHECK (storage IN ('STANDARD', 'ARCHIVE')),
            archived_at INTEGER, activated_at INTEGER,
            PRIMARY KEY (account, region, repository, digest),
            FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX ecr_image_order ON ecr_image (account, region, repository, number);
        CREATE INDEX ecr_image_subject ON ecr_image (account, region, repository, subject) WHERE subject IS NOT NULL;
        CREATE TABLE ecr_image_tag (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
            PRIMARY KEY (account, region, repository, tag),
            FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX ecr_image_tag_digest ON ecr_image_tag (account, region, repository, digest);
        CREATE TABLE ecr_image_part (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, part TEXT NOT NULL, digest TEXT NOT NULL,
            is_manifest INTEGER NOT NULL,
            PRIMARY KEY (account, region, repository, part, digest),
            FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX ecr_image_part_image ON ecr_image_part (account, region, repository, digest);
        """)
    static let lostSubjectMigration = Migration(
        "ecr.lost_subject", "ALTER TABLE ecr_image ADD COLUMN lost_subject INTEGER NOT NULL DEFAULT 0")
}

/// An image of a repository: its manifest and its state.
struct ImageRecord {
    var repository: String
    var digest: String
    /// The image's position in the order of pushes to the repository.
    var number: Int
    var mediaType: String
    var artifactType: String?
    var size: Int
    var pushedAt: Instant
    var pulledAt: Instant?
    /// The digest of the image that this one refers to.
    var subject: String?
    /// Whether the subject was in the repository and has been deleted.
    var hasLostSubject = false
    var isArchived = false
    var archivedAt: Instant?
    /// When the image leaves, or left, the archive.
    var activatedAt: Instant?
    var tags: [String] = []

    func status(_ now: Instant) -> ImageStatus {
        if isArchived { return "ARCHIVED" }
        if let activatedAt, activatedAt > now { return "ACTIVATING" }
        return "ACTIVE"
    }

    func isActive(_ now: Instant) -> Bool { status(now) == "ACTIVE" }
}

extension ImageRecord {
    private static let columns = """
        digest, number, media_type, artifact_type, size, pushed_at, pulled_at, subject, storage, archived_at, activated_at, lost_subject
        """

    private init(_ row: StoredRow, _ repository: String) throws {
        self.repository = repository
        digest = try row[0]
        number = try row[1]
        mediaType = try row[2]
        artifactType = try row[3]
        size = try row[4]
        pushedAt = try Instant(milliseconds: row[5])
        pulledAt = try (row[6] as Int64?).map { Instant(milliseconds: $0) }
        subject = try row[7]
        isArchived = try row[8] as String? == "ARCHIVE"
        archivedAt = try (row[9] as Int64?).map { Instant(milliseconds: $0) }
        activatedAt = try (row[10] as Int64?).map { Instant(milliseconds: $0) }
        hasLostSubject = try row[11]
    }

    static func find(digest: String, in repository: String, _ context: Context) throws -> ImageRecord? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM ecr_image WHERE account = ? AND region = ? AND repository = ? AND digest = ?")
        let found = try StoredRow.first(statement, [context.account, context.region, repository, digest]) {
            try ImageRecord($0, repository)
        }
        guard var image = found else { return nil }
        let tags = try context.db.cachedStatement(
            sql: "SELECT tag FROM ecr_image_tag WHERE account = ? AND region = ? AND repository = ? AND digest = ? ORDER BY tag"
        )
        image.tags = try String.fetchAll(tags, arguments: [context.account, context.region, repository, digest])
        return image
    }

    /// The digest that a tag points to.
    static func digest(tag: String, in repository: String, _ context: Context) throws -> String? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT digest FROM ecr_image_tag WHERE account = ? AND region = ? AND repository = ? AND tag = ?")
        return try String.fetchOne(statement, arguments: [context.account, context.region, repository, tag])
    }

    static func find(tag: String, in repository: String, _ context: Context) throws -> ImageRecord? {
        guard let digest = try digest(tag: tag, in: repository, context) else { return nil }
        return try find(digest: digest, in: repository, context)
    }

    static func find(_ reference: ManifestReference, in repository: String, _ context: Context) throws -> ImageRecord? {
        switch reference {
        case .tag(let tag): try find(tag: tag.description, in: repository, context)
        case .digest(let digest): try find(digest: digest.description, in: repository, context)
        }
    }

    /// Returns the identified image; nil if there is none, or if tag and digest disagree.
    static func find(_ id: ImageIdentifier, in repository: String, _ context: Context) throws -> ImageRecord? {
        guard let tag = id.imageTag else { return try id.imageDigest.flatMap { try find(digest: $0, in: repository, context) } }
        guard let image = try find(tag: tag, in: repository, context) else { return nil }
        return id.imageDigest.map { $0 == image.digest } ?? true ? image : nil
    }

    /// - Throws: `ImageNotFoundException`, or `InvalidParameterException` if the identifier is not valid.
    static func get(_ id: ImageIdentifier, in repository: String, _ context: Context) throws -> ImageRecord {
        try id.check()
        guard let image = try find(id, in: repository, context) else { throw AWSError.imageNotFound(id, repository, context) }
        return image
    }

    /// Returns the repository's images in the order of their pushes.
    static func all(in repository: String, _ context: Context) throws -> [ImageRecord] {
        let key: StatementArguments = [context.account, context.region, repository]
        let tagStatement = try context.db.cachedStatement(
            sql: "SELECT digest, tag FROM ecr_image_tag WHERE account = ? AND region = ? AND repository = ? ORDER BY tag")
        var tags: [String: [String]] = [:]
        let rows = try StoredRow.fetchCursor(tagStatement, arguments: key)
        while let row = try rows.next() { try tags[row[0], default: []].append(row[1]) }
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM ecr_image WHERE account = ? AND region = ? AND repository = ? ORDER BY number")
        return try StoredRow.all(statement, key) { row in
            var image = try ImageRecord(row, repository)
            image.tags = tags[image.digest] ?? []
            return image
        }
    }

    /// Returns the images whose subject is `digest`, in the order of their pushes.
    static func referrers(of digest: String, in repository: String, _ context: Context) throws -> [ImageRecord] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT \(columns) FROM ecr_image WHERE account = ? AND region = ? AND repository = ? AND subject = ?
                ORDER BY number
                """)
        return try StoredRow.all(statement, [context.account, context.region, repository, digest]) {
            try ImageRecord($0, repository)
        }
    }

    static func isAny(in repository: String, _ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM ecr_image WHERE account = ? AND region = ? AND repository = ?)")
        return try Bool.fetchOne(statement, arguments: [context.account, context.region, repository]) ?? false
    }

    /// Whether the repository has at least `limit` images. Image numbers answer this without a count for all but old
    /// repositories.
    static func count(in repository: String, reaches limit: Int, _ context: Context) throws -> Bool {
        guard try nextNumber(in: repository, context) > limit else { return false }
        let statement = try context.db.cachedStatement(
            sql: "SELECT count(*) FROM ecr_image WHERE account = ? AND region = ? AND repository = ?")
        return try Int.fetchOne(statement, arguments: [context.account, context.region, repository]) ?? 0 >= limit
    }

    func manifest(_ context: Context) throws -> Bytes {
        let statement = try context.db.cachedStatement(
            sql: "SELECT manifest FROM ecr_image WHERE account = ? AND region = ? AND repository = ? AND digest = ?")
        let data = try Data.fetchOne(statement, arguments: [context.account, context.region, repository, digest])
        return data.map { Bytes($0) } ?? []
    }

    /// Whether an index in the repository lists an image. The image itself may be missing.
    static func isListed(_ digest: String, in repository: String, _ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM ecr_image_part
                WHERE account = ? AND region = ? AND repository = ? AND part = ? AND is_manifest)
                """)
        return try Bool.fetchOne(statement, arguments: [context.account, context.region, repository, digest]) ?? false
    }

    /// Returns the digests of the indexes that list this image.
    func lists(_ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT digest FROM ecr_image_part WHERE account = ? AND region = ? AND repository = ? AND part = ? AND is_manifest
                ORDER BY digest
                """)
        return try String.fetchAll(statement, arguments: [context.account, context.region, repository, digest])
    }
}

extension ImageRecord {
    static func nextNumber(in repository: String, _ context: Context) throws -> Int {
        let statement = try context.db.cachedStatement(
            sql: "SELECT max(number) FROM ecr_image WHERE account = ? AND region = ? AND repository = ?")
        return (try Int.fetchOne(statement, arguments: [context.account, context.region, repository]) ?? 0) + 1
    }

    /// - Parameter parts: the digests of the blobs and manifests that the manifest names.
    func insert(manifest: Bytes, parts: [(digest: String, isManifest: Bool)], _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                INSERT INTO ecr_image (account, region, repository, digest, number, media_type, artifact_type, manifest, size,
                pushed_at, pulled_at, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            context.account, context.region, repository, digest, number, mediaType, artifactType, Data(manifest), size,
            pushedAt.milliseconds, pulledAt?.milliseconds, subject,
        ])
        let partStatement = try context.db.cachedStatement(
            sql: "INSERT OR IGNORE INTO ecr_image_part VALUES (?, ?, ?, ?, ?, ?)")
        for part in parts {
            try partStatement.execute(arguments: [
                context.account, context.region, repository, part.digest, digest, part.isManifest,
            ])
        }
    }

    /// Points a tag to this image and replaces its earlier target.
    func point(tag: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ecr_image_tag VALUES (?, ?, ?, ?, ?)")
        try statement.execute(arguments: [context.account, context.region, repository, tag, digest])
    }

    static func remove(tag: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_image_tag WHERE account = ? AND region = ? AND repository = ? AND tag = ?")
        try statement.execute(arguments: [context.account, context.region, repository, tag])
    }

    /// Writes the image's mutable columns. Tags are stored separately.
    func update(_ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                UPDATE ecr_image SET pulled_at = ?, storage = ?, archived_at = ?, activated_at = ?
                WHERE account = ? AND region = ? AND repository = ? AND digest = ?
                """)
        try statement.execute(arguments: [
            pulledAt?.milliseconds, isArchived ? "ARCHIVE" : "STANDARD", archivedAt?.milliseconds, activatedAt?.milliseconds,
            context.account, context.region, repository, digest,
        ])
    }

    /// Sets an index's size to that of its largest stored image.
    func measure(_ context: Context) throws {
        let key: StatementArguments = [context.account, context.region, repository, digest]
        try context.db.execute(
            sql: """
                UPDATE ecr_image SET size = (
                    SELECT max(child.size) FROM ecr_image_part AS part JOIN ecr_image AS child
                    ON child.account = part.account AND child.region = part.region AND child.repository = part.repository
                    AND child.digest = part.part
                    WHERE part.account = ?1 AND part.region = ?2 AND part.repository = ?3 AND part.digest = ?4
                ) WHERE account = ?1 AND region = ?2 AND repository = ?3 AND digest = ?4
                """, arguments: key)
    }

    /// Deletes the image, its tags, and the layers that no other image of the repository uses.
    func delete(_ context: Context, keepsLayers: Bool = false) throws {
        let key: StatementArguments = [context.account, context.region, repository, digest]
        if !keepsLayers { try deleteLayers(key, context) }
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_image WHERE account = ? AND region = ? AND repository = ? AND digest = ?")
        try statement.execute(arguments: key)
        let referrers = try context.db.cachedStatement(
            sql: "UPDATE ecr_image SET lost_subject = 1 WHERE account = ? AND region = ? AND repository = ? AND subject = ?")
        try referrers.execute(arguments: key)
    }

    private func deleteLayers(_ key: StatementArguments, _ context: Context) throws {
        let layers = try context.db.cachedStatement(
            sql: """
                DELETE FROM ecr_layer WHERE account = ?1 AND region = ?2 AND repository = ?3 AND digest IN (
                    SELECT part FROM ecr_image_part
                    WHERE account = ?1 AND region = ?2 AND repository = ?3 AND digest = ?4 AND NOT is_manifest
                ) AND NOT EXISTS (
                    SELECT 1 FROM ecr_image_part AS other WHERE other.account = ?1 AND other.region = ?2
                    AND other.repository = ?3 AND other.part = ecr_layer.digest AND other.digest <> ?4
                )
                """)
        try layers.execute(arguments: key)
    }
}
