/// A policy with its name in decisions.
package struct NamedPolicy: Sendable {
    /// `inline policy 'WorkerPolicy' of user 'Worker'`, `managed policy arn:…`. It completes "a statement of the …".
    package let name: String
    package let document: PolicyDocument

    package init(_ name: String, _ document: PolicyDocument) {
        self.name = name
        self.document = document
    }
}

/// All policies that apply to one request.
package struct PolicySet: Sendable {
    /// Policies of the user, its groups, or the role: inline and managed.
    package var identity: [NamedPolicy] = []
    /// Policies of the resource: a repository's policy, a role's trust policy.
    package var resource: [NamedPolicy] = []
    /// The most that the principal's identity-based policies can grant; nil if there is none.
    package var boundary: NamedPolicy?
    /// Policies passed when the session was made; empty if none.
    package var session: [NamedPolicy] = []
    /// The policy of the request's VPC endpoint; empty without one.
    package var endpoint: [NamedPolicy] = []
    /// The policies that scoped the session down, in order: each must allow.
    package var scopes: [NamedPolicy] = []
    /// The organization's service control policies, level by level: each level must allow.
    package var controls: [[NamedPolicy]] = []
    /// The organization's resource control policies, which only deny.
    package var resourceControls: [NamedPolicy] = []
    /// True if the resource's policy must allow the action even in its own account, as in role trust.
    package var needsResourcePolicy = false

    package init(
        identity: [NamedPolicy] = [], resource: [NamedPolicy] = [], boundary: NamedPolicy? = nil,
        session: [NamedPolicy] = [], controls: [[NamedPolicy]] = [], resourceControls: [NamedPolicy] = [],
        needsResourcePolicy: Bool = false
    ) {
        self.identity = identity
        self.resource = resource
        self.boundary = boundary
        self.session = session
        self.controls = controls
        self.resourceControls = resourceControls
        self.needsResourcePolicy = needsResourcePolicy
    }
}

/// The kinds of policies, with the names in AWS's denials.
package enum PolicyLayer: String, Sendable {
    case identity = "identity-based policy"
    case resource = "resource-based policy"
    case boundary = "permissions boundary"
    case session = "session policy"
    case endpoint = "VPC endpoint policy"
    case control = "service control policy"
    case resourceControl = "resource control policy"
}

/// The statement that decided, and its policy.
package struct DecidingStatement: Sendable {
    package let layer: PolicyLayer
    package let policy: String
    /// Counted from 0.
    package let index: Int
    package let sid: String?

    /// `statement 'DenyDelete' of the inline policy 'P' of user 'Worker'`
    package var description: String {
        let statement = sid.flatMap { $0.isEmpty ? nil : "statement '\($0)'" } ?? "statement \(index + 1)"
        return "\(statement) of the \(policy)"
    }
}

/// The result of evaluating policies, with the reason.
package enum Decision: Sendable {
    case allowed(by: DecidingStatement)
    /// The account's root user needs no policy in its own account.
    case allowedAsRoot
    case explicitDeny(DecidingStatement)
    /// No statement denies, but a policy of this kind would have to allow, and none does.
    case implicitDeny(PolicyLayer)

    package var isAllowed: Bool {
        switch self {
        case .allowed, .allowedAsRoot: true
        case .explicitDeny, .implicitDeny: false
        }
    }
}

extension PolicySet {
    /// Evaluates a request as AWS does.
    ///
    /// An explicit deny in any policy wins. Each level of service control policies must allow. In the resource's own account, an
    /// identity-based or a resource-based policy must allow; across accounts, both must. Boundaries and session policies limit
    /// what identity-based policies allow. An endpoint's policy limits everything.
    ///
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    package func evaluate(_ request: AuthorizationRequest) -> Decision {
        var allowing = Allowing()
        if let denial = scan(identity, .identity, request, &allowing.identity)
            ?? scan(session, .session, request, &allowing.session)
            ?? scan(boundary.map { [$0] } ?? [], .boundary, request, &allowing.boundary)
            ?? scan(resource, .resource, request, &allowing.resource)
            ?? scan(endpoint, .endpoint, request, &allowing.endpoint) ?? scanResourceControls(request)
        {
            return .explicitDeny(denial)
        }
        for scope in scopes {
            var allow: Allow?
            if let denial = scan([scope], .session, request, &allow) { return .explicitDeny(denial) }
            if allow == nil { return .implicitDeny(.session) }
        }
        if principalIsControlled(request) {
            var missing = false
            for level in controls {
                var allow: Allow?
                if let denial = scan(level, .control, request, &allow) { return .explicitDeny(denial) }
                missing = missing || allow == nil
            }
            if missing { return .implicitDeny(.control) }
        }
        let decision = decide(request, allowing)
        guard decision.isAllowed, !endpoint.isEmpty, allowing.endpoint == nil else { return decision }
        return .implicitDeny(.endpoint)
    }

