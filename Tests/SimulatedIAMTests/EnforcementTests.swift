import DrydockTesting
import Foundation
import Testing

/// Every request is checked for permission. Errors have AWS's messages and an explanation of the reason.
@Suite(.simulator) struct Enforcement {
    private let aws = AWS.current

    @Test func requestsWithoutPolicyAreDenied() async throws {
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

    /// Assumed: the message for an invalid encoded message.
    @Test func ec2DenialMessageIsDecodableWithPermission() async throws {
        let worker = try await aws.worker()
        let error = await #expect(throws: AWSError.self) { try await worker.ec2.createKeyPair(.init(keyName: "universal")) }
        let parts = try #require(error?.message.components(separatedBy: ". Encoded authorization failure message: "))
        try #require(parts.count == 2)
        #expect(parts[0].hasSuffix("because no identity-based policy allows the ec2:CreateKeyPair action"))
        await refused("AccessDenied") {
            try await worker.sts.decodeAuthorizationMessage(.init(encodedMessage: parts[1]))
        }
        let decoded = try await aws.sts.decodeAuthorizationMessage(.init(encodedMessage: parts[1])).decodedMessage
        let decision = try JSON.parse(Bytes(try #require(decoded).utf8))
        #expect(decision["allowed"] == .bool(false))
        #expect(decision["explicitDeny"] == .bool(false))
        #expect(decision["context"]?["principal"]?["arn"]?.string == "arn:aws:iam::123456789012:user/Worker")
        #expect(decision["context"]?["action"]?.string == "ec2:CreateKeyPair")
        #expect(decision["context"]?["resource"]?.string == "arn:aws:ec2:us-east-1:123456789012:key-pair/universal")
        await refused("InvalidAuthorizationMessageException", "Message is not valid") {
            try await aws.sts.decodeAuthorizationMessage(.init(encodedMessage: "bm8"))
        }
    }

    @Test func ecrDenialNamesRepository() async throws {
        let worker = try await aws.worker()
        await refused(
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: ecr:CreateRepository on resource: "
                + "arn:aws:ecr:us-east-1:123456789012:repository/universal because no identity-based policy allows the "
                + "ecr:CreateRepository action", status: 400
        ) { _ = try await worker.ecr.createRepository(.init(repositoryName: "universal")) }
    }

    @Test func explicitDenyOverridesAllowAndIsExplained() async throws {
        let worker = try await aws.worker(allowing: allow("*"))
        _ = try await worker.iam.listUsers()
        try await aws.iam.putUserPolicy(
            .init(userName: "Worker", policyName: "No", policyDocument: deny("ec2:Describe*", sid: "NoLooking")))
        await refused(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/Worker is not authorized to "
                + "perform: ec2:DescribeVpcs with an explicit deny in an identity-based policy",
            explanation: "statement 'NoLooking' of the inline policy 'No' of user 'Worker'"
        ) { _ = try await worker.ec2.describeVpcs() }
    }

    @Test func managedPolicyAppliesItsDefaultVersion() async throws {
        let worker = try await aws.worker()
        let arn = try #require(
            try await aws.iam.createPolicy(.init(policyName: "Look", policyDocument: allow("ecr:DescribeRepositories"))).policy?
                .arn)
        try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn))
        _ = try await worker.ecr.describeRepositories()
        try await aws.iam.createPolicyVersion(
            .init(policyArn: arn, policyDocument: allow("iam:ListUsers"), setAsDefault: true))
        await refused("AccessDeniedException") { _ = try await worker.ecr.describeRepositories() }
        _ = try await worker.iam.listUsers()
        try await aws.iam.setDefaultPolicyVersion(.init(policyArn: arn, versionId: "v1"))
        _ = try await worker.ecr.describeRepositories()
    }

