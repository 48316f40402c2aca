import AWSCore
import Drydock
import DrydockServer
import Testing

/// If the server has a control token, every control request must include it.
@Suite struct ControlTokens {
    static let doors = [
        "POST /_drydock/reset", "POST /moto-api/reset", "POST /_localstack/state/reset", "GET /_drydock/journal",
        "POST /_drydock/fork", "GET /_drydock/hub", "POST /_drydock/clock", "GET /_drydock/guests", "GET /_drydock/faults",
    ]

    @Test(arguments: doors) func controlRequestsRequireToken(_ door: String) async throws {
        var configuration = SimulatorCore.Configuration()
        configuration.controlToken = "s3cret"
        try await Served.run(configuration: configuration) { served in
            for header in [[], ["Authorization: Bearer s3creT"], ["Authorization: Bearer s3cre"], ["Authorization: Bearer "]] {
                let (head, body) = try await served.ask(door, ["Host: localhost:PORT"] + header)
                #expect(head.hasPrefix("HTTP/1.1 401"), "\(header) \(head)")
                #expect(body.contains("DRYDOCK_TOKEN"), "\(body)")
            }
            let (head, _) = try await served.ask(door, ["Host: localhost:PORT", "Authorization: Bearer s3cret"])
            #expect(!head.hasPrefix("HTTP/1.1 401"), "\(head)")
        }
    }

    @Test func healthAndAPIsNeedNoControlToken() async throws {
        var configuration = SimulatorCore.Configuration()
        configuration.controlToken = "s3cret"
        try await Served.run(configuration: configuration) { served in
            for path in ["/_drydock/health", "/_localstack/health"] {
                let (head, body) = try await served.ask("GET \(path)", ["Host: localhost:PORT"])
                #expect(head.hasPrefix("HTTP/1.1 200"), "\(head)")
                #expect(!body.contains("s3cret"))
            }
            let (head, _) = try await served.ask("GET /v2/", ["Host: localhost:PORT"])
            #expect(head.hasPrefix("HTTP/1.1 401") && head.contains("Basic realm"), "\(head)")
            #expect(try await served.vpcs().count == 1)
            // A fork requires the same token.
            let (_, fork) = try await served.ask(
                "POST /_drydock/fork", ["Host: localhost:PORT", "Authorization: Bearer s3cret"])
            guard case .integer(let port)? = try JSON.parse(Bytes(fork.utf8))["port"] else { Issue.record("\(fork)"); return }
            let (answer, _) = try await Served.ask("POST /_drydock/reset", ["Host: localhost:PORT"], port: Int(port))
            #expect(answer.hasPrefix("HTTP/1.1 401"), "\(answer)")
        }
    }
}
