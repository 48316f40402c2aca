import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

extension ECRSimulation {
    static let settingMigration = Migration(
        "ecr.setting",
        """
        CREATE TABLE ecr_setting (
            account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (account, region, name)
        ) WITHOUT ROWID
        """)
}

/// A registry's single settings: its policy, configurations and account settings. Each is stored as text under
/// a name.
struct RegistrySetting: Sendable {
    let name: String

    static let policy = RegistrySetting(name: "policy")
    static let replication = RegistrySetting(name: "replication")
    static let scanning = RegistrySetting(name: "scanning")
    static let signing = RegistrySetting(name: "signing")
    static func account(_ name: String) -> RegistrySetting { RegistrySetting(name: "account." + name) }

    func text(_ context: Context) throws -> String? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT value FROM ecr_setting WHERE account = ? AND region = ? AND name = ?")
        return try String.fetchOne(statement, arguments: [context.account, context.region, name])
    }

    func set(_ text: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ecr_setting VALUES (?, ?, ?, ?)")
        try statement.execute(arguments: [context.account, context.region, name, text])
    }

    func remove(_ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_setting WHERE account = ? AND region = ? AND name = ?")
        try statement.execute(arguments: [context.account, context.region, name])
    }

    func shape<S: Shape>(_ context: Context) throws -> S? { try text(context).map { try StoredShape.read($0) } }

    func set<S: Shape>(shape: S, _ context: Context) throws { try set(StoredShape.text(shape), context) }
}

/// Stores API shapes as JSON text in a column.
enum StoredShape {
    static func text<S: Shape>(_ shape: S) -> String {
        var writer = ShapeWriter(schema: S.schema, layout: .json)
        writer.structure(shape)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func read<S: Shape>(_ text: String) throws -> S {
        S(from: ShapeReader(try JSON.parse(text), schema: S.schema, layout: .json))
    }
}

// MARK: - Registry policy

extension ECRSimulation {
    public func putRegistryPolicy(_ input: PutRegistryPolicyRequest, _ context: Context) throws -> PutRegistryPolicyResponse {
        let policy = try PolicyText.checked(input.policyText, of: .registry)
        try PolicyText.checkPrincipals(policy, context)
        try RegistrySetting.policy.set(policy, context)
        return PutRegistryPolicyResponse(registryId: context.account, policyText: policy)
    }

    public func getRegistryPolicy(_ input: GetRegistryPolicyRequest, _ context: Context) throws -> GetRegistryPolicyResponse {
        guard let policy = try RegistrySetting.policy.text(context) else { throw AWSError.registryPolicyNotFound(context) }
        return GetRegistryPolicyResponse(registryId: context.account, policyText: policy)
    }

    public func deleteRegistryPolicy(_ input: DeleteRegistryPolicyRequest, _ context: Context) throws
        -> DeleteRegistryPolicyResponse
    {
        guard let policy = try RegistrySetting.policy.text(context) else { throw AWSError.registryPolicyNotFound(context) }
        try RegistrySetting.policy.remove(context)
        return DeleteRegistryPolicyResponse(registryId: context.account, policyText: policy)
    }
}

// MARK: - Account settings

extension ECRSimulation {
    /// The account settings: their values and their default.
    static let accountSettings: [String: (values: [String], initial: String)] = [
        "BASIC_SCAN_TYPE_VERSION": (["AWS_NATIVE"], "AWS_NATIVE"),
        "REGISTRY_POLICY_SCOPE": (["V2"], "V2"),
        "BLOB_MOUNTING": (["ENABLED", "DISABLED"], "DISABLED"),
    ]

    public func getAccountSetting(_ input: GetAccountSettingRequest, _ context: Context) throws -> GetAccountSettingResponse {
        GetAccountSettingResponse(name: input.name, value: try accountSetting(input.name, context))
    }

    public func putAccountSetting(_ input: PutAccountSettingRequest, _ context: Context) throws -> PutAccountSettingResponse {
        guard let setting = Self.accountSettings[input.name] else { throw Self.unknownSetting }
        guard setting.values.contains(input.value) else {
            throw AWSError.invalidParameter(
                "value", "Member must satisfy enum value set: [\(setting.values.joined(separator: ", "))]")
        }
        try RegistrySetting.account(input.name).set(input.value, context)
        return PutAccountSettingResponse(name: input.name, value: input.value)
    }

    private func accountSetting(_ name: String, _ context: Context) throws -> String {
        guard let setting = Self.accountSettings[name] else { throw Self.unknownSetting }
        return try RegistrySetting.account(name).text(context) ?? setting.initial
    }

    private static let unknownSetting = AWSError.invalidParameter(
        "name", "Member must satisfy enum value set: [\(accountSettings.keys.sorted().joined(separator: ", "))]")

    /// Whether pushes may mount layers from other repositories of the registry.
    func mountsBlobs(_ context: Context) throws -> Bool { try accountSetting("BLOB_MOUNTING", context) == "ENABLED" }
}

extension AWSError {
    static func registryPolicyNotFound(_ context: Context) -> AWSError {
        AWSError(
            "RegistryPolicyNotFoundException", "Registry policy does not exist in the registry with id '\(context.account)'")
    }
}
