import AWSClient
import AWSCore
import AWSModels
import EC2API
import ECRAPI
import HTTPTypes
import IAMAPI
import STSAPI
import Testing

@Suite struct ClientCalls {
    @Test func clientEncodesSignsSendsAndDecodesOperation() async throws {
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

    @Test func servicesUseTheirHostsAndSigningRegions() async throws {
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

    @Test func serviceErrorKeepsCodeMessageAndRequestId() async throws {
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
        #expect("\(error as Any)".contains("no such thing [request r-1]"))
        #expect(fixture.transport.asked.count == 1)
    }

    @Test func sessionTokensAreSent() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<GetCallerIdentityResponse/>"))) {
            $0.credentials = Credentials(accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "the token")
        }
        _ = try await STSClient(fixture.client).getCallerIdentity()
        #expect(fixture.transport.asked[0].request.headerFields[.amzSecurityToken] == "the token")
    }

    @Test func missingCredentialsPreventTheRequest() async throws {
        let fixture = Fixture(ScriptedTransport(.ok(""))) { $0.credentials = CredentialsChain([]) }
        await #expect(throws: ConfigurationError.noCredentials) { try await STSClient(fixture.client).getCallerIdentity() }
        #expect(fixture.transport.asked.isEmpty)
    }

    @Test func responsesOverSizeLimitAreRejected() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<GetCallerIdentityResponse/>"))) { $0.maximumResponseSize = 10 }
        await #expect(throws: BodyTooLarge.self) { try await STSClient(fixture.client).getCallerIdentity() }
    }

    @Test func missingIdempotencyTokensAreGenerated() async throws {
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
    @Test func presignedURLCarriesInputAndValidSignature() async throws {
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

    @Test func presigningRejectsBodiesAndExpiryOverSevenDays() async throws {
        let client = Fixture(ScriptedTransport(.ok(""))).client
        await #expect(throws: ConfigurationError.self) {
            try await client.presignedURL(for: ECR.Operations.describeRepositories, .init())
        }
        await #expect(throws: ConfigurationError.self) {
            try await client.presignedURL(for: STS.Operations.getCallerIdentity, .init(), expires: .days(8))
        }
    }
}

@Suite struct DryRuns {
    private static let may = ScriptedTransport.Answer.ec2("DryRunOperation", status: 412)
    private static let input = RunInstancesRequest(imageId: "ami-1", maxCount: 1, minCount: 1)

    @Test func isAllowedReportsDryRunDecisionAndThrowsOtherErrors() async throws {
        let fixture = Fixture(
            ScriptedTransport(Self.may, .ec2("UnauthorizedOperation", status: 403), .ec2("InvalidAMIID.NotFound")))
        let client = fixture.client
        #expect(try await client.isAllowed(EC2.Operations.runInstances, Self.input) == true)
        #expect(try await client.isAllowed(EC2.Operations.runInstances, Self.input) == false)
        let error = await #expect(throws: AWSError.self) {
            try await client.isAllowed(EC2.Operations.runInstances, Self.input)
        }
        #expect(error?.code == "InvalidAMIID.NotFound")
        for asked in fixture.transport.asked {
            #expect(asked.body.contains("&DryRun=true") && asked.body.contains("&ImageId=ami-1"))
        }
    }

    @Test func dryRunThrowsUnauthorizedOperation() async throws {
        let client = Fixture(ScriptedTransport(Self.may, .ec2("UnauthorizedOperation", status: 403))).client
        try await client.dryRun(EC2.Operations.runInstances, Self.input)
        await #expect(throws: AWSError.self) { try await client.dryRun(EC2.Operations.runInstances, Self.input) }
    }

    @Test func dryRunRejectsOperationsWithoutDryRunParameter() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("{}")))
        await #expect(throws: ConfigurationError("DeleteRepository of ECR has no dry run.")) {
            try await fixture.client.dryRun(ECR.Operations.deleteRepository, .init(repositoryName: "x"))
        }
        #expect(fixture.transport.asked.isEmpty)
    }

    /// A server that ignores `DryRun` may have carried out the call.
    @Test func dryRunReportsServersThatIgnoreDryRun() async throws {
        let client = Fixture(ScriptedTransport(.ok("<RunInstancesResponse/>"))).client
        let error = await #expect(throws: AWSError.self) { try await client.dryRun(EC2.Operations.runInstances, Self.input) }
        #expect(error?.code == "DryRunIgnored")
    }
}

