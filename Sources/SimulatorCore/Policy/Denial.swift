import AWSCore

extension Decision {
    /// Returns AWS's sentence for a denied request. For the resource `*`, EC2 leaves out the resource; other services name it.
    ///
    /// - Parameter namesAnyResource: whether to write "on resource: *".
    package func denial(_ request: AuthorizationRequest, namesAnyResource: Bool = true) -> String {
        let resource = request.resource == "*" && !namesAnyResource ? "" : " on resource: \(request.resource)"
        let start = "User: \(request.principal.arn) is not authorized to perform: \(request.action)\(resource)"
        switch self {
        case .explicitDeny(let statement):
            let article = statement.layer == .identity ? "an" : "a"
            return "\(start) with an explicit deny in \(article) \(statement.layer.rawValue)"
        case .implicitDeny(let layer):
            return "\(start) because no \(layer.rawValue) allows the \(request.action) action"
        case .allowed, .allowedAsRoot: return start
        }
    }

    /// Returns what AWS does not say: the statement that decided, or the closest statement and why it does not apply.
    package func explanation(_ request: AuthorizationRequest, _ policies: PolicySet) -> String {
        switch self {
        case .allowedAsRoot: return "The root user of account \(request.principal.account) may do everything in it."
        case .allowed(let statement): return "Allowed by \(statement.description)."
        case .explicitDeny(let statement):
            return "Denied by \(statement.description). An explicit deny outweighs every allow."
        case .implicitDeny(let layer):
            let looked = policies.of(layer)
            guard !looked.isEmpty else { return "There is no \(layer.rawValue) that could allow it." }
            return policies.nearestMiss(request, in: looked)
                ?? "No statement of the \(looked.map(\.name).joined(separator: ", the ")) allows \(request.action)."
        }
    }
}

extension PolicySet {
    fileprivate func of(_ layer: PolicyLayer) -> [NamedPolicy] {
        switch layer {
        case .identity: identity
        case .resource: resource
        case .boundary: boundary.map { [$0] } ?? []
        case .endpoint: endpoint
        case .session: session + scopes
        case .control: controls.flatMap { $0 }
        case .resourceControl: resourceControls
        }
    }

    /// Returns the allowing statement that fits the request best, and why it does not apply.
    fileprivate func nearestMiss(_ request: AuthorizationRequest, in policies: [NamedPolicy]) -> String? {
        var best: (rank: Int, text: String)?
        for policy in policies {
            for (index, statement) in policy.document.statements.enumerated() where statement.effect == .allow {
                let place = DecidingStatement(layer: .identity, policy: policy.name, index: index, sid: statement.sid)
                    .description
                let miss = statement.miss(request)
                guard let miss, miss.rank > (best?.rank ?? 0) else { continue }
                best = (miss.rank, "The nearest is \(place): \(miss.reason).")
            }
        }
        return best?.text
    }
}

extension PolicyStatement {
    /// Returns why a statement about the action does not apply. A higher rank is closer to a match.
    fileprivate func miss(_ request: AuthorizationRequest) -> (rank: Int, reason: String)? {
        switch match(request) {
        case .otherAction: return nil
        case .otherResource:
            let patterns = (resources?.patterns ?? []).map(\.text).joined(separator: ", ")
            return (
                1,
                "it allows \(request.action) \(resources?.isNegated == true ? "except on" : "only on") \(patterns)"
                    + "; the request is about \(request.resource)"
            )
        case .otherPrincipal: return (2, "it has this action, but for other principals")
        case .unmetCondition:
            let unmet = conditions.filter { !$0.holds(for: request) }
            let reasons = unmet.map(\.description).joined(separator: " and ")
            let values = unmet.map { condition in
                request.values(of: condition.key).map { "has \($0.joined(separator: ", "))" } ?? "has no \(condition.keyName)"
            }
            let scope = (resources?.patterns ?? []).map(\.text).joined(separator: ", ")
            let place = resources == nil || resources?.isNegated == true ? "" : " on \(scope)"
            return (
                unmet.count == 1 ? 4 : 3,
                "it allows \(request.action)\(place) if \(reasons); the request \(values.joined(separator: " and "))"
            )
        case .applies(.account): return (5, "it trusts the caller's account, where an identity-based policy must allow as well")
        case .applies: return nil
        }
    }
}
