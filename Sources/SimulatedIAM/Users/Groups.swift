import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A group of users, whose policies apply to its members.
struct GroupRecord: IAMLimitedEntity, IAMPolicyOwner {
    static let table = "iam_group", arnType = "group"
    static let columns = "id, account, name, path, arn, created_at"
    static let limit = 300, quota = "GroupsPerAccount"
    static let membershipLimit = 10

    static let migration = Migration(
        "iam.groups",
        """
        CREATE TABLE iam_group (
            id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
            arn TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, UNIQUE (account, name)
        ) WITHOUT ROWID;
        CREATE TABLE iam_membership (
            group_id TEXT NOT NULL REFERENCES iam_group, user_id TEXT NOT NULL REFERENCES iam_user,
            PRIMARY KEY (group_id, user_id)
        ) WITHOUT ROWID;
        CREATE INDEX iam_membership_user ON iam_membership (user_id);
        CREATE TABLE iam_attachment_of_three (
            owner_id TEXT NOT NULL, policy_arn TEXT NOT NULL, account TEXT NOT NULL,
            owner_kind TEXT NOT NULL CHECK (owner_kind IN ('user', 'role', 'group')), PRIMARY KEY (owner_id, policy_arn)
        ) WITHOUT ROWID;
        INSERT INTO iam_attachment_of_three SELECT owner_id, policy_arn, account, owner_kind FROM iam_attachment;
        DROP TABLE iam_attachment;
        ALTER TABLE iam_attachment_of_three RENAME TO iam_attachment;
        CREATE INDEX iam_attachment_policy ON iam_attachment (policy_arn, account);
        """)

    var id, account, name, path, arn: String
    var createdAt: Instant

    init(_ row: Row) {
        id = row[0]
        account = row[1]
        name = row[2]
        path = row[3]
        arn = row[4]
        createdAt = Instant(column: row[5])
    }

    static var ownerKind: PolicyOwner.Kind { .group }
    static func notFound(_ name: String) -> AWSError { .noSuch("group", name: name) }
    static func nameTaken(_ name: String) -> AWSError { .alreadyExists("Group with name \(name) already exists.") }

    /// Returns a user's groups, sorted by name.
    static func of(user id: String, _ context: Context) throws -> [GroupRecord] {
        try all(context, "id IN (SELECT group_id FROM iam_membership WHERE user_id = ?)", [id])
    }

    func users(_ context: Context) throws -> [UserRecord] {
        try UserRecord.all(context, "id IN (SELECT user_id FROM iam_membership WHERE group_id = ?)", [id])
    }

    var shape: Group { Group(path: path, groupName: name, groupId: id, arn: arn, createDate: createdAt) }
}

extension IAMSimulation {
    public func createGroup(_ input: CreateGroupRequest, _ context: Context) throws -> CreateGroupResponse {
        try GroupRecord.refuseTaken(input.groupName, context)
        try GroupRecord.refuseBeyondQuota(context)
        let path = input.path ?? "/"
        try context.execute(
            "INSERT INTO iam_group (\(GroupRecord.columns)) VALUES (?, ?, ?, ?, ?, ?)",
            [
                context.ids.iam("AGPA"), context.account, input.groupName, path,
                GroupRecord.arn(path: path, name: input.groupName, context), context.now.milliseconds,
            ])
        return CreateGroupResponse(group: try GroupRecord.named(input.groupName, context).shape)
    }

    public func getGroup(_ input: GetGroupRequest, _ context: Context) throws -> GetGroupResponse {
        let group = try GroupRecord.named(input.groupName, context)
        let page = try IAMPage(try group.users(context), marker: input.marker, maxItems: input.maxItems)
        return GetGroupResponse(
            group: group.shape, users: page.items.map(\.summary), isTruncated: page.isTruncated, marker: page.marker)
    }

    public func listGroups(_ input: ListGroupsRequest, _ context: Context) throws -> ListGroupsResponse {
        let groups = try GroupRecord.all(context, pathPrefix: input.pathPrefix)
        let page = try IAMPage(groups, marker: input.marker, maxItems: input.maxItems)
        return ListGroupsResponse(groups: page.items.map(\.shape), isTruncated: page.isTruncated, marker: page.marker)
    }

