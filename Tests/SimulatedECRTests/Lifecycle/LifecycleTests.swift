import DrydockTesting
import OCI
import Testing

@Suite(.simulator) struct Lifecycles {
    let aws = AWS.current

    private func rule(_ priority: Int, _ selection: String, action: String = #"{"type":"expire"}"#) -> String {
        #"{"rulePriority":\#(priority),"description":"a rule of a test","selection":{\#(selection)},"action":\#(action)}"#
    }

    private func put(_ rules: String...) async throws {
        try await aws.ecr.putLifecyclePolicy(
            .init(repositoryName: "app", lifecyclePolicyText: #"{"rules":[\#(rules.joined(separator: ","))]}"#))
    }

    /// Pushes images v1 to vN, one a day.
    private func images(_ count: Int, prefix: String = "v") async throws {
        for number in 1...count {
            if number > 1 { aws.clock.advance(by: .days(1)) }
            try await aws.putImage("\(prefix)\(number)", tag: "\(prefix)\(number)", to: "app")
        }
    }

    @Test func imageCountRuleKeepsNewestImages() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(5)
        try await put(rule(1, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":2"#))
        #expect(try await aws.tags("app") == ["v4", "v5"])
        let policy = try await aws.ecr.getLifecyclePolicy(.init(repositoryName: "app"))
        #expect(policy.lastEvaluatedAt == aws.clock.now)
    }

    @Test func deletedLifecyclePolicyExpiresNothing() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let none = await refusal { try await aws.ecr.deleteLifecyclePolicy(.init(repositoryName: "app")) }
        #expect(none?.code == "LifecyclePolicyNotFoundException")
        try await put(rule(1, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#))
        let deleted = try await aws.ecr.deleteLifecyclePolicy(.init(repositoryName: "app"))
        #expect(deleted.lifecyclePolicyText?.contains("imageCountMoreThan") == true && deleted.repositoryName == "app")
        try await images(3)
        aws.clock.advance(by: .days(2))
        #expect(try await aws.tags("app").count == 3)
        let gone = await refusal { _ = try await aws.ecr.getLifecyclePolicy(.init(repositoryName: "app")) }
        #expect(gone?.code == "LifecyclePolicyNotFoundException")
    }

    @Test func imageAgeCountsFromPush() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(3)
        try await put(
            rule(
                1,
                #""tagStatus":"tagged","tagPatternList":["v*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":5"#
            ))
        #expect(try await aws.tags("app").count == 3)
        aws.clock.advance(by: .days(3))
        #expect(try await aws.tags("app") == ["v2", "v3"])
        aws.clock.advance(by: .days(2))
        #expect(try await aws.tags("app") == [])
    }

    @Test func higherPriorityRuleProtectsItsImages() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(2, prefix: "prod-")
        try await images(2, prefix: "dev-")
        // The second rule cannot expire images that match the first rule, although it counts them.
        try await put(
            rule(1, #""tagStatus":"tagged","tagPrefixList":["prod-"],"countType":"imageCountMoreThan","countNumber":5"#),
            rule(2, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#))
        #expect(try await aws.tags("app") == ["dev-2", "prod-1", "prod-2"])
    }

    @Test func lifecycleArchivesAndThenExpiresImages() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(1)
        try await put(
            rule(
                1, #""tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":10"#,
                action: #"{"type":"transition","targetStorageClass":"archive"}"#),
            rule(
                2,
                #""storageClass":"archive","tagStatus":"any","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90"#
            ))
        aws.clock.advance(by: .days(10))
        #expect(try await aws.tags("app") == [])
        func archived() async throws -> Int? {
            try await aws.ecr.listImages(.init(repositoryName: "app", filter: .init(imageStatus: "ARCHIVED"))).imageIds?.count
        }
        #expect(try await archived() == 1)
        aws.clock.advance(by: .days(90))
        #expect(try await archived() == 0)
    }

    @Test(.simulator(transitions: .aws)) func lifecyclePolicyRunsAfterOneDay() async throws {
        let aws = AWS.current
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        try await aws.putImage("two", tag: "v2", to: "app")
        try await put(rule(1, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#))
        #expect(try await aws.tags("app").count == 2)
        let policy = try await aws.ecr.getLifecyclePolicy(.init(repositoryName: "app"))
        #expect(policy.lastEvaluatedAt == Instant(milliseconds: 0))
        aws.clock.advance(by: .hours(24))
        #expect(try await aws.tags("app") == ["v2"])
    }

    @Test func lifecyclePreviewDeletesNothing() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(3)
        let text = #"{"rules":[\#(rule(7, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#))]}"#
        let none = await refusal { _ = try await aws.ecr.startLifecyclePolicyPreview(.init(repositoryName: "app")) }
        #expect(none?.code == "LifecyclePolicyNotFoundException")
        #expect(
            await refusal { _ = try await aws.ecr.getLifecyclePolicyPreview(.init(repositoryName: "app")) }?.code
                == "LifecyclePolicyPreviewNotFoundException")
        let begun = try await aws.ecr.startLifecyclePolicyPreview(.init(repositoryName: "app", lifecyclePolicyText: text))
        #expect(begun.status == .inProgress)
        let preview = try await aws.ecr.getLifecyclePolicyPreview(.init(repositoryName: "app"))
        #expect(preview.status == .complete && preview.summary?.expiringImageTotalCount == 2)
        #expect(preview.previewResults?.map { $0.imageTags ?? [] } == [["v1"], ["v2"]])
        #expect(
            preview.previewResults?.first?.appliedRulePriority == 7 && preview.previewResults?.first?.action?.type == "EXPIRE")
        #expect(try await aws.tags("app").count == 3)
    }

    @Test func imagesOfIndexExpireAfterIndex() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("child", tag: nil, to: "app")
        let child = try await aws.manifest("child", in: "app")
        #expect(child.digest.description == digest)
        let index = Manifest(index: [child.descriptor])
        try await aws.ecr.putImage(
            .init(repositoryName: "app", imageManifest: String(decoding: index.bytes, as: UTF8.self), imageTag: "multi"))
        try await put(rule(1, #""tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":1"#))
        aws.clock.advance(by: .days(2))
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.count == 2)
        try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "multi")]))
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.isEmpty == true)
    }

    /// Assumed: referrers follow within a day means at the policy's next run, even without a rule for them.
    @Test func referrersAreDeletedAndArchivedWithSubject() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        func sign(_ text: String) async throws {
            let subject = try await aws.manifest(text, in: "app")
            let note = try await aws.manifest("signature of \(text)", in: "app", subject: subject.descriptor)
            try await aws.ecr.putImage(
                .init(repositoryName: "app", imageManifest: String(decoding: note.bytes, as: UTF8.self)))
        }
        for text in ["one", "two", "three"] {
            try await aws.putImage(text, tag: text, to: "app")
            try await sign(text)
        }
        func images(_ status: ImageStatusFilter) async throws -> Int {
            try await aws.ecr.describeImages(.init(repositoryName: "app", filter: .init(imageStatus: status))).imageDetails?
                .count ?? 0
        }
        try await put(
            rule(
                1,
                #""tagStatus":"tagged","tagPrefixList":["three"],"countType":"sinceImagePushed","countUnit":"days","countNumber":9"#,
                action: #"{"type":"transition","targetStorageClass":"archive"}"#))
        #expect(try await images("ACTIVE") == 6)
        try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "one")]))
        try await aws.ecr.updateImageStorageClass(
            .init(repositoryName: "app", imageId: .init(imageTag: "two"), targetStorageClass: "ARCHIVE"))
        #expect(try await images("ACTIVE") == 2)
        #expect(try await images("ARCHIVED") == 2)
        aws.clock.advance(by: .days(9))
        #expect(try await images("ACTIVE") == 0)
        #expect(try await images("ARCHIVED") == 4)
    }

    /// Assumed: an image's age counts from its restoration. AWS documents this only for the order of images.
    @Test func restoredImageAgeCountsFromRestoration() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(3)
        let first = ImageIdentifier(imageTag: "v1")
        for target in ["ARCHIVE", "STANDARD"] as [TargetStorageClass] {
            try await aws.ecr.updateImageStorageClass(
                .init(repositoryName: "app", imageId: first, targetStorageClass: target))
        }
        aws.clock.advance(by: .hours(1))
        try await put(rule(1, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":2"#))
        #expect(try await aws.tags("app") == ["v1", "v3"])
        try await put(rule(1, #""tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":1"#))
        aws.clock.advance(by: .hours(22))
        #expect(try await aws.tags("app") == ["v1", "v3"])
        aws.clock.advance(by: .hours(2))
        #expect(try await aws.tags("app") == [])
    }

    /// The CloudTrail events: https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html
    @Test func lifecycleActionsAreJournaled() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        try await aws.putImage("two", tag: "v2", to: "app")
        let rules = rule(3, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#)
        _ = try await aws.ecr.startLifecyclePolicyPreview(
            .init(repositoryName: "app", lifecyclePolicyText: #"{"rules":[\#(rules)]}"#))
        try await put(rules)
        _ = try await aws.tags("app")
        let events = aws.journal.map { aws.simulator.event(of: $0) }.filter { $0["eventType"]?.string == "AwsServiceEvent" }
        #expect(events.map { $0["eventName"]?.string } == ["DryRunEvent", "PolicyExecutionEvent"])
        let event = try #require(events.last), details = try #require(event["serviceEventDetails"])
        #expect(details["repositoryName"]?.string == "app")
        #expect(event["userIdentity"]?["invokedBy"]?.string == "AWS Internal")
        #expect(
            event["resources"]?.elements?.first?["ARN"]?.string == "arn:aws:ecr:us-east-1:123456789012:repository/app")
        let actions = try #require(details["lifecycleEventImageActions"]?.elements)
        #expect(actions.map { $0["lifecycleEventImage"]?["digest"]?.string } == [digest])
        let selection = details["lifecycleEventPolicy"]?["lifecycleEventRules"]?.elements?.first?["lifecycleEventSelection"]
        #expect(selection?["countType"]?.string == "Image count more than" && selection?["tagStatus"]?.string == "Any")
    }
}
