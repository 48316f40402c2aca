import DrydockTesting
import Testing

/// The permissions that IAM, STS and ECR require, by AWS's Service Authorization Reference.
@Suite(.simulator) struct ReferencePermissions {
    private let aws = AWS.current

    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    @Test func permissionsBoundaryConditionUsesRoleBoundary() async throws {
        let boundary = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
        let text = trust(#"{"AWS":"123456789012"}"#)
        try await aws.iam.createRole(
            .init(roleName: "Bounded", assumeRolePolicyDocument: text, permissionsBoundary: boundary))
        try await aws.iam.createRole(.init(roleName: "Free", assumeRolePolicyDocument: text))
        let worker = try await aws.worker(
            allowing: allow(
                "iam:PutRolePolicy", "iam:CreateRole",
                condition: #"{"StringEquals":{"iam:PermissionsBoundary":"\#(boundary)"}}"#))
        let put = { (role: String) in
            try await worker.iam.putRolePolicy(
                .init(roleName: role, policyName: "P", policyDocument: allow("ecr:DescribeRepositories")))
        }
        _ = try await put("Bounded")
        await refused("AccessDenied") { try await put("Free") }
        try await worker.iam.createRole(
            .init(roleName: "New", assumeRolePolicyDocument: text, permissionsBoundary: boundary))
        await refused("AccessDenied") {
            try await worker.iam.createRole(.init(roleName: "Other", assumeRolePolicyDocument: text))
        }
    }

    @Test func resourceTagConditionUsesPolicyTags() async throws {
        func policy(_ name: String, team: String) async throws -> String {
            let made = try await aws.iam.createPolicy(
                .init(policyName: name, policyDocument: allow("ecr:*"), tags: [.init(key: "team", value: team)]))
            return try #require(made.policy?.arn)
        }
        let own = try await policy("Own", team: "web"), other = try await policy("Other", team: "db")
        let worker = try await aws.worker(
            allowing: allow("iam:GetPolicy", condition: #"{"StringEquals":{"aws:ResourceTag/team":"web"}}"#))
        _ = try await worker.iam.getPolicy(.init(policyArn: own))
        await refused("AccessDenied") { _ = try await worker.iam.getPolicy(.init(policyArn: other)) }
    }

    /// "The entity making the request must have permission on Bob and Robert":
    /// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    @Test func updateUserNeedsPermissionOnNewName() async throws {
        try await aws.iam.createUser(.init(path: "/web/", userName: "Bob"))
        let worker = try await aws.worker(
            allowing: allow("iam:UpdateUser", resource: "arn:aws:iam::123456789012:user/web/*"))
        await refused(
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: iam:UpdateUser on resource: "
                + "arn:aws:iam::123456789012:user/db/Robert because no identity-based policy allows the iam:UpdateUser action"
        ) { try await worker.iam.updateUser(.init(userName: "Bob", newPath: "/db/", newUserName: "Robert")) }
        try await worker.iam.updateUser(.init(userName: "Bob", newUserName: "Robert"))
    }

    @Test func assumeRoleConditionUsesRoleTags() async throws {
        for (name, team) in [("Web", "web"), ("Data", "db")] {
            try await aws.iam.createRole(
                .init(
                    roleName: name, assumeRolePolicyDocument: trust(#"{"AWS":"123456789012"}"#),
                    tags: [.init(key: "team", value: team)]))
        }
        let worker = try await aws.worker(
            allowing: allow("sts:AssumeRole", condition: #"{"StringEquals":{"iam:ResourceTag/team":"web"}}"#))
        let assume = { (role: String) in
            _ = try await worker.sts.assumeRole(
                .init(roleArn: "arn:aws:iam::123456789012:role/\(role)", roleSessionName: "session"))
        }
        try await assume("Web")
        await refused("AccessDenied") { try await assume("Data") }
    }

    /// ecr:TagResource is a dependent action of CreateRepository.
    @Test func createRepositoryWithTagsNeedsTagResource() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:CreateRepository"))
        try await worker.ecr.createRepository(.init(repositoryName: "plain"))
        let create = {
            try await worker.ecr.createRepository(
                .init(repositoryName: "tagged", tags: [.init(key: "team", value: "web")]))
        }
        await refused(
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: ecr:TagResource on resource: "
                + "arn:aws:ecr:us-east-1:123456789012:repository/tagged because no identity-based policy allows the "
                + "ecr:TagResource action"
        ) { try await create() }
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Tags",
                policyDocument: allow(
                    "ecr:TagResource", condition: #"{"StringEquals":{"aws:RequestTag/team":"web"}}"#)))
        _ = try await create()
    }

    /// Assumed: the repositories for which a template's permissions are checked.
    @Test func creationTemplateWithRoleNeedsPassRole() async throws {
        let role = "arn:aws:iam::123456789012:role/Creator"
        let worker = try await aws.worker(allowing: allow("ecr:CreateRepositoryCreationTemplate", "ecr:CreateRepository"))
        try await worker.ecr.createRepositoryCreationTemplate(.init(prefix: "plain", appliedFor: ["REPLICATION"]))
        let create = {
            try await worker.ecr.createRepositoryCreationTemplate(
                .init(prefix: "team", appliedFor: ["REPLICATION"], customRoleArn: role))
        }
        await refused(
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: iam:PassRole on resource: \(role) "
                + "because no identity-based policy allows the iam:PassRole action"
        ) { try await create() }
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Pass",
                policyDocument: allow(
                    "iam:PassRole", condition: #"{"StringEquals":{"iam:PassedToService":"ecr.amazonaws.com"}}"#)))
        _ = try await create()
    }

    @Test func accountSettingConditionUsesSettingName() async throws {
        let worker = try await aws.worker(
            allowing: allow("ecr:PutAccountSetting", condition: #"{"StringEquals":{"ecr:AccountSetting":"BLOB_MOUNTING"}}"#))
        try await worker.ecr.putAccountSetting(.init(name: "BLOB_MOUNTING", value: "ENABLED"))
        await refused("AccessDeniedException") {
            try await worker.ecr.putAccountSetting(.init(name: "BASIC_SCAN_TYPE_VERSION", value: "AWS_NATIVE"))
        }
    }
}

/// Resource ARNs have the account's partition.
@Suite struct Partitions {
    @Test(
        .simulator(region: "cn-north-1"),
        arguments: [
            ("arn:aws-cn:s3:::bucket", nil), ("arn:aws:s3:::bucket", "aws"), ("arn:aws-us-gov:s3:::bucket", "aws-us-gov"),
        ])
    func policyResourceMustMatchPartition(resource: String, refusedPartition: String?) async throws {
        let document = allow("s3:GetObject", resource: resource)
        let create = { try await AWS.current.iam.createPolicy(.init(policyName: "P", policyDocument: document)) }
        guard let refusedPartition else {
            #expect(try await create().policy?.arn == "arn:aws-cn:iam::123456789012:policy/P")
            return
        }
        await refused(
            "MalformedPolicyDocument", #"Partition "\#(refusedPartition)" is not valid for resource "\#(resource)"."#
        ) { try await create() }
    }
}
