import AWSCore

/// A request for policies to evaluate: the principal, the action, the resource and the context.
package struct AuthorizationRequest: Sendable {
    /// The caller.
    package struct Principal: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case root, user, assumedRole, federatedUser
            /// An AWS service; its ``arn`` is its name, such as `ec2.amazonaws.com`.
            case service
            /// The bearer of an identity provider's token or assertion.
            case webIdentity
            case anonymous
        }

        package var kind: Kind
        package var arn: String
        package var account: String
        /// `aws:userid`: `AIDA…`, `AROA…:session`, or the account's id for its root.
        package var userId: String?
        /// The user's name; nil for other principals.
        package var userName: String?
        /// The ARN of the role behind an assumed role's session.
        package var roleARN: String?
        /// The identity provider behind a federated session.
        package var provider: String?
        package var tags: [String: String]

        package init(
            kind: Kind, arn: String, account: String, userId: String? = nil, userName: String? = nil, roleARN: String? = nil,
            provider: String? = nil, tags: [String: String] = [:]
        ) {
            self.kind = kind
            self.arn = arn
            self.account = account
            self.userId = userId
            self.userName = userName
            self.roleARN = roleARN
            self.provider = provider
            self.tags = tags
        }

        package static let anonymous = Principal(kind: .anonymous, arn: "anonymous", account: "")

        package static func service(_ name: String) -> Principal { Principal(kind: .service, arn: name, account: "") }

        package static func root(ofAccount account: String) -> Principal {
            Principal(kind: .root, arn: "arn:aws:iam::\(account):root", account: account, userId: account)
        }
    }

    package let principal: Principal
    /// `ecr:CreateRepository`
    package let action: String
    /// The resource's ARN, or `*` if the action has none.
    package let resource: String
    /// The account that owns the resource.
    package let resourceAccount: String
    package let now: Instant
    package let region: String?
    /// Condition keys in lower case, other than those that follow from the members above.
    let context: [String: [String]]

    let actionBytes: Bytes
    let resourceBytes: Bytes

    /// - Parameter resourceAccount: nil uses the account in the ARN, or else the caller's.
    /// - Parameter context: condition keys such as `aws:SourceIp` or `ecr:ResourceTag/team`, in any case.
    package init(
        principal: Principal, action: String, resource: String, resourceAccount: String? = nil, now: Instant,
        region: String? = nil, context: [String: [String]] = [:]
    ) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.now = now
        self.region = region
        self.context =
            context.isEmpty
            ? context
            : Dictionary(context.lazy.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $0 + $1 })
        actionBytes = Bytes(action.utf8).map { (65...90).contains($0) ? $0 + 32 : $0 }
        resourceBytes = Bytes(resource.utf8)
        self.resourceAccount = resourceAccount ?? Self.account(of: resource) ?? principal.account
    }

    private static func account(of arn: String) -> String? {
        guard let account = accountPart(of: arn).map(String.init) else { return nil }
        return account.isAccountId ? account : nil
    }

    /// Returns the text between the fourth and the fifth colon of an ARN; nil if there are fewer colons.
    static func accountPart(of arn: String) -> Substring? {
        let bytes = arn.utf8
        var colons = 0, start = bytes.startIndex, index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: ":") {
                colons += 1
                if colons == 5 { return arn[start..<index] }
                start = bytes.index(after: index)
            }
            index = bytes.index(after: index)
        }
        return nil
    }

    var isCrossAccount: Bool { principal.account != resourceAccount }

    /// Returns the values of a condition key; nil if the request has none.
    /// - Parameter key: in lower case.
    func values(of key: String) -> [String]? {
        if let given = context[key] { return given }
        switch key {
        case "aws:username": return principal.userName.map { [$0] }
        case "aws:userid": return principal.userId.map { [$0] }
        case "aws:principalarn":
            if principal.kind == .service || principal.kind == .webIdentity { return nil }
            return [principal.kind == .assumedRole ? principal.roleARN ?? principal.arn : principal.arn]
        case "aws:principalaccount": return principal.account.isEmpty ? nil : [principal.account]
        case "aws:principaltype": return [principal.kind.typeName]
        case "aws:principalisawsservice": return [principal.kind == .service ? "true" : "false"]
        case "aws:principalservicename": return principal.kind == .service ? [principal.arn] : nil
        case "aws:currenttime": return [now.iso8601(milliseconds: false)]
        case "aws:epochtime": return [String(now.seconds)]
        case "aws:requestedregion": return region.map { [$0] }
        case "aws:resourceaccount": return [resourceAccount]
        default:
            guard key.hasPrefix("aws:principaltag/") else { return nil }
            let name = key.dropFirst("aws:principaltag/".count)
            return principal.tags.first { $0.key.lowercased() == name }.map { [$0.value] }
        }
    }
}

extension AuthorizationRequest.Principal.Kind {
    /// The value of `aws:PrincipalType`.
    var typeName: String {
        switch self {
        case .root: "Account"
        case .user: "User"
        case .assumedRole: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .service: "Service"
        case .webIdentity: "FederatedUser"
        case .anonymous: "Anonymous"
        }
    }
}
