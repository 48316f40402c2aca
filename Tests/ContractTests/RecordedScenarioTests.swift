import AWSClient
import AWSCore
import Contract
import Drydock
import Foundation
import Scenarios
import Testing

/// Drydock repeats its own recordings without a difference and without a rule that permits one.
@Suite struct RecordedScenarios {
    private static let root = GoldenRecordings.folder + "/../../Scenarios"

    private static let files: [String] =
        ["denied-user.yaml", "ec2-lifecycle.yaml", "failing-push.yaml"]
        + ((try? FileManager.default.contentsOfDirectory(atPath: root + "/contract")) ?? []).sorted().map { "contract/\($0)" }

    @Test func recordedScenariosAreFound() throws {
        let calls = try Self.files.map { try String(contentsOfFile: "\(Self.root)/\($0)", encoding: .utf8) }.joined()
        for call in [
            "ec2.CreateVpc", "ec2.CreateSubnet", "ec2.CreateSecurityGroup", "ec2.CreateNetworkAcl",
            "ec2.CreateNetworkInterface",
            "ec2.CreateInternetGateway", "ec2.AllocateAddress", "ec2.RunInstances", "ec2.CreateVolume", "ec2.CreateSnapshot",
            "ec2.CreateKeyPair", "ec2.CreateLaunchTemplate", "ecr.CreateRepository", "iam.CreateUser", "iam.CreateGroup",
            "iam.CreateRole", "iam.CreatePolicy", "ssm.PutParameter",
        ] { #expect(calls.contains("call: \(call)"), "no scenario calls \(call)") }
    }

    @Test(arguments: files) func recordedScenarioVerifiesWithoutDifference(_ file: String) async throws {
        let folder = try TemporaryFolder()
        let text = try String(contentsOfFile: "\(Self.root)/\(file)", encoding: .utf8)
        let scenario = try Scenario(parsing: text, file: file)
        let target = try Target.simulator(for: scenario), simulator = try #require(target.simulator)
        let writer = try HARWriter(path: folder.path + "/a.har", settings: RecordingSettings(simulator))
        let outcome = await ScenarioRun(scenario, on: target.recorded(to: writer), answers: .yes).run()
        #expect(outcome.isSuccess)
        try writer.close()

        let reader = HARReader(path: folder.path + "/a.har")
        let again = try Simulator.drydock(Configuration(answeringAs: try RecordingSettings(of: reader)))
        let clock = again.clock
        let playback = Playback(
            InProcessTransport(again), credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"),
            advance: { try again.moveClock(to: clock.now + $0) }, clock: { clock.now })
        var verification = Verification(rules: Rules())
        for exchange in try reader.exchanges() { try await verification.verify(exchange, playback) }
        let summary = verification.report.summary
        #expect(summary.compared > 3 && summary.agree == summary.compared, "\(verification.report.text)")
    }
}
