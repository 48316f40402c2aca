import DrydockTesting
import OCI
import Testing

/// A call that ECR rejects, and the expected message.
struct RefusedCall: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: String
    let message: String
    let call: @Sendable (ECRClient) async throws -> Void

    init(
        _ name: String, _ member: String, _ constraint: String, _ call: @escaping @Sendable (ECRClient) async throws -> Void
    ) {
        testDescription = name
        code = "InvalidParameterException"
        message = "Invalid parameter at '\(member)' failed to satisfy constraint: '\(constraint)'"
        self.call = call
    }
}

@Suite(.simulator) struct InvalidInput {
    let aws = AWS.current

    private static let name =
        #"must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*'"#
    private static let digest = "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    private static let tag = "must satisfy regular expression '[a-zA-Z0-9-_.]+'"
    private static let many = [ImageIdentifier](repeating: .init(imageTag: "v1"), count: 101)

    /// Messages from users' reports.
    static let quoted = [
        // mulgadc/spinifex, gateway/ecrapi/validation_test.go: captured with this member name.
        RefusedCall("a repository's name", "repositoryName", name) {
            try await $0.createRepository(.init(repositoryName: "Bad_Name!"))
        },
        // https://github.com/aws/aws-dotnet-deploy/issues/549
        RefusedCall("a short name", "repositoryName", "must have length greater than or equal to 2") {
            try await $0.createRepository(.init(repositoryName: "a"))
        },
        // https://github.com/crossplane-contrib/provider-upjet-aws/issues/1179: an error in a list names the singular member.
        RefusedCall("a name in a list", "repositoryName", name) {
            _ = try await $0.describeRepositories(.init(repositoryNames: ["app", "Bad_Name!"]))
        },
        // moto and mulgadc/spinifex: captured; the order differs from the model's.
        RefusedCall(
            "a value of an enumeration", "imageTagMutability",
            "Member must satisfy enum value set: [IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]"
        ) { try await $0.putImageTagMutability(.init(repositoryName: "app", imageTagMutability: "WRONG")) },
        // https://github.com/trek10inc/ecr-cleaner/issues/8
        RefusedCall("a long list", "imageIds", "Member must have length less than or equal to 100") {
            _ = try await $0.batchGetImage(.init(repositoryName: "app", imageIds: many))
        },
        // https://github.com/puemos/aws-lambda-ecr-cleaner/issues/3
        RefusedCall("an empty list", "imageIds", "Member must have length greater than or equal to 1") {
            try await $0.batchDeleteImage(.init(repositoryName: "app", imageIds: []))
        },
        // https://github.com/google/go-containerregistry/issues/681
        RefusedCall("a large page", "maxResults", "Member must have value less than or equal to 1000") {
            _ = try await $0.listImages(.init(repositoryName: "app", maxResults: 10_000))
        },
        // https://github.com/aws-actions/amazon-ecr-login/issues/225
        RefusedCall(
            "an item of a list", "registryIds",
            "Member must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]{12}]"
        ) { _ = try await $0.getAuthorizationToken(.init(registryIds: ["12345678901"])) },
        // A tool's documentation shows this message, without a second pair of quotes.
        RefusedCall("a registry's id", "registryId", "must satisfy regular expression [0-9]{12}") {
            _ = try await $0.describeImages(.init(registryId: "1234", repositoryName: "app"))
        },
        // https://github.com/prowler-cloud/prowler/pull/603
        RefusedCall("the digest of an image", "imageDigest", digest) {
            _ = try await $0.describeImageScanFindings(.init(repositoryName: "app", imageId: .init(imageDigest: "None")))
        },
        // https://github.com/pulumi/pulumi-aws/issues/2466
        RefusedCall("an empty digest", "imageDigest", digest) {
            _ = try await $0.describeImages(
                .init(repositoryName: "app", imageIds: [.init(imageDigest: "", imageTag: "latest")]))
        },
        // https://github.com/alexjurkiewicz/ecr-scan-image/issues/40
        RefusedCall("a tag", "imageTag", tag) {
            try await $0.startImageScan(.init(repositoryName: "app", imageId: .init(imageTag: "$(date +%Y)")))
        },
        // moto: captured.
        RefusedCall("an ARN", "resourceArn", "Invalid ARN") {
            _ = try await $0.listTagsForResource(.init(resourceArn: "invalid"))
        },
        // https://github.com/aws/aws-cdk/issues/24314
        RefusedCall("a repository's policy with a resource", "PolicyText", "Invalid repository policy provided") {
            try await $0.setRepositoryPolicy(.init(repositoryName: "app", policyText: policy(resource: true)))
        },
        // https://github.com/hashicorp/terraform-provider-aws/issues/39064
        RefusedCall("a principal that isn't there", "PolicyText", "Principal not found") {
            try await $0.setRepositoryPolicy(
                .init(repositoryName: "app", policyText: policy(for: "arn:aws:iam::123456789012:role/absent")))
        },
    ]

