import HTTPTypes
import Testing

@testable import AWSCore

// Signatures by botocore 1.43.11 (SigV4Auth, SigV4QueryAuth and their S3 variants) of the same requests with a frozen clock.
// Neither of the two vector suites covers session tokens or S3.
@Suite struct SigV4LikeBotocore {
    private let credentials = Credentials(
        accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        sessionToken: "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22==")
    private let now = Instant(parsing: "2023-12-17T10:00:10Z")!

    private func request(_ method: HTTPRequest.Method, _ url: String, _ headers: [String: String] = [:]) -> HTTPRequest {
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        let rest = parts[2].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var request = HTTPRequest(
            method: method, scheme: String(parts[0].dropLast()), authority: String(rest[0]), path: "/\(rest[1])")
        for (name, value) in headers { request.headerFields[HTTPField.Name(name)!] = value }
        return request
    }

    private func signer(_ service: String) -> SigV4Signer {
        SigV4Signer(credentials: credentials, region: "us-east-1", service: service)
    }

    @Test(
        arguments: [
            (
                "ec2", HTTPRequest.Method.post, "https://ec2.us-east-1.amazonaws.com/",
                ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "test/1"],
                "Action=DescribeRegions&Version=2016-11-15", "content-type;host;x-amz-date;x-amz-security-token",
                "e3b38a0332deefd18b12f0c2cd8b872a6eede856972a7685dc176258ebe99390"
            ),
            (
                "ecr", .post, "http://localhost:4566/a%20b/../c%20d/$x?b=1&a=%2F",
                ["Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "T.Op"], "{}",
                "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
                "573ab054cc5e3283f5b9187a0e3fc794512f7c9f743eb9880fb63942c1e36141"
            ),
            (
                "s3", .put, "https://bucket.s3.us-east-1.amazonaws.com/a%20b//c/./%24x", [:], "hello",
                "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
                "e5876dc9532cf309d9710e7be591133764af4a3cf2ceca4377792e8c8745bfed"
            ),
        ] as [(String, HTTPRequest.Method, String, [String: String], String, String, String)])
    func headerSignatureMatchesBotocore(
        _ service: String, _ method: HTTPRequest.Method, _ url: String, _ headers: [String: String], _ body: String,
        _ signedHeaders: String, _ signature: String
    ) throws {
        var request = request(method, url, headers)
        signer(service).sign(&request, body: Bytes(body.utf8), at: now)
        let authorization = try #require(try SigV4Authorization.parse(request))
        #expect(authorization.signedHeaders == signedHeaders)
        #expect(authorization.signature == signature)
        try authorization.verify(
            request, payloadHash: SigV4.payloadHash(Bytes(body.utf8)), secretAccessKey: credentials.secretAccessKey)
    }

    @Test(arguments: [
        (
            "sts", "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&", 60,
            SigV4.emptyPayloadHash, "9d57081bdf57086fd9a5313c2701b9f0f7922b7c95abe8ee1d7cc6748f080ed6"
        ),
        (
            "s3", "https://bucket.s3.us-east-1.amazonaws.com/a%20b//c/./%24x?", 3600, SigV4.unsignedPayload,
            "ca61889d1b7b3e279e6f3267061fbe70061cd9a6e718cc3d1df2a2f3781db08b"
        ),
    ])
    func presignedURLMatchesBotocore(
        _ service: String, _ url: String, _ expires: Int, _ payloadHash: String, _ signature: String
    ) throws {
        let presigned = signer(service).presign(
            request(.get, String(url.dropLast())), expires: .seconds(expires), payloadHash: payloadHash, at: now)
        let made = "https://\(presigned.authority ?? "")\(presigned.path ?? "")"
        #expect(
            made == """
                \(url)X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20231217%2Fus-east-1%2F\(service)\
                %2Faws4_request&X-Amz-Date=20231217T100010Z&X-Amz-Expires=\(expires)&X-Amz-SignedHeaders=host\
                &X-Amz-Security-Token=AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLEtc764bNrC9SAPBSM22%3D%3D\
                &X-Amz-Signature=\(signature)
                """)
        let authorization = try #require(try SigV4Authorization.parse(presigned))
        try authorization.verify(
            presigned, payloadHash: SigV4.emptyPayloadHash, secretAccessKey: credentials.secretAccessKey)
    }
}
