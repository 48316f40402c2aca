import AWSCore
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import AWSClient

/// A test environment: files in memory, a clock that the test moves, and services on the loopback interface.
struct CredentialWorld {
    let files: MemoryFiles
    let clock = TestClock()
    var variables: [String: String]
    var run: @Sendable ([String]) async throws -> ProgramOutput = { _ in throw ConfigurationError("no programs") }
    var tokenCode: (@Sendable (String) async throws -> String)?

    init(_ variables: [String: String] = [:], config: String = "", credentials: String? = nil, files: [String: String] = [:]) {
        var all = files
        all["/home/me/.aws/config"] = config
        all["/home/me/.aws/credentials"] = credentials
        self.files = MemoryFiles(all)
        self.variables = variables.merging(["HOME": "/home/me"]) { $1 }
    }

    var environment: ProcessEnvironment {
        let files = files
        return ProcessEnvironment(variables: variables, read: { files[$0] }, write: { files[$0] = $1 }, run: run)
    }

    func settings(_ profile: String? = nil) throws -> SharedSettings { try SharedSettings(profile: profile, environment) }

    /// - Parameter url: the address of STS and IAM Identity Center.
    func context(_ url: String? = nil) -> CredentialContext {
        var context = CredentialContext(tokenCode: tokenCode)
        let clock = clock
        context.clock = { clock.now }
        context.sleep = { clock.sleep($0) }
        context.random = { 0.5 }
        context.endpoints = url.map { EndpointResolver(Endpoint(url: $0)) }
        return context
    }

    func chain(_ profile: String? = nil, _ url: String? = nil) throws -> CredentialsChain {
        CredentialsChain(try settings(profile), context(url))
    }
}

func reason(_ work: () async throws -> Void) async -> String {
    do {
        try await work()
        return "no error"
    } catch { return "\(error)" }
}

/// Returns an STS response with credentials.
func stsAnswer(_ operation: String, key: String = "ASIAROLE", expiration: Instant = Fixture.now + .hours(1)) -> String {
    """
    <\(operation)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(operation)Result><Credentials>\
    <AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken</SessionToken>\
    <Expiration>\(expiration)</Expiration></Credentials></\(operation)Result></\(operation)Response>
    """
}

private func metadata(_ key: String = "ASIAMETA", _ expiration: Instant = Fixture.now + .hours(6)) -> String {
    """
    {"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"\(key)","SecretAccessKey":"s","Token":"t","Expiration":"\(expiration)"}
    """
}

@Suite struct ProcessSource {
    private func world(_ output: ProgramOutput, line: String = "tool --name 'my role' x\\ y") -> CredentialWorld {
        var world = CredentialWorld(config: "[default]\ncredential_process = \(line)")
        world.run = { command in
            var output = output
            output.output = output.output.replacing("COMMAND", with: command.joined(separator: "|"))
            return output
        }
        return world
    }

    @Test func credentialProcessProvidesCredentials() async throws {
        let output = """
            {"Version": 1, "AccessKeyId": "COMMAND", "SecretAccessKey": "s", "SessionToken": "t", \
            "Expiration": "2023-12-17T11:00:00Z"}
            """
        let found = try await world(ProgramOutput(output: output)).chain().credentials()
        #expect(
            found
                == Credentials(
                    accessKeyId: "tool|--name|my role|x y", secretAccessKey: "s", sessionToken: "t",
                    expiration: Fixture.now + .hours(1)))
    }

    @Test(arguments: [
        (ProgramOutput(exitCode: 3, errors: "no\nluck\n"), "no; luck"),
        (ProgramOutput(exitCode: 3), "tool ended with exit code 3"),
        (ProgramOutput(output: "oops"), "tool did not print a JSON object"),
        (
            ProgramOutput(output: #"{"Version": 2}"#),
            "Unsupported version '2' for credential process provider, supported versions: 1"
        ),
        (
            ProgramOutput(output: "{}"),
            "Unsupported version '<Version key not provided>' for credential process provider, supported versions: 1"
        ),
        (
            ProgramOutput(output: #"{"Version": 1, "AccessKeyId": "A"}"#), "Missing required key in response: SecretAccessKey"
        ),
        (
            ProgramOutput(output: #"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "Expiration": "soon"}"#),
            "'soon' is not a time (Expiration)"
        ),
    ]) func credentialProcessErrorsNameTheCause(_ output: ProgramOutput, _ expected: String) async {
        #expect(
            await reason { _ = try await world(output).chain().credentials() }
                == "Error when retrieving credentials from custom-process: \(expected)")
    }

    @Test(arguments: ["'open", "\"open", "end\\"]) func credentialProcessRejectsUnterminatedQuotes(_ line: String) async {
        #expect(
            await reason { _ = try await world(ProgramOutput(), line: line).chain().credentials() }
                .hasPrefix("credential_process of the profile (default): the command line has an unclosed quote"))
    }

    @Test func credentialProcessSplitsWordsLikeShell() throws {
        #expect(
            try ProgramOutput.words(of: #"a "b c" 'd "e' f\ g "h\"i\n" '' j"k"l"#) == [
                "a", "b c", #"d "e"#, "f g", #"h"i\n"#, "", "jkl",
            ])
        #expect(throws: ConfigurationError.self) { try ProgramOutput.words(of: "  ") }
    }

    @Test func processEnvironmentRunsPrograms() async throws {
        let result = try await ProcessEnvironment.process.run(["/bin/sh", "-c", "printf out; printf err >&2; exit 7"])
        #expect(result.exitCode == 7 && result.output == "out" && result.errors == "err")
        await #expect(throws: ConfigurationError.self) { try await ProcessEnvironment.process.run(["/no/such/program"]) }
    }
}

