import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A managed policy of the account or of AWS.
struct ManagedPolicy {
    static let columns = "arn, id, name, path, description, default_version, last_version, created_at, updated_at"

    static let limit = 1500

    var arn, id, name, path: String
    var description: String?
    var defaultVersion, lastVersion: Int
    var createdAt, updatedAt: Instant
    /// The document of an AWS managed policy; nil for the account's own.
    var awsDocument: String?

    init(_ row: Row) {
        arn = row[0]
        id = row[1]
        name = row[2]
        path = row[3]
        description = row[4]
        defaultVersion = row[5]
        lastVersion = row[6]
        createdAt = Instant(column: row[7])
        updatedAt = Instant(column: row[8])
    }

    init(_ policy: AWSManagedPolicy, partition: String) {
        arn = policy.arn(partition)
        id = policy.id
        name = policy.name
        path = policy.path
        description = policy.description
        defaultVersion = policy.version
        lastVersion = policy.version
        createdAt = policy.createdAt
        updatedAt = policy.updatedAt
        awsDocument = policy.document
    }

    static func find(_ arn: String, _ context: Context) throws -> ManagedPolicy? {
        if let policy = AWSManagedPolicy.named(arn) { return ManagedPolicy(policy, partition: context.partition) }
        let sql = "SELECT \(columns) FROM iam_policy WHERE arn = ? AND account = ?"
        return try context.row(sql, [arn, context.account]).map(ManagedPolicy.init)
    }

    static func existing(_ arn: String, _ context: Context) throws -> ManagedPolicy {
        guard arn.isARN else { throw AWSError.invalidInput("ARN \(arn) is not valid.") }
        guard let policy = try find(arn, context) else { throw AWSError.noSuchPolicy(arn) }
        return policy
    }

    /// Returns the policy to attach or to use as a boundary.
    static func attachable(_ arn: String, _ context: Context) throws -> ManagedPolicy {
        guard arn.isARN else { throw AWSError.validation("Invalid ARN:  Could not be parsed!") }
        guard let policy = try find(arn, context) else { throw AWSError.notAttachable(arn) }
        return policy
    }

    /// Returns one of the account's own policies, which the caller may change.
    static func own(_ arn: String, _ context: Context) throws -> ManagedPolicy {
        let policy = try existing(arn, context)
        guard policy.awsDocument == nil else {
            throw AWSError.accessDenied(
                "AWS managed policies cannot be changed.", explanation: "Copy the document to a policy of yours.")
        }
        return policy
    }

    static func all(_ context: Context) throws -> [ManagedPolicy] {
        try context.rows("SELECT \(columns) FROM iam_policy WHERE account = ? ORDER BY name", [context.account]).map(
            ManagedPolicy.init)
    }

    static func aws(_ context: Context) -> [ManagedPolicy] {
        AWSManagedPolicy.all.map { ManagedPolicy($0, partition: context.partition) }
    }
}

extension String {
    /// Whether the string has the six parts of an ARN.
    var isARN: Bool { hasPrefix("arn:") && split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).count == 6 }
}

extension IAMSimulation {
    public func createPolicy(_ input: CreatePolicyRequest, _ context: Context) throws -> CreatePolicyResponse {
        guard try context.count("SELECT COUNT(*) FROM iam_policy WHERE account = ?", [context.account]) < ManagedPolicy.limit
        else {
            throw AWSError.quotaExceeded("PoliciesPerAccount", ManagedPolicy.limit)
        }
        let taken = "SELECT COUNT(*) FROM iam_policy WHERE account = ? AND name = ?"
        if try context.count(taken, [context.account, input.policyName]) > 0 {
            throw AWSError.alreadyExists("A policy called \(input.policyName) already exists. Duplicate names are not allowed.")
        }
        try PolicyVersionRecord.check(input.policyDocument, context)
        let id = context.ids.iam("ANPA")
        let path = input.path ?? "/"
        let arn = context.iamArn("policy", path: path, name: input.policyName)
        let now = context.now.milliseconds
        try context.execute(
            """
            INSERT INTO iam_policy (arn, id, account, name, path, description, default_version, last_version, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?, ?)
            """, [arn, id, context.account, input.policyName, path, input.description, now, now])
        try context.execute("INSERT INTO iam_policy_version VALUES (?, 1, ?, ?)", [arn, input.policyDocument, now])
        try IAMTags.set(input.tags, on: id, context)
        var shape = try ManagedPolicy.existing(arn, context).summary(PolicyUse())
        let tags = try IAMTags.shapes(id, context)
        shape.tags = tags.isEmpty ? nil : tags
        return CreatePolicyResponse(policy: shape)
    }

