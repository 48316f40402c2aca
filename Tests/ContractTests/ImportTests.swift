import AWSCore
import Contract
import Testing

@Suite struct Imports {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func report(_ format: ImportFormat) throws -> VerifyReport {
        var verification = Verification()
        for exchange in try folder.imported(format) { verification.verifyShape(exchange) }
        return verification.report
    }

    private static let vpcs = """
        <?xml version="1.0"?><DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>x</requestId>
        <vpcSet><item><vpcId>vpc-1</vpcId><isDefault>true</isDefault><tagSet/></item></vpcSet></DescribeVpcsResponse>
        """

    @Test func bodyImportInfersOperation() throws {
        try folder.write("ec2/any.xml", Self.vpcs)
        try folder.write("ecr/listimages.json", #"{"imageIds":[{"imageTag":"latest"}]}"#)
        try folder.write("DescribeInstanceTypes/t3.json", #"{"InstanceTypes":[{"InstanceType":"t3.micro"}]}"#)
        try folder.write("README", "not a recording")
        let report = try report(.bodies)
        #expect(report.summary == .init(recorded: 3, compared: 3, agree: 3, skipped: 0))
        #expect(report.operations.map(\.operation) == ["DescribeInstanceTypes", "DescribeVpcs", "ListImages"])
    }

    @Test func memberMissingFromModelDiffers() throws {
        try folder.write("ec2/a.xml", Self.vpcs.replacing("<tagSet/>", with: "<madeUp>1</madeUp>"))
        let report = try report(.bodies)
        #expect(report.summary.agree == 0)
        #expect(report.differing.first?.differences.first?.path == "vpcSet.madeUp")
        #expect(report.text.contains("lost vpcSet.madeUp: recorded '1'"))
    }

    @Test func olderAPIVersionMayHaveUnknownMembers() throws {
        try folder.write(
            "ec2/a.xml",
            Self.vpcs.replacing("<tagSet/>", with: "<madeUp>1</madeUp>").replacing("2016-11-15", with: "2012-12-01"))
        #expect(try report(.bodies).summary.agree == 1)
    }

    @Test func importedErrorResponsesAreCompared() throws {
        try folder.write(
            "ec2/e.xml",
            "<Response><Errors><Error><Code>A.B</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>")
        try folder.write(
            "sts/e.xml",
            #"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>C</Code><Message>m</Message></Error></ErrorResponse>"#
        )
        #expect(try report(.bodies).summary == .init(recorded: 2, compared: 2, agree: 2, skipped: 0))
    }

    @Test func placeboDatesAndPolicyDocumentsAreRead() throws {
        try folder.write(
            "flight/iam.GetRole_1.json",
            #"""
            {"status_code": 200, "data": {"Role": {"RoleName": "r", "CreateDate": {"__class__": "datetime", "year": 2020, "month": 1,
             "day": 2, "hour": 3, "minute": 4, "second": 5, "microsecond": 0}, "AssumeRolePolicyDocument": {"Version": "2012-10-17"}},
             "ResponseMetadata": {}}}
            """#)
        try folder.write(
            "flight/ec2.DescribeVpcs_2.json", #"{"status_code": 400, "data": {"Error": {"Code": "X", "Message": "y"}}}"#)
        try folder.write("flight/s3.ListBuckets_1.json", #"{"status_code": 200, "data": {}}"#)
        let report = try report(.placebo)
        #expect(report.summary == .init(recorded: 3, compared: 2, agree: 2, skipped: 1))
        #expect(report.skipped.first?.skipReason == "the service 's3' is none of ec2, ecr, iam, sts")
    }

    @Test func vcrImportDecodesRequests() throws {
        try folder.write(
            "v.json",
            #"""
            {"http_interactions": [{"request": {"method": "post", "uri": "https://ec2.us-east-1.amazonaws.com/",
              "headers": {"Authorization": ["AWS4-HMAC-SHA256 Credential=A/20200812/us-east-1/ec2/aws4_request, Signature=1"]},
              "body": {"string": "Action=DescribeVpcs&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Version=2016-11-15"}},
              "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "<DescribeVpcsResponse/>"}}}]}
            """#)
        let exchange = try #require(try folder.imported(.vcr).first)
        #expect(exchange.notes.region == "us-east-1")
        let request = DecodedRequest(exchange)
        #expect(request.parameters["Filters"]?.elements?.first?["Values"] == .list([.string("vpc-1")]))
        #expect(try report(.vcr).summary == .init(recorded: 1, compared: 1, agree: 1, skipped: 0))
    }

    /// vcrpy's format: YAML, headers as lists, and base64 for bytes that are not text.
    @Test func vcrImportReadsYAMLCassettes() throws {
        try folder.write(
            "v.yaml",
            """
            interactions:
            - request:
                body: Action=DescribeVpcs&Version=2016-11-15
                headers:
                  Authorization: ['AWS4-HMAC-SHA256 Credential=A/20200812/eu-west-1/ec2/aws4_request, Signature=1']
                method: POST
                uri: https://ec2.eu-west-1.amazonaws.com/
              response:
                body:
                  string: !!binary |
                    PERlc2NyaWJlVnBjc1Jlc3Bv
                    bnNlLz4=
                headers:
                  Content-Type: [text/xml]
                status: {code: 200, message: OK}
            version: 1
            """)
        let exchange = try #require(try folder.imported(.vcr).first)
        #expect(exchange.notes.skip == nil && exchange.notes.region == "eu-west-1")
        #expect(exchange.response.status == 200)
        #expect(String(decoding: exchange.response.body, as: UTF8.self) == "<DescribeVpcsResponse/>")
        try folder.write("broken.yaml", "a: [")
        let broken = try #require(try folder.imported(.vcr).first { $0.notes.skip != nil })
        #expect(broken.notes.skip?.hasPrefix("the file is neither JSON nor YAML: 2:1") == true, "\(broken.notes.skip ?? "")")
    }

    @Test func snapshotImportInfersOperationFromMembers() throws {
        try folder.write(
            "ec2/s.snapshot.json",
            #"""
            {"tests/aws/services/ec2/x.py::test_a": {"recorded-date": "x", "recorded-content": {
              "route_table": {"RouteTableId": "<id:1>", "VpcId": "<id:2>", "PropagatingVgws": [], "OwnerId": "1"},
              "error": {"Error": {"Code": "A", "Message": "b"}, "ResponseMetadata": {"HTTPHeaders": {}, "HTTPStatusCode": 400}},
              "note": "text"}}}
            """#)
        let report = try report(.snapshot)
        #expect(report.summary == .init(recorded: 3, compared: 2, agree: 2, skipped: 1))
    }

    @Test func exampleImportReadsModelAndCLIExamples() throws {
        try folder.write(
            "ec2/a.json",
            #"{"service": "ec2", "operation": "DescribeVpcs", "input": {"VpcIds": ["vpc-1"]}, "output": {"Vpcs": []}}"#)
        try folder.write(
            "ec2/b.json",
            #"""
            {"service": "ec2", "operation": "describe-vpcs", "examples": [
              {"command": "aws ec2 describe-vpcs", "output": {"Vpcs": [{"VpcId": "vpc-1", "IsDefault": "true"}]}},
              {"command": "aws ec2 describe-vpcs --query Vpcs", "output": []},
              {"command": "aws ec2 describe-vpcs", "output_text": "text"}]}
            """#)
        let report = try report(.examples)
        #expect(report.summary == .init(recorded: 5, compared: 3, agree: 3, skipped: 2))
    }

    @Test func exampleShowingInputIsComparedWithInputShape() throws {
        let document = { (operation: String, json: String) in
            #"{"service": "ec2", "operation": "\#(operation)", "examples": [{"command": "aws", "output": \#(json)}]}"#
        }
        try folder.write("ec2/a.json", document("create-key-pair", #"{"KeyName": "k", "KeyType": "rsa", "KeyFormat": "pem"}"#))
        try folder.write(
            "ec2/b.json", document("request-spot-fleet", #"{"SpotPrice": "0.04", "TargetCapacity": 2, "IamFleetRole": "arn"}"#))
        try folder.write("ec2/c.json", document("describe-vpcs", #"{"Vpc": []}"#))
        try folder.write(
            "ecr/d.json", #"{"service": "ecr", "operation": "put-image", "examples": [{"output": {"schemaVersion": 2}}]}"#)
        let report = try report(.examples)
        #expect(report.summary == .init(recorded: 4, compared: 3, agree: 2, skipped: 1))
        #expect(report.differing.first { !$0.agrees }?.operation == "DescribeVpcs")
    }

    @Test func exampleWithSingularMemberIsReadAsList() throws {
        let document = { (output: String) in
            #"{"service": "ec2", "operation": "search-local-gateway-routes", "examples": [{"output": \#(output)}]}"#
        }
        try folder.write("ec2/a.json", document(#"{"Route": {"Type": "static", "State": "active"}}"#))
        try folder.write("ec2/b.json", document(#"{"Route": {"Type": "static", "Unheard": "x"}}"#))
        try folder.write("ec2/c.json", document(#"{"Elsewhere": "x"}"#))
        let report = try report(.examples)
        #expect(report.summary == .init(recorded: 3, compared: 3, agree: 1, skipped: 0))
        #expect(report.differing.filter { !$0.agrees }.map { $0.differences.last?.path } == ["Route.Unheard", "Elsewhere"])
    }

    @Test func bareStructureBodyIsCompared() throws {
        try folder.write("sts/credentials.xml", "<Credentials><AccessKeyId>A</AccessKeyId><Other>1</Other></Credentials>")
        let report = try report(.bodies)
        #expect(report.summary.compared == 1)
        #expect(report.differing.first?.differences.map(\.path) == ["Other"])
    }

    @Test func snapshotTagObjectsAreReadAsTagLists() throws {
        try folder.write(
            "ec2/s.snapshot.json",
            #"{"t/ec2/x::a": {"recorded-content": {"describe_vpcs": {"Vpcs": [{"Tags": {"Name": "x"}}], "ResponseMetadata": {}}}}}"#
        )
        #expect(try report(.snapshot).summary == .init(recorded: 1, compared: 1, agree: 1, skipped: 0))
    }

    @Test func unreadablePlaceboFileIsSkippedAndNamed() throws {
        try folder.write("x.json", "{")
        let report = try report(.placebo)
        #expect(report.summary == .init(recorded: 1, compared: 0, agree: 0, skipped: 1))
        #expect(report.skipped.first?.source.hasSuffix("x.json") == true)
    }

    @Test func rulesWithoutReasonAreRejectedAndIdleRulesReported() throws {
        #expect(throws: RecordingError.self) { try Rules(parsing: Bytes(#"[{"path": "x"}]"#.utf8), file: "r") }
        #expect(throws: RecordingError.self) {
            try Rules(parsing: Bytes(#"[{"kinds": ["odd"], "reason": "x"}]"#.utf8), file: "r")
        }
        #expect(throws: RecordingError.self) { try Rules(parsing: Bytes(#"[{"pth": "x", "reason": "x"}]"#.utf8), file: "r") }
        let rules = try Rules(parsing: Bytes(#"[{"path": "nowhere", "reason": "never used"}]"#.utf8), file: "r")
        #expect(Verification(rules: rules).report.idleRules == ["never used"])
    }

    /// Needs the recorded responses; see `recordedFolder`.
    @Test(
        .enabled(if: recordedFolder != nil),
        arguments: [
            ("manageiq-vcr", ImportFormat.vcr), ("c7n-placebo", .placebo), ("localstack-snapshots", .snapshot),
            ("botocore-response-parsing", .bodies), ("libcloud-fixtures", .bodies), ("jclouds-resources", .bodies),
            ("boto2-bodies", .bodies), ("convox-cycles", .bodies), ("aws-instance-selector", .bodies),
            ("aws-sdk-rust-traffic", .vcr), ("awscli-examples", .examples), ("botocore-examples", .examples),
        ])
    func recordedAWSResponsesDecodeWithoutLoss(_ name: String, _ format: ImportFormat) throws {
        var verification = Verification()
        try RecordingImporter(format).importAll("\(try #require(recordedFolder))/\(name)") { verification.verifyShape($0) }
        let summary = verification.report.summary
        #expect(summary.compared > 0)
        #expect(Double(summary.agree) >= Double(summary.compared) * 0.997, "\(verification.report.text)")
    }
}
