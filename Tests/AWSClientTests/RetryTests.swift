import AWSCore
import EC2API
import HTTPTypes
import STSAPI
import Testing

@testable import AWSClient

@Suite struct Retries {
    private static let ok = ScriptedTransport.Answer.ok("<DescribeRegionsResponse/>")
    private static let unreachable = ScriptedTransport.Answer.failure(.unreachable(host: "h", reason: "refused"))
    private static let timedOut = ScriptedTransport.Answer.failure(.timedOut(host: "h", after: .seconds(1)))

    private func call(_ fixture: Fixture) async throws { _ = try await EC2Client(fixture.client).describeRegions(.init()) }

    @Test(
        arguments: [
            .ec2("RequestLimitExceeded", status: 503), .ec2("Throttling"), .ec2("SlowDown"), .ec2("RequestTimeout"),
            .ec2("InternalError", status: 500), .error(502), .error(503), .error(504), unreachable, timedOut,
            .failure(.truncated(host: "h")),
        ] as [ScriptedTransport.Answer]) func whatMayPassIsTriedAgain(_ answer: ScriptedTransport.Answer) async throws
    {
        let fixture = Fixture(ScriptedTransport(answer, Self.ok))
        try await call(fixture)
        #expect(fixture.transport.asked.count == 2)
        #expect(fixture.sleeps == [.seconds(1)])
    }

    @Test(
        arguments: [
            .ec2("InvalidInstanceID.NotFound"), .ec2("UnauthorizedOperation", status: 403), .ec2("NotSimulated", status: 501),
            .ec2("DryRunOperation", status: 412), .failure(.unanswered("no recording")), .error(404),
        ] as [ScriptedTransport.Answer]) func whatWillNotPassIsThrownAtOnce(_ answer: ScriptedTransport.Answer) async throws
    {
        let fixture = Fixture(ScriptedTransport(answer, Self.ok))
        await #expect(throws: (any Error).self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 1)
        #expect(fixture.sleeps.isEmpty)
    }

    @Test func threeAttemptsThenTheLastError() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable, .ec2("Throttling"), .ec2("Unavailable", status: 503)))
        let error = await #expect(throws: AWSError.self) { try await call(fixture) }
        #expect(error?.code == "Unavailable")
        #expect(fixture.transport.asked.count == 3)
        #expect(fixture.sleeps == [.seconds(1), .seconds(2)])
    }

    @Test func delaysDoubleUpToTwentySecondsAndAreJittered() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable)) {
            $0.retry.maximumAttempts = 8
            $0.jitter = { 0.5 }
        }
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.sleeps == [0.5, 1, 2, 4, 8, 10, 10].map { .milliseconds(Int($0 * 1000)) })
    }

    @Test(arguments: [
        (["x-amz-retry-after": "1500"], 1500), (["x-amz-retry-after": "90000"], 6000), (["x-amz-retry-after": "10"], 1000),
        (["x-amz-retry-after": "-1"], 1000), (["x-amz-retry-after": "soon"], 1000), (["Retry-After": "3"], 3000),
        (["Retry-After": "3600"], 6000),
    ]) func theServiceMayAskForALongerDelay(_ headers: [String: String], _ milliseconds: Int) async throws {
        let fields = [HTTPField.Name: String](uniqueKeysWithValues: headers.map { (HTTPField.Name($0)!, $1) })
        let fixture = Fixture(ScriptedTransport(.ec2("Throttling", headers: fields), Self.ok))
        try await call(fixture)
        #expect(fixture.sleeps == [.milliseconds(milliseconds)])
    }

    @Test func theQuotaDriesUpAndSuccessesRefillIt() async throws {
        // 23 units: a time-out costs 10, so two are paid for; the third failure finds too little.
        let fixture = Fixture(ScriptedTransport(Self.timedOut)) { $0.retry = RetryPolicy(maximumAttempts: 10, quota: 23) }
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 3)
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 4)
    }

    @Test func aRetryThatSucceedsGetsItsCostBack() async throws {
        let quota = RetryQuota(capacity: 10)
        #expect(quota.acquire(5) && quota.acquire(5) && !quota.acquire(1))
        quota.release(5)
        #expect(quota.acquire(5) && !quota.acquire(1))
        quota.release(100)
        #expect(quota.acquire(10) && !quota.acquire(1))
    }

    @Test func theIdempotencyTokenStaysTheSame() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable, Self.unreachable, .ok("<RunInstancesResponse/>")))
        try await EC2Client(fixture.client).runInstances(.init(imageId: "ami-1", maxCount: 1, minCount: 1))
        let bodies = Set(fixture.transport.asked.map(\.body))
        #expect(fixture.transport.asked.count == 3 && bodies.count == 1)
        #expect(bodies.first?.contains("ClientToken=token-1") == true)
    }

    @Test func cancellationEndsTheRetries() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable)) { $0.sleep = { _ in throw CancellationError() } }
        await #expect(throws: CancellationError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 1)
    }

    @Test func noRetriesWhereNoneAreWanted() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable)) { $0.retry = .none }
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 1)
    }
}

@Suite struct ClockCorrection {
    private func date(_ offset: Duration) -> [HTTPField.Name: String] { [.date: (Fixture.now + offset).httpDate] }

    @Test(arguments: ["RequestExpired", "RequestTimeTooSkewed", "AuthFailure", "SignatureDoesNotMatch"])
    func theServicesClockIsTaken(_ code: String) async throws {
        let fixture = Fixture(
            ScriptedTransport(.ec2(code, headers: date(.hours(2))), .ok("<DescribeRegionsResponse/>")))
        let ec2 = EC2Client(fixture.client)
        _ = try await ec2.describeRegions(.init())
        _ = try await ec2.describeRegions(.init())
        let dates = try fixture.transport.asked.map { try SigV4Authorization.parse($0.request)?.date }
        #expect(dates == [Fixture.now, Fixture.now + .hours(2), Fixture.now + .hours(2)])
        #expect(fixture.sleeps.isEmpty)
    }

    @Test func aWrongSecretIsNotTakenForAWrongClock() async throws {
        let fixture = Fixture(ScriptedTransport(.ec2("SignatureDoesNotMatch", status: 403, headers: date(.minutes(1)))))
        await #expect(throws: AWSError.self) { try await EC2Client(fixture.client).describeRegions(.init()) }
        #expect(fixture.transport.asked.count == 1)
    }

    @Test func oneCorrectionIsEnough() async throws {
        let fixture = Fixture(ScriptedTransport(.ec2("RequestExpired", headers: date(.hours(2)))))
        await #expect(throws: AWSError.self) { try await EC2Client(fixture.client).describeRegions(.init()) }
        #expect(fixture.transport.asked.count == 2)
    }
}
