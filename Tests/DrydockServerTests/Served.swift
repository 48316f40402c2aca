import AWSCore
import Drydock
import DrydockServer
import EC2API
import TestSockets

/// A simulator served on its own port, for requests written byte by byte.
struct Served: Sendable {
    let simulator: Simulator
    let port: Int

    static func run(
        _ options: Server.Options = .init(port: 0), registry: String? = nil, state: String? = nil,
        configuration: SimulatorCore.Configuration? = nil,
        _ body: @escaping @Sendable (Served) async throws -> Void
    ) async throws {
        let simulator = try Simulator.drydock(configuration ?? .init(stateFolder: state, registryHost: registry))
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await Server(simulator, options).run(handlesSignals: false) { continuation.yield($0) }
            }
            for await port in ports {
                try await body(Served(simulator: simulator, port: port))
                break
            }
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    /// Sends one request on a new connection. `PORT` in a header stands for the server's port.
    func ask(
        _ line: String, _ headers: [String], _ body: String = "", type: String = "text/plain", port: Int? = nil
    ) async throws -> (head: String, body: String) {
        try await Self.ask(line, headers, body, type: type, port: port ?? self.port)
    }

    static func ask(
        _ line: String, _ headers: [String], _ body: String = "", type: String = "text/plain", port: Int
    ) async throws -> (head: String, body: String) {
        var text = "\(line) HTTP/1.1\r\n"
        for header in headers { text += header.replacing("PORT", with: "\(port)") + "\r\n" }
        if !line.hasPrefix("GET") { text += "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n" }
        let answer = try await ClientSocket.exchange(port, text + "Connection: close\r\n\r\n" + body)
        guard let end = answer.range(of: "\r\n\r\n") else { return (answer, "") }
        return (String(answer[..<end.lowerBound]) + "\r\n", String(answer[end.upperBound...]))
    }

    /// Returns the ids of the VPCs.
    func vpcs() async throws -> [String] {
        try await EC2Client(simulator.client()).describeVpcs(.init()).vpcs?.compactMap(\.vpcId) ?? []
    }
}
