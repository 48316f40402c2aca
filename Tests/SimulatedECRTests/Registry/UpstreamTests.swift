import DrydockTesting
import HTTPTypes
import OCI
import SimulatedECR
import SimulatedIAM
import Synchronization
import Testing

/// A remote registry that requires a login and has one image under every name.
private final class DistantRegistry: HTTPTransport {
    enum Mood { case fine, away, empty, busy }
    private let image: BuiltImage
    private let index: Manifest
    /// A signature of the index; its blobs are the image's.
    let signature: Manifest
    private let mood = Mutex(Mood.fine)
    private let seen = Mutex<[String]>([])
    private let login = "Basic " + Base64.encode(Bytes("us er:se:cret".utf8))

    init() throws {
        image = try BuiltImage("far away")
        index = Manifest(index: [image.image.manifest.descriptor])
        let parts = image.image.manifest
        signature = Manifest(
            image: try #require(parts.config), layers: parts.layers, mediaType: .ociManifest, subject: index.descriptor)
    }

    var digest: OCI.Digest { index.digest }
    var child: OCI.Digest { image.image.manifest.digest }
    var asked: [String] { seen.withLock { $0 } }
    func become(_ mood: Mood) { self.mood.withLock { $0 = mood } }

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let path = request.path ?? ""
        seen.withLock { $0.append("\(request.scheme ?? "")://\(request.authority ?? "")\(path)") }
        let mood = mood.withLock { $0 }
        if mood == .away { throw TransportError.unreachable(host: "mirror", reason: "gone") }
        guard request.headerFields[.authorization] == login else {
            return HTTPReply(HTTPResponse(status: .unauthorized, headerFields: [.wwwAuthenticate: "Basic realm=\"mirror\""]))
        }
        if path == "/v2/" { return HTTPReply(HTTPResponse(status: .ok)) }
        if mood == .empty { return HTTPReply(HTTPResponse(status: .notFound)) }
        if mood == .busy { return HTTPReply(HTTPResponse(status: .tooManyRequests)) }
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        if path.contains("/referrers/") {
            let list = Manifest(index: last == digest.description ? [signature.descriptor] : [])
            return HTTPReply(
                HTTPResponse(status: .ok, headerFields: [.contentType: list.mediaType.rawValue]), .bytes(list.bytes))
        }
        if path.contains("/manifests/") {
            let known = [image.image.manifest, signature].first { $0.digest.description == last }
            let manifest = known ?? index
            return HTTPReply(
                HTTPResponse(status: .ok, headerFields: [.contentType: manifest.mediaType.rawValue]), .bytes(manifest.bytes))
        }
        guard let digest = Digest(last), let blob = image.store.open(digest) else {
            return HTTPReply(HTTPResponse(status: .notFound))
        }
        return HTTPReply(HTTPResponse(status: .ok), blob)
    }
}

/// User-configured registries for the upstream hosts in pull through cache rules.
@Suite struct Upstreams {
    private let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/x-AbCdEf"

    private func aws(
        _ registry: DistantRegistry, _ upstreams: String = "ghcr.io=https://us%20er:se:cret@mirror:8443/some/where"
    ) throws -> AWS {
        var registries = UpstreamRegistries()
        try registries.add(upstreams)
        let ecr = ECRSimulation(upstream: registry, upstreams: registries)
        return AWS(
            try Simulator(
                Configuration(), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors, directory: IAMDirectory())
        )
    }

