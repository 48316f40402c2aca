import AWSCore
import Testing

@testable import AWSClient

private func environment(_ variables: [String: String] = [:], config: String? = nil, credentials: String? = nil)
    -> ProcessEnvironment
{
    var variables = variables
    variables["HOME"] = "/home/me"
    return ProcessEnvironment(variables: variables) { path in
        switch path {
        case "/home/me/.aws/config": config
        case "/home/me/.aws/credentials": credentials
        case "/elsewhere": "[profile other]\nregion = ap-south-1\n[other]\naws_access_key_id = A\naws_secret_access_key = S"
        default: nil
        }
    }
}

private func message(_ work: () async throws -> Void) async -> String? {
    do {
        try await work()
        return nil
    } catch { return (error as? ConfigurationError)?.message }
}

@Suite struct SharedFiles {
    private let config = """
        # comment
        [default]
        region = us-west-2   ; where we live
        endpoint_url=http://localhost:4566

        [profile work]
        region=eu-central-1
        services = local
        s3 =
          max_concurrent_requests = 20
        [ services   local ]
        ec2 =
            endpoint_url = http://localhost:1
        [sso-session x]
        """

    @Test func profileSettingsAreReadFromConfigFile() throws {
        let work = try SharedSettings(profile: "work", environment(config: config))
        #expect(work.region == "eu-central-1")
        #expect(work.setting("endpoint_url", ofService: "ec2") == "http://localhost:1")
        #expect(work["s3"] == nil && work["absent"] == nil)
        #expect(try SharedSettings(environment(config: config)).region == "us-west-2")
        #expect(try SharedSettings(environment(["AWS_PROFILE": "work"], config: config)).profile == "work")
        #expect(try SharedSettings(environment(["AWS_DEFAULT_PROFILE": "work"], config: config)).profile == "work")
    }

    @Test func environmentRegionOverridesProfile() throws {
        #expect(try SharedSettings(environment(["AWS_REGION": "a"], config: config)).region == "a")
        #expect(try SharedSettings(environment(["AWS_REGION": "", "AWS_DEFAULT_REGION": "b"], config: config)).region == "b")
    }

    @Test func environmentSetsConfigAndCredentialsFilePaths() async throws {
        let settings = try SharedSettings(
            profile: "other", environment(["AWS_CONFIG_FILE": "/elsewhere", "AWS_SHARED_CREDENTIALS_FILE": "/elsewhere"]))
        #expect(settings.region == "ap-south-1")
        #expect(try await ProfileCredentials(settings).credentials()?.accessKeyId == "A")
    }

    @Test func missingConfigFileIsEmptyAndMissingProfileThrows() throws {
        #expect(try SharedSettings(environment()).region == nil)
        #expect(throws: ConfigurationError("The config profile (gone) could not be found")) {
            try SharedSettings(environment(["AWS_PROFILE": "gone"], config: config))
        }
        #expect(throws: ConfigurationError.self) {
            try SharedSettings(environment(config: "[default]\nservices = gone"))
        }
    }

    @Test(arguments: [
        ("region = x", "1: a setting before the first section"),
        ("[default\nregion = x", "1: the section's name lacks its ']'"),
        ("[default] x", "1: unexpected text after the section's name: x"), ("\n[ ]", "2: a section without a name"),
        ("[default]\nregion", "2: expected 'name = value' or '[section]', found 'region'"),
        ("[default]\n= x", "2: a value without a name"),
    ]) func configSyntaxErrorsNameTheLine(_ text: String, _ expected: String) async {
        #expect(await message { _ = try SharedSettings(environment(config: text)) } == "/home/me/.aws/config:\(expected)")
    }

    @Test func configCommentNeedsPrecedingWhitespace() throws {
        let settings = try SharedSettings(environment(config: "[default]\na = x#y\nb = x #y\nc = # none\nd = e=f"))
        #expect(settings["a"] == "x#y" && settings["b"] == "x" && settings["c"] == nil && settings["d"] == "e=f")
    }
}

@Suite struct CredentialSources {
    private let file = """
        [default]
        aws_access_key_id = AKIDFILE
        aws_secret_access_key = filesecret
        [work]
        aws_access_key_id = AKIDWORK
        aws_secret_access_key = worksecret
        aws_session_token = worktoken
        """

