import AWSClient
import AWSCore
import Contract
import Drydock
import Foundation
import HTTPTypes
import Scenarios
import Testing

/// Compares how often AWS includes a response member with how often a simulator does.
@Suite struct MemberPresence {
    private func recorded(_ body: String, status: Int = 200) -> RecordedExchange {
        var exchange = RecordedExchange(
            request: .init(url: "https://ec2.amazonaws.com/"), response: .init(status: status, body: Bytes(body.utf8)),
            notes: .init(service: "ec2", operation: "DescribeVpcs"))
        exchange.notes.encoding = .parsed
        exchange.notes.hasRequest = false
        return exchange
    }

    private func statistics(_ bodies: [String]) -> PresenceStatistics {
        var statistics = PresenceStatistics()
        for body in bodies { statistics.add(recorded(body)) }
        return statistics
    }

    @Test func presenceCountsGivenEmptyAndOmittedMembers() {
        let found = statistics([
            #"{"Vpcs": [{"VpcId": "vpc-1", "Tags": [{"Key": "a", "Value": ""}]}, {"VpcId": "vpc-2", "Tags": []}]}"#,
            #"{"Vpcs": [{"VpcId": "vpc-3"}]}"#, #"{"Vpcs": []}"#,
        ])
        #expect(found.count("ec2", "DescribeVpcs", "Vpcs.Tags") == .init(all: 3, given: 1, empty: 1))
        #expect(found.count("ec2", "DescribeVpcs", "Vpcs.Tags")?.leftOut == 1)
        #expect(found.count("ec2", "DescribeVpcs", "Vpcs") == .init(all: 3, given: 2, empty: 1))
        #expect(found.count("ec2", "DescribeVpcs", "Vpcs.Tags.Value") == .init(all: 1, given: 0, empty: 1))
        #expect(found.count("ec2", "DescribeVpcs", "Vpcs.Unheard") == nil)
    }

    @Test func presenceIgnoresErrorsPartsAndExamples() {
        var statistics = PresenceStatistics()
        statistics.add(recorded(#"{"Error": {"Code": "X"}}"#, status: 400))
        var part = recorded("{}")
        part.notes.shape = "Vpc"
        statistics.add(part)
        var example = recorded("{}")
        example.notes.origin = "examples"
        statistics.add(example)
        #expect(statistics.members == 0)
    }

    @Test func presenceReportListsDifferencesFromAWS() {
        let without = Array(repeating: #"{"Vpcs": [{"VpcId": "vpc-1", "State": "available"}]}"#, count: 4)
        let target = statistics([#"{"Vpcs": [{"VpcId": "vpc-1", "Tags": []}]}"#])
        let report = PresenceReport(statistics(without), target)
        #expect(report.rows.map { "\($0.path) \($0.what)" } == ["Vpcs.State leftOut", "Vpcs.Tags empty"])
        #expect(!report.agrees)
        #expect(report.text.contains("✘ ec2 DescribeVpcs Vpcs.Tags: empty"))
        #expect(report.json["differences"]?.elements?.last?["recorded"]?["leftOut"] == .integer(4))
        // Fewer than three responses are not compared.
        #expect(PresenceReport(statistics(Array(without.prefix(2))), target).compared == 0)
    }

    @Test func presenceRulePermitsDifferenceWithReason() throws {
        let target = statistics([#"{"Vpcs": [{"VpcId": "vpc-1", "Tags": []}]}"#])
        let rules = try Rules(
            parsing: Bytes(#"[{"kinds": ["presence"], "path": "Vpcs.Tags", "found": "empty", "reason": "known"}]"#.utf8),
            file: "rules")
        let report = PresenceReport(
            statistics(Array(repeating: #"{"Vpcs": [{"VpcId": "vpc-1"}]}"#, count: 4)), target, rules: rules)
        #expect(report.agrees && report.rows.map(\.permittedBecause) == ["known"])
        #expect(report.text.contains("1  known"))
    }

    // MARK: The simulator

    /// Known differences from AWS. Remove an entry when you fix it.
    private static let known: Set<String> = []

    /// Needs the recorded responses of AWS; see `recordedFolder`.
    @Test(.enabled(if: recordedFolder != nil)) func simulatorMemberPresenceMatchesAWS() async throws {
        let folder = try #require(recordedFolder)
        var recorded = PresenceStatistics()
        for (name, format) in [
            ("c7n-placebo", ImportFormat.placebo), ("localstack-snapshots", .snapshot), ("manageiq-vcr", .vcr),
        ] {
            try RecordingImporter(format).importAll("\(folder)/\(name)") { recorded.add($0) }
        }
        let simulator = try Simulator.drydock(), answers = PreparedAnswers()
        for file in ["everything.yaml", "bare.yaml"] {
            let text = try String(contentsOfFile: "\(GoldenRecordings.folder)/\(file)", encoding: .utf8)
            let target = Target.simulator(simulator).tapped { answers.transport(over: $0) }
            let outcome = await ScenarioRun(try Scenario(parsing: text, file: file), on: target, answers: .yes).run([.up])
            #expect(outcome.isSuccess, "\(file)")
        }
        var given = PresenceStatistics()
        given.add(answers)
        let report = PresenceReport(recorded, given, rules: .standard)
        #expect(report.compared > 500)
        let found = Set(
            report.rows.filter { $0.permittedBecause == nil }.map { "\($0.service) \($0.operation) \($0.path) \($0.what)" })
        #expect(found == Self.known, "\(report.text)")
    }
}
