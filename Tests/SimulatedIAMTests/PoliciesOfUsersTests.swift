import DrydockTesting
import Testing

@Suite(.simulator) struct InlinePolicies {
    private let aws = AWS.current

    @Test func inlinePolicyDocumentIsPercentEncoded() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        let text = #"{"Version": "2012-10-17", "Statement": {"Effect":"Allow","Action":"ecr:*","Resource":"*"}}"#
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "P", policyDocument: text))
        let got = try await aws.iam.getUserPolicy(.init(userName: "Worker", policyName: "P"))
        #expect(got.userName == "Worker")
        #expect(got.policyName == "P")
        #expect(got.policyDocument?.hasPrefix("%7B%22Version%22%3A%20%222012-10-17%22%2C%20") == true)
        #expect(got.policyDocument?.contains("%22ecr%3A%2A%22") == true)
    }

    @Test func putUserPolicyReplacesAndListIsSorted() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        for (name, action) in [("b", "ecr:A"), ("a", "ecr:B"), ("b", "ecr:C")] {
            try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: name, policyDocument: allow(action)))
        }
        #expect(try await aws.iam.listUserPolicies(.init(userName: "Worker")).policyNames == ["a", "b"])
        let document = try await aws.iam.getUserPolicy(.init(userName: "Worker", policyName: "b")).policyDocument
        #expect(document?.contains("ecr%3AC") == true)
        try await aws.iam.deleteUserPolicy(.init(userName: "Worker", policyName: "b"))
        await refused("NoSuchEntity", "The user policy with name b cannot be found.", status: 404) {
            _ = try await aws.iam.getUserPolicy(.init(userName: "Worker", policyName: "b"))
        }
        await refused("NoSuchEntity", "The user policy with name b cannot be found.") {
            try await aws.iam.deleteUserPolicy(.init(userName: "Worker", policyName: "b"))
        }
    }

    @Test func malformedPolicyDocumentIsRejectedWithPosition() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        await refused("MalformedPolicyDocument", "Syntax errors in policy.", status: 400, explanation: "line 1, column 2") {
            try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "P", policyDocument: "{no"))
        }
        await refused("MalformedPolicyDocument", "Policy statement must contain resources.", explanation: "Statement[0]") {
            let text = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*"}]}"#
            try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "P", policyDocument: text))
        }
        #expect(try await aws.iam.listUserPolicies(.init(userName: "Worker")).policyNames == [])
    }

    @Test func inlinePoliciesOfUserAreLimitedTo2048Bytes() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        func big(_ count: Int) -> String { allow("ecr:" + String(repeating: "x", count: count)) }
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "a", policyDocument: big(1000)))
        // White space does not count.
        let airy = big(700).replacing(",", with: ",\n" + String(repeating: " ", count: 500))
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "b", policyDocument: airy))
        await refused("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user Worker", status: 409) {
            try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "c", policyDocument: big(300)))
        }
        #expect(try await aws.iam.listUserPolicies(.init(userName: "Worker")).policyNames == ["a", "b"])
    }
}

@Suite(.simulator) struct ManagedPolicies {
    private let aws = AWS.current
    private let arn = "arn:aws:iam::123456789012:policy/Push"

    private func create() async throws -> Policy? {
        try await aws.iam.createPolicy(
            .init(policyName: "Push", policyDocument: allow("ecr:PutImage"), description: "May push")
        ).policy
    }

    @Test func createPolicyCreatesDefaultVersion() async throws {
        let policy = try #require(try await create())
        #expect(policy.arn == arn)
        #expect(policy.policyId?.wholeMatch(of: /ANPA[A-Z2-7]{17}/) != nil)
        #expect(policy.defaultVersionId == "v1")
        #expect(policy.attachmentCount == 0)
        #expect(policy.permissionsBoundaryUsageCount == 0)
        #expect(policy.isAttachable == true)
        #expect(policy.description == nil)  // AWS omits it here and in lists
        #expect(try await aws.iam.getPolicy(.init(policyArn: arn)).policy?.description == "May push")
        await refused(
            "EntityAlreadyExists", "A policy called Push already exists. Duplicate names are not allowed.", status: 409
        ) { _ = try await create() }
    }

