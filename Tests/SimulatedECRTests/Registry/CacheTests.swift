import DrydockTesting
import HTTPTypes
import OCI
import SimulatedECR
import SimulatedIAM
import Synchronization
import Testing

/// A registry without login that has one image, the last one pushed, under every name.
private final class OpenRegistry: HTTPTransport {
    private let current: Mutex<BuiltImage?>
    init(built: BuiltImage) { current = Mutex(built) }

    /// Nil makes the registry unreachable.
    func change(to built: BuiltImage?) { current.withLock { $0 = built } }

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let path = request.path ?? ""
        guard let built = current.withLock({ $0 }) else {
            throw TransportError.unreachable(host: "localhost:5000", reason: "gone")
        }
        if path == "/v2/" { return HTTPReply(HTTPResponse(status: .ok)) }
        guard request.authority == "localhost:5000", path.hasPrefix("/v2/nginx/nginx/") else {
            return HTTPReply(HTTPResponse(status: .notFound))
        }
        if path.contains("/manifests/") {
            let manifest = built.image.manifest
            return HTTPReply(
                HTTPResponse(status: .ok, headerFields: [.contentType: manifest.mediaType.rawValue]), .bytes(manifest.bytes))
        }
        guard let digest = path.split(separator: "/").last.flatMap({ Digest($0) }), let blob = built.store.open(digest) else {
            return HTTPReply(HTTPResponse(status: .notFound))
        }
        return HTTPReply(HTTPResponse(status: .ok), blob)
    }
}

@Suite struct PullThroughCaches {
    private func aws(_ built: BuiltImage) throws -> AWS { try aws(OpenRegistry(built: built)) }

    private func aws(_ upstream: OpenRegistry) throws -> AWS {
        var places = UpstreamRegistries()
        try places.add("localhost:5000=http://localhost:5000")
        let ecr = ECRSimulation(upstream: upstream, upstreams: places)
        return AWS(
            try Simulator(
                Configuration(), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors, directory: IAMDirectory())
        )
    }

    @Test func updatePullThroughCacheRuleChangesCredentialArn() async throws {
        let aws = try aws(BuiltImage("nginx"))
        let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/"
        try await aws.ecr.createPullThroughCacheRule(
            .init(
                ecrRepositoryPrefix: "hub", upstreamRegistryUrl: "registry-1.docker.io", upstreamRegistry: "docker-hub",
                credentialArn: secret + "one"))
        aws.clock.advance(by: .hours(1))
        let updated = try await aws.ecr.updatePullThroughCacheRule(
            .init(ecrRepositoryPrefix: "hub", credentialArn: secret + "two"))
        #expect(updated.credentialArn == secret + "two" && updated.updatedAt == aws.clock.now)
        let shown = try await aws.ecr.describePullThroughCacheRules(.init()).pullThroughCacheRules?.first
        #expect(shown?.credentialArn == secret + "two" && shown?.updatedAt == aws.clock.now)
        #expect(shown?.createdAt == aws.clock.now - .hours(1) && shown?.upstreamRegistryUrl == "registry-1.docker.io")
        let none = await refusal {
            try await aws.ecr.updatePullThroughCacheRule(.init(ecrRepositoryPrefix: "other", credentialArn: secret + "two"))
        }
        #expect(none?.code == "PullThroughCacheRuleNotFoundException")
    }

