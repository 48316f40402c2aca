import DrydockTesting
import HTTPTypes
import Testing

/// Requests rejected before any handler runs, with errors in each wire protocol.
@Suite(.simulator) struct GatewayRefusals {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var headers: [(HTTPField.Name, String)] = []
        var body: String
        var status: Int
        var contains: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        // Assumed: the error for a request that matches no service.
        Case(name: "nothing at all", body: "", status: 400, contains: "<Code>InvalidAction</Code>"),
        Case(name: "no action", body: "Version=2016-11-15", status: 400, contains: "<Code>MissingAction</Code>"),
        Case(
            name: "unsigned", body: "Action=DescribeVpcs&Version=2016-11-15", status: 400,
            contains: "The request must contain the parameter AWSAccessKeyId"),
        Case(name: "broken escape", body: "Action=%zz&Version=2016-11-15", status: 400, contains: "<Code>"),
        Case(name: "not UTF-8", body: "Action=%ff%fe&Version=2016-11-15", status: 400, contains: "<Code>"),
        Case(
            name: "unknown JSON target", headers: [(.amzTarget, "Nothing_2020.Create")], body: "{}", status: 400,
            contains: "UnknownOperationException"),
        Case(
            name: "malformed signature", headers: [(.authorization, "AWS4-HMAC-SHA256 Credential=x")],
            body: "Action=DescribeVpcs&Version=2016-11-15", status: 401, contains: "<Code>AuthFailure</Code>"),
    ])
    func malformedRequestsGetAWSErrors(_ test: Case) async throws {
        var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: "/")
        for (name, value) in test.headers { request.headerFields[name] = value }
        let (response, body) = AWS.current.simulator.respond(to: request, body: Bytes(test.body.utf8))
        #expect(response.status.code == test.status)
        #expect(String(decoding: body, as: UTF8.self).contains(test.contains))
    }

    @Test func unknownActionIsInvalid() async throws {
        let (response, body) = try signed("Action=MakeCoffee&Version=2016-11-15")
        #expect(response.status.code == 400)
        #expect(
            String(decoding: body, as: UTF8.self)
                .contains("<Message>The action MakeCoffee is not valid for this web service.</Message>"))
    }

    /// botocore of the clients does not know the second action yet.
    @Test(arguments: ["CreateLocalGatewayRouteTable", "CreateApplicationStatusCheck"])
    func actionNotSimulatedReturns501(_ action: String) async throws {
        let (response, body) = try signed("Action=\(action)&Version=2016-11-15")
        #expect(response.status.code == 501)
        #expect(String(decoding: body, as: UTF8.self).contains("Drydock does not simulate ec2:\(action) yet."))
    }

    @Test func oldSignatureReturnsRequestExpired() async throws {
        let old = AWS.current.clock.now - .hours(1)
        let (_, body) = try signed("Action=DescribeVpcs&Version=2016-11-15", at: old)
        #expect(String(decoding: body, as: UTF8.self).contains("<Code>RequestExpired</Code>"))
    }

    @Test(arguments: [
        ("Action=DescribeVpcs&Version=2016-11-15&AWSAccessKeyId=test&SignatureVersion=2&Signature=x", 401, "AuthFailure"),
        (
            "Action=GetCallerIdentity&Version=2011-06-15&AWSAccessKeyId=test&SignatureVersion=2&Signature=x", 403,
            "SignatureDoesNotMatch"
        ),
    ])
    func signatureVersion2IsRejected(_ body: String, _ status: Int, _ code: String) async throws {
        let request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: "/")
        let (response, answer) = AWS.current.simulator.respond(to: request, body: Bytes(body.utf8))
        let text = String(decoding: answer, as: UTF8.self)
        #expect(response.status.code == status)
        #expect(text.contains("<Code>\(code)</Code><Message>Signature Version 2 is not supported."))
    }

    /// These calls carry a token or an assertion instead of a signature.
    @Test(arguments: ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"])
    func tokenBasedSTSCallsNeedNoSignature(_ operation: String) async throws {
        let request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: "/")
        let body = Bytes("Action=\(operation)&Version=2011-06-15".utf8)
        let (response, answer) = AWS.current.simulator.respond(to: request, body: body)
        #expect(response.status.code == 400)
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.contains("<Code>ValidationError</Code>") && text.contains("at 'roleArn' failed"))
    }

    // MARK: Other services

    struct Other: Sendable, CustomTestStringConvertible {
        var service: String
        var path = "/"
        var headers: [String: String] = [:]
        var body = ""
        var type: String
        var contains: String
        var testDescription: String { service }
    }

    /// Each error uses the protocol of the service's clients.
    @Test(arguments: [
        Other(
            service: "s3", path: "/bucket", type: "application/xml",
            contains: "<Error><Code>NotSimulated</Code><Message>Drydock does not simulate s3."),
        Other(
            service: "route53", path: "/2013-04-01/hostedzone", type: "application/xml",
            contains: "<ErrorResponse><Error><Type>Receiver</Type><Code>NotSimulated</Code>"),
        Other(
            service: "lambda", path: "/2015-03-31/functions", type: "application/json",
            contains: #"{"code":"NotSimulated","message":"Drydock does not simulate lambda."}"#),
        Other(
            service: "dynamodb",
            headers: ["X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"], body: "{}",
            type: "application/x-amz-json-1.0",
            contains: #"{"__type":"NotSimulated","message":"Drydock does not simulate dynamodb:ListTables."}"#),
        Other(
            service: "sns", headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: "Action=ListTopics&Version=2010-03-31", type: "text/xml",
            contains: "<Message>Drydock does not simulate sns:ListTopics.</Message>"),
        Other(
            service: "monitoring", path: "/service/GraniteServiceVersion20100801/operation/ListMetrics",
            headers: ["smithy-protocol": "rpc-v2-cbor"], type: "application/cbor", contains: "NotSimulated"),
    ])
    func otherServicesReturnNotSimulated(_ test: Other) async throws {
        let simulator = AWS.current.simulator
        var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: test.path)
        for (name, value) in test.headers { request.headerFields[try #require(HTTPField.Name(name))] = value }
        let body = Bytes(test.body.utf8)
        SigV4Signer(
            credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "us-east-1", service: test.service
        ).sign(&request, body: body, at: simulator.clock.now)
        let (response, answer) = simulator.respond(to: request, body: body)
        let text = String(decoding: answer, as: UTF8.self)
        #expect(response.status.code == 501)
        #expect(response.headerFields[.contentType] == test.type)
        #expect(text.contains(test.contains), "\(text)")
        #expect(simulator.journal.entries(from: 0).entries.last?.service == test.service)
    }

    private func signed(_ text: String, at time: Instant? = nil) throws -> (HTTPResponse, Bytes) {
        let simulator = AWS.current.simulator
        var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost:4566", path: "/")
        let body = Bytes(text.utf8)
        SigV4Signer(
            credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "us-east-1", service: "ec2"
        ).sign(&request, body: body, at: time ?? simulator.clock.now)
        return simulator.respond(to: request, body: body)
    }
}
