import AWSCore
import EC2API
import SimulatorCore

/// The states of a resource, and the typical time that AWS takes for each.
///
/// A state is stored when it is due: ``Due`` runs the step at the next request. So the database holds what the API shows.
struct LifeCycle<S: Shape>: Sendable {
    /// The automatic change from a state to the next one.
    struct Step: Sendable {
        let after: Duration
        /// Whether the duration is the same in all transition profiles.
        let isFixed: Bool
        /// Returns the next state; nil deletes the resource.
        let next: @Sendable (inout S, Context) throws -> String?
        /// Returns when the state ends, if that depends on the shape and on when it began.
        let end: (@Sendable (S, Instant, Context) -> Instant?)?

        init(after: Duration, isFixed: Bool, next: @escaping @Sendable (inout S, Context) throws -> String?) {
            self.after = after
            self.isFixed = isFixed
            self.next = next
            end = nil
        }

        /// A state that ends at the time in a member.
        init(
            until end: any KeyPath<S, Instant?> & Sendable, next: @escaping @Sendable (inout S, Context) throws -> String?
        ) {
            after = .zero
            isFixed = true
            self.next = next
            self.end = { shape, _, _ in shape[keyPath: end] }
        }

        /// A state whose kind computes its end: nil means never.
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

    /// Sets the state in the shape.
    let show: @Sendable (inout S, String) -> Void
    /// The state after creation.
    let initial: String
    /// The state after a deletion starts; nil deletes at once.
    let deleting: String?
    let steps: [String: Step]
    /// The states in which the resource has no relations and needs no other resource.
    let gone: Set<String>

    /// A life cycle without states: creation and deletion are immediate.
    static var simple: LifeCycle { LifeCycle(show: { _, _ in }, initial: "", deleting: nil, steps: [:], gone: []) }

    /// A life cycle in which `first` becomes `then` after a while. A deleted resource is still shown for a while.
    ///
    /// - Parameters:
    ///   - path: the member that shows the state.
    ///   - arriving: called when it becomes `then`; may return another state.
    ///   - leaving: called when it is deleted; releases its resources.
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

    /// Adds a state in which the resource changes, while the API shows its earlier state.
    ///
    /// - Parameters:
    ///   - phase: the internal name of the state.
    ///   - state: the state that the API shows, and to which the resource returns.
    ///   - finish: completes the change.
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

    /// Returns when the state after `phase` is due for a resource that is in `phase` since `since`.
    func due(_ phase: String, of shape: S? = nil, since: Instant, _ context: Context) -> Instant? {
        guard let step = steps[phase] else { return nil }
        if let end = step.end { return shape.flatMap { end($0, since, context) } }
        return since + (step.isFixed ? step.after : context.transitions.duration(step.after))
    }
}

extension Resource {
    func settle(_ due: [Due], _ context: Context) throws {
        // Resources due at the same time are handled in order of creation.
        let inOrder = try due.compactMap { due in try find(due.id, context).map { (due, $0.number) } }
            .sorted { ($0.0.at, $0.1) < ($1.0.at, $1.1) }
        for (due, _) in inOrder {
            guard var stored = try find(due.id, context), let step = life.steps[stored.phase] else { continue }
            guard let next = try step.next(&stored.shape, context) else {
                try forget(due.id, context)
                continue
            }
            try enter(next, &stored, at: due.at, context)
        }
    }

    /// Moves a resource to a state and stores it. What was due in its earlier state no longer happens.
    func move(_ stored: inout Stored<S>, to phase: String, at time: Instant, _ context: Context) throws {
        try Due.clear(kind.type, identity(stored.shape), context)
        try enter(phase, &stored, at: time, context)
    }

    private func enter(_ phase: String, _ stored: inout Stored<S>, at time: Instant, _ context: Context) throws {
        stored.phase = phase
        life.show(&stored.shape, phase)
        try write(stored, context)
        if let next = life.due(phase, of: stored.shape, since: time, context) {
            try Due.set(kind.type, identity(stored.shape), at: next, context)
        }
    }
}
