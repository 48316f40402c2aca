import AWSCore
import GRDB

/// Who makes a request.
public struct Caller: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case root
        case user(name: String)
        case assumedRole(role: String, session: String)
        /// A session of GetFederationToken; the user is who asked for it, nil for the account's root.
        case federatedUser(name: String, user: String?)
        case anonymous
    }
    public var kind: Kind
    public var account: String
    public var arn: String
    /// As GetCallerIdentity gives it: `AIDA…` for a user, the account for root, `AROA…:session` for a role's session.
    public var userId: String
    public var accessKeyId: String
    /// Inline session policies (JSON), as AssumeRole was given them.
    public var sessionPolicies: [String] = []
    /// Policies that scoped the session down, one after the other: each must allow.
    public var scopes: [String] = []
    /// The ARN of the role behind an assumed role's session, with its path.
    public var roleArn: String?
    /// The tags of the user, or of the role and the session: `aws:PrincipalTag/…`.
    public var principalTags: [String: String] = [:]
    /// Whether nothing proves the caller: nobody knows the access key, or the session was made with such a key.
    public var isUnproven = false
    /// How the session came about; nil for long-term keys.
    public var session: SessionFacts?
    /// Whether no policy of the session cuts the caller down.
    var isUnlimited: Bool { sessionPolicies.isEmpty && scopes.isEmpty }
    /// Whether the access key came from STS.
    public var usesTemporaryCredentials: Bool { accessKeyId.hasPrefix("ASIA") }

    /// Who makes a call that needs no signature.
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

    /// The root user of an account, whom nothing but a resource policy's deny stops.
    public static func root(of account: String, accessKeyId: String, partition: String = "aws") -> Caller {
        Caller(
            kind: .root, account: account, arn: "arn:\(partition):iam::\(account):root", userId: account,
            accessKeyId: accessKeyId)
    }
}

/// What temporary credentials remember of how they were made: policies ask for it.
public struct SessionFacts: Sendable, Hashable {
    /// `aws:TokenIssueTime`.
    public var issuedAt: Instant
    /// When the user proved itself with an MFA device; nil if it didn't.
    public var mfaAt: Instant?
    /// `aws:SourceIdentity`.
    public var sourceIdentity: String?
    /// `aws:FederatedProvider`: the ARN or the name of the identity provider.
    public var provider: String?
    /// The tags that a session made from this one inherits, by key.
    public var transitiveTags: [String: String] = [:]
    /// What the identity provider said: `token.actions.githubusercontent.com:sub`.
    public var conditions: [String: [String]] = [:]
    /// `aws:AssumedRoot`.
    public var isAssumedRoot = false

    public init(issuedAt: Instant) { self.issuedAt = issuedAt }
}

/// What IAM or STS knows of an access key.
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

/// What the way of a request asks of IAM, without importing it.
public protocol IdentityDirectory: Sendable {
    /// The credential that belongs to an access key id; nil if none was ever made here. A deleted key is remembered, and
    /// comes back as inactive: it must not pass for an unknown one, which may act as root.
    func credential(accessKeyId: String, _ db: Database) throws -> StoredCredential?
    /// Whether a key that ``credential(accessKeyId:_:)`` doesn't know is one of a session that ended long ago: it must not pass
    /// for an unknown one either.
    func hasForgotten(_ accessKeyId: String, token: String, _ db: Database) throws -> Bool
    /// The identity-based policies of a caller with their names, managed ones and inline ones; the caller's session policies
    /// are not among them.
    func policies(of caller: Caller, _ db: Database) throws -> CallerPolicies
    /// Notes that a key was used (GetAccessKeyLastUsed). Called within the request's transaction, at most once a request.
    func noteUse(of accessKeyId: String, service: String, region: String, at now: Instant, _ db: Database) throws
    /// Whether there is a user or role of that ARN.
    func hasPrincipal(_ arn: String, _ db: Database) throws -> Bool
    /// Who lends roles to what other services run; the default, nil: nobody.
    var roles: (any RoleLending)? { get }
}

extension IdentityDirectory {
    public var roles: (any RoleLending)? { nil }
}

/// The policies that bear on a caller.
public struct CallerPolicies: Sendable {
    public struct Source: Sendable {
        /// How the explanation names it: `inline policy 'Push' of user Worker`, or a managed policy's ARN.
        public var name: String
        /// The policy's JSON text.
        public var document: String
        /// The unique ids behind the ARNs of principals when the policy was saved: a namesake made later is somebody else.
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
