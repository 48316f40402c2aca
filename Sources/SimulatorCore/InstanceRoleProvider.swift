public import AWSCore

/// Gives other services the roles in instance profiles, without importing IAM.
public protocol InstanceRoleProvider: Sendable {
    /// Returns the profile with that name in the caller's account, or with that ARN; nil if there is none.
    func profile(_ profile: RoleProfile.Name, _ context: Context) throws -> RoleProfile?
    /// Returns new temporary credentials of a profile's role.
    ///
    /// - Parameters:
    ///   - service: the borrowing service's principal, as in trust policies.
    ///   - session: the session's name: the id of the resource that gets the credentials.
    /// - Returns: nil if the profile does not exist or has no role.
    func credentials(
        forRoleOf profileArn: String, to service: String, session: String, seconds: Int, _ context: Context
    ) throws -> InstanceRole?
}

/// An instance profile, which holds a role.
public struct RoleProfile: Sendable {
    /// The profile's name or ARN in a request.
    public enum Name: Sendable {
        case name(String)
        case arn(String)
    }

    public let arn, id: String
    /// Nil if the profile has no role.
    public let roleArn: String?
    public init(arn: String, id: String, roleArn: String?) {
        self.arn = arn
        self.id = id
        self.roleArn = roleArn
    }
}

/// The result of a request for a profile's role.
public struct InstanceRole: Sendable {
    public let role: String
    /// Nil if the role's trust policy does not let the service assume it.
    public let credentials: Credentials?
    public init(role: String, credentials: Credentials?) {
        self.role = role
        self.credentials = credentials
    }
}
