import AWSCore
import HTTPTypes
import OCI
import SimulatedDocker
import SimulatorCore
import Synchronization

/// A Docker Hub for one test.
struct World {
    let hub = DockerHub()
    let simulator: Simulator
    let clock: SimulatedClock

    init(isStrict: Bool = false) throws {
        clock = .manual()
        simulator = try Simulator(
            Configuration(clock: clock, isStrict: isStrict), services: [], doors: [hub], migrations: DockerHub.migrations)
    }

    /// Returns a machine with an engine that can reach the Hub.
    func machine() -> DockerEngine {
        DockerEngine(transport: Wire(simulator: simulator), clock: { [clock] in clock.now })
    }

    /// Returns a machine whose user is logged in to the Hub.
    func machine(loggedInAs name: String) async throws -> DockerEngine {
        let engine = machine()
        try await engine.login("", RegistryCredentials(username: name, password: "secret"))
        return engine
    }

    func ask(_ method: HTTPRequest.Method, _ host: String, _ path: String, _ fields: HTTPFields = [:], body: String = "")
        async throws -> (HTTPResponse, Node)
    {
        let request = HTTPRequest(method: method, scheme: "https", authority: host, path: path, headerFields: fields)
        let reply = await simulator.respond(to: request, body: .bytes(Bytes(body.utf8)))
        let bytes = try await reply.body.collect(upTo: 1 << 20)
        return (reply.response, (try? JSON.parse(bytes)) ?? .null)
    }
}

struct Wire: HTTPTransport {
    let simulator: Simulator
    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        await simulator.respond(to: request, body: body)
    }
}

/// A registry that requires Basic authentication and returns the same response to every later request.
struct StubbornRegistry: HTTPTransport {
    let status: Int
    let body: String
    var challenge = "Basic realm=\"https://registry.test/\",service=\"ecr.amazonaws.com\""
    var error: TransportError?

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        if let error { throw error }
        if request.path == "/v2/", request.headerFields[.authorization] == nil {
            return HTTPReply(HTTPResponse(status: .unauthorized, headerFields: [.wwwAuthenticate: challenge]))
        }
        if request.path == "/v2/" { return HTTPReply(HTTPResponse(status: .ok)) }
        // An existence check has no body, so a missing repository looks like a missing blob.
        if request.method == .head { return HTTPReply(HTTPResponse(status: .init(code: status == 404 ? 404 : status))) }
        return HTTPReply(HTTPResponse(status: .init(code: status)), .bytes(Bytes(self.body.utf8)))
    }
}

/// Collects progress lines.
final class Lines: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    var report: DockerEngine.Report {
        { [self] progress in if let line = progress.line { state.withLock { $0.append(line) } } }
    }
}
