import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A version of one of the account's managed policies.
struct PolicyVersionRecord {
    /// The maximum size of a managed policy, in characters without whitespace.
    static let sizeLimit = 6144
    static let limit = 5

    var version: Int
    var document: String
    var createdAt: Instant

    init(_ row: Row) {
        version = row[0]
        document = row[1]
        createdAt = Instant(column: row[2])
    }

    init(awsPolicy: ManagedPolicy, document: String) {
        version = awsPolicy.defaultVersion
        self.document = document
        createdAt = awsPolicy.updatedAt
    }

    /// Returns the versions, newest first.
    static func all(of arn: String, _ context: Context) throws -> [PolicyVersionRecord] {
        let sql = "SELECT version, document, created_at FROM iam_policy_version WHERE policy_arn = ? ORDER BY version DESC"
        return try context.rows(sql, [arn]).map(PolicyVersionRecord.init)
    }

    /// - Parameter id: the version, such as `v3`.
    static func named(_ id: String, of arn: String, _ context: Context) throws -> PolicyVersionRecord {
        guard let version = Int(id.dropFirst()), let found = try all(of: arn, context).first(where: { $0.version == version })
        else {
            throw AWSError.noSuchVersion(arn, id)
        }
        return found
    }

    static func check(_ document: String, _ context: Context) throws {
        _ = try PolicyDocument.checked(document, as: .identity, context)
        guard document.policySize <= sizeLimit else { throw AWSError.quotaExceeded("PolicySize", sizeLimit) }
    }
}

extension IAMSimulation {
    public func createPolicyVersion(
        _ input: CreatePolicyVersionRequest, _ context: Context
    ) throws -> CreatePolicyVersionResponse {
        let policy = try ManagedPolicy.own(input.policyArn, context)
        try PolicyVersionRecord.check(input.policyDocument, context)
        guard try PolicyVersionRecord.all(of: policy.arn, context).count < PolicyVersionRecord.limit else {
            throw AWSError.limitExceeded(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
            )
        }
        let version = policy.lastVersion + 1
        let now = context.now.milliseconds
        try context.execute(
            "INSERT INTO iam_policy_version VALUES (?, ?, ?, ?)", [policy.arn, version, input.policyDocument, now])
        try context.execute(
            "UPDATE iam_policy SET last_version = ?, default_version = ?, updated_at = ? WHERE arn = ?",
            [version, input.setAsDefault == true ? version : policy.defaultVersion, now, policy.arn])
        return CreatePolicyVersionResponse(
            policyVersion: PolicyVersion(
                versionId: "v\(version)", isDefaultVersion: input.setAsDefault == true, createDate: context.now))
    }

    public func getPolicyVersion(_ input: GetPolicyVersionRequest, _ context: Context) throws -> GetPolicyVersionResponse {
        let policy = try ManagedPolicy.existing(input.policyArn, context)
        if let document = policy.awsDocument {
            guard input.versionId == "v\(policy.defaultVersion)" else {
                throw AWSError.noSuchVersion(policy.arn, input.versionId)
            }
            let version = PolicyVersionRecord(awsPolicy: policy, document: document)
            return GetPolicyVersionResponse(policyVersion: version.shape(policy, withDocument: true))
        }
        let version = try PolicyVersionRecord.named(input.versionId, of: policy.arn, context)
        return GetPolicyVersionResponse(policyVersion: version.shape(policy, withDocument: true))
    }

    public func listPolicyVersions(
        _ input: ListPolicyVersionsRequest, _ context: Context
    ) throws -> ListPolicyVersionsResponse {
        let policy = try ManagedPolicy.existing(input.policyArn, context)
        let versions =
            try policy.awsDocument.map { [PolicyVersionRecord(awsPolicy: policy, document: $0)] }
            ?? PolicyVersionRecord.all(of: policy.arn, context)
        let page = try IAMPage(versions, by: \.sortKey, marker: input.marker, maxItems: input.maxItems)
        return ListPolicyVersionsResponse(
            versions: page.items.map { $0.shape(policy, withDocument: false) }, isTruncated: page.isTruncated,
            marker: page.marker)
    }

    public func setDefaultPolicyVersion(_ input: SetDefaultPolicyVersionRequest, _ context: Context) throws -> EmptyShape {
        let policy = try ManagedPolicy.own(input.policyArn, context)
        let version = try PolicyVersionRecord.named(input.versionId, of: policy.arn, context)
        try context.execute(
            "UPDATE iam_policy SET default_version = ?, updated_at = ? WHERE arn = ?",
            [version.version, context.now.milliseconds, policy.arn])
        return EmptyShape()
    }

    public func deletePolicyVersion(_ input: DeletePolicyVersionRequest, _ context: Context) throws -> EmptyShape {
        let policy = try ManagedPolicy.own(input.policyArn, context)
        let version = try PolicyVersionRecord.named(input.versionId, of: policy.arn, context)
        guard version.version != policy.defaultVersion else {
            throw AWSError.deleteConflict("Cannot delete the default version of a policy.")
        }
        try context.execute(
            "DELETE FROM iam_policy_version WHERE policy_arn = ? AND version = ?", [policy.arn, version.version])
        return EmptyShape()
    }
}

extension PolicyVersionRecord {
    /// Sorts the newest version first.
    var sortKey: String { String(10_000_000_000 - version) }

    func shape(_ policy: ManagedPolicy, withDocument: Bool) -> PolicyVersion {
        PolicyVersion(
            document: withDocument ? QueryString.encoded(document) : nil, versionId: "v\(version)",
            isDefaultVersion: version == policy.defaultVersion, createDate: createdAt)
    }
}
