import DrydockTesting
import HTTPTypes
import Testing

@testable import AWSCore

/// A signature is valid only for the service and region in its scope.
@Suite(.simulator) struct SignatureScopes {
    private let aws = AWS.current

    private func ask(
        _ service: String, _ region: String, host: String = "localhost:4566", target: String? = nil, body: String,
        unsigned: [HTTPField.Name] = []
    ) async throws -> (status: Int, text: String, explanation: String) {
        let credentials = Credentials(accessKeyId: "test", secretAccessKey: "test")
        var request = HTTPRequest(method: .post, scheme: "http", authority: host, path: "/")
        var late: [HTTPField] = []
        func set(_ name: HTTPField.Name, _ value: String) {
            if unsigned.contains(name) {
                late.append(HTTPField(name: name, value: value))
            } else {
                request.headerFields[name] = value
            }
        }
        if let target { set(.amzTarget, target) }
        set(.contentType, target == nil ? "application/x-www-form-urlencoded" : "application/x-amz-json-1.1")
        SigV4Signer(credentials: credentials, region: region, service: service)
            .sign(&request, body: Bytes(body.utf8), at: aws.clock.now)
        for field in late { request.headerFields.append(field) }
        let (response, bytes) = aws.simulator.respond(to: request, body: Bytes(body.utf8))
        return (
            response.status.code, String(decoding: bytes, as: UTF8.self),
            response.headerFields[HTTPField.Name("x-drydock-explanation") ?? .accept] ?? ""
        )
    }

    private static let repositories = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
    private static let vpcs = "Action=DescribeVpcs&Version=2016-11-15"

    @Test func matchingSignatureScopeIsAccepted() async throws {
        #expect(try await ask("ecr", "eu-west-1", target: Self.repositories, body: "{}").status == 200)
        #expect(try await ask("ec2", "us-gov-west-1", body: Self.vpcs).status == 200)
        #expect(
            try await ask("ec2", "eu-central-1", host: "ec2.eu-central-1.amazonaws.com", body: Self.vpcs).status == 200)
        // Clients configured for another region sign for that region.
        #expect(try await ask("iam", "eu-west-1", body: "Action=ListUsers&Version=2010-05-08").status == 200)
    }

    @Test(arguments: ["ec2", "sts", "s3"]) func ecrCallSignedForOtherServiceIsRejected(_ service: String) async throws {
        let answer = try await ask(service, "us-east-1", target: Self.repositories, body: "{}")
        #expect(answer.status == 400)
        #expect(answer.text.contains("InvalidSignatureException"), "\(answer.text)")
        #expect(answer.text.contains("Credential should be scoped to correct service: 'ecr'. "), "\(answer.text)")
    }

    @Test func queryToOtherServiceHostIsRejected() async throws {
        let answer = try await ask("ec2", "us-east-1", host: "iam.amazonaws.com", body: "Action=ListUsers&Version=2010-05-08")
        #expect(answer.status == 403)
        #expect(answer.text.contains("<Code>SignatureDoesNotMatch</Code>"), "\(answer.text)")
        #expect(
            answer.text.contains("Credential should be scoped to correct service: &#39;iam&#39;. ")
                || answer.text.contains("Credential should be scoped to correct service: 'iam'. "), "\(answer.text)")
    }

    @Test(arguments: ["", "moon-north-9", "us_east_1", "us-east", "us-east-1a", "US-EAST-1", "*"])
    func invalidScopeRegionIsRejected(_ region: String) async throws {
        let json = try await ask("ecr", region, target: Self.repositories, body: "{}")
        #expect(json.status == 400)
        #expect(json.text.contains("Credential should be scoped to a valid region. "), "\(json.text)")
        #expect(try await ask("ec2", region, body: Self.vpcs).text.contains("<Code>AuthFailure</Code>"))
    }

    @Test func hostOfOtherRegionIsRejected() async throws {
        let answer = try await ask(
            "ecr", "us-east-1", host: "api.ecr.eu-west-1.amazonaws.com", target: Self.repositories, body: "{}")
        #expect(answer.text.contains("Credential should be scoped to a valid region. "), "\(answer.text)")
    }

    /// The documentation requires that every `X-Amz-` header be signed; the error and its message are assumed.
    @Test func unsignedTargetHeaderIsRejected() async throws {
        let answer = try await ask("ecr", "us-east-1", target: Self.repositories, body: "{}", unsigned: [.amzTarget])
        #expect(answer.status == 400)
        #expect(answer.text.contains("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."), "\(answer.text)")
        #expect(
            try await ask("ecr", "us-east-1", target: Self.repositories, body: "{}", unsigned: [.contentType]).status == 200)
    }

    @Test func explanationHeaderIsTruncatedAndSanitized() async throws {
        let name = String(repeating: "x", count: 5000)
        let answer = try await ask("ec2", "us-east-1", body: "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=\(name)\u{1B}[2J")
        #expect(answer.explanation.utf8.count <= 1024)
        #expect(String(repeating: "é", count: 3000).headerSafe == String(repeating: "?", count: 1021) + "...")
        #expect("a\u{1B}b\r\nc".headerSafe == "a?b? c")
        #expect("whole".headerSafe == "whole")
    }
}
