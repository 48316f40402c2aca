import AWSClient
import AWSCore
import HTTPTypes
import Synchronization

/// Returns scripted answers in order and records the requests. Repeats the last answer.
final class ScriptedTransport: HTTPTransport {
    enum Answer: Sendable {
        case reply(Int, String, [HTTPField.Name: String])
        case failure(TransportError)
        static func ok(_ body: String) -> Answer { .reply(200, body, [:]) }
        static func error(_ status: Int, _ body: String = "") -> Answer { .reply(status, body, [:]) }
        /// An EC2 error.
        static func ec2(_ code: String, status: Int = 400, headers: [HTTPField.Name: String] = [:]) -> Answer {
            .reply(
                status, "<Response><Errors><Error><Code>\(code)</Code><Message>no</Message></Error></Errors></Response>",
                headers)
        }
    }
    struct Asked: Sendable {
        let request: HTTPRequest
        let body: String
        let timeout: Duration
    }

    private let state: Mutex<(answers: [Answer], asked: [Asked])>
    init(_ answers: Answer...) { state = Mutex((answers, [])) }

    var asked: [Asked] { state.withLock { $0.asked } }

    /// The answers to come.
    var answers: [Answer] {
        get { state.withLock { $0.answers } }
        set { state.withLock { $0.answers = newValue } }
    }

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let text = String(decoding: try await body.collect(upTo: 1 << 20), as: UTF8.self)
        let answer = state.withLock { state in
            state.asked.append(Asked(request: request, body: text, timeout: timeout))
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        switch answer {
        case .failure(let error): throw error
        case .reply(let status, let body, let headers):
            var response = HTTPResponse(status: .init(code: status))
            for (name, value) in headers { response.headerFields[name] = value }
            return HTTPReply(response, .bytes(Bytes(body.utf8)))
        }
    }
}

/// A client with a scripted transport, a fixed clock and a jitter of 1.
struct Fixture {
    let transport: ScriptedTransport
    let client: AWSClient
    private let slept: Slept

    final class Slept: Sendable {
        let durations = Mutex<[Duration]>([])
    }

    var sleeps: [Duration] { slept.durations.withLock { $0 } }

    static let now = Instant(parsing: "2023-12-17T10:00:00Z")!
    static let credentials = Credentials(accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret")

    init(_ transport: ScriptedTransport, _ change: (inout AWSClient.Configuration) -> Void = { _ in }) {
        let slept = Slept()
        var configuration = AWSClient.Configuration(region: "eu-west-1", credentials: Self.credentials, transport: transport)
        configuration.clock = { Self.now }
        configuration.jitter = { 1 }
        configuration.sleep = { duration in slept.durations.withLock { $0.append(duration) } }
        let tokens = Atomic<Int>(0)
        configuration.idempotencyToken = { "token-\(tokens.add(1, ordering: .relaxed).newValue)" }
        change(&configuration)
        self.transport = transport
        self.slept = slept
        client = AWSClient(configuration)
    }
}
