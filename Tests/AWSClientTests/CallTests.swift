import AWSClient
import AWSCore
import EC2API
import ECRAPI
import HTTPTypes
import IAMAPI
import STSAPI
import Testing

@Suite struct Calls {
    @Test func anOperationIsEncodedSignedSentAndDecoded() async throws {
        let fixture = Fixture(
            ScriptedTransport(
                .ok(
                    """
                    <DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><regionInfo><item>\
                    <regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>
                    """)))
        let output = try await EC2Client(fixture.client).describeRegions(.init(regionNames: ["eu-west-1"]))
        #expect(output.regions?.map(\.regionName) == ["eu-west-1"])

        let asked = try #require(fixture.transport.asked.first)
        #expect(asked.body == "Action=DescribeRegions&Version=2016-11-15&RegionName.1=eu-west-1")
        #expect(asked.request.authority == "ec2.eu-west-1.amazonaws.com" && asked.request.scheme == "https")
        #expect(asked.request.headerFields[.userAgent] == "drydock/0.1 lang/swift")
        #expect(asked.timeout == .seconds(60))
        let authorization = try #require(try SigV4Authorization.parse(asked.request))
        #expect(authorization.scope == SigV4Scope(date: "20231217", region: "eu-west-1", service: "ec2"))
        #expect(authorization.date == Fixture.now)
        try authorization.verify(
            asked.request, payloadHash: SigV4.payloadHash(Bytes(asked.body.utf8)), secretAccessKey: "secret")
    }

    @Test func servicesAreReachedAtTheirOwnHosts() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("{}"), .ok("<ListUsersResponse/>"), .ok("<GetCallerIdentityResponse/>")))
        _ = try await ECRClient(fixture.client).describeRepositories(.init())
        _ = try await IAMClient(fixture.client).listUsers(.init())
        _ = try await STSClient(fixture.client).getCallerIdentity()
        let scopes = try fixture.transport.asked.map { try SigV4Authorization.parse($0.request)?.scope.description }
        #expect(
            fixture.transport.asked.map(\.request.authority) == [
                "api.ecr.eu-west-1.amazonaws.com", "iam.amazonaws.com", "sts.eu-west-1.amazonaws.com",
            ])
        #expect(
            scopes == [
                "20231217/eu-west-1/ecr/aws4_request", "20231217/us-east-1/iam/aws4_request",
                "20231217/eu-west-1/sts/aws4_request",
            ])
    }

    @Test func errorsComeAsTheServiceNamesThem() async throws {
        let fixture = Fixture(
            ScriptedTransport(
                .reply(
                    400, #"{"__type":"com.amazonaws.ecr#RepositoryNotFoundException","message":"no such thing"}"#,
                    [.amzRequestId: "r-1"])))
        let error = await #expect(throws: AWSError.self) {
            try await ECRClient(fixture.client).describeRepositories(.init(repositoryNames: ["x"]))
        }
        #expect(error?.code == "RepositoryNotFoundException")
        #expect(error?.message == "no such thing")
        #expect(error?.requestId == "r-1")
        #expect(fixture.transport.asked.count == 1)
    }

    @Test func sessionTokensAreSent() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<GetCallerIdentityResponse/>"))) {
            $0.credentials = Credentials(accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "the token")
        }
        _ = try await STSClient(fixture.client).getCallerIdentity()
        #expect(fixture.transport.asked[0].request.headerFields[.amzSecurityToken] == "the token")
    }

    @Test func withoutCredentialsNothingIsSent() async throws {
        let fixture = Fixture(ScriptedTransport(.ok(""))) { $0.credentials = CredentialsChain([]) }
        await #expect(throws: ConfigurationError.noCredentials) { try await STSClient(fixture.client).getCallerIdentity() }
        #expect(fixture.transport.asked.isEmpty)
    }

    @Test func responsesBeyondTheLimitAreRefused() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<GetCallerIdentityResponse/>"))) { $0.maximumResponseSize = 10 }
        await #expect(throws: BodyTooLarge.self) { try await STSClient(fixture.client).getCallerIdentity() }
    }

    @Test func idempotencyTokensAreMadeWhereTheyAreMissing() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<RunInstancesResponse/>")))
        let ec2 = EC2Client(fixture.client)
        try await ec2.runInstances(.init(imageId: "ami-1", maxCount: 1, minCount: 1))
        try await ec2.runInstances(.init(imageId: "ami-1", maxCount: 1, minCount: 1, clientToken: "mine"))
        try await ec2.runInstances(.init(imageId: "ami-1", maxCount: 1, minCount: 1))
        let tokens = fixture.transport.asked.map { asked in
            asked.body.split(separator: "&").first { $0.hasPrefix("ClientToken=") }.map(String.init)
        }
        #expect(tokens == ["ClientToken=token-1", "ClientToken=mine", "ClientToken=token-2"])
    }
}

@Suite struct Presigning {
    @Test func anOperationBecomesAURL() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("")))
        let url = try await fixture.client.presignedURL(
            for: EC2.Operations.describeRegions, .init(regionNames: ["a b"]), expires: .minutes(10))
        #expect(
            url.hasPrefix(
                """
                https://ec2.eu-west-1.amazonaws.com/?Action=DescribeRegions&Version=2016-11-15&RegionName.1=a%20b\
                &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20231217%2Feu-west-1%2Fec2%2Faws4_request\
                &X-Amz-Date=20231217T100000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=
                """))
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: "ec2.eu-west-1.amazonaws.com",
            path: String(url.dropFirst("https://ec2.eu-west-1.amazonaws.com".count)))
        let authorization = try #require(try SigV4Authorization.parse(request))
        try authorization.verify(request, payloadHash: SigV4.emptyPayloadHash, secretAccessKey: "secret")
        #expect(fixture.transport.asked.isEmpty)
    }

    @Test func whatCannotBeInAURLSaysSo() async throws {
        let client = Fixture(ScriptedTransport(.ok(""))).client
        await #expect(throws: ConfigurationError.self) {
            try await client.presignedURL(for: ECR.Operations.describeRepositories, .init())
        }
        await #expect(throws: ConfigurationError.self) {
            try await client.presignedURL(for: STS.Operations.getCallerIdentity, .init(), expires: .days(8))
        }
    }
}
