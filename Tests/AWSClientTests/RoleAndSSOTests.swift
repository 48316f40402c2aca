import AWSCore
import HTTPTypes
import Synchronization
import Testing

@testable import AWSClient

@Suite struct RoleSource {
    private static let base = """
        [default]
        aws_access_key_id = AKIDBASE
        aws_secret_access_key = basesecret

        [profile role]
        role_arn = arn:aws:iam::123456789012:role/r
        source_profile = default
        region = eu-central-1

        """

    private func user(_ asked: LoopbackServer.Asked) throws -> String? {
        try SigV4Authorization.parse(asked.request)?.accessKeyId
    }

    private func parameters(_ asked: LoopbackServer.Asked) -> Set<String> {
        Set(asked.body.split(separator: "&").map(String.init))
    }

    @Test func roleIsAssumedWithSourceProfileKeys() async throws {
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRole")) }) { (server) async throws in
            let found = try await CredentialWorld(config: Self.base).chain("role", server.url).credentials()
            #expect(
                found
                    == Credentials(
                        accessKeyId: "ASIAROLE", secretAccessKey: "rolesecret", sessionToken: "roletoken",
                        expiration: Fixture.now + .hours(1)))
            #expect(try user(server.asked[0]) == "AKIDBASE")
            #expect(
                parameters(server.asked[0]) == [
                    "Action=AssumeRole", "Version=2011-06-15", "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr",
                    "RoleSessionName=drydock-session-\(Fixture.now.seconds)",
                ])
        }
    }

    @Test func assumeRoleSendsProfileSettingsAndMFACode() async throws {
        let config =
            Self.base + "role_session_name = me\nexternal_id = partner\nduration_seconds = 900\nmfa_serial = arn:mfa"
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRole")) }) { (server) async throws in
            var world = CredentialWorld(config: config)
            #expect(
                await reason { _ = try await world.chain("role", server.url).credentials() }
                    .contains("needs a code of the MFA device arn:mfa"))
            #expect(server.asked.isEmpty)
            world.tokenCode = { device in device == "arn:mfa" ? "123456" : "" }
            _ = try await world.chain("role", server.url).credentials()
            #expect(
                parameters(server.asked[0]).isSuperset(of: [
                    "RoleSessionName=me", "ExternalId=partner", "DurationSeconds=900", "SerialNumber=arn%3Amfa",
                    "TokenCode=123456",
                ]))
        }
    }

    @Test func sourceProfileMayAssumeAnotherRole() async throws {
        let config = Self.base + "[profile second]\nrole_arn = arn:aws:iam::123456789012:role/second\nsource_profile = role"
        try await LoopbackServer.serving({ _, number in (200, stsAnswer("AssumeRole", key: "ASIA\(number)")) }) {
            (server) async throws in
            let found = try await CredentialWorld(config: config).chain("second", server.url).credentials()
            #expect(found?.accessKeyId == "ASIA2")
            #expect(try server.asked.map(user) == ["AKIDBASE", "ASIA1"])
            #expect(server.asked[1].body.contains("role%2Fsecond"))
            #expect(server.asked[1]["x-amz-security-token"] == "roletoken")
        }
    }

    @Test func sourceProfileMayUseCredentialProcess() async throws {
        var world = CredentialWorld(
            config: "[profile p]\ncredential_process = tool\n[profile r]\nrole_arn = arn:r\nsource_profile = p")
        world.run = { _ in
            ProgramOutput(output: #"{"Version": 1, "AccessKeyId": "AKIDTOOL", "SecretAccessKey": "s"}"#)
        }
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRole")) }) { (server) async throws in
            _ = try await world.chain("r", server.url).credentials()
            #expect(try user(server.asked[0]) == "AKIDTOOL")
        }
    }

    @Test func credentialSourceSelectsEnvironmentContainerOrMetadata() async throws {
        let config = "[profile r]\nrole_arn = arn:r\ncredential_source = "
        let keys = ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"]
        try await LoopbackServer.serving({ asked, _ in
            asked.line == "GET /c"
                ? (
                    200,
                    #"{"AccessKeyId":"ASIACONT","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z"}"#
                ) : (200, stsAnswer("AssumeRole"))
        }) { (server) async throws in
            _ = try await CredentialWorld(keys, config: config + "Environment").chain("r", server.url).credentials()
            #expect(try user(server.asked[0]) == "AKIDENV")
            let container = CredentialWorld(
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(server.url)/c"], config: config + "EcsContainer")
            _ = try await container.chain("r", server.url).credentials()
            #expect(try user(server.asked[2]) == "ASIACONT")
            let nothing = CredentialWorld(["AWS_EC2_METADATA_DISABLED": "true"], config: config + "Ec2InstanceMetadata")
            #expect(
                await reason { _ = try await nothing.chain("r", server.url).credentials() }
                    == "Error when retrieving credentials from Ec2InstanceMetadata: No credentials found in credential_source "
                    + "referenced in profile r")
        }
    }

    @Test(arguments: [
        ("source_profile = default\ncredential_source = Environment", "The profile \"r\" contains both source_profile and"),
        ("", "Partial credentials found in assume-role, missing: source_profile or credential_source"),
        ("credential_source = Elsewhere", "The credential source \"Elsewhere\" referenced in profile \"r\" is not valid."),
        ("source_profile = gone", "The source_profile \"gone\" referenced in the profile \"r\" does not exist."),
        ("source_profile = r", "Infinite loop in credential configuration detected. Attempting to load from profile r"),
        ("source_profile = other", "Infinite loop in credential configuration detected. Attempting to load from profile r"),
        ("source_profile = empty", "The source profile \"empty\" must have credentials."),
        ("source_profile = default\nduration_seconds = long", "duration_seconds of the profile (r) must be a whole number"),
    ]) func roleProfileErrorsAreReported(_ lines: String, _ expected: String) async {
        let config =
            Self.base + "[profile r]\nrole_arn = arn:r\n\(lines)\n[profile other]\nrole_arn = arn:o\nsource_profile = r\n"
            + "[profile empty]\nregion = x"
        let text = await reason { _ = try await CredentialWorld(config: config).chain("r").credentials() }
        #expect(text.hasPrefix(expected))
    }

    @Test func profileWithKeysMayBeItsSourceProfile() async throws {
        let config =
            "[profile r]\nrole_arn = arn:r\nsource_profile = r\naws_access_key_id = AKIDSELF\naws_secret_access_key = s"
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRole")) }) { (server) async throws in
            #expect(try await CredentialWorld(config: config).chain("r", server.url).credentials()?.accessKeyId == "ASIAROLE")
            #expect(try user(server.asked[0]) == "AKIDSELF")
        }
    }

    @Test func explicitProfileOverridesEnvironmentKeys() async throws {
        let keys = ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"]
        let named = try await CredentialWorld(keys, config: Self.base).chain("default").credentials()
        #expect(named?.accessKeyId == "AKIDBASE")
        let unnamed = CredentialWorld(keys.merging(["AWS_PROFILE": "role"]) { $1 }, config: Self.base)
        #expect(try await unnamed.chain().credentials()?.accessKeyId == "AKIDENV")
    }

    /// The credentials use the configuration's endpoint and transport too.
    @Test func assumeRoleUsesConfiguredEndpoint() async throws {
        try await LoopbackServer.serving({ asked, _ in
            asked.body.hasPrefix("Action=AssumeRole") ? (200, stsAnswer("AssumeRole")) : (200, "<R/>")
        }) { (server) async throws in
            let world = CredentialWorld(config: Self.base)
            let client = AWSClient(
                try AWSClient.Configuration(world.settings("role"), endpoint: server.url, context: world.context()))
            try await client.call("ec2", "DescribeIpams")
            #expect(try server.asked.map(user) == ["AKIDBASE", "ASIAROLE"])
            #expect(try SigV4Authorization.parse(server.asked[1].request)?.scope.region == "eu-central-1")
        }
    }
}

