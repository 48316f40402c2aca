import AWSCore
import Drydock
import HTTPTypes
import SimulatedIAM
import SimulatorCore

/// The API under `/_drydock/` that controls a running simulator. It also serves the health and reset paths of moto's server and
/// LocalStack, so that a test harness only needs another URL.
struct ControlPlane: Sendable {
    let simulator: Simulator
    let options: Server.Options
    let copies: ServedCopies

    func answers(_ request: HTTPRequest) -> Bool {
        let path = request.pathOnly
        guard path.utf8.count > 1 else { return false }
        if path == "/_drydock/hub" || path.hasPrefix("/_drydock/hub/") { return false }  // Docker Hub's own door answers that
        return WireFailure.isOfControl(path)
    }

    /// Whether a request only reads the server's health, which probes do without a token.
    func isHealth(_ request: HTTPRequest) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        return ["/_drydock/health", "/moto-api/", "/_localstack/health"].contains(String(request.pathOnly))
    }

    func respond(to request: HTTPRequest, body: HTTPBody) async -> HTTPReply {
        do {
            let bytes = try await body.collect(upTo: 1 << 20)
            switch (request.method, String(request.pathOnly)) {
            // Test harnesses use HEAD too. Nobody parses moto's page; only its status counts.
            case (.get, "/_drydock/health"), (.head, "/_drydock/health"), (.get, "/moto-api/"), (.head, "/moto-api/"):
                return Self.json(health)
            case (.get, "/_localstack/info"): return Self.json(localStackInfo)
            case (.get, "/_localstack/health"), (.head, "/_localstack/health"): return Self.json(localStackHealth)
            case (.post, "/_drydock/reset"), (.post, "/moto-api/reset"), (.post, "/_localstack/state/reset"):
                try reset(bytes)
                return Self.json(.object([.init("status", .string("ok"))]))
            case (.get, "/_drydock/clock"): return Self.json(clock)
            case (.get, "/_drydock/guests"): return Self.json(simulator.guests?.description ?? .list([]))
            case (.post, "/_drydock/guests"):
                guard let guests = simulator.guests else {
                    return Self.failure(409, "This server runs no guests. Start it with 'drydock serve --guests'.")
                }
                try guests.declare(try JSON.parse(bytes))
                return Self.json(.object([.init("status", .string("ok"))]))
            case (.post, "/_drydock/clock"):
                try moveClock(bytes)
                return Self.json(clock)
            case (.get, "/_drydock/seed"): return Self.json(seed)
            case (.post, "/_drydock/seed"):
                try setSeed(bytes)
                return Self.json(seed)
            case (.get, "/_drydock/snapshots"): return Self.json(snapshots)
            case (.post, "/_drydock/snapshot"): return Self.json(try takeSnapshot(bytes))
            case (.post, "/_drydock/restore"): return Self.json(try restore(bytes))
            case (.get, "/_drydock/forks"): return Self.json(forks)
            case (.post, "/_drydock/fork"): return Self.json(try await fork(bytes))
            case (.delete, let path) where path.hasPrefix("/_drydock/snapshots/"):
                let name = path.dropFirst("/_drydock/snapshots/".count)
                return copies.forget(String(name)) ? Self.json(snapshots) : Self.failure(404, "There is no snapshot '\(name)'.")
            case (.delete, let path) where path.hasPrefix("/_drydock/forks/"):
                let name = path.dropFirst("/_drydock/forks/".count)
                return await copies.stop(String(name)) ? Self.json(forks) : Self.failure(404, "There is no fork '\(name)'.")
            case (.get, "/_drydock/oidc/.well-known/openid-configuration"): return Self.json(discovery(request))
            case (.get, "/_drydock/oidc/jwks"): return Self.json(try TokenIssuer(simulator).keySet())
            case (.post, "/_drydock/oidc/token"): return Self.json(try token(bytes))
            case (.get, "/_drydock/why"): return try why(request)
            case (.get, "/_drydock/permissions"): return Self.json(leastPolicy(request))
            case (.get, "/_drydock/journal"): return Self.json(try await journal(request))
            case (.get, "/_drydock/faults"): return Self.json(faults)
            case (.post, "/_drydock/faults"):
                try setFaults(bytes)
                return Self.json(faults)
            case (.delete, "/_drydock/faults"):
                simulator.faults.set(nil)
                return Self.json(faults)
            default: return Self.failure(404, "There is no \(request.method) \(request.pathOnly) here.")
            }
        } catch let error as ControlError {
            return Self.failure(400, error.description)
        } catch {
            return Self.failure(400, "\(error)")
        }
    }

    private var health: Node {
        let configuration = simulator.configuration
        return .object([
            .init("status", .string("ok")), .init("version", .string(Release.description)),
            .init("account", .string(configuration.account)),
            .init("region", .string(configuration.region)), .init("clock", clock),
            .init("transitions", .string(configuration.transitions.rawValue)), .init("strict", .bool(configuration.isStrict)),
            .init("guests", .bool(configuration.usesLoopbackAddresses)),
            .init("services", .list(simulator.services.map { .string($0.model.id) })),
        ])
    }

    private var localStackHealth: Node {
        .object([
            .init("services", .object(simulator.services.map { .init($0.model.id, .string("running")) })),
            .init("edition", .string("drydock")),
        ])
    }

    private var localStackInfo: Node {
        .object([
            .init("version", .string(Release.description)), .init("edition", .string("drydock")),
            .init("is_license_activated", .bool(false)),
        ])
    }

    private var clock: Node {
        .object([
            .init("now", .string(simulator.clock.now.iso8601(milliseconds: true))),
            .init("mode", .string(simulator.clock.mode)),
        ])
    }

    private func moveClock(_ body: Bytes) throws {
        let usage = "Send {\"advance\": \"48h\"} or {\"set\": \"2024-01-01T00:00:00Z\"}."
        guard let message = try? JSON.parse(body) else { throw ControlError("The body is not JSON. \(usage)") }
        if message["advance"] != nil, message["set"] != nil { throw ControlError("Give advance or set, not both. \(usage)") }
        if let text = message["advance"]?.string {
            guard let duration = Duration(parsing: text) else {
                throw ControlError("'\(text)' is not a duration such as 90s, 15m, 48h, 7d or 1h30m.")
            }
            let time = simulator.clock.now.advanced(by: duration)
            guard time < Instant.calendar.upperBound else {
                throw ControlError("'\(text)' would set the clock beyond the year 9999, where it ends.")
            }
            try simulator.moveClock(to: time)
        } else if let text = message["set"]?.string {
            guard let instant = Instant(parsing: text) else {
                throw ControlError("'\(text)' is not a time such as 2024-01-01T00:00:00Z.")
            }
            try simulator.moveClock(to: instant)
        } else {
            throw ControlError("Give advance or set. \(usage)")
        }
    }

    static func json(_ node: Node, status: Int = 200) -> HTTPReply {
        var response = HTTPResponse(status: .init(code: status))
        response.headerFields[.contentType] = "application/json"
        return HTTPReply(response, .bytes(JSON.write(node) + [10]))
    }

    static func failure(_ status: Int, _ message: String) -> HTTPReply {
        json(.object([.init("error", .string(message))]), status: status)
    }
}

struct ControlError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
