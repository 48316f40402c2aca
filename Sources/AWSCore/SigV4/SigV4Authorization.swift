import Crypto
import HTTPTypes

/// The signature of a request, parsed from its `Authorization` header or its query.
///
/// Parsing proves nothing. ``verify(_:payloadHash:secretAccessKey:)`` checks the signature, and ``checkTime(now:)`` checks
/// that it has not expired.
public struct SigV4Authorization: Sendable, Hashable {
    public var accessKeyId: String
    public var scope: SigV4Scope
    /// Lower-case names separated by semicolons, in the request's order.
    public let signedHeaders: String
    /// 64 hex digits, if well formed.
    public var signature: String
    /// When the request was signed.
    public let date: Instant
    /// ``date`` as the request wrote it.
    private let amzDate: String
    public var sessionToken: String?
    /// How long a presigned URL is valid; nil for header signatures.
    public var expires: Duration?
    /// Whether the signature is in the query.
    public var isPresigned: Bool
    /// The payload hash that the request states, for example ``SigV4/unsignedPayload``.
    public var claimedPayloadHash: String?

    /// How far a request's time may differ from the service's clock.
    public static let allowedSkew: Duration = .minutes(15)
    /// The longest validity of a presigned URL.
    public static let longestExpiry: Duration = .days(7)

    /// Whether the signature covers the body. If not, the body need not be hashed.
    public var coversPayload: Bool { !isPlaceholder(claimedPayloadHash) }

    private func isPlaceholder(_ hash: String?) -> Bool {
        guard let hash else { return false }
        return hash == SigV4.unsignedPayload || hash.hasPrefix("STREAMING-")
    }
}

// MARK: Verifying

extension SigV4Authorization {
    /// Computes the signature again and compares it in constant time.
    ///
    /// - Parameter request: as it arrived, with its authority.
    /// - Parameter payloadHash: the hash of the body that arrived; ignored if the request states that its payload is unsigned.
    /// - Throws: ``SigV4Failure/signatureMismatch(canonicalRequest:stringToSign:)`` with what should have been signed.
    public func verify(_ request: HTTPRequest, payloadHash: String, secretAccessKey: String) throws(SigV4Failure) {
        let canonical = CanonicalRequest(
            request, signedHeaders: signedHeaders, payloadHash: coversPayload ? payloadHash : claimedPayloadHash ?? payloadHash,
            path: scope.isS3 ? .verbatim : .normalized, omitsSignature: isPresigned)
        let text = canonical.stringToSign(date: amzDate, scope: scope)
        let expected = SigV4.signature(text, SigningKeys.cache.key(secret: secretAccessKey, scope: scope))
        guard Self.equal(expected, signature.utf8) else {
            throw .signatureMismatch(
                canonicalRequest: String(decoding: canonical.bytes, as: UTF8.self),
                stringToSign: String(decoding: text, as: UTF8.self))
        }
    }

    /// Checks that the signature's time is within ``allowedSkew`` of `now`. A presigned URL is valid until it expires.
    ///
    /// - Throws: ``SigV4Failure/skewed(signed:now:)`` or ``SigV4Failure/expired(signed:expires:now:)``.
    public func checkTime(now: Instant) throws(SigV4Failure) {
        if date > now + Self.allowedSkew { throw .skewed(signed: date, now: now) }
        if let expires {
            if now > date + expires { throw .expired(signed: date, expires: expires, now: now) }
        } else if date < now - Self.allowedSkew {
            throw .skewed(signed: date, now: now)
        }
    }

    /// Checks that the request was signed for this region and service.
    ///
    /// - Parameter region: the required region, or nil to accept any.
    /// - Parameter service: the required signing name, or nil to accept any.
    /// - Throws: ``SigV4Failure/credentialScope(_:)``.
    public func checkScope(region: String?, service: String?) throws(SigV4Failure) {
        var problems = ""
        if let region, region != scope.region { problems += "Credential should be scoped to a valid region. " }
        if let service, service != scope.service {
            problems += "Credential should be scoped to correct service: '\(service)'. "
        }
        if !problems.isEmpty { throw .credentialScope(problems) }
    }

    /// Whether a header is signed. `header` is in lower case.
    public func signs(_ header: StaticString) -> Bool { Self.lists(header, signedHeaders) }

    private static func equal(_ expected: Bytes, _ claimed: String.UTF8View) -> Bool {
        guard claimed.count == expected.count else { return false }
        let claimed = Bytes(claimed)
        var difference: UInt8 = 0
        for index in expected.indices { difference |= expected[index] ^ claimed[index] }
        return difference == 0
    }
}

// MARK: Reading

