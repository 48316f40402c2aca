import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct Replication {
    let aws = AWS.current

    private func configure(_ region: String, _ account: String, filter: String? = nil) async throws {
        try await aws.ecr.putReplicationConfiguration(
            .init(
                replicationConfiguration: .init(rules: [
                    .init(
                        destinations: [.init(region: region, registryId: account)],
                        repositoryFilters: filter.map { [.init(filter: $0, filterType: "PREFIX_MATCH")] })
                ])))
    }

    private func client(_ region: String, account: String = "test") -> ECRClient {
        aws.acting(as: Credentials(accessKeyId: account, secretAccessKey: "test"), region: region).ecr
    }

    private func status(_ tag: String) async throws -> [String?] {
        try await aws.ecr.describeImageReplicationStatus(.init(repositoryName: "app", imageId: .init(imageTag: tag)))
            .replicationStatuses?.map(\.status?.rawValue) ?? []
    }

    /// Assumed: two minutes are enough.
    @Test func imagesReplicateToOtherRegion() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("before", tag: "v0", to: "app")
        try await configure("eu-west-1", "123456789012")
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        #expect(try await status("v1") == ["IN_PROGRESS"])
        let there = client("eu-west-1")
        #expect(
            await refusal { _ = try await there.listImages(.init(repositoryName: "app")) }?.code
                == "RepositoryNotFoundException")
        aws.clock.advance(by: .minutes(2))
        let ids = try await there.listImages(.init(repositoryName: "app")).imageIds
        #expect(ids?.map(\.imageDigest) == [digest] && ids?.first?.imageTag == "v1")
        #expect(try await status("v1") == ["COMPLETE"])
        #expect(try await status("v0") == [])
        let got = try await there.batchGetImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        #expect(got.images?.first?.imageId?.imageDigest == digest)
        let rules = try await aws.ecr.describeRegistry(.init()).replicationConfiguration?.rules
        #expect(rules?.first?.destinations?.first?.region == "eu-west-1")
    }

    @Test func replicationFiltersSelectRepositories() async throws {
        for name in ["app", "prod/app"] { try await aws.ecr.createRepository(.init(repositoryName: name)) }
        try await configure("eu-west-1", "123456789012", filter: "prod")
        try await aws.putImage("one", tag: "v1", to: "app")
        try await aws.putImage("one", tag: "v1", to: "prod/app")
        aws.clock.advance(by: .minutes(2))
        let names = try await client("eu-west-1").describeRepositories(.init()).repositories?.map(\.repositoryName)
        #expect(names == ["prod/app"])
    }

    @Test func crossAccountReplicationRequiresRegistryPolicy() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await configure("us-east-1", "210987654321")
        try await aws.putImage("one", tag: "v1", to: "app")
        aws.clock.advance(by: .minutes(2))
        // Assumed: the status reports the rejected replication.
        #expect(try await status("v1") == ["FAILED"])
        let other = client("us-east-1", account: "210987654321")
        try await other.putRegistryPolicy(
            .init(
                policyText: """
                    {"Version":"2012-10-17","Statement":[{"Sid":"R","Effect":"Allow","Principal":{"AWS":\
                    "arn:aws:iam::123456789012:root"},"Action":["ecr:CreateRepository","ecr:ReplicateImage"],\
                    "Resource":"arn:aws:ecr:us-east-1:210987654321:repository/*"}]}
                    """))
        try await aws.putImage("two", tag: "v2", to: "app")
        aws.clock.advance(by: .minutes(2))
        #expect(try await status("v2") == ["COMPLETE"])
        #expect(try await other.listImages(.init(repositoryName: "app")).imageIds?.count == 1)
    }

    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html: only the destination's template determines the
    /// settings. A copy is not replicated further. If its tag exists and is immutable, it arrives untagged.
    @Test func replicatedRepositoryUsesDestinationTemplate() async throws {
        let there = client("eu-west-1")
        try await there.createRepositoryCreationTemplate(
            .init(
                prefix: "ROOT", imageTagMutability: .immutable,
                lifecyclePolicy:
                    #"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}"#,
                appliedFor: ["REPLICATION"]))
        try await there.putReplicationConfiguration(
            .init(
                replicationConfiguration: .init(rules: [
                    .init(destinations: [.init(region: "eu-central-1", registryId: "123456789012")])
                ])))
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await configure("eu-west-1", "123456789012")
        let first = try await aws.putImage("one", tag: "v1", to: "app")
        aws.clock.advance(by: .minutes(2))
        let second = try await aws.putImage("two", tag: "v1", to: "app")
        aws.clock.advance(by: .minutes(2))
        #expect(try await status("v1") == ["COMPLETE"])
        let made = try await there.describeRepositories(.init()).repositories?.first
        #expect(made?.imageTagMutability == .immutable)
        #expect(
            try await there.getLifecyclePolicy(.init(repositoryName: "app")).lifecyclePolicyText?.contains("9") == true)
        let images = try await there.describeImages(.init(repositoryName: "app")).imageDetails ?? []
        #expect(images.map(\.imageDigest) == [first, second] && images.map(\.imageTags) == [["v1"], nil])
        #expect(try await client("eu-central-1").describeRepositories(.init()).repositories?.isEmpty == true)
    }

    /// Assumed: the failure's code.
    @Test func replicationFailsWhenTemplateCannotApply() async throws {
        let there = client("eu-west-1")
        try await there.createRepositoryCreationTemplate(
            .init(prefix: "ROOT", resourceTags: [.init(key: "a", value: "b")], appliedFor: ["REPLICATION"]))
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await configure("eu-west-1", "123456789012")
        try await aws.putImage("one", tag: "v1", to: "app")
        aws.clock.advance(by: .minutes(2))
        let status = try await aws.ecr.describeImageReplicationStatus(
            .init(repositoryName: "app", imageId: .init(imageTag: "v1"))
        ).replicationStatuses?.first
        #expect(status?.status == "FAILED" && status?.failureCode == "RepositoryCreationFailed")
    }

    @Test func replicationToSourceRegistryIsRejected() async throws {
        let error = await refusal { try await configure("us-east-1", "123456789012") }
        #expect(
            error?.message
                == "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: 'Replication destination cannot be the same as the source registry'"
        )
    }
}
