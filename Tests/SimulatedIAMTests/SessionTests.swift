import DrydockTesting
import Testing

@Suite(.simulator) struct Sessions {
    private let aws = AWS.current
    private let role = "arn:aws:iam::123456789012:role/ci/Deploy"

    private func makeRole(trusting principal: String = #"{"AWS":"123456789012"}"#, hours: Int? = nil) async throws {
        try await aws.iam.createRole(
            .init(
                path: "/ci/", roleName: "Deploy", assumeRolePolicyDocument: trust(principal),
                maxSessionDuration: hours.map { $0 * 3600 }))
        try await aws.iam.putRolePolicy(
            .init(
                roleName: "Deploy", policyName: "P", policyDocument: allow("ecr:DescribeRepositories", "ecr:CreateRepository")))
    }

    private func credentials(_ made: STSCredentials?) throws -> Credentials {
        let made = try #require(made)
        return Credentials(
            accessKeyId: try #require(made.accessKeyId), secretAccessKey: try #require(made.secretAccessKey),
            sessionToken: made.sessionToken, expiration: nil)
    }

    /// As in LocalStack's snapshots, validated against AWS in 2025.
    @Test(arguments: ["arn:aws:iam::123456789012:user/Deploy", "not an ARN at all, and long enough"])
    func invalidRoleARNsAreReported(_ arn: String) async throws {
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        do {
            _ = try await worker.sts.assumeRole(.init(roleArn: arn, roleSessionName: "ci"))
            Issue.record("the ARN was taken")
        } catch let error as AWSError {
            #expect(error.code == "ValidationError" && error.message == "\(arn) is invalid")
        }
    }

