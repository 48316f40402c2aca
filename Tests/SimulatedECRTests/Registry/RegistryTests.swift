import DrydockTesting
import ECRAPI
import HTTPTypes
import OCI
import SimulatedECR
import SimulatedIAM
import Synchronization
import Testing

@Suite(.simulator) struct ECRRegistry {
    let aws = AWS.current
    let name = RepositoryName("app")!

    /// Returns a client that acts as a user with one policy.
    private func user(_ statements: String) async throws -> ECRClient {
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Push",
                policyDocument: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        return aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? "")
        ).ecr
    }

    private func raw(
        _ method: HTTPRequest.Method, _ path: String, host: String = "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        _ fields: HTTPFields = [:], body: Bytes = []
    ) async throws -> (HTTPResponse, String) {
        let request = HTTPRequest(method: method, scheme: "https", authority: host, path: path, headerFields: fields)
        let reply = await aws.simulator.respond(to: request, body: .bytes(body))
        return (reply.response, String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self))
    }

    private func basic() async throws -> HTTPFields {
        let data = try #require(try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first)
        return [.authorization: "Basic \(data.authorizationToken ?? "")"]
    }

    @Test func anonymousRequestsAreChallenged() async throws {
        let (response, body) = try await raw(.get, "/v2/")
        #expect(response.status == .unauthorized && body == "Not Authorized\n")
        #expect(
            response.headerFields[.wwwAuthenticate]
                == "Basic realm=\"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/\",service=\"ecr.amazonaws.com\"")
        #expect(response.headerFields[.dockerAPIVersion] == "registry/2.0")
        #expect(try await raw(.get, "/v2/", [.authorization: "Basic QVdTOm5vbnNlbnNl"]).0.status == .badRequest)
        #expect(try await raw(.get, "/v2/", basic()).0.status == .ok)
        #expect(try await raw(.get, "/v2/", host: "localhost:4566", basic()).0.status == .ok)
    }

    @Test func authorizationTokenExpiresAfterTwelveHours() async throws {
        let data = try #require(try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first)
        #expect(data.proxyEndpoint == "https://123456789012.dkr.ecr.us-east-1.amazonaws.com")
        #expect(data.expiresAt == aws.clock.now + .hours(12))
        let fields: HTTPFields = [.authorization: "Basic \(data.authorizationToken ?? "")"]
        aws.clock.advance(by: .hours(12) - .seconds(1))
        #expect(try await raw(.get, "/v2/", fields).0.status == .ok)
        aws.clock.advance(by: .seconds(1))
        let (response, body) = try await raw(.get, "/v2/", fields)
        #expect(response.status == .forbidden)
        #expect(
            body.contains(#""code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again.""#))
    }

    @Test func pushedImagesCanBePulled() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let client = try await aws.registry()
        let built = try BuiltImage("hello")
        try await built.push(to: "app", tag: "v1", client)
        let pulled = try await client.manifest(.tag(Tag("v1")!), in: name)
        #expect(pulled.bytes == built.image.manifest.bytes)
        let store = MemoryBlobStore()
        for blob in pulled.blobs { try await client.pull(blob, from: name, into: store) }
        #expect(store.digests().count == Set(pulled.blobs.map(\.digest)).count)
        #expect(try await client.tags(in: name).map(\.description) == ["v1"])
        let detail = try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.first
        #expect(detail?.imageDigest == pulled.digest.description && detail?.lastRecordedPullTime == aws.clock.now)
        // The API sees the registry's layers, and the registry the API's.
        let layers = try await aws.ecr.batchCheckLayerAvailability(
            .init(repositoryName: "app", layerDigests: pulled.blobs.map(\.digest.description)))
        #expect(layers.layers?.allSatisfy { $0.layerAvailability == "AVAILABLE" } == true)
        try await aws.putImage("by API", tag: "v2", to: "app")
        #expect(try await client.manifest(.tag(Tag("v2")!), in: name).layers.count == 1)
    }

    @Test func pushRequiresExistingRepositoryAndBlobs() async throws {
        let error = await registryRefusal { try await BuiltImage("hello").push(to: "app", tag: "v1", aws.registry()) }
        #expect(error?.code == "NAME_UNKNOWN" && error?.status == 404)
        #expect(error?.message == "The repository with name 'app' does not exist in the registry with id '123456789012'")
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let client = try await aws.registry()
        let missing = await registryRefusal { _ = try await client.manifest(.tag(.latest), in: name) }
        #expect(missing?.code == "MANIFEST_UNKNOWN" && missing?.message == "Requested image not found")
        let built = try BuiltImage("hello")
        let blobless = await registryRefusal { try await client.putManifest(built.image.manifest, as: .tag(.latest), in: name) }
        #expect(blobless?.code == "BLOB_UPLOAD_UNKNOWN")
    }

    @Test func creationTemplateCreatesRepositoryOnPush() async throws {
        try await aws.ecr.createRepositoryCreationTemplate(
            .init(prefix: "team", imageTagMutability: .immutable, appliedFor: ["CREATE_ON_PUSH"]))
        try await BuiltImage("hello").push(to: "team/app", tag: "v1", aws.registry())
        let made = try await aws.ecr.describeRepositories(.init(repositoryNames: ["team/app"])).repositories?.first
        #expect(made?.imageTagMutability == .immutable)
        let error = await registryRefusal { try await BuiltImage("hello").push(to: "other", tag: "v1", aws.registry()) }
        #expect(error?.code == "NAME_UNKNOWN")
    }

    @Test func pushToImmutableTagIsRejected() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app", imageTagMutability: .immutable))
        let client = try await aws.registry()
        try await BuiltImage("one").push(to: "app", tag: "v1", client)
        // Even for the image that has the tag: https://github.com/aws/containers-roadmap/issues/2179 and 2380.
        for image in ["one", "two"] {
            let error = await registryRefusal { try await BuiltImage(image).push(to: "app", tag: "v1", client) }
            #expect(error?.code == "TAG_INVALID" && error?.status == 400)
            #expect(
                error?.message == """
                    The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the tag is \
                    immutable.
                    """)
        }
    }

    @Test func deniedPushNamesMissingPermission() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await BuiltImage("one").push(to: "app", tag: "v1", aws.registry())
        let pull =
            #""ecr:GetAuthorizationToken","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer","ecr:BatchCheckLayerAvailability""#
        let worker = try await aws.registry(as: user(#"{"Effect":"Allow","Action":[\#(pull)],"Resource":"*"}"#))
        _ = try await worker.manifest(.tag(Tag("v1")!), in: name)
        let error = await registryRefusal { try await BuiltImage("two").push(to: "app", tag: "v2", worker) }
        #expect(error?.code == "DENIED" && error?.status == 403)
        #expect(
            error?.message
                == "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository/app because no identity-based policy allows the ecr:InitiateLayerUpload action"
        )
        try await aws.ecr.setRepositoryPolicy(
            .init(
                repositoryName: "app",
                policyText: """
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":\
                    "arn:aws:iam::123456789012:user/Worker"},"Action":["ecr:InitiateLayerUpload","ecr:UploadLayerPart",\
                    "ecr:CompleteLayerUpload","ecr:PutImage"]}]}
                    """))
        try await BuiltImage("two").push(to: "app", tag: "v2", worker)
        try await aws.ecr.setRepositoryPolicy(
            .init(
                repositoryName: "app",
                policyText: """
                    {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:BatchGetImage"}]}
                    """))
        let denied = await registryRefusal { _ = try await worker.manifest(.tag(Tag("v1")!), in: name) }
        #expect(denied?.message.hasSuffix("with an explicit deny in a resource-based policy") == true)
    }

    /// Ids depend on request numbers, so internal work must not use any up. The first transaction checks the permissions.
    @Test func registryRequestUsesOneNumberAndFewTransactions() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let fields = try await basic(), built = try BuiltImage("one"), image = built.image.manifest
        try await built.push(to: "app", tag: "v1", aws.registry())
        let layer = Bytes("a layer".utf8), digest = Digest(of: layer)
        let begun = Mutex(0)
        try aws.simulator.perform("ecr", "Count", as: .root(of: "123456789012", accessKeyId: "test"), region: "us-east-1") {
            $0.db.trace { event in
                if event.description.hasPrefix("BEGIN") { begun.withLock { $0 += 1 } }
            }
        }
        func expect(
            _ transactions: Int, _ status: Int, _ method: HTTPRequest.Method, _ path: String, body: Bytes = [],
            _ type: String? = nil
        ) async throws -> HTTPResponse {
            let before = aws.simulator.requestCount
            begun.withLock { $0 = 0 }
            var fields = fields
            fields[.contentType] = type
            let (response, text) = try await raw(method, path, fields, body: body)
            #expect(response.status.code == status, "\(method) \(path): \(text)")
            #expect(begun.withLock { $0 } == transactions, "\(method) \(path)")
            #expect(aws.simulator.requestCount == before + 1, "\(method) \(path)")
            #expect(aws.journal.last?.number == before + 1)
            return response
        }
        _ = try await expect(0, 200, .get, "/v2/")
        _ = try await expect(1, 200, .get, "/v2/app/manifests/v1")
        _ = try await expect(1, 200, .get, "/v2/app/tags/list")
        _ = try await expect(1, 307, .get, "/v2/app/blobs/\(image.layers[0].digest)")
        let upload = try await expect(1, 202, .post, "/v2/app/blobs/uploads/").headerFields[.location] ?? ""
        _ = try await expect(2, 201, .patch, upload, body: layer)
        _ = try await expect(3, 201, .put, "\(upload)?digest=\(digest)")
        _ = try await expect(1, 201, .put, "/v2/app/manifests/v2", body: image.bytes, image.mediaType.rawValue)
        _ = try await expect(1, 405, .delete, "/v2/app/blobs/\(digest)")
    }

    /// This also holds for errors that need no look into the state.
    @Test func unauthorizedRegistryRequestsAlwaysGetDenied() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let worker = try await user(#"{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}"#)
        let data = try #require(try await worker.getAuthorizationToken(.init()).authorizationData?.first)
        let fields: HTTPFields = [.authorization: "Basic \(data.authorizationToken ?? "")"]
        let digest = Digest(of: Bytes("a layer".utf8)), unknown = "sha512:" + String(repeating: "0", count: 128)
        for (method, path) in [
            (.delete, "/v2/app/blobs/\(digest)"), (.get, "/v2/app/blobs/\(unknown)"), (.put, "/v2/app/manifests/v1"),
            (.get, "/v2/app/manifests/v1"), (.get, "/v2/absent/tags/list"),
        ] as [(HTTPRequest.Method, String)] {
            let (response, body) = try await raw(method, path, fields, body: Bytes("nonsense".utf8))
            #expect(response.status.code == 403 && body.contains("is not authorized to perform"), "\(method) \(path): \(body)")
        }
    }

    @Test func registriesAreSeparatePerRegion() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let elsewhere = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ecr
        try await elsewhere.createRepository(.init(repositoryName: "app"))
        let client = try await aws.registry(as: elsewhere, region: "eu-west-1")
        try await BuiltImage("one").push(to: "app", tag: "v1", client)
        #expect(try await elsewhere.listImages(.init(repositoryName: "app")).imageIds?.count == 1)
        #expect(try await aws.ecr.listImages(.init(repositoryName: "app")).imageIds?.isEmpty == true)
        // If the host name contains no region, the token determines it.
        let data = try #require(try await elsewhere.getAuthorizationToken(.init()).authorizationData?.first)
        let local = RegistryClient(
            host: "localhost:4566", scheme: "http", credentials: try aws.credentials(data),
            transport: InProcessTransport(aws.simulator))
        #expect(try await local.tags(in: name).map(\.description) == ["v1"])
    }

    @Test func blobsAreRedirectedToStorage() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let built = try BuiltImage("one")
        try await built.push(to: "app", tag: "v1", aws.registry())
        let layer = try #require(built.image.manifest.layers.first)
        let (response, _) = try await raw(.get, "/v2/app/blobs/\(layer.digest)", basic())
        #expect(response.status == .temporaryRedirect)
        #expect(
            response.headerFields[.location]?.hasPrefix(
                "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/") == true)
    }

    @Test func registryDeletesManifestsButNotBlobs() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let built = try BuiltImage("one")
        let client = try await aws.registry()
        try await built.push(to: "app", tag: "v1", client)
        let layer = try #require(built.image.manifest.layers.first)
        // Assumed: ECR deletes no blobs, and the status.
        #expect(try await raw(.delete, "/v2/app/blobs/\(layer.digest)", basic()).0.status == .methodNotAllowed)
        #expect(try await client.deleteManifest(.digest(built.image.manifest.digest), in: name))
        #expect(try await aws.ecr.listImages(.init(repositoryName: "app")).imageIds?.isEmpty == true)
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-management
    @Test func specificationModeDeletesTagsManifestsAndBlobs() async throws {
        let ecr = ECRSimulation(deletesAsSpecified: true)
        let aws = AWS(
            try Simulator(
                Configuration(), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors, directory: IAMDirectory())
        )
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let built = try BuiltImage("one"), client = try await aws.registry()
        let digest = built.image.manifest.digest
        try await built.push(to: "app", tag: "v1", client)
        try await client.putManifest(Manifest(index: [built.image.manifest.descriptor]), as: .tag(Tag("multi")!), in: name)
        #expect(try await client.deleteManifest(.tag(Tag("v1")!), in: name))
        #expect(try await client.manifestDescriptor(.tag(Tag("v1")!), in: name) == nil)
        #expect(try await client.manifest(.digest(digest), in: name).digest == digest)
        #expect(try await client.deleteManifest(.digest(digest), in: name))
        #expect(try await client.manifestDescriptor(.digest(digest), in: name) == nil)
        let layer = try #require(built.image.manifest.layers.first)
        let data = try #require(try await aws.ecr.getAuthorizationToken(.init()).authorizationData?.first)
        func delete() async -> Int {
            let request = HTTPRequest(
                method: .delete, scheme: "https", authority: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
                path: "/v2/app/blobs/\(layer.digest)", headerFields: [.authorization: "Basic \(data.authorizationToken ?? "")"])
            return await aws.simulator.respond(to: request, body: .empty).response.status.code
        }
        #expect(try await client.blobSize(layer.digest, in: name) == layer.size)
        #expect(await delete() == 202)
        #expect(await delete() == 404)
        #expect(try await client.blobSize(layer.digest, in: name) == nil)
    }

    @Test func excludedPrincipalsDoNotUpdatePullTime() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await BuiltImage("one").push(to: "app", tag: "v1", aws.registry())
        let worker = try await aws.registry(as: user(#"{"Effect":"Allow","Action":"ecr:*","Resource":"*"}"#))
        let arn = "arn:aws:iam::123456789012:user/Worker"
        try await aws.ecr.registerPullTimeUpdateExclusion(.init(principalArn: arn))
        _ = try await worker.manifest(.tag(Tag("v1")!), in: name)
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.first?.lastRecordedPullTime == nil)
        #expect(try await aws.ecr.listPullTimeUpdateExclusions(.init()).pullTimeUpdateExclusions == [arn])
        #expect(
            await refusal { try await aws.ecr.registerPullTimeUpdateExclusion(.init(principalArn: arn)) }?.code
                == "ExclusionAlreadyExistsException")
        try await aws.ecr.deregisterPullTimeUpdateExclusion(.init(principalArn: arn))
        _ = try await worker.manifest(.tag(Tag("v1")!), in: name)
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.first?.lastRecordedPullTime != nil)
    }
}
