import Drydock
import DrydockTesting
import Foundation
import GRDB
import Testing

/// Changes that are due in ECR happen before the next request, whatever its account, region or service.
@Suite(.simulator(transitions: .aws)) struct ScheduledECRChanges {
    private let aws = AWS.current

    private func count(_ table: String, _ condition: String = "TRUE", in aws: AWS? = nil) throws -> Int {
        try (aws ?? self.aws).simulator.look {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM \(table) WHERE \(condition)") ?? 0
        }
    }

    @Test func abandonedUploadExpiresAfterOneDay() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.ecr.initiateLayerUpload(.init(repositoryName: "app"))
        aws.clock.advance(by: .hours(24) - .seconds(1))
        _ = try await aws.sts.getCallerIdentity()
        #expect(try count("ecr_upload") == 1)
        aws.clock.advance(by: .seconds(1))
        _ = try await aws.acting(as: .init(accessKeyId: "210987654321", secretAccessKey: "test"), region: "eu-west-1").ec2
            .describeVpcs()
        #expect(try count("ecr_upload") == 0 && count("due", "kind = 'ecr-upload'") == 0)
    }

    @Test func replicationCompletesBeforeRequestOfOtherService() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let rule = ReplicationRule(destinations: [.init(region: "eu-west-1", registryId: "123456789012")])
        try await aws.ecr.putReplicationConfiguration(.init(replicationConfiguration: .init(rules: [rule])))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        aws.clock.advance(by: .minutes(1))
        _ = try await aws.iam.listUsers()
        #expect(try count("ecr_image", "region = 'eu-west-1' AND digest = '\(digest)'") == 1)
        #expect(try count("due", "kind = 'ecr-replication'") == 0)
    }

    @Test func lifecyclePolicyRunsBeforeRequestOfOtherService() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        try await aws.putImage("two", tag: "v2", to: "app")
        try await aws.ecr.putLifecyclePolicy(.init(repositoryName: "app", lifecyclePolicyText: Self.keepOne))
        aws.clock.advance(by: .hours(23))
        _ = try await aws.sts.getCallerIdentity()
        #expect(try count("ecr_image") == 2)
        aws.clock.advance(by: .hours(1))
        _ = try await aws.sts.getCallerIdentity()
        #expect(try count("ecr_image") == 1 && count("due", "kind = 'ecr-lifecycle'") == 1)
        try await aws.ecr.deleteRepository(.init(repositoryName: "app", force: true))
        #expect(try count("due", "kind = 'ecr-lifecycle'") == 0)
    }

    /// Opening a state older than the index of due changes fills the index.
    @Test func scheduledChangesContinueAfterRestart() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-due-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let earlier = try AWS(.init(transitions: .aws, stateFolder: folder))
        try await earlier.ecr.createRepository(.init(repositoryName: "app"))
        try await earlier.ecr.putLifecyclePolicy(.init(repositoryName: "app", lifecyclePolicyText: Self.keepOne))
        try await earlier.ecr.initiateLayerUpload(.init(repositoryName: "app"))
        try earlier.simulator.close()
        let database = try DatabaseQueue(path: folder + "/drydock.sqlite")
        try await database.write { db in
            let triggers = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '% due%'")
            try #require(triggers.count == 8)
            for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger)") }
            try db.execute(sql: "DELETE FROM due; DELETE FROM migration WHERE name = 'ecr.due'")
        }
        try database.close()
        let later = try AWS(.init(transitions: .aws, stateFolder: folder))
        #expect(try count("due", in: later) == 2)
        later.clock.advance(by: .hours(24))
        _ = try await later.sts.getCallerIdentity()
        #expect(try count("ecr_upload", in: later) == 0)
        #expect(try count("ecr_repository", "lifecycle_evaluated_at IS NOT NULL", in: later) == 1)
        try later.simulator.close()
    }

    private static let keepOne = """
        {"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},\
        "action":{"type":"expire"}}]}
        """
}
