import AWSCore
import GRDB

extension Simulator {
    /// Checks every permission that a request needs. Root needs none in its own account.
    func authorize(_ operation: String, _ input: any Shape, _ service: any SimulatedService, _ context: Context) throws {
        if case .root = context.caller.kind, context.caller.isUnlimited, configuration.organization == nil,
            !service.reachesOtherAccounts(input, context), EndpointUse.current == nil
        {
            return
        }
        if service.authorizesItself.contains(operation) { return }
        for target in try service.authorizationTargets(operation, input, context) {
            try context.authorize(target, service)
        }
    }
}

extension Simulator {
    /// Whether the policy of the request's VPC endpoint, if any, allows a presigned URL that AWS itself made.
    package func endpointAdmits(_ action: String, _ resource: String, region: String) throws -> Bool {
        guard let endpoint = EndpointUse.current else { return true }
        let request = AuthorizationRequest(
            principal: .service("ecr.amazonaws.com"), action: action, resource: resource, now: clock.now, region: region,
            context: endpoint.conditions)
        var policies = PolicySet()
        policies.endpoint = try policyCache.policies(of: endpoint)
        return policies.passesEndpoint(request)
    }
}

extension PolicyCache {
    fileprivate func policies(of endpoint: EndpointUse) throws -> [NamedPolicy] {
        guard let policy = endpoint.policy else { return [] }
        return [NamedPolicy("policy of VPC endpoint \(endpoint.id)", try document(policy, as: .resource))]
    }
}

/// A permission that a request needed.
public struct AskedPermission: Sendable, Hashable {
    public let action, resource: String
}

extension Context {
    /// Throws AWS's denial unless the policies allow the target: an explicit deny wins over an allow.
    ///
    /// Handlers call it only for permissions that the request alone does not show; doors (the registry) call it for everything.
    public func authorize(_ target: AuthorizationTarget, _ service: any SimulatedService) throws {
        let isOwn = target.account.map { $0 == caller.account } ?? true
        let resourcePolicies = try service.resourcePolicies(for: target, self)
        let controls = configuration.organization
        if case .root = caller.kind, isOwn, resourcePolicies.isEmpty, controls == nil, caller.isUnlimited,
            EndpointUse.current == nil
        {
            return
        }
        noteAsked(AskedPermission(action: target.action, resource: target.resource))
        let request = AuthorizationRequest(target, self)
        let policies = try policies(for: target, resourcePolicies)
        let decision = policies.evaluate(request)
        self.decision = decision
        if decision.isAllowed { return }
        throw AWSError.denied(decision, request, policies, service.model.wire, configuration)
    }

    /// Returns all policies that apply to the target, parsed or from the simulator's cache.
    func policies(for target: AuthorizationTarget, _ resourcePolicies: [CallerPolicies.Source]) throws -> PolicySet {
        let cache = simulator.policyCache
        func named(_ source: CallerPolicies.Source, _ kind: PolicyDocument.Kind) throws -> NamedPolicy {
            let document = try cache.document(source.document, as: kind)
            return NamedPolicy(
                source.name, source.principalIds.isEmpty ? document : document.bound(to: source.principalIds))
        }
        let own = try reading(ReadKey(OwnPolicies.self, self, caller.arn)) {
            let sources = try simulator.directory?.policies(of: caller, db) ?? CallerPolicies()
            return OwnPolicies(
                identity: try sources.identity.map { try named($0, .identity) },
                boundary: try sources.boundary.map { try named($0, .identity) })
        }
        let organization = configuration.organization
        var policies = PolicySet(
            identity: own.identity,
            resource: try resourcePolicies.map { try named($0, .resource) },
            boundary: own.boundary,
            session: try caller.sessionPolicies.map {
                try named(.init(name: "session policy of \(caller.arn)", document: $0), .identity)
            },
            controls: try organization?.serviceControls(of: caller).map { try $0.map { try named($0, .identity) } } ?? [],
            resourceControls: try organization?.resourceControls(on: target).map { try named($0, .resourceControl) } ?? [],
            needsResourcePolicy: target.needsResourcePolicy)
        if let endpoint = EndpointUse.current { policies.endpoint = try cache.policies(of: endpoint) }
        policies.scopes = try caller.scopes.map {
            try named(.init(name: "scoping policy of \(caller.arn)", document: $0), .identity)
        }
        return policies
    }
}

/// The policies of a user or role, parsed.
private struct OwnPolicies: Sendable {
    let identity: [NamedPolicy]
    let boundary: NamedPolicy?
}

