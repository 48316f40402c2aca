import Drydock
import Synchronization

/// A state that tests begin with: prepared once, however many tests there are, and forked for each of them.
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

    /// - Parameter configuration: of the simulator that is prepared.
    /// - Parameter prepare: is called once, before the first test that wants the fixture.
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

    /// The state that a snapshot's file holds.
    public init(snapshot path: String) { make = { try Simulator.drydock(snapshot: path) } }

    /// An AWS of one's own that begins with the fixture's state.
    /// - Throws: what preparing threw, for each test anew.
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
