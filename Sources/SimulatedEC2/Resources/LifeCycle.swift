import AWSCore
import EC2API
import SimulatorCore

/// The states that a resource goes through, and how long each takes, typically, in AWS.
///
/// A state is written down when its time has come: ``Due`` calls back, whoever asks next. So what the database holds is what the
/// API shows.
struct LifeCycle<S: Shape>: Sendable {
    /// From one state to the next by time alone.
    struct Step: Sendable {
        let after: Duration
        /// Whether the duration is the clock's, whatever the profile of transitions.
        let isFixed: Bool
        /// The next state; nil forgets the resource.
        let next: @Sendable (inout S, Context) throws -> String?
        /// When the state ends, for one whose end follows from the shape and from when it began.
        let end: (@Sendable (S, Instant, Context) -> Instant?)?

        init(after: Duration, isFixed: Bool, next: @escaping @Sendable (inout S, Context) throws -> String?) {
            self.after = after
            self.isFixed = isFixed
            self.next = next
            end = nil
        }

        /// A state that ends when a member says.
        init(
            until end: any KeyPath<S, Instant?> & Sendable, next: @escaping @Sendable (inout S, Context) throws -> String?
        ) {
            after = .zero
            isFixed = true
            self.next = next
            self.end = { shape, _, _ in shape[keyPath: end] }
        }

        /// A state of which the kind says when it ends: nil for never.
        init(
            when end: @escaping @Sendable (S, Instant, Context) -> Instant?,
            next: @escaping @Sendable (inout S, Context) throws -> String?
        ) {
            after = .zero
            isFixed = true
            self.next = next
            self.end = end
        }
    }

    /// Shows a state in the shape.
    let show: @Sendable (inout S, String) -> Void
    /// The state in which it is made.
    let initial: String
    /// The state that deleting puts it into; nil deletes it at once.
    let deleting: String?
    let steps: [String: Step]
    /// The states in which it holds nothing any more and needs nobody: its relations are gone.
    let gone: Set<String>

    /// Made and deleted at once, without a state.
    static var simple: LifeCycle { LifeCycle(show: { _, _ in }, initial: "", deleting: nil, steps: [:], gone: []) }

    /// One that becomes `then` a while after it was made as `first`, and is still shown for a while after it was deleted.
    ///
    /// - Parameters:
    ///   - path: the member that shows the state.
    ///   - arriving: called when it becomes `then`; may choose another state.
    ///   - leaving: called when it is gone: gives back what it held.
    static func settling<State: StringEnumeration>(
        _ path: any WritableKeyPath<S, State?> & Sendable, _ first: String, after wait: Duration, _ then: String,
        arriving: @escaping @Sendable (inout S, Context) throws -> String? = { _, _ in nil },
        deleting: String, for deletion: Duration, _ deleted: String, shownFor memory: Duration,
        leaving: @escaping @Sendable (inout S, Context) throws -> Void = { _, _ in }
    ) -> LifeCycle {
        LifeCycle(
            show: { $0[keyPath: path] = State(rawValue: $1) }, initial: first, deleting: deleting,
            steps: [
                first: Step(after: wait, isFixed: false) { try arriving(&$0, $1) ?? then },
                "failed": Step(after: memory, isFixed: true) { _, _ in nil },
                deleting: Step(after: deletion, isFixed: false) {
                    try leaving(&$0, $1)
                    return deleted
                },
                deleted: Step(after: memory, isFixed: true) { _, _ in nil },
            ], gone: [deleted, "failed"])
    }

    /// The same with a state in which something of the resource changes, while it is shown as it was.
    ///
    /// - Parameters:
    ///   - phase: what the state is called here.
    ///   - state: what the API shows, and what it comes back to.
    ///   - finish: brings the change about.
    func changing(
        _ phase: String, shownAs state: String, for wait: Duration,
        finish: @escaping @Sendable (inout S, Context) throws -> Void
    ) -> LifeCycle {
        var steps = steps
        steps[phase] = Step(after: wait, isFixed: false) {
            try finish(&$0, $1)
            return state
        }
        let show = show
        return LifeCycle(
            show: { show(&$0, $1 == phase ? state : $1) }, initial: initial, deleting: deleting, steps: steps, gone: gone)
    }

    /// When the state after `phase` is due, for one that is in it since `since`.
    func due(_ phase: String, of shape: S? = nil, since: Instant, _ context: Context) -> Instant? {
        guard let step = steps[phase] else { return nil }
        if let end = step.end { return shape.flatMap { end($0, since, context) } }
        return since + (step.isFixed ? step.after : context.transitions.duration(step.after))
    }
}

extension Resource {
    func settle(_ due: [Due], _ context: Context) throws {
        // What is due at the same time comes in the order in which it was made.
        let inOrder = try due.compactMap { due in try find(due.id, context).map { (due, $0.number) } }
            .sorted { ($0.0.at, $0.1) < ($1.0.at, $1.1) }
        for (due, _) in inOrder {
            guard var stored = try find(due.id, context), let step = life.steps[stored.phase] else { continue }
            guard let next = try step.next(&stored.shape, context) else {
                try forget(due.id, context)
                continue
            }
            try move(&stored, to: next, at: due.at, context)
        }
    }

    /// Puts a resource into a state, and writes it down as it is now.
    func move(_ stored: inout Stored<S>, to phase: String, at time: Instant, _ context: Context) throws {
        stored.phase = phase
        life.show(&stored.shape, phase)
        try write(stored, context)
        if let next = life.due(phase, of: stored.shape, since: time, context) {
            try Due.set(kind.type, identity(stored.shape), at: next, context)
        }
    }
}
