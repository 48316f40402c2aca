import Drydock
import Foundation
import Synchronization
import Testing

@testable import Guests
@testable import Scenarios

/// Scenarios with a real ssh, scp, aws and docker in the instance. Needs the docker command and the AWS CLI in addition to the
/// guests' requirements.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: Machine.find("docker") != nil && Machine.find("aws") != nil, "install docker's command and the AWS CLI"))
struct PlayedScenarios {
    @Test func ecrCourseScenarioRunsUpTwiceAndDown() async throws { try await Self.play("ecr-course.yaml", [.up, .up, .down]) }

    /// Egress is revoked, then tested through the instance's own docker.
    @Test func closedEgressScenarioPullsOverPort443() async throws {
        try await Self.play("closed-egress.yaml", [.up, .down])
    }

    private static func play(_ name: String, _ parts: [Scenario.Part]) async throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Scenarios/\(name)").path
        let scenario = try Scenario(parsing: String(contentsOfFile: path, encoding: .utf8), file: path)
        let folder = "/tmp/dg-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let simulator = try Simulator.drydock(
            Configuration(
                account: "001727357081", seed: .random(in: 1 ... .max), clock: .manual(), transitions: .aws,
                usesLoopbackAddresses: true))
        let host = try GuestHost(simulator, folder: folder + "/guests")
        let play = Task { await host.run() }
        for part in parts {
            let (failures, skipped) = await run(scenario, part, simulator, keyFile: folder + "/key.pem")
            #expect(failures.isEmpty, "\(part): \(failures.joined(separator: "\n"))")
            #expect(!skipped.contains { $0.contains("guests") }, "\(skipped)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder + "/key.pem"))
        play.cancel()
        await play.value
    }

    private static func run(
        _ scenario: Scenario, _ part: Scenario.Part, _ simulator: Simulator, keyFile: String
    ) async -> (failures: [String], skipped: [String]) {
        let told = Mutex((failures: [String](), skipped: [String]()))
        let run = ScenarioRun(
            scenario, on: .simulator(simulator),
            settings: scenario.variables.contains { $0.name == "key_file" } ? ["key_file": keyFile] : [:],
            observe: { event in
                guard case .stepEnded(let step) = event else { return }
                switch step.status {
                case .passed: break
                case .skipped(let reason): told.withLock { $0.skipped.append("\(step.title): \(reason)") }
                case .failed(let failure):
                    told.withLock { $0.failures.append("\(step.position) \(step.title): \(failure) \(failure.output)") }
                }
            })
        _ = await run.run([part])
        return told.withLock { $0 }
    }
}