    /// No reports were found for these; their messages follow those above.
    static let assumed = [
        RefusedCall("neither tag nor digest", "imageId", "both tag and digest cannot be null") {
            _ = try await $0.describeImages(.init(repositoryName: "app", imageIds: [.init()]))
        },
        RefusedCall("a subject's digest", "imageDigest", digest) {
            _ = try await $0.listImageReferrers(.init(repositoryName: "app", subjectId: .init(imageDigest: "none")))
        },
        RefusedCall("the digest that is claimed", "imageDigest", digest) {
            try await $0.putImage(
                .init(
                    repositoryName: "app", imageManifest: #"{"mediaType":"application/vnd.oci.image.index.v1+json"}"#,
                    imageDigest: "none"))
        },
        RefusedCall(
            "lengths in a list", "ecrRepositoryPrefixes",
            """
            Member must satisfy constraint: [Member must have length less than or equal to 30, Member must have length greater \
            than or equal to 2, Member must satisfy regular expression pattern: \
            ^([a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*\\/?|ROOT)$]
            """
        ) { _ = try await $0.describePullThroughCacheRules(.init(ecrRepositoryPrefixes: ["x"])) },
        RefusedCall("a registry's policy without a resource", "PolicyText", "Invalid registry policy provided") {
            try await $0.putRegistryPolicy(.init(policyText: policy()))
        },
    ]

    private static func policy(for principal: String = "*", effect: String = "Allow", resource: Bool = false) -> String {
        let resource = resource ? #","Resource":"*""# : ""
        let principal = principal == "*" ? #""*""# : #"{"AWS":"\#(principal)"}"#
        return
            #"{"Version":"2012-10-17","Statement":[{"Effect":"\#(effect)","Principal":\#(principal),"Action":"ecr:*"\#(resource)}]}"#
    }

    @Test(arguments: quoted + assumed) func invalidInputIsRejected(_ refused: RefusedCall) async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let error = await refusal { try await refused.call(aws.ecr) }
        #expect(error?.code == refused.code)
        #expect(error?.message == refused.message)
    }

    /// The model says that `force` is needed; the message is assumed.
    @Test func setRepositoryPolicyLocksOutCallerOnlyWithForce() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        _ = try await aws.iam.createUser(.init(userName: "Author"))
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Author", policyName: "All",
                policyDocument: #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Author")).accessKey)
        let author = aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? "")
        ).ecr
        func set(_ effect: String, force: Bool? = nil) async -> AWSError? {
            await refusal {
                try await author.setRepositoryPolicy(
                    .init(repositoryName: "app", policyText: Self.policy(effect: effect), force: force))
            }
        }
        let refused = await set("Deny")
        #expect(refused?.code == "InvalidParameterException" && refused?.message.contains("force is not set") == true)
        #expect(await set("Deny", force: true) == nil)
        #expect(await set("Allow", force: true)?.code == "AccessDeniedException")
        // The root user can undo the lockout.
        try await aws.ecr.setRepositoryPolicy(.init(repositoryName: "app", policyText: Self.policy(effect: "Deny")))
        try await aws.ecr.deleteRepositoryPolicy(.init(repositoryName: "app"))
        #expect(await set("Allow") == nil)
    }

    /// The message is from CloudFormation, reported by users of CDK's bootstrap. It gives no reason; that it is the same for all
    /// rules is assumed. The rules are those of the user guide (ecr-using-tags).
    @Test(arguments: [
        ("", "v"), (String(repeating: "k", count: 129), "v"), ("k", String(repeating: "v", count: 257)), ("k!", "v"),
        ("k", "a;b"),
        ("aws:k", "v"), ("AWS:k", "v"), ("twice", "v"),
    ])
    func createRepositoryRejectsInvalidTags(key: String, value: String) async throws {
        let tags: [ECRAPI.Tag] = [.init(key: key, value: value)] + (key == "twice" ? [Tag(key: key, value: "w")] : [])
        let error = await refusal { try await aws.ecr.createRepository(.init(repositoryName: "app", tags: tags)) }
        #expect(error?.code == "InvalidTagParameterException" && error?.message == "Tag parameters are invalid")
        #expect(error?.explanation != nil)
        let made = try await aws.ecr.describeRepositories(.init()).repositories
        #expect(made?.isEmpty == true)
    }

    @Test func createRepositoryAcceptsAllowedTagCharacters() async throws {
        let tag = ECRAPI.Tag(key: "Größe_.:/=+-@ 1", value: "")
        try await aws.ecr.createRepository(.init(repositoryName: "app", tags: [tag]))
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/app"
        #expect(try await aws.ecr.listTagsForResource(.init(resourceArn: arn)).tags?.first?.key == tag.key)
    }

    /// Assumed. AWS only calls its tokens opaque.
    @Test func nextTokenIsValidOnlyForItsRequest() async throws {
        for name in ["app", "other"] {
            try await aws.ecr.createRepository(.init(repositoryName: name))
            for tag in ["v1", "v2"] { try await aws.putImage("one", tag: tag, to: name) }
        }
        let token = try #require(try await aws.ecr.listImages(.init(repositoryName: "app", maxResults: 1)).nextToken)
        let refusals = [
            await refusal { _ = try await aws.ecr.listImages(.init(repositoryName: "other", nextToken: token)) },
            await refusal { _ = try await aws.ecr.describeImages(.init(repositoryName: "app", nextToken: token)) },
            await refusal { _ = try await aws.ecr.describeRepositories(.init(nextToken: token)) },
        ]
        #expect(refusals.map(\.?.code) == .init(repeating: "InvalidParameterException", count: 3))
        #expect(
            try await aws.ecr.listImages(.init(repositoryName: "app", nextToken: token)).imageIds?.map(\.imageTag) == ["v2"])
    }
}

