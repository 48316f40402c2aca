import AWSCore
import IAMAPI
import STSAPI
import SimulatorCore

extension STSSimulation {
    public func assumeRoleWithWebIdentity(
        _ input: AssumeRoleWithWebIdentityRequest, _ context: Context
    ) throws -> AssumeRoleWithWebIdentityResponse {
        guard input.roleArn.isARN, input.roleArn.contains(":role/") else {
            throw AWSError.validation("\(input.roleArn) is invalid")
        }
        guard let token = WebToken(input.webIdentityToken) else {
            throw AWSError(
                "InvalidIdentityToken",
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        }
        let there = context.within(account: RoleName.account(input.roleArn))
        let identity = try WebIdentity(token, there)
        let role = try RoleRecord.find(arn: input.roleArn, context)
        let refusal = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        guard let role else { throw AWSError.accessDenied(refusal, explanation: "There is no such role.") }
        var session = RoleSession(role, input.roleSessionName, seconds: input.durationSeconds ?? 3600)
        session.tags = identity.tags
        session.transitiveTags = identity.transitiveTags
        session.sourceIdentity = identity.sourceIdentity
        session.provider = identity.provider
        session.conditions = identity.conditions
        try RoleTrust(
            role, provider: identity.provider, conditions: identity.conditions, session: session,
            action: "sts:AssumeRoleWithWebIdentity", refusal: refusal
        ).check(there)
        let made = try session.make(policy: input.policy, policyArns: input.policyArns, there)
        return AssumeRoleWithWebIdentityResponse(
            credentials: made.record.shape, subjectFromWebIdentityToken: identity.subject, assumedRoleUser: made.user,
            packedPolicySize: made.packedSize, provider: identity.provider, audience: identity.audience,
            sourceIdentity: session.sourceIdentity)
    }
}

/// The content of a verified token.
struct WebIdentity {
    /// The provider's ARN.
    let provider: String
    let subject, audience: String
    var conditions: [String: [String]] = [:]
    var tags: [String: String] = [:]
    var transitiveTags: [String: String] = [:]
    var sourceIdentity: String?

    /// Claims that policies can test besides sub and aud, by the provider's host.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    private static let claims: [String: [String]] = [
        "token.actions.githubusercontent.com": [
            "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id",
            "repository_owner", "repository_owner_id", "workflow",
        ]
    ]

