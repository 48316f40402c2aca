import Testing

/// Gives each test its own AWS: `@Test(.simulator)`, `@Suite(.simulator(region: "eu-west-1"))`,
/// `@Suite(.simulator(fixture: .team))`.
///
/// If the test fails, the simulator's journal is attached, and the failure's message shows the last requests.
public struct SimulatorTrait: TestTrait, SuiteTrait, TestScoping {
    let make: @Sendable () async throws -> AWS

    /// A suite's trait applies to each of its tests.
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
    /// A new simulator with the defaults: account 123456789012, us-east-1, a manual clock, instant transitions.
    public static var simulator: Self { SimulatorTrait { try AWS() } }

    /// Gives the test a new simulator with these settings.
    ///
    /// - Parameters:
    ///   - account: the account id, 12 digits.
    ///   - region: the clients' region.
    ///   - seed: determines ids and other generated values.
    ///   - transitions: how fast resources change state.
    ///   - isStrict: whether only keys created in the simulator are accepted.
    ///   - existing: the resources in services that are not simulated, in the form of `serve --existing`.
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

    /// Gives the test a simulator with the fixture's state. Tests do not see each other's changes.
    public static func simulator(fixture: Fixture) -> Self { SimulatorTrait { try await fixture.aws() } }
}
