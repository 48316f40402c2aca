import DrydockTesting
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

    /// Images v1 to vN, a day apart.
    private func images(_ count: Int, prefix: String = "v") async throws {
        for number in 1...count {
            if number > 1 { aws.clock.advance(by: .days(1)) }
            try await aws.putImage("\(prefix)\(number)", tag: "\(prefix)\(number)", to: "app")
        }
    }

    @Test func theNewestAreKept() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(5)
        try await put(rule(1, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":2"#))
        #expect(try await aws.tags("app") == ["v4", "v5"])
        let policy = try await aws.ecr.getLifecyclePolicy(.init(repositoryName: "app"))
        #expect(policy.lastEvaluatedAt == aws.clock.now)
    }

    @Test func aDeletedPolicyExpiresNothingMore() async throws {
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

    @Test func ageIsCountedFromThePush() async throws {
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

    @Test func aRuleWithAHigherPriorityGoesFirst() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await images(2, prefix: "prod-")
        try await images(2, prefix: "dev-")
        // What the first rule is for, the second cannot take, though it counts it.
        try await put(
            rule(1, #""tagStatus":"tagged","tagPrefixList":["prod-"],"countType":"imageCountMoreThan","countNumber":5"#),
            rule(2, #""tagStatus":"any","countType":"imageCountMoreThan","countNumber":1"#))
        #expect(try await aws.tags("app") == ["dev-2", "prod-1", "prod-2"])
    }

    @Test func imagesMoveToTheArchiveAndOutOfIt() async throws {
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

    @Test(.simulator(transitions: .aws)) func AWSTakesADay() async throws {
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

    @Test func previewsTellWithoutDoing() async throws {
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

    @Test(arguments: [
        ("nonsense", "Could not map policyString into LifecyclePolicy."),
        ("{}", #"object has missing required properties (["rules"])"#),
        // Assumed: the words, which are those of the JSON schema validator that ECR's other messages come from.
        (#"{"rules":[]}"#, "array is too short: must have at least 1 elements but instance has 0 elements"),
        (#"{"rules":["x"]}"#, #"instance type (string) does not match any allowed primitive type (allowed: ["object"])"#),
        (#"{"rules":[{"rulePriority":1}]}"#, #"object has missing required properties (["action","selection"])"#),
        (
            #"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":0},"action":{"type":"expire"}}]}"#,
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)"
        ),
        (
            #"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"some","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#,
            // Assumed: the validator's words again.
            #"instance value ("some") not found in enum (possible values: ["any","tagged","untagged"])"#
        ),
        (
            #"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countNumber":1},"action":{"type":"expire"}}]}"#,
            // Assumed: that a missing unit is named.
            #"object has missing required properties (["countUnit"])"#
        ),
    ])
    func mistakesAreNamed(text: String, reason: String) async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        // The shortest policy that the API takes has 100 characters.
        let padded = text + String(repeating: " ", count: max(0, 100 - text.utf8.count))
        let error = await refusal {
            try await aws.ecr.putLifecyclePolicy(.init(repositoryName: "app", lifecyclePolicyText: padded))
        }
        #expect(
            error?.message
                == "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: \(reason)'"
        )
    }
}
