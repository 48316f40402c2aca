import DrydockTesting
import Testing

/// The way of a request asks for permission: with what AWS says, and why in an explanation.
@Suite(.simulator) struct Enforcement {
    private let aws = AWS.current

    @Test func withoutAPolicyNothingIsAllowed() async throws {
        let worker = try await aws.worker()
        await refused(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/Worker is not authorized to "
                + "perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action",
            status: 403, explanation: "There is no identity-based policy"
        ) { _ = try await worker.ec2.describeVpcs() }
        await refused(
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: iam:ListUsers on resource: "
                + "arn:aws:iam::123456789012:user/ because no identity-based policy allows the iam:ListUsers action",
            status: 403
        ) { _ = try await worker.iam.listUsers() }
    }

    @Test func ecrNamesTheRepository() async throws {
        let worker = try await aws.worker()
        await refused(
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: ecr:CreateRepository on resource: "
                + "arn:aws:ecr:us-east-1:123456789012:repository/universal because no identity-based policy allows the "
                + "ecr:CreateRepository action", status: 400
        ) { _ = try await worker.ecr.createRepository(.init(repositoryName: "universal")) }
    }

    @Test func anExplicitDenyWinsAndIsNamed() async throws {
        let worker = try await aws.worker(allowing: allow("*"))
        _ = try await worker.ec2.describeVpcs()
        try await aws.iam.putUserPolicy(
            .init(userName: "Worker", policyName: "No", policyDocument: deny("ec2:Describe*", sid: "NoLooking")))
        await refused(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/Worker is not authorized to "
                + "perform: ec2:DescribeVpcs with an explicit deny in an identity-based policy",
            explanation: "statement 'NoLooking' of the inline policy 'No' of user 'Worker'"
        ) { _ = try await worker.ec2.describeVpcs() }
    }

    @Test func managedPoliciesCountByTheirDefaultVersion() async throws {
        let worker = try await aws.worker()
        let arn = try #require(
            try await aws.iam.createPolicy(.init(policyName: "Look", policyDocument: allow("ec2:DescribeVpcs"))).policy?.arn)
        try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn))
        _ = try await worker.ec2.describeVpcs()
        try await aws.iam.createPolicyVersion(
            .init(policyArn: arn, policyDocument: allow("ec2:DescribeSubnets"), setAsDefault: true))
        await refused("UnauthorizedOperation") { _ = try await worker.ec2.describeVpcs() }
        _ = try await worker.ec2.describeSubnets()
        try await aws.iam.setDefaultPolicyVersion(.init(policyArn: arn, versionId: "v1"))
        _ = try await worker.ec2.describeVpcs()
    }

    @Test func policiesOfAWSWork() async throws {
        let worker = try await aws.worker()
        try await aws.iam.attachUserPolicy(
            .init(userName: "Worker", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"))
        _ = try await worker.ecr.describeRepositories()
        await refused("AccessDeniedException") {
            _ = try await worker.ecr.createRepository(.init(repositoryName: "universal"))
        }
    }

    @Test func aBoundaryLimits() async throws {
        let boundary = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
        try await aws.iam.createUser(.init(userName: "Bounded", permissionsBoundary: boundary))
        try await aws.iam.putUserPolicy(.init(userName: "Bounded", policyName: "All", policyDocument: allow("*")))
        let bounded = aws.acting(as: try await aws.key(of: "Bounded"))
        _ = try await bounded.ec2.describeVpcs()
        await refused(
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/Bounded is not authorized to perform: iam:ListUsers on resource: "
                + "arn:aws:iam::123456789012:user/ because no permissions boundary allows the iam:ListUsers action"
        ) { _ = try await bounded.iam.listUsers() }
    }

    @Test func conditionsSeeTheCallersTagsAndAddress() async throws {
        try await aws.iam.createUser(.init(userName: "Tagged", tags: [.init(key: "team", value: "web")]))
        let condition = #"{"StringEquals":{"aws:PrincipalTag/team":"web"},"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#
        try await aws.iam.putUserPolicy(
            .init(userName: "Tagged", policyName: "P", policyDocument: allow("ec2:*", condition: condition)))
        let tagged = aws.acting(as: try await aws.key(of: "Tagged"))
        _ = try await tagged.ec2.describeVpcs()
        try await aws.iam.tagUser(.init(userName: "Tagged", tags: [.init(key: "team", value: "db")]))
        await refused("UnauthorizedOperation", explanation: "aws:PrincipalTag/team does not hold, as the value is 'db'") {
            _ = try await tagged.ec2.describeVpcs()
        }
    }

    @Test func aUserMayKeepItsOwnKeysByVariable() async throws {
        let own = allow("iam:*AccessKey*", resource: "arn:aws:iam::123456789012:user/${aws:username}")
        let worker = try await aws.worker(allowing: own)
        try await aws.iam.createUser(.init(userName: "Other"))
        #expect(try await worker.iam.listAccessKeys().accessKeyMetadata?.count == 1)
        try await worker.iam.createAccessKey(.init(userName: "Worker"))
        await refused("AccessDenied") { try await worker.iam.createAccessKey(.init(userName: "Other")) }
    }

    @Test func nobodyIsKeptFromAskingWhoTheyAre() async throws {
        let worker = try await aws.worker(allowing: deny("*", sid: "Nothing"))
        let identity = try await worker.sts.getCallerIdentity()
        #expect(identity.account == account)
        #expect(identity.userId?.hasPrefix("AIDA") == true)
        await refused("AccessDenied") { _ = try await worker.sts.getAccessKeyInfo(.init(accessKeyId: "AKIAQNZGKIQY56JQ7WML")) }
    }
}