    /// Whether the endpoint's policy allows a request that needs no other policy, such as a presigned URL.
    package func passesEndpoint(_ request: AuthorizationRequest) -> Bool {
        var allow: Allow?
        return scan(endpoint, .endpoint, request, &allow) == nil && (endpoint.isEmpty || allow != nil)
    }

    private func decide(_ request: AuthorizationRequest, _ allowing: Allowing) -> Decision {
        switch request.principal.kind {
        case .anonymous, .service, .webIdentity:
            return allowing.resource.map { .allowed(by: $0.statement) } ?? .implicitDeny(.resource)
        case .root, .user, .assumedRole, .federatedUser:
            return request.isCrossAccount ? acrossAccounts(request, allowing) : withinAccount(request, allowing)
        }
    }

    /// Service control policies do not apply to services and to callers outside the organization.
    private func principalIsControlled(_ request: AuthorizationRequest) -> Bool {
        !controls.isEmpty && ![.service, .anonymous, .webIdentity].contains(request.principal.kind)
    }

    private func scanResourceControls(_ request: AuthorizationRequest) -> DecidingStatement? {
        guard !resourceControls.isEmpty else { return nil }
        var allow: Allow?
        return scan(resourceControls, .resourceControl, request, &allow)
    }

    private struct Allow {
        var statement: DecidingStatement
        var match: PolicyPrincipals.Match
    }

    /// The best allowing statement of each layer.
    private struct Allowing {
        var identity: Allow?
        var resource: Allow?
        var boundary: Allow?
        var session: Allow?
        var endpoint: Allow?
    }

    /// Returns the first statement that denies. Sets `allow` to the most direct statement that allows.
    private func scan(
        _ policies: [NamedPolicy], _ layer: PolicyLayer, _ request: AuthorizationRequest, _ allow: inout Allow?
    ) -> DecidingStatement? {
        for policy in policies {
            for index in policy.document.statements(about: request) {
                let statement = policy.document.statements[index]
                if statement.effect == .allow, let allow, allow.match == .direct { continue }
                guard case .applies(let match) = statement.match(request) else { continue }
                let deciding = DecidingStatement(layer: layer, policy: policy.name, index: index, sid: statement.sid)
                if statement.effect == .deny { return deciding }
                if allow.map({ $0.match < match }) ?? true { allow = Allow(statement: deciding, match: match) }
            }
        }
        return nil
    }

    private func withinAccount(_ request: AuthorizationRequest, _ allowing: Allowing) -> Decision {
        if needsResourcePolicy, allowing.resource == nil { return .implicitDeny(.resource) }
        if request.principal.kind == .root {
            // A session of AssumeRoot may do what its task policy allows.
            if !session.isEmpty, allowing.session == nil { return .implicitDeny(.session) }
            return allowing.resource.map { .allowed(by: $0.statement) } ?? .allowedAsRoot
        }
        let isFederated = request.principal.kind == .federatedUser
        if let grant = allowing.resource {
            if grant.match == .direct { return .allowed(by: grant.statement) }
            if grant.match == .role { return limited(grant.statement, allowing, isFederated: isFederated) }
        }
        return allowing.identity.map { limited($0.statement, allowing, isFederated: isFederated) } ?? .implicitDeny(.identity)
    }

    private func acrossAccounts(_ request: AuthorizationRequest, _ allowing: Allowing) -> Decision {
        if request.principal.kind != .root {
            guard let grant = allowing.identity else { return .implicitDeny(.identity) }
            let decision = limited(
                grant.statement, allowing, isFederated: request.principal.kind == .federatedUser)
            guard decision.isAllowed else { return decision }
        }
        return allowing.resource.map { .allowed(by: $0.statement) } ?? .implicitDeny(.resource)
    }

    /// Applies boundary and session policies to a grant.
    private func limited(_ grant: DecidingStatement, _ allowing: Allowing, isFederated: Bool) -> Decision {
        if boundary != nil, allowing.boundary == nil { return .implicitDeny(.boundary) }
        // A federated user may do only what both the user's and the session's policies allow.
        if !session.isEmpty || isFederated, allowing.session == nil { return .implicitDeny(.session) }
        return .allowed(by: grant)
    }
}
