import AWSCore
import GRDB

extension Simulator {
    /// Asks for every permission that a request needs. Root needs none in its own account.
    func authorize(_ operation: String, _ input: any Shape, _ service: any SimulatedService, _ context: Context) throws {
        if case .root = context.caller.kind, !service.reachesOtherAccounts(input, context), EndpointUse.current == nil {
            return
        }
        if service.authorizesItself.contains(operation) { return }
        for target in try service.authorizationTargets(operation, input, context) {
            try context.authorize(target, service)
        }
    }
}

extension Context {
    /// Throws AWS's refusal unless the caller may do what the target says: explicit deny first, then allow.
    ///
    /// Handlers need it only for what the request itself doesn't tell; doors (the registry) for all they do.
    public func authorize(_ target: AuthorizationTarget, _ service: any SimulatedService) throws {
        let isOwn = target.account.map { $0 == caller.account } ?? true
        let resourcePolicies = try service.resourcePolicies(for: target, self)
        if case .root = caller.kind, isOwn, resourcePolicies.isEmpty, EndpointUse.current == nil { return }
        let request = AuthorizationRequest(target, self)
        let policies = try policies(for: target, resourcePolicies)
        let decision = policies.evaluate(request)
        self.decision = decision
        if decision.isAllowed { return }
        throw AWSError.denied(decision, request, policies, service.model.wire, configuration)
    }

    /// Everything that has a say in whether the caller may: parsed, or taken from the simulator's cache.
    func policies(for target: AuthorizationTarget, _ resourcePolicies: [CallerPolicies.Source]) throws -> PolicySet {
        let cache = simulator.policyCache
        func named(_ source: CallerPolicies.Source, _ kind: PolicyDocument.Kind) throws -> NamedPolicy {
            NamedPolicy(source.name, try cache.document(source.document, as: kind))
        }
        let own = try reading(ReadKey(CallerPolicies.self, self, caller.arn)) {
            try simulator.directory?.policies(of: caller, db) ?? CallerPolicies()
        }
        var policies = PolicySet(
            identity: try own.identity.map { try named($0, .identity) },
            resource: try resourcePolicies.map { try named($0, .resource) },
            boundary: try own.boundary.map { try named($0, .identity) },
            session: try caller.sessionPolicies.map {
                try named(.init(name: "session policy of \(caller.arn)", document: $0), .identity)
            },
            needsResourcePolicy: target.needsResourcePolicy)
        if let endpoint = EndpointUse.current, let policy = endpoint.policy {
            policies.endpoint = [
                try named(.init(name: "policy of VPC endpoint \(endpoint.id)", document: policy), .resource)
            ]
        }
        return policies
    }
}

extension AuthorizationRequest {
    package init(_ target: AuthorizationTarget, _ context: Context) {
        var conditions = target.conditions
        conditions["aws:SourceIp"] = [context.sourceAddress]
        if let endpoint = EndpointUse.current { conditions.merge(endpoint.conditions) { $1 } }
        // The doors stand for AWS's HTTPS endpoints, whatever carries the bytes here.
        conditions["aws:SecureTransport"] = ["true"]
        conditions["aws:ViaAWSService"] = ["false"]
        if context.caller.usesTemporaryCredentials { conditions["aws:MultiFactorAuthPresent"] = ["false"] }
        self.init(
            principal: Principal(context.caller), action: target.action, resource: target.resource, now: context.now,
            region: context.region, context: conditions)
    }
}

extension AuthorizationRequest.Principal {
    init(_ caller: Caller) {
        switch caller.kind {
        case .anonymous: self = .anonymous
        case .root: self.init(kind: .root, arn: caller.arn, account: caller.account, userId: caller.userId)
        case .user(let name):
            self.init(
                kind: .user, arn: caller.arn, account: caller.account, userId: caller.userId, userName: name,
                tags: caller.principalTags)
        case .assumedRole:
            self.init(
                kind: .assumedRole, arn: caller.arn, account: caller.account, userId: caller.userId, roleARN: caller.roleArn,
                tags: caller.principalTags)
        }
    }
}

extension AWSError {
    /// The refusal of a request that policies don't allow, in each wire protocol's own words.
    static func denied(
        _ decision: Decision, _ request: AuthorizationRequest, _ policies: PolicySet, _ wire: WireProtocol,
        _ configuration: Configuration
    ) -> AWSError {
        let explanation = decision.explanation(request, policies)
        switch wire {
        case .ec2Query:
            let reason = decision.denial(request, namesAnyResource: false)
            // Where no resource is named (Describe…), AWS encodes nothing.
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
