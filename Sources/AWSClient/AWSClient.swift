public import AWSCore
public import HTTPTypes
import Synchronization

/// A client of AWS: it encodes, signs, sends, retries and decodes operations of any service.
///
/// Generated clients are faces of it: `EC2Client(client).describeInstances()`. It knows nothing of the simulator; where its
/// requests go is the business of its transport and its endpoints.
public final class AWSClient: OperationInvoker, Sendable {
    public let configuration: Configuration
    private let quota: RetryQuota
    /// Slows down what is sent after a throttled call; nil in the standard mode.
    private let limiter: RateLimiter?
    /// How far the services' clocks are ahead of ours, learnt from refusals. In milliseconds.
    private let clockOffset = Atomic<Int64>(0)

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        quota = RetryQuota(capacity: configuration.retry.quota)
        limiter = configuration.retry.mode == .adaptive ? RateLimiter(startingAt: configuration.clock()) : nil
    }

    /// Everything that a client depends on, with the outside world's defaults.
    public struct Configuration: Sendable {
        public var region: String
        public var credentials: any CredentialsProvider
        public var endpoints: EndpointResolver
        public var transport: any HTTPTransport
        public var retry: RetryPolicy
        /// How long to wait for the head of each response.
        public var timeout: Duration
        public var userAgent: String
        /// The longest response that is taken.
        public var maximumResponseSize: Int
        public var clock: @Sendable () -> Instant
        /// Waits between attempts; a virtual clock may return at once.
        public var sleep: @Sendable (Duration) async throws -> Void
        /// A number from 0 to 1 that shortens each delay of a retry.
        public var jitter: @Sendable () -> Double
        /// Makes tokens for operations that want one and were called without.
        public var idempotencyToken: @Sendable () -> String

        /// - Parameters:
        ///   - region: where operations go and what they are signed for.
        ///   - credentials: for example `Credentials` as they are, or a ``CredentialsChain``.
        ///   - endpoints: AWS's own hosts unless told otherwise.
        ///   - transport: the network unless told otherwise.
        public init(
            region: String, credentials: any CredentialsProvider, endpoints: EndpointResolver = EndpointResolver(),
            transport: any HTTPTransport = NetworkTransport.shared
        ) {
            self.region = region
            self.credentials = credentials
            self.endpoints = endpoints
            self.transport = transport
            retry = RetryPolicy()
            timeout = .seconds(60)
            userAgent = "drydock/0.1 lang/swift"
            maximumResponseSize = 256 << 20
            clock = { SystemClock.now }
            sleep = { try await Task.sleep(for: $0) }
            jitter = { .random(in: 0...1) }
            idempotencyToken = { SystemClock.randomToken() }
        }
    }

    /// - Throws: `AWSError` as the service answered, `TransportError` if nothing answered, ``ConfigurationError`` if
    ///   the request could not be addressed or signed, `MalformedMessage` if the answer is not one.
    public func invoke<Input: Shape, Output: Shape>(
        _ operation: Operation<Input, Output>, _ input: Input
    ) async throws -> Output {
        let service = operation.service
        return try await exchange(with: service) { endpoint, token in
            service.request(operation.name, input, endpoint: endpoint, idempotencyToken: token)
        } read: { response, body in
            try service.output(operation, response, body)
        }
    }

    public func exchange<Output>(
        with service: ServiceModel, write: (Endpoint, @escaping () -> String) throws -> (HTTPRequest, Bytes),
        read: (HTTPResponse, Bytes) throws -> Output
    ) async throws -> Output {
        let target = try configuration.endpoints.resolve(service, region: configuration.region)
        // Encoded once, so that all attempts carry the same idempotency token.
        var (request, body) = try write(target.endpoint, configuration.idempotencyToken)
        request.headerFields[.userAgent] = configuration.userAgent
        let (response, bytes) = try await send(request, body, to: service, signingRegion: target.signingRegion)
        return try read(response, bytes)
    }
}

// MARK: Attempts

extension AWSClient {
    /// One attempt that came to nothing.
    struct FailedAttempt {
        let error: any Error
        let response: HTTPResponse?
    }

