import NIOCore
import Testing

@testable import HTTPServing

/// A connection's behavior, event by event on a manual clock.
@Suite struct ConnectionStates {
    private static let limits = ConnectionPace.Limits(idle: .seconds(120), window: .seconds(60), slowest: 1024)

    private func time(_ seconds: Int) -> NIODeadline { .uptimeNanoseconds(1) + .seconds(Int64(seconds)) }

    private func fresh() -> ConnectionState { ConnectionState(Self.limits, at: time(0)) }

    private func asking(_ body: ConnectionState.Reading = .whole, isKept: Bool = true, at seconds: Int = 0) -> ConnectionState {
        var state = fresh()
        #expect(state.begin(body, isKept: isKept, at: time(seconds)) == true)
        return state
    }

    /// A complete request that is being answered.
    private func working(isKept: Bool = true, at seconds: Int = 0) -> ConnectionState {
        var state = asking(isKept: isKept, at: seconds)
        #expect(state.requestEnded(at: time(seconds)) == .answer)
        #expect(state.turn() == .now)
        return state
    }

    // MARK: Turns

    @Test func pipelinedRequestWaitsForNextLoopTurn() {
        var state = working()
        #expect(state.answered(atOnce: true) == .staysOpen)
        #expect(state.begin(.whole, isKept: true, at: time(0)) == true)
        #expect(state.requestEnded(at: time(0)) == .answer)
        #expect(state.turn() == .waitsForTurn)
        #expect(state.turnCame() == true)
        #expect(state.requestPhase == .working)
        #expect(state.answered(atOnce: true) == .staysOpen)
        state.turnEnded()
        #expect(state.begin(.whole, isKept: true, at: time(0)) == true)
        #expect(state.requestEnded(at: time(0)) == .answer)
        #expect(state.turn() == .now)
    }

    @Test(arguments: [ConnectionState.Reading.whole, .pieces(isFull: false)])
    func requestWaitsUntilClientReadsResponse(_ body: ConnectionState.Reading) {
        var state = working()
        #expect(state.writability(false, sent: 5_000_000, unsent: 4_000_000, at: time(0)) == false)
        #expect(state.answered(atOnce: false) == .staysOpen)
        #expect(state.begin(body, isKept: true, at: time(0)) == true)
        #expect(state.turn() == .waitsForClient)
        #expect(state.turnCame() == false)
        #expect(state.writability(true, sent: 5_000_000, unsent: 0, at: time(1)) == true)
        #expect(state.turnCame() == true)
    }

    @Test func turnAfterCloseIsIgnored() {
        var state = working()
        _ = state.answered(atOnce: true)
        _ = state.begin(.whole, isKept: true, at: time(0))
        _ = state.requestEnded(at: time(0))
        #expect(state.turn() == .waitsForTurn)
        state.closed()
        #expect(state.turnCame() == false)
    }

    // MARK: Ends

    @Test(arguments: [(true, ConnectionState.Ending.staysOpen), (false, .closes)])
    func connectionClosesUnlessKeptAlive(_ isKept: Bool, _ ending: ConnectionState.Ending) {
        var state = working(isKept: isKept)
        #expect(state.answered(atOnce: true) == ending)
        #expect(state.begin(.whole, isKept: true, at: time(0)) == isKept)
    }

    @Test func halfClosedConnectionClosesAfterResponse() {
        var state = working()
        #expect(state.inputClosed() == false)
        #expect(state.answered(atOnce: false) == .closes)
        var idle = fresh()
        #expect(idle.inputClosed() == true)
    }

    @Test func earlyResponseDiscardsRestOfBody() {
        var state = asking(.pieces(isFull: false), isKept: false)
        #expect(state.turn() == .now)
        #expect(state.answered(atOnce: false) == .staysOpen)
        #expect(state.reading == .discarding)
        #expect(state.requestEnded(at: time(1)) == .close)
    }

    @Test func parserErrorGetsOneBadRequestResponse() {
        var state = fresh()
        #expect(state.broke(isParserError: true) == .answerBadRequest)
        #expect(state.broke(isParserError: true) == .nothing)
        #expect(state.answered(atOnce: true) == .closesSlowly)
        var lost = fresh()
        #expect(lost.broke(isParserError: false) == .close)
        var streaming = asking(.pieces(isFull: false))
        #expect(streaming.turn() == .now)
        #expect(streaming.broke(isParserError: true) == .failPieces)
        #expect(streaming.answered(atOnce: false) == .closesSlowly)
    }

