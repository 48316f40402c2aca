import AWSCore
import HTTPTypes
import SimulatorCore

/// Hands a client's real bytes to the simulator's real parser, without a socket between them.
public struct InProcessTransport: HTTPTransport {
    public let simulator: Simulator
    /// The address that the simulator sees as the client's.
    public let address: String

    public init(_ simulator: Simulator, address: String = "127.0.0.1") {
        self.simulator = simulator
        self.address = address
    }

    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        await simulator.respond(to: request, body: body, from: address)
    }
}