    private func send(
        _ request: HTTPRequest, _ body: Bytes, to service: ServiceModel, signingRegion: String
    ) async throws -> (HTTPResponse, Bytes) {
        let payloadHash = SigV4.payloadHash(body)
        let policy = configuration.retry
        var attempt = 1, acquired: Int?
        while true {
            let failure: FailedAttempt
            do {
                if let wait = limiter?.wait(at: configuration.clock()) { try await configuration.sleep(wait) }
                let (response, bytes) = try await exchange(
                    request, body, payloadHash: payloadHash, service: service, signingRegion: signingRegion)
                if response.status.code < 300 {
                    limiter?.record(isThrottled: false, at: configuration.clock())
                    quota.release(acquired ?? RetryQuota.successRefund)
                    return (response, bytes)
                }
                failure = FailedAttempt(error: service.error(response, bytes), response: response)
            } catch let error as TransportError {
                failure = FailedAttempt(error: error, response: nil)
            }
            limiter?.record(isThrottled: policy.reason(toRetry: failure) == .throttled, at: configuration.clock())
            guard attempt < policy.maximumAttempts else { throw failure.error }
            if correctClock(after: failure) {
                attempt += 1
                continue
            }
            guard let reason = policy.reason(toRetry: failure) else { throw failure.error }
            guard quota.acquire(reason.cost) else { throw failure.error }
            acquired = reason.cost
            try await configuration.sleep(policy.delay(after: attempt, failure, jitter: configuration.jitter()))
            attempt += 1
        }
    }

    private func exchange(
        _ request: HTTPRequest, _ body: Bytes, payloadHash: String, service: ServiceModel, signingRegion: String
    ) async throws -> (HTTPResponse, Bytes) {
        var request = request
        if service.isSigned(body) {
            let credentials = try await credentials()
            SigV4Signer(credentials: credentials, region: signingRegion, service: service.signingName)
                .sign(&request, payloadHash: payloadHash, at: now)
        }
        let reply = try await configuration.transport.send(request, body: .bytes(body), timeout: configuration.timeout)
        return (reply.response, try await reply.body.collect(upTo: configuration.maximumResponseSize))
    }

    func credentials() async throws -> Credentials {
        guard let credentials = try await configuration.credentials.credentials() else {
            throw ConfigurationError.noCredentials
        }
        return credentials
    }

    /// The time as the services see it.
    var now: Instant { configuration.clock() + .milliseconds(clockOffset.load(ordering: .relaxed)) }

    /// Sets the clock by the service's, if the service refused the request for its time.
    /// - Returns: whether there was something to correct, so that another attempt may succeed.
    private func correctClock(after failure: FailedAttempt) -> Bool {
        guard let error = failure.error as? AWSError, let suspicion = ClockSkew(error),
            let date = failure.response?.headerFields[.date], let theirs = Instant(parsing: date)
        else { return false }
        guard suspicion == .certain || abs((theirs - now).milliseconds) > ClockSkew.threshold.milliseconds else { return false }
        let offset = (theirs - configuration.clock()).milliseconds
        // Once corrected, the same refusal has another cause.
        guard abs(offset - clockOffset.load(ordering: .relaxed)) > 1000 else { return false }
        clockOffset.store(offset, ordering: .relaxed)
        return true
    }
}

/// Whether an error may come of a clock that goes wrong.
enum ClockSkew {
    case certain, possible

    /// Below that, a refusal has another cause.
    static let threshold: Duration = .minutes(4)

    init?(_ error: AWSError) {
        switch error.code {
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture": self = .certain
        case "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure": self = .possible
        default: return nil
        }
    }
}

extension ServiceModel {
    /// Operations that bring other proof than a signature: `authtype: none` in AWS's models.
    private static let unsignedActions = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]

    /// Whether the request with this body is signed.
    fileprivate func isSigned(_ body: Bytes) -> Bool {
        guard id == "sts" else { return true }
        return !Self.unsignedActions.contains { body.starts(with: "Action=\($0)&".utf8) }
    }
}
