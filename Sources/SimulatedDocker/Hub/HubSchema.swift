import SimulatorCore

extension DockerHub {
    /// Docker Hub's tables. Append only.
    public static let migrations: [Migration] = [
        Migration(
            "hub.tables",
            """
            CREATE TABLE hub_user (
                name TEXT PRIMARY KEY, password TEXT NOT NULL, created_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE TABLE hub_repository (
                name TEXT PRIMARY KEY, is_private INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1)),
                description TEXT NOT NULL DEFAULT '', pulls INTEGER NOT NULL DEFAULT 0,
                created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE TABLE hub_blob (
                repository TEXT NOT NULL REFERENCES hub_repository ON DELETE CASCADE, digest TEXT NOT NULL,
                size INTEGER NOT NULL CHECK (size >= 0), PRIMARY KEY (repository, digest)
            ) WITHOUT ROWID;
            CREATE TABLE hub_manifest (
                repository TEXT NOT NULL REFERENCES hub_repository ON DELETE CASCADE, digest TEXT NOT NULL,
                media_type TEXT NOT NULL, bytes BLOB NOT NULL, subject TEXT, PRIMARY KEY (repository, digest)
            ) WITHOUT ROWID;
            CREATE INDEX hub_manifest_subject ON hub_manifest (repository, subject) WHERE subject IS NOT NULL;
            CREATE TABLE hub_tag (
                repository TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, updated_at INTEGER NOT NULL,
                PRIMARY KEY (repository, name),
                FOREIGN KEY (repository, digest) REFERENCES hub_manifest ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE INDEX hub_tag_digest ON hub_tag (repository, digest);
            CREATE TABLE hub_upload (
                id TEXT PRIMARY KEY, repository TEXT NOT NULL REFERENCES hub_repository ON DELETE CASCADE
            ) WITHOUT ROWID;
            CREATE TABLE hub_seeded (version INTEGER PRIMARY KEY)
            """)
    ]
}