@Suite struct SSOSource {
    /// The cache file's name is `printf %s my-sso | sha1sum`; without a session name, the SHA-1 of the start URL.
    private static let config = """
        [profile dev]
        sso_session = my-sso
        sso_account_id = 123456789012
        sso_role_name = Read Only
        [sso-session my-sso]
        sso_region = eu-west-1
        sso_start_url = https://start
        [profile old]
        sso_start_url = https://start
        sso_region = eu-west-1
        sso_account_id = 123456789012
        sso_role_name = R
        """
    private static let names = [
        "my-sso": "/home/me/.aws/sso/cache/0ad374308c5a4e22f723adf10145eafad7c4031c.json",
        "https://start": "/home/me/.aws/sso/cache/6ad0e7e61d1f47e491ea32c2031add41ef92e07d.json",
    ]

    private static func token(_ expiration: Instant, refreshable: Bool = false) -> String {
        let more =
            refreshable
            ? #","refreshToken":"R1","clientId":"C","clientSecret":"CS","registrationExpiresAt":"2024-01-01T00:00:00Z""# : ""
        return #"{"startUrl":"https://start","region":"eu-west-1","accessToken":"OLD","expiresAt":"\#(expiration)"\#(more)}"#
    }

    private func world(_ name: String, _ token: String) -> CredentialWorld {
        CredentialWorld(config: Self.config, files: [Self.names[name] ?? "": token])
    }

