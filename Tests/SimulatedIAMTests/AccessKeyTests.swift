import DrydockTesting
import Testing

@Suite(.simulator) struct AccessKeys {
    private let aws = AWS.current

    @Test func createAccessKeyReturnsSecretOnce() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        #expect(key.accessKeyId?.wholeMatch(of: /AKIA[A-Z2-7]{16}/) != nil)
        #expect(key.secretAccessKey?.count == 40)
        #expect(key.status == "Active")
        let listed = try await aws.iam.listAccessKeys(.init(userName: "Worker"))
        #expect(listed.accessKeyMetadata?.map(\.accessKeyId) == [key.accessKeyId])
        #expect(listed.accessKeyMetadata?.first?.userName == "Worker")
        #expect(listed.isTruncated == false)
    }

    @Test func iamTimesAreWholeSeconds() async throws {
        aws.clock.advance(by: .milliseconds(789))
        try await aws.iam.createUser(.init(userName: "Worker"))
        let made = try await aws.iam.getUser(.init(userName: "Worker")).user?.createDate
        #expect(made == Instant(seconds: aws.clock.now.seconds))
        let session = try await aws.sts.getSessionToken().credentials
        #expect(session?.expiration.map { $0.milliseconds % 1000 } == 0)
    }

    @Test func userIsLimitedToTwoAccessKeys() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        _ = try await aws.key(of: "Worker")
        let second = try await aws.key(of: "Worker")
        await refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", status: 409) {
            try await aws.iam.createAccessKey(.init(userName: "Worker"))
        }
        try await aws.iam.deleteAccessKey(.init(userName: "Worker", accessKeyId: second.accessKeyId))
        _ = try await aws.key(of: "Worker")
    }

    @Test func inactiveAndDeletedKeysAreInvalid() async throws {
        let worker = try await aws.worker()
        #expect(try await worker.sts.getCallerIdentity().arn == "arn:aws:iam::123456789012:user/Worker")
        let id = try #require(try await aws.iam.listAccessKeys(.init(userName: "Worker")).accessKeyMetadata?.first?.accessKeyId)
        try await aws.iam.updateAccessKey(.init(userName: "Worker", accessKeyId: id, status: "Inactive"))
        await refused("InvalidClientTokenId", status: 403) { _ = try await worker.sts.getCallerIdentity() }
        await refused("AuthFailure", status: 401) { _ = try await worker.ec2.describeVpcs() }
        try await aws.iam.updateAccessKey(.init(userName: "Worker", accessKeyId: id, status: "Active"))
        _ = try await worker.sts.getCallerIdentity()
        try await aws.iam.deleteAccessKey(.init(userName: "Worker", accessKeyId: id))
        try await aws.iam.deleteUser(.init(userName: "Worker"))
        await refused("InvalidClientTokenId") { _ = try await worker.sts.getCallerIdentity() }
    }

    @Test func wrongSecretIsRejected() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        var key = try await aws.key(of: "Worker")
        key.secretAccessKey = "wrong"
        let thief = aws.acting(as: key)
        await refused("SignatureDoesNotMatch", status: 403) { _ = try await thief.sts.getCallerIdentity() }
    }

    @Test func accessKeyOfOtherUserIsNotFound() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.createUser(.init(userName: "Other"))
        let id = try await aws.key(of: "Worker").accessKeyId
        await refused("NoSuchEntity", "The Access Key with id \(id) cannot be found.", status: 404) {
            try await aws.iam.deleteAccessKey(.init(userName: "Other", accessKeyId: id))
        }
        await refused("ValidationError") {
            try await aws.iam.updateAccessKey(.init(userName: "Worker", accessKeyId: id, status: "Sleeping"))
        }
        // Assumed: callers cannot set this status. The model has it, but not the documentation of the request.
        await refused("ValidationError") {
            try await aws.iam.updateAccessKey(.init(userName: "Worker", accessKeyId: id, status: .expired))
        }
    }

    @Test func getAccessKeyLastUsedReportsServiceAndRegion() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:DescribeRepositories"))
        let id = try #require(try await aws.iam.listAccessKeys(.init(userName: "Worker")).accessKeyMetadata?.first?.accessKeyId)
        let unused = try await aws.iam.getAccessKeyLastUsed(.init(accessKeyId: id))
        #expect(unused.userName == "Worker")
        #expect(unused.accessKeyLastUsed?.lastUsedDate == nil)
        #expect(unused.accessKeyLastUsed?.serviceName == "N/A")
        _ = try await worker.ecr.describeRepositories()
        let used = try await aws.iam.getAccessKeyLastUsed(.init(accessKeyId: id)).accessKeyLastUsed
        #expect(used?.lastUsedDate == Instant(seconds: aws.clock.now.seconds))
        #expect(used?.serviceName == "ecr")
        #expect(used?.region == "us-east-1")
    }

    @Test func getAccessKeyInfoReturnsAccountOfKey() async throws {
        let id = try await aws.key(of: nil).accessKeyId
        #expect(try await aws.sts.getAccessKeyInfo(.init(accessKeyId: id)).account == account)
        // A key id from AWS that Drydock never created encodes its account too. The id is from blogs; its account is made up.
        #expect(try await aws.sts.getAccessKeyInfo(.init(accessKeyId: "ASIAQNZGKIQY56JQ7WML")).account == "029608264753")
        // Assumed: ids of the older form, which contain no account, are rejected with this error.
        await refused("ValidationError") { _ = try await aws.sts.getAccessKeyInfo(.init(accessKeyId: "AKIAIOSFODNN7EXAMPLE")) }
    }

    @Test func rootAccessKeyActsAsRoot() async throws {
        let root = aws.acting(as: try await aws.key(of: nil))
        #expect(try await root.sts.getCallerIdentity().arn == "arn:aws:iam::123456789012:root")
        #expect(try await root.iam.listAccessKeys().accessKeyMetadata?.count == 1)
    }
}

@Suite(.simulator(isStrict: true)) struct StrictKeys {
    @Test func strictModeRejectsUnknownAccessKeys() async throws {
        await refused("InvalidClientTokenId", status: 403) { _ = try await AWS.current.sts.getCallerIdentity() }
    }
}