extension SigV4Authorization {
    /// Parses a request's signature.
    ///
    /// - Returns: nil if the request has no Signature Version 4 signature.
    /// - Throws: ``SigV4Failure/incompleteSignature(_:)``, ``SigV4Failure/credentialScope(_:)`` or
    ///   ``SigV4Failure/unsignedHeader(_:)`` for a malformed signature; ``SigV4Failure/signedTwice``.
    public static func parse(_ request: HTTPRequest) throws(SigV4Failure) -> SigV4Authorization? {
        let parameters = queryParameters(request)
        if let header = request.headerFields.first(.authorization), header.hasPrefix("AWS4-") {
            if parameters != nil { throw .signedTwice }
            return try parse(header: header, request)
        }
        guard let parameters else { return nil }
        return try parse(query: parameters, request)
    }

    private static func parse(header: String, _ request: HTTPRequest) throws(SigV4Failure) -> SigV4Authorization {
        let parts = HeaderParts(header)
        guard parts.algorithm == SigV4.algorithm else {
            throw .incompleteSignature("Unsupported AWS 'algorithm': '\(parts.algorithm)'.")
        }
        guard !parts.hasStray else {
            throw .incompleteSignature(
                """
                Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with \
                Base64): '\(hashed(header))'.
                """)
        }
        let amzDate = request.headerFields.first(.amzDate), httpDate = amzDate == nil ? request.headerFields.first(.date) : nil
        guard let credential = parts.credential, let signature = parts.signature, let signedHeaders = parts.signedHeaders,
            amzDate ?? httpDate != nil
        else {
            var message = ""
            if parts.credential == nil { message += "Authorization header requires 'Credential' parameter. " }
            if parts.signature == nil { message += "Authorization header requires 'Signature' parameter. " }
            if parts.signedHeaders == nil { message += "Authorization header requires 'SignedHeaders' parameter. " }
            if amzDate ?? httpDate == nil {
                message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            }
            throw .incompleteSignature(
                "\(message)(Hashed with SHA-256 and encoded with Base64) Authorization=\(hashed(header))")
        }
        let date = if let amzDate { try basicDate(amzDate) } else { try headerDate(httpDate ?? "") }
        return try SigV4Authorization(
            credential: credential, signature: signature, signedHeaders: signedHeaders, date: date,
            amzDate: amzDate ?? date.amzDate, sessionToken: request.headerFields.first(.amzSecurityToken), expires: nil,
            claimedPayloadHash: request.headerFields.first(.amzContentSHA256))
    }

    private static func parse(
        query: [String: String], _ request: HTTPRequest
    ) throws(SigV4Failure) -> SigV4Authorization {
        var message = ""
        for name in requiredParameters where query[name, default: ""].isEmpty {
            message += "AWS query-string parameters must include '\(name)'. "
        }
        guard message.isEmpty, let credential = query["X-Amz-Credential"], let signature = query["X-Amz-Signature"],
            let signedHeaders = query["X-Amz-SignedHeaders"], let date = query["X-Amz-Date"]
        else { throw .incompleteSignature("\(message)Re-examine the query-string parameters.") }
        if let algorithm = query["X-Amz-Algorithm"], algorithm != SigV4.algorithm {
            throw .incompleteSignature("Unsupported AWS 'algorithm': '\(algorithm)'.")
        }
        var authorization = try SigV4Authorization(
            credential: Credential(credential), signature: signature, signedHeaders: signedHeaders, date: basicDate(date),
            amzDate: date, sessionToken: query["X-Amz-Security-Token"],
            expires: expiry(query["X-Amz-Expires"]),
            claimedPayloadHash: request.headerFields[.amzContentSHA256] ?? query["X-Amz-Content-Sha256"])
        // S3 does not sign the payload of a presigned URL, unless the URL says so.
        if authorization.scope.isS3, authorization.claimedPayloadHash == nil {
            authorization.claimedPayloadHash = SigV4.unsignedPayload
        }
        return authorization
    }

