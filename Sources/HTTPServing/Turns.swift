import NIOCore
import Synchronization

/// The connections of one event loop that have a request waiting for its turn.
///
/// An event loop runs submitted tasks, and tasks that those submit, before it polls its sockets again. So one connection with a
/// thousand pipelined requests would block all others. To let the loop poll its sockets between two responses, each turn is
/// scheduled a moment ahead, and only one is scheduled at a time.
final class Turns {
    private static let pause = TimeAmount.microseconds(100)

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<() -> Bool>()
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameter body: takes the turn; returns false if it did not need it.
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
        // If one does not need its turn, the next one gets it.
        while let next = waiting.popFirst() { if next() { break } }
        schedule()
    }
}

/// The turns of all event loops of a server.
final class TurnTable: Sendable {
    private let turns = Mutex<[ObjectIdentifier: NIOLoopBound<Turns>]>([:])

    /// Returns the turns of the current event loop.
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