    public func listGroupsForUser(_ input: ListGroupsForUserRequest, _ context: Context) throws -> ListGroupsForUserResponse {
        let groups = try GroupRecord.of(user: try UserRecord.named(input.userName, context).id, context)
        let page = try IAMPage(groups, marker: input.marker, maxItems: input.maxItems)
        return ListGroupsForUserResponse(
            groups: page.items.map(\.shape), isTruncated: page.isTruncated, marker: page.marker)
    }

    public func updateGroup(_ input: UpdateGroupRequest, _ context: Context) throws -> EmptyShape {
        let group = try GroupRecord.named(input.groupName, context)
        try group.rename(to: input.newGroupName, path: input.newPath, context)
        return EmptyShape()
    }

    public func deleteGroup(_ input: DeleteGroupRequest, _ context: Context) throws -> EmptyShape {
        let group = try GroupRecord.named(input.groupName, context)
        if try context.count("SELECT COUNT(*) FROM iam_membership WHERE group_id = ?", [group.id]) > 0 {
            throw AWSError.deleteConflict("Cannot delete entity, must remove users from group first.")
        }
        try PolicyOwner(group).refuseWhilePoliciesExist(context)
        try group.delete(context)
        return EmptyShape()
    }

    /// Adds a user to a group. Adding a member again succeeds.
    public func addUserToGroup(_ input: AddUserToGroupRequest, _ context: Context) throws -> EmptyShape {
        let group = try GroupRecord.named(input.groupName, context)
        let user = try UserRecord.named(input.userName, context)
        try context.execute("INSERT OR IGNORE INTO iam_membership VALUES (?, ?)", [group.id, user.id])
        guard try GroupRecord.of(user: user.id, context).count <= GroupRecord.membershipLimit else {
            throw AWSError.quotaExceeded("GroupsPerUser", GroupRecord.membershipLimit)
        }
        return EmptyShape()
    }

    public func removeUserFromGroup(_ input: RemoveUserFromGroupRequest, _ context: Context) throws -> EmptyShape {
        let group = try GroupRecord.named(input.groupName, context)
        let user = try UserRecord.named(input.userName, context)
        let sql = "SELECT COUNT(*) FROM iam_membership WHERE group_id = ? AND user_id = ?"
        guard try context.count(sql, [group.id, user.id]) == 1 else {
            // The message is assumed.
            throw AWSError.noSuchEntity("User \(user.name) not in group \(group.name)")
        }
        try context.execute("DELETE FROM iam_membership WHERE group_id = ? AND user_id = ?", [group.id, user.id])
        return EmptyShape()
    }
}

// MARK: Policies of groups

extension IAMSimulation {
    public func putGroupPolicy(_ input: PutGroupPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(GroupRecord.named(input.groupName, context))
            .putInline(input.policyName, input.policyDocument, context)
        return EmptyShape()
    }

    public func getGroupPolicy(_ input: GetGroupPolicyRequest, _ context: Context) throws -> GetGroupPolicyResponse {
        let owner = PolicyOwner(try GroupRecord.named(input.groupName, context))
        let document = try owner.inline(input.policyName, context)
        return GetGroupPolicyResponse(
            groupName: owner.name, policyName: input.policyName, policyDocument: QueryString.encoded(document))
    }

    public func deleteGroupPolicy(_ input: DeleteGroupPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(GroupRecord.named(input.groupName, context)).deleteInline(input.policyName, context)
        return EmptyShape()
    }

    public func listGroupPolicies(_ input: ListGroupPoliciesRequest, _ context: Context) throws -> ListGroupPoliciesResponse {
        let page = try PolicyOwner(GroupRecord.named(input.groupName, context))
            .inlinePage(marker: input.marker, maxItems: input.maxItems, context)
        return ListGroupPoliciesResponse(policyNames: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func attachGroupPolicy(_ input: AttachGroupPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(GroupRecord.named(input.groupName, context)).attach(input.policyArn, context)
        return EmptyShape()
    }

    public func detachGroupPolicy(_ input: DetachGroupPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(GroupRecord.named(input.groupName, context)).detach(input.policyArn, context)
        return EmptyShape()
    }

    public func listAttachedGroupPolicies(
        _ input: ListAttachedGroupPoliciesRequest, _ context: Context
    ) throws -> ListAttachedGroupPoliciesResponse {
        let page = try PolicyOwner(GroupRecord.named(input.groupName, context))
            .attachedPage(pathPrefix: input.pathPrefix, marker: input.marker, maxItems: input.maxItems, context)
        return ListAttachedGroupPoliciesResponse(
            attachedPolicies: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}