    @Test func policyIsLimitedToFiveVersions() async throws {
        _ = try await create()
        for action in ["ecr:A", "ecr:B", "ecr:C"] {
            try await aws.iam.createPolicyVersion(.init(policyArn: arn, policyDocument: allow(action)))
        }
        let fifth = try await aws.iam.createPolicyVersion(
            .init(policyArn: arn, policyDocument: allow("ecr:D"), setAsDefault: true)
        ).policyVersion
        #expect(fifth?.versionId == "v5")
        #expect(fifth?.isDefaultVersion == true)
        #expect(fifth?.document == nil)
        await refused(
            "LimitExceeded",
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            status: 409
        ) { try await aws.iam.createPolicyVersion(.init(policyArn: arn, policyDocument: allow("ecr:E"))) }
        let listed = try await aws.iam.listPolicyVersions(.init(policyArn: arn)).versions
        #expect(listed?.map(\.versionId) == ["v5", "v4", "v3", "v2", "v1"])
        #expect(listed?.map(\.isDefaultVersion) == [true, false, false, false, false])
        await refused("DeleteConflict", "Cannot delete the default version of a policy.") {
            try await aws.iam.deletePolicyVersion(.init(policyArn: arn, versionId: "v5"))
        }
        try await aws.iam.setDefaultPolicyVersion(.init(policyArn: arn, versionId: "v1"))
        try await aws.iam.deletePolicyVersion(.init(policyArn: arn, versionId: "v5"))
        // Version numbers are not reused.
        let sixth = try await aws.iam.createPolicyVersion(.init(policyArn: arn, policyDocument: allow("ecr:E"))).policyVersion
        #expect(sixth?.versionId == "v6")
        let first = try await aws.iam.getPolicyVersion(.init(policyArn: arn, versionId: "v1")).policyVersion
        #expect(first?.document?.contains("ecr%3APutImage") == true)
        await refused("NoSuchEntity", "Policy \(arn) version v5 does not exist or is not attachable.") {
            _ = try await aws.iam.getPolicyVersion(.init(policyArn: arn, versionId: "v5"))
        }
    }

