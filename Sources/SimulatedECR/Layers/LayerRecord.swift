import AWSCore
import GRDB
import SimulatorCore

extension ECRSimulation {
    static let layerMigration = Migration(
        "ecr.layer",
        """
        CREATE TABLE ecr_layer (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, digest TEXT NOT NULL,
            size INTEGER NOT NULL, media_type TEXT,
            PRIMARY KEY (account, region, repository, digest),
            FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE TABLE ecr_upload (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, id TEXT NOT NULL,
            started_at INTEGER NOT NULL, has_small_part INTEGER NOT NULL,
            PRIMARY KEY (account, region, repository, id),
            FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
        ) WITHOUT ROWID
        """)

    static let smallPartMigration = Migration(
        "ecr.upload.small-part", "ALTER TABLE ecr_upload RENAME COLUMN has_small_part TO small_part_end")
}

/// A blob of a repository: a layer or an image configuration. Its bytes are in the blob store.
struct LayerRecord {
    static let defaultMediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    var digest: String
    var size: Int
    /// The media type that a manifest of the repository gives; nil until there is one.
    var mediaType: String?

    static func find(_ digest: String, in repository: String, _ context: Context) throws -> LayerRecord? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT size, media_type FROM ecr_layer WHERE account = ? AND region = ? AND repository = ? AND digest = ?")
        return try Row.fetchOne(statement, arguments: [context.account, context.region, repository, digest]).map {
            LayerRecord(digest: digest, size: $0[0], mediaType: $0[1])
        }
    }

    /// Returns the repositories of the registry that have the layer.
    static func repositories(having digest: String, _ context: Context) throws -> [String] {
        try String.fetchAll(
            context.db,
            sql: "SELECT repository FROM ecr_layer WHERE account = ? AND region = ? AND digest = ? ORDER BY repository",
            arguments: [context.account, context.region, digest])
    }

    /// Whether an image of the repository uses the layer.
    func isAssociated(in repository: String, _ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM ecr_image_part WHERE account = ? AND region = ? AND repository = ? AND part = ?)
                """)
        return try Bool.fetchOne(statement, arguments: [context.account, context.region, repository, digest]) ?? false
    }

    /// Whether all images that use the layer are archived.
    func isArchived(in repository: String, _ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT count(*), sum(image.storage = 'ARCHIVE') FROM ecr_image_part AS part
                JOIN ecr_image AS image USING (account, region, repository, digest)
                WHERE account = ? AND region = ? AND repository = ? AND part.part = ?
                """)
        let row = try Row.fetchOne(statement, arguments: [context.account, context.region, repository, digest])
        guard let row, let archived: Int = row[1] else { return false }
        return archived == row[0]
    }

    func insert(in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT OR IGNORE INTO ecr_layer VALUES (?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [context.account, context.region, repository, digest, size, mediaType])
    }

    static func note(mediaType: String, of digest: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                UPDATE ecr_layer SET media_type = ? WHERE account = ? AND region = ? AND repository = ? AND digest = ?
                AND media_type IS NULL
                """)
        try statement.execute(arguments: [mediaType, context.account, context.region, repository, digest])
    }

    static func remove(_ digest: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_layer WHERE account = ? AND region = ? AND repository = ? AND digest = ?")
        try statement.execute(arguments: [context.account, context.region, repository, digest])
    }
}

/// An upload in progress. Its bytes are in the blob store under the same id.
struct UploadRecord {
    var id: String
    /// The end of the first part below the minimum size; 0 if there is none. That part must be the last.
    var smallPartEnd = 0

    static func find(_ id: String, in repository: String, _ context: Context) throws -> UploadRecord? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT small_part_end FROM ecr_upload WHERE account = ? AND region = ? AND repository = ? AND id = ?")
        return try Row.fetchOne(statement, arguments: [context.account, context.region, repository, id]).map {
            UploadRecord(id: id, smallPartEnd: $0[0])
        }
    }

    func insert(in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT INTO ecr_upload VALUES (?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            context.account, context.region, repository, id, context.now.milliseconds, smallPartEnd,
        ])
    }

    static func noteSmallPart(endingAt end: Int, of id: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                UPDATE ecr_upload SET small_part_end = ? WHERE account = ? AND region = ? AND repository = ? AND id = ?
                AND small_part_end = 0
                """)
        try statement.execute(arguments: [end, context.account, context.region, repository, id])
    }

    static func remove(_ id: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_upload WHERE account = ? AND region = ? AND repository = ? AND id = ?")
        try statement.execute(arguments: [context.account, context.region, repository, id])
    }
}
