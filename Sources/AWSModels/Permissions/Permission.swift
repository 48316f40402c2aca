/// The permissions that an operation needs: a row of ``PermissionTable``.
public struct Permission: Sendable, Equatable {
    /// AWS's access levels.
    public enum Access: Character, Sendable {
        case list = "L", read = "R", write = "W", tagging = "T", permissionsManagement = "P"
    }

    /// A resource type that an operation uses.
    public struct ResourceUse: Sendable, Equatable {
        /// The type's name in AWS's reference: `vpc`, `elastic-ip`, `natgateway`.
        public let type: String
        /// Whether the operation always uses one: the asterisk in AWS's reference.
        public let isRequired: Bool
        /// Whether the operation creates it. If the caller names it, as for a key pair or a role, ``members`` is set too. An
        /// interface of RunInstances can be created or named by a member.
        public let isMade: Bool
        /// The request's members that name the resource, by their names in the model. Nested members are paths:
        /// `NetworkInterfaces.SubnetId`. A value can be an id, a name, an ARN, an association that must be looked up, or the id
        /// of a resource of another type (`Resources` of CreateTags).
        public let members: [String]
        /// The condition keys for it in policies: `aws:ResourceTag/${TagKey}`, `ec2:Vpc`.
        public let conditionKeys: [String]
    }

    /// The action with its prefix: `ec2:CreateSubnet`. The name can differ from the operation's.
    public let action: String
    public let access: Access
    /// Required resources come first.
    public let resources: [ResourceUse]
    /// The condition keys for every call of the action: `ec2:Region`.
    public let conditionKeys: [String]
    /// Further actions that the caller may need permission for, depending on the request: `ec2:CreateTags`, `iam:PassRole`.
    public let dependentActions: [String]

    /// Returns the use of a resource type; nil if the action does not use it.
    public func resource(_ type: String) -> ResourceUse? { resources.first { $0.type == type } }
}

/// A resource type that policies can name.
public struct ResourceType: Sendable, Equatable {
    public let name: String
    /// `arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}`.
    public let arnFormat: String
    /// All condition keys that any action has for it.
    public let conditionKeys: [String]
}
