import AWSCore
import Contract
import Drydock
import Foundation
import Scenarios
import Testing

/// The target's settings as stored in a recording.
@Suite struct RecordedTargetSettings {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func drydockRecordingStoresTargetSettings() throws {
        let start = try #require(Instant(parsing: "2024-02-03T04:05:06Z"))
        let simulator = try Simulator.drydock(
            Configuration(
                account: "001727357081", region: "eu-west-1", seed: .max, clock: .manual(at: start), transitions: .aws,
                isStrict: true))
        let path = folder.path + "/a.har"
        try HARWriter(path: path, settings: RecordingSettings(simulator)).close()
        let settings = try RecordingSettings(of: HARReader(path: path))
        #expect(
            settings
                == RecordingSettings(
                    account: "001727357081", region: "eu-west-1", start: start, transitions: "aws", seed: .max, isStrict: true))
        let again = Configuration(answeringAs: settings)
        #expect(again.account == "001727357081" && again.region == "eu-west-1" && again.seed == .max && again.isStrict)
        #expect(again.clock.now == start && again.transitions == .aws)
        #expect(Configuration(answeringAs: settings, transitions: .quick).transitions == .quick)
    }

    @Test func hiddenAccountIsNotRecorded() throws {
        let path = folder.path + "/a.har"
        try HARWriter(
            path: path, redaction: Redaction(hidesAccounts: true), settings: RecordingSettings(account: "001727357081")
        ).close()
        #expect(try RecordingSettings(of: HARReader(path: path)).account == nil)
    }

    private func recorded(_ operation: String, at seconds: Int64, _ body: String, service: String = "ec2") -> RecordedExchange {
        var exchange = RecordedExchange(
            started: Instant(seconds: 1_700_000_000 + seconds),
            request: .init(url: "https://\(service).eu-west-1.amazonaws.com/", body: Bytes("Action=\(operation)".utf8)),
            response: .init(status: 200, body: Bytes(body.utf8)), notes: .init(service: service, operation: operation))
        exchange.notes.region = "eu-west-1"
        return exchange
    }

    private func settings(_ exchanges: [RecordedExchange]) throws -> RecordingSettings {
        let path = folder.path + "/\(UUID().uuidString).har"
        let writer = try HARWriter(path: path, comment: "Recorded of another server.")
        for exchange in exchanges { try writer.write(exchange) }
        try writer.close()
        return try RecordingSettings(of: HARReader(path: path))
    }

    private func instance(_ state: String) -> String {
        "<R><ownerId>210987654321</ownerId><instancesSet><item><instanceId>i-0000000a</instanceId><instanceState><code>0</code><name>\(state)</name></instanceState></item></instancesSet></R>"
    }

    @Test(arguments: [(0, "running", "instant"), (1, "pending", "aws"), (40, "running", "aws")] as [(Int64, String, String)])
    func foreignRecordingSettingsAreInferred(_ seconds: Int64, _ state: String, _ transitions: String) throws {
        let found = try settings([
            recorded("RunInstances", at: 0, instance("pending")), recorded("DescribeInstances", at: seconds, instance(state)),
        ])
        #expect(
            found
                == RecordingSettings(
                    account: "210987654321", region: "eu-west-1", start: Instant(seconds: 1_700_000_000 as Int64),
                    transitions: transitions))
    }

    @Test func accountIsInferredFromGetCallerIdentity() throws {
        let identity = "<R><Arn>arn:aws:iam::111122223333:root</Arn><Account>111122223333</Account></R>"
        let others = (0..<5).map { _ in "<arn>arn:aws:iam::999999999999:role/r</arn>" }.joined()
        let found = try settings([
            recorded("ListRoles", at: 0, "<R>\(others)</R>", service: "iam"),
            recorded("GetCallerIdentity", at: 1, identity, service: "sts"),
        ])
        #expect(found.account == "111122223333")
        #expect(found.transitions == nil)
    }
}
