import Foundation
import Synchronization
import Testing

@testable import DrydockTesting

/// The test support library: fixtures, golden requests and recordings.
@Suite struct TestingTests {
    private static let prepared = Atomic(0)
    private static let team = Fixture(Configuration(region: "eu-west-1")) { aws in
        prepared.wrappingAdd(1, ordering: .relaxed)
        _ = try await aws.ecr.createRepository(.init(repositoryName: "team"))
    }

    @Test func fixtureIsPreparedOnceAndIsolatesItsUsers() async throws {
        try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<8 {
                group.addTask {
                    let aws = try await Self.team.aws()
                    _ = try await aws.ecr.createRepository(.init(repositoryName: "own-\(number)"))
                    return try await aws.ecr.describeRepositories(.init()).repositories?.compactMap(\.repositoryName) ?? []
                }
            }
            for try await names in group { #expect(names.count == 2 && names.contains("team")) }
        }
        #expect(Self.prepared.load(ordering: .relaxed) == 1)
        #expect(try await Self.team.aws().simulator.configuration.region == "eu-west-1")
    }

    @Suite(.simulator(fixture: TestingTests.team)) struct WithFixture {
        @Test func simulatorTraitStartsFromFixture() async throws {
            #expect(AWS.current.journal.isEmpty)
            #expect(try await AWS.current.ecr.describeRepositories(.init()).repositories?.map(\.repositoryName) == ["team"])
        }
    }

    private func withFile(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-golden-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder + "/deep/one.txt")
    }

    @Test(arguments: RecordMode.allCases) func missingGoldenIsWrittenUnlessModeIsNever(_ mode: RecordMode) throws {
        try withFile { path in
            let complaint = try GoldenText(path).complaint("a\n", mode: mode)
            #expect((complaint == nil) == (mode != .never))
            #expect(FileManager.default.fileExists(atPath: path) == (mode != .never))
            if let complaint { #expect(complaint.contains("DRYDOCK_RECORD=missing")) }
        }
    }

    @Test(arguments: RecordMode.allCases) func differingGoldenIsRewrittenByMode(_ mode: RecordMode) throws {
        try withFile { path in
            #expect(try GoldenText(path).complaint("same\nold\n", mode: .missing) == nil)
            let complaint = try GoldenText(path).complaint("same\nnew\n", mode: mode)
            #expect((complaint == nil) == (mode == .failed || mode == .all))
            if let complaint { #expect(complaint.contains("  same\n- old\n+ new")) }
            #expect(try GoldenText(path).complaint(complaint == nil ? "same\nnew\n" : "same\nold\n", mode: .never) == nil)
        }
    }

    @Test func requestTextIgnoresSeedAndTime() async throws {
        var texts: [String] = []
        for seed in [1, 7] as [UInt64] {
            let aws = try AWS(Configuration(seed: seed)).noting
            aws.clock.advance(by: .seconds(Int64(seed) * 86400))
            let vpc = try #require(try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId)
            _ = try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc))
            texts.append(aws.requestText)
            #expect(!aws.requestText.contains(vpc))
        }
        #expect(texts[0] == texts[1])
        #expect(
            texts[0] == """
                ec2 CreateVpc
                  CidrBlock: "10.0.0.0/16"

                ec2 CreateSubnet
                  CidrBlock: "10.0.1.0/24"
                  VpcId: "<vpc 1>"

                """)
    }

    @Test(.simulator) func expectRequestsReportsDifferingRequests() async throws {
        _ = try await AWS.current.ecr.createRepository(.init(repositoryName: "app"))
        expectRequests(matching: "createRepository")
        _ = try await AWS.current.ecr.describeRepositories(.init())
        withKnownIssue {
            expectRequests(matching: "createRepository", mode: .never)
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("+ ecr DescribeRepositories") }
        }
    }

    /// The recording is in this folder: recorded once, then replayed.
    @Test(.recorded()) func recordedAnswersAreReplayed() async throws {
        let created = try await AWS.current.ecr.createRepository(.init(repositoryName: "recorded"))
        #expect(created.repository?.repositoryUri == "123456789012.dkr.ecr.us-east-1.amazonaws.com/recorded")
        // The response comes from the file, not from a simulator.
        #expect(AWS.current.simulator.journal.entries.isEmpty)
    }

    @Test func recordedTraitRecordsOnceAndThenReplays() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-recorded-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let trait = RecordedTrait(file: folder + "/Some.swift", mode: .missing)
        let test = try #require(Test.current)
        var ids: [String] = [], asked: [Int] = []
        for _ in 0..<2 {
            let seen = Mutex<(String?, Int)>((nil, 0))
            try await trait.provideScope(for: test, testCase: Test.Case.current) {
                let vpc = try await AWS.current.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId
                seen.withLock { $0 = (vpc, AWS.current.simulator.journal.entries.count) }
            }
            let (id, count) = seen.withLock { $0 }
            ids.append(try #require(id))
            asked.append(count)
        }
        #expect(ids[0] == ids[1])
        #expect(asked == [1, 0])
    }
}
