import AWSCore
import HTTPTypes

/// When to try again, and after how long: botocore's *standard* and *adaptive* modes.
public struct RetryPolicy: Sendable {
    public enum Mode: Sendable {
        /// Attempts, delays and a quota.
        case standard
        /// The same, and after a throttled call the client sends no more a second than the service lately took.
        case adaptive
    }

    public var mode: Mode
    /// All attempts of one call, the first included.
    public var maximumAttempts: Int
    public var maximumDelay: Duration
    /// What retries may cost together while calls fail; successes refund it.
    public var quota: Int

    public init(
        _ mode: Mode = .standard, maximumAttempts: Int = 3, maximumDelay: Duration = .seconds(20), quota: Int = 500
    ) {
        self.mode = mode
        self.maximumAttempts = max(1, maximumAttempts)
        self.maximumDelay = maximumDelay
        self.quota = quota
    }

    /// One attempt, whatever comes.
    public static let none = RetryPolicy(maximumAttempts: 1)

    enum Reason {
        case transient, throttled, timeout

        /// A time-out costs twice, as it binds a connection for long.
        var cost: Int { self == .timeout ? 10 : 5 }
    }

    /// Why this failure may pass by itself; nil if it will not.
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

    /// Exponential with full jitter, and not shorter than the service asks for within reason.
    ///
    /// - Parameter attempt: the one that failed, from 1.
    /// - Parameter jitter: from 0 to 1.
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
        // HTTP's own header may also hold a date, which no AWS service sends.
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
