import AWSClient
import AWSCore
import Contract
import HTTPTypes
import Testing

/// What a verification reports when a response has different values than the recording.
@Suite struct ValueComparisons {
    /// Returns the same bytes for every request.
    private struct Answer: HTTPTransport {
        var status = 200
        let body: String
        var headers: [RecordedExchange.Header] = []

        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            var response = HTTPResponse(status: .init(code: status))
            for header in headers {
                if let name = HTTPField.Name(header.name) { response.headerFields[name] = header.value }
            }
            return HTTPReply(response, .bytes(Bytes(self.body.utf8)))
        }
    }

    private static let start = Instant(parsing: "2024-05-01T10:00:00Z") ?? Instant(milliseconds: 0)

    private func differences(
        _ service: String, _ request: String, _ recorded: String, _ given: String, status: Int = 200,
        type: (String, String)? = nil
    ) async throws -> [String] {
        let isJSON = service == "ecr"
        let headers: [RecordedExchange.Header] =
            isJSON
            ? [
                .init("X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.\(request)"),
                .init("Content-Type", "application/x-amz-json-1.1"),
            ] : [.init("Content-Type", "application/x-www-form-urlencoded")]
        var exchange = RecordedExchange(
            started: Self.start,
            request: .init(
                url: "https://\(service).amazonaws.com/", headers: headers, body: Bytes((isJSON ? "{}" : request).utf8)),
            response: .init(status: status, body: Bytes(recorded.utf8)), notes: .init(service: service))
        var answer = Answer(status: status, body: given)
        if let type {
            exchange.response.headers = [.init("Content-Type", type.0)]
            answer.headers = [.init("Content-Type", type.1)]
        }
        // The target's clock is 100 days after the recording.
        let playback = Playback(
            answer, credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"),
            clock: { Self.start + .days(100) })
        var verification = Verification(rules: Rules())
        try await verification.verify(exchange, playback)
        return verification.report.differing.flatMap { $0.differences.map { "\($0.kind.rawValue) \($0.path)" } }
    }

    private func instance(_ members: String) -> String {
        "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-0123456789abcdef0</instanceId>\(members)</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    }

    private static let base = "Reservations.Instances"

    @Test(
        arguments: [
            (
                "<instanceState><code>16</code><name>running</name></instanceState>",
                "<instanceState><code>80</code><name>stopped</name></instanceState>",
                ["changed \(base).State.Code", "changed \(base).State.Name"]
            ),
            ("<ebsOptimized> true\n</ebsOptimized>", "<ebsOptimized>true</ebsOptimized>", []),
            ("<ebsOptimized>false</ebsOptimized>", "<ebsOptimized>true</ebsOptimized>", ["changed \(base).EbsOptimized"]),
            (
                "<rootDeviceName>/dev/sda1</rootDeviceName>", "<rootDeviceName>/dev/zzz</rootDeviceName>",
                ["changed \(base).RootDeviceName"]
            ),
            ("<imageId>ami-0123456789abcdef0</imageId>", "<imageId>ami-00000000000000001</imageId>", []),
            ("<privateIpAddress>10.0.0.1</privateIpAddress>", "<privateIpAddress>10.0.0.9</privateIpAddress>", []),
            (
                "<privateIpAddress>10.0.0.1</privateIpAddress><privateDnsName>ip-10-0-0-1.ec2.internal</privateDnsName>",
                "<privateIpAddress>10.0.0.9</privateIpAddress><privateDnsName>ip-10-0-0-8.ec2.internal</privateDnsName>",
                ["binding \(base).PrivateIpAddress"]
            ),
            ("<keyName>a</keyName>", "<keyName>a</keyName><tagSet/>", ["surplus \(base).Tags"]),
            ("<keyName>a</keyName><tagSet/>", "<keyName>a</keyName>", ["absent \(base).Tags"]),
            ("<keyName>a</keyName>", "<keyName>a</keyName><unheard>1</unheard>", ["surplus \(base).unheard"]),
            (
                "<placement><availabilityZone>us-east-1a</availabilityZone></placement>",
                "<placement><availabilityZone>us-east-1c</availabilityZone></placement>", []
            ),
            (
                "<placement><availabilityZone>us-east-1a</availabilityZone></placement>",
                "<placement><availabilityZone>us-west-2a</availabilityZone></placement>",
                ["changed \(base).Placement.AvailabilityZone"]
            ),
            // Verification compares times relative to the request; the target's request is 100 days later.
            ("<launchTime>2024-05-01T10:00:00.000Z</launchTime>", "<launchTime>2024-08-09T10:00:01.000Z</launchTime>", []),
            (
                "<launchTime>2024-05-01T10:00:00.000Z</launchTime>", "<launchTime>2024-08-09T12:00:00.000Z</launchTime>",
                ["time \(base).LaunchTime"]
            ),
            ("<launchTime> 2024-05-01T10:00:00.000Z\n</launchTime>", "<launchTime>2024-08-09T10:00:00.000Z</launchTime>", []),
            (
                "<reason>User initiated (2024-05-01 10:00:00 GMT)</reason>",
                "<reason>User initiated (2024-08-09 10:00:00 GMT)</reason>",
                []
            ),
            (
                "<reason>User initiated (2024-05-01 10:00:00 GMT)</reason>",
                "<reason>User initiated (2024-08-09 13:00:00 GMT)</reason>",
                ["time \(base).StateTransitionReason"]
            ),
            ("<tagSet>text</tagSet>", "<tagSet/>", ["absent \(base).Tags"]),
        ] as [(String, String, [String])])
    func valuesOfInstancesAreCompared(_ recorded: String, _ given: String, _ differs: [String]) async throws {
        let request = "Action=DescribeInstances&Version=2016-11-15"
        #expect(try await differences("ec2", request, instance(recorded), instance(given)).sorted() == differs.sorted())
    }

    @Test func requestedIdsMustReturnUnchanged() async throws {
        let answer = { (id: String) in
            "<DescribeVpcsResponse><vpcSet><item><vpcId>\(id)</vpcId></item></vpcSet></DescribeVpcsResponse>"
        }
        let (mine, other) = (answer("vpc-0000000a"), answer("vpc-0000000b"))
        #expect(try await differences("ec2", "Action=DescribeVpcs&Version=2016-11-15", mine, other).isEmpty)
        let asked = try await differences("ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-0000000a", mine, other)
        #expect(asked == ["changed Vpcs.VpcId"])
    }

    @Test func differentResourcesMustHaveDifferentIds() async throws {
        let two = { (a: String, b: String) in
            "<DescribeVpcsResponse><vpcSet><item><vpcId>\(a)</vpcId><isDefault>true</isDefault></item><item><vpcId>\(b)</vpcId><isDefault>false</isDefault></item></vpcSet></DescribeVpcsResponse>"
        }
        let found = try await differences(
            "ec2", "Action=DescribeVpcs&Version=2016-11-15", two("vpc-0000000a", "vpc-0000000b"),
            two("vpc-0000000c", "vpc-0000000c"))
        #expect(found == ["binding Vpcs.VpcId"])
    }

    @Test func mapsAreComparedWithoutOrder() async throws {
        let summary = { (entries: [(String, Int)]) in
            "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>"
                + entries.map { "<entry><key>\($0.0)</key><value>\($0.1)</value></entry>" }.joined()
                + "</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"
        }
        let request = "Action=GetAccountSummary&Version=2010-05-08", recorded = summary([("Users", 1), ("Roles", 2)])
        #expect(try await differences("iam", request, recorded, summary([("Roles", 2), ("Users", 1)])).isEmpty)
        #expect(
            try await differences("iam", request, recorded, summary([("Roles", 3), ("Users", 1)]))
                == ["changed SummaryMap.Roles"])
        #expect(try await differences("iam", request, recorded, summary([("Roles", 2)])) == ["absent SummaryMap.Users"])
        var verification = Verification(rules: Rules())
        verification.verifyShape(
            RecordedExchange(
                request: .init(url: "https://iam.amazonaws.com/"), response: .init(status: 200, body: Bytes(recorded.utf8)),
                notes: .init(service: "iam", operation: "GetAccountSummary")))
        #expect(verification.report.summary.agree == 1, "\(verification.report.text)")
    }

    @Test func policyTextIsComparedAsJSON() async throws {
        let policy = { (text: String) in #"{"policyText": "\#(text.replacing("\"", with: "\\\""))"}"# }
        let recorded = policy(#"{"Version": "2012-10-17", "Statement": []}"#)
        #expect(
            try await differences("ecr", "GetRepositoryPolicy", recorded, policy(#"{"Statement":[],"Version":"2012-10-17"}"#))
                .isEmpty)
        #expect(
            try await differences("ecr", "GetRepositoryPolicy", recorded, policy(#"{"Statement":[1],"Version":"2012-10-17"}"#))
                == ["changed policyText"])
    }

    // MARK: Errors

    @Test func errorMembersAreCompared() async throws {
        let body = { (last: String) in #"{"__type":"InvalidLayerPartException","message":"m","lastValidByteReceived":\#(last)}"#
        }
        #expect(try await differences("ecr", "UploadLayerPart", body("7"), body("7"), status: 400).isEmpty)
        let other = try await differences("ecr", "UploadLayerPart", body("7"), body("8"), status: 400)
        #expect(other == ["changed lastValidByteReceived"])
        let text = try await differences("ecr", "UploadLayerPart", body("7"), body("\"7\""), status: 400)
        #expect(text == ["jsonType lastValidByteReceived"])
    }

    @Test func encodedAuthorizationMessagesAreNotCompared() async throws {
        let body = { (code: String, encoded: String) in
            "<Response><Errors><Error><Code>\(code)</Code><Message>Not authorized. Encoded authorization failure message: \(encoded)</Message></Error></Errors></Response>"
        }
        let request = "Action=DescribeVpcs&Version=2016-11-15"
        #expect(
            try await differences(
                "ec2", request, body("UnauthorizedOperation", "abc"), body("UnauthorizedOperation", "xyz"), status: 403
            )
            .isEmpty)
        #expect(
            try await differences("ec2", request, body("UnauthorizedOperation", "abc"), body("Other", "abc"), status: 403)
                == ["errorCode Error.Code"])
    }

    // MARK: Raw bytes

    private func vpcs(
        _ inner: String, root: String = #"xmlns="http://ec2.amazonaws.com/doc/2016-11-15/""#, declaration: String = ""
    ) -> String {
        "\(declaration)<DescribeVpcsResponse \(root)><vpcSet><item>\(inner)</item></vpcSet></DescribeVpcsResponse>"
    }

    @Test func namespaceDeclarationOrderAndMediaTypeAreCompared() async throws {
        let request = "Action=DescribeVpcs&Version=2016-11-15", inner = "<state>available</state><isDefault>true</isDefault>"
        let recorded = vpcs(inner, declaration: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        func found(_ given: String) async throws -> [String] {
            try await differences("ec2", request, recorded, given, type: ("text/xml;charset=UTF-8", "text/xml;charset=UTF-8"))
        }
        #expect(try await found(recorded).isEmpty)
        #expect(try await found(vpcs(inner)) == ["declaration "])
        let slashless = recorded.replacing("2016-11-15/", with: "2016-11-15")
        #expect(try await found(slashless) == ["namespace "])
        let turned = recorded.replacing(inner, with: "<isDefault>true</isDefault><state>available</state>")
        #expect(try await found(turned) == ["elementOrder vpcSet"])
        let typed = try await differences(
            "ec2", request, recorded, recorded, type: ("text/xml;charset=UTF-8", "application/xml"))
        #expect(typed == ["mediaType headers.Content-Type"])
    }

    @Test func numberAsJSONStringDiffers() async throws {
        let body = { (size: String) in #"{"imageDetails": [{"imageSizeInBytes": \#(size)}]}"# }
        #expect(try await differences("ecr", "DescribeImages", body("7"), body("7")).isEmpty)
        let found = try await differences("ecr", "DescribeImages", body("7"), body("\"7\""))
        #expect(found.contains("jsonType imageDetails[].imageSizeInBytes"))
    }

    @Test func rawBytesAreComparedOncePerOperation() async throws {
        let exchange = RecordedExchange(
            request: .init(
                url: "https://ec2.amazonaws.com/", headers: [.init("Content-Type", "application/x-www-form-urlencoded")],
                body: Bytes("Action=DescribeVpcs&Version=2016-11-15".utf8)),
            response: .init(status: 200, body: Bytes(vpcs("<state>available</state>").utf8)), notes: .init(service: "ec2"))
        let playback = Playback(
            Answer(body: vpcs("<state>available</state>", root: "")),
            credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), clock: { Instant(milliseconds: 0) })
        var verification = Verification(rules: Rules())
        for _ in 0..<3 { try await verification.verify(exchange, playback) }
        #expect(verification.report.summary == .init(recorded: 3, compared: 3, agree: 2, skipped: 0))
    }

    @Test func reportCountsComparisonsByKind() async throws {
        let exchange = RecordedExchange(
            started: Self.start,
            request: .init(
                url: "https://ec2.amazonaws.com/", headers: [.init("Content-Type", "application/x-www-form-urlencoded")],
                body: Bytes("Action=DescribeInstances&Version=2016-11-15".utf8)),
            response: .init(
                status: 200,
                body: Bytes(
                    instance(
                        "<keyName>a</keyName><ebsOptimized>true</ebsOptimized><launchTime>2024-05-01T10:00:00.000Z</launchTime>"
                    ).utf8)), notes: .init(service: "ec2"))
        let playback = Playback(
            Answer(body: String(decoding: exchange.response.body, as: UTF8.self)),
            credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), clock: { Self.start })
        var verification = Verification()
        try await verification.verify(exchange, playback)
        #expect(verification.report.comparisons == [.equal: 2, .bound: 1, .time: 1])
        #expect(verification.report.text.contains("2  equal to the recorded value"))
        #expect(verification.report.json["compared"]?["bound"] == .integer(1))
    }
}
