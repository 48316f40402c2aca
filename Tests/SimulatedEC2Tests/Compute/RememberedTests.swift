import DrydockTesting
import GRDB
import Testing

/// Terminated instances stay listed for an hour and do not slow other calls.
@Suite(.simulator) struct Remembered {
    private let aws = AWS.current

    private func launch(_ count: Int, token: String? = nil) async throws -> [String] {
        let image = try #require(
            try await aws.ec2.describeImages(.init(owners: ["099720109477"])).images?.first?.imageId)
        let made = try await aws.ec2.runInstances(
            .init(imageId: image, instanceType: "t3.micro", maxCount: count, minCount: count, clientToken: token))
        return made.instances?.compactMap(\.instanceId) ?? []
    }

    @Test func pagesOfAllInstancesGoThroughThemInOrder() async throws {
        var all: [String] = []
        for count in [3, 4, 6] { all += try await launch(count) }
        try await aws.ec2.terminateInstances(.init(instanceIds: Array(all[2..<5])))
        var found: [String] = [], token: String?, sizes: [Int] = []
        repeat {
            let page = try await aws.ec2.describeInstances(.init(nextToken: token, maxResults: 5))
            let ids = (page.reservations ?? []).flatMap { $0.instances ?? [] }.compactMap(\.instanceId)
            found += ids
            sizes.append(ids.count)
            token = page.nextToken
            // Instances launched between pages come last.
            if sizes.count == 1 { all += try await launch(1) }
        } while token != nil
        #expect(found == all)
        #expect(sizes == [5, 5, 4])
        let whole = try await aws.ec2.describeInstances(.init())
        let page = try await aws.ec2.describeInstances(.init(maxResults: 1000))
        #expect(whole.reservations?.map(\.reservationId) == page.reservations?.map(\.reservationId) && page.nextToken == nil)
        await #expect(throws: AWSError.self) { try await aws.ec2.describeInstances(.init(nextToken: "none", maxResults: 5)) }
        // A token is valid only for the request with the same filters.
        let other = try await aws.ec2.describeInstances(.init(maxResults: 5)).nextToken
        await #expect(throws: AWSError.self) {
            try await aws.ec2.describeInstances(
                .init(filters: [.init(name: "instance-type", values: ["t3.micro"])], nextToken: other, maxResults: 5))
        }
    }

    /// Assumed: one day.
    @Test func aClientTokenIsForgottenAfterADay() async throws {
        let first = try await launch(1, token: "once")
        #expect(try await launch(1, token: "once") == first)
        aws.clock.advance(by: .hours(23))
        #expect(try await launch(1, token: "once") == first)
        aws.clock.advance(by: .hours(2))
        let second = try await launch(1, token: "once")
        #expect(second != first)
        _ = try await launch(1, token: "twice")
        #expect(try count("client_token") == 2)
    }

    @Test func anEndedSessionIsForgottenAndStaysEnded() async throws {
        let made = try #require(try await aws.sts.getSessionToken(.init(durationSeconds: 900)).credentials)
        let session = Credentials(
            accessKeyId: try #require(made.accessKeyId), secretAccessKey: try #require(made.secretAccessKey),
            sessionToken: made.sessionToken)
        let client = STSClient(aws.simulator.client(credentials: session))
        _ = try await client.getCallerIdentity(.init())
        aws.clock.advance(by: .minutes(20))
        let ended = await #expect(throws: AWSError.self) { _ = try await client.getCallerIdentity(.init()) }
        #expect(ended?.code == "ExpiredToken")
        aws.clock.advance(by: .hours(2))
        _ = try await aws.sts.getSessionToken(.init(durationSeconds: 900))
        #expect(try count("sts_session") == 1)
        let forgotten = await #expect(throws: AWSError.self) { _ = try await client.getCallerIdentity(.init()) }
        #expect(forgotten?.code == "ExpiredToken")
    }

    private func count(_ table: String) throws -> Int? {
        try aws.simulator.look { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }

    /// Checks SQLite's query plans instead of measuring time.
    @Test func launchesLookAtNothingThatIsRemembered() async throws {
        _ = try await launch(1)
        let plans = try aws.simulator.look { db in
            try [
                "SELECT type, COUNT(*) FROM ec2_instance WHERE account = 'a' AND region = 'b' AND phase = 'start' GROUP BY type",
                "SELECT id FROM ec2_instance WHERE account = 'a' AND region = 'b' AND reservation = 'r' ORDER BY number",
                "SELECT id FROM ec2_instance WHERE account = 'a' AND region = 'b' AND number > 4 ORDER BY number LIMIT 6",
            ].map { sql in
                try String.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", adapter: SuffixRowAdapter(fromIndex: 3))
                    .joined(separator: "; ")
            }
        }
        #expect(plans[0].contains("ec2_instance_started") && !plans[0].contains("TEMP B-TREE"), "\(plans[0])")
        #expect(plans[1].contains("ec2_instance_by_reservation"), "\(plans[1])")
        #expect(plans[2].contains("rowid>?") && !plans[2].contains("TEMP B-TREE"), "\(plans[2])")
    }
}
