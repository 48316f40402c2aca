import AWSCore
import GRDB
import SimulatorCore

/// A kind of entity that can have identity-based policies: users, groups and roles.
protocol IAMPolicyOwner: IAMEntity {
    static var ownerKind: PolicyOwner.Kind { get }
}

/// A user, group or role with identity-based policies.
struct PolicyOwner {
    enum Kind: String { case user, role, group }

    let kind: Kind
    let id, name: String

    init<Entity: IAMPolicyOwner>(_ entity: Entity) {
        kind = Entity.ownerKind
        id = entity.id
        name = entity.name
    }

    /// The maximum total size of the owner's inline policies, in characters without whitespace.
    var inlineLimit: Int {
        switch kind {
        case .user: 2048
        case .group: 5120
        case .role: 10240
        }
    }
    static let attachmentLimit = 10
    /// The quota's name in the error message.
    var attachmentQuota: String {
        switch kind {
        case .user: "PoliciesPerUser"
        case .group: "PoliciesPerGroup"
        case .role: "PoliciesPerRole"
        }
    }

    func refuseWhilePoliciesExist(_ context: Context) throws {
        if try context.count("SELECT COUNT(*) FROM iam_attachment WHERE owner_id = ?", [id]) > 0 {
            throw AWSError.deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        if try context.count("SELECT COUNT(*) FROM iam_inline_policy WHERE owner_id = ?", [id]) > 0 {
            throw AWSError.deleteConflict("Cannot delete entity, must delete policies first.")
        }
    }
}

extension String {
    /// The policy's size in characters, without whitespace, as IAM counts it.
    var policySize: Int { unicodeScalars.reduce(0) { $1.properties.isWhitespace ? $0 : $0 + 1 } }
}

extension PolicyDocument {
    /// Parses a policy from a request. Its resources must be in the account's partition.
    static func checked(_ text: String, as kind: Kind, _ context: Context) throws -> PolicyDocument {
        try checked(text, as: kind, partition: context.partition)
    }

    /// Parses a stored policy. AWS managed policies have the same text in all partitions.
    static func checked(_ text: String, as kind: Kind, partition: String? = nil) throws -> PolicyDocument {
        do { return try PolicyDocument(parsing: text, as: kind, partition: partition) } catch let error as PolicySyntaxError {
            throw AWSError.malformed(error)
        }
    }
}
