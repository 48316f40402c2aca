import NIOCore

/// What one connection is doing, without its socket, its timers and its bytes: what of a request has come, who is answering
/// it, and how fast both sides are. Every event is a method that returns what is to be done.
struct ConnectionState {
    /// What the bytes that come are for.
    enum Reading: Equatable {
        /// The next request's head.
        case head
        /// A body that is put together before it is answered.
        case whole
        /// A body that somebody reads while it comes. When that reader has enough to do, nothing more is read.
        case pieces(isFull: Bool)
        /// The rest of a body whose request is answered already, or whose reader doesn't want it.
        case discarding
    }

    enum Answering: Equatable {
        case nothing
        /// A request is being read that must be whole first.
        case receiving
        /// A request that could be answered waits: earlier answers have not been taken yet, or it is others' turn.
        case held
        case working
    }

    /// What becomes of a request that can be answered.
    enum Turn { case now, waitsForTurn, waitsForClient }

    /// What becomes of the connection after an answer.
    enum Ending { case staysOpen, closes, closesSlowly }

    /// What becomes of a request that ended.
    enum RequestEnd { case answer, endPieces, close, nothing }

    /// What becomes of a connection over which something came that is not HTTP.
    enum Breakage { case nothing, failPieces, answerBadRequest, close }

    private(set) var reading = Reading.head
    private(set) var answering = Answering.nothing
    /// Whether the connection stays for another request after this one.
    private(set) var isKept = true
    private var isInputClosed = false
    private(set) var isBroken = false
    /// Whether the last answer has been written: what comes behind its request is not looked at.
    private(set) var isOver = false
    private var hasAnsweredInTurn = false
    private var isWritable = true
    /// A read that waits until a body's reader asks for more.
    private var isReadHeld = false
    private var pace: ConnectionPace

    init(_ limits: ConnectionPace.Limits, at now: NIODeadline) { pace = ConnectionPace(limits, at: now) }

    // MARK: A request comes

    /// A request's head came.
    /// - Returns: whether it is looked at.
    mutating func begin(_ body: Reading, isKept: Bool, at now: NIODeadline) -> Bool {
        if isOver { return false }
        reading = body
        answering = .receiving
        self.isKept = isKept
        pace.requestBegins(isWritable: isWritable, at: now)
        return true
    }

    /// A request that is refused by its head alone is the connection's last.
    mutating func refuse() {
        reading = .discarding
        answering = .working
        isKept = false
    }

    mutating func bodyCame(_ count: Int, at now: NIODeadline) { pace.received(count, at: now) }

    mutating func requestEnded(at now: NIODeadline) -> RequestEnd {
        pace.received(0, at: now)
        defer { reading = .head }
        switch reading {
        case .whole: return .answer
        case .pieces: return .endPieces
        // It was answered before all of it had come.
        case .discarding: return answering == .nothing && isLast ? .close : .nothing
        case .head: return .nothing
        }
    }

    // MARK: Its turn

    /// A request can be answered. One is, in each turn of the loop that others wait for, if the client takes its answers.
    mutating func turn() -> Turn {
        if !isWritable || hasAnsweredInTurn {
            answering = .held
            return isWritable ? .waitsForTurn : .waitsForClient
        }
        answering = .working
        return .now
    }

    /// The held request's turn came.
    /// - Returns: whether it is answered now; otherwise the client must take earlier answers first.
    mutating func turnCame() -> Bool {
        hasAnsweredInTurn = false
        guard answering == .held, isWritable else { return false }
        answering = .working
        return true
    }

    /// The loop turns to others.
    mutating func turnEnded() { hasAnsweredInTurn = false }

    /// Whether the client takes what is written changed.
    /// - Returns: whether a held request waits for its turn from here on.
    mutating func writability(_ isWritable: Bool, sent: Int, unsent: Int, at now: NIODeadline) -> Bool {
        self.isWritable = isWritable
        pace.writability(isWritable, sent: sent, unsent: unsent, at: now)
        return isWritable && answering == .held
    }

    // MARK: Its answer

    /// An answer's end is written. The pipeline lets the next request through at once.
    mutating func answered(atOnce: Bool) -> Ending {
        answering = .nothing
        if atOnce { hasAnsweredInTurn = true }
        switch reading {
        case .head where isLast:
            isOver = true
            return isBroken ? .closesSlowly : .closes
        case .pieces: reading = .discarding
        case .head, .whole, .discarding: break
        }
        return .staysOpen
    }

    /// Whether the connection ends with the request that is over.
    private var isLast: Bool { isInputClosed || !isKept }

    // MARK: A body's reader

    /// The reader of a body has enough to do.
    mutating func piecesAreFull(_ isFull: Bool, at now: NIODeadline) {
        guard case .pieces(let wasFull) = reading, wasFull != isFull else { return }
        reading = .pieces(isFull: isFull)
        if !isFull { pace.readingResumes(at: now) }
    }

    /// The reader of a body wants nothing more of it.
    mutating func piecesAreUnwanted(at now: NIODeadline) {
        guard case .pieces = reading else { return }
        reading = .discarding
        pace.readingResumes(at: now)
    }

    /// The pipeline wants to read.
    /// - Returns: whether it may.
    mutating func mayRead() -> Bool {
        isReadHeld = reading == .pieces(isFull: true)
        return !isReadHeld
    }

    /// - Returns: whether a read waited, which may be done now.
    mutating func releaseRead() -> Bool {
        defer { isReadHeld = false }
        return isReadHeld
    }

    // MARK: Ends

    /// The client sends nothing more.
    /// - Returns: whether the connection is closed.
    mutating func inputClosed() -> Bool {
        isInputClosed = true
        return answering == .nothing
    }

    /// Something came that is not HTTP; nothing behind it can be read.
    mutating func broke(isParserError: Bool) -> Breakage {
        // The codec complains of everything that comes behind what it could not read.
        if isBroken { return .nothing }
        let broken = reading
        reading = .head
        isKept = false
        isBroken = true
        switch (broken, answering) {
        // Its reader learns of it, and answers.
        case (.pieces, _): return .failPieces
        // The answer is on its way, and the end comes with it.
        case (.discarding, .working), (.discarding, .held): return .nothing
        case (_, .nothing), (_, .receiving):
            guard isParserError else { return .close }
            answering = .working
            return .answerBadRequest
        default: return .close
        }
    }

    /// The connection is gone.
    mutating func closed() {
        reading = .discarding
        isOver = true
        if answering == .held { answering = .nothing }
    }

    /// Looks whether the client is too slow.
    /// - Parameters:
    ///   - sent: the bytes of all bodies that were handed to the channel.
    ///   - unsent: the bytes that the channel still has.
    /// - Returns: when to look again; nil if the connection is to be closed.
    mutating func look(sent: Int, unsent: Int, at now: NIODeadline) -> NIODeadline? {
        let client: ConnectionPace.Client
        switch reading {
        case .pieces(isFull: true): client = .waits
        case .whole, .pieces, .discarding: client = .sendsBody
        case .head: client = answering == .nothing ? .mayAsk : .waits
        }
        return pace.look(client, sent: sent, unsent: unsent, at: now)
    }
}
