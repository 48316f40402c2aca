import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

extension ECRSimulation {
    static let repositoryMigration = Migration(
        "ecr.repository",
        """
        CREATE TABLE ecr_repository (
            account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
            mutability TEXT NOT NULL, exclusions TEXT NOT NULL, scan_on_push INTEGER NOT NULL,
            encryption TEXT NOT NULL, kms_key TEXT, policy TEXT,
            lifecycle_policy TEXT, lifecycle_evaluated_at INTEGER, lifecycle_set_at INTEGER,
            PRIMARY KEY (account, region, name)
        ) WITHOUT ROWID
        """)
}

/// A stored repository.
struct RepositoryRecord {
    var name: String
    var createdAt: Instant
    var mutability = ImageTagMutability.mutable
    /// Patterns of the tags that are exempt from the mutability.
    var exclusions: [String] = []
    var scansOnPush = false
    var encryption = EncryptionType("AES256")
    var kmsKey: String?
    var policy: String?
    var lifecyclePolicy: String?
    var lifecycleEvaluatedAt: Instant?
    var lifecycleSetAt: Instant?

    static func arn(_ name: String, _ context: Context) -> String { context.arn("ecr", "repository/\(name)") }
}

extension RepositoryRecord {
    private static let columns = """
        name, created_at, mutability, exclusions, scan_on_push, encryption, kms_key, policy, lifecycle_policy,
        lifecycle_evaluated_at, lifecycle_set_at
        """

    init(_ row: StoredRow) throws {
        let exclusions: String = try row[3]
        let evaluated: Int64? = try row[9]
        name = try row[0]
        createdAt = try Instant(milliseconds: row[1])
        mutability = try ImageTagMutability(row[2] as String)
        self.exclusions = exclusions.split(separator: " ").map(String.init)
        scansOnPush = try row[4]
        encryption = try EncryptionType(row[5] as String)
        kmsKey = try row[6]
        policy = try row[7]
        lifecyclePolicy = try row[8]
        lifecycleEvaluatedAt = evaluated.map { Instant(milliseconds: $0) }
        lifecycleSetAt = try (row[10] as Int64?).map { Instant(milliseconds: $0) }
    }

    static func find(_ name: String, _ context: Context) throws -> RepositoryRecord? {
        try context.reading(ReadKey(RepositoryRecord.self, context, name)) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT \(columns) FROM ecr_repository WHERE account = ? AND region = ? AND name = ?")
            return try StoredRow.first(statement, [context.account, context.region, name]) { try RepositoryRecord($0) }
        }
    }

    /// - Throws: `RepositoryNotFoundException`
    static func get(_ name: String, _ context: Context) throws -> RepositoryRecord {
        guard let found = try find(name, context) else { throw AWSError.repositoryNotFound(name, context) }
        return found
    }

    /// Returns the registry's repositories, sorted by name.
    static func all(_ context: Context) throws -> [RepositoryRecord] {
        try context.reading(ReadKey([RepositoryRecord].self, context)) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT \(columns) FROM ecr_repository WHERE account = ? AND region = ? ORDER BY name")
            return try StoredRow.all(statement, [context.account, context.region]) { try RepositoryRecord($0) }
        }
    }

    static func count(_ context: Context) throws -> Int {
        let statement = try context.db.cachedStatement(
            sql: "SELECT count(*) FROM ecr_repository WHERE account = ? AND region = ?")
        return try Int.fetchOne(statement, arguments: [context.account, context.region]) ?? 0
    }

    func insert(_ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                INSERT INTO ecr_repository (account, region, \(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            context.account, context.region, name, createdAt.milliseconds, mutability.rawValue,
            exclusions.joined(separator: " "),
            scansOnPush, encryption.rawValue, kmsKey, policy, lifecyclePolicy, lifecycleEvaluatedAt?.milliseconds,
            lifecycleSetAt?.milliseconds,
        ])
    }

    /// Writes the repository's mutable columns.
    func update(_ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                UPDATE ecr_repository SET mutability = ?, exclusions = ?, scan_on_push = ?, policy = ?, lifecycle_policy = ?,
                lifecycle_evaluated_at = ?, lifecycle_set_at = ? WHERE account = ? AND region = ? AND name = ?
                """)
        try statement.execute(arguments: [
            mutability.rawValue, exclusions.joined(separator: " "), scansOnPush, policy, lifecyclePolicy,
            lifecycleEvaluatedAt?.milliseconds, lifecycleSetAt?.milliseconds, context.account, context.region, name,
        ])
    }

    /// Deletes the repository with its images, layers and uploads.
    func delete(_ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_repository WHERE account = ? AND region = ? AND name = ?")
        try statement.execute(arguments: [context.account, context.region, name])
        try Tags.removeAll(from: Self.arn(name, context), context)
    }
}

extension RepositoryRecord {
    /// Returns the repository as an API shape.
    func shape(_ context: Context) -> Repository {
        Repository(
            repositoryArn: Self.arn(name, context), registryId: context.account, repositoryName: name,
            repositoryUri: "\(RegistryHost.name(context))/\(name)", createdAt: createdAt, imageTagMutability: mutability,
            imageTagMutabilityExclusionFilters: exclusionShapes,
            imageScanningConfiguration: ImageScanningConfiguration(scanOnPush: scansOnPush),
            encryptionConfiguration: EncryptionConfiguration(encryptionType: encryption, kmsKey: kmsKey))
    }

    var exclusionShapes: [ImageTagMutabilityExclusionFilter]? {
        exclusions.isEmpty
            ? nil : exclusions.map { ImageTagMutabilityExclusionFilter(filterType: "WILDCARD", filter: $0) }
    }

    /// Whether an existing tag may not move to another image.
    func isImmutable(_ tag: String) -> Bool {
        let isExcluded = exclusions.contains { Wildcard.matches(tag, $0) }
        return switch mutability.rawValue {
        case "IMMUTABLE": true
        case "IMMUTABLE_WITH_EXCLUSION": !isExcluded
        case "MUTABLE_WITH_EXCLUSION": isExcluded
        default: false
        }
    }
}

/// The host name that clients use for the registry.
enum RegistryHost {
    static func name(_ context: Context) -> String {
        context.configuration.registryHost ?? awsName(context.account, context.region)
    }

    static func awsName(_ account: String, _ region: String) -> String {
        "\(account).dkr.ecr.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }

    /// Returns the URL with its scheme: plain HTTP for a registry on this machine, as clients expect.
    static func url(_ context: Context) -> String {
        let name = name(context)
        return "\(isLocal(name) ? "http" : "https")://\(name)"
    }

    static func isLocal(_ host: String) -> Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        let isLoopback = name.hasPrefix("127.") && name.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
        return name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" || isLoopback
    }
}
