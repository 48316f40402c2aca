import AWSCore
import Synchronization

extension Simulator {
    /// Asks for every permission that a request needs. Root needs none in its own account.
    func authorize(_ operation: String, _ input: any Shape, _ service: any SimulatedService, _ context: Context) throws {
        if case .root = context.caller.kind { return }
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
        let resourcePolicies = try service.resourcePolicies(for: target, self)
        if case .root = caller.kind, resourcePolicies.isEmpty { return }
        let decision = try simulator.decide(target, resourcePolicies, self)
        if !decision.isAllowed { throw AWSError.denied(decision, service.model.wire) }
    }
}
