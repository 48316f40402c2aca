import AWSCore
import OCI
import SimulatorCore
import Synchronization

/// The caller of a registry operation, and the registry it addresses.
struct RegistryCaller: Sendable {
    var caller: Caller
    var account: String
    var region: String
    var operation: RegistryOperation
}

/// A registry request, which may need several transactions. They share the request's number, and the first one checks the
/// caller's permissions. The session keeps the results for the journal.
final class RegistrySession: Sendable {
    let service: ECRSimulation
    let simulator: Simulator
    let peer: String
    let request: SteppedRequest
    private let state: Mutex<State>

    /// The client's user agent, set once the caller is known.
    var userAgent: String? {
        get { state.withLock { $0.userAgent } }
        set { state.withLock { $0.userAgent = newValue } }
    }

    private struct State {
        var userAgent: String?
        var caller, stranger: RegistryCaller?
        var isAuthorized = false
        var wasAsked = false
        var decision: Decision?
        var refusal: AWSError?
    }

    /// - Parameter isTrusted: whether the registry acts for itself and skips the permission check.
    init(_ service: ECRSimulation, _ simulator: Simulator, from peer: String, isTrusted: Bool = false) {
        self.service = service
        self.simulator = simulator
        self.peer = peer
        request = simulator.beginRequest()
        state = Mutex(State(isAuthorized: isTrusted))
    }

    private init(_ session: RegistrySession, _ lane: String) {
        service = session.service
        simulator = session.simulator
        peer = session.peer
        request = session.request.aside(lane)
        state = Mutex(State(caller: session.caller, isAuthorized: true))
    }

    /// Returns a session for background work that follows from an authorized request.
    func aside(_ lane: String) -> RegistrySession { RegistrySession(self, lane) }

    /// The authenticated caller; the journal records rejected callers too.
    var caller: RegistryCaller? {
        get { state.withLock { $0.caller } }
        set { state.withLock { $0.caller = newValue } }
    }
    /// A caller with another registry's token. Only the journal uses it.
    var stranger: RegistryCaller? {
        get { state.withLock { $0.stranger } }
        set { state.withLock { $0.stranger = newValue } }
    }
    /// The policies' decision; nil if none was evaluated.
    var decision: Decision? { state.withLock { $0.decision } }
    /// The API exception behind the error; nil if only the registry reports it.
    var refusal: AWSError? {
        get { state.withLock { $0.refusal } }
        set { state.withLock { $0.refusal = newValue } }
    }
    /// Whether the caller's permissions have been checked.
    var wasAsked: Bool { state.withLock { $0.isAuthorized || $0.wasAsked } }

    /// Runs one transaction. The first one starts by checking the caller's permissions.
    /// - Throws: ``RegistryError`` if the caller is not allowed; any error of `body`.
    func perform<T>(
        _ operation: String? = nil, for caller: RegistryCaller, _ body: (Context) throws -> T
    ) throws -> T {
        try simulator.perform(
            "ecr", operation ?? caller.operation.actions.last ?? "", as: caller.caller, account: caller.account,
            region: caller.region, from: peer, userAgent: userAgent, of: request
        ) { context in
            if !state.withLock({ $0.isAuthorized }) { try authorize(caller, context) }
            return try body(context)
        }
    }

    private func authorize(_ caller: RegistryCaller, _ context: Context) throws {
        let name = caller.operation.repository?.description ?? "*"
        defer {
            state.withLock { state in
                state.wasAsked = true
                state.decision = context.decision
            }
        }
        do {
            for action in caller.operation.actions {
                try context.authorize(try service.target("ecr:\(action)", name, context), service)
            }
        } catch let error as AWSError where error.code == "AccessDeniedException" {
            refusal = error
            var denied = RegistryError.denied(error.message)
            denied.explanation = error.explanation
            throw denied
        }
        state.withLock { $0.isAuthorized = true }
    }

    /// Returns the registry's form of an error, and records it for the journal.
    func refusal(_ error: any Error) -> RegistryError? {
        let account = caller?.account ?? ""
        if let exception = AWSError(registry: error, account: account) { refusal = exception }
        return RegistryError(error, account: account)
    }
}
