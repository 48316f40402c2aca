import NIOCore

/// How fast a client sends and takes bytes: one that is too slow would hold memory and a descriptor for good.
struct ConnectionPace {
    struct Limits: Sendable {
        /// How long a client may say nothing while something is expected of it.
        var idle: TimeAmount
        /// How long bytes are counted before a client is called slow.
        var window: TimeAmount
        /// The fewest bytes a second, of a body that comes and of answers that are taken.
        var slowest: Int
    }

    /// What the client does at the moment.
    enum Client {
        /// Nothing is expected of it: a request is being answered, or its body's reader has enough to do.
        case waits
        case sendsBody
        /// It may send a request, and has perhaps begun to.
        case mayAsk
    }

    private let limits: Limits
    private var lastRead: NIODeadline
    /// Since when a body's bytes are counted, and how many have come.
    private var receiving: (since: NIODeadline, count: Int)
    /// Since when unsent bytes are watched, and what was handed to the channel and was unsent then; nil while there are none.
    private var sending: (since: NIODeadline, sent: Int, unsent: Int)?

    init(_ limits: Limits, at now: NIODeadline) {
        self.limits = limits
        lastRead = now
        receiving = (now, 0)
    }

    mutating func requestBegins(isWritable: Bool, at now: NIODeadline) {
        lastRead = now
        receiving = (now, 0)
        // Its answer is another one than that which was watched.
        if isWritable { sending = nil }
    }

    mutating func received(_ count: Int, at now: NIODeadline) {
        lastRead = now
        receiving.count += count
    }

    /// Nothing was read for a while, which was not the client's fault.
    mutating func readingResumes(at now: NIODeadline) {
        lastRead = now
        receiving = (now, 0)
    }

    mutating func writability(_ isWritable: Bool, sent: Int, unsent: Int, at now: NIODeadline) {
        sending = isWritable ? nil : (now, sent, unsent)
    }

    /// - Returns: when to look again; nil if the client is too slow.
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
        // A client that is silent is looked at when its time is up.
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
