import HTTPTypes
import Testing

@testable import AWSCore

private let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
private let credentials = Credentials(accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret)
private let now = Instant(parsing: "2023-12-17T10:00:10Z")!
private let body = Bytes("Action=DescribeRegions&Version=2016-11-15".utf8)

private func request(_ path: String = "/", host: String = "ec2.us-east-1.amazonaws.com") -> HTTPRequest {
    var request = HTTPRequest(method: .post, scheme: "https", authority: host, path: path)
    request.headerFields[.contentType] = "application/x-www-form-urlencoded; charset=utf-8"
    request.headerFields[.userAgent] = "test/1"
    return request
}

private func signed(
    _ request: HTTPRequest = request(), by credentials: Credentials = credentials, service: String = "ec2",
    at time: Instant = now
) -> HTTPRequest {
    var request = request
    SigV4Signer(credentials: credentials, region: "us-east-1", service: service).sign(&request, body: body, at: time)
    return request
}

private func failure(_ work: () throws -> Void) -> SigV4Failure? {
    do {
        try work()
        return nil
    } catch { return error as? SigV4Failure }
}

@Suite struct SigV4Signing {
    @Test func headerSignatureRoundTrips() throws {
        let request = signed()
        let authorization = try #require(try SigV4Authorization.parse(request))
        #expect(authorization.accessKeyId == "AKIDEXAMPLE")
        #expect(authorization.scope == SigV4Scope(date: "20231217", region: "us-east-1", service: "ec2"))
        #expect(authorization.signedHeaders == "content-type;host;x-amz-date")
        #expect(authorization.date == now)
        #expect(!authorization.isPresigned && authorization.expires == nil)
        try authorization.verify(request, payloadHash: SigV4.payloadHash(body), secretAccessKey: secret)
        try authorization.checkTime(now: now)
        try authorization.checkScope(region: "us-east-1", service: "ec2")
    }

    @Test func presignedURLWithSessionTokenRoundTrips() throws {
        var temporary = credentials
        temporary.sessionToken = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22=="
        var plain = request("/?Action=GetCallerIdentity&Version=2011-06-15")
        plain.method = .get
        plain.headerFields[.contentType] = nil
        let url = SigV4Signer(credentials: temporary, region: "us-east-1", service: "sts")
            .presign(plain, expires: .minutes(1), payloadHash: SigV4.emptyPayloadHash, at: now)
        let authorization = try #require(try SigV4Authorization.parse(url))
        #expect(authorization.sessionToken == temporary.sessionToken)
        #expect(authorization.expires == .minutes(1))
        #expect(authorization.signedHeaders == "host")
        try authorization.verify(url, payloadHash: SigV4.emptyPayloadHash, secretAccessKey: secret)
    }

