import HTTPTypes

/// Signs requests with AWS Signature Version 4, with the same headers as botocore.
public struct SigV4Signer: Sendable {
    public let credentials: Credentials
    public let region: String
    public let service: String

    /// - Parameter service: the service's signing name, such as `ec2` or `ecr`.
    public init(credentials: Credentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// Signs a request in its headers and replaces any existing signature with its date and token.
    ///
    /// - Parameter request: with authority and path set. All headers are signed except those that proxies change.
    /// - Parameter body: the bytes that will be sent.
    public func sign(_ request: inout HTTPRequest, body: Bytes, at now: Instant) {
        sign(&request, payloadHash: SigV4.payloadHash(body), at: now)
    }

    /// Signs a request in its headers, if the body's hash is known or the body is not signed.
    ///
    /// - Parameter payloadHash: the body's SHA-256 in hex, or ``SigV4/unsignedPayload``.
    public func sign(_ request: inout HTTPRequest, payloadHash: String, at now: Instant) {
        let date = now.amzDate
        let scope = SigV4Scope(date: String(date.prefix(8)), region: region, service: service)
        if request.headerFields.contains(.authorization) { request.headerFields[.authorization] = nil }
        if request.headerFields.contains(.date) {
            request.headerFields[.date] = now.httpDate
            request.headerFields[.amzDate] = nil
        } else {
            request.headerFields.put(.amzDate, date)
        }
        if let token = credentials.sessionToken { request.headerFields.put(.amzSecurityToken, token) }
        if scope.isS3 || payloadHash == SigV4.unsignedPayload { request.headerFields.put(.amzContentSHA256, payloadHash) }

        let names = Self.signedHeaders(of: request)
        let canonical = CanonicalRequest(
            request, signedHeaders: names,
            payloadHash: request.headerFields.first(.amzContentSHA256) ?? payloadHash,
            path: scope.isS3 ? .verbatim : .normalized, omitsSignature: false)
        let signature = sign(canonical.stringToSign(date: date, scope: scope), scope)

        var header = Bytes()
        header.reserveCapacity(256)
        header += "AWS4-HMAC-SHA256 Credential=".utf8
        header += credentials.accessKeyId.utf8
        header.append(47)
        header.append(scope)
        header += ", SignedHeaders=".utf8
        header += names.utf8
        header += ", Signature=".utf8
        header += signature
        request.headerFields.append(HTTPField(name: .authorization, value: String(decoding: header, as: UTF8.self)))
    }

    /// Returns the request signed in its query, for use by someone without credentials.
    ///
    /// - Parameter expires: how long the URL is valid, up to seven days.
    /// - Parameter payloadHash: the hash of the later body; ``SigV4/emptyPayloadHash`` for a GET, and
    ///   ``SigV4/unsignedPayload`` for S3.
    public func presign(_ request: HTTPRequest, expires: Duration, payloadHash: String, at now: Instant) -> HTTPRequest {
        let date = now.amzDate
        let scope = SigV4Scope(date: String(date.prefix(8)), region: region, service: service)
        var request = request
        request.headerFields[.authorization] = nil
        let names = Self.signedHeaders(of: request)
        var path = request.path ?? "/"
        path += path.contains("?") ? (path.hasSuffix("?") ? "" : "&") : "?"
        path += "X-Amz-Algorithm=\(SigV4.algorithm)"
        path += "&X-Amz-Credential=\(QueryString.encoded("\(credentials.accessKeyId)/\(scope)"))"
        path += "&X-Amz-Date=\(date)&X-Amz-Expires=\(expires.components.seconds)"
        path += "&X-Amz-SignedHeaders=\(names.replacing(";", with: "%3B"))"
        if let token = credentials.sessionToken { path += "&X-Amz-Security-Token=\(QueryString.encoded(token))" }
        request.path = path
        let canonical = CanonicalRequest(
            request, signedHeaders: names, payloadHash: payloadHash, path: scope.isS3 ? .verbatim : .normalized,
            omitsSignature: true)
        let signature = sign(canonical.stringToSign(date: date, scope: scope), scope)
        request.path = "\(path)&X-Amz-Signature=\(String(decoding: signature, as: UTF8.self))"
        return request
    }

    private func sign(_ stringToSign: Bytes, _ scope: SigV4Scope) -> Bytes {
        SigV4.signature(stringToSign, SigningKeys.cache.key(secret: credentials.secretAccessKey, scope: scope))
    }

    /// Returns the names of all signed headers: lower-case, sorted, joined with semicolons, without those that proxies change.
    static func signedHeaders(of request: HTTPRequest) -> String {
        var names = ["host"]
        for field in request.headerFields {
            let name = field.name.canonicalName
            if !unsignedHeaders.contains(name), !names.contains(name) { names.append(name) }
        }
        names.sort()
        return names.joined(separator: ";")
    }

    private static let unsignedHeaders: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]
}
