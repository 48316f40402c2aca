import AWSCore
import Drydock
import Testing

@testable import Scenarios

/// Faults that a scenario injects.
@Suite struct FaultSteps {
    private func run(_ text: String) async throws -> (RunReport, Simulator) {
        let scenario = try Scenario(parsing: "name: x\n" + text, file: "x.yaml")
        let target = try Target.simulator(for: scenario)
        let report = await ScenarioRun(scenario, on: target).run()
        return (report, try #require(target.simulator))
    }

    @Test func scenarioFaultPlanEndsBeforeCleanup() async throws {
        let (report, simulator) = try await run(
            """
            faults:
              - {service: iam, operation: CreateUser, error: {code: LimitExceeded, status: 409, message: Enough.}}
            up:
              - call: iam.CreateUser
                input: {UserName: Late}
                expect_error: {code: LimitExceeded, message: Enough.}
            cleanup:
              - call: iam.CreateUser
                input: {UserName: Late}

            """)
        #expect(report.isSuccess)
        #expect(!simulator.faults.isActive)
        #expect(simulator.journal.entries.map(\.status) == [409, 200])
    }

    @Test func faultStepReplacesFaultPlan() async throws {
        let (report, simulator) = try await run(
            """
            up:
              - faults: [{service: sts, calls: first 2, throttle: 1s}]
              - call: sts.GetCallerIdentity
              - faults: [{service: sts, error: Unlucky}]
              - call: sts.GetCallerIdentity
                expect_error: {code: Unlucky}
              - faults: none
              - call: sts.GetCallerIdentity

            """)
        #expect(report.isSuccess)
        #expect(simulator.journal.entries.map(\.error?.code) == ["Throttling", "Throttling", nil, "Unlucky", nil])
    }

    @Test(arguments: [
        ("up: [{faults: [{throttle: maybe}]}]\n", #"2:27 "maybe" is not a duration such as 200ms, 5s or 1m30s, nor true"#),
        (
            "faults:\n  - service: ec2\n    operation: RunInstance\n    drop: before\nup: [{note: a}]\n",
            "4:16 no operation of ec2 is named 'RunInstance'; did you mean 'RunInstances'?"
        ),
        ("faults: {seed: x, faults: []}\nup: [{note: a}]\n", #"2:16 a seed is a whole number, not "x""#),
        (
            "variables: {a: 1}\nfaults: [{service: '${a}', drop: after}]\nup: [{note: a}]\n",
            "3:20 a fault plan cannot have variables"
        ),
    ])
    func faultPlanErrorsNameTheirPosition(_ text: String, _ expected: String) throws {
        let mistakes = #expect(throws: ScenarioMistakes.self) { try Scenario(parsing: "name: x\n" + text, file: "x.yaml") }
        #expect(mistakes?.mistakes.map { "\($0.position) \($0.message)" } == [expected])
    }
}