@Suite struct ContainerSource {
    private func found(_ variables: [String: String], files: [String: String] = [:]) async throws -> (Credentials?, TestClock) {
        let world = CredentialWorld(variables, files: files)
        return (try await ContainerCredentials(world.environment, world.context()).credentials(), world.clock)
    }

    @Test func containerFullURIIsRequestedWithTokenFromFile() async throws {
        try await LoopbackServer.serving({ _, _ in (200, metadata()) }) { (server) async throws in
            let files = ["/token": "from file"]
            let (credentials, _) = try await found(
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(server.url)/get?id=1",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "from variable",
                ], files: files)
            #expect(credentials?.accessKeyId == "ASIAMETA" && credentials?.sessionToken == "t")
            #expect(credentials?.expiration == Fixture.now + .hours(6))
            // A busy machine may make the client ask again.
            #expect(Set(server.asked.map(\.line)) == ["GET /get?id=1"])
            #expect(server.asked[0]["authorization"] == "from file" && server.asked[0]["accept"] == "application/json")
        }
    }

    @Test func containerRelativeURIUsesTaskMetadataAddress() async throws {
        let transport = ScriptedTransport(.ok(metadata()))
        let world = CredentialWorld([
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://no",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret",
        ])
        var context = world.context()
        context.metadataTransport = transport
        _ = try await ContainerCredentials(world.environment, context).credentials()
        let request = transport.asked[0].request
        #expect(request.scheme == "http" && request.authority == "169.254.170.2" && request.path == "/v2/credentials/x")
        #expect(request.headerFields[.authorization] == "secret")
        #expect(transport.asked[0].timeout == .seconds(2))
    }

    @Test(arguments: [
        "http://example.com/", "http://169.254.170.3/", "http://10.0.0.1/", "ftp://localhost/", "http://127.evil.com/",
    ]) func containerURIRejectsUntrustedHosts(_ url: String) async {
        await #expect(throws: ConfigurationError.self) { try await found(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]) }
    }

    @Test(arguments: [
        "https://example.com/x", "http://127.0.0.5/", "http://[::1]:80/", "http://169.254.170.23/v1",
        "http://[fd00:ec2::23]/v1",
        "http://localhost/",
    ]) func containerURIAcceptsHTTPSLoopbackAndMetadataHosts(_ url: String) async throws {
        let transport = ScriptedTransport(.ok(metadata()))
        let world = CredentialWorld(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        var context = world.context()
        context.metadataTransport = transport
        #expect(try await ContainerCredentials(world.environment, context).credentials() != nil)
    }

    @Test func containerTokenWithLineBreakIsRejected() async {
        let text = await reason {
            _ = try await found(
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX: y"])
        }
        #expect(text == "Auth token value is not a legal header value")
    }

    @Test func containerRequestIsTriedThreeTimesOneSecondApart() async throws {
        try await LoopbackServer.serving({ _, number in number < 3 ? (503, "busy") : (200, metadata()) }) {
            (server) async throws in
            let (credentials, clock) = try await found(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
            #expect(credentials != nil && server.asked.count == 3 && clock.slept == [.seconds(1), .seconds(1)])
        }
        try await LoopbackServer.serving({ _, _ in (404, "gone") }) { (server) async throws in
            let text = await reason { _ = try await found(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url]) }
            #expect(
                text
                    == "Error when retrieving credentials from container-role: Received non 200 response 404 from container metadata: gone"
            )
            #expect(server.asked.count == 3)
        }
    }
}

