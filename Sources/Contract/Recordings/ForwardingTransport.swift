public import AWSClient
public import AWSCore
import AWSModels
public import HTTPTypes

/// Forwards a proxy's requests: unchanged to a URL, or signed again to AWS.
public struct ForwardingTransport: HTTPTransport {
    /// Where requests go.
    public enum Target: Sendable {
        /// AWS, with these credentials.
        case aws(any CredentialsProvider)
        /// Another endpoint. The client's signature is kept.
        case endpoint(Endpoint)
    }

    private let target: Target
    private let base: any HTTPTransport
    private let region: String?
    private let clock: @Sendable () -> Instant

    /// - Parameter region: the region of requests that name none.
    public init(
        to target: Target, region: String? = nil, over base: any HTTPTransport = NetworkTransport.shared,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.target = target
        self.base = base
        self.region = region
        self.clock = clock
    }

    /// Headers that belong to the connection to the proxy.
    private static let hops: Set<String> = [
        "connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection", "proxy-authorization", "upgrade",
        "te", "trailer", "expect", "host", "accept-encoding",
    ]

    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        var forwarded = HTTPRequest(method: request.method, scheme: nil, authority: nil, path: request.path ?? "/")
        for field in request.headerFields where !Self.hops.contains(field.name.canonicalName) {
            forwarded.headerFields.append(field)
        }
        switch target {
        case .endpoint(let endpoint):
            forwarded.scheme = endpoint.scheme
            forwarded.authority = endpoint.authority
            if endpoint.path != "/" { forwarded.path = endpoint.path + (request.path ?? "/") }
            return try await base.send(forwarded, body: body, timeout: timeout)
        case .aws(let provider):
            let bytes = try await body.collect(upTo: 512 << 20)
            let decoded = DecodedRequest(request, bytes)
            guard let model = ModelTable.named(decoded.service)?.model else {
                throw TransportError.unanswered(
                    "'\(decoded.service)' is none of the services that are forwarded: ec2, ecr, iam, sts.")
            }
            guard let credentials = try await provider.credentials() else { throw ConfigurationError.noCredentials }
            let named = DecodedRequest.scope(request.headerFields[.authorization])?.region ?? region
            let resolved = try EndpointResolver().resolve(model, region: named)
            forwarded.scheme = resolved.endpoint.scheme
            forwarded.authority = resolved.endpoint.authority
            for name in [HTTPField.Name.authorization, .amzDate, .amzSecurityToken] { forwarded.headerFields[name] = nil }
            SigV4Signer(credentials: credentials, region: resolved.signingRegion, service: model.signingName)
                .sign(&forwarded, body: bytes, at: clock())
            return try await base.send(forwarded, body: .bytes(bytes), timeout: timeout)
        }
    }
}
