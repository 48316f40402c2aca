import AWSClient
import AWSCore
import Drydock
import Foundation
import HTTPTypes
import SimulatorCore
import Synchronization

/// A target's time: what requests are signed with, and what waiting means.
protocol TargetClock: Sendable {
    var now: Instant { get }
    /// How long to wait between two looks at what takes `recommended` in AWS.
    func interval(_ recommended: Duration) -> Duration
    /// Lets time pass between two looks.
    func pause(_ duration: Duration) async throws
    /// Waits as long as a scenario says that AWS takes for something.
    func wait(_ duration: Duration) async throws
    /// - Throws: ``StepFailure`` if this target's time cannot be moved.
    func move(_ change: ClockChange) async throws
}

extension TargetClock {
    func wait(_ duration: Duration) async throws { try await pause(duration) }
}

/// The clock of a simulator within this process: waiting moves it.
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

/// The machine's time, for AWS and whatever takes its place.
struct MachineClock: TargetClock {
    /// Whether looking often costs nobody anything.
    let isLocal: Bool

    var now: Instant { Self.time }
    func interval(_ recommended: Duration) -> Duration { isLocal ? min(recommended, .milliseconds(250)) : recommended }
    func pause(_ duration: Duration) async throws { try await Task.sleep(for: duration) }
    func move(_ change: ClockChange) async throws { throw StepFailure("the time of this target cannot be moved") }

    static var time: Instant { Instant(seconds: Date().timeIntervalSince1970) }
}

/// The clock of a simulator behind a port, moved through its control plane.
final class ServedClock: TargetClock {
    private struct State {
        /// How far the server's time is ahead of the machine's.
        var offset: Duration
        var isManual: Bool
    }
    private let control: ControlPlaneClient
    /// What takes a minute in AWS takes as long here.
    private let transitions: Transitions
    private let state: Mutex<State>

    /// - Throws: ``TargetError`` if the server does not tell its time.
    init(_ control: ControlPlaneClient, health: Node) throws {
        self.control = control
        transitions = health["transitions"]?.string.flatMap(Transitions.init) ?? .aws
        state = Mutex(try Self.state(health["clock"] ?? .null))
    }

    private static func state(_ answer: Node) throws -> State {
        guard let now = answer["now"]?.string.flatMap({ Instant(parsing: $0) }) else {
            throw TargetError("the server does not tell its time")
        }
        return State(offset: now - MachineClock.time, isManual: answer["mode"]?.string == "manual")
    }

    private var isManual: Bool { state.withLock { $0.isManual } }

    // A clock that stands still falls behind this one, but by no more than a run lasts; signatures allow minutes.
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

/// Asks a served simulator's control plane.
struct ControlPlaneClient: Sendable {
    let endpoint: Endpoint
    let transport: any HTTPTransport

    func get(_ path: String) async throws -> Node { try await send(.get, path, []) }
    func post(_ path: String, _ message: Node) async throws -> Node { try await send(.post, path, JSON.write(message)) }

    private func send(_ method: HTTPRequest.Method, _ path: String, _ body: Bytes) async throws -> Node {
        var request = HTTPRequest(method: method, scheme: endpoint.scheme, authority: endpoint.authority, path: path)
        if method == .post { request.headerFields[.contentType] = "application/json" }
        await request.proveToControlPlane(body: body)
        let reply = try await transport.send(request, body: .bytes(body), timeout: .seconds(10))
        let answer = try await reply.body.collect(upTo: 1 << 20)
        guard reply.response.status.code == 200 else {
            throw TargetError(
                "\(path) answered \(reply.response.status.code): \(String(decoding: answer.prefix(200), as: UTF8.self))")
        }
        return try JSON.parse(answer)
    }
}
