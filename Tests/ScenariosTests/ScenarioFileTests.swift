import AWSCore
import Contract
import Drydock
import Foundation
import Synchronization
import Testing

@testable import Scenarios

/// Runs every file in Scenarios/ in-process, whole and in parts. The account must be unchanged afterwards.
@Suite struct ScenarioFiles {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scenarios").path
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }
        .sorted()

    static func scenario(_ name: String) throws -> Scenario {
        try Scenario(parsing: String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8), file: "Scenarios/\(name)")
    }

    @Test func scenarioFilesAreFound() { #expect(Self.names.count >= 5) }

    @Test(arguments: names)
    func scenarioFileSucceedsAndRestoresAccount(_ name: String) async throws {
        let scenario = try Self.scenario(name)
        let simulator = try Self.simulator(scenario)
        let before = try await Self.account(simulator)
        let failures = await Self.failures(scenario, simulator, [.up, .down])
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        for (name, after) in try await Self.account(simulator) {
            let difference = LineDifference(Matcher.show(before[name] ?? .null), Matcher.show(after)).lines
            #expect(difference.isEmpty, "\(name):\n\(difference.joined(separator: "\n"))")
        }
    }

    @Test(arguments: names)
    func scenarioFileRunsRepeatedlyOnSameAccount(_ name: String) async throws {
        let scenario = try Self.scenario(name)
        let simulator = try Self.simulator(scenario)
        for parts in [[Scenario.Part.up], [.down], [.up, .down]] {
            let failures = await Self.failures(scenario, simulator, parts)
            #expect(failures.isEmpty, "\(parts): \(failures.joined(separator: "\n"))")
        }
    }

    /// The course's scripts create only what is missing.
    @Test func courseScenarioGoesUpRepeatedly() async throws {
        let scenario = try Self.scenario("ecr-course.yaml")
        let simulator = try Self.simulator(scenario)
        for parts in [[Scenario.Part.up], [.up], [.up], [.down]] {
            let failures = await Self.failures(scenario, simulator, parts)
            #expect(failures.isEmpty, "\(parts): \(failures.joined(separator: "\n"))")
        }
    }

    /// If the user answers no, nothing is created and nothing fails.
    @Test(arguments: names)
    func scenarioSucceedsWhenAnsweredNo(_ name: String) async throws {
        let scenario = try Self.scenario(name)
        let failures = Failures()
        let run = ScenarioRun(scenario, on: .simulator(try Self.simulator(scenario)), answers: .no, observe: failures.observe)
        #expect(await run.run().isSuccess, "\(failures.texts.joined(separator: "\n"))")
    }

    @Test(arguments: names)
    func scenarioDownSucceedsOnFreshAccount(_ name: String) async throws {
        let scenario = try Self.scenario(name)
        let failures = await Self.failures(scenario, try Self.simulator(scenario), [.down])
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }

    private static func simulator(_ scenario: Scenario) throws -> Simulator {
        let settings = scenario.settings
        return try .drydock(
            Configuration(
                account: settings.account, region: settings.region, seed: settings.seed,
                clock: .manual(at: settings.clock ?? Instant(seconds: Int64(1_702_803_600))), transitions: settings.transitions)
        )
    }

    private static func failures(_ scenario: Scenario, _ simulator: Simulator, _ parts: [Scenario.Part]) async -> [String] {
        let failures = Failures()
        let run = ScenarioRun(scenario, on: .simulator(simulator), observe: failures.observe)
        let report = await run.run(parts)
        return report.isSuccess ? [] : failures.texts
    }

    /// Returns the account's resources, except terminated instances, which AWS still lists for an hour.
    private static func account(_ simulator: Simulator) async throws -> [String: Node] {
        var result: [String: Node] = [:]
        for name in [
            "ecr.DescribeRepositories", "ec2.DescribeKeyPairs", "ec2.DescribeSecurityGroups", "ec2.DescribeVpcs",
            "ec2.DescribeVolumes", "ec2.DescribeNetworkInterfaces", "iam.ListUsers",
        ] {
            result[name] = try await ServiceCatalogue.shared.operation(name)(simulator.client(), .object([]))
        }
        return result
    }
}

/// Collects the failures of a run.
final class Failures: Sendable {
    private let state = Mutex<[String]>([])
    var texts: [String] { state.withLock { $0 } }

    func observe(_ event: RunEvent) {
        guard case .stepEnded(let report) = event, case .failed(let failure) = report.status else { return }
        let text =
            "\(report.title) (\(failure.position ?? report.position)): \(failure)\n\(failure.output.joined(separator: "\n"))"
        state.withLock { $0.append(text) }
    }
}
