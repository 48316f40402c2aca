import AWSCore
import EC2API
import SimulatorCore

// The permissions of other accounts to create volumes from a snapshot.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html

extension EC2Simulation {
    public func describeSnapshotAttribute(
        _ input: DescribeSnapshotAttributeRequest, _ context: Context
    ) throws -> DescribeSnapshotAttributeResult {
        try Snapshot.check(input.snapshotId)
        _ = try Resource.snapshot.get(input.snapshotId, context)
        var result = DescribeSnapshotAttributeResult(snapshotId: input.snapshotId)
        if input.attribute == .productCodes {
            result.productCodes = []
        } else {
            result.createVolumePermissions = try Grants.of(input.snapshotId, context).map(CreateVolumePermission.init)
        }
        return result
    }

    public func modifySnapshotAttribute(_ input: ModifySnapshotAttributeRequest, _ context: Context) throws -> EmptyShape {
        try Snapshot.check(input.snapshotId)
        let snapshot = try Resource.snapshot.get(input.snapshotId, context).shape
        if let attribute = input.attribute, attribute != .createVolumePermission {
            throw AWSError.invalidValue(attribute.rawValue, for: "attribute", "Only createVolumePermission can be modified.")
        }
        let changes = try input.changes
        guard !changes.isEmpty else { throw AWSError.missingParameter("createVolumePermission") }
        try changes.refuseBeyondLimit()
        for grantee in changes.added + changes.removed where grantee != Grants.everybody { try Self.check(account: grantee) }
        if !changes.added.isEmpty { try SnapshotSharing.refuse(sharing: snapshot, with: changes.added, context) }
        try changes.apply(to: input.snapshotId, context)
        return EmptyShape()
    }

    public func resetSnapshotAttribute(_ input: ResetSnapshotAttributeRequest, _ context: Context) throws -> EmptyShape {
        try Snapshot.check(input.snapshotId)
        _ = try Resource.snapshot.get(input.snapshotId, context)
        guard input.attribute == .createVolumePermission else {
            throw AWSError.invalidValue(
                input.attribute.rawValue, for: "attribute", "Only createVolumePermission can be reset.")
        }
        try Grants.removeAll(from: input.snapshotId, context)
        return EmptyShape()
    }

    static func check(account: String) throws {
        guard account.isAccountId else {
            throw AWSError("InvalidUserID.Malformed", "Invalid user id: \"\(account)\"")
        }
    }
}

enum SnapshotSharing {
    /// Whether the account's public snapshots are currently hidden.
    static func hidesPublic(_ context: Context) throws -> Bool {
        try EbsDefaults.snapshotAccess.get(context)?.state == .blockAllSharing
    }

    /// - Throws: `OperationNotPermitted` for snapshots that must not be shared.
    fileprivate static func refuse(sharing snapshot: Snapshot, with grantees: [String], _ context: Context) throws {
        let isPublic = grantees.contains(Grants.everybody)
        if isPublic, try EbsDefaults.snapshotAccess.get(context) != nil {
            throw AWSError(
                "OperationNotPermitted",
                "You can't publicly share snapshots because block public access for snapshots is enabled in this Region.")
        }
        guard snapshot.encrypted == true else { return }
        if snapshot.kmsKeyId == context.managedKey("ebs") {
            throw AWSError("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared")
        }
        if isPublic { throw AWSError("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly") }
    }
}

extension ModifySnapshotAttributeRequest {
    fileprivate var changes: GrantChanges {
        get throws {
            let changes = try GrantChanges(
                adding: (createVolumePermission?.add ?? []).compactMap(\.grantee),
                removing: (createVolumePermission?.remove ?? []).compactMap(\.grantee),
                named: (userIds ?? []) + (groupNames ?? []), operationType)
            if let group = (groupNames ?? []).first(where: { $0 != Grants.everybody }) {
                throw AWSError("InvalidParameterValue", "Invalid attribute item value \"\(group)\" for group item type.")
            }
            guard changes.added.isEmpty || changes.removed.isEmpty else {
                throw AWSError.invalidCombination("You cannot add and remove permissions in a single request.")
            }
            return changes
        }
    }
}

extension CreateVolumePermission {
    fileprivate init(_ grantee: String) {
        self = grantee == Grants.everybody ? .init(group: .all) : .init(userId: grantee)
    }

    fileprivate var grantee: String? { userId ?? group?.rawValue }
}