    @Test func environmentKeysPrecedeCredentialsFile() async throws {
        let keys = ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "envsecret", "AWS_SESSION_TOKEN": "envtoken"]
        let both = CredentialsChain(try SharedSettings(environment(keys, credentials: file)))
        #expect(
            try await both.credentials()
                == Credentials(accessKeyId: "AKIDENV", secretAccessKey: "envsecret", sessionToken: "envtoken"))
        let files = CredentialsChain(try SharedSettings(environment(credentials: file)))
        #expect(try await files.credentials() == Credentials(accessKeyId: "AKIDFILE", secretAccessKey: "filesecret"))
    }

    @Test func profileKeysAreReadFromCredentialsFile() async throws {
        let chain = CredentialsChain(try SharedSettings(profile: "work", environment(credentials: file)))
        #expect(
            try await chain.credentials()
                == Credentials(accessKeyId: "AKIDWORK", secretAccessKey: "worksecret", sessionToken: "worktoken"))
    }

    @Test func configFileMayContainKeys() async throws {
        let config = "[profile p]\naws_access_key_id = A\naws_secret_access_key = S"
        let settings = try SharedSettings(profile: "p", environment(config: config))
        #expect(try await ProfileCredentials(settings).credentials()?.secretAccessKey == "S")
    }

    @Test func partialKeysAreRejected() async throws {
        #expect(
            await message { _ = try await EnvironmentCredentials(environment(["AWS_ACCESS_KEY_ID": "A"])).credentials() }
                == "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY")
        let settings = try SharedSettings(environment(credentials: "[default]\naws_access_key_id = A"))
        #expect(
            await message { _ = try await ProfileCredentials(settings).credentials() }
                == "Partial credentials found in profile (default), missing: aws_secret_access_key")
    }

    @Test func unsupportedLoginSessionIsReported() async throws {
        let settings = try SharedSettings(environment(config: "[default]\nlogin_session = x"))
        let text = await message { _ = try await CredentialsChain(settings).credentials() }
        #expect(text?.contains("'aws login' (login_session), which is not supported") == true)
    }

    /// botocore's order: keys in the credentials file, a credential process, keys in the config file.
    @Test func credentialProcessRanksBetweenCredentialsAndConfigFile() async throws {
        let config = "[default]\ncredential_process = tool\naws_access_key_id = AKIDCONFIG\naws_secret_access_key = s"
        var world = CredentialWorld(config: config)
        world.run = { _ in ProgramOutput(output: #"{"Version": 1, "AccessKeyId": "AKIDTOOL", "SecretAccessKey": "s"}"#) }
        #expect(try await world.chain().credentials()?.accessKeyId == "AKIDTOOL")
        world.files["/home/me/.aws/credentials"] = file
        #expect(try await world.chain().credentials()?.accessKeyId == "AKIDFILE")
        #expect(
            try await CredentialWorld(config: config.replacing("credential_process", with: "x")).chain().credentials()?
                .accessKeyId == "AKIDCONFIG")
    }

    /// A web identity token from the environment takes precedence over the files; a container's credentials come after them.
    @Test func webIdentityPrecedesFilesAndContainerFollowsThem() async throws {
        try await LoopbackServer.serving({ _, _ in (200, stsAnswer("AssumeRoleWithWebIdentity")) }) { (server) async throws in
            let variables = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "r", "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url,
            ]
            let both = CredentialWorld(variables, credentials: file, files: ["/t": "x"])
            #expect(try await both.chain(nil, server.url).credentials()?.accessKeyId == "ASIAROLE")
            let container = CredentialWorld(
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url], credentials: file)
            #expect(try await container.chain(nil, server.url).credentials()?.accessKeyId == "AKIDFILE")
            #expect(server.asked.count == 1)
        }
    }

    @Test func storedCredentialsSendNoRequest() async throws {
        let world = CredentialWorld(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com"], credentials: file)
        #expect(try await CredentialsChain.stored(world.settings()).credentials()?.accessKeyId == "AKIDFILE")
        await #expect(throws: ConfigurationError.noCredentials) {
            try await CredentialsChain.stored(CredentialWorld(world.variables).settings()).credentials()
        }
    }

    @Test func emptyCredentialsChainThrowsNoCredentials() async throws {
        let chain = CredentialsChain(try SharedSettings(environment(["AWS_EC2_METADATA_DISABLED": "true"])))
        #expect(await message { _ = try await chain.credentials() } == ConfigurationError.noCredentials.message)
    }
}

@Suite struct ConfigurationFromSettings {
    @Test func clientConfigurationRequiresRegion() throws {
        #expect(throws: ConfigurationError.self) { try AWSClient.Configuration(SharedSettings(environment())) }
        #expect(try AWSClient.Configuration(SharedSettings(environment()), region: "us-east-1").region == "us-east-1")
        let settings = try SharedSettings(environment(["AWS_REGION": "eu-west-3", "AWS_MAX_ATTEMPTS": "5"]))
        let configuration = try AWSClient.Configuration(settings)
        #expect(configuration.region == "eu-west-3" && configuration.retry.maximumAttempts == 5)
    }

