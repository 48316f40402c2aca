import AWSCore
import IAMAPI
import SimulatorCore

extension IAMSimulation {
    /// Returns the account's users, groups, roles and policies as one list; a page may span several kinds.
    public func getAccountAuthorizationDetails(
        _ input: GetAccountAuthorizationDetailsRequest, _ context: Context
    ) throws -> GetAccountAuthorizationDetailsResponse {
        let filter = input.filter ?? []
        func wants(_ kind: EntityType) -> Bool { filter.isEmpty || filter.contains(kind) }
        var entries: [Entry] = []
        if wants("User") { entries += try UserRecord.all(context).map { .user($0) } }
        if wants("Group") { entries += try GroupRecord.all(context).map { .group($0) } }
        if wants("Role") { entries += try RoleRecord.all(context).map { .role($0) } }
        let uses = try PolicyUse.all(context)
        if wants("LocalManagedPolicy") { entries += try ManagedPolicy.all(context).map { .policy($0) } }
        if wants("AWSManagedPolicy") {
            // AWS managed policies are listed only if attached.
            entries += try uses.keys.filter(AWSManagedPolicy.isARN).compactMap { try ManagedPolicy.find($0, context) }
                .map { .policy($0) }
        }
        let page = try IAMPage(entries, by: \.sortKey, marker: input.marker, maxItems: input.maxItems)
        var answer = GetAccountAuthorizationDetailsResponse(
            userDetailList: [], groupDetailList: [], roleDetailList: [], policies: [], isTruncated: page.isTruncated,
            marker: page.marker)
        for entry in page.items {
            switch entry {
            case .user(let user): answer.userDetailList?.append(try user.detail(context))
            case .group(let group): answer.groupDetailList?.append(try group.detail(context))
            case .role(let role): answer.roleDetailList?.append(try role.detail(context))
            case .policy(let policy):
                answer.policies?.append(try policy.detail(uses[policy.arn] ?? PolicyUse(), context))
            }
        }
        return answer
    }

    private enum Entry {
        case user(UserRecord)
        case group(GroupRecord)
        case role(RoleRecord)
        case policy(ManagedPolicy)

        var sortKey: String {
            switch self {
            case .user(let user): "0 \(user.name.lowercased())"
            case .group(let group): "1 \(group.name.lowercased())"
            case .role(let role): "2 \(role.name.lowercased())"
            case .policy(let policy): "3 \(policy.sortKey)"
            }
        }
    }
}

extension PolicyOwner {
    fileprivate func inlineDetails(_ context: Context) throws -> [PolicyDetail] {
        try inlineNames(context).map {
            PolicyDetail(policyName: $0, policyDocument: QueryString.encoded(try inline($0, context)))
        }
    }
}

extension UserRecord {
    fileprivate func detail(_ context: Context) throws -> UserDetail {
        let owner = PolicyOwner(self), tags = try IAMTags.shapes(id, context)
        return UserDetail(
            path: path, userName: name, userId: id, arn: arn, createDate: createdAt,
            userPolicyList: try owner.inlineDetails(context), groupList: try GroupRecord.of(user: id, context).map(\.name),
            attachedManagedPolicies: try owner.attached(pathPrefix: nil, context),
            permissionsBoundary: boundary.map(AttachedPermissionsBoundary.policy), tags: tags)
    }
}

extension GroupRecord {
    fileprivate func detail(_ context: Context) throws -> GroupDetail {
        let owner = PolicyOwner(self)
        return GroupDetail(
            path: path, groupName: name, groupId: id, arn: arn, createDate: createdAt,
            groupPolicyList: try owner.inlineDetails(context),
            attachedManagedPolicies: try owner.attached(pathPrefix: nil, context))
    }
}

extension RoleRecord {
    fileprivate func detail(_ context: Context) throws -> RoleDetail {
        let owner = PolicyOwner(self), tags = try IAMTags.shapes(id, context)
        return RoleDetail(
            path: path, roleName: name, roleId: id, arn: arn, createDate: createdAt,
            assumeRolePolicyDocument: QueryString.encoded(try shownTrust(context)),
            instanceProfileList: try InstanceProfileRecord.all(context, "role_id = ?", [id]).map { try $0.shape(context) },
            rolePolicyList: try owner.inlineDetails(context),
            attachedManagedPolicies: try owner.attached(pathPrefix: nil, context),
            permissionsBoundary: boundary.map(AttachedPermissionsBoundary.policy), tags: tags,
            roleLastUsed: RoleLastUsed(lastUsedDate: lastUse?.at, region: lastUse?.region))
    }
}

extension ManagedPolicy {
    fileprivate func detail(_ use: PolicyUse, _ context: Context) throws -> ManagedPolicyDetail {
        let versions =
            try awsDocument.map { [PolicyVersionRecord(awsPolicy: self, document: $0)] }
            ?? PolicyVersionRecord.all(of: arn, context)
        return ManagedPolicyDetail(
            policyName: name, policyId: id, arn: arn, path: path, defaultVersionId: "v\(defaultVersion)",
            attachmentCount: use.attachments, permissionsBoundaryUsageCount: use.boundaries, isAttachable: true,
            description: description, createDate: createdAt, updateDate: updatedAt,
            policyVersionList: versions.map { $0.shape(self, withDocument: true) })
    }
}
