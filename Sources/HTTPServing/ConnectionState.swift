import NIOCore

/// The state of one connection, without its socket, timers and bytes. It includes which part of a request has arrived, whether
/// the request is being answered, and how fast both sides are. Each event is a method that returns what to do next.
struct ConnectionState {
    /// The purpose of the bytes that arrive next.
    enum Reading: Equatable {
        /// The next request's head.
        case head
        /// A body that is collected before the request is answered.
        case whole
        /// A body that is read while it arrives. While its reader is full, the connection does not read.
        case pieces(isFull: Bool)
        /// The rest of a body that is not needed: its request is already answered, or its reader has stopped.
        case discarding
    }

    enum RequestPhase: Equatable {
        case nothing
        /// A request is arriving that must be complete before it is answered.
        case receiving
        /// A complete request waits, until the client receives earlier responses or for its turn.
        case held
        case working
    }

    /// What to do with a request that is ready to be answered.
    enum Turn { case now, waitsForTurn, waitsForClient }

    /// What to do with the connection after a response.
    enum Ending { case staysOpen, closes, closesSlowly }

    /// What to do when a request has arrived completely.
    enum RequestEnd { case answer, endPieces, close, nothing }

    /// What to do with a connection after bytes that are not HTTP.
    enum MalformedInputAction { case nothing, failPieces, answerBadRequest, close }

    private(set) var reading = Reading.head
    private(set) var requestPhase = RequestPhase.nothing
    /// Whether the connection stays open for another request.
    private(set) var isKept = true
    private var isInputClosed = false
    private(set) var isBroken = false
    /// Whether the last response has been written; later requests are ignored.
    private(set) var isOver = false
    private var hasAnsweredInTurn = false
    private var isWritable = true
    /// Whether a read waits until the body's reader asks for more.
    private var isReadHeld = false
    private var pace: ConnectionPace

    init(_ limits: ConnectionPace.Limits, at now: NIODeadline) { pace = ConnectionPace(limits, at: now) }

    // MARK: Requests

    /// Handles a request's head.
    /// - Returns: whether to process the request.
    mutating func begin(_ body: Reading, isKept: Bool, at now: NIODeadline) -> Bool {
        if isOver { return false }
        reading = body
        requestPhase = .receiving
        self.isKept = isKept
        pace.requestBegins(isWritable: isWritable, at: now)
        return true
    }

    /// Rejects a request by its head alone. It is the connection's last request.
    mutating func refuse() {
        reading = .discarding
        requestPhase = .working
        isKept = false
    }

    mutating func bodyCame(_ count: Int, at now: NIODeadline) { pace.received(count, at: now) }

    mutating func requestEnded(at now: NIODeadline) -> RequestEnd {
        pace.received(0, at: now)
        defer { reading = .head }
        switch reading {
        case .whole: return .answer
        case .pieces: return .endPieces
        // The response was written before the whole request arrived.
        case .discarding: return requestPhase == .nothing && isLast ? .close : .nothing
        case .head: return .nothing
        }
    }

    // MARK: Turns

    /// Decides whether to answer a request now. Each turn of the event loop answers one request per connection, and only if the
    /// client receives its responses.
    mutating func turn() -> Turn {
        if !isWritable || hasAnsweredInTurn {
            requestPhase = .held
            return isWritable ? .waitsForTurn : .waitsForClient
        }
        requestPhase = .working
        return .now
    }

    /// Starts the turn of the held request.
    /// - Returns: whether to answer it now; if not, the client must first receive earlier responses.
    mutating func turnCame() -> Bool {
        hasAnsweredInTurn = false
        guard requestPhase == .held, isWritable else { return false }
        requestPhase = .working
        return true
    }

    /// Ends the connection's turn in the event loop.
    mutating func turnEnded() { hasAnsweredInTurn = false }

    /// Records whether the channel can take more output.
    /// - Returns: whether a held request now waits for its turn.
    mutating func writability(_ isWritable: Bool, sent: Int, unsent: Int, at now: NIODeadline) -> Bool {
        self.isWritable = isWritable
        pace.writability(isWritable, sent: sent, unsent: unsent, at: now)
        return isWritable && requestPhase == .held
    }

    // MARK: Responses

    /// Handles the end of a response. The pipeline then delivers the next request at once.
    mutating func answered(atOnce: Bool) -> Ending {
        requestPhase = .nothing
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

    /// Whether the connection ends after the current request.
    private var isLast: Bool { isInputClosed || !isKept }

    // MARK: Body readers

    /// Records whether the reader of a body is full.
    mutating func piecesAreFull(_ isFull: Bool, at now: NIODeadline) {
        guard case .pieces(let wasFull) = reading, wasFull != isFull else { return }
        reading = .pieces(isFull: isFull)
        if !isFull { pace.readingResumes(at: now) }
    }

    /// Records that the reader of a body needs no more of it.
    mutating func piecesAreUnwanted(at now: NIODeadline) {
        guard case .pieces = reading else { return }
        reading = .discarding
        pace.readingResumes(at: now)
    }

    /// Decides on the pipeline's request to read.
    /// - Returns: whether to read now.
    mutating func mayRead() -> Bool {
        isReadHeld = reading == .pieces(isFull: true)
        return !isReadHeld
    }

    /// - Returns: whether a read was waiting and can now be made.
    mutating func releaseRead() -> Bool {
        defer { isReadHeld = false }
        return isReadHeld
    }

    // MARK: Connection end

    /// Records that the client sends nothing more.
    /// - Returns: whether to close the connection.
    mutating func inputClosed() -> Bool {
        isInputClosed = true
        return requestPhase == .nothing
    }

    /// Handles bytes that are not HTTP. Nothing after them can be parsed.
    mutating func broke(isParserError: Bool) -> MalformedInputAction {
        // The codec reports everything after the first error again.
        if isBroken { return .nothing }
        let broken = reading
        reading = .head
        isKept = false
        isBroken = true
        switch (broken, requestPhase) {
        // The body's reader gets the error, and a response follows.
        case (.pieces, _): return .failPieces
        // A response is already in progress, and the connection closes after it.
        case (.discarding, .working), (.discarding, .held): return .nothing
        case (_, .nothing), (_, .receiving):
            guard isParserError else { return .close }
            requestPhase = .working
            return .answerBadRequest
        default: return .close
        }
    }

    /// Records that the connection is closed.
    mutating func closed() {
        reading = .discarding
        isOver = true
        if requestPhase == .held { requestPhase = .nothing }
    }

    /// Checks whether the client is too slow.
    /// - Parameters:
    ///   - sent: the body bytes handed to the channel so far.
    ///   - unsent: the bytes still in the channel.
    /// - Returns: when to check again; nil to close the connection.
    mutating func look(sent: Int, unsent: Int, at now: NIODeadline) -> NIODeadline? {
        let client: ConnectionPace.Client
        switch reading {
        case .pieces(isFull: true): client = .waits
        case .whole, .pieces, .discarding: client = .sendsBody
        case .head: client = requestPhase == .nothing ? .mayAsk : .waits
        }
        return pace.look(client, sent: sent, unsent: unsent, at: now)
    }
}
