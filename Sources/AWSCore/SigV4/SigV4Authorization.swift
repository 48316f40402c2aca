import Crypto
import HTTPTypes

/// What a request claims with its signature, read from its `Authorization` header or from its query.
///
/// Reading proves nothing. ``verify(_:payloadHash:secretAccessKey:)`` says whether the signature holds, and
/// ``checkTime(now:)`` whether it still does.
public struct SigV4Authorization: Sendable, Hashable {
    public var accessKeyId: String
    public var scope: SigV4Scope
    /// Lower-case names, in the request's order.
    public var signedHeaders: [String]
    /// 64 hex digits, if well formed.
    public var signature: String
    /// When the request was signed.
    public var date: Instant
    public var sessionToken: String?
    /// For how long a presigned URL is good; nil for header signatures.
    public var expires: Duration?
    /// True if the signature stands in the query.
    public var isPresigned: Bool
    /// What the request itself says of its payload's hash, for example ``SigV4/unsignedPayload``.
    public var claimedPayloadHash: String?

    /// How far a request's clock may be off.
    public static let allowedSkew: Duration = .minutes(15)
    /// The longest that a presigned URL may be good.
    public static let longestExpiry: Duration = .days(7)

    /// False where the signature does not cover the body, so that nobody need hash it.
    public var coversPayload: Bool { !isPlaceholder(claimedPayloadHash) }

    private func isPlaceholder(_ hash: String?) -> Bool {
        guard let hash else { return false }
        return hash == SigV4.unsignedPayload || hash.hasPrefix("STREAMING-")
    }
}

// MARK: Verifying

extension SigV4Authorization {
    /// Computes the signature again and compares, in constant time.
    ///
    /// - Parameter request: as it arrived, with its authority.
    /// - Parameter payloadHash: of the body that arrived; not used if the request says that its payload is not signed.
    /// - Throws: ``SigV4Failure/signatureMismatch(canonicalRequest:stringToSign:)`` with what should have been signed.
    public func verify(_ request: HTTPRequest, payloadHash: String, secretAccessKey: String) throws(SigV4Failure) {
        let canonical = CanonicalRequest(
            request, signedHeaders: signedHeaders, payloadHash: coversPayload ? payloadHash : claimedPayloadHash ?? payloadHash,
            path: scope.isS3 ? .verbatim : .normalized, omitsSignature: isPresigned)
        let text = canonical.stringToSign(date: date.amzDate, scope: scope)
        let expected = SigV4.signature(text, SigningKeys.cache.key(secret: secretAccessKey, scope: scope))
        guard Self.equal(expected, signature.utf8) else {
            throw .signatureMismatch(
                canonicalRequest: String(decoding: canonical.bytes, as: UTF8.self),
                stringToSign: String(decoding: text, as: UTF8.self))
        }
    }

    /// Whether the signature is of the present: not further off than ``allowedSkew``, and for a presigned URL not past its
    /// time.
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

