import AWSCore
import DrydockTesting
import HTTPTypes
import OCI
import SimulatedDocker
import Synchronization
import Testing

@testable import Guests

/// Sends arbitrary requests to the Engine API, as a guest may.
@Suite struct DockerSockets {
    let aws: AWS
    let socket: DockerSocket
    let layerStore: LimitedBlobStore

    init() throws {
        aws = try AWS()
        let clock = aws.simulator.clock
        let engine = DockerEngine(transport: InProcessTransport(aws.simulator)) { clock.now }
        layerStore = LimitedBlobStore(MemoryBlobStore(), limit: 4 << 20) { [:] }
        socket = DockerSocket(engine: engine, hostName: "ip-10-0-0-1", clock: { clock.now }, layerStore: layerStore)
    }

    private func ask(_ method: String, _ path: String, _ body: HTTPBody = .empty, _ fields: HTTPFields = [:]) async throws
        -> (Int, String)
    {
        let request = HTTPRequest(
            method: try #require(HTTPRequest.Method(rawValue: method)), scheme: "http", authority: "docker", path: path,
            headerFields: fields)
        let reply = await socket.respond(to: request, body: body)
        return (reply.response.status.code, String(decoding: try await reply.body.collect(upTo: 8 << 20), as: UTF8.self))
    }

    static let mistakes: [(String, String, Int, String)] = [
        ("GET", "/", 404, "page not found"),
        ("GET", "/v1.41", 404, "page not found"),
        ("GET", "/v1.51/info", 400, "client version 1.51 is too new. Maximum supported API version is 1.50"),
        ("GET", "/v1.23/info", 400, "client version 1.23 is too old. Minimum supported API version is 1.24"),
        ("GET", "/v2.0/info", 400, "client version 2.0 is too new."),
        ("GET", "/images/json?filters=%7B", 400, "invalid filter '{'"),
        ("GET", "/images/json?filters=%7B%22label%22%3A1%7D", 400, "invalid filter"),
        ("GET", "/images/json?filters=%7B%22reference%22%3A%5B%22%5Ba%22%5D%7D", 400, "syntax error in pattern"),
        ("GET", "/images/json?filters=%7B%22until%22%3A%5B%2299999999999999999999h%22%5D%7D", 400, "invalid value for"),
        ("GET", "/images/search?term=a&limit=many", 400, "invalid limit specified: 'many' is no number"),
        ("GET", "/images/search?term=a&limit=-1", 400, "limit -1 is outside the range of [1, 100]"),
        ("GET", "/images/a%2Fb/json", 404, "No such image: a/b:latest"),
        ("GET", "/images/UPPER/json", 400, "invalid reference format: repository name (library/UPPER) must be lowercase"),
        ("POST", "/images/create", 400, "either 'fromImage' or 'fromSrc' must say what the image is made of"),
        ("POST", "/images/create?fromImage=a&tag=b&platform=moon/rock", 400, "\"moon/rock\": unknown operating system"),
        ("POST", "/images/create?fromSrc=-&repo=a&changes=RUN%20ls", 400, "run is not a valid change command"),
        ("POST", "/images/create?fromSrc=-&repo=a&changes=ENV%20%3Db", 400, "Syntax error - can't find = in \"=b\""),
        ("POST", "/images/create?fromSrc=-&repo=a&changes=CMD", 400, "CMD requires exactly one argument"),
        ("POST", "/images/x/tag", 400, "the parameter 'repo' is missing"),
        ("POST", "/images/x/tag?repo=Y", 400, "Error parsing reference"),
        ("POST", "/auth", 400, "invalid JSON"),
        ("DELETE", "/images/x", 404, "No such image: x:latest"),
        ("PATCH", "/images/x/json", 404, "page not found"),
        ("POST", "/containers/create?name=x", 501, "this engine keeps images and runs no containers"),
        ("POST", "/containers/x/start", 404, "No such container: x"),
        ("GET", "/events", 501, "it cannot tell of events"),
        ("GET", "/swarm", 503, "This node is not a swarm manager."),
    ]