    @Test func pullThroughCacheStoresUpstreamImage() async throws {
        let built = try BuiltImage("nginx")
        let aws = try aws(built)
        let rule = try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "public", upstreamRegistryUrl: "localhost:5000"))
        // Members that were not set are omitted; otherwise Terraform's provider would replace the rule.
        #expect(rule.upstreamRepositoryPrefix == nil)
        try await aws.ecr.createRepositoryCreationTemplate(
            .init(
                prefix: "public", resourceTags: [.init(key: "from", value: "cache")], appliedFor: ["PULL_THROUGH_CACHE"],
                customRoleArn: "arn:aws:iam::123456789012:role/ecr"))
        let client = try await aws.registry()
        let pulled = try await client.manifest(.tag(.latest), in: RepositoryName(parsing: "public/nginx/nginx"))
        #expect(pulled.digest == built.image.manifest.digest)
        let store = MemoryBlobStore()
        for blob in pulled.blobs {
            try await client.pull(blob, from: RepositoryName(parsing: "public/nginx/nginx"), into: store)
        }
        #expect(try await aws.tags("public/nginx/nginx") == ["latest"])
        let tags = try await aws.ecr.listTagsForResource(
            .init(resourceArn: "arn:aws:ecr:us-east-1:123456789012:repository/public/nginx/nginx"))
        #expect(tags.tags?.first?.value == "cache")
        let missing = await registryRefusal {
            _ = try await client.manifest(.tag(.latest), in: RepositoryName(parsing: "public/absent"))
        }
        #expect(missing?.code == "NAME_UNKNOWN")
    }

    @Test func upstreamIsCheckedOncePerDay() async throws {
        let upstream = OpenRegistry(built: try BuiltImage("first"))
        let aws = try aws(upstream)
        try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "public", upstreamRegistryUrl: "localhost:5000"))
        let name = try RepositoryName(parsing: "public/nginx/nginx")
        func pull() async throws -> OCI.Digest { try await aws.registry().manifest(.tag(.latest), in: name).digest }
        let first = try await pull()
        let second = try BuiltImage("second")
        upstream.change(to: second)
        #expect(try await pull() == first)
        aws.clock.advance(by: .hours(24))
        #expect(try await pull() == second.image.manifest.digest)
        upstream.change(to: nil)
        aws.clock.advance(by: .hours(24))
        #expect(try await pull() == second.image.manifest.digest)
    }

    @Test(.simulator) func pullThroughCacheFetchesFromOtherECRRegion() async throws {
        let aws = AWS.current
        let source = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ecr
        try await source.createRepository(.init(repositoryName: "team/app"))
        let built = try BuiltImage("far away")
        try await built.push(to: "team/app", tag: "v1", aws.registry(as: source, region: "eu-west-1"))
        try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "eu", upstreamRegistryUrl: "123456789012.dkr.ecr.eu-west-1.amazonaws.com"))
        let pulled = try await aws.registry().manifest(.tag(OCI.Tag("v1")!), in: RepositoryName(parsing: "eu/team/app"))
        #expect(pulled.digest == built.image.manifest.digest)
        #expect(try await aws.tags("eu/team/app") == ["v1"])
    }

    @Test(.simulator) func pullThroughCacheFetchesFromDockerHub() async throws {
        let aws = AWS.current
        let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"
        let without = await refusal {
            try await aws.ecr.createPullThroughCacheRule(
                .init(ecrRepositoryPrefix: "docker-hub", upstreamRegistryUrl: "registry-1.docker.io"))
        }
        // Assumed: the message after "ARN".
        #expect(without?.code == "UnsupportedUpstreamRegistryException")
        #expect(
            without?.message.hasPrefix(
                "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN") == true)
        try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "docker-hub", upstreamRegistryUrl: "registry-1.docker.io", credentialArn: secret))
        let name = try RepositoryName(parsing: "docker-hub/library/ubuntu")
        let client = try await aws.registry()
        let pulled = try await client.manifest(.tag(.latest), in: name)
        let store = MemoryBlobStore()
        for entry in pulled.manifests.prefix(1) {
            let child = try await client.manifest(.digest(entry.digest), in: name)
            for blob in child.blobs { try await client.pull(blob, from: name, into: store) }
        }
        for blob in pulled.blobs { try await client.pull(blob, from: name, into: store) }
        #expect(!store.digests().isEmpty)
        #expect(try await aws.tags("docker-hub/library/ubuntu") == ["latest"])
    }

    @Test func pullThroughCacheRulesAreValidatedAndListed() async throws {
        let aws = try aws(BuiltImage("x"))
        let unsupported = await refusal {
            try await aws.ecr.createPullThroughCacheRule(
                .init(ecrRepositoryPrefix: "some", upstreamRegistryUrl: "registry.example.org"))
        }
        #expect(unsupported?.code == "UnsupportedUpstreamRegistryException")
        let open = try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "ecr-public", upstreamRegistryUrl: "public.ecr.aws"))
        #expect(open.upstreamRegistry == "ecr-public")
        try await aws.ecr.deletePullThroughCacheRule(.init(ecrRepositoryPrefix: "ecr-public"))
        try await aws.ecr.createPullThroughCacheRule(.init(ecrRepositoryPrefix: "quay", upstreamRegistryUrl: "quay.io"))
        let twice = await refusal {
            try await aws.ecr.createPullThroughCacheRule(.init(ecrRepositoryPrefix: "quay", upstreamRegistryUrl: "quay.io"))
        }
        #expect(twice?.code == "PullThroughCacheRuleAlreadyExistsException")
        #expect(
            try await aws.ecr.describePullThroughCacheRules(.init()).pullThroughCacheRules?.map(\.ecrRepositoryPrefix) == [
                "quay"
            ])
        let validated = try await aws.ecr.validatePullThroughCacheRule(.init(ecrRepositoryPrefix: "quay"))
        #expect(validated.isValid == false && validated.failure?.contains("--upstream quay.io=URL") == true)
        try await aws.ecr.deletePullThroughCacheRule(.init(ecrRepositoryPrefix: "quay"))
        #expect(
            await refusal { _ = try await aws.ecr.validatePullThroughCacheRule(.init(ecrRepositoryPrefix: "quay")) }?.code
                == "PullThroughCacheRuleNotFoundException")
    }

    @Test func updateRepositoryCreationTemplateKeepsOtherMembers() async throws {
        let aws = try aws(BuiltImage("x"))
        let made = try await aws.ecr.createRepositoryCreationTemplate(
            .init(prefix: "team/", description: "first", appliedFor: ["REPLICATION"]))
        // Assumed: the trailing slash is removed.
        #expect(made.repositoryCreationTemplate?.prefix == "team" && made.registryId == "123456789012")
        #expect(
            await refusal {
                try await aws.ecr.createRepositoryCreationTemplate(.init(prefix: "team", appliedFor: ["REPLICATION"]))
            }?.code == "TemplateAlreadyExistsException")
        try await aws.ecr.updateRepositoryCreationTemplate(.init(prefix: "team", imageTagMutability: .immutable))
        let shown = try await aws.ecr.describeRepositoryCreationTemplates(.init(prefixes: ["team"]))
            .repositoryCreationTemplates?.first
        #expect(
            shown?.description == "first" && shown?.imageTagMutability == .immutable && shown?.appliedFor == ["REPLICATION"])
        try await aws.ecr.deleteRepositoryCreationTemplate(.init(prefix: "team"))
        #expect(
            await refusal { _ = try await aws.ecr.describeRepositoryCreationTemplates(.init(prefixes: ["team"])) }?.code
                == "TemplateNotFoundException")
    }
}