extension AuthorizationRequest {
    package init(_ target: AuthorizationTarget, _ context: Context) {
        var conditions = target.conditions
        context.addGlobalKeys(to: &conditions)
        self.init(
            principal: Principal(context.caller), action: target.action, resource: target.resource, now: context.now,
            region: context.service == "iam" ? "us-east-1" : context.region, context: conditions)
    }
}

extension Context {
    /// Adds the global condition keys that AWS documents as present in every request, or in every session's requests.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    package func addGlobalKeys(to conditions: inout [String: [String]]) {
        if let endpoint = EndpointUse.current {
            conditions.merge(endpoint.conditions) { $1 }
        } else {
            conditions["aws:SourceIp"] = [sourceAddress]
        }
        // Requests count as HTTPS whatever carries the bytes, because AWS's endpoints use HTTPS.
        conditions["aws:SecureTransport"] = ["true"]
        conditions["aws:ViaAWSService"] = ["false"]
        if let userAgent { conditions["aws:UserAgent"] = [userAgent] }
        if let referer { conditions["aws:referer"] = [referer] }
        if let organization = configuration.organization {
            conditions["aws:PrincipalOrgID"] = [organization.id]
            conditions["aws:ResourceOrgID"] = [organization.id]
            conditions["aws:PrincipalOrgPaths"] = [organization.path]
            conditions["aws:ResourceOrgPaths"] = [organization.path]
        }
        guard caller.usesTemporaryCredentials else { return }
        guard let session = caller.session else {
            conditions["aws:MultiFactorAuthPresent"] = ["false"]
            return
        }
        conditions["aws:TokenIssueTime"] = [session.issuedAt.iso8601(milliseconds: false)]
        conditions["aws:MultiFactorAuthPresent"] = [session.mfaAt == nil ? "false" : "true"]
        if let at = session.mfaAt { conditions["aws:MultiFactorAuthAge"] = [String(max(0, now.seconds - at.seconds))] }
        if let identity = session.sourceIdentity { conditions["aws:SourceIdentity"] = [identity] }
        if let provider = session.provider { conditions["aws:FederatedProvider"] = [provider] }
        if session.isAssumedRoot { conditions["aws:AssumedRoot"] = ["true"] }
        conditions.merge(session.conditions) { given, _ in given }
    }
}

extension AuthorizationRequest.Principal {
    package init(_ caller: Caller) {
        switch caller.kind {
        case .anonymous: self = .anonymous
        case .root: self.init(kind: .root, arn: caller.arn, account: caller.account, userId: caller.userId)
        case .user(let name):
            self.init(
                kind: .user, arn: caller.arn, account: caller.account, userId: caller.userId, userName: name,
                tags: caller.principalTags)
        case .federatedUser:
            self.init(
                kind: .federatedUser, arn: caller.arn, account: caller.account, userId: caller.userId, roleARN: caller.roleArn,
                provider: caller.session?.provider, tags: caller.principalTags)
        case .assumedRole:
            self.init(
                kind: .assumedRole, arn: caller.arn, account: caller.account, userId: caller.userId, roleARN: caller.roleArn,
                provider: caller.session?.provider, tags: caller.principalTags)
        }
    }
}

extension AWSError {
    /// The error for a request that policies deny, in the words of each wire protocol.
    static func denied(
        _ decision: Decision, _ request: AuthorizationRequest, _ policies: PolicySet, _ wire: WireProtocol,
        _ configuration: Configuration
    ) -> AWSError {
        let explanation = decision.explanation(request, policies)
        switch wire {
        case .ec2Query:
            let reason = decision.denial(request, namesAnyResource: false)
            // If the request names no resource (Describe…), AWS sends no encoded message.
            let encoded =
                request.resource == "*"
                ? "" : ". Encoded authorization failure message: \(EncodedDecision.encode(decision, request, configuration))"
            return AWSError(
                "UnauthorizedOperation", status: 403, "You are not authorized to perform this operation. \(reason)\(encoded)",
                explanation: explanation)
        case .awsQuery: return AWSError("AccessDenied", status: 403, decision.denial(request), explanation: explanation)
        case .awsJson1_1: return AWSError("AccessDeniedException", decision.denial(request), explanation: explanation)
        }
    }
}

extension Context {
    /// Evaluates a request that is not the caller's own (a token's bearer, a service) and notes the decision for the journal.
    package func decide(_ request: AuthorizationRequest, _ policies: PolicySet) -> Decision {
        let decision = policies.evaluate(request)
        self.decision = decision
        return decision
    }
}