@Suite struct InstanceSource {
    private func found(_ server: LoopbackServer, _ variables: [String: String] = [:], config: String = "") async throws
        -> Credentials?
    {
        let world = CredentialWorld(
            variables.merging(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]) { $1 }, config: config)
        return try await InstanceMetadataCredentials(world.settings(), world.context()).credentials()
    }

    private static func instance(
        token: (Int, String)? = (200, "TOKEN"), _ text: String = metadata()
    ) -> LoopbackServer.Answer {
        { asked, _ in
            switch asked.line {
            case "PUT /latest/api/token": token
            case "GET /latest/meta-data/iam/security-credentials/": (200, "my-role\n")
            case "GET /latest/meta-data/iam/security-credentials/my-role": (200, text)
            default: (404, "")
            }
        }
    }

    @Test func instanceCredentialsUseIMDSv2Token() async throws {
        try await LoopbackServer.serving(Self.instance()) { (server) async throws in
            let credentials = try await found(server)
            #expect(credentials?.accessKeyId == "ASIAMETA" && credentials?.expiration == Fixture.now + .hours(6))
            #expect(
                server.asked.map(\.line) == [
                    "PUT /latest/api/token", "GET /latest/meta-data/iam/security-credentials/",
                    "GET /latest/meta-data/iam/security-credentials/my-role",
                ])
            #expect(server.asked[0]["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
            #expect(server.asked[1]["x-aws-ec2-metadata-token"] == "TOKEN")
            #expect(server.asked[2]["x-aws-ec2-metadata-token"] == "TOKEN")
        }
    }

    @Test(arguments: [403, 404, 405, 500]) func instanceCredentialsFallBackToIMDSv1UnlessDisabled(_ status: Int) async throws {
        try await LoopbackServer.serving(Self.instance(token: (status, ""))) { (server) async throws in
            #expect(try await found(server)?.accessKeyId == "ASIAMETA")
            #expect(server.asked[1]["x-aws-ec2-metadata-token"] == nil)
            let text = await reason { _ = try await found(server, ["AWS_EC2_METADATA_V1_DISABLED": "true"]) }
            #expect(text.hasSuffix("Unable to retrieve token for use in IMDSv2 call and IMDSv1 has been disabled"))
            await #expect(throws: CredentialRetrievalError.self) {
                try await found(server, config: "[default]\nec2_metadata_v1_disabled = true")
            }
        }
    }

    @Test func instanceCredentialsFallBackAfterTokenTimeout() async throws {
        try await LoopbackServer.serving(Self.instance(token: nil)) { (server) async throws in
            #expect(try await found(server)?.accessKeyId == "ASIAMETA")
        }
    }

    @Test func disabledMetadataServiceGetsNoRequest() async throws {
        try await LoopbackServer.serving(Self.instance()) { (server) async throws in
            #expect(try await found(server, ["AWS_EC2_METADATA_DISABLED": "TRUE"]) == nil)
            #expect(server.asked.isEmpty)
        }
    }

    @Test func instanceWithoutRoleHasNoCredentials() async throws {
        try await LoopbackServer.serving({ asked, _ in asked.request.method == .put ? (200, "T") : (404, "") }) {
            (server) async throws in
            #expect(try await found(server) == nil)
            #expect(try await found(server, ["AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3"]) == nil)
            #expect(server.asked.count == 2 + 4)
        }
        let refusal = #"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"}"#
        try await LoopbackServer.serving(Self.instance(refusal)) { (server) async throws in
            #expect(try await found(server) == nil)
        }
        try await LoopbackServer.serving(Self.instance(token: (400, ""))) { (server) async throws in
            #expect(try await found(server) == nil)
        }
    }

    @Test func unreachableMetadataServiceGivesNoCredentials() async throws {
        let world = CredentialWorld(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"])
        #expect(try await InstanceMetadataCredentials(world.settings(), world.context()).credentials() == nil)
    }

    /// Static stability: expired credentials stay in use for 15 minutes plus 2 to 10 more (here 6).
    @Test func expiredInstanceCredentialsAreExtended() async throws {
        let old = Self.instance(metadata("ASIAOLD", Fixture.now - .hours(1)))
        try await LoopbackServer.serving(old) { (server) async throws in
            #expect(try await found(server)?.expiration == Fixture.now + .minutes(21))
        }
    }

    @Test(arguments: [
        ("IPv4", "169.254.169.254"), ("IPv6", "[fd00:ec2::254]"), ("", "169.254.169.254"),
    ]) func metadataEndpointModeSelectsAddress(_ mode: String, _ authority: String) async throws {
        let transport = ScriptedTransport(.ok("TOKEN"), .ok("role"), .ok(metadata()))
        let world = CredentialWorld(["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": mode, "AWS_METADATA_SERVICE_TIMEOUT": "7"])
        var context = world.context()
        context.metadataTransport = transport
        #expect(try await InstanceMetadataCredentials(world.settings(), context).credentials() != nil)
        #expect(Set(transport.asked.map(\.request.authority)) == [authority])
        #expect(Set(transport.asked.map(\.timeout)) == [.seconds(7)])
    }

    @Test(arguments: [
        ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv5"], ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "nowhere"],
        ["AWS_METADATA_SERVICE_TIMEOUT": "0"], ["AWS_METADATA_SERVICE_NUM_ATTEMPTS": "x"],
    ]) func invalidMetadataSettingsAreRejected(_ variables: [String: String]) async throws {
        let world = CredentialWorld(variables)
        await #expect(throws: ConfigurationError.self) {
            try await InstanceMetadataCredentials(world.settings(), world.context()).credentials()
        }
    }
}