@Suite(.simulator) struct RegistrySettings {
    let aws = AWS.current

    @Test func registryPolicyAppliesToAllRepositories() async throws {
        #expect(await refusal { _ = try await aws.ecr.getRegistryPolicy(.init()) }?.code == "RegistryPolicyNotFoundException")
        let text = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},\
            "Action":"ecr:BatchGetImage","Resource":"arn:aws:ecr:us-east-1:123456789012:repository/*"}]}
            """
        let put = try await aws.ecr.putRegistryPolicy(.init(policyText: text))
        #expect(put.registryId == "123456789012")
        // The policy applies to all repositories of the registry.
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        let other = aws.acting(as: Credentials(accessKeyId: "210987654321", secretAccessKey: "test")).ecr
        let got = try await other.batchGetImage(
            .init(registryId: "123456789012", repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        #expect(got.images?.count == 1)
        #expect(try await aws.ecr.deleteRegistryPolicy(.init()).policyText == put.policyText)
        let broken = await refusal { try await aws.ecr.putRegistryPolicy(.init(policyText: "{")) }
        #expect(
            broken?.message
                == "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'")
    }

    @Test func accountSettingsHaveDefaults() async throws {
        #expect(try await aws.ecr.getAccountSetting(.init(name: "BLOB_MOUNTING")).value == "DISABLED")
        try await aws.ecr.putAccountSetting(.init(name: "BLOB_MOUNTING", value: "ENABLED"))
        #expect(try await aws.ecr.getAccountSetting(.init(name: "BLOB_MOUNTING")).value == "ENABLED")
        // Assumed: which of the model's two errors is returned, for the name and for the value.
        #expect(
            await refusal { _ = try await aws.ecr.getAccountSetting(.init(name: "X")) }?.code == "InvalidParameterException")
        #expect(
            await refusal { try await aws.ecr.putAccountSetting(.init(name: "BLOB_MOUNTING", value: "MAYBE")) }?.code
                == "InvalidParameterException")
    }

    /// Assumed: signing with a profile that does not exist has the status FAILED.
    @Test func signingWithoutSignerReportsFailed() async throws {
        #expect(
            await refusal { _ = try await aws.ecr.getSigningConfiguration(.init()) }?.code
                == "SigningConfigurationNotFoundException")
        let profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/team"
        // Images are signed when they are pushed, by the rules at that time.
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("earlier", tag: "v0", to: "app")
        try await aws.ecr.putSigningConfiguration(
            .init(signingConfiguration: .init(rules: [.init(signingProfileArn: profile)])))
        try await aws.putImage("one", tag: "v1", to: "app")
        let status = try await aws.ecr.describeImageSigningStatus(.init(repositoryName: "app", imageId: .init(imageTag: "v1")))
        #expect(
            status.signingStatuses?.map(\.signingProfileArn) == [profile] && status.signingStatuses?.first?.status == "FAILED")
        let earlier = try await aws.ecr.describeImageSigningStatus(
            .init(repositoryName: "app", imageId: .init(imageTag: "v0")))
        #expect(earlier.signingStatuses?.isEmpty == true)
        try await aws.ecr.deleteSigningConfiguration(.init())
        #expect(
            await refusal { try await aws.ecr.deleteSigningConfiguration(.init()) }?.code
                == "SigningConfigurationNotFoundException")
    }
}
