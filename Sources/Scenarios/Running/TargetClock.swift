import AWSClient
import AWSCore
import Drydock
import Foundation
import HTTPTypes
import SimulatorCore
import Synchronization

/// A target's clock, which signs requests and defines how waiting works.
protocol TargetClock: Sendable {
    var now: Instant { get }
    /// Returns the time to wait between two checks. `recommended` is the interval for AWS.
    func interval(_ recommended: Duration) -> Duration
    /// Waits between two checks.
    func pause(_ duration: Duration) async throws
    /// Waits for a duration that the scenario gives.
    func wait(_ duration: Duration) async throws
    /// - Throws: ``StepFailure`` if this clock cannot be moved.
    func move(_ change: ClockChange) async throws
    /// How far the run has moved the clock of a server that goes on after it.
    var shift: Duration { get }
}

extension TargetClock {
    var shift: Duration { .zero }
    func wait(_ duration: Duration) async throws { try await pause(duration) }
}

/// The clock of a simulator in this process. Waiting advances it.
struct InProcessClock: TargetClock {
    let clock: SimulatedClock

    var now: Instant { clock.now }
    func interval(_ recommended: Duration) -> Duration { recommended }
    func pause(_ duration: Duration) async throws { clock.advance(by: duration) }

    func move(_ change: ClockChange) async throws {
        switch change {
        case .advance(let duration): clock.advance(by: duration)
        case .set(let instant): clock.set(instant)
        }
    }
}

/// The machine's time, for AWS and compatible servers.
struct MachineClock: TargetClock {
    /// Whether frequent checks cost nothing, as for any target but AWS.
    let isLocal: Bool

    var now: Instant { Self.time }
    func interval(_ recommended: Duration) -> Duration { isLocal ? min(recommended, .milliseconds(250)) : recommended }
    func pause(_ duration: Duration) async throws { try await Task.sleep(for: duration) }
    func move(_ change: ClockChange) async throws { throw StepFailure("the time of this target cannot be changed") }

    static var time: Instant { Instant(seconds: Date().timeIntervalSince1970) }
}

/// The clock of a served simulator, moved through its control plane.
final class ServedClock: TargetClock {
    private struct State {
        /// How far the server's time is ahead of the machine's.
        var offset: Duration
        var isManual: Bool
    }
    private let control: ControlPlaneClient
    /// How fast the server's resources change state.
    private let transitions: Transitions
    private let state: Mutex<State>
    private let offsetAtStart: Duration

    /// - Throws: ``TargetError`` if the server does not report its time.
    init(_ control: ControlPlaneClient, health: Node) throws {
        self.control = control
        transitions = health["transitions"]?.string.flatMap(Transitions.init) ?? .aws
        let start = try Self.state(health["clock"] ?? .null)
        offsetAtStart = start.offset
        state = Mutex(start)
    }

    private static func state(_ answer: Node) throws -> State {
        guard let now = answer["now"]?.string.flatMap({ Instant(parsing: $0) }) else {
            throw TargetError("the server does not report its time")
        }
        return State(offset: now - MachineClock.time, isManual: answer["mode"]?.string == "manual")
    }

    var shift: Duration { state.withLock { $0.offset } - offsetAtStart }

    private var isManual: Bool { state.withLock { $0.isManual } }

    // A manual clock falls behind this one, but only by the length of a run; signatures may differ by minutes.
    var now: Instant { MachineClock.time + state.withLock { $0.offset } }

    func interval(_ recommended: Duration) -> Duration { isManual ? recommended : min(recommended, .milliseconds(250)) }

    func pause(_ duration: Duration) async throws {
        if isManual { try await move(.advance(duration)) } else { try await Task.sleep(for: duration) }
    }

    func wait(_ duration: Duration) async throws {
        if isManual { try await pause(duration) } else { try await Task.sleep(for: transitions.duration(duration)) }
    }

    func move(_ change: ClockChange) async throws {
        let message: Node.Field =
            switch change {
            case .advance(let duration): .init("advance", .string("\(duration.milliseconds)ms"))
            case .set(let instant): .init("set", .string(instant.iso8601(milliseconds: true)))
            }
        let answer = try await control.post("/_drydock/clock", .object([message]))
        let moved = try Self.state(answer)
        state.withLock { $0 = moved }
    }
}

/// Sends requests to a served simulator's control plane.
struct ControlPlaneClient: Sendable {
    let endpoint: Endpoint
    let transport: any HTTPTransport

    func get(_ path: String) async throws -> Node { try await send(.get, path, []) }
    func post(_ path: String, _ message: Node) async throws -> Node { try await send(.post, path, JSON.write(message)) }

    private func send(_ method: HTTPRequest.Method, _ path: String, _ body: Bytes) async throws -> Node {
        var request = HTTPRequest(method: method, scheme: endpoint.scheme, authority: endpoint.authority, path: path)
        if method == .post { request.headerFields[.contentType] = "application/json" }
        await request.signForControlPlane(body: body)
        let reply = try await transport.send(request, body: .bytes(body), timeout: .seconds(10))
        let answer = try await reply.body.collect(upTo: 1 << 20)
        guard reply.response.status.code == 200 else {
            throw TargetError(
                "\(path) answered \(reply.response.status.code): \(String(decoding: answer.prefix(200), as: UTF8.self))")
        }
        return try JSON.parse(answer)
    }
}
