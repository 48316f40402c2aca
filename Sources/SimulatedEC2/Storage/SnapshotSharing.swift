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
        let (added, removed) = try input.changes
        guard added.count + removed.count > 0 else { throw AWSError.missingParameter("createVolumePermission") }
        guard added.count + removed.count <= 500 else {
            throw AWSError("InvalidParameterValue", "At most 500 permissions can be modified in a single request.")
        }
        for grantee in added + removed where grantee != Grants.everybody { try Self.check(account: grantee) }
        if !added.isEmpty { try SnapshotSharing.refuse(sharing: snapshot, with: added, context) }
        for grantee in added { try Grants.add(grantee, to: input.snapshotId, context) }
        for grantee in removed { try Grants.remove(grantee, from: input.snapshotId, context) }
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
        try AccountSettings.value(.snapshotBlockPublicAccess, context) == "block-all-sharing"
    }

    /// - Throws: `OperationNotPermitted` for snapshots that must not be shared.
    fileprivate static func refuse(sharing snapshot: Snapshot, with grantees: [String], _ context: Context) throws {
        let isPublic = grantees.contains(Grants.everybody)
        if isPublic, try AccountSettings.value(.snapshotBlockPublicAccess, context) != nil {
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
    /// The accounts that the request adds and removes, in its older or newer form.
    fileprivate var changes: (added: [String], removed: [String]) {
        get throws {
            var added = (createVolumePermission?.add ?? []).compactMap(\.grantee)
            var removed = (createVolumePermission?.remove ?? []).compactMap(\.grantee)
            let named = (userIds ?? []) + (groupNames ?? [])
            if !named.isEmpty {
                switch operationType {
                case .add?: added += named
                case .remove?: removed += named
                default: throw AWSError.missingParameter("operationType")
                }
            }
            if let group = (groupNames ?? []).first(where: { $0 != Grants.everybody }) {
                throw AWSError("InvalidParameterValue", "Invalid attribute item value \"\(group)\" for group item type.")
            }
            guard added.isEmpty || removed.isEmpty else {
                throw AWSError.invalidCombination("You cannot add and remove permissions in a single request.")
            }
            return (added, removed)
        }
    }
}

extension CreateVolumePermission {
    fileprivate init(_ grantee: String) {
        self = grantee == Grants.everybody ? .init(group: .all) : .init(userId: grantee)
    }

    fileprivate var grantee: String? { userId ?? group?.rawValue }
}
