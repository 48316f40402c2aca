import AWSCore
import Drydock
import SimulatorCore

/// Docker commands carried out by the simulator's own engine.
struct SimulatedDockerHost: DockerHost {
    /// An engine beside a simulator in this process, whose Docker Hub gets what the scenario says.
    init(_ simulator: Simulator, _ hub: Scenario.Hub) throws {
    }

    /// An engine that reaches registries over a transport.
    init(_ transport: any HTTPTransport, _ clock: any TargetClock) {
    }

    /// Puts users and images into a served Docker Hub.
    func seed(_ hub: Scenario.Hub, through control: ControlPlaneClient) async throws {
    }

    func run(_ arguments: [String], input: String?) async -> DockerAnswer {
        DockerAnswer(exit: 1, lines: ["docker is not there yet"])
    }
}
