import Testing

/// Gives each test an AWS of its own: `@Test(.simulator)`, `@Suite(.simulator(region: "eu-west-1"))`,
/// `@Suite(.simulator(fixture: .team))`.
///
/// If the test fails, what the simulator was asked is attached to it, and the last requests stand in the failure's text.
public struct SimulatorTrait: TestTrait, SuiteTrait, TestScoping {
    let make: @Sendable () async throws -> AWS

    /// A suite's trait counts for each of its tests.
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let aws = try await make().noting
        try await AWS.$scoped.withValue(aws) {
            try await aws.reportingFailures(of: test, testCase, function)
        }
    }
}

extension Trait where Self == SimulatorTrait {
    /// A fresh simulator with the defaults: account 123456789012, us-east-1, a manual clock, instant transitions.
    public static var simulator: Self { SimulatorTrait { try AWS() } }

    /// A fresh simulator set up for the test.
    ///
    /// - Parameters:
    ///   - account: of twelve digits.
    ///   - region: where clients are.
    ///   - seed: what ids and other made-up values follow from.
    ///   - transitions: how fast resources change their states.
    ///   - isStrict: whether only keys made here are accepted.
    ///   - existing: what exists in services that are not simulated, as `serve --existing` takes it.
    public static func simulator(
        account: String = "123456789012", region: String = "us-east-1", seed: UInt64 = 1, transitions: Transitions = .instant,
        isStrict: Bool = false, existing: String? = nil
    ) -> Self {
        SimulatorTrait {
            var configuration = Configuration(
                account: account, region: region, seed: seed, transitions: transitions, isStrict: isStrict)
            if let existing {
                configuration.existing = try ExistingResources(
                    parsing: Bytes(existing.utf8), account: account, region: region)
            }
            return try AWS(configuration)
        }
    }

    /// A simulator that begins with the fixture's state; no test sees what another does to it.
    public static func simulator(fixture: Fixture) -> Self { SimulatorTrait { try await fixture.aws() } }
}