    private init(
        credential: Credential, signature: String, signedHeaders: String, date: Instant, amzDate: String,
        sessionToken: String?, expires: Duration?, claimedPayloadHash: String?
    ) throws(SigV4Failure) {
        guard credential.hasFiveParts, !credential.accessKeyId.isEmpty else {
            throw .incompleteSignature(
                """
                Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                '\(credential.text)'
                """)
        }
        let scope = credential.scope
        guard credential.terminator == SigV4Scope.terminator else {
            throw .credentialScope(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '\(credential.terminator)'. ")
        }
        guard scope.date.utf8.count == 8, amzDate.utf8.starts(with: scope.date.utf8) else {
            throw .credentialScope(
                """
                Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '\(scope.date)' \
                != '\(amzDate.prefix(8))', from '\(amzDate)'.
                """)
        }
        // Clients send lower case already, so convert only if needed.
        let names = signedHeaders.utf8.contains { (65...90).contains($0) } ? signedHeaders.lowercased() : signedHeaders
        guard Self.lists("host", names) else { throw .unsignedHeader("host") }
        accessKeyId = credential.accessKeyId
        self.scope = scope
        self.signedHeaders = names
        self.signature = signature
        self.date = date
        self.amzDate = amzDate
        self.sessionToken = sessionToken
        self.expires = expires
        isPresigned = expires != nil
        self.claimedPayloadHash = claimedPayloadHash
    }

    private static func lists(_ name: StaticString, _ list: String) -> Bool {
        var list = list
        return list.withUTF8 { bytes in
            let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            return bytes.split(separator: 59).contains { $0.elementsEqual(name) }
        }
    }

    private static func basicDate(_ text: String) throws(SigV4Failure) -> Instant {
        guard text.utf8.count == 16, text.utf8.last == 90, text.utf8.dropFirst(8).first == 84, let date = Instant(parsing: text)
        else {
            throw .incompleteSignature(
                "Date must be in ISO-8601 'basic format'. Got '\(text)'. See http://en.wikipedia.org/wiki/ISO_8601")
        }
        return date
    }

    /// Parses a `Date` header: HTTP's own format, or ISO 8601.
    private static func headerDate(_ text: String) throws(SigV4Failure) -> Instant {
        if let date = Instant(parsing: text), text.utf8.count > 15 { return date }
        return try basicDate(text)
    }

    private static func expiry(_ text: String?) throws(SigV4Failure) -> Duration {
        // Without X-Amz-Expires, services other than S3 apply the usual 15 minutes.
        guard let text else { return allowedSkew }
        guard let seconds = Int64(text) else { throw .incompleteSignature("X-Amz-Expires should be a number") }
        guard seconds >= 0 else { throw .incompleteSignature("X-Amz-Expires must be non-negative") }
        guard seconds <= longestExpiry.components.seconds else {
            throw .incompleteSignature(
                """
                X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
                604800 seconds
                """)
        }
        return .seconds(seconds)
    }

    private static let requiredParameters = [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date",
    ]

    /// Returns the `X-Amz-…` parameters of a query that has any part of a signature; nil for other queries.
    private static func queryParameters(_ request: HTTPRequest) -> [String: String]? {
        guard let path = request.path, let mark = path.utf8.firstIndex(of: 63) else { return nil }
        guard let pairs = try? QueryString.pairs(path.utf8[path.utf8.index(after: mark)...]) else { return nil }
        var parameters: [String: String] = [:]
        for (name, value) in pairs where name.hasPrefix("X-Amz-") { parameters[name] = value }
        let isSigned = requiredParameters.prefix(3).contains { parameters[$0] != nil }
        return isSigned ? parameters : nil
    }

    /// AWS's message has a hash of the header instead of the header, which may hold a secret sent to the wrong place.
    private static func hashed(_ header: String) -> String { Base64.encode(Array(SigV4.digest(Bytes(header.utf8)))) }
}

// Parses bytes, not characters: this runs for every request, and valid input is ASCII.

/// The parts of an `Authorization` header, separated by commas and white space.
private struct HeaderParts {
    var algorithm = ""
    var credential: Credential?
    var signature, signedHeaders: String?
    /// Whether a part is not of the form `name=value`.
    var hasStray = false

    init(_ header: String) {
        var header = header
        header.withUTF8 { bytes in
            var start = 0
            for index in 0...bytes.count {
                guard index == bytes.count || bytes[index] == 44 || bytes[index] == 32 || bytes[index] == 9 else { continue }
                if index > start { take(UnsafeBufferPointer(rebasing: bytes[start..<index])) }
                start = index + 1
            }
        }
    }

    private mutating func take(_ part: UnsafeBufferPointer<UInt8>) {
        if algorithm.isEmpty {
            algorithm = String(decoding: part, as: UTF8.self)
        } else if let value = part.value(of: "Credential=") {
            credential = Credential(value)
        } else if let value = part.value(of: "SignedHeaders=") {
            signedHeaders = String(decoding: value, as: UTF8.self)
        } else if let value = part.value(of: "Signature=") {
            signature = String(decoding: value, as: UTF8.self)
        } else if !part.contains(61) {
            hasStray = true
        }
    }
}

/// `keyid/date/region/service/aws4_request`, split into its parts.
private struct Credential {
    var accessKeyId = "", terminator = ""
    var scope = SigV4Scope(date: "", region: "", service: "")
    var hasFiveParts = false
    /// The whole text, if it does not have five parts.
    var text = ""

    init(_ text: String) {
        var text = text
        self = text.withUTF8 { Credential($0) }
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = 0, count = 0
        for index in 0...bytes.count where index == bytes.count || bytes[index] == 47 {
            let part = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
            switch count {
            case 0: accessKeyId = part
            case 1: scope.date = part
            case 2: scope.region = part
            case 3: scope.service = part
            default: terminator = part
            }
            count += 1
            start = index + 1
        }
        hasFiveParts = count == 5
        if !hasFiveParts { text = String(decoding: bytes, as: UTF8.self) }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Returns the bytes after `name`, or nil if they do not begin with `name`.
    fileprivate func value(of name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard count >= name.count, self[..<name.count].elementsEqual(name) else { return nil }
        return UnsafeBufferPointer(rebasing: self[name.count...])
    }
}
