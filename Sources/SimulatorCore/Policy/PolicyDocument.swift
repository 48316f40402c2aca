import AWSCore
import Synchronization

/// A policy in IAM's language, parsed and compiled for evaluation. Immutable, so callers may cache it by its text.
package final class PolicyDocument: Sendable {
    /// The kinds of policies, which differ in the elements that they require and forbid.
    package enum Kind: Sendable {
        /// Attached to a user, group or role: actions and resources, no principal; version 2012-10-17.
        case identity
        /// Attached to a resource (an ECR repository): principals and actions; a resource is optional.
        case resource
        /// A role's trust policy: principals and actions, no resource.
        case trust
        /// An organization's resource control policy: it denies the actions that it names, to every caller.
        case resourceControl
    }

    package let version: String
    package let id: String?
    package let statements: [PolicyStatement]
    /// The indexes of the statements about an action, by action. Requests evaluate most policies repeatedly, and few statements
    /// match their action.
    private let statementsByAction = Mutex<[String: [Int]]>([:])
    private static let maximumCachedActions = 128

    init(version: String, id: String?, statements: [PolicyStatement]) {
        self.version = version
        self.id = id
        self.statements = statements
    }

    /// - Throws: ``PolicySyntaxError`` with AWS's message and the position in the document.
    package convenience init(parsing text: String, as kind: Kind = .identity, partition: String? = nil) throws {
        var parser = PolicyParser(kind: kind, partition: partition)
        let parsed = try parser.document(text)
        self.init(version: parsed.version, id: parsed.id, statements: parsed.statements)
    }

    /// Returns the indexes of the statements whose `Action` or `NotAction` matches the request's action, in order.
    func statements(about request: AuthorizationRequest) -> [Int] {
        if let known = statementsByAction.withLock({ $0[request.action] }) { return known }
        let found = statements.indices.filter { statements[$0].actions.selects(request.actionBytes, request) }
        // Variables in an action depend on more than the action, so the result cannot be cached.
        guard !statements.contains(where: \.actions.hasVariables) else { return found }
        statementsByAction.withLock { known in
            if known.count >= Self.maximumCachedActions { known.removeAll(keepingCapacity: true) }
            known[request.action] = found
        }
        return found
    }

    /// Returns the same policy with unique ids in place of the principals' ARNs.
    package func bound(to ids: [String: String]) -> PolicyDocument {
        PolicyDocument(version: version, id: id, statements: statements.map { $0.bound(to: ids) })
    }

    /// The ARNs of users, roles and sessions that the statements name as principals, sorted.
    package var principalArns: [String] { Set(statements.flatMap { $0.principals?.arns ?? [] }).sorted() }
}

/// The reason why a text is not a policy.
package struct PolicySyntaxError: Error, Sendable, Equatable {
    /// The message of IAM's `MalformedPolicyDocument`.
    package let message: String
    /// Drydock's addition: the position in the document, and what was expected there.
    package let explanation: String

    package init(message: String, explanation: String) {
        self.message = message
        self.explanation = explanation
    }
}

/// One statement of a policy.
package final class PolicyStatement: Sendable {
    package enum Effect: String, Sendable { case allow = "Allow", deny = "Deny" }

    /// Patterns of which a value must match at least one or, if negated, none.
    struct Selection: Sendable {
        var isNegated = false
        var patterns: [PolicyPattern]

        var hasVariables: Bool { patterns.contains(where: \.hasVariables) }

        func selects(_ text: Bytes, _ request: AuthorizationRequest) -> Bool {
            for pattern in patterns where pattern.matches(text, request) { return !isNegated }
            return isNegated
        }
    }

    package let sid: String?
    package let effect: Effect
    let principals: PolicyPrincipals?
    let actions: Selection
    /// Nil in policies that name no resource, because they are attached to theirs.
    let resources: Selection?
    package var namesResources: Bool { resources != nil }
    let conditions: [PolicyCondition]

    init(
        sid: String?, effect: Effect, principals: PolicyPrincipals?, actions: Selection, resources: Selection?,
        conditions: [PolicyCondition]
    ) {
        self.sid = sid
        self.effect = effect
        self.principals = principals
        self.actions = actions
        self.resources = resources
        self.conditions = conditions
    }

    fileprivate func bound(to ids: [String: String]) -> PolicyStatement {
        guard var principals, !principals.arns.isDisjoint(with: ids.keys) else { return self }
        principals.arns = Set(principals.arns.map { ids[$0] ?? $0 })
        return PolicyStatement(
            sid: sid, effect: effect, principals: principals, actions: actions, resources: resources, conditions: conditions)
    }

    /// How far a request matches a statement's elements, in the order in which they are checked.
    enum Match: Sendable, Equatable {
        case otherAction
        case otherResource
        case otherPrincipal
        /// The condition of that index is not met.
        case unmetCondition(Int)
        case applies(PolicyPrincipals.Match)
    }

    func match(_ request: AuthorizationRequest) -> Match {
        guard actions.selects(request.actionBytes, request) else { return .otherAction }
        if let resources, !resources.selects(request.resourceBytes, request) { return .otherResource }
        var principal = PolicyPrincipals.Match.direct
        if let principals {
            principal = principals.match(request.principal)
            if principal == .none { return .otherPrincipal }
        }
        for (index, condition) in conditions.enumerated() where !condition.holds(for: request) {
            return .unmetCondition(index)
        }
        return .applies(principal)
    }
}
