import DrydockTesting
import Releases
import Testing

extension Fixture {
    /// A team that has a release already.
    static let team = Fixture { aws in
        _ = try await aws.ecr.createRepository(.init(repositoryName: "team/app"))
        _ = try await aws.iam.createUser(.init(userName: "Intern"))
    }
}

/// Each test has its own AWS, which begins with the fixture's state.
@Suite(.simulator(fixture: .team)) struct ReleasesTests {
    var aws: AWS { AWS.current }
    var releases: Releases { Releases(aws.client) }

    @Test func aNewApplicationGetsARepository() async throws {
        let uri = try await releases.prepare("team/worker")
        #expect(uri == "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/worker")
        expectRequests(matching: "prepare")
    }

    @Test func anOldApplicationKeepsIts() async throws {
        let uri = try await releases.prepare("team/app")
        #expect(uri == "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app")
    }

    /// The client retries after the delay in the response. The test does not wait, because it has its own clock.
    @Test func throttlingOnlyDelays() async throws {
        aws.simulator.faults.set(
            FaultPlan([
                Fault(
                    .throttle(retryAfter: .seconds(3)), service: "ecr", operation: "CreateRepository", calls: .numbers(1...2))
            ]))
        #expect(try await releases.prepare("team/worker") != nil)
        #expect(aws.journal.map(\.status) == [400, 400, 200])
    }

    @Test func aPasswordIsGoodForTwelveHours() async throws {
        let password = try #require(try await releases.password())
        #expect(password.expires == aws.clock.now + .seconds(12 * 3600))
        aws.clock.advance(by: .seconds(13 * 3600))
        #expect(password.expires < aws.clock.now)
    }

    @Test func anInternMayNotAndTheJournalSaysWhy() async throws {
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Intern")).accessKey)
        let intern = aws.acting(
            as: Credentials(
                accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey)))
        await #expect(throws: AWSError.self) { try await Releases(intern.client).prepare("team/secret") }
        #expect(aws.journal.last?.authorization == "not allowed by any identity-based policy")
    }
}