/// https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
@Suite(.simulator) struct Quotas {
    let aws = AWS.current

    private func execute(_ sql: String) throws {
        try aws.simulator.perform(
            "ecr", "Test", as: .root(of: "123456789012", accessKeyId: "test"), region: "us-east-1"
        ) { try $0.db.execute(sql: sql) }
    }

    /// The message is from a user's report: https://github.com/namespacelabs/foundation/issues/649
    @Test func tagsPerImageQuotaIsEnforced() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        try execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 998)
            INSERT INTO ecr_image_tag SELECT '123456789012', 'us-east-1', 'app', 't' || i, '\(digest)' FROM n
            """)
        try await aws.putImage("one", tag: "v2", to: "app")
        let words = """
            Adding tag 'v3' to an image in the repository with name 'app' in registry with id '123456789012' exceeds the maximum \
            allowed number of tags per image which is '1000'
            """
        let api = await refusal { try await aws.putImage("one", tag: "v3", to: "app") }
        #expect(api?.code == "LimitExceededException" && api?.message == words)
        let manifest = try await aws.manifest("one", in: "app")
        let client = try await aws.registry()
        let registry = await registryRefusal {
            try await client.putManifest(manifest, as: .tag(try OCI.Tag(parsing: "v3")), in: RepositoryName(parsing: "app"))
        }
        #expect(registry?.code == "DENIED" && registry?.message == words)
    }

    /// A push over this quota failed with 403: https://github.com/kubernetes-sigs/aws-ebs-csi-driver/pull/1998. The message is
    /// assumed.
    @Test func imagesPerRepositoryQuotaIsEnforced() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        try execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 19998)
            INSERT INTO ecr_image (account, region, repository, digest, number, media_type, manifest, size, pushed_at)
            SELECT '123456789012', 'us-east-1', 'app', 'sha256:' || i, i + 1, 'x/y', x'7b7d', 1, 0 FROM n
            """)
        try await aws.putImage("two", tag: "v2", to: "app")
        let full = await refusal { try await aws.putImage("three", tag: "v3", to: "app") }
        #expect(full?.code == "LimitExceededException" && full?.message.hasSuffix("which is '20000'") == true)
        try await aws.putImage("two", tag: "v3", to: "app")
        try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        try await aws.putImage("three", tag: "v4", to: "app")
    }

    /// The message is assumed.
    @Test func repositoriesPerRegistryQuotaIsEnforced() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
            INSERT INTO ecr_repository (account, region, name, created_at, mutability, exclusions, scan_on_push, encryption)
            SELECT '123456789012', 'us-east-1', 'r' || i, 0, 'MUTABLE', '', 0, 'AES256' FROM n
            """)
        let full = await refusal { try await aws.ecr.createRepository(.init(repositoryName: "one-more")) }
        #expect(full?.code == "LimitExceededException" && full?.message.hasSuffix("which is '100000'") == true)
    }
}
