import GRDB
import SimulatorCore

/// The account's settings for a region, such as EBS encryption by default. A setting without a value has AWS's default.
enum AccountSettings {
    static let migration = Migration(
        "ec2.account-setting",
        """
        CREATE TABLE ec2_account_setting (
            account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (account, region, name)
        ) WITHOUT ROWID
        """)

    enum Name: String {
        case ebsEncryptionByDefault = "ebs-encryption-by-default"
        /// The ARN of the key for volumes whose request names none.
        case ebsKmsKey = "ebs-kms-key"
        case snapshotBlockPublicAccess = "snapshot-block-public-access"
    }

    static func value(_ name: Name, _ context: Context) throws -> String? {
        try context.reading(ReadKey(AccountSettings.self, context, name.rawValue)) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT value FROM ec2_account_setting WHERE account = ? AND region = ? AND name = ?")
            return try String.fetchOne(statement, arguments: [context.account, context.region, name.rawValue])
        }
    }

    /// - Parameter value: nil resets the setting to AWS's default.
    static func set(_ name: Name, to value: String?, _ context: Context) throws {
        guard let value else {
            return try context.db.cachedStatement(
                sql: "DELETE FROM ec2_account_setting WHERE account = ? AND region = ? AND name = ?"
            ).execute(arguments: [context.account, context.region, name.rawValue])
        }
        try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ec2_account_setting VALUES (?, ?, ?, ?)")
            .execute(arguments: [context.account, context.region, name.rawValue, value])
    }
}
