import Drydock
import Synchronization

/// An initial state for tests. It is prepared once, and each test gets a fork of it.
///
///     extension Fixture {
///         static let team = Fixture { aws in
///             _ = try await aws.ecr.createRepository(.init(repositoryName: "team/app"))
///         }
///     }
///     @Suite(.simulator(fixture: .team)) struct Deployments { … }
public final class Fixture: Sendable {
    private let make: @Sendable () async throws -> Simulator
    private let made = Mutex<Task<Drydock.Snapshot, any Error>?>(nil)

    /// - Parameter configuration: the configuration of the simulator to prepare.
    /// - Parameter prepare: called once, before the first test that uses the fixture.
    public init(
        _ configuration: Configuration = Configuration(), prepare: @escaping @Sendable (AWS) async throws -> Void
    ) {
        make = {
            var configuration = configuration
            configuration.clock = configuration.clock.copy()
            let aws = try AWS(configuration)
            try await prepare(aws)
            return aws.simulator
        }
    }

    /// Creates a fixture from a snapshot file.
    public init(snapshot path: String) { make = { try Simulator.drydock(snapshot: path) } }

    /// Returns a new AWS with the fixture's state.
    /// - Throws: the error of the preparation, again for each test.
    public func aws() async throws -> AWS {
        let task = made.withLock { made in
            if let made { return made }
            let task = Task { [make] in try await make().snapshot() }
            made = task
            return task
        }
        return AWS(try await task.value.fork())
    }
}
