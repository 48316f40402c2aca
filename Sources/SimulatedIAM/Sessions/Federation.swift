import AWSCore
import STSAPI
import SimulatorCore

extension STSSimulation {
    /// Returns credentials for a federated user. Without a session policy, they allow nothing by themselves.
    public func getFederationToken(
        _ input: GetFederationTokenRequest, _ context: Context
    ) throws -> GetFederationTokenResponse {
        guard !context.caller.usesTemporaryCredentials else {
            throw AWSError.accessDenied("Cannot call GetFederationToken with session credentials")
        }
        let tags = try RoleSession.tags(input.tags, transitive: nil, context)
        var seconds = input.durationSeconds ?? 43200
        if case .root = context.caller.kind { seconds = min(seconds, 3600) }
        var session = SessionRecord(
            account: context.account, principalId: context.caller.userId, seconds: seconds, context)
        session.policies = try RoleSession.policies(input.policy, input.policyArns, context)
        session.tags = tags.all
        session.stored?.federatedName = input.name
        let packedSize = try RoleSession.packedSize(session)
        try session.insert(context)
        return GetFederationTokenResponse(
            credentials: session.shape,
            federatedUser: FederatedUser(
                federatedUserId: "\(context.account):\(input.name)",
                arn: "arn:\(context.partition):sts::\(context.account):federated-user/\(input.name)"),
            packedPolicySize: packedSize)
    }

    /// Returns credentials of the same identity with fewer permissions. They expire no later than the caller's
    /// session.
    public func getScopedCredentials(
        _ input: GetScopedCredentialsRequest, _ context: Context
    ) throws -> GetScopedCredentialsResponse {
        guard context.caller.usesTemporaryCredentials,
            let calling = try SessionRecord.find(context.caller.accessKeyId, context.db)
        else {
            throw AWSError(
                "InvalidSubjectCredentials", "GetScopedCredentials can be called with temporary credentials only.")
        }
        guard input.policy != nil || input.durationSeconds != nil else {
            throw AWSError.validation("At least one of Policy or DurationSeconds must be specified.")
        }
        let left = Int(calling.expiresAt.seconds - context.now.seconds)
        guard input.durationSeconds ?? 0 <= left else {
            throw AWSError(
                "InsufficientSessionLifetime",
                "The requested DurationSeconds exceeds the remaining lifetime of the calling session.")
        }
        var session = calling.copy(seconds: input.durationSeconds ?? left, context)
        if let policy = input.policy {
            _ = try PolicyDocument.checked(policy, as: .identity, context)
            var stored = session.stored ?? StoredSessionFacts(SessionFacts(issuedAt: context.now))
            stored.scopes.append(policy)
            guard stored.scopes.count <= 3 else {
                throw AWSError.validation("A maximum of 3 scope down policy layers are allowed per session.")
            }
            session.stored = stored
        }
        try session.insert(context)
        return GetScopedCredentialsResponse(
            credentials: session.shape,
            sessionInfo: ScopedSession(scopedSessionId: context.caller.userId, arn: context.caller.arn),
            scopedPoliciesCount: session.stored?.scopes.count ?? 0, sourceIdentity: session.stored?.facts.sourceIdentity)
    }

    /// Returns credentials for a task as a member account's root user, for the organization's management account.
    /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
    public func assumeRoot(_ input: AssumeRootRequest, _ context: Context) throws -> AssumeRootResponse {
        let denied = AWSError.accessDenied(
            "User: \(context.caller.arn) is not authorized to perform: sts:AssumeRoot on resource: \(input.targetPrincipal)",
            explanation:
                "AssumeRoot is for the management account of an organisation with root sessions: 'serve --scp' describes one.")
        guard let organization = context.configuration.organization, organization.managementAccount == context.account,
            try OrganizationFeatures.enabled(context).contains("RootSessions")
        else { throw denied }
        let account =
            input.targetPrincipal.split(separator: ":").count > 1
            ? input.targetPrincipal.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first.map(String.init)
                ?? ""
            : input.targetPrincipal
        guard account != context.account, try mayAssumeRoot(of: account, input, context) else { throw denied }
        guard let arn = input.taskPolicyArn.arn, arn.contains(":aws:policy/root-task/"),
            let policy = AWSManagedPolicy.named(arn)
        else {
            throw AWSError.validation("The task policy must be one of AWS's policies under root-task/.")
        }
        guard input.durationSeconds ?? 900 <= 900 else {
            throw AWSError.validation("DurationSeconds can be 900 at most.")
        }
        var session = SessionRecord(
            account: account, principalId: account, seconds: input.durationSeconds ?? 900, context)
        session.policies = [policy.document]
        session.stored?.facts.isAssumedRoot = true
        session.stored?.facts.sourceIdentity = context.caller.session?.sourceIdentity
        try session.insert(context)
        return AssumeRootResponse(
            credentials: session.shape, sourceIdentity: context.caller.session?.sourceIdentity)
    }

    /// Whether the caller's own policies allow AssumeRoot. The member account's root user has no policy to check.
    private func mayAssumeRoot(of account: String, _ input: AssumeRootRequest, _ context: Context) throws -> Bool {
        if case .root = context.caller.kind { return true }
        var conditions = ["sts:TaskPolicyArn": [input.taskPolicyArn.arn ?? ""]]
        context.addGlobalKeys(to: &conditions)
        let own = try IAMDirectory().policies(of: context.caller, context.db)
        func named(_ source: CallerPolicies.Source) throws -> NamedPolicy {
            NamedPolicy(source.name, try PolicyDocument.checked(source.document, as: .identity))
        }
        let request = AuthorizationRequest(
            principal: .init(context.caller), action: "sts:AssumeRoot",
            resource: "arn:\(context.partition):iam::\(account):root",
            resourceAccount: context.account, now: context.now, region: context.region, context: conditions)
        let policies = PolicySet(
            identity: try own.identity.map(named), boundary: try own.boundary.map(named),
            session: try context.caller.sessionPolicies.map { try named(.init(name: "session policy", document: $0)) })
        return context.decide(request, policies).isAllowed
    }

    /// Always fails: only AWS partners' delegation requests produce trade-in tokens, and Drydock has no partners.
    public func getDelegatedAccessToken(
        _ input: GetDelegatedAccessTokenRequest, _ context: Context
    ) throws -> GetDelegatedAccessTokenResponse {
        // Assumed: AWS's error for a token that it did not issue.
        throw AWSError(
            "ExpiredTradeInTokenException",
            "The trade-in token provided in the request has expired and can no longer be exchanged for credentials.",
            explanation: "Drydock issues no trade-in tokens, because it has no partners that request delegation.")
    }
}

extension SessionRecord {
    /// Returns another session of the same principal, with new credentials.
    func copy(seconds: Int, _ context: Context) -> SessionRecord {
        var copy = SessionRecord(
            account: account, principalId: principalId, sessionName: sessionName, seconds: seconds, context)
        copy.policies = policies
        copy.tags = tags
        copy.stored = stored
        return copy
    }
}
