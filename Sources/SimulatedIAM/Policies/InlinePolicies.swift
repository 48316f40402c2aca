import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

extension PolicyOwner {
    func putInline(_ policyName: String, _ document: String, _ context: Context) throws {
        _ = try PolicyDocument.checked(document, as: .identity, context)
        try context.execute("INSERT OR REPLACE INTO iam_inline_policy VALUES (?, ?, ?)", [id, policyName, document])
        let sizes = try context.rows("SELECT document FROM iam_inline_policy WHERE owner_id = ?", [id])
            .map { ($0[0] as String).policySize }
        guard sizes.reduce(0, +) <= inlineLimit else {
            throw AWSError.limitExceeded("Maximum policy size of \(inlineLimit) bytes exceeded for \(kind.rawValue) \(name)")
        }
    }

    func inline(_ policyName: String, _ context: Context) throws -> String {
        let sql = "SELECT document FROM iam_inline_policy WHERE owner_id = ? AND name = ?"
        guard let row = try context.row(sql, [id, policyName]) else {
            throw AWSError.noSuch("\(kind.rawValue) policy", name: policyName)
        }
        return row[0]
    }

    func deleteInline(_ policyName: String, _ context: Context) throws {
        _ = try inline(policyName, context)
        try context.execute("DELETE FROM iam_inline_policy WHERE owner_id = ? AND name = ?", [id, policyName])
    }

    func inlineNames(_ context: Context) throws -> [String] {
        try context.rows("SELECT name FROM iam_inline_policy WHERE owner_id = ? ORDER BY name", [id]).map { $0[0] }
    }

    func inlinePage(marker: String?, maxItems: Int?, _ context: Context) throws -> IAMPage<String> {
        try IAMPage(try inlineNames(context), by: \.self, marker: marker, maxItems: maxItems)
    }
}

// Documents are returned percent-encoded, and clients decode them.
extension IAMSimulation {
    public func putUserPolicy(_ input: PutUserPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(UserRecord.named(input.userName, context)).putInline(input.policyName, input.policyDocument, context)
        return EmptyShape()
    }

    public func getUserPolicy(_ input: GetUserPolicyRequest, _ context: Context) throws -> GetUserPolicyResponse {
        let owner = PolicyOwner(try UserRecord.named(input.userName, context))
        let document = try owner.inline(input.policyName, context)
        return GetUserPolicyResponse(
            userName: owner.name, policyName: input.policyName, policyDocument: QueryString.encoded(document))
    }

    public func deleteUserPolicy(_ input: DeleteUserPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(UserRecord.named(input.userName, context)).deleteInline(input.policyName, context)
        return EmptyShape()
    }

    public func listUserPolicies(_ input: ListUserPoliciesRequest, _ context: Context) throws -> ListUserPoliciesResponse {
        let page = try PolicyOwner(UserRecord.named(input.userName, context))
            .inlinePage(marker: input.marker, maxItems: input.maxItems, context)
        return ListUserPoliciesResponse(policyNames: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func putRolePolicy(_ input: PutRolePolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(RoleRecord.changeable(input.roleName, context)).putInline(
            input.policyName, input.policyDocument, context)
        return EmptyShape()
    }

    public func getRolePolicy(_ input: GetRolePolicyRequest, _ context: Context) throws -> GetRolePolicyResponse {
        let owner = PolicyOwner(try RoleRecord.named(input.roleName, context))
        let document = try owner.inline(input.policyName, context)
        return GetRolePolicyResponse(
            roleName: owner.name, policyName: input.policyName, policyDocument: QueryString.encoded(document))
    }

    public func deleteRolePolicy(_ input: DeleteRolePolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(RoleRecord.changeable(input.roleName, context)).deleteInline(input.policyName, context)
        return EmptyShape()
    }

    public func listRolePolicies(_ input: ListRolePoliciesRequest, _ context: Context) throws -> ListRolePoliciesResponse {
        let page = try PolicyOwner(RoleRecord.named(input.roleName, context))
            .inlinePage(marker: input.marker, maxItems: input.maxItems, context)
        return ListRolePoliciesResponse(policyNames: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}