@Suite struct WebIdentitySource {
    @Test func webIdentityTokenFileIsReadForEachExchange() async throws {
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRoleWithWebIdentity")) }) { (server) async throws in
            let world = CredentialWorld(
                [
                    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pod",
                    "AWS_ROLE_SESSION_NAME": "pod-1",
                ], files: ["/var/token": "ey.J0\n"])
            let chain = try world.chain(nil, server.url)
            #expect(try await chain.credentials()?.accessKeyId == "ASIAROLE")
            #expect(
                server.asked[0].body == """
                    Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpod\
                    &RoleSessionName=pod-1&WebIdentityToken=ey.J0
                    """)
            #expect(server.asked[0]["authorization"] == nil)

            // The file is read again for the next credentials.
            world.files["/var/token"] = "ey.new"
            world.clock.advance(by: .minutes(55))
            _ = try await chain.credentials()
            #expect(server.asked.last?.body.hasSuffix("WebIdentityToken=ey.new") == true)
        }
    }

    @Test func profileConfiguresWebIdentityTokenFile() async throws {
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRoleWithWebIdentity")) }) { (server) async throws in
            let world = CredentialWorld(
                config: "[profile pod]\nrole_arn = arn:aws:iam::123456789012:role/pod\nweb_identity_token_file = ~/token",
                files: ["/home/me/token": "ey"])
            #expect(try await world.chain("pod", server.url).credentials()?.sessionToken == "roletoken")
            #expect(server.asked[0].body.contains("RoleSessionName=drydock-session-\(Fixture.now.seconds)&"))
        }
    }

    @Test func webIdentityReportsMissingRoleOrTokenFile() async throws {
        let noRole = CredentialWorld(["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"], files: ["/t": "x"])
        #expect(await reason { _ = try await noRole.chain().credentials() }.contains("has no role ARN configured"))
        let noFile = CredentialWorld(["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "r"])
        #expect(await reason { _ = try await noFile.chain().credentials() } == "/t: no such file (web identity token)")
    }

    /// Errors of STS are passed on unchanged.
    @Test func webIdentityReportsSTSErrorUnchanged() async throws {
        let refusal =
            "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no</Message></Error><RequestId>r-9</RequestId></ErrorResponse>"
        try await LoopbackServer.serving({ _, _ in (400, refusal) }) { (server) async throws in
            let world = CredentialWorld(["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "r"], files: ["/t": "x"])
            let text = await reason { _ = try await world.chain(nil, server.url).credentials() }
            #expect(text == "InvalidIdentityToken (400): no [request r-9]")
        }
    }
}
