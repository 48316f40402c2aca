public import SimulatorCore

// Names are unique regardless of case. Owners of policies and keys are users or roles, and for keys also the account, whose
// id stands for its root user. Their columns therefore have no foreign keys; deleting a user or role is rejected while it
// owns any.
extension IAMSimulation {
    public static var migrations: [Migration] {
        [
            Migration(
                "iam.users",
                """
                CREATE TABLE iam_user (
                    id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
                    arn TEXT NOT NULL UNIQUE, boundary TEXT, created_at INTEGER NOT NULL, UNIQUE (account, name)
                ) WITHOUT ROWID
                """),
            Migration(
                "iam.accessKeys",
                """
                CREATE TABLE iam_access_key (
                    id TEXT PRIMARY KEY, account TEXT NOT NULL, owner_id TEXT NOT NULL, secret TEXT NOT NULL,
                    status TEXT NOT NULL CHECK (status IN ('Active', 'Inactive')), is_deleted INTEGER NOT NULL DEFAULT 0,
                    created_at INTEGER NOT NULL, used_at INTEGER, used_service TEXT, used_region TEXT
                ) WITHOUT ROWID;
                CREATE INDEX iam_access_key_owner ON iam_access_key (owner_id);
                """),
            Migration(
                "iam.roles",
                """
                CREATE TABLE iam_role (
                    id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
                    arn TEXT NOT NULL UNIQUE, trust TEXT NOT NULL, description TEXT, session_seconds INTEGER NOT NULL,
                    boundary TEXT, created_at INTEGER NOT NULL, used_at INTEGER, used_region TEXT, UNIQUE (account, name)
                ) WITHOUT ROWID
                """),
            Migration(
                "iam.policies",
                """
                CREATE TABLE iam_policy (
                    arn TEXT PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
                    path TEXT NOT NULL, description TEXT, default_version INTEGER NOT NULL, last_version INTEGER NOT NULL,
                    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (account, name)
                ) WITHOUT ROWID;
                CREATE TABLE iam_policy_version (
                    policy_arn TEXT NOT NULL REFERENCES iam_policy ON DELETE CASCADE, version INTEGER NOT NULL,
                    document TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (policy_arn, version)
                ) WITHOUT ROWID;
                CREATE TABLE iam_inline_policy (
                    owner_id TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (owner_id, name)
                ) WITHOUT ROWID;
                CREATE TABLE iam_attachment (
                    owner_id TEXT NOT NULL, policy_arn TEXT NOT NULL, account TEXT NOT NULL,
                    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('user', 'role')), PRIMARY KEY (owner_id, policy_arn)
                ) WITHOUT ROWID;
                CREATE INDEX iam_attachment_policy ON iam_attachment (policy_arn, account);
                """),
            InstanceProfileRecord.migration, GroupRecord.migration, IAMDocuments.migration, RoleRecord.trustMigration,
        ]
    }
}
