public import AWSCore

/// Who lends roles to what other services run, in profiles: what those services ask of IAM, without importing it.
public protocol RoleLending: Sendable {
    /// The profile of that name in the caller's account, or of that ARN; nil if there is none.
    func profile(_ profile: RoleProfile.Name, _ context: Context) throws -> RoleProfile?
    /// Fresh temporary credentials of a profile's role.
    ///
    /// - Parameters:
    ///   - service: who borrows, as trust policies call it: the service's principal.
    ///   - session: the session's name: the id of what will have the credentials.
    /// - Returns: nil if there is no such profile, or no role in it.
    func lend(
        roleOf profileArn: String, to service: String, session: String, seconds: Int, _ context: Context
    ) throws -> LentRole?
}

/// A role's envelope.
public struct RoleProfile: Sendable {
    /// How a request names it.
    public enum Name: Sendable {
        case name(String)
        case arn(String)
    }

    public let arn, id: String
    /// Nil while no role is in it.
    public let roleArn: String?
    public init(arn: String, id: String, roleArn: String?) {
        self.arn = arn
        self.id = id
        self.roleArn = roleArn
    }
}

/// What a borrower finds of a role.
public struct LentRole: Sendable {
    public let role: String
    /// Nil if the role's trust policy does not let the service assume it.
    public let credentials: Credentials?
    public init(role: String, credentials: Credentials?) {
        self.role = role
        self.credentials = credentials
    }
}