    // MARK: Reading

    @Test func readsPauseWhileBodyBufferIsFull() {
        var state = asking(.pieces(isFull: false))
        #expect(state.mayRead() == true)
        state.piecesAreFull(true, at: time(0))
        #expect(state.mayRead() == false)
        state.piecesAreFull(false, at: time(1))
        #expect(state.releaseRead() == true)
        #expect(state.releaseRead() == false)
    }

    // MARK: Pace

    /// Checks the connection's pace at each time that the state asks for.
    /// - Returns: the second at which the connection is closed; nil if it is still open at `end`.
    private func closing(_ state: inout ConnectionState, by end: Int, sent: Int = 0, unsent: Int = 0) -> Int? {
        var now = time(0)
        while now <= time(end) {
            guard let next = state.look(sent: sent, unsent: unsent, at: now) else {
                return Int((now - time(0)).nanoseconds / 1_000_000_000)
            }
            #expect(next > now)
            now = next
        }
        return nil
    }

    @Test func idleConnectionTimesOut() {
        var state = fresh()
        #expect(closing(&state, by: 600) == 120)
        var asked = working()
        _ = asked.answered(atOnce: true)
        #expect(closing(&asked, by: 600) == 120)
    }

    @Test func longRunningResponseDoesNotTimeOut() {
        var state = working()
        #expect(closing(&state, by: 3600) == nil)
    }

    @Test func stalledReaderTimesOut() {
        var state = working()
        _ = state.writability(false, sent: 5_000_000, unsent: 4_000_000, at: time(0))
        _ = state.answered(atOnce: true)
        #expect(closing(&state, by: 600, sent: 5_000_000, unsent: 4_000_000) == 60)
    }

    /// Less data than makes a channel unwritable.
    @Test func stalledReaderOfSmallResponseTimesOut() {
        var state = working()
        #expect(closing(&state, by: 600, sent: 1000, unsent: 900) == 60)
    }

    @Test func readerAboveMinimumPaceStaysConnected() {
        var state = working()
        _ = state.writability(false, sent: 5_000_000, unsent: 4_000_000, at: time(0))
        for minute in 1...50 {
            #expect(state.look(sent: 5_000_000, unsent: 4_000_000 - minute * 70_000, at: time(minute * 60)) != nil)
        }
        #expect(state.look(sent: 5_000_000, unsent: 4_000_000 - 50 * 70_000 - 1000, at: time(51 * 60)) == nil)
    }

    /// The first response's unsent bytes are gone at the second check, and the next response has just begun.
    @Test func paceIsMeasuredPerResponse() {
        var state = working()
        _ = state.answered(atOnce: true)
        #expect(state.look(sent: 100, unsent: 100, at: time(0)) != nil)
        _ = state.begin(.whole, isKept: true, at: time(60))
        _ = state.requestEnded(at: time(60))
        #expect(state.look(sent: 1000, unsent: 900, at: time(60)) != nil)
    }

    @Test(arguments: [(10, 60), (900, 60), (1100, nil)]) func bodyBelowMinimumPaceTimesOut(_ rate: Int, _ end: Int?) {
        for body in [ConnectionState.Reading.whole, .pieces(isFull: false), .discarding] {
            var state = asking(body)
            var closed: Int?
            for second in 1...300 where closed == nil {
                state.bodyCame(rate, at: time(second))
                if state.look(sent: 0, unsent: 0, at: time(second)) == nil { closed = second }
            }
            #expect(closed == end, "\(body)")
        }
    }

    /// The client is not blamed for the server's delay.
    @Test func unreadBodyDoesNotCountAgainstClient() {
        var state = asking(.pieces(isFull: false))
        #expect(state.turn() == .now)
        state.bodyCame(500, at: time(1))
        state.piecesAreFull(true, at: time(1))
        for minute in 1...60 { #expect(state.look(sent: 0, unsent: 0, at: time(minute * 60)) != nil) }
        state.piecesAreFull(false, at: time(3600))
        #expect(state.look(sent: 0, unsent: 0, at: time(3630)) != nil)
        #expect(state.look(sent: 0, unsent: 0, at: time(3660)) == nil)
    }
}
