public import AWSCore
public import HTTPTypes
import Synchronization

/// An AWS client that encodes, signs, sends, retries and decodes the operations of any service.
///
/// Generated clients are wrappers: `EC2Client(client).describeInstances()`. The client does not know the simulator; its
/// transport and endpoints decide where requests go.
public final class AWSClient: OperationInvoker, Sendable {
    public let configuration: Configuration
    private let quota: RetryQuota
    /// Limits the request rate after a throttled call; nil in standard mode.
    private let limiter: RateLimiter?
    /// How far the services' clocks are ahead of the local clock, in milliseconds. Learnt from rejected requests.
    private let clockOffset = Atomic<Int64>(0)

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        quota = RetryQuota(capacity: configuration.retry.quota)
        limiter = configuration.retry.mode == .adaptive ? RateLimiter(startingAt: configuration.clock()) : nil
    }

    /// Everything that a client depends on, with defaults for real use.
    public struct Configuration: Sendable {
        public var region: String
        public var credentials: any CredentialsProvider
        public var endpoints: EndpointResolver
        public var transport: any HTTPTransport
        public var retry: RetryPolicy
        /// How long to wait for each response's head.
        public var timeout: Duration
        public var userAgent: String
        /// The largest accepted response body, in bytes.
        public var maximumResponseSize: Int
        public var clock: @Sendable () -> Instant
        /// Waits between attempts. With a virtual clock it may return at once.
        public var sleep: @Sendable (Duration) async throws -> Void
        /// A number from 0 to 1 that scales each retry delay.
        public var jitter: @Sendable () -> Double
        /// Generates tokens for operations with an idempotency token that the caller omitted.
        public var idempotencyToken: @Sendable () -> String

        /// - Parameters:
        ///   - region: the region of operations and signatures.
        ///   - credentials: for example a fixed `Credentials` value, or a ``CredentialsChain``.
        ///   - endpoints: where services are. Defaults to AWS's own hosts.
        ///   - transport: how requests are sent. Defaults to the network.
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

    /// Calls an operation and returns its result.
    /// - Throws: `AWSError` from the service, `TransportError` if there is no response, ``ConfigurationError`` if the request
    ///   cannot be addressed or signed, `MalformedMessage` if the response cannot be parsed.
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

    /// Sends one request with the client's endpoint, credentials, retries and user agent.
    /// - Parameters:
    ///   - service: the service's model, which names the endpoint and the signature.
    ///   - write: returns the request and its body. The closure that it receives returns the call's idempotency token.
    ///   - read: returns the output of a response.
    /// - Throws: what `write` and `read` throw, `TransportError`, and errors of the configuration or the credentials.
    public func exchange<Output>(
        with service: ServiceModel, write: (Endpoint, @escaping () -> String) throws -> (HTTPRequest, Bytes),
        read: (HTTPResponse, Bytes) throws -> Output
    ) async throws -> Output {
        let target = try configuration.endpoints.resolve(service, region: configuration.region)
        // Encoded once, so that all attempts have the same idempotency token.
        var (request, body) = try write(target.endpoint, configuration.idempotencyToken)
        request.headerFields[.userAgent] = configuration.userAgent
        let (response, bytes) = try await send(request, body, to: service, signingRegion: target.signingRegion)
        return try read(response, bytes)
    }
}

// MARK: Attempts

extension AWSClient {
    /// An attempt that failed.
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

    /// The current time on the services' clocks.
    var now: Instant { configuration.clock() + .milliseconds(clockOffset.load(ordering: .relaxed)) }

    /// Adjusts to the service's clock, if the service rejected the request because of its time.
    /// - Returns: whether the offset changed, so that another attempt may succeed.
    private func correctClock(after failure: FailedAttempt) -> Bool {
        guard let error = failure.error as? AWSError, let suspicion = ClockSkew(error),
            let date = failure.response?.headerFields[.date], let theirs = Instant(parsing: date)
        else { return false }
        guard suspicion == .certain || abs((theirs - now).milliseconds) > ClockSkew.threshold.milliseconds else { return false }
        let offset = (theirs - configuration.clock()).milliseconds
        // After a correction, the same error has another cause.
        guard abs(offset - clockOffset.load(ordering: .relaxed)) > 1000 else { return false }
        clockOffset.store(offset, ordering: .relaxed)
        return true
    }
}

/// Whether wrong clocks can be the cause of an error.
enum ClockSkew {
    case certain, possible

    /// Below this difference, the error has another cause.
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
    /// Operations that use other proof instead of a signature: `authtype: none` in AWS's models.
    private static let unsignedActions = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]

    /// Whether a request with this body must be signed.
    fileprivate func isSigned(_ body: Bytes) -> Bool {
        guard id == "sts" else { return true }
        return !Self.unsignedActions.contains { body.starts(with: "Action=\($0)&".utf8) }
    }
}