    @Test func awsManagedPolicyGrantsReadOnlyAccess() async throws {
        let worker = try await aws.worker()
        try await aws.iam.attachUserPolicy(
            .init(userName: "Worker", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"))
        _ = try await worker.ecr.describeRepositories()
        await refused("AccessDeniedException") {
            _ = try await worker.ecr.createRepository(.init(repositoryName: "universal"))
        }
    }

    @Test func permissionsBoundaryLimitsUser() async throws {
        let boundary = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
        try await aws.iam.createUser(.init(userName: "Bounded", permissionsBoundary: boundary))
        try await aws.iam.putUserPolicy(.init(userName: "Bounded", policyName: "All", policyDocument: allow("*")))
        let bounded = aws.acting(as: try await aws.key(of: "Bounded"))
        _ = try await bounded.ecr.describeRepositories()
        await refused(
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/Bounded is not authorized to perform: iam:ListUsers on resource: "
                + "arn:aws:iam::123456789012:user/ because no permissions boundary allows the iam:ListUsers action"
        ) { _ = try await bounded.iam.listUsers() }
    }

    @Test func conditionsUsePrincipalTagsAndSourceIp() async throws {
        try await aws.iam.createUser(.init(userName: "Tagged", tags: [.init(key: "team", value: "web")]))
        let condition = #"{"StringEquals":{"aws:PrincipalTag/team":"web"},"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#
        try await aws.iam.putUserPolicy(
            .init(userName: "Tagged", policyName: "P", policyDocument: allow("ecr:*", condition: condition)))
        let tagged = aws.acting(as: try await aws.key(of: "Tagged"))
        _ = try await tagged.ecr.describeRepositories()
        try await aws.iam.tagUser(.init(userName: "Tagged", tags: [.init(key: "team", value: "db")]))
        await refused("AccessDeniedException", explanation: "if aws:PrincipalTag/team is web; the request has db") {
            _ = try await tagged.ecr.describeRepositories()
        }
    }

    @Test func usernameVariableGrantsOwnAccessKeys() async throws {
        let own = allow("iam:*AccessKey*", resource: "arn:aws:iam::123456789012:user/${aws:username}")
        let worker = try await aws.worker(allowing: own)
        try await aws.iam.createUser(.init(userName: "Other"))
        #expect(try await worker.iam.listAccessKeys().accessKeyMetadata?.count == 1)
        try await worker.iam.createAccessKey(.init(userName: "Worker"))
        await refused("AccessDenied") { try await worker.iam.createAccessKey(.init(userName: "Other")) }
    }

    @Test func getCallerIdentityCannotBeDenied() async throws {
        let worker = try await aws.worker(allowing: deny("*", sid: "Nothing"))
        let identity = try await worker.sts.getCallerIdentity()
        #expect(identity.account == account)
        #expect(identity.userId?.hasPrefix("AIDA") == true)
        await refused("AccessDenied") { _ = try await worker.sts.getAccessKeyInfo(.init(accessKeyId: "AKIAQNZGKIQY56JQ7WML")) }
    }

    @Test func repositoryPolicyGrantsAndDenies() async throws {
        let arn = "arn:aws:iam::123456789012:user/Worker"
        let worker = try await aws.worker()
        try await aws.ecr.createRepository(.init(repositoryName: "universal"))
        func set(_ effect: String) async throws {
            let text =
                #"{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"\#(effect)","Principal":{"AWS":"\#(arn)"},"Action":"ecr:DescribeRepositories"}]}"#
            _ = try await aws.ecr.setRepositoryPolicy(.init(repositoryName: "universal", policyText: text))
        }
        func look() async throws { _ = try await worker.ecr.describeRepositories(.init(repositoryNames: ["universal"])) }
        await refused("AccessDeniedException") { try await look() }
        try await set("Allow")
        try await look()
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "P", policyDocument: allow("ecr:*")))
        try await set("Deny")
        await refused(
            "AccessDeniedException",
            "User: \(arn) is not authorized to perform: ecr:DescribeRepositories on resource: "
                + "arn:aws:ecr:us-east-1:123456789012:repository/universal with an explicit deny in a resource-based policy",
            explanation: "statement 'S' of the policy of repository 'universal'"
        ) { try await look() }
    }
}