    /// Whether the request was signed for where it arrived.
    ///
    /// - Parameter region: the only right one, or nil if any will do.
    /// - Parameter service: the only right signing name, or nil if any will do.
    /// - Throws: ``SigV4Failure/credentialScope(_:)``.
    public func checkScope(region: String?, service: String?) throws(SigV4Failure) {
        var problems = ""
        if let region, region != scope.region { problems += "Credential should be scoped to a valid region. " }
        if let service, service != scope.service {
            problems += "Credential should be scoped to correct service: '\(service)'. "
        }
        if !problems.isEmpty { throw .credentialScope(problems) }
    }

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
    /// Reads a request's signature.
    ///
    /// - Returns: nil if the request is not signed with Signature Version 4 at all.
    /// - Throws: ``SigV4Failure/incompleteSignature(_:)``, ``SigV4Failure/credentialScope(_:)`` or
    ///   ``SigV4Failure/unsignedHeader(_:)`` for a signature that cannot be one.
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
        var credential: String?, signature: String?, signedHeaders: String?
        // Commas and white space both separate the parts.
        let parts = header.pieces { $0 == 44 || $0 == 32 || $0 == 9 }.filter { !$0.isEmpty }
        guard parts.first == SigV4.algorithm else {
            throw .incompleteSignature("Unsupported AWS 'algorithm': '\(parts.first ?? "")'.")
        }
        for part in parts.dropFirst() {
            if part.hasPrefix("Credential=") {
                credential = part.from(11)
            } else if part.hasPrefix("SignedHeaders=") {
                signedHeaders = part.from(14)
            } else if part.hasPrefix("Signature=") {
                signature = part.from(10)
            } else if !part.utf8.contains(61) {
                throw .incompleteSignature(
                    """
                    Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with \
                    Base64): '\(hashed(header))'.
                    """)
            }
        }
        let amzDate = request.headerFields.first(.amzDate), httpDate = amzDate == nil ? request.headerFields.first(.date) : nil
        guard let credential, let signature, let signedHeaders, amzDate ?? httpDate != nil else {
            var message = ""
            if credential == nil { message += "Authorization header requires 'Credential' parameter. " }
            if signature == nil { message += "Authorization header requires 'Signature' parameter. " }
            if signedHeaders == nil { message += "Authorization header requires 'SignedHeaders' parameter. " }
            if amzDate ?? httpDate == nil {
                message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            }
            throw .incompleteSignature(
                "\(message)(Hashed with SHA-256 and encoded with Base64) Authorization=\(hashed(header))")
        }
        let date = if let amzDate { try basicDate(amzDate) } else { try headerDate(httpDate ?? "") }
        return try SigV4Authorization(
            credential: credential, signature: signature, signedHeaders: signedHeaders, date: date,
            sessionToken: request.headerFields.first(.amzSecurityToken), expires: nil,
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
            credential: credential, signature: signature, signedHeaders: signedHeaders, date: basicDate(date),
            sessionToken: query["X-Amz-Security-Token"],
            expires: expiry(query["X-Amz-Expires"]),
            claimedPayloadHash: request.headerFields[.amzContentSHA256] ?? query["X-Amz-Content-Sha256"])
        // S3 never signs the payload of a presigned URL, unless the URL says so.
        if authorization.scope.isS3, authorization.claimedPayloadHash == nil {
            authorization.claimedPayloadHash = SigV4.unsignedPayload
        }
        return authorization
    }

    private init(
        credential: String, signature: String, signedHeaders: String, date: Instant, sessionToken: String?,
        expires: Duration?, claimedPayloadHash: String?
    ) throws(SigV4Failure) {
        let parts = credential.pieces { $0 == 47 }
        guard parts.count == 5, !parts[0].isEmpty else {
            throw .incompleteSignature(
                """
                Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                '\(credential)'
                """)
        }
        scope = SigV4Scope(date: parts[1], region: parts[2], service: parts[3])
        guard parts[4] == SigV4Scope.terminator else {
            throw .credentialScope(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '\(parts[4])'. ")
        }
        let amzDate = date.amzDate
        guard scope.date.utf8.count == 8, amzDate.utf8.starts(with: scope.date.utf8) else {
            throw .credentialScope(
                """
                Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '\(scope.date)' \
                != '\(amzDate.prefix(8))', from '\(amzDate)'.
                """)
        }
        accessKeyId = parts[0]
        // Clients send them in lower case already; whatever isn't is made so.
        let names = signedHeaders.utf8.contains { (65...90).contains($0) } ? signedHeaders.lowercased() : signedHeaders
        self.signedHeaders = names.pieces { $0 == 59 }.filter { !$0.isEmpty }
        guard self.signedHeaders.contains("host") else { throw .unsignedHeader("host") }
        self.signature = signature
        self.date = date
        self.sessionToken = sessionToken
        self.expires = expires
        self.isPresigned = expires != nil
        self.claimedPayloadHash = claimedPayloadHash
    }

    private static func basicDate(_ text: String) throws(SigV4Failure) -> Instant {
        guard text.utf8.count == 16, text.utf8.last == 90, text.utf8.dropFirst(8).first == 84, let date = Instant(parsing: text)
        else {
            throw .incompleteSignature(
                "Date must be in ISO-8601 'basic format'. Got '\(text)'. See http://en.wikipedia.org/wiki/ISO_8601")
        }
        return date
    }

    /// `Date` carries HTTP's own form, but ISO-8601 is taken there too.
    private static func headerDate(_ text: String) throws(SigV4Failure) -> Instant {
        if let date = Instant(parsing: text), text.utf8.count > 15 { return date }
        return try basicDate(text)
    }

    private static func expiry(_ text: String?) throws(SigV4Failure) -> Duration {
        // Where X-Amz-Expires is left out, non-S3 services take the ordinary 15 minutes.
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

    /// The `X-Amz-…` parameters of a query that carries a signature, or a part of one; nil for any other.
    private static func queryParameters(_ request: HTTPRequest) -> [String: String]? {
        guard let path = request.path, let mark = path.utf8.firstIndex(of: 63) else { return nil }
        guard let pairs = try? QueryString.pairs(path.utf8[path.utf8.index(after: mark)...]) else { return nil }
        var parameters: [String: String] = [:]
        for (name, value) in pairs where name.hasPrefix("X-Amz-") { parameters[name] = value }
        let isSigned = requiredParameters.prefix(3).contains { parameters[$0] != nil }
        return isSigned ? parameters : nil
    }

    /// AWS no longer repeats the header in its message, as it may hold a secret that went to the wrong place.
    private static func hashed(_ header: String) -> String { Base64.encode(Array(SigV4.digest(Bytes(header.utf8)))) }
}

// By bytes: every request is taken apart so, and what is in it is ASCII or wrong.
extension String {
    /// What stands between the bytes that separate.
    fileprivate func pieces(_ separates: (UInt8) -> Bool) -> [String] {
        var text = self
        return text.withUTF8 { bytes in
            var pieces: [String] = []
            var start = 0
            for index in 0...bytes.count where index == bytes.count || separates(bytes[index]) {
                pieces.append(String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self))
                start = index + 1
            }
            return pieces
        }
    }

    /// What follows the first `count` bytes.
    fileprivate func from(_ count: Int) -> String { String(self[utf8.index(startIndex, offsetBy: count)...]) }
}