@Suite struct UntypedCalls {
    @Test func untypedCallEncodesInputAndDecodesOutput() async throws {
        let fixture = Fixture(
            ScriptedTransport(
                .ok(
                    """
                    <DescribeIpamsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><ipamSet><item><ipamId>ipam-1</ipamId>\
                    <scopeCount>2</scopeCount></item></ipamSet></DescribeIpamsResponse>
                    """)))
        let answer = try await fixture.client.call(
            "ec2", "DescribeIpams", ["MaxResults": 5, "Filters": [["Name": "owner-id", "Values": ["1", "2"]]]])
        #expect(answer == ["Ipams": [["IpamId": "ipam-1", "ScopeCount": 2]]])
        #expect(
            fixture.transport.asked[0].body == """
                Action=DescribeIpams&Version=2016-11-15&Filter.1.Name=owner-id&Filter.1.Value.1=1&Filter.1.Value.2=2&MaxResults=5
                """)
        try await fixture.client.call("ec2", "describe-ipams")
        #expect(fixture.transport.asked[1].body == "Action=DescribeIpams&Version=2016-11-15")
    }

    @Test func untypedCallsSendSameRequestsAsTypedCalls() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("{}")))
        _ = try await ECRClient(fixture.client).describeRepositories(.init(repositoryNames: ["a"], maxResults: 3))
        try await fixture.client.call("ecr", "DescribeRepositories", ["repositoryNames": ["a"], "maxResults": 3])
        let asked = fixture.transport.asked
        #expect(asked[0].body == asked[1].body && asked[0].request.headerFields == asked[1].request.headerFields)
    }

    @Test func everyModelOperationHasUntypedOperation() {
        for table in ModelTable.all {
            #expect(table.model.operationNames.count > 10)
            for name in table.model.operationNames {
                #expect(table.untypedOperation(name)?.name == name)
            }
        }
    }

    @Test func untypedCallRejectsUnknownOperationsAndInvalidInput() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("{}")))
        let client = fixture.client
        let absent = await #expect(throws: UnknownOperation.self) { try await client.call("ec2", "DescribeNothing") }
        #expect("\(absent as Any)".contains("ec2 has no operation 'DescribeNothing'"))
        let service = await #expect(throws: UnknownOperation.self) { try await client.call("s3", "ListBuckets") }
        #expect("\(service as Any)".contains("'s3' is not a known service; known services are ec2, ecr, iam, ssm, sts"))
        await #expect(throws: UnencodableInput.self) { try await client.call("ec2", "DescribeIpams", ["MaxResults": "many"]) }
        await #expect(throws: UnencodableInput.self) { try await client.call("ec2", "DescribeIpams", ["Nothing": 1]) }
        await #expect(throws: UnencodableInput.self) { try await client.call("ecr", "DeleteRepository") }
        #expect(fixture.transport.asked.isEmpty)
    }

    @Test func untypedCallGeneratesIdempotencyToken() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<CreateIpamResponse/>")))
        try await fixture.client.call("ec2", "CreateIpam")
        #expect(fixture.transport.asked[0].body.hasSuffix("&ClientToken=token-1"))
    }

    @Test func assumeRoleWithSAMLIsNotSigned() async throws {
        let fixture = Fixture(ScriptedTransport(.ok("<AssumeRoleWithSAMLResponse/>"))) {
            $0.credentials = CredentialsChain([])
        }
        try await fixture.client.call(
            "sts", "AssumeRoleWithSAML",
            [
                "RoleArn": "arn:aws:iam::123456789012:role/r", "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/p",
                "SAMLAssertion": "PHg+",
            ])
        #expect(fixture.transport.asked[0].request.headerFields[.authorization] == nil)
    }
}
