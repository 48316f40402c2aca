import AWSCore
import HTTPTypes

/// When to retry and after what delay: botocore's *standard* and *adaptive* modes.
public struct RetryPolicy: Sendable {
    /// botocore's retry modes.
    public enum Mode: Sendable {
        /// Limits attempts, delays and a quota.
        case standard
        /// The same, and after a throttled call also limits the request rate to what the service recently accepted.
        case adaptive
    }

    public var mode: Mode
    /// The most attempts per call, including the first.
    public var maximumAttempts: Int
    public var maximumDelay: Duration
    /// The shared budget for retries. Successful calls refund it.
    public var quota: Int

    public init(
        _ mode: Mode = .standard, maximumAttempts: Int = 3, maximumDelay: Duration = .seconds(20), quota: Int = 500
    ) {
        self.mode = mode
        self.maximumAttempts = max(1, maximumAttempts)
        self.maximumDelay = maximumDelay
        self.quota = quota
    }

    /// Never retries.
    public static let none = RetryPolicy(maximumAttempts: 1)

    enum Reason {
        case transient, throttled, timeout

        /// A timeout costs twice as much, because it occupies a connection for long.
        var cost: Int { self == .timeout ? 10 : 5 }
    }

    /// Returns why a retry may succeed; nil if it will not.
    func reason(toRetry failure: AWSClient.FailedAttempt) -> Reason? {
        switch failure.error {
        case let error as AWSError:
            if Self.throttlingCodes.contains(error.code) { return .throttled }
            if Self.transientCodes.contains(error.code) || Self.transientStatuses.contains(error.status) { return .transient }
            return nil
        case let error as TransportError:
            switch error {
            case .timedOut: return .timeout
            case .unreachable, .truncated: return .transient
            case .unanswered: return nil
            }
        default: return nil
        }
    }

    /// Returns an exponential delay with full jitter. The service may ask for a longer delay, within limits.
    ///
    /// - Parameter attempt: the number of the failed attempt, from 1.
    /// - Parameter jitter: a number from 0 to 1.
    func delay(after attempt: Int, _ failure: AWSClient.FailedAttempt, jitter: Double) -> Duration {
        let ceiling = min(.seconds(1 << min(attempt - 1, 30)), maximumDelay)
        let delay = Duration.milliseconds(Int64(Double(ceiling.milliseconds) * jitter))
        guard let asked = Self.delayAskedFor(failure.response) else { return delay }
        return max(delay, min(asked, delay + .seconds(5)))
    }

    private static func delayAskedFor(_ response: HTTPResponse?) -> Duration? {
        guard let headers = response?.headerFields else { return nil }
        if let milliseconds = headers[.amzRetryAfter].flatMap({ Int64($0) }), (0..<86_400_000).contains(milliseconds) {
            return .milliseconds(milliseconds)
        }
        // HTTP also allows a date here, but no AWS service sends one.
        if let seconds = headers[.retryAfter].flatMap({ Int64($0) }), (0..<86_400).contains(seconds) {
            return .seconds(seconds)
        }
        return nil
    }

    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
        "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded",
        "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
        "EC2ThrottledException",
    ]
    private static let transientCodes: Set<String> = ["RequestTimeout", "RequestTimeoutException"]
    private static let transientStatuses: Set<Int> = [500, 502, 503, 504]
}

extension HTTPField.Name {
    static let amzRetryAfter = Self("x-amz-retry-after")!
}