    private static let portal: LoopbackServer.Answer = { asked, _ in
        if asked.line == "POST /token" {
            return (200, #"{"accessToken":"NEW","tokenType":"Bearer","expiresIn":28800,"refreshToken":"R2"}"#)
        }
        guard asked.line.hasPrefix("GET /federation/credentials") else { return (404, "{}") }
        return (
            200,
            #"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":1702810800000}}"#
        )
    }

    @Test func ssoTokenIsExchangedForRoleCredentials() async throws {
        try await LoopbackServer.serving(Self.portal) { (server) async throws in
            let found = try await world("my-sso", Self.token(Fixture.now + .hours(2))).chain("dev", server.url).credentials()
            #expect(
                found
                    == Credentials(
                        accessKeyId: "ASIASSO", secretAccessKey: "s", sessionToken: "t", expiration: Fixture.now + .hours(1)))
            #expect(server.asked.map(\.line) == ["GET /federation/credentials?role_name=Read%20Only&account_id=123456789012"])
            #expect(server.asked[0]["x-amz-sso_bearer_token"] == "OLD" && server.asked[0]["authorization"] == nil)
        }
    }

    @Test func ssoTokenIsRefreshedAndSavedBeforeExpiry() async throws {
        try await LoopbackServer.serving(Self.portal) { (server) async throws in
            let world = world("my-sso", Self.token(Fixture.now + .minutes(14), refreshable: true))
            _ = try await world.chain("dev", server.url).credentials()
            #expect(
                server.asked[0].body
                    == #"{"grantType":"refresh_token","clientId":"C","clientSecret":"CS","refreshToken":"R1"}"#)
            #expect(server.asked[1]["x-amz-sso_bearer_token"] == "NEW")
            let kept = try JSON.parse(world.files[Self.names["my-sso"] ?? ""] ?? "")
            #expect(kept["accessToken"] == "NEW" && kept["refreshToken"] == "R2" && kept["expiresAt"] == "2023-12-17T18:00:00Z")
            #expect(kept["clientSecret"] == "CS" && kept["registrationExpiresAt"] == "2024-01-01T00:00:00Z")
        }
    }

    @Test func ssoTokenIsUsedWhenRefreshFails() async throws {
        try await LoopbackServer.serving({ asked, number in
            asked.line == "POST /token" ? (400, "{}") : Self.portal(asked, number)
        }) { (server) async throws in
            let world = world("my-sso", Self.token(Fixture.now + .minutes(14), refreshable: true))
            #expect(try await world.chain("dev", server.url).credentials()?.accessKeyId == "ASIASSO")
            #expect(server.asked[1]["x-amz-sso_bearer_token"] == "OLD")
        }
    }

    @Test func legacySSOProfileDoesNotRefreshToken() async throws {
        try await LoopbackServer.serving(Self.portal) { (server) async throws in
            let good = world("https://start", Self.token(Fixture.now + .minutes(1), refreshable: true))
            #expect(try await good.chain("old", server.url).credentials()?.accessKeyId == "ASIASSO")
            #expect(server.asked.count == 1)
        }
    }

    @Test func missingSSOLoginIsReported() async throws {
        try await LoopbackServer.serving({ _, _ in (401, "{}") }) { (server) async throws in
            let expired = world("my-sso", Self.token(Fixture.now - .minutes(1)))
            let refused = world("my-sso", Self.token(Fixture.now + .hours(1)))
            for world in [expired, refused] {
                let text = await reason { _ = try await world.chain("dev", server.url).credentials() }
                #expect(text.contains("run aws sso login with the corresponding profile."))
            }
            let text = await reason {
                _ = try await CredentialWorld(config: Self.config).chain("dev", server.url).credentials()
            }
            #expect(text.hasSuffix("Error loading SSO Token: Token for my-sso does not exist"))
        }
    }

    @Test(arguments: [
        ("sso_role_name = R", "is configured to use SSO but is missing required configuration: sso_account_id, sso_start_url,"),
        ("sso_role_name = R\nsso_session = gone", "The specified sso-session does not exist: \"gone\""),
        (
            "sso_role_name = R\nsso_session = s\nsso_region = x",
            "The value for sso_region is inconsistent between profile (x) and sso-session (y)."
        ),
    ]) func ssoProfileErrorsAreReported(_ lines: String, _ expected: String) async {
        let world = CredentialWorld(config: "[profile p]\n\(lines)\n[sso-session s]\nsso_region = y")
        #expect(await reason { _ = try await world.chain("p").credentials() }.contains(expected))
    }
}