    /// - Throws: AWS's errors in AWS's order: provider, key, signature, audience, times.
    init(_ token: WebToken, _ context: Context) throws {
        guard let issuer = token.claims["iss"]?.string, let host = try? OIDCProviders.host(of: issuer) else {
            throw Self.invalid("Issuer must be a valid URL")
        }
        let arn = "arn:\(context.partition):iam::\(context.account):oidc-provider/\(host)"
        guard let found = try OIDCProviders.kind.find(arn, context) else {
            throw Self.invalid("No OpenIDConnect provider found in your account for \(issuer)")
        }
        let own = try TokenIssuer(context.simulator).keys()
        let isPlayed = token.isSigned(by: own)
        if !isPlayed {
            let service = context.simulator.services.lazy.compactMap { $0 as? STSSimulation }.first
            let answer = service?.issuerKeys.keys(of: issuer, thumbprints: found.content.thumbprintList ?? []) ?? .none
            if case .untrustedCertificate = answer {
                throw Self.invalid("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
            }
            guard case .keys(let keys) = answer else {
                var error = Self.invalid(
                    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
                        + "documentation for requirements")
                error.explanation =
                    "The token is not from 'drydock oidc token', and this server has no keys of \(issuer) here: "
                    + "'serve --oidc-issuer \(issuer)' fetches them."
                throw error
            }
            guard token.isSigned(by: keys) else { throw Self.invalid("JWT signature verification failed") }
        }
        provider = arn
        guard let subject = token.claims["sub"]?.string, !subject.isEmpty else {
            throw Self.invalid("Missing a required claim: sub")
        }
        self.subject = subject
        let audiences = token.texts("aud"), party = token.texts("azp").first
        let clients = found.content.clientIDList ?? []
        guard let audience = party.map({ [$0] })?.first(where: clients.contains) ?? audiences.first(where: clients.contains)
        else {
            throw Self.invalid("Incorrect token audience")
        }
        self.audience = audience
        try Self.checkTimes(token, isPlayed: isPlayed, context)
        conditions["\(host):sub"] = [subject]
        conditions["\(host):aud"] = [party ?? audience]
        if party != nil { conditions["\(host):oaud"] = audiences }
        let methods = token.texts("amr")
        if !methods.isEmpty { conditions["\(host):amr"] = methods }
        for claim in Self.claims[host] ?? [] {
            let values = token.texts(claim)
            if !values.isEmpty { conditions["\(host):\(claim)"] = values }
        }
        if let email = token.texts("email").first { conditions["\(host):email"] = [email] }
        sourceIdentity = token.texts("https://aws.amazon.com/source_identity").first
        try readTags(token.claims["https://aws.amazon.com/tags"])
    }

    private static func invalid(_ message: String) -> AWSError { AWSError("InvalidIdentityToken", message) }

    /// External tokens use the machine's time, whatever the simulator's clock.
    private static func checkTimes(_ token: WebToken, isPlayed: Bool, _ context: Context) throws {
        guard let end = token.seconds("exp") else { throw invalid("Missing a required claim: exp") }
        guard let start = token.seconds("iat") else { throw invalid("Missing a required claim: iat") }
        let times = [context.now] + (isPlayed ? [] : [Instant.machineTime])
        guard times.contains(where: { $0.seconds < end }) else {
            throw AWSError(
                "ExpiredTokenException",
                "Token expired: current date/time \(context.now.seconds) must be before the expiration date/time\(end)")
        }
        let first = max(start, token.seconds("nbf") ?? start)
        guard times.contains(where: { $0.seconds + 300 >= first }) else {
            throw invalid("The token cannot be used before \(first); it is \(context.now.seconds).")
        }
    }

    /// `{"principal_tags": {"team": ["web"]}, "transitive_tag_keys": ["team"]}`
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
    private mutating func readTags(_ node: Node?) throws {
        for field in node?["principal_tags"]?.fields ?? [] {
            let values = (field.value.elements ?? [field.value]).compactMap(\.string)
            guard values.count == 1 else { throw Self.invalid("A principal tag must have one value: \(field.name)") }
            tags[field.name] = values[0]
        }
        for key in (node?["transitive_tag_keys"]?.elements ?? []).compactMap(\.string) {
            guard let value = tags[key] else { throw Self.invalid("A transitive tag key is no principal tag: \(key)") }
            transitiveTags[key] = value
        }
    }
}

/// Checks whether a role trusts the bearer of a token or an assertion.
struct RoleTrust {
    let role: RoleRecord
    let provider, action, refusal: String
    let conditions: [String: [String]]
    let session: RoleSession

    init(
        _ role: RoleRecord, provider: String, conditions: [String: [String]], session: RoleSession, action: String,
        refusal: String
    ) {
        self.role = role
        self.provider = provider
        self.conditions = conditions
        self.session = session
        self.action = action
        self.refusal = refusal
    }

    /// - Throws: AWS's error, which gives no reason; the explanation does.
    func check(_ context: Context) throws {
        var actions = [action]
        if !session.tags.isEmpty { actions.append("sts:TagSession") }
        if session.sourceIdentity != nil { actions.append("sts:SetSourceIdentity") }
        var conditions = conditions
        context.addGlobalKeys(to: &conditions)
        conditions["aws:FederatedProvider"] = [provider]
        conditions["sts:RoleSessionName"] = [session.name]
        if let identity = session.sourceIdentity { conditions["sts:SourceIdentity"] = [identity] }
        if !session.tags.isEmpty { conditions["aws:TagKeys"] = session.tags.keys.sorted() }
        for (key, value) in session.tags { conditions["aws:RequestTag/\(key)"] = [value] }
        if !session.transitiveTags.isEmpty { conditions["sts:TransitiveTagKeys"] = session.transitiveTags.keys.sorted() }
        for tag in try IAMTags.of(role.id, account: role.account, context.db) {
            conditions["aws:ResourceTag/\(tag.key)"] = [tag.value]
            conditions["iam:ResourceTag/\(tag.key)"] = [tag.value]
        }
        let policies = PolicySet(resource: [try role.trustPolicy()], needsResourcePolicy: true)
        for action in actions {
            let request = AuthorizationRequest(
                principal: .init(kind: .webIdentity, arn: provider, account: role.account, provider: provider), action: action,
                resource: role.arn, resourceAccount: role.account, now: context.now, region: context.region,
                context: conditions)
            let decision = context.decide(request, policies)
            guard decision.isAllowed else {
                throw AWSError.accessDenied(
                    action == self.action ? refusal : "Not authorized to perform \(action)",
                    explanation: decision.explanation(request, policies))
            }
        }
    }
}
