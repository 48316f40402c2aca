import DrydockTesting
import Testing

@Suite(.simulator) struct Repositories {
    let aws = AWS.current

    @Test func describeRepositoriesReturnsCreationSettings() async throws {
        let made = try #require(
            try await aws.ecr.createRepository(
                .init(
                    repositoryName: "team/app", tags: [.init(key: "Stage", value: "test")], imageTagMutability: .immutable,
                    imageScanningConfiguration: .init(scanOnPush: true))
            ).repository)
        #expect(made.repositoryArn == "arn:aws:ecr:us-east-1:123456789012:repository/team/app")
        #expect(made.repositoryUri == "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app")
        #expect(made.encryptionConfiguration?.encryptionType == "AES256")
        let found = try #require(
            try await aws.ecr.describeRepositories(.init(repositoryNames: ["team/app"])).repositories?.first)
        #expect(found.createdAt == made.createdAt && found.createdAt == aws.clock.now)
        #expect(found.imageTagMutability == .immutable)
        #expect(found.imageScanningConfiguration?.scanOnPush == true)
        let tags = try await aws.ecr.listTagsForResource(.init(resourceArn: made.repositoryArn ?? ""))
        #expect(tags.tags?.first?.key == "Stage" && tags.tags?.first?.value == "test")
    }

    @Test func repositoryErrorsUseAWSMessages() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let exists = await refusal { try await aws.ecr.createRepository(.init(repositoryName: "app")) }
        #expect(exists?.code == "RepositoryAlreadyExistsException")
        #expect(
            exists?.message == "The repository with name 'app' already exists in the registry with id '123456789012'")
        let absent = await refusal { _ = try await aws.ecr.describeRepositories(.init(repositoryNames: ["other"])) }
        #expect(absent?.code == "RepositoryNotFoundException")
        #expect(
            absent?.message == "The repository with name 'other' does not exist in the registry with id '123456789012'")
        try await aws.putImage("one", tag: "v1", to: "app")
        let full = await refusal { try await aws.ecr.deleteRepository(.init(repositoryName: "app")) }
        #expect(full?.code == "RepositoryNotEmptyException")
        #expect(
            full?.message
                == "The repository with name 'app' in registry with id '123456789012' cannot be deleted because it still contains images"
        )
        try await aws.ecr.deleteRepository(.init(repositoryName: "app", force: true))
        #expect(try await aws.ecr.describeRepositories(.init()).repositories?.isEmpty == true)
    }

    @Test(arguments: ["A", "a", "-app", "app/", "app//x", "app..x", "App"])
    func createRepositoryRejectsInvalidNames(name: String) async {
        let error = await refusal { try await aws.ecr.createRepository(.init(repositoryName: name)) }
        #expect(error?.code == "InvalidParameterException")
        #expect(error?.message.hasPrefix("Invalid parameter at 'repositoryName' failed to satisfy constraint: '") == true)
    }

    @Test func describeRepositoriesIsPaginated() async throws {
        for number in 1...5 { try await aws.ecr.createRepository(.init(repositoryName: "app\(number)")) }
        var names: [String] = [], token: String?, pages = 0
        repeat {
            let page = try await aws.ecr.describeRepositories(.init(nextToken: token, maxResults: 2))
            names += page.repositories?.compactMap(\.repositoryName) ?? []
            token = page.nextToken
            pages += 1
        } while token != nil
        #expect(names == (1...5).map { "app\($0)" } && pages == 3)
        #expect(
            await refusal { _ = try await aws.ecr.describeRepositories(.init(nextToken: "made up")) }?.code
                == "InvalidParameterException")
    }

    /// A token stores the last item of its page. Deleting and creating repositories between pages neither skips nor repeats
    /// others.
    @Test func pagesContinueAfterDeletedRepositories() async throws {
        for index in 1...6 { _ = try await aws.ecr.createRepository(.init(repositoryName: "app\(index)")) }
        let first = try await aws.ecr.describeRepositories(.init(maxResults: 2))
        #expect(first.repositories?.map(\.repositoryName) == ["app1", "app2"])
        for name in ["app1", "app2"] { _ = try await aws.ecr.deleteRepository(.init(repositoryName: name)) }
        _ = try await aws.ecr.createRepository(.init(repositoryName: "app0"))
        let second = try await aws.ecr.describeRepositories(.init(nextToken: first.nextToken, maxResults: 2))
        #expect(second.repositories?.map(\.repositoryName) == ["app3", "app4"])
        let foreign = await refusal {
            _ = try await aws.ecr.listImages(.init(repositoryName: "app3", nextToken: first.nextToken))
        }
        #expect(foreign?.code == "InvalidParameterException")
    }

    @Test func repositoriesAreSeparatePerRegionAndAccount() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let elsewhere = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ecr
        #expect(try await elsewhere.describeRepositories(.init()).repositories?.isEmpty == true)
        let other = aws.acting(as: Credentials(accessKeyId: "210987654321", secretAccessKey: "test")).ecr
        #expect(try await other.describeRepositories(.init()).repositories?.isEmpty == true)
        let denied = await refusal {
            _ = try await other.describeImages(.init(registryId: "123456789012", repositoryName: "app"))
        }
        #expect(denied?.code == "AccessDeniedException")
    }

    @Test func repositoryPolicyIsReturnedInECRFormat() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let absent = await refusal { _ = try await aws.ecr.getRepositoryPolicy(.init(repositoryName: "app")) }
        #expect(absent?.code == "RepositoryPolicyNotFoundException")
        #expect(
            absent?.message
                == "Repository policy does not exist for the repository with name 'app' in the registry with id '123456789012'")
        let text =
            #"{"Version":"2012-10-17","Id":"Foo","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}"#
        let set = try await aws.ecr.setRepositoryPolicy(.init(repositoryName: "app", policyText: text))
        let written = """
            {
              "Version" : "2012-10-17",
              "Id" : "Foo",
              "Statement" : [ {
                "Effect" : "Allow",
                "Principal" : "*",
                "Action" : "ecr:BatchGetImage"
              } ]
            }
            """
        #expect(set.policyText == written)
        #expect(try await aws.ecr.getRepositoryPolicy(.init(repositoryName: "app")).policyText == written)
        let broken = await refusal {
            try await aws.ecr.setRepositoryPolicy(.init(repositoryName: "app", policyText: #"{"Version":"2012-10-17"}"#))
        }
        #expect(
            broken?.message
                == "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'")
        try await aws.ecr.deleteRepositoryPolicy(.init(repositoryName: "app"))
        #expect(
            await refusal { try await aws.ecr.deleteRepositoryPolicy(.init(repositoryName: "app")) }?.code
                == "RepositoryPolicyNotFoundException")
    }

    @Test func repositoryPolicyGrantsCrossAccountAccess() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        let other = aws.acting(as: Credentials(accessKeyId: "210987654321", secretAccessKey: "test")).ecr
        let open = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},\
            "Action":"ecr:BatchGetImage"}]}
            """
        try await aws.ecr.setRepositoryPolicy(.init(repositoryName: "app", policyText: open))
        let got = try await other.batchGetImage(
            .init(registryId: "123456789012", repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        #expect(got.images?.first?.registryId == "123456789012")
        let denied = await refusal {
            _ = try await other.listImages(.init(registryId: "123456789012", repositoryName: "app"))
        }
        #expect(denied?.code == "AccessDeniedException")
    }

    @Test func repositoryTagsAreLimitedToFifty() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/app"
        let many = (1...51).map { ECRAPI.Tag(key: "k\($0)", value: "v") }
        #expect(
            await refusal { try await aws.ecr.tagResource(.init(resourceArn: arn, tags: many)) }?.code == "TooManyTagsException"
        )
        try await aws.ecr.tagResource(.init(resourceArn: arn, tags: Array(many.prefix(50))))
        try await aws.ecr.tagResource(.init(resourceArn: arn, tags: [.init(key: "k1", value: "new")]))
        try await aws.ecr.untagResource(.init(resourceArn: arn, tagKeys: ["k2", "absent"]))
        #expect(try await aws.ecr.listTagsForResource(.init(resourceArn: arn)).tags?.count == 49)
        let wrong = await refusal { _ = try await aws.ecr.listTagsForResource(.init(resourceArn: "arn:aws:s3:::bucket")) }
        #expect(wrong?.message == "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
    }
}