    private func makeRule(_ aws: AWS) async throws {
        try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "github", upstreamRegistryUrl: "ghcr.io", credentialArn: secret))
    }

    private let name = RepositoryName("github/team/app")!, tag = ManifestReference.tag(OCI.Tag("v1")!)

    /// aws/containers-roadmap#2837: a digest that is not cached is reported as missing even if the upstream has it. A pull by tag
    /// caches it.
    @Test func onlyPullByTagImportsFromUpstream() async throws {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        let client = try await aws.registry()
        let missing = await registryRefusal { _ = try await client.manifest(.digest(registry.digest), in: name) }
        #expect(missing?.status == 404)
        #expect(!registry.asked.contains { $0.contains("/manifests/") })
        _ = try await client.manifest(tag, in: name)
        #expect(try await client.manifest(.digest(registry.digest), in: name).digest == registry.digest)
        // The images in the index can be pulled at once.
        #expect(try await client.manifest(.digest(registry.child), in: name).digest == registry.child)
    }

    @Test func configuredRegistryReplacesUpstreamHost() async throws {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        let client = try await aws.registry()
        #expect(try await client.manifest(tag, in: name).digest == registry.digest)
        #expect(registry.asked.contains("https://mirror:8443/v2/some/where/team/app/manifests/v1"))
        // An index caches its images: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
        let deadline = ContinuousClock.now + .minutes(10)
        var images: [ImageDetail] = []
        while images.count < 2, ContinuousClock.now < deadline {
            images = try await aws.ecr.describeImages(.init(repositoryName: "github/team/app")).imageDetails ?? []
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(Set(images.map(\.imageDigest)) == [registry.digest.description, registry.child.description])
        #expect(Set(images.map(\.imageSizeInBytes)).count == 1)
    }

    /// A pull does not cache referrers. Listing them does, and asks the upstream again after six hours. AWS announced this on
    /// April 17, 2026, and users measured it then.
    @Test(arguments: [true, false]) func referrersAreFetchedWhenListed(byAPI: Bool) async throws {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        let client = try await aws.registry()
        func list(_ digest: OCI.Digest) async throws -> [String] {
            if !byAPI { return try await client.referrers(of: digest, in: name).map(\.digest.description) }
            return try await aws.ecr.listImageReferrers(
                .init(repositoryName: name.description, subjectId: .init(imageDigest: digest.description))
            ).referrers?.compactMap(\.digest) ?? []
        }
        func asked() -> Int { registry.asked.count { $0.contains("/referrers/") } }
        _ = try await client.manifest(tag, in: name)
        #expect(asked() == 0)
        #expect(try await list(registry.digest) == [registry.signature.digest.description])
        #expect(try await list(registry.signature.digest) == [])
        #expect(asked() == 2)
        registry.become(.away)
        aws.clock.advance(by: .hours(5))
        #expect(try await list(registry.digest).count == 1)
        #expect(asked() == 2)
        aws.clock.advance(by: .hours(1))
        #expect(try await list(registry.digest).count == 1)
        #expect(try await client.manifest(.digest(registry.signature.digest), in: name).digest == registry.signature.digest)
    }

    /// AWS documents 403 (Docker Hub's status for a missing repository) and 404; the others are assumed.
    @Test(arguments: [
        ("ghcr.io=https://mirror", 403, "DENIED", "The authentication to the upstream registry failed."),
        ("ghcr.io=https://me:wrong@mirror", 403, "DENIED", "Verify that the credentials"),
        ("quay.io=https://mirror", 404, "MANIFEST_UNKNOWN", "'ghcr.io' is not provided here"),
    ])
    func upstreamErrorsAreExplained(upstream: String, status: Int, code: String, words: String) async throws {
        let aws = try aws(DistantRegistry(), upstream)
        try await makeRule(aws)
        let client = try await aws.registry()
        let error = await registryRefusal { _ = try await client.manifest(tag, in: name) }
        #expect(error?.status == status && error?.code == code)
        #expect(words.isEmpty || error?.message.contains(words) == true)
        let validated = try await aws.ecr.validatePullThroughCacheRule(.init(ecrRepositoryPrefix: "github"))
        #expect(validated.isValid == false && validated.failure?.isEmpty == false)
    }

    @Test(arguments: [
        (DistantRegistry.Mood.away, 404, "MANIFEST_UNKNOWN"), (.empty, 404, "NAME_UNKNOWN"), (.busy, 429, "TOOMANYREQUESTS"),
    ])
    fileprivate func unavailableUpstreamReturnsErrorOrCachedImage(mood: DistantRegistry.Mood, status: Int, code: String)
        async throws
    {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        registry.become(mood)
        let client = try await aws.registry()
        let error = await registryRefusal { _ = try await client.manifest(tag, in: name) }
        #expect(error?.status == status && error?.code == code)
        let isValid = try await aws.ecr.validatePullThroughCacheRule(.init(ecrRepositoryPrefix: "github")).isValid
        #expect(isValid == (mood != .away))
        // A cached image is served even if the upstream fails.
        registry.become(.fine)
        _ = try await client.manifest(tag, in: name)
        registry.become(mood)
        aws.clock.advance(by: .hours(23))
        #expect(try await aws.registry().manifest(tag, in: name).digest == registry.digest)
        aws.clock.advance(by: .hours(2))
        #expect(try await aws.registry().manifest(tag, in: name).digest == registry.digest)
    }

    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/error-pullthroughcache.html
    @Test func callersWithoutImportPermissionGetNotFound() async throws {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        _ = try await aws.iam.createUser(.init(userName: "Puller"))
        func allow(_ actions: String) async throws {
            try await aws.iam.putUserPolicy(
                .init(
                    userName: "Puller", policyName: "pull",
                    policyDocument:
                        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(actions)],"Resource":"*"}]}"#))
        }
        let pulls = #""ecr:GetAuthorizationToken","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer""#
        try await allow(pulls)
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Puller")).accessKey)
        let puller = aws.acting(
            as: Credentials(
                accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey))
        ).ecr
        let client = try await aws.registry(as: puller)
        let first = await registryRefusal { _ = try await client.manifest(tag, in: name) }
        #expect(first?.status == 404 && first?.code == "NAME_UNKNOWN")
        #expect(first?.explanation?.contains("ecr:BatchImportUpstreamImage") == true)
        try await allow(pulls + #","ecr:BatchImportUpstreamImage""#)
        let second = await registryRefusal { _ = try await client.manifest(tag, in: name) }
        #expect(second?.code == "NAME_UNKNOWN" && second?.explanation?.contains("ecr:CreateRepository") == true)
        try await aws.ecr.createRepository(.init(repositoryName: "github/team/app"))
        try await allow(pulls)
        let third = await registryRefusal { _ = try await client.manifest(tag, in: name) }
        #expect(third?.code == "MANIFEST_UNKNOWN" && third?.message == "Requested image not found")
        try await allow(pulls + #","ecr:BatchImportUpstreamImage""#)
        #expect(try await client.manifest(tag, in: name).digest == registry.digest)
    }

    /// AWS's documentation requires the template's role. Assumed: the client gets the error of a missing repository.
    @Test func creationTemplateWithTagsNeedsRole() async throws {
        let aws = try aws(DistantRegistry())
        try await makeRule(aws)
        try await aws.ecr.createRepositoryCreationTemplate(
            .init(prefix: "ROOT", resourceTags: [.init(key: "a", value: "b")], appliedFor: ["PULL_THROUGH_CACHE"]))
        let client = try await aws.registry()
        let error = await registryRefusal { _ = try await client.manifest(tag, in: name) }
        #expect(error?.code == "NAME_UNKNOWN" && error?.explanation?.contains("customRoleArn") == true)
        try await aws.ecr.updateRepositoryCreationTemplate(
            .init(prefix: "ROOT", customRoleArn: "arn:aws:iam::123456789012:role/ecr"))
        _ = try await client.manifest(tag, in: name)
        let tags = try await aws.ecr.listTagsForResource(
            .init(resourceArn: "arn:aws:ecr:us-east-1:123456789012:repository/github/team/app"))
        #expect(tags.tags?.first?.value == "b")
    }

    @Test func archivedImageIsNotFetchedFromUpstream() async throws {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        let client = try await aws.registry()
        _ = try await client.manifest(tag, in: name)
        try await aws.ecr.updateImageStorageClass(
            .init(repositoryName: "github/team/app", imageId: .init(imageTag: "v1"), targetStorageClass: "ARCHIVE"))
        aws.clock.advance(by: .hours(11))
        #expect(
            await registryRefusal { _ = try await client.manifest(tag, in: name) }?.message == "Requested image is archived")
    }

    @Test func immutableTagKeepsFirstCachedImage() async throws {
        let registry = try DistantRegistry()
        let aws = try aws(registry)
        try await makeRule(aws)
        try await aws.ecr.createRepository(.init(repositoryName: "github/team/app", imageTagMutability: .immutable))
        let digest = try await aws.putImage("mine", tag: "v1", to: "github/team/app")
        aws.clock.advance(by: .hours(25))
        #expect(try await aws.registry().manifest(tag, in: name).digest.description == digest)
    }

    /// AWS's documentation forbids these rules; the codes and messages are assumed.
    @Test func createPullThroughCacheRuleRejectsInvalidRules() async throws {
        let aws = try aws(DistantRegistry(), "registry.example.org=http://mirror")
        func code(_ request: CreatePullThroughCacheRuleRequest) async -> String? {
            await refusal { try await aws.ecr.createPullThroughCacheRule(request) }?.code
        }
        #expect(
            await code(.init(ecrRepositoryPrefix: "cg", upstreamRegistryUrl: "cgr.dev"))
                == "UnsupportedUpstreamRegistryException")
        #expect(
            await code(
                .init(
                    ecrRepositoryPrefix: "hub", upstreamRegistryUrl: "registry-1.docker.io",
                    credentialArn: secret.replacing("us-east-1", with: "eu-west-1"))) == "SecretNotFoundException")
        let other = "210987654321.dkr.ecr.us-east-1.amazonaws.com"
        #expect(
            await code(.init(ecrRepositoryPrefix: "other", upstreamRegistryUrl: other)) == "InvalidParameterException")
        #expect(
            await code(
                .init(
                    ecrRepositoryPrefix: "ROOT", upstreamRegistryUrl: "quay.io", upstreamRepositoryPrefix: "team"))
                == "InvalidParameterException")
        #expect(
            await code(.init(ecrRepositoryPrefix: "evil", upstreamRegistryUrl: "localhost:5000"))
                == "UnsupportedUpstreamRegistryException")
        #expect(
            await code(.init(ecrRepositoryPrefix: "evil", upstreamRegistryUrl: "127.0.0.1:4566"))
                == "UnsupportedUpstreamRegistryException")
        #expect(
            await code(.init(ecrRepositoryPrefix: "evil", upstreamRegistryUrl: "localhost.example.org"))
                == "UnsupportedUpstreamRegistryException")
        // Any host is allowed if the user configured it.
        try await aws.ecr.createPullThroughCacheRule(
            .init(ecrRepositoryPrefix: "mine", upstreamRegistryUrl: "registry.example.org"))
        #expect(try await aws.ecr.validatePullThroughCacheRule(.init(ecrRepositoryPrefix: "mine")).isValid == false)
    }

    @Test(arguments: [
        ("ghcr.io", "must be HOST=URL"), ("https://ghcr.io=http://localhost", "is not a host"),
        ("ghcr.io=localhost:5000", "must begin with http"),
        ("ghcr.io=ftp://localhost", "must begin with http"), ("ghcr.io=http://", "has no host"),
        ("ghcr.io=http://me@localhost", "has a name without a password"),
        ("ghcr.io=http://localhost/UPPER", "cannot stand in front"),
        ("=http://localhost", "is not a host"), ("ghcr.io=http://localhost/v2/", "leave out /v2"),
    ])
    func invalidUpstreamOptionsAreRejected(text: String, reason: String) {
        var registries = UpstreamRegistries()
        #expect(throws: UpstreamError.self) { try registries.add(text) }
        do { try registries.add(text) } catch { #expect(error.description.contains(reason), "\(error)") }
    }

    @Test func duplicateUpstreamHostIsRejected() throws {
        var registries = UpstreamRegistries()
        try registries.add("ghcr.io=http://localhost:5000")
        #expect(throws: UpstreamError.self) { try registries.add("GHCR.io=http://localhost:5001") }
    }
}
