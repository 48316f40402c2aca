import DrydockTesting
import HTTPTypes
import Testing

/// What is refused before any handler is asked, in each wire protocol's own words.
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
        // Assumed: what a request says that is for no service.
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
    func areAWSsOwn(_ test: Case) async throws {
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

    /// The second one is newer than the clients' botocore.
    @Test(arguments: ["CreateFleet", "CreateApplicationStatusCheck"])
    func knownActionWithoutHandlerSaysSo(_ action: String) async throws {
        let (response, body) = try signed("Action=\(action)&Version=2016-11-15")
        #expect(response.status.code == 501)
        #expect(String(decoding: body, as: UTF8.self).contains("Drydock does not simulate ec2:\(action) yet."))
    }

    @Test func requestsFromAnotherTimeAreExpired() async throws {
        let old = AWS.current.clock.now - .hours(1)
        let (_, body) = try signed("Action=DescribeVpcs&Version=2016-11-15", at: old)
        #expect(String(decoding: body, as: UTF8.self).contains("<Code>RequestExpired</Code>"))
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
