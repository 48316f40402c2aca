import AWSCore
import GRDB
import SSMAPI
import SimulatorCore

/// A version of a parameter.
struct ParameterRecord: Sendable {
    static let migration = Migration(
        "ssm.parameter",
        """
        CREATE TABLE ssm_parameter (
            account TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
            type TEXT NOT NULL CHECK (type IN ('String', 'StringList', 'SecureString')), value TEXT NOT NULL, key_id TEXT,
            description TEXT, pattern TEXT, tier TEXT NOT NULL CHECK (tier IN ('Standard', 'Advanced')),
            data_type TEXT NOT NULL, policies TEXT NOT NULL, modified_at INTEGER NOT NULL, modified_by TEXT NOT NULL,
            PRIMARY KEY (account, region, key, version)
        ) WITHOUT ROWID
        """)

    /// The storage key; see ``ParameterName/key(_:)``.
    var key: String
    var version: Int
    /// The name given at creation.
    var name: String
    var type: String
    /// The value, encrypted if it is a secret.
    var value: String
    var keyId: String?
    var description: String?
    var pattern: String?
    var tier: String
    var dataType: String
    var policies: [ParameterPolicy]
    var modifiedAt: Instant
    var modifiedBy: String

    private static let columns = """
        key, version, name, type, value, key_id, description, pattern, tier, data_type, policies, modified_at, modified_by
        """

    private init(_ row: StoredRow) throws {
        key = try row[0]
        version = try row[1]
        name = try row[2]
        type = try row[3]
        value = try row[4]
        keyId = try row[5]
        description = try row[6]
        pattern = try row[7]
        tier = try row[8]
        dataType = try row[9]
        policies = try ParameterPolicy.stored(row[10])
        modifiedAt = Instant(milliseconds: try row[11])
        modifiedBy = try row[12]
    }

    var isSecret: Bool { type == "SecureString" }

    func arn(_ context: Context) -> String { ParameterName.arn(name, context) }
}

// MARK: Reading and writing

extension ParameterRecord {
    /// Returns all versions, the oldest first.
    static func versions(_ key: String, _ context: Context) throws -> [ParameterRecord] {
        try context.reading(ReadKey(ParameterRecord.self, context, "versions", [key])) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT \(columns) FROM ssm_parameter WHERE account = ? AND region = ? AND key = ? ORDER BY version")
            return try StoredRow.all(statement, [context.account, context.region, key]) { try ParameterRecord($0) }
        }
    }

    /// Returns the newest version.
    static func find(_ key: String, _ context: Context) throws -> ParameterRecord? {
        try context.reading(ReadKey(ParameterRecord.self, context, "newest", [key])) {
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT \(columns) FROM ssm_parameter WHERE account = ? AND region = ? AND key = ?
                    ORDER BY version DESC LIMIT 1
                    """)
            return try StoredRow.first(statement, [context.account, context.region, key]) { try ParameterRecord($0) }
        }
    }

    /// Returns the newest version of every parameter, sorted by name.
    static func all(_ context: Context) throws -> [ParameterRecord] {
        try context.reading(ReadKey(ParameterRecord.self, context)) {
            // SQLite takes the other columns from the row with the greatest version.
            let columns = columns.replacing("version", with: "MAX(version)")
            let statement = try context.db.cachedStatement(
                sql: "SELECT \(columns) FROM ssm_parameter WHERE account = ? AND region = ? GROUP BY key ORDER BY key")
            return try StoredRow.all(statement, [context.account, context.region]) { try ParameterRecord($0) }
        }
    }

    /// - Throws: `ParameterNotFound`.
    static func get(_ reference: ParameterReference, _ context: Context) throws -> ParameterRecord {
        guard let record = try find(reference.key, context) else {
            throw AWSError.parameterNotFound(reference.name, context)
        }
        return record
    }

    /// Returns the number of parameters in a tier.
    static func count(tier: String, _ context: Context) throws -> Int {
        let statement = try context.db.cachedStatement(
            sql: "SELECT COUNT(DISTINCT key) FROM ssm_parameter WHERE account = ? AND region = ? AND tier = ?")
        return try Int.fetchOne(statement, arguments: [context.account, context.region, tier]) ?? 0
    }

    func insert(_ context: Context) throws {
        try context.db.cachedStatement(
            sql: "INSERT INTO ssm_parameter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            context.account, context.region, key, version, name, type, value, keyId, description, pattern, tier, dataType,
            ParameterPolicy.text(policies), modifiedAt.milliseconds, modifiedBy,
        ])
    }

    /// Stores the status of the policies in the newest version.
    func updatePolicies(_ context: Context) throws {
        try context.db.cachedStatement(
            sql: "UPDATE ssm_parameter SET policies = ? WHERE account = ? AND region = ? AND key = ? AND version = ?"
        ).execute(arguments: [ParameterPolicy.text(policies), context.account, context.region, key, version])
    }

    static func deleteVersion(_ version: Int, of key: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ssm_parameter WHERE account = ? AND region = ? AND key = ? AND version = ?"
        ).execute(arguments: [context.account, context.region, key, version])
    }

    /// Deletes the parameter with all its versions, labels, tags and policies.
    func delete(_ context: Context) throws {
        for table in ["ssm_parameter", "ssm_label"] {
            try context.db.cachedStatement(sql: "DELETE FROM \(table) WHERE account = ? AND region = ? AND key = ?")
                .execute(arguments: [context.account, context.region, key])
        }
        try Tags.removeAll(from: arn(context), context)
        try ParameterSharing.deleteAll(arn(context), context)
        try Due.clear(ParameterPolicy.dueKind, key, context)
    }
}

// MARK: Shapes

extension ParameterRecord {
    /// - Parameters:
    ///   - selector: the requested version or label.
    ///   - opensSecrets: whether the caller requested decrypted secrets.
    func shape(selector: String? = nil, opensSecrets: Bool, _ context: Context) throws -> Parameter {
        Parameter(
            name: name, type: ParameterType(type), value: try shownValue(opensSecrets, context), version: version,
            selector: selector.map { ":\($0)" }, lastModifiedDate: modifiedAt, arn: arn(context), dataType: dataType)
    }

    func shownValue(_ opensSecrets: Bool, _ context: Context) throws -> String {
        guard isSecret, opensSecrets else { return value }
        return try SealedValue(context).open(value, of: arn(context), key: keyId ?? "")
    }

    func metadata(_ context: Context) -> ParameterMetadata {
        ParameterMetadata(
            name: name, arn: arn(context), type: ParameterType(type), keyId: keyId, lastModifiedDate: modifiedAt,
            lastModifiedUser: modifiedBy, description: description, allowedPattern: pattern, version: version,
            tier: ParameterTier(tier), policies: policies.map(\.shape), dataType: dataType)
    }

    func history(labels: [String], opensSecrets: Bool, _ context: Context) throws -> ParameterHistory {
        ParameterHistory(
            name: name, type: ParameterType(type), keyId: keyId, lastModifiedDate: modifiedAt, lastModifiedUser: modifiedBy,
            description: description, value: try shownValue(opensSecrets, context), allowedPattern: pattern, version: version,
            labels: labels, tier: ParameterTier(tier), policies: policies.map(\.shape), dataType: dataType)
    }
}