    /// As in EC2's and ECR's ARNs in these regions.
    @Test(arguments: [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")])
    func rootARNUsesPartitionOfRegion(_ region: String, _ partition: String) async throws {
        let client = AWSClient(aws.simulator.client(region: region).configuration)
        for _ in 0..<2 {
            let identity = try await STSClient(client).getCallerIdentity()
            #expect(identity.arn == "arn:\(partition):iam::123456789012:root")
        }
        #expect(try await aws.sts.getCallerIdentity().arn == "arn:aws:iam::123456789012:root")
    }

    @Test func assumedRoleHasRolePermissions() async throws {
        try await makeRole()
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        let assumed = try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
        let user = try #require(assumed.assumedRoleUser)
        #expect(user.arn == "arn:aws:sts::123456789012:assumed-role/Deploy/ci")
        #expect(user.assumedRoleId?.wholeMatch(of: /AROA[A-Z2-7]{17}:ci/) != nil)
        #expect(assumed.credentials?.accessKeyId?.hasPrefix("ASIA") == true)
        #expect(assumed.credentials?.expiration == Instant(seconds: aws.clock.now.seconds) + .hours(1))
        #expect(assumed.packedPolicySize == nil)
        let session = aws.acting(as: try credentials(assumed.credentials))
        let identity = try await session.sts.getCallerIdentity()
        #expect(identity.arn == user.arn)
        #expect(identity.userId == user.assumedRoleId)
        _ = try await session.ecr.describeRepositories()
        await refused("UnauthorizedOperation", status: 403) { _ = try await session.ec2.describeKeyPairs() }
        #expect(try await aws.iam.getRole(.init(roleName: "Deploy")).role?.roleLastUsed?.region == "us-east-1")
        try await aws.iam.putRolePolicy(.init(roleName: "Deploy", policyName: "I", policyDocument: allow("iam:*")))
        await refused("ValidationError", "Must specify userName when calling with non-User credentials") {
            _ = try await session.iam.getUser()
        }
    }

    @Test func sessionCredentialsExpireWithClock() async throws {
        try await makeRole()
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        let made = try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci", durationSeconds: 900))
            .credentials
        let session = aws.acting(as: try credentials(made))
        aws.clock.advance(by: .minutes(14))
        _ = try await session.ecr.describeRepositories()
        aws.clock.advance(by: .minutes(1))
        await refused("ExpiredToken", status: 403) { _ = try await session.sts.getCallerIdentity() }
        await refused("RequestExpired") { _ = try await session.ec2.describeVpcs() }
        await refused("ExpiredTokenException", status: 400) { _ = try await session.ecr.describeRepositories() }
    }

    @Test func sessionTokenMustMatchAccessKey() async throws {
        try await makeRole()
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        var stolen = try credentials(try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci")).credentials)
        stolen.sessionToken = "another"
        await refused("InvalidClientTokenId", status: 403) { _ = try await aws.acting(as: stolen).sts.getCallerIdentity() }
        stolen.sessionToken = nil
        await refused("InvalidClientTokenId") { _ = try await aws.acting(as: stolen).sts.getCallerIdentity() }
    }

    @Test func assumeRoleRequiresTrustPolicy() async throws {
        try await makeRole(trusting: #"{"Service":"ec2.amazonaws.com"}"#)
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        let message =
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: sts:AssumeRole on resource: \(role)"
        await refused("AccessDenied", message, status: 403, explanation: "trust policy of role 'Deploy'") {
            try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
        }
        await refused("AccessDenied", message + "2", status: 403) {
            try await worker.sts.assumeRole(.init(roleArn: role + "2", roleSessionName: "ci"))
        }
    }

    @Test func userTrustedByNameNeedsNoIdentityPolicy() async throws {
        let worker = try await aws.worker()
        try await makeRole(trusting: #"{"AWS":"arn:aws:iam::123456789012:user/Worker"}"#)
        try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
    }

    @Test func trustedAccountStillNeedsIdentityPolicy() async throws {
        try await makeRole()
        let worker = try await aws.worker()
        await refused("AccessDenied", explanation: "identity-based") {
            try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
        }
    }

    @Test func trustPolicyCanRequireExternalId() async throws {
        let document = #"""
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole",
            "Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}}
            """#
        try await aws.iam.createRole(.init(path: "/ci/", roleName: "Deploy", assumeRolePolicyDocument: document))
        let worker = try await aws.worker(allowing: allow("sts:*"))
        await refused("AccessDenied") { try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci")) }
        try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci", externalId: "secret"))
    }

    @Test func sessionPolicyNarrowsRole() async throws {
        try await makeRole()
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        let assumed = try await worker.sts.assumeRole(
            .init(roleArn: role, roleSessionName: "ci", policy: allow("ecr:DescribeRepositories")))
        #expect(assumed.packedPolicySize.map { (1...100).contains($0) } == true)
        let session = aws.acting(as: try credentials(assumed.credentials))
        _ = try await session.ecr.describeRepositories()
        await refused("AccessDeniedException", explanation: "session policy") {
            _ = try await session.ecr.createRepository(.init(repositoryName: "universal"))
        }
        await refused("MalformedPolicyDocument") {
            try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci", policy: "{}"))
        }
    }

    @Test func assumeRoleDurationIsLimited() async throws {
        try await makeRole(hours: 2)
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        func assume(_ seconds: Int) async throws {
            try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci", durationSeconds: seconds))
        }
        try await assume(7200)
        await refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.") {
            try await assume(7201)
        }
        await refused("ValidationError", status: 400) { try await assume(899) }
        await refused("ValidationError") {
            try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "with space"))
        }
    }

    // Observed on AWS.
    @Test func sessionTagsAreValidated() async throws {
        try await makeRole()
        let worker = try await aws.worker(allowing: allow("sts:*"))
        await refused(
            "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.", status: 400
        ) {
            try await worker.sts.assumeRole(
                .init(
                    roleArn: role, roleSessionName: "ci", tags: [.init(key: "a", value: "b")], transitiveTagKeys: ["c"]))
        }
        await refused("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for system use") {
            try await worker.sts.assumeRole(
                .init(roleArn: role, roleSessionName: "ci", tags: [.init(key: "aws:a", value: "b")]))
        }
        await refused(
            "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        ) {
            try await worker.sts.assumeRole(
                .init(
                    roleArn: role, roleSessionName: "ci", tags: [.init(key: "a", value: "b"), .init(key: "A", value: "c")]))
        }
    }

    @Test func rootCannotAssumeRole() async throws {
        try await makeRole()
        let root = aws.acting(as: try await aws.key(of: nil))
        await refused("AccessDenied", "Roles may not be assumed by root accounts.", status: 403) {
            try await root.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
        }
        // Unlike AWS: a key that IAM did not create acts as root and may assume roles.
        try await aws.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
    }

    @Test func getSessionTokenCredentialsActAsUser() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:DescribeRepositories", "iam:GetUser"))
        let made = try await worker.sts.getSessionToken().credentials
        #expect(made?.expiration == Instant(seconds: aws.clock.now.seconds) + .hours(12))
        let session = aws.acting(as: try credentials(made))
        #expect(try await session.sts.getCallerIdentity().arn == "arn:aws:iam::123456789012:user/Worker")
        _ = try await session.ecr.describeRepositories()
        await refused("InvalidClientTokenId", explanation: "without MFA") { _ = try await session.iam.getUser() }
        await refused("AccessDenied", "Cannot call GetSessionToken with session credentials") {
            _ = try await session.sts.getSessionToken()
        }
    }

    @Test func sessionIsInvalidAfterRoleDeletion() async throws {
        try await makeRole()
        let session = aws.acting(
            as: try credentials(try await aws.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci")).credentials))
        try await aws.iam.deleteRolePolicy(.init(roleName: "Deploy", policyName: "P"))
        try await aws.iam.deleteRole(.init(roleName: "Deploy"))
        // Assumed: the code for a session whose role was deleted.
        await refused("InvalidClientTokenId") { _ = try await session.sts.getCallerIdentity() }
    }
}
