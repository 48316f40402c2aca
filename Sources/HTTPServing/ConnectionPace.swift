import NIOCore

/// Measures how fast a client sends and receives. A slow client would occupy memory and a descriptor forever.
struct ConnectionPace {
    struct Limits: Sendable {
        /// How long a client may be silent while the server expects something from it.
        var idle: TimeAmount
        /// How long bytes are counted before a client counts as slow.
        var window: TimeAmount
        /// The minimum rate in bytes per second, for request bodies and for responses.
        var slowest: Int
    }

    /// What the client may do now.
    enum Client {
        /// Nothing is expected from it: a request is being answered, or the body's reader is busy.
        case waits
        case sendsBody
        /// It may send a request, and may have started one.
        case mayAsk
    }

    private let limits: Limits
    private var lastRead: NIODeadline
    /// Since when a body's bytes are counted, and how many have arrived.
    private var receiving: (since: NIODeadline, count: Int)
    /// Since when unsent bytes are watched, and the sent and unsent bytes at that time; nil if nothing is unsent.
    private var sending: (since: NIODeadline, sent: Int, unsent: Int)?

    init(_ limits: Limits, at now: NIODeadline) {
        self.limits = limits
        lastRead = now
        receiving = (now, 0)
    }

    mutating func requestBegins(isWritable: Bool, at now: NIODeadline) {
        lastRead = now
        receiving = (now, 0)
        // The response to this request is not the one that was watched.
        if isWritable { sending = nil }
    }

    mutating func received(_ count: Int, at now: NIODeadline) {
        lastRead = now
        receiving.count += count
    }

    /// Resumes reading after a pause that the client did not cause.
    mutating func readingResumes(at now: NIODeadline) {
        lastRead = now
        receiving = (now, 0)
    }

    mutating func writability(_ isWritable: Bool, sent: Int, unsent: Int, at now: NIODeadline) {
        sending = isWritable ? nil : (now, sent, unsent)
    }

    /// - Returns: when to check again; nil if the client is too slow.
    mutating func look(_ client: Client, sent: Int, unsent: Int, at now: NIODeadline) -> NIODeadline? {
        if isSlowTaker(sent: sent, unsent: unsent, at: now) { return nil }
        switch client {
        case .waits: break
        case .mayAsk: if unsent == 0, now - lastRead >= limits.idle { return nil }
        case .sendsBody:
            if now - lastRead >= limits.idle { return nil }
            let time = now - receiving.since
            if time >= limits.window {
                if isSlow(receiving.count, in: time) { return nil }
                receiving = (now, 0)
            }
        }
        let next = now + min(limits.idle, limits.window)
        // A silent client is checked again when its time limit ends.
        let silent = lastRead + limits.idle
        return client != .waits && silent > now ? min(next, silent) : next
    }

    private mutating func isSlowTaker(sent: Int, unsent: Int, at now: NIODeadline) -> Bool {
        guard unsent > 0 else {
            sending = nil
            return false
        }
        guard let watched = sending else {
            sending = (now, sent, unsent)
            return false
        }
        let time = now - watched.since
        guard time >= limits.window else { return false }
        if isSlow(sent - watched.sent - (unsent - watched.unsent), in: time) { return true }
        sending = (now, sent, unsent)
        return false
    }

    private func isSlow(_ count: Int, in time: TimeAmount) -> Bool {
        Double(count) < Double(limits.slowest) * Double(time.nanoseconds) / 1_000_000_000
    }
}