    @Test func sessionTokenIsSignedInHeaders() throws {
        var temporary = credentials
        temporary.sessionToken = "token"
        var request = signed(by: temporary)
        let authorization = try #require(try SigV4Authorization.parse(request))
        #expect(authorization.sessionToken == "token")
        #expect(authorization.signedHeaders.contains("x-amz-security-token"))
        request.headerFields[.amzSecurityToken] = "another"
        #expect(throws: SigV4Failure.self) {
            try authorization.verify(request, payloadHash: SigV4.payloadHash(body), secretAccessKey: secret)
        }
    }

    @Test func onlyS3SendsPayloadHashHeader() {
        #expect(signed().headerFields[.amzContentSHA256] == nil)
        #expect(signed(service: "s3").headerFields[.amzContentSHA256] == SigV4.payloadHash(body))
    }

    @Test func unsignedPayloadVerifiesWithAnyBody() throws {
        var request = request("/bucket/a//b/../c", host: "s3.us-east-1.amazonaws.com")
        SigV4Signer(credentials: credentials, region: "us-east-1", service: "s3")
            .sign(&request, payloadHash: SigV4.unsignedPayload, at: now)
        let authorization = try #require(try SigV4Authorization.parse(request))
        #expect(!authorization.coversPayload)
        try authorization.verify(request, payloadHash: SigV4.payloadHash(Bytes("anything".utf8)), secretAccessKey: secret)
    }

    @Test func signingAgainReplacesTheSignature() {
        var request = signed(at: now - .hours(1))
        SigV4Signer(credentials: credentials, region: "us-east-1", service: "ec2").sign(&request, body: body, at: now)
        #expect(request == signed())
    }

    @Test func dateHeaderIsSignedInsteadOfAmzDate() throws {
        var dated = request()
        dated.headerFields[.date] = "Thu, 01 Jan 1970 00:00:00 GMT"
        let request = signed(dated)
        #expect(request.headerFields[.date] == "Sun, 17 Dec 2023 10:00:10 GMT")
        #expect(request.headerFields[.amzDate] == nil)
        let authorization = try #require(try SigV4Authorization.parse(request))
        try authorization.verify(request, payloadHash: SigV4.payloadHash(body), secretAccessKey: secret)
    }

    @Test(arguments: [
        ("/a/b", "/a/b"), ("/a/./b/../c", "/a/c"), ("//a//", "/a/"), ("/..", "/"), ("/a%20b", "/a%2520b"), ("/a b", "/a%20b"),
        ("", "/"),
    ]) func pathsAreNormalisedAndEncodedTwice(_ path: String, _ expected: String) {
        #expect(canonicalLines(path, .normalized)[1] == expected)
    }

    @Test(arguments: [
        ("/a/./b//c", "/a/./b//c"), ("/a%20b", "/a%20b"), ("/a%2fb%7e", "/a%2Fb~"), ("/100%", "/100%25"), ("", "/"),
    ])
    func s3PathsAreEncodedOnceWithoutNormalisation(_ path: String, _ expected: String) {
        #expect(canonicalLines(path, .verbatim)[1] == expected)
    }

    @Test(arguments: [
        ("b=2&a=1", "a=1&b=2"), ("a=2&a=1", "a=1&a=2"), ("a-b=1&a=1", "a=1&a-b=1"), ("flag", "flag="), ("a=x+y", "a=x%20y"),
        ("a=x:y", "a=x%3Ay"), ("a=%zz", "a=%25zz"), ("a=b=c", "a=b%3Dc"), ("X-Amz-Signature=1&a=1", "X-Amz-Signature=1&a=1"),
    ]) func queriesAreSortedAndEncoded(_ query: String, _ expected: String) {
        #expect(canonicalLines("/?\(query)", .normalized)[2] == expected)
    }

    private func canonicalLines(_ path: String, _ style: CanonicalPath) -> [Substring] {
        let canonical = CanonicalRequest(
            request(path), signedHeaders: "host", payloadHash: "", path: style, omitsSignature: false)
        return String(decoding: canonical.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test func credentialDescriptionsRedactSecrets() {
        var dumped = ""
        dump([credentials], to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
            #expect(text.contains("AKIDEXAMPLE") && !text.contains("wJalr"))
        }
    }

    @Test func keyCacheEvictionKeepsSignatures() {
        let keys = SigningKeys(capacity: 2)
        let scopes = (1...5).map { SigV4Scope(date: "2023121\($0)", region: "r", service: "s") }
        let first = scopes.map { scope in
            let signature = SigV4.signature([1], keys.key(secret: "a", scope: scope))
            #expect((1...2).contains(keys.count))
            return signature
        }
        let second = scopes.map { SigV4.signature([1], keys.key(secret: "a", scope: $0)) }
        #expect(first == second && Set(first).count == 5)
    }
}

@Suite struct SigV4Refusals {
    private func authorization(_ value: String, date: String? = "20231217T100010Z", path: String = "/") -> HTTPRequest {
        var request = request(path)
        request.headerFields[.authorization] = value
        request.headerFields[.amzDate] = date
        return request
    }

    @Test(arguments: ["Basic QVdTOnRva2Vu", "Bearer abc", "AWS AKID:signature"])
    func otherAuthorizationSchemesAreNotParsed(_ header: String) throws {
        #expect(try SigV4Authorization.parse(authorization(header)) == nil)
        #expect(try SigV4Authorization.parse(request("/?Action=DescribeRegions&Version=2016-11-15")) == nil)
    }

    @Test(arguments: [
        (
            "AWS4-HMAC-SHA256", nil,
            """
            Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
            Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a \
            'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) \
            Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=
            """
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKID/20231217/us-east-1/ec2/aws4_request, SignedHeaders=host", "20231217T100010Z",
            "Authorization header requires 'Signature' parameter. (Hashed"
        ),
        (
            "AWS4-HMAC-SHA256 Credential= AKID/20231217/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=ab",
            "20231217T100010Z", "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256"
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKID/20231217/us-east-1/aws4_request, SignedHeaders=host, Signature=ab",
            "20231217T100010Z",
            """
            Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
            'AKID/20231217/us-east-1/aws4_request'
            """
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKID/20231217/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=ab",
            "2023-12-17T10:00:10Z", "Date must be in ISO-8601 'basic format'. Got '2023-12-17T10:00:10Z'."
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKID/20231217/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=ab",
            "20231317T100010Z", "Date must be in ISO-8601 'basic format'. Got '20231317T100010Z'."
        ),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "20231217T100010Z", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."),
        ("AWS4-", "20231217T100010Z", "Unsupported AWS 'algorithm': 'AWS4-'."),
    ]) func incompleteAuthorizationHeadersAreRejected(_ header: String, _ date: String?, _ message: String) throws {
        let found = try #require(failure { _ = try SigV4Authorization.parse(authorization(header, date: date)) })
        guard case .incompleteSignature = found else { Issue.record("\(found)"); return }
        #expect(found.message.hasPrefix(message), "\(found.message)")
    }

    @Test(arguments: [
        (
            "aws5_request", "20231217",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "
        ),
        (
            "aws4_request", "20231216",
            """
            Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20231216' != \
            '20231217', from '20231217T100010Z'.
            """
        ),
        (
            "aws4_request", "2023",
            """
            Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '2023' != \
            '20231217', from '20231217T100010Z'.
            """
        ),
    ]) func invalidCredentialScopesAreRejected(_ terminator: String, _ date: String, _ message: String) throws {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/\(date)/us-east-1/ec2/\(terminator), SignedHeaders=host, Signature=ab"
        #expect(failure { _ = try SigV4Authorization.parse(authorization(header)) } == .credentialScope(message))
    }

    @Test func credentialScopeMustMatchRegionAndService() throws {
        let authorization = try #require(try SigV4Authorization.parse(signed()))
        #expect(
            failure { try authorization.checkScope(region: "eu-west-1", service: "sts") }
                == .credentialScope(
                    "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. "))
    }

    @Test func hostMustBeSigned() throws {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKID/20231217/us-east-1/ec2/aws4_request, SignedHeaders=x-amz-date, Signature=ab"
        let found = try #require(failure { _ = try SigV4Authorization.parse(authorization(header)) })
        #expect(found == .unsignedHeader("host"))
        #expect(found.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    }

    @Test func authorizationPartsMayOmitSpaceAfterComma() throws {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20231217/us-east-1/ec2/aws4_request,SignedHeaders=host,Signature=ab"
        #expect(try SigV4Authorization.parse(authorization(header))?.signature == "ab")
    }

    @Test func headerAndQuerySignatureTogetherAreRejected() throws {
        let url = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        #expect(failure { _ = try SigV4Authorization.parse(authorization("AWS4-HMAC-SHA256 a=b", path: url)) } == .signedTwice)
    }

    @Test(arguments: [
        (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            """
            AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include \
            'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters \
            must include 'X-Amz-Date'. Re-examine the query-string parameters.
            """
        ),
        (valid + "&X-Amz-Expires=soon", "X-Amz-Expires should be a number"),
        (valid + "&X-Amz-Expires=-1", "X-Amz-Expires must be non-negative"),
        (valid + "&X-Amz-Expires=604801", "X-Amz-Expires must be less than a week (in seconds)"),
    ]) func incompletePresignedQueriesAreRejected(_ query: String, _ message: String) throws {
        let found = try #require(failure { _ = try SigV4Authorization.parse(request("/?\(query)")) })
        #expect(found.message.hasPrefix(message), "\(found.message)")
    }
    private static let valid = """
        X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID/20231217/us-east-1/ec2/aws4_request&X-Amz-Signature=ab\
        &X-Amz-SignedHeaders=host&X-Amz-Date=20231217T100010Z
        """

    enum Change: String, CaseIterable { case secret, body, host, path, query, header, method, signature, date }

    @Test(arguments: Change.allCases) func changedRequestFailsVerification(_ change: Change) throws {
        var request = signed(), received = body, secret = secret
        switch change {
        case .secret: secret += "x"
        case .body: received.append(65)
        case .host: request.authority = "localhost:4566"
        case .path: request.path = "/other"
        case .query: request.path = "/?a=1"
        case .header: request.headerFields[.contentType] = "text/plain"
        case .method: request.method = .put
        case .signature:
            let header = request.headerFields[.authorization]!
            request.headerFields[.authorization] = String(header.dropLast()) + (header.hasSuffix("0") ? "1" : "0")
        case .date: request.headerFields[.amzDate] = "20231217T100011Z"
        }
        let authorization = try #require(try SigV4Authorization.parse(request))
        let found = try #require(
            failure { try authorization.verify(request, payloadHash: SigV4.payloadHash(received), secretAccessKey: secret) })
        guard case .signatureMismatch(let canonical, let text) = found else { Issue.record("\(found)"); return }
        #expect(
            canonical.hasPrefix(change == .method ? "PUT\n" : "POST\n") && text.hasPrefix("AWS4-HMAC-SHA256\n20231217T1000"))
        #expect(
            found.message == """
                The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
                Key and signing method. Consult the service documentation for details.
                """)
        #expect(found.explanation.contains(canonical) && found.explanation.contains(text))
    }

    @Test func unsignedHeadersMayChange() throws {
        var request = signed()
        request.headerFields[.userAgent] = "another"
        request.headerFields[.contentLength] = "41"
        let authorization = try #require(try SigV4Authorization.parse(request))
        try authorization.verify(request, payloadHash: SigV4.payloadHash(body), secretAccessKey: secret)
    }

    @Test func signatureAllowsFifteenMinutesClockSkew() throws {
        let authorization = try #require(try SigV4Authorization.parse(signed()))
        try authorization.checkTime(now: now + .minutes(15))
        try authorization.checkTime(now: now - .minutes(15))
        #expect(
            failure { try authorization.checkTime(now: now + .minutes(15) + .seconds(1)) }?.message
                == "Signature expired: 20231217T100010Z is now earlier than 20231217T100011Z (20231217T101511Z - 15 min.)")
        #expect(
            failure { try authorization.checkTime(now: now - .minutes(16)) }?.message
                == "Signature not yet current: 20231217T100010Z is still later than 20231217T095910Z (20231217T094410Z + 15 min.)"
        )
    }

    @Test func presignedURLExpiresAfterItsLifetime() throws {
        let url = SigV4Signer(credentials: credentials, region: "us-east-1", service: "s3")
            .presign(request("/layer"), expires: .hours(1), payloadHash: SigV4.unsignedPayload, at: now)
        let authorization = try #require(try SigV4Authorization.parse(url))
        try authorization.verify(url, payloadHash: SigV4.emptyPayloadHash, secretAccessKey: secret)
        try authorization.checkTime(now: now + .hours(1))
        let found = failure { try authorization.checkTime(now: now + .hours(1) + .seconds(1)) }
        #expect(found == .expired(signed: now, expires: .hours(1), now: now + .hours(1) + .seconds(1)))
        // Assumed: the message is that of an expired header signature, with the URL's own limit.
        #expect(
            found?.message
                == "Signature expired: 20231217T100010Z is now earlier than 20231217T100011Z (20231217T110011Z - 60 min.)")
    }

    /// The limit is generous because debug builds on a busy machine are slow.
    @Test func hugeQueryVerifiesWithinFiveSeconds() throws {
        let query = (0..<5000).map { "p\($0 % 7)=%2\($0 % 10)" }.joined(separator: "&")
        let url = SigV4Signer(credentials: credentials, region: "us-east-1", service: "ec2")
            .presign(request("/?\(query)"), expires: .hours(1), payloadHash: SigV4.emptyPayloadHash, at: now)
        let authorization = try #require(try SigV4Authorization.parse(url))
        let time = try ContinuousClock().measure {
            try authorization.verify(url, payloadHash: SigV4.emptyPayloadHash, secretAccessKey: secret)
        }
        #expect(time < .seconds(5))
    }
}
