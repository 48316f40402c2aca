import NIOCore
import Synchronization

/// The connections of one event loop with a request that waits for its turn.
///
/// A task that an event loop is given runs before the loop looks at its sockets again, and so do the tasks that it gives the
/// loop in turn: a connection with a thousand requests in hand would keep all others waiting. So that the loop comes to its
/// sockets between two answers, the next turn is a moment in the future, and there is never more than one.
final class Turns {
    private static let pause = TimeAmount.microseconds(100)

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<() -> Bool>()
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameter body: uses the turn; returns whether it had a use for it.
    func ask(_ body: @escaping () -> Bool) {
        waiting.append(body)
        schedule()
    }

    private func schedule() {
        guard !isScheduled, !waiting.isEmpty else { return }
        isScheduled = true
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.pause) { this.value.give() }
    }

    private func give() {
        isScheduled = false
        // One that has no use for its turn leaves it to the next.
        while let next = waiting.popFirst() { if next() { break } }
        schedule()
    }
}

/// The turns of a server's event loops.
final class TurnTable: Sendable {
    private let turns = Mutex<[ObjectIdentifier: NIOLoopBound<Turns>]>([:])

    /// The turns of the event loop whose thread this is.
    func turns(of eventLoop: any EventLoop) -> Turns {
        let bound = turns.withLock { turns in
            let key = ObjectIdentifier(eventLoop)
            if let found = turns[key] { return found }
            let made = NIOLoopBound(Turns(eventLoop), eventLoop: eventLoop)
            turns[key] = made
            return made
        }
        return bound.value
    }
}