    public func getPolicy(_ input: GetPolicyRequest, _ context: Context) throws -> GetPolicyResponse {
        let policy = try ManagedPolicy.existing(input.policyArn, context)
        var shape = policy.summary(try PolicyUse.all(context)[policy.arn] ?? PolicyUse())
        shape.description = policy.description
        shape.tags = try IAMTags.shapes(policy.id, context)
        return GetPolicyResponse(policy: shape)
    }

    public func listPolicies(_ input: ListPoliciesRequest, _ context: Context) throws -> ListPoliciesResponse {
        let uses = try PolicyUse.all(context)
        var policies: [ManagedPolicy] = []
        if input.scope != "AWS" { policies += try ManagedPolicy.all(context) }
        if input.scope != "Local" { policies += ManagedPolicy.aws(context) }
        policies = policies.filter { policy in
            let use = uses[policy.arn] ?? PolicyUse()
            if !policy.path.hasPrefix(input.pathPrefix ?? "/") { return false }
            if input.policyUsageFilter == "PermissionsBoundary", use.boundaries == 0 { return false }
            if input.policyUsageFilter == "PermissionsPolicy", use.attachments == 0 { return false }
            return input.onlyAttached != true || use.attachments > 0
        }
        let page = try IAMPage(policies, by: \.sortKey, marker: input.marker, maxItems: input.maxItems)
        return ListPoliciesResponse(
            policies: page.items.map { $0.summary(uses[$0.arn] ?? PolicyUse()) }, isTruncated: page.isTruncated,
            marker: page.marker)
    }

    public func deletePolicy(_ input: DeletePolicyRequest, _ context: Context) throws -> EmptyShape {
        let policy = try ManagedPolicy.own(input.policyArn, context)
        let use = try PolicyUse.all(context)[policy.arn] ?? PolicyUse()
        guard use.attachments + use.boundaries == 0 else {
            throw AWSError.deleteConflict("Cannot delete a policy attached to entities.")
        }
        guard try PolicyVersionRecord.all(of: policy.arn, context).count == 1 else {
            throw AWSError.deleteConflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                    + "The default version is deleted with the policy.")
        }
        try IAMTags.removeAll(from: policy.id, context)
        try context.execute("DELETE FROM iam_policy WHERE arn = ?", [policy.arn])
        return EmptyShape()
    }

    public func tagPolicy(_ input: TagPolicyRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try ManagedPolicy.own(input.policyArn, context).id, context)
        return EmptyShape()
    }

    public func untagPolicy(_ input: UntagPolicyRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try ManagedPolicy.own(input.policyArn, context).id, context)
        return EmptyShape()
    }

    public func listPolicyTags(_ input: ListPolicyTagsRequest, _ context: Context) throws -> ListPolicyTagsResponse {
        let resource = try ManagedPolicy.existing(input.policyArn, context).id
        let page = try IAMTags.page(of: resource, marker: input.marker, maxItems: input.maxItems, context)
        return ListPolicyTagsResponse(tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}

/// How often the account uses a policy as an attachment and as a boundary.
struct PolicyUse {
    var attachments = 0
    var boundaries = 0

    /// Returns the uses of all policies in use, by ARN.
    static func all(_ context: Context) throws -> [String: PolicyUse] {
        var uses: [String: PolicyUse] = [:]
        for row in try context.rows(
            "SELECT policy_arn, COUNT(*) FROM iam_attachment WHERE account = ? GROUP BY policy_arn", [context.account])
        {
            uses[row[0], default: PolicyUse()].attachments = row[1]
        }
        let boundaries = """
            SELECT boundary, COUNT(*) FROM (
                SELECT boundary, account FROM iam_user UNION ALL SELECT boundary, account FROM iam_role
            ) WHERE account = ? AND boundary IS NOT NULL GROUP BY boundary
            """
        for row in try context.rows(boundaries, [context.account]) {
            uses[row[0], default: PolicyUse()].boundaries = row[1]
        }
        return uses
    }
}

extension ManagedPolicy {
    /// Sorts the account's own policies first, then by name.
    var sortKey: String { "\(awsDocument == nil ? 0 : 1) \(name.lowercased())" }

    /// The policy as lists show it, without description and tags.
    func summary(_ use: PolicyUse) -> Policy {
        Policy(
            policyName: name, policyId: id, arn: arn, path: path, defaultVersionId: "v\(defaultVersion)",
            attachmentCount: use.attachments, permissionsBoundaryUsageCount: use.boundaries, isAttachable: true,
            createDate: createdAt, updateDate: updatedAt)
    }
}
