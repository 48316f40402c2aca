import DrydockTesting
import Testing

/// AWS's behavior is from the model's documentation. Assumed: a copy takes one minute, the preparation half a minute, and the
/// error messages.
@Suite(.simulator(transitions: .aws)) struct ReplicationBackfills {
    let aws = AWS.current
    private let here = "123456789012"

    private func configure(_ region: String, _ account: String? = nil, filter: String? = nil) async throws {
        try await aws.ecr.putReplicationConfiguration(
            .init(
                replicationConfiguration: .init(rules: [
                    .init(
                        destinations: [.init(region: region, registryId: account ?? here)],
                        repositoryFilters: filter.map { [.init(filter: $0, filterType: "PREFIX_MATCH")] })
                ])))
    }

    private func start(_ region: String, _ account: String? = nil) async throws -> String {
        let started = try await aws.ecr.startReplicationBackfill(
            .init(destination: .init(region: region, registryId: account ?? here)))
        #expect(started.status == "PREPARING" && started.registryId == here && started.destination?.region == region)
        #expect(started.startedAt == aws.clock.now)
        return try #require(started.replicationBackfillId)
    }

    private func describe(_ id: String) async throws -> DescribeReplicationBackfillResultsResponse {
        try await aws.ecr.describeReplicationBackfillResults(.init(replicationBackfillId: id))
    }

    @Test func backfillCopiesEarlierImages() async throws {
        for name in ["app", "prod/app"] { try await aws.ecr.createRepository(.init(repositoryName: name)) }
        try await aws.putImage("one", tag: "v1", to: "prod/app")
        let digest = try await aws.putImage("two", tag: "v2", to: "prod/app")
        try await aws.putImage("two", tag: "latest", to: "prod/app")
        try await aws.putImage("other", tag: "v1", to: "app")
        try await configure("eu-west-1", filter: "prod")
        let id = try await start("eu-west-1")
        var seen = try await describe(id)
        #expect(seen.status == "PREPARING" && seen.progress == nil && seen.results == nil && seen.endedAt == nil)
        aws.clock.advance(by: .seconds(31))
        seen = try await describe(id)
        #expect(seen.status == "IN_PROGRESS" && seen.results == nil)
        #expect(seen.progress?.totalReplicationCount == 3 && seen.progress?.completedReplicationCount == 0)
        aws.clock.advance(by: .seconds(60))
        seen = try await describe(id)
        #expect(seen.status == "COMPLETE" && seen.progress?.completedReplicationCount == 3)
        #expect(seen.endedAt.map { $0 < aws.clock.now } == true)
        #expect(seen.results?.map(\.imageId?.imageTag) == ["v1", "latest", "v2"])
        #expect(seen.results?.allSatisfy { $0.status == "COMPLETE" && $0.subImageFailureCodes == nil } == true)
        #expect(seen.results?.last?.imageId?.imageDigest == digest)
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ecr
        #expect(try await there.describeRepositories(.init()).repositories?.map(\.repositoryName) == ["prod/app"])
        #expect(try await there.listImages(.init(repositoryName: "prod/app")).imageIds?.count == 3)
        let status = try await aws.ecr.describeImageReplicationStatus(
            .init(repositoryName: "prod/app", imageId: .init(imageTag: "v1")))
        #expect(status.replicationStatuses?.map(\.status) == ["COMPLETE"])
    }

    @Test func backfillResultsArePaginatedAndFiltered() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        for tag in ["a", "b", "c"] { try await aws.putImage(tag, tag: tag, to: "app") }
        try await configure("us-east-1", "210987654321")
        let id = try await start("us-east-1", "210987654321")
        aws.clock.advance(by: .minutes(2))
        let seen = try await describe(id)
        // The other account permits no replication: the copies fail, but the backfill completes.
        #expect(seen.status == "COMPLETE" && seen.progress?.failedReplicationCount == 3)
        #expect(seen.progress?.failureCodes == ["AccessDenied"])
        let first = try await aws.ecr.describeReplicationBackfillResults(
            .init(replicationBackfillId: id, resultStatusFilter: "FAILED", maxResults: 2))
        let second = try await aws.ecr.describeReplicationBackfillResults(
            .init(
                replicationBackfillId: id, resultStatusFilter: "FAILED", maxResults: 2, nextToken: first.nextToken))
        #expect(((first.results ?? []) + (second.results ?? [])).map(\.imageId?.imageTag) == ["a", "b", "c"])
        #expect(second.nextToken == nil && first.results?.first?.failureCode == "AccessDenied")
        let complete = try await aws.ecr.describeReplicationBackfillResults(
            .init(replicationBackfillId: id, resultStatusFilter: "COMPLETE"))
        #expect(complete.results?.isEmpty == true)
        #expect(
            await refusal {
                _ = try await aws.ecr.describeReplicationBackfillResults(.init(replicationBackfillId: id, nextToken: "x"))
            }?.code == "InvalidParameterException")
    }

    @Test func backfillResultOfIndexReportsSubImageFailures() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: nil, to: "app")
        let image = try #require(
            try await aws.ecr.batchGetImage(.init(repositoryName: "app", imageIds: [.init(imageDigest: digest)])).images?.first)
        let manifest = try #require(image.imageManifest), type = try #require(image.imageManifestMediaType)
        let index = """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"\(type)",\
            "digest":"\(digest)","size":\(manifest.utf8.count)}]}
            """
        try await aws.ecr.putImage(.init(repositoryName: "app", imageManifest: index, imageTag: "all"))
        try await configure("us-east-1", "210987654321")
        let refused = try await start("us-east-1", "210987654321")
        aws.clock.advance(by: .minutes(2))
        let results = try await describe(refused).results
        #expect(results?.map(\.imageId?.imageTag) == [nil, "all"])
        #expect(results?.map(\.subImageFailureCodes) == [nil, ["AccessDenied"]])
        try await configure("eu-west-1")
        let taken = try await start("eu-west-1")
        aws.clock.advance(by: .minutes(2))
        #expect(try await describe(taken).results?.map(\.subImageFailureCodes) == [nil, []])
        #expect(try await describe(taken).progress?.completedReplicationCount == 2)
    }

    @Test func stopReplicationBackfillDropsPendingCopies() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "t0", to: "app")
        let manifest = try #require(
            try await aws.ecr.batchGetImage(.init(repositoryName: "app", imageIds: [.init(imageDigest: digest)])).images?.first?
                .imageManifest)
        for number in 1..<120 {
            try await aws.ecr.putImage(.init(repositoryName: "app", imageManifest: manifest, imageTag: "t\(number)"))
        }
        try await configure("eu-west-1")
        let early = try await start("eu-west-1")
        #expect(try await aws.ecr.stopReplicationBackfill(.init(replicationBackfillId: early)).status == "STOPPED")
        let never = try await describe(early)
        #expect(
            never.status == "STOPPED" && never.progress == nil && never.results?.isEmpty == true
                && never.endedAt == aws.clock.now)
        let id = try await start("eu-west-1")
        aws.clock.advance(by: .seconds(31))
        #expect(try await aws.ecr.stopReplicationBackfill(.init(replicationBackfillId: id)).status == "STOPPING")
        #expect(
            await refusal { try await aws.ecr.stopReplicationBackfill(.init(replicationBackfillId: id)) }?.code
                == "ReplicationBackfillInvalidStatusException")
        aws.clock.advance(by: .minutes(1))
        let seen = try await describe(id)
        #expect(seen.status == "STOPPED" && seen.progress?.totalReplicationCount == 120)
        #expect(seen.progress?.completedReplicationCount == 100)
        #expect(
            await refusal { try await aws.ecr.stopReplicationBackfill(.init(replicationBackfillId: id)) }?.code
                == "ReplicationBackfillInvalidStatusException")
        #expect(try await aws.ecr.listReplicationBackfills(.init()).backfills?.map(\.replicationBackfillId) == [id, early])
    }

    @Test func backfillsAreLimitedPerRegionAndRegistry() async throws {
        let unconfigured = await refusal {
            try await aws.ecr.startReplicationBackfill(.init(destination: .init(region: "eu-west-1", registryId: here)))
        }
        #expect(unconfigured?.code == "InvalidParameterException")
        let regions = [
            "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "us-east-2", "us-west-1", "us-west-2",
            "ca-central-1", "sa-east-1", "ap-south-1",
        ]
        try await aws.ecr.putReplicationConfiguration(
            .init(
                replicationConfiguration: .init(rules: [
                    .init(destinations: regions.map { .init(region: $0, registryId: here) })
                ])))
        for region in regions.prefix(10) { _ = try await start(region) }
        let again = await refusal { _ = try await start("eu-west-1") }
        #expect(again?.code == "ReplicationBackfillInProgressException")
        let eleventh = await refusal { _ = try await start("ap-south-1") }
        #expect(eleventh?.code == "LimitExceededException")
        let page = try await aws.ecr.listReplicationBackfills(.init(maxResults: 4))
        #expect(page.backfills?.map(\.destination?.region) == ["sa-east-1", "ca-central-1", "us-west-2", "us-west-1"])
        let next = try await aws.ecr.listReplicationBackfills(.init(maxResults: 50, nextToken: page.nextToken))
        #expect(next.backfills?.count == 6 && next.nextToken == nil)
        // An empty registry has nothing to copy.
        aws.clock.advance(by: .minutes(1))
        let all = try await aws.ecr.listReplicationBackfills(.init()).backfills
        #expect(all?.allSatisfy { $0.status == "COMPLETE" && $0.progress?.totalReplicationCount == 0 } == true)
        aws.clock.advance(by: .days(91))
        #expect(try await aws.ecr.listReplicationBackfills(.init()).backfills?.isEmpty == true)
    }

    @Test func backfillFailsWhenReplicationRuleIsRemoved() async throws {
        try await configure("eu-west-1")
        let id = try await start("eu-west-1")
        try await aws.ecr.putReplicationConfiguration(.init(replicationConfiguration: .init(rules: [])))
        aws.clock.advance(by: .minutes(1))
        let seen = try await describe(id)
        #expect(seen.status == "FAILED" && seen.failureCode != nil && seen.progress == nil)
    }

    @Test func backfillOperationsRejectInvalidInput() async throws {
        let absent = await refusal {
            _ = try await aws.ecr.describeReplicationBackfillResults(
                .init(replicationBackfillId: "00000000-0000-4000-8000-000000000000"))
        }
        #expect(absent?.code == "ReplicationBackfillNotFoundException")
        let stopped = await refusal {
            try await aws.ecr.stopReplicationBackfill(.init(replicationBackfillId: "00000000-0000-4000-8000-000000000000"))
        }
        #expect(stopped?.code == "ReplicationBackfillNotFoundException")
        let malformed = await refusal { try await aws.ecr.stopReplicationBackfill(.init(replicationBackfillId: "b-1")) }
        #expect(malformed?.code == "InvalidParameterException")
        let region = await refusal {
            try await aws.ecr.startReplicationBackfill(.init(destination: .init(region: "EU", registryId: here)))
        }
        #expect(region?.code == "InvalidParameterException")
    }
}
