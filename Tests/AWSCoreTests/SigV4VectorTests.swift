import HTTPTypes
import Testing

@testable import AWSCore

private let credentials = Credentials(
    accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
private let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: "service")
private let instant = Instant(parsing: "20150830T123600Z")!
private let scope = SigV4Scope(date: "20150830", region: "us-east-1", service: "service")

/// A raw HTTP message of the suites: it ends lines with LF only and has no space after a header's colon.
private func parse(_ raw: String) -> (HTTPRequest, Bytes) {
    var head = raw, body = ""
    if let blank = raw.range(of: "\n\n") {
        head = String(raw[..<blank.lowerBound])
        body = String(raw[blank.upperBound...])
    }
    let lines = head.split(separator: "\n")
    let first = lines[0].split(separator: " ")
    var request = HTTPRequest(
        method: .init(String(first[0]))!, scheme: "https", authority: nil,
        path: String(first[1...].dropLast().joined(separator: " ")))
    for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts[0] == "Host" {
            request.authority = String(parts[1])
        } else {
            request.headerFields.append(.init(name: .init(String(parts[0]))!, value: parts.count > 1 ? String(parts[1]) : ""))
        }
    }
    return (request, Bytes(body.utf8))
}

/// Needs the recorded data beside the checkout (`../shared/recorded`, or DRYDOCK_RECORDED).
@Suite(.enabled(if: Recorded.has("sigv4-aws-c-auth"), "sigv4-aws-c-auth is not among the recorded data"))
struct SigV4AWSCAuthVectors {
    static let cases = Recorded.cases("sigv4-aws-c-auth", ending: "context.json")

    struct Case {
        let request: HTTPRequest
        let body: Bytes
        let path: CanonicalPath
        let signsBody: Bool

        init(_ folder: String) throws {
            (request, body) = parse(try Recorded.text("\(folder)/request.txt"))
            let context = try Recorded.text("\(folder)/context.json")
            path = context.contains("\"normalize\": true") ? .normalized : .verbatim
            signsBody = context.contains("\"sign_body\": true")
        }
        var payloadHash: String { SigV4.payloadHash(signsBody ? body : []) }
    }

    @Test func awsCAuthVectorsAreFound() { #expect(Self.cases.count == 20) }

    @Test(arguments: cases) func headerSignatureMatchesAWSCAuthVector(_ folder: String) throws {
        let vector = try Case(folder)
        var request = vector.request
        if vector.signsBody { request.headerFields[.amzContentSHA256] = vector.payloadHash }
        var prepared = request
        prepared.headerFields[.amzDate] = "20150830T123600Z"
        let canonical = CanonicalRequest(
            prepared, signedHeaders: SigV4Signer.signedHeaders(of: prepared), payloadHash: vector.payloadHash,
            path: vector.path,
            omitsSignature: false)
        let text = canonical.stringToSign(date: "20150830T123600Z", scope: scope)
        let signature = SigV4.signature(text, SigningKeys.cache.key(secret: credentials.secretAccessKey, scope: scope))
        #expect(
            String(decoding: canonical.bytes, as: UTF8.self) == (try Recorded.text("\(folder)/header-canonical-request.txt")))
        #expect(String(decoding: text, as: UTF8.self) == (try Recorded.text("\(folder)/header-string-to-sign.txt")))
        #expect(String(decoding: signature, as: UTF8.self) == (try Recorded.text("\(folder)/header-signature.txt")))

        guard vector.path == .normalized else { return }
        signer.sign(&request, payloadHash: vector.payloadHash, at: instant)
        let (expected, _) = parse(try Recorded.text("\(folder)/header-signed-request.txt"))
        #expect(request.headerFields[.authorization] == expected.headerFields[.authorization])
        let authorization = try #require(try SigV4Authorization.parse(expected))
        try authorization.verify(expected, payloadHash: vector.payloadHash, secretAccessKey: credentials.secretAccessKey)
    }

    @Test(arguments: cases) func querySignatureMatchesAWSCAuthVector(_ folder: String) throws {
        let vector = try Case(folder)
        let (expected, _) = parse(try Recorded.text("\(folder)/query-signed-request.txt"))
        let authorization = try #require(try SigV4Authorization.parse(expected))
        #expect(authorization.isPresigned && authorization.expires == .hours(1) && authorization.date == instant)
        let canonical = CanonicalRequest(
            expected, signedHeaders: authorization.signedHeaders, payloadHash: vector.payloadHash, path: vector.path,
            omitsSignature: true)
        let text = canonical.stringToSign(date: "20150830T123600Z", scope: scope)
        let signature = SigV4.signature(text, SigningKeys.cache.key(secret: credentials.secretAccessKey, scope: scope))
        #expect(
            String(decoding: canonical.bytes, as: UTF8.self) == (try Recorded.text("\(folder)/query-canonical-request.txt")))
        #expect(String(decoding: text, as: UTF8.self) == (try Recorded.text("\(folder)/query-string-to-sign.txt")))
        #expect(String(decoding: signature, as: UTF8.self) == authorization.signature)

        guard vector.path == .normalized else { return }
        let presigned = signer.presign(vector.request, expires: .hours(1), payloadHash: vector.payloadHash, at: instant)
        #expect(presigned.path?.hasSuffix("&X-Amz-Signature=\(try Recorded.text("\(folder)/query-signature.txt"))") == true)
        try authorization.verify(expected, payloadHash: vector.payloadHash, secretAccessKey: credentials.secretAccessKey)
    }
}

/// Needs the recorded data beside the checkout (`../shared/recorded`, or DRYDOCK_RECORDED).
@Suite(.enabled(if: Recorded.has("sigv4-botocore-testsuite"), "sigv4-botocore-testsuite is not among the recorded data"))
struct SigV4BotocoreVectors {
    static let cases = Recorded.cases("sigv4-botocore-testsuite", ending: ".req")

    @Test func botocoreVectorsAreFound() { #expect(Self.cases.count == 20) }

    @Test(arguments: cases) func headerSignatureMatchesBotocoreVector(_ folder: String) throws {
        let file = "\(folder)/\(folder.split(separator: "/").last!)"
        let (request, body) = parse(try Recorded.text("\(file).req"))
        let canonical = CanonicalRequest(
            request, signedHeaders: SigV4Signer.signedHeaders(of: request), payloadHash: SigV4.payloadHash(body),
            path: .normalized, omitsSignature: false)
        #expect(String(decoding: canonical.bytes, as: UTF8.self) == (try Recorded.text("\(file).creq")))
        let text = canonical.stringToSign(date: "20150830T123600Z", scope: scope)
        #expect(String(decoding: text, as: UTF8.self) == (try Recorded.text("\(file).sts")))

        var signed = request
        signer.sign(&signed, body: body, at: instant)
        #expect(signed.headerFields[.authorization] == (try Recorded.text("\(file).authz")))
        let authorization = try #require(try SigV4Authorization.parse(signed))
        try authorization.verify(signed, payloadHash: SigV4.payloadHash(body), secretAccessKey: credentials.secretAccessKey)
    }
}