    @Test func deletePolicyRequiresNoVersionsOrAttachments() async throws {
        _ = try await create()
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn))
        try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn))
        #expect(try await aws.iam.getPolicy(.init(policyArn: arn)).policy?.attachmentCount == 1)
        await refused("DeleteConflict", "Cannot delete a policy attached to entities.", status: 409) {
            try await aws.iam.deletePolicy(.init(policyArn: arn))
        }
        try await aws.iam.detachUserPolicy(.init(userName: "Worker", policyArn: arn))
        try await aws.iam.createPolicyVersion(.init(policyArn: arn, policyDocument: allow("ecr:A")))
        await refused("DeleteConflict") { try await aws.iam.deletePolicy(.init(policyArn: arn)) }
        try await aws.iam.deletePolicyVersion(.init(policyArn: arn, versionId: "v2"))
        try await aws.iam.deletePolicy(.init(policyArn: arn))
        await refused("NoSuchEntity", "Policy \(arn) was not found.", status: 404) {
            _ = try await aws.iam.getPolicy(.init(policyArn: arn))
        }
    }

    // Observed on AWS, including the two spaces.
    @Test func attachUserPolicyRejectsUnknownPolicyARNs() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        await refused("ValidationError", "Invalid ARN:  Could not be parsed!", status: 400) {
            try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: "a-policy-name-of-some-length"))
        }
        await refused("NoSuchEntity", "Policy \(arn)123 does not exist or is not attachable.", status: 404) {
            try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn + "123"))
        }
        await refused(
            "NoSuchEntity", "Policy arn:aws:iam::aws:policy/AdministratorAccessDoesNotExist is not in Drydock's catalogue.",
            explanation: "tools/catalogue/managed-policies"
        ) {
            _ = try await aws.iam.getPolicy(.init(policyArn: "arn:aws:iam::aws:policy/AdministratorAccessDoesNotExist"))
        }
        await refused("NoSuchEntity", "Policy \(arn) was not found.") {
            try await aws.iam.detachUserPolicy(.init(userName: "Worker", policyArn: arn))
        }
    }

    @Test func userIsLimitedToTenAttachedPolicies() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        for number in 1...11 {
            try await aws.iam.createPolicy(.init(policyName: "P\(number)", policyDocument: allow("ecr:*")))
        }
        func attach(_ number: Int) async throws {
            try await aws.iam.attachUserPolicy(
                .init(userName: "Worker", policyArn: "arn:aws:iam::123456789012:policy/P\(number)"))
        }
        for number in 1...10 { try await attach(number) }
        await refused("LimitExceeded", "Cannot exceed quota for PoliciesPerUser: 10", status: 409) { try await attach(11) }
        #expect(try await aws.iam.listAttachedUserPolicies(.init(userName: "Worker")).attachedPolicies?.count == 10)
    }

    @Test func awsManagedPoliciesAreListedByScopeAndReadOnly() async throws {
        _ = try await create()
        let aws = AWS.current
        let local = try await aws.iam.listPolicies(.init(scope: "Local")).policies
        #expect(local?.map(\.policyName) == ["Push"])
        let amazon = try await awsPolicies()
        #expect(amazon.contains { $0.arn == "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser" })
        #expect(!amazon.contains { $0.policyName == "Push" })
        #expect(try await aws.iam.listPolicies(.init(onlyAttached: true)).policies?.isEmpty == true)
        let all = try await aws.iam.listPolicies()
        #expect(all.policies?.count == 100 && all.isTruncated == true && all.policies?.first?.policyName == "Push")
        // Assumed: the code for changing an AWS managed policy.
        await refused("AccessDenied", status: 403) {
            try await aws.iam.deletePolicy(.init(policyArn: "arn:aws:iam::aws:policy/AdministratorAccess"))
        }
    }

    private func awsPolicies() async throws -> [Policy] {
        var found: [Policy] = [], marker: String?
        repeat {
            let page = try await aws.iam.listPolicies(.init(scope: "AWS", marker: marker, maxItems: 1000))
            found += page.policies ?? []
            marker = page.marker
        } while marker != nil
        return found
    }

    @Test func listEntitiesForPolicyReturnsUsersAndRoles() async throws {
        _ = try await create()
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.createUser(.init(userName: "Bounded", permissionsBoundary: arn))
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trust(#"{"AWS":"123456789012"}"#)))
        try await aws.iam.attachUserPolicy(.init(userName: "Worker", policyArn: arn))
        try await aws.iam.attachRolePolicy(.init(roleName: "Deploy", policyArn: arn))
        let all = try await aws.iam.listEntitiesForPolicy(.init(policyArn: arn))
        #expect(all.policyUsers?.compactMap(\.userName) == ["Bounded", "Worker"])
        #expect(all.policyRoles?.compactMap(\.roleName) == ["Deploy"])
        let roles = try await aws.iam.listEntitiesForPolicy(.init(policyArn: arn, entityFilter: "Role"))
        #expect(roles.policyUsers?.isEmpty == true)
        let bounded = try await aws.iam.listEntitiesForPolicy(.init(policyArn: arn, policyUsageFilter: "PermissionsBoundary"))
        #expect(bounded.policyUsers?.compactMap(\.userName) == ["Bounded"])
        #expect(try await aws.iam.getPolicy(.init(policyArn: arn)).policy?.permissionsBoundaryUsageCount == 1)
        #expect(try await aws.iam.getUser(.init(userName: "Bounded")).user?.permissionsBoundary?.permissionsBoundaryArn == arn)
    }
}
