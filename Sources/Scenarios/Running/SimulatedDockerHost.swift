import AWSCore
import Drydock
import SimulatedDocker
import SimulatorCore

/// Runs docker commands with Drydock's own engine; Docker is not needed.
struct SimulatedDockerHost: DockerHost {
    private let engine: DockerEngine
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Instant
    private let pause: @Sendable (Duration) async throws -> Void

    /// Creates an engine for a simulator in this process.
    init(_ simulator: Simulator) {
        let clock = simulator.clock
        self.init(
            InProcessTransport(simulator),
            pause: { duration in
                // A wait advances a manual clock.
                if clock.mode == "manual" { clock.advance(by: duration) } else { try await Task.sleep(for: duration) }
            }, now: { clock.now })
    }

    /// Creates an engine that reaches registries through a transport.
    init(
        _ transport: any HTTPTransport,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> Instant
    ) {
        engine = DockerEngine(transport: transport, pause: pause, clock: now)
        self.transport = transport
        self.pause = pause
        self.now = now
    }

    func tapped(_ tap: @Sendable (any HTTPTransport) -> any HTTPTransport) -> any DockerHost {
        SimulatedDockerHost(tap(transport), pause: pause, now: now)
    }

    func run(_ arguments: [String], input: String?) async -> DockerAnswer {
        let result = await DockerCommandLine(engine).run(arguments, input: input ?? "")
        var answer = DockerAnswer(exit: Int(result.status))
        answer.lines = (result.output + result.errors).split(separator: "\n").map(String.init)
        answer.digest = answer.toldDigest
        if arguments.first == "images" || arguments.starts(with: ["image", "ls"]) {
            let filter = arguments.last.flatMap { ["images", "ls"].contains($0) || $0.hasPrefix("-") ? nil : $0 }
            answer.images = ((try? engine.images(filter)) ?? []).map(Self.node)
        }
        return answer
    }

    private static func node(_ image: DockerEngine.Listed) -> Node {
        var fields: [Node.Field] = [
            .init("repository", .string(image.repository)), .init("tag", .string(image.tag)),
            .init("id", .string(image.id.description)), .init("size", .integer(Int64(image.size))),
        ]
        if let digest = image.digest { fields.append(.init("digest", .string(digest.description))) }
        return .object(fields)
    }
}
