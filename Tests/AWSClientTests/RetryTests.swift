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
        ] as [ScriptedTransport.Answer]) func transientErrorsAreRetried(_ answer: ScriptedTransport.Answer) async throws
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
        ] as [ScriptedTransport.Answer]) func permanentErrorsAreNotRetried(_ answer: ScriptedTransport.Answer) async throws
    {
        let fixture = Fixture(ScriptedTransport(answer, Self.ok))
        await #expect(throws: (any Error).self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 1)
        #expect(fixture.sleeps.isEmpty)
    }

    @Test func lastErrorIsThrownAfterThreeAttempts() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable, .ec2("Throttling"), .ec2("Unavailable", status: 503)))
        let error = await #expect(throws: AWSError.self) { try await call(fixture) }
        #expect(error?.code == "Unavailable")
        #expect(fixture.transport.asked.count == 3)
        #expect(fixture.sleeps == [.seconds(1), .seconds(2)])
    }

    @Test func retryDelaysDoubleUpToTwentySecondsWithJitter() async throws {
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
    ]) func retryAfterHeadersExtendRetryDelay(_ headers: [String: String], _ milliseconds: Int) async throws {
        let fields = [HTTPField.Name: String](uniqueKeysWithValues: headers.map { (HTTPField.Name($0)!, $1) })
        let fixture = Fixture(ScriptedTransport(.ec2("Throttling", headers: fields), Self.ok))
        try await call(fixture)
        #expect(fixture.sleeps == [.milliseconds(milliseconds)])
    }

    @Test func retriesStopWhenQuotaIsExhausted() async throws {
        // The quota is 23 units and a timeout costs 10: it pays for two retries, and the third failure is not retried.
        let fixture = Fixture(ScriptedTransport(Self.timedOut)) { $0.retry = RetryPolicy(maximumAttempts: 10, quota: 23) }
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 3)
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 4)
        // Each of seven successes adds a unit to the remaining three, which pays for one retry.
        for _ in 0..<6 { try await call(fixture, answering: Self.ok) }
        await #expect(throws: TransportError.self) { try await call(fixture, answering: Self.timedOut) }
        #expect(fixture.transport.asked.count == 11)
        try await call(fixture, answering: Self.ok)
        await #expect(throws: TransportError.self) { try await call(fixture, answering: Self.timedOut) }
        #expect(fixture.transport.asked.count == 14)
    }

    private func call(_ fixture: Fixture, answering answer: ScriptedTransport.Answer) async throws {
        fixture.transport.answers = [answer]
        try await call(fixture)
    }

    @Test func successfulRetryRefundsItsCost() async throws {
        let fixture = Fixture(ScriptedTransport(Self.timedOut, Self.ok, Self.timedOut, Self.ok)) {
            $0.retry = RetryPolicy(quota: 10)
        }
        try await call(fixture)
        try await call(fixture)
        #expect(fixture.transport.asked.count == 4)
    }

    @Test func retryQuotaReleasesUpToCapacity() async throws {
        let quota = RetryQuota(capacity: 10)
        #expect(quota.acquire(5) && quota.acquire(5) && !quota.acquire(1))
        quota.release(5)
        #expect(quota.acquire(5) && !quota.acquire(1))
        quota.release(100)
        #expect(quota.acquire(10) && !quota.acquire(1))
    }

    @Test func retriesReuseIdempotencyToken() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable, Self.unreachable, .ok("<RunInstancesResponse/>")))
        try await EC2Client(fixture.client).runInstances(.init(imageId: "ami-1", maxCount: 1, minCount: 1))
        let bodies = Set(fixture.transport.asked.map(\.body))
        #expect(fixture.transport.asked.count == 3 && bodies.count == 1)
        #expect(bodies.first?.contains("ClientToken=token-1") == true)
    }

    @Test func cancellationStopsRetries() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable)) { $0.sleep = { _ in throw CancellationError() } }
        await #expect(throws: CancellationError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 1)
    }

    @Test func retryPolicyNoneSendsOneRequest() async throws {
        let fixture = Fixture(ScriptedTransport(Self.unreachable)) { $0.retry = .none }
        await #expect(throws: TransportError.self) { try await call(fixture) }
        #expect(fixture.transport.asked.count == 1)
    }
}

@Suite struct ClockCorrection {
    private func date(_ offset: Duration) -> [HTTPField.Name: String] { [.date: (Fixture.now + offset).httpDate] }

    @Test(arguments: ["RequestExpired", "RequestTimeTooSkewed", "AuthFailure", "SignatureDoesNotMatch"])
    func clockSkewErrorAdoptsServerDate(_ code: String) async throws {
        let fixture = Fixture(
            ScriptedTransport(.ec2(code, headers: date(.hours(2))), .ok("<DescribeRegionsResponse/>")))
        let ec2 = EC2Client(fixture.client)
        _ = try await ec2.describeRegions(.init())
        _ = try await ec2.describeRegions(.init())
        let dates = try fixture.transport.asked.map { try SigV4Authorization.parse($0.request)?.date }
        #expect(dates == [Fixture.now, Fixture.now + .hours(2), Fixture.now + .hours(2)])
        #expect(fixture.sleeps.isEmpty)
    }

