import AWSCore
import OCI
import SimulatorCore
import Synchronization

/// Who speaks to the registry, to which registry, and what for.
struct RegistryCaller: Sendable {
    var caller: Caller
    var account: String
    var region: String
    var operation: RegistryOperation
}

/// A request of the registry on its way through however many transactions it takes: they share its number, and the first of them
/// asks for the caller's permissions. What is found out is kept for the journal.
final class RegistrySession: Sendable {
    let service: ECRSimulation
    let simulator: Simulator
    let peer: String
    let request: SteppedRequest
    private let state: Mutex<State>

    /// What the client calls itself, once the caller is known.
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

    /// - Parameter isTrusted: the registry asks for itself, and needs nobody's permission.
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

    /// What goes on beside the answer to a request that was admitted.
    func aside(_ lane: String) -> RegistrySession { RegistrySession(self, lane) }

    /// The caller, once it is known; the journal names it even if it may not do what it asks.
    var caller: RegistryCaller? {
        get { state.withLock { $0.caller } }
        set { state.withLock { $0.caller = newValue } }
    }
    /// A caller with another registry's token, for the journal alone.
    var stranger: RegistryCaller? {
        get { state.withLock { $0.stranger } }
        set { state.withLock { $0.stranger = newValue } }
    }
    /// What policies said; nil where none was asked.
    var decision: Decision? { state.withLock { $0.decision } }
    /// The API's exception behind the refusal; nil where the registry alone refuses.
    var refusal: AWSError? {
        get { state.withLock { $0.refusal } }
        set { state.withLock { $0.refusal = newValue } }
    }
    /// Whether the caller's permissions have been asked for.
    var wasAsked: Bool { state.withLock { $0.isAuthorized || $0.wasAsked } }

    /// One transaction. The first one begins with the caller's permissions.
    /// - Throws: ``RegistryError`` if the caller may not; whatever `body` throws.
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

    /// What the registry says of an error, which is noted.
    func refusal(_ error: any Error) -> RegistryError? {
        let account = caller?.account ?? ""
        if let exception = AWSError(registry: error, account: account) { refusal = exception }
        return RegistryError(error, account: account)
    }
}