    @Test func retryModeIsReadFromSettings() throws {
        func mode(_ variables: [String: String], _ config: String = "") throws -> RetryPolicy.Mode {
            try AWSClient.Configuration(SharedSettings(environment(variables, config: config)), region: "r").retry.mode
        }
        #expect(try mode([:]) == .standard)
        #expect(try mode(["AWS_RETRY_MODE": "adaptive"]) == .adaptive)
        #expect(try mode([:], "[default]\nretry_mode = Adaptive") == .adaptive)
        #expect(try mode(["AWS_RETRY_MODE": "legacy"], "[default]\nretry_mode = adaptive") == .standard)
    }

    @Test(arguments: [
        ["AWS_MAX_ATTEMPTS": "0"], ["AWS_MAX_ATTEMPTS": "many"], ["AWS_USE_FIPS_ENDPOINT": "yes"], ["AWS_RETRY_MODE": "fast"],
    ])
    func invalidClientSettingsAreRejected(_ variables: [String: String]) throws {
        #expect(throws: ConfigurationError.self) {
            try AWSClient.Configuration(SharedSettings(environment(variables)), region: "us-east-1")
        }
    }
}

@Suite struct ConfiguredEndpoints {
    private let config = """
        [default]
        endpoint_url = http://profile
        services = s
        [services s]
        ec2 =
          endpoint_url = http://profile-ec2
        """

    private func url(_ variables: [String: String], explicit: String? = nil, service: ServiceModel = model("EC2")) throws
        -> String
    {
        let settings = try SharedSettings(environment(variables, config: config))
        return try EndpointResolver(settings, explicit: explicit).resolve(service, region: "eu-west-1").endpoint.url
    }

    private static func model(_ id: String) -> ServiceModel {
        ServiceModel(
            id: id.lowercased(), signingName: id.lowercased(), endpointPrefix: id.lowercased(), serviceId: id, apiVersion: "",
            wire: .ec2Query, operationNames: "")
    }

    @Test func mostSpecificEndpointURLTakesPrecedence() throws {
        let variables = ["AWS_ENDPOINT_URL_EC2": "http://env-ec2", "AWS_ENDPOINT_URL": "http://env"]
        #expect(try url(variables, explicit: "http://explicit:8080/x") == "http://explicit:8080/x")
        #expect(try url(variables) == "http://env-ec2")
        #expect(try url(["AWS_ENDPOINT_URL": "http://env"]) == "http://env")
        #expect(try url([:]) == "http://profile-ec2")
        #expect(try url([:], service: Self.model("Some Thing")) == "http://profile")
        #expect(try url(["AWS_ENDPOINT_URL_SOME_THING": "http://thing"], service: Self.model("Some Thing")) == "http://thing")
    }

    @Test func configuredEndpointURLsCanBeIgnored() throws {
        let variables = ["AWS_ENDPOINT_URL_EC2": "http://env-ec2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]
        #expect(try url(variables) == "https://ec2.eu-west-1.amazonaws.com")
        #expect(try url(variables, explicit: "http://explicit") == "http://explicit")
    }

    @Test(arguments: [
        "localhost:4566", "ftp://host", "http://", "http://a b", "http://h:0", "http://h:99999", "http://u@h", "http://h/?a",
    ])
    func invalidEndpointURLsAreRejected(_ text: String) throws {
        #expect(throws: ConfigurationError.self) { try url(["AWS_ENDPOINT_URL": text]) }
        #expect(throws: ConfigurationError.self) { try url([:], explicit: text) }
    }

    @Test(arguments: [
        ("HTTPS://Example.COM:443/", "https", "example.com", "/"), ("http://localhost:80", "http", "localhost", "/"),
        ("http://127.0.0.1:4566", "http", "127.0.0.1:4566", "/"), ("http://[::1]:4566/a/b", "http", "[::1]:4566", "/a/b"),
        ("https://h:80/", "https", "h:80", "/"),
    ]) func endpointURLsAreParsedAndNormalized(_ url: String, _ scheme: String, _ authority: String, _ path: String) {
        #expect(Endpoint(url: url) == Endpoint(scheme: scheme, authority: authority, path: path))
    }

    @Test(arguments: ["", "us east", "evil.com/", "EU-WEST-1", "-a", String(repeating: "a", count: 64)])
    func endpointRejectsInvalidRegionNames(_ region: String) {
        #expect(throws: ConfigurationError.self) { try EndpointResolver().resolve(Self.model("EC2"), region: region) }
    }
}