    @Test func wrongSecretDoesNotCorrectClock() async throws {
        let fixture = Fixture(ScriptedTransport(.ec2("SignatureDoesNotMatch", status: 403, headers: date(.minutes(1)))))
        await #expect(throws: AWSError.self) { try await EC2Client(fixture.client).describeRegions(.init()) }
        #expect(fixture.transport.asked.count == 1)
    }

    @Test func clockIsCorrectedOncePerCall() async throws {
        let fixture = Fixture(ScriptedTransport(.ec2("RequestExpired", headers: date(.hours(2)))))
        await #expect(throws: AWSError.self) { try await EC2Client(fixture.client).describeRegions(.init()) }
        #expect(fixture.transport.asked.count == 2)
    }
}

@Suite struct AdaptiveRetries {
    /// Rates by botocore 1.43.11's own classes (`ClientRateLimiter` with its token bucket and cubic function) for the same calls:
    /// 30 successes 0.1 s apart and one throttled call. Then, 0.25 s apart: 3 successes, one throttled call and 16 successes.
    private static let botocore: [Double] = [
        0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.532, 0.691, 0.879, 1.098, 1.35, 1.638, 1.965, 2.333, 2.744, 3.2,
        3.704, 4.259, 4.867, 5.53, 6.25, 7.03, 7.873, 8.781, 9.756, 10.8, 7.0, 8.008, 8.761, 9.295, 3.192, 3.766, 4.152, 4.387,
        4.508, 4.553, 4.56, 4.566, 4.608, 4.724, 4.952, 5.329, 5.892, 6.679, 7.728, 8.0, 8.0,
    ]

    @Test func adaptiveRateMatchesBotocore() {
        let limiter = RateLimiter(startingAt: Fixture.now)
        var now = Fixture.now
        for (index, expected) in Self.botocore.enumerated() {
            now = now + .milliseconds(index <= 30 ? 100 : 250)
            #expect(limiter.wait(at: now) == nil)
            limiter.record(isThrottled: index == 30 || index == 34, at: now)
            #expect(abs(limiter.rate - expected) < 0.002, "call \(index)")
        }
    }

    /// The bucket holds 7 calls and refills at 7 a second. Calls that come at once wait, one after the other.
    @Test func adaptiveBucketSpacesCallsAtItsRate() {
        let limiter = RateLimiter(startingAt: Fixture.now)
        var now = Fixture.now
        for index in 0...30 {
            now = now + .milliseconds(100)
            limiter.record(isThrottled: index == 30, at: now)
        }
        #expect(abs(limiter.rate - 7) < 0.001)
        let waits = (0..<20).map { _ in limiter.wait(at: now)?.milliseconds ?? 0 }
        let waiting = waits.drop { $0 == 0 }
        #expect(waits.count - waiting.count <= 7 && waiting.count >= 13)
        for (earlier, later) in zip(waiting, waiting.dropFirst()) { #expect((142...144).contains(later - earlier)) }
    }

    @Test func adaptiveRateNeverFallsBelowHalfACallPerSecond() {
        let limiter = RateLimiter(startingAt: Fixture.now)
        var now = Fixture.now
        for _ in 0..<50 {
            now = now + .seconds(2)
            limiter.record(isThrottled: true, at: now)
        }
        #expect(limiter.rate == 0.5)
        // The bucket holds one call, and later calls wait two seconds each.
        let waits = (0..<3).map { _ in limiter.wait(at: now)?.milliseconds ?? 0 }
        #expect(waits == [0, 2000, 4000])
    }

    private static func calls(_ mode: RetryPolicy.Mode) async throws -> [Duration] {
        let clock = TestClock()
        let fixture = Fixture(ScriptedTransport(.ec2("Throttling"), .ok("<DescribeRegionsResponse/>"))) {
            $0.retry = RetryPolicy(mode)
            $0.clock = { clock.now }
            $0.sleep = { clock.sleep($0) }
            $0.jitter = { 0 }
        }
        for _ in 0..<4 { _ = try await EC2Client(fixture.client).describeRegions(.init()) }
        return clock.slept
    }

    /// After a throttled call the client delays each later call: the retry at 0.5 calls a second, then at twice the measured rate
    /// (0.8 and 1.76 calls a second). The retry itself has no backoff, because jitter is 0 here.
    @Test func adaptiveModeDelaysCallsAfterThrottling() async throws {
        let slept = try await Self.calls(.adaptive)
        #expect(slept == [0, 2000, 625, 285, 284].map { .milliseconds($0) })
        #expect(try await Self.calls(.standard) == [.zero])
    }
}
