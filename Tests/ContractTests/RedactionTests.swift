import AWSCore
import Contract
import Testing

@Suite struct Redactions {
    private static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

    private func redacted(
        url: String = "https://iam.amazonaws.com/", headers: [RecordedExchange.Header] = [], request: String = "",
        response: String = "", with redaction: Redaction = Redaction()
    ) -> RecordedExchange {
        redaction.redacted(
            RecordedExchange(
                request: .init(url: url, headers: headers, body: Bytes(request.utf8)),
                response: .init(status: 200, body: Bytes(response.utf8))))
    }

    @Test(arguments: [
        "<SecretAccessKey>\(secret)</SecretAccessKey>",
        "<a><SessionToken>\n\(secret)\n</SessionToken><Name>kept</Name></a>",
        #"<r xmlns="x"><keyMaterial>-----BEGIN RSA PRIVATE KEY-----\#(secret)-----END RSA PRIVATE KEY-----</keyMaterial></r>"#,
        #"{"authorizationData":[{"authorizationToken":"\#(secret)"}]}"#,
        #"{"token":"\#(secret)","access_token":"\#(secret)"}"#,
        "<note>-----BEGIN OPENSSH PRIVATE KEY-----\n\(secret)\n-----END OPENSSH PRIVATE KEY-----</note>",
    ])
    func responseSecretsAreRedacted(_ body: String) {
        let text = String(decoding: redacted(response: body).response.body, as: UTF8.self)
        #expect(!text.contains(Self.secret))
        #expect(text.contains("REDACTED"))
        #expect(text.contains("kept") == body.contains("kept"))
    }

    @Test(arguments: [
        "Action=CreateLoginProfile&Password=\(secret)&UserName=kept",
        "Action=X&Outer.1.NewPassword=\(secret)",
        #"{"username":"kept","password":"\#(secret)"}"#,
    ])
    func requestSecretsAreRedacted(_ body: String) {
        let text = String(decoding: redacted(request: body).request.body, as: UTF8.self)
        #expect(!text.contains(Self.secret))
        #expect(text.contains("kept") == body.contains("kept"))
    }

    @Test func redactedAuthorizationKeepsCredentialScope() {
        let exchange = redacted(headers: [
            .init(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231217/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=abcdef"
            ),
            .init("x-amz-security-token", Self.secret), .init("Cookie", Self.secret), .init("X-Amz-Date", "20231217T000000Z"),
        ])
        let text = exchange.request.headers.map(\.value).joined(separator: "\n")
        #expect(!text.contains("AKIDEXAMPLE") && !text.contains("abcdef") && !text.contains(Self.secret))
        #expect(text.contains("/20231217/us-east-1/ec2/aws4_request") && text.contains("20231217T000000Z"))
    }

    @Test func basicAuthorizationIsRedacted() {
        let exchange = redacted(headers: [.init("authorization", "Basic \(Self.secret)")])
        #expect(exchange.request.headers.first?.value == "Basic REDACTED")
    }

    @Test func presignedURLCredentialsAreRedacted() {
        let exchange = redacted(
            url:
                "https://sts.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Credential=AKID%2F20231217%2Fus-east-1%2Fsts%2Faws4_request"
                + "&X-Amz-Security-Token=\(Self.secret)&X-Amz-Signature=abcdef")
        #expect(!exchange.request.url.contains("AKID%") && !exchange.request.url.contains("abcdef"))
        #expect(!exchange.request.url.contains(Self.secret))
        #expect(exchange.request.url.contains("Action=GetCallerIdentity"))
    }

    @Test func paginationTokensAreNotRedacted() {
        let body = "<r><nextToken>abc</nextToken></r>"
        #expect(redacted(response: body).response.body == Bytes(body.utf8))
    }

    @Test func givenSecretsAreRedactedAnywhere() {
        let text = String(
            decoding: redacted(response: "{\"x\":\"\(Self.secret)\"}", with: Redaction(secrets: [Self.secret])).response.body,
            as: UTF8.self)
        #expect(text == #"{"x":"REDACTED"}"#)
    }

    @Test func hiddenAccountIdsAreReplacedConsistently() {
        let body = "<a>arn:aws:iam::123456789012:user/x</a><b>123456789012</b><c>1234567890123</c>"
        let text = String(decoding: redacted(response: body, with: Redaction(hidesAccounts: true)).response.body, as: UTF8.self)
        #expect(!text.contains("123456789012:") && text.contains("<c>1234567890123</c>"))
        let account = text.split(separator: ":").first { $0.count == 12 } ?? ""
        #expect(text.contains("<b>\(account)</b>"))
    }
}
