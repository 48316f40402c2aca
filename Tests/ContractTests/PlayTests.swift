import AWSClient
import AWSCore
import Contract
import Drydock
import EC2API
import Scenarios
import Testing

@Suite struct RecordingPlayback {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func playback(_ simulator: Simulator) -> Playback {
        let clock = simulator.clock
        return Playback(
            InProcessTransport(simulator), credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"),
            advance: { try simulator.moveClock(to: clock.now + $0) }, clock: { clock.now })
    }

    /// `moto-*` are responses of moto's server to boto3, recorded with `drydock record`. `drydock-*` are scenarios that moto
    /// cannot play. They guard against regressions and allow no differences.
    @Test(arguments: GoldenRecordings.files)
    func committedRecordingVerifies(_ file: String) async throws {
        var verification = Verification(rules: file.hasPrefix("moto-") ? try GoldenRecordings.rules(file) : Rules())
        let simulator = try Simulator.drydock(Configuration(answeringAs: try GoldenRecordings.settings(file)))
        let playback = playback(simulator)
        for exchange in try GoldenRecordings.exchanges(file) { try await verification.verify(exchange, playback) }
        let summary = verification.report.summary
        #expect(summary.compared > 5)
        #expect(summary.agree == summary.compared, "\(verification.report.text)")
        #expect(verification.report.comparisons[.equal, default: 0] > 5)
    }

    @Test func recordingRulesAreAllUsed() async throws {
        #expect(GoldenRecordings.files.count >= 20)
        let files = GoldenRecordings.files.filter { $0.hasPrefix("moto-") }
        var verification = Verification(rules: try GoldenRecordings.rules(files[0]))
        for file in files {
            let playback = playback(
                try Simulator.drydock(Configuration(answeringAs: try GoldenRecordings.settings(file))))
            for exchange in try GoldenRecordings.exchanges(file) { try await verification.verify(exchange, playback) }
        }
        #expect(verification.report.idleRules.isEmpty)
        #expect(verification.report.summary.skipped == 0)
    }

    /// Needs recorded AWS traffic; see `recordedFolder`. Compares raw bytes except the text between tags.
    @Test(.enabled(if: recordedFolder != nil)) func responseEnvelopesMatchRecordedAWS() async throws {
        let simulator = try Simulator.drydock()
        let playback = playback(simulator)
        var verification = Verification(rules: Rules()), exchanges: [RecordedExchange] = []
        for folder in ["manageiq-vcr", "aws-sdk-rust-traffic"] {
            try RecordingImporter(.vcr).importAll("\(try #require(recordedFolder))/\(folder)") { exchanges.append($0) }
        }
        for exchange in exchanges where exchange.notes.hasRequest { try await verification.verify(exchange, playback) }
        #expect(verification.report.operations.filter { $0.summary.compared > 0 }.count > 10)
        let raw: Set<Difference.Kind> = [.namespace, .declaration, .mediaType, .jsonType]
        let found = verification.report.differing.flatMap { finding in
            finding.differences.filter { raw.contains($0.kind) }.map { "\(finding.operation): \($0)" }
        }
        #expect(found.isEmpty)
    }

    private func recorded(_ body: (EC2Client) async throws -> Void) async throws -> [RecordedExchange] {
        let simulator = try Simulator.drydock(Configuration(seed: 7))
        let path = folder.path + "/a.har"
        let writer = try HARWriter(path: path)
        var configuration = simulator.client().configuration
        configuration.transport = RecordingTransport(
            InProcessTransport(simulator), to: writer, clock: { Instant(milliseconds: 0) })
        try await body(EC2Client(AWSClient(configuration)))
        try writer.close()
        return try HARReader(path: path).exchanges()
    }

    @Test func generatedIdsAreBoundOnFirstUse() async throws {
        let exchanges = try await recorded { ec2 in
            let vpc = try await ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId
            _ = try await ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc ?? ""))
            _ = try await ec2.describeVpcs(.init(vpcIds: [vpc ?? ""]))
        }
        var verification = Verification()
        let playback = playback(try Simulator.drydock(Configuration(seed: 8)))
        for exchange in exchanges { try await verification.verify(exchange, playback) }
        #expect(verification.report.summary == .init(recorded: 3, compared: 3, agree: 3, skipped: 0))
        #expect(verification.report.coverage == 1)
    }

    @Test func unexpectedErrorCodeDiffers() async throws {
        var exchanges = try await recorded { ec2 in _ = try await ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")) }
        exchanges[0].request.body = Bytes("Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F8".utf8)
        var verification = Verification()
        try await verification.verify(exchanges[0], playback(try Simulator.drydock()))
        #expect(verification.report.summary.agree == 0)
        #expect(verification.report.differing.first?.differences.first?.kind == .errorCode)
    }

    @Test func missingMemberDiffers() async throws {
        var exchanges = try await recorded { ec2 in _ = try await ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")) }
        let body = String(decoding: exchanges[0].response.body, as: UTF8.self)
        exchanges[0].response.body = Bytes(
            body.replacing("<vpcId>", with: "<encryptionControl><state>x</state></encryptionControl><vpcId>").utf8)
        var verification = Verification()
        try await verification.verify(exchanges[0], playback(try Simulator.drydock()))
        #expect(verification.report.summary.agree == 0)
        #expect(verification.report.differing.first?.differences.contains { $0.kind == .absent } == true)
    }

    /// A path that begins with `/v2/` may belong to another server than a registry.
    @Test func containerCredentialsPathIsNotReplayedAsRegistry() async throws {
        let exchange = RecordedExchange(
            request: .init(method: "GET", url: "http://169.254.170.2/v2/credentials/1"), response: .init(status: 200))
        var verification = Verification()
        try await verification.verify(exchange, playback(try Simulator.drydock()))
        #expect(verification.report.summary == .init(recorded: 1, compared: 0, agree: 0, skipped: 1))
    }

    @Test func operationsNotSimulatedAreSkipped() async throws {
        let exchange = RecordedExchange(
            request: .init(
                url: "https://ec2.us-east-1.amazonaws.com/",
                headers: [.init("Content-Type", "application/x-www-form-urlencoded")],
                body: Bytes("Action=AcceptReservedInstancesExchangeQuote&Version=2016-11-15&ReservedInstanceId.1=r-1".utf8)),
            response: .init(status: 200, body: Bytes("<AcceptReservedInstancesExchangeQuoteResponse/>".utf8)))
        var verification = Verification()
        try await verification.verify(exchange, playback(try Simulator.drydock()))
        #expect(verification.report.summary == .init(recorded: 1, compared: 0, agree: 0, skipped: 1))
    }
}