@Suite struct CredentialRefresh {
    /// Provides numbered credentials that last an hour; a closed gate blocks callers.
    private final class Slow: CredentialsProvider {
        let clock: TestClock
        let life: Duration
        let count = Atomic<Int>(0)
        let failing = Atomic<Bool>(false)
        private let gate = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

        init(_ clock: TestClock, life: Duration = .hours(1)) {
            self.clock = clock
            self.life = life
        }

        func close() { gate.withLock { $0 = [] } }
        func open() {
            let waiting = gate.withLock { gate in
                defer { gate = nil }
                return gate ?? []
            }
            for continuation in waiting { continuation.resume() }
        }
        var isWaitedFor: Bool { gate.withLock { $0?.isEmpty == false } }

        func credentials() async throws -> Credentials? {
            let number = count.add(1, ordering: .relaxed).newValue
            await withCheckedContinuation { continuation in
                let passes = gate.withLock { gate in
                    gate?.append(continuation)
                    return gate == nil
                }
                if passes { continuation.resume() }
            }
            if failing.load(ordering: .relaxed) { throw ConfigurationError("no luck") }
            return Credentials(accessKeyId: "K\(number)", secretAccessKey: "", expiration: clock.now + life)
        }
    }

    private func chain(_ provider: Slow) -> CredentialsChain {
        CredentialsChain([provider], clock: { provider.clock.now })
    }

    @Test func concurrentCallsShareOneCredentialFetch() async throws {
        let provider = Slow(TestClock())
        provider.close()
        let chain = chain(provider)
        let keys = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try await chain.credentials()?.accessKeyId } }
            while !provider.isWaitedFor { await Task.yield() }
            provider.open()
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(keys == ["K1"] && provider.count.load(ordering: .relaxed) == 1)
    }

    /// As in botocore: from 15 minutes before expiration one call refreshes; the others keep using the old credentials.
    @Test func callsUseOldCredentialsDuringRefresh() async throws {
        let provider = Slow(TestClock()), chain = chain(provider)
        _ = try await chain.credentials()
        provider.clock.advance(by: .minutes(44))
        #expect(try await chain.credentials()?.accessKeyId == "K1")
        provider.clock.advance(by: .minutes(1))
        provider.close()
        async let refreshing = chain.credentials()
        while !provider.isWaitedFor { await Task.yield() }
        #expect(try await chain.credentials()?.accessKeyId == "K1")
        provider.open()
        let renewed = try await refreshing
        #expect(renewed?.accessKeyId == "K2")
        #expect(try await chain.credentials()?.accessKeyId == "K2")
        #expect(provider.count.load(ordering: .relaxed) == 2)
    }

    /// From 10 minutes before expiration, a failed refresh is an error.
    @Test func refreshFailureIsIgnoredUntilNearExpiration() async throws {
        let provider = Slow(TestClock()), chain = chain(provider)
        _ = try await chain.credentials()
        provider.failing.store(true, ordering: .relaxed)
        provider.clock.advance(by: .minutes(49))
        #expect(try await chain.credentials()?.accessKeyId == "K1")
        provider.clock.advance(by: .minutes(1))
        await #expect(throws: ConfigurationError("no luck")) { try await chain.credentials() }
        provider.failing.store(false, ordering: .relaxed)
        #expect(try await chain.credentials()?.accessKeyId == "K4")
    }

    /// Assumed: credentials that last less than the refresh windows are kept for half their lifetime.
    @Test func shortLivedCredentialsAreCached() async throws {
        let provider = Slow(TestClock(), life: .minutes(15)), chain = chain(provider)
        for _ in 0..<5 { #expect(try await chain.credentials()?.accessKeyId == "K1") }
        provider.clock.advance(by: .minutes(8))
        #expect(try await chain.credentials()?.accessKeyId == "K2")
    }

    @Test func cancelledCallKeepsSharedFetchRunning() async throws {
        let provider = Slow(TestClock())
        provider.close()
        let chain = chain(provider)
        let first = Task { try await chain.credentials() }
        while !provider.isWaitedFor { await Task.yield() }
        let second = Task { try await chain.credentials() }
        first.cancel()
        provider.open()
        #expect(try await second.value?.accessKeyId == "K1")
        #expect(provider.count.load(ordering: .relaxed) == 1)
    }
}
