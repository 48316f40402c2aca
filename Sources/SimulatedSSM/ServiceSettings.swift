import AWSCore
import GRDB
import SSMAPI
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-default-tier.html

/// A setting of Parameter Store for an account and region.
struct ServiceSettingRecord {
    static let migration = Migration(
        "ssm.setting",
        """
        CREATE TABLE ssm_setting (
            account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, modified_at INTEGER NOT NULL,
            modified_by TEXT NOT NULL, PRIMARY KEY (account, region, id)
        ) WITHOUT ROWID
        """)

    enum ID: String, CaseIterable {
        case defaultTier = "/ssm/parameter-store/default-parameter-tier"
        case highThroughput = "/ssm/parameter-store/high-throughput-enabled"

        /// The allowed values; the first is AWS's default.
        var values: [String] {
            switch self {
            case .defaultTier: ["Standard", "Advanced", "Intelligent-Tiering"]
            case .highThroughput: ["false", "true"]
            }
        }
    }

    /// The settings of Systems Manager's other tools.
    private static let others: Set = [
        "/ssm/appmanager/appmanager-enabled", "/ssm/automation/customer-script-log-destination",
        "/ssm/automation/customer-script-log-group-name", "/ssm/automation/enable-adaptive-concurrency",
        "/ssm/documents/console/public-sharing-permission", "/ssm/managed-instance/activation-tier",
        "/ssm/managed-instance/default-ec2-instance-management-role", "/ssm/opsinsights/opscenter",
    ]

    /// Returns the setting that a request names by path or ARN.
    /// - Throws: `ServiceSettingNotFound`; not simulated for settings of other tools.
    static func id(_ text: String, _ operation: String) throws -> ID {
        let path = text.hasPrefix("arn:") ? "/" + (text.split(separator: "/", maxSplits: 1).last ?? "") : text
        if let id = ID(rawValue: path) { return id }
        if others.contains(path) { throw AWSError.notSimulated("ssm", "\(operation) of \(path)") }
        throw AWSError(
            "ServiceSettingNotFound",
            "The specified service setting was not found. Either the service name or the setting has not been provisioned by the "
                + "AWS service team.")
    }

    static func value(of id: ID, _ context: Context) throws -> String {
        let statement = try context.db.cachedStatement(
            sql: "SELECT value FROM ssm_setting WHERE account = ? AND region = ? AND id = ?")
        return try String.fetchOne(statement, arguments: [context.account, context.region, id.rawValue]) ?? id.values[0]
    }

    static func shape(_ id: ID, _ context: Context) throws -> ServiceSetting {
        let arn = context.arn("ssm", "servicesetting" + id.rawValue)
        let statement = try context.db.cachedStatement(
            sql: "SELECT value, modified_at, modified_by FROM ssm_setting WHERE account = ? AND region = ? AND id = ?")
        let own = try StoredRow.first(statement, [context.account, context.region, id.rawValue]) { row -> ServiceSetting in
            ServiceSetting(
                settingId: id.rawValue, settingValue: try row[0], lastModifiedDate: Instant(milliseconds: try row[1]),
                lastModifiedUser: try row[2], arn: arn, status: "Customized")
        }
        return own
            ?? ServiceSetting(
                settingId: id.rawValue, settingValue: id.values[0], lastModifiedDate: Instant(seconds: Int64(1_555_532_818)),
                lastModifiedUser: "System", arn: arn, status: "Default")
    }
}

extension SSMSimulation {
    public func getServiceSetting(_ input: GetServiceSettingRequest, _ context: Context) throws -> GetServiceSettingResult {
        let id = try ServiceSettingRecord.id(input.settingId, "GetServiceSetting")
        return GetServiceSettingResult(serviceSetting: try ServiceSettingRecord.shape(id, context))
    }

    public func updateServiceSetting(
        _ input: UpdateServiceSettingRequest, _ context: Context
    ) throws -> UpdateServiceSettingResult {
        let id = try ServiceSettingRecord.id(input.settingId, "UpdateServiceSetting")
        guard id.values.contains(input.settingValue) else {
            throw AWSError.validation(
                "The setting value \(input.settingValue) is not valid for \(id.rawValue). Valid values: "
                    + id.values.joined(separator: ", "))
        }
        try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ssm_setting VALUES (?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                context.account, context.region, id.rawValue, input.settingValue, context.now.milliseconds, context.caller.arn,
            ])
        return UpdateServiceSettingResult()
    }

    public func resetServiceSetting(
        _ input: ResetServiceSettingRequest, _ context: Context
    ) throws -> ResetServiceSettingResult {
        let id = try ServiceSettingRecord.id(input.settingId, "ResetServiceSetting")
        try context.db.cachedStatement(sql: "DELETE FROM ssm_setting WHERE account = ? AND region = ? AND id = ?")
            .execute(arguments: [context.account, context.region, id.rawValue])
        return ResetServiceSettingResult(serviceSetting: try ServiceSettingRecord.shape(id, context))
    }
}
