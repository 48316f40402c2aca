import AWSCore
import GRDB

/// The caller of a request.
public struct Caller: Sendable, Hashable {
    /// The type of the identity.
    public enum Kind: Sendable, Hashable {
        case root
        case user(name: String)
        case assumedRole(role: String, session: String)
        /// A session of GetFederationToken. `user` called it; nil is the account's root.
        case federatedUser(name: String, user: String?)
        case anonymous
    }
    public var kind: Kind
    public var account: String
    public var arn: String
    /// The user id in GetCallerIdentity: `AIDA…` for a user, the account for root, `AROA…:session` for a role's session.
    public var userId: String
    public var accessKeyId: String
    /// The inline session policies (JSON) passed to AssumeRole.
    public var sessionPolicies: [String] = []
    /// The policies that scoped the session down, in order. Each must allow the action.
    public var scopes: [String] = []
    /// The ARN of the role behind an assumed role's session, with its path.
    public var roleArn: String?
    /// The tags of the user, or of the role and the session: `aws:PrincipalTag/…`.
    public var principalTags: [String: String] = [:]
    /// Whether the caller is unauthenticated: the access key is unknown, or the session was made with an unknown key.
    public var isUnauthenticated = false
    /// How the session was made; nil for long-term keys.
    public var session: SessionFacts?
    /// Whether no session policy limits the caller.
    var isUnlimited: Bool { sessionPolicies.isEmpty && scopes.isEmpty }
    /// Whether the access key came from STS.
    public var usesTemporaryCredentials: Bool { accessKeyId.hasPrefix("ASIA") }

    /// The caller of a request that needs no signature.
    public static func anonymous(in account: String) -> Caller {
        Caller(kind: .anonymous, account: account, arn: "anonymous", userId: "", accessKeyId: "")
    }

    public init(
        kind: Kind, account: String, arn: String, userId: String, accessKeyId: String, sessionPolicies: [String] = []
    ) {
        self.kind = kind
        self.account = account
        self.arn = arn
        self.userId = userId
        self.accessKeyId = accessKeyId
        self.sessionPolicies = sessionPolicies
    }

    /// The root user of an account. In its own account, it needs no policy that allows its requests.
    public static func root(of account: String, accessKeyId: String, partition: String = "aws") -> Caller {
        Caller(
            kind: .root, account: account, arn: "arn:\(partition):iam::\(account):root", userId: account,
            accessKeyId: accessKeyId)
    }
}

/// How temporary credentials were created, for policy conditions.
public struct SessionFacts: Sendable, Hashable {
    /// `aws:TokenIssueTime`.
    public var issuedAt: Instant
    /// When the user authenticated with an MFA device; nil if not.
    public var mfaAt: Instant?
    /// `aws:SourceIdentity`.
    public var sourceIdentity: String?
    /// `aws:FederatedProvider`: the ARN or the name of the identity provider.
    public var provider: String?
    /// The tags that a session made from this one inherits, by key.
    public var transitiveTags: [String: String] = [:]
    /// Claims from the identity provider, such as `token.actions.githubusercontent.com:sub`.
    public var conditions: [String: [String]] = [:]
    /// `aws:AssumedRoot`.
    public var isAssumedRoot = false

    public init(issuedAt: Instant) { self.issuedAt = issuedAt }
}

/// An access key that IAM or STS created, with its caller.
public struct StoredCredential: Sendable {
    public var credentials: Credentials
    public var caller: Caller
    public var isActive: Bool

    public init(credentials: Credentials, caller: Caller, isActive: Bool = true) {
        self.credentials = credentials
        self.caller = caller
        self.isActive = isActive
    }
}

/// What the request pipeline needs from IAM, without importing it.
public protocol IdentityDirectory: Sendable {
    /// Returns the credential of an access key id; nil if none was ever created here. A deleted key is returned as inactive,
    /// because an unknown key acts as root.
    func credential(accessKeyId: String, _ db: Database) throws -> StoredCredential?
    /// Whether a key that ``credential(accessKeyId:_:)`` does not find belongs to a session that ended long ago. Such a key must
    /// be rejected, not act as root like an unknown key.
    func isExpiredSessionKey(_ accessKeyId: String, token: String, _ db: Database) throws -> Bool
    /// Returns the caller's identity-based policies with their names, managed and inline. Session policies are not included.
    func policies(of caller: Caller, _ db: Database) throws -> CallerPolicies
    /// Records that a key was used (GetAccessKeyLastUsed). Called in the request's transaction, at most once per request.
    func noteUse(of accessKeyId: String, service: String, region: String, at now: Instant, _ db: Database) throws
    /// Whether a user or role with this ARN exists.
    func hasPrincipal(_ arn: String, _ db: Database) throws -> Bool
    /// Provides credentials of roles to what other services run, such as instances. Defaults to nil.
    var roles: (any InstanceRoleProvider)? { get }
}

extension IdentityDirectory {
    public var roles: (any InstanceRoleProvider)? { nil }
}

/// The policies that apply to a caller.
public struct CallerPolicies: Sendable {
    /// One policy, with the name of its source.
    public struct Source: Sendable {
        /// The name in explanations: `inline policy 'Push' of user Worker`, or a managed policy's ARN.
        public var name: String
        /// The policy's JSON text.
        public var document: String
        /// The unique ids of the principals' ARNs when the policy was saved. A later principal of the same name does not match.
        public var principalIds: [String: String]
        public init(name: String, document: String, principalIds: [String: String] = [:]) {
            self.name = name
            self.document = document
            self.principalIds = principalIds
        }
    }
    public var identity: [Source]
    public var boundary: Source?
    public init(identity: [Source] = [], boundary: Source? = nil) {
        self.identity = identity
        self.boundary = boundary
    }
}
