import AWSCore
import GRDB
import SSMAPI
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html

/// A label, attached to one version of a parameter.
struct ParameterLabel: Sendable {
    static let migration = Migration(
        "ssm.label",
        """
        CREATE TABLE ssm_label (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL,
            version INTEGER NOT NULL, UNIQUE (account, region, key, label)
        )
        """)
    static let limit = 10

    let label: String
    let version: Int

    /// Returns the labels in the order of their creation.
    static func all(_ key: String, _ context: Context) throws -> [ParameterLabel] {
        try context.reading(ReadKey(ParameterLabel.self, context, key)) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT label, version FROM ssm_label WHERE account = ? AND region = ? AND key = ? ORDER BY number")
            return try StoredRow.all(statement, [context.account, context.region, key]) {
                try ParameterLabel(label: $0[0], version: $0[1])
            }
        }
    }

    static func set(_ label: String, to version: Int, of key: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "INSERT OR REPLACE INTO ssm_label (account, region, key, label, version) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [context.account, context.region, key, label, version])
    }

    static func remove(_ label: String, of key: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ssm_label WHERE account = ? AND region = ? AND key = ? AND label = ?"
        ).execute(arguments: [context.account, context.region, key, label])
    }
}

extension SSMSimulation {
    public func labelParameterVersion(
        _ input: LabelParameterVersionRequest, _ context: Context
    ) throws -> LabelParameterVersionResult {
        let (key, version) = try version(input.parameterVersion, of: input.name, context)
        let there = try ParameterLabel.all(key, context)
        let own = Set(there.filter { $0.version == version }.map(\.label))
        let valid = input.labels.filter { ParameterName.isLabel($0[...]) }
        guard own.union(valid).count <= ParameterLabel.limit else { throw AWSError.tooManyLabels }
        for label in valid where !own.contains(label) { try ParameterLabel.set(label, to: version, of: key, context) }
        return LabelParameterVersionResult(
            invalidLabels: input.labels.filter { !ParameterName.isLabel($0[...]) }, parameterVersion: version)
    }

    public func unlabelParameterVersion(
        _ input: UnlabelParameterVersionRequest, _ context: Context
    ) throws -> UnlabelParameterVersionResult {
        let (key, version) = try version(input.parameterVersion, of: input.name, context)
        let own = Set(try ParameterLabel.all(key, context).filter { $0.version == version }.map(\.label))
        let removed = input.labels.filter(own.contains)
        for label in removed { try ParameterLabel.remove(label, of: key, context) }
        return UnlabelParameterVersionResult(
            removedLabels: removed, invalidLabels: input.labels.filter { !own.contains($0) })
    }

    /// Returns the version to label: the one in the request, or else the newest.
    /// - Throws: `ParameterNotFound`, `ParameterVersionNotFound`.
    private func version(_ number: Int?, of name: String, _ context: Context) throws -> (key: String, version: Int) {
        let reference = try ParameterReference(name)
        guard !reference.isARN, reference.selector == nil else { throw AWSError.parameterNotFound(name, context) }
        let versions = try ParameterRecord.versions(reference.key, context)
        guard let newest = versions.last else { throw AWSError.parameterNotFound(name, context) }
        guard let number else { return (reference.key, newest.version) }
        guard versions.contains(where: { $0.version == number }) else {
            throw AWSError.versionNotFound("\(number)", of: reference.name)
        }
        return (reference.key, number)
    }
}