    @Test(arguments: mistakes)
    func engineAPIRejectsInvalidRequests(_ method: String, _ path: String, _ status: Int, _ message: String) async throws {
        let (found, body) = try await ask(method, path)
        #expect(found == status, "\(body)")
        let told = try JSON.parse(body)["message"]?.string ?? ""
        #expect(told.contains(message), "\(told)")
    }

    @Test func archiveOverDiskLimitIsRejected() async throws {
        let body = HTTPBody.bytes(Bytes(repeating: 0, count: 5 << 20))
        for path in ["/images/load", "/images/create?fromSrc=-"] {
            let (status, told) = try await ask("POST", path, body)
            #expect(status == 500)
            #expect(told.contains("no space left on device"), "\(told)")
        }
    }

    /// Archives being read and the guest's own files share one disk limit.
    @Test func concurrentArchivesShareDiskLimit() async throws {
        let body = HTTPBody.bytes(Bytes(repeating: 0, count: 1 << 20))
        let (arrived, told) = AsyncStream<Void>.makeStream(), (rest, sender) = AsyncStream<Bytes>.makeStream()
        let isFirst = Mutex(true)
        let pieces = HTTPBodyStream {
            if isFirst.withLock({ first in
                defer { first = false }; return first
            }) {
                return Bytes(repeating: 0, count: (3 << 20) + 1)
            }
            // A request for the second piece means that the first one was stored.
            told.yield()
            for await _ in rest {}
            return nil
        }
        let socket = socket
        let request = HTTPRequest(method: .post, scheme: "http", authority: "docker", path: "/images/load")
        let slow = Task { await socket.respond(to: request, body: .stream(pieces, length: nil)) }
        for await _ in arrived { break }
        #expect(try await ask("POST", "/images/load", body).1.contains("no space left on device"))
        sender.finish()
        _ = try await slow.value.body.collect(upTo: 8 << 20)
        #expect(try await !ask("POST", "/images/load", body).1.contains("no space left"))
        #expect(!layerStore.hasRoom(for: 5 << 20) && layerStore.hasRoom(for: 7 << 19))
        #expect(try await ask("POST", "/images/load", body).1.contains("no space left on device"))
    }

    /// Random paths, parameters and bodies.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func randomEngineRequestsGetResponses(_ seed: UInt64) async throws {
        let lots = IDGenerator(seed: seed, stream: 0)
        func lot(_ count: Int) -> Int { Int(UInt32(lots.uuid().prefix(8), radix: 16) ?? 0) % count }
        let words = [
            "images", "json", "create", "load", "get", "history", "tag", "push", "prune", "search", "alpine", "a/b", "%00",
            "..", "v1.41",
            "sha256:", "@", ":", "%ff", "auth", "containers", "system", "df", "distribution",
            String(repeating: "x", count: 300),
        ]
        let parameters = [
            "filters", "tag", "repo", "fromImage", "fromSrc", "names", "platform", "limit", "term", "changes", "quiet", "force",
        ]
        let values = [
            "", "1", "-", "alpine", "{}", "[]", "%7B%22label%22%3A%7B%22a%22%3Atrue%7D%7D", "%22", "A", "a@sha256:00",
            "-9223372036854775808",
            "99999999999999999999", "linux/", "%7B%22architecture%22%3A1%7D", "http://", "nowhere.test/x",
        ]
        let bodies: [Bytes] = [[], Bytes("{".utf8), Bytes(#"{"username":1}"#.utf8), Bytes(repeating: 255, count: 600)]
        for _ in 1...150 {
            let path = (0...lot(4)).map { _ in words[lot(words.count)] }.joined(separator: "/")
            let query = (0...lot(4)).map { _ in parameters[lot(parameters.count)] + "=" + values[lot(values.count)] }
                .joined(separator: "&")
            var fields: HTTPFields = [:]
            if let name = HTTPField.Name("X-Registry-Auth"), lot(2) == 0 { fields[name] = values[lot(values.count)] }
            let method = ["GET", "POST", "DELETE", "HEAD"][lot(4)]
            let (status, _) = try await ask(method, "/\(path)?\(query)", .bytes(bodies[lot(bodies.count)]), fields)
            #expect((200..<600).contains(status), "\(method) /\(path)?\(query)")
        }
    }
}
