/// What an operation needs permission for: a row of ``PermissionTable``.
public struct Permission: Sendable, Equatable {
    /// AWS's access levels.
    public enum Access: Character, Sendable {
        case list = "L", read = "R", write = "W", tagging = "T", permissionsManagement = "P"
    }

    /// A type of resource that an operation concerns.
    public struct ResourceUse: Sendable, Equatable {
        /// The type's name in AWS's reference: `vpc`, `elastic-ip`, `natgateway`.
        public let type: String
        /// Whether the operation always concerns one: the asterisk in AWS's reference.
        public let isRequired: Bool
        /// Whether the operation makes it. What has its name from the caller, a key pair or a role, has ``members`` too; and an
        /// interface of RunInstances can be named by a member or be made.
        public let isMade: Bool
        /// The members of the request that name it, as the model calls them, those of structures inside by a path:
        /// `NetworkInterfaces.SubnetId`. A member's value can be an id, a name, an ARN, an association that has to be looked up,
        /// or the id of a resource of another type (`Resources` of CreateTags).
        public let members: [String]
        /// What policies can ask about it: `aws:ResourceTag/${TagKey}`, `ec2:Vpc`.
        public let conditionKeys: [String]
    }

    /// The action's prefix and name: `ec2:CreateSubnet`. It isn't always the operation's name.
    public let action: String
    public let access: Access
    /// Those that are required first.
    public let resources: [ResourceUse]
    /// What policies can ask about any call: `ec2:Region`.
    public let conditionKeys: [String]
    /// What the caller may need permission for besides, depending on the request: `ec2:CreateTags`, `iam:PassRole`.
    public let dependentActions: [String]

    public func resource(_ type: String) -> ResourceUse? { resources.first { $0.type == type } }
}

/// A type of resource that policies can name.
public struct ResourceType: Sendable, Equatable {
    public let name: String
    /// `arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}`.
    public let arnFormat: String
    /// Every key that some action asks about it.
    public let conditionKeys: [String]
}
