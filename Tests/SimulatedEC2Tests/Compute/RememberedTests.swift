import DrydockTesting
import GRDB
import Synchronization
import Testing

/// Terminated instances stay listed for an hour and do not slow other calls.
@Suite(.simulator) struct RetainedRecords {
    private let aws = AWS.current

    private func launch(_ count: Int, token: String? = nil) async throws -> [String] {
        let image = try #require(
            try await aws.ec2.describeImages(.init(owners: ["099720109477"])).images?.first?.imageId)
        let made = try await aws.ec2.runInstances(
            .init(imageId: image, instanceType: "t3.micro", maxCount: count, minCount: count, clientToken: token))
        return made.instances?.compactMap(\.instanceId) ?? []
    }

    @Test func describeInstancesPaginatesInLaunchOrder() async throws {
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
        await refused("InvalidNextToken") { try await aws.ec2.describeInstances(.init(nextToken: "none", maxResults: 5)) }
        // A token is valid only for the request with the same filters.
        let other = try await aws.ec2.describeInstances(.init(maxResults: 5)).nextToken
        await refused("InvalidNextToken") {
            try await aws.ec2.describeInstances(
                .init(filters: [.init(name: "instance-type", values: ["t3.micro"])], nextToken: other, maxResults: 5))
        }
    }

    /// Assumed: one day.
    @Test func clientTokenExpiresAfterOneDay() async throws {
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

    @Test func expiredSessionIsDeletedAndStillRejected() async throws {
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
    @Test func instanceQueriesUseIndexes() async throws {
        _ = try await launch(2, token: "once")
        let first = try await plans { _ = try await launch(1) }
        #expect(first.contains { $0.contains("ec2_instance_started") }, "\(first)")
        let repeated = try await plans { _ = try await launch(2, token: "once") }
        #expect(repeated.contains { $0.contains("ec2_instance_by_reservation") }, "\(repeated)")
        let token = try await aws.ec2.describeInstances(.init(maxResults: 5)).nextToken
        #expect(token == nil)
        _ = try await launch(5)
        let page = try await aws.ec2.describeInstances(.init(maxResults: 5))
        let next = try await plans { _ = try await aws.ec2.describeInstances(.init(nextToken: page.nextToken, maxResults: 5)) }
        #expect(next.contains { $0.contains("rowid>?") }, "\(next)")
        for plan in first + repeated + next {
            #expect(!plan.contains("SCAN ec2_instance") && !plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    /// Returns SQLite's plans of the queries of instances that `body` runs.
    private func plans(_ body: () async throws -> Void) async throws -> [String] {
        let queries = Mutex<[String]>([])
        try aws.simulator.look { db in
            db.trace { event in
                guard case .statement(let statement) = event, statement.sql.contains("FROM ec2_instance ") else { return }
                queries.withLock { $0.append(statement.sql) }
            }
        }
        try await body()
        return try aws.simulator.look { db in
            db.trace(options: [])
            return try queries.withLock { $0 }.map { sql in
                let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
                // Parameters stay unbound; the plan does not depend on them.
                statement.setUncheckedArguments(StatementArguments())
                return try Row.fetchAll(statement).map { $0["detail"] as String }.joined(separator: "; ") + " of " + sql
            }
        }
    }
}
