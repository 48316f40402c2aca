import Testing

/// Gives each test an AWS of its own, new and empty: `@Test(.simulator)` or `@Suite(.simulator(region: "eu-west-1"))`.
public struct SimulatorTrait: TestTrait, SuiteTrait, TestScoping {
    let configuration: @Sendable () -> Configuration

    /// A suite's trait counts for each of its tests.
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let aws = try AWS(configuration())
        try await AWS.$scoped.withValue(aws) {
            do {
                try await function()
            } catch {
                Attachment.record(aws.journalText, named: "journal.txt")
                throw error
            }
        }
    }
}

extension Trait where Self == SimulatorTrait {
    /// A fresh simulator with the defaults: account 123456789012, us-east-1, a manual clock, instant transitions.
    public static var simulator: Self { SimulatorTrait { Configuration() } }

    /// A fresh simulator set up for the test.
    public static func simulator(
        account: String = "123456789012", region: String = "us-east-1", seed: UInt64 = 1, transitions: Transitions = .instant,
        isStrict: Bool = false
    ) -> Self {
        SimulatorTrait {
            Configuration(account: account, region: region, seed: seed, transitions: transitions, isStrict: isStrict)
        }
    }
}

extension AWS {
    /// The journal as lines for a person.
    public var journalText: String {
        journal.map { entry in
            let outcome = entry.error.map { "\($0.code): \($0.message)" } ?? "ok"
            let why = entry.error?.explanation.map { " (\($0))" } ?? ""
            return
                "\(entry.time) \(entry.service):\(entry.operation) by \(entry.caller?.arn ?? "-") → \(entry.status) \(outcome)\(why)"
        }.joined(separator: "\n") + "\n"
    }
}
