import DrydockTesting
import Testing

@Suite(.simulator) struct Roles {
    private let aws = AWS.current
    private let trusting = trust(#"{"AWS":"123456789012"}"#)

    // The role members that each operation returns were observed on AWS.
    @Test func roleMembersDependOnOperation() async throws {
        let made = try #require(
            try await aws.iam.createRole(
                .init(path: "/deploy/", roleName: "Deploy", assumeRolePolicyDocument: trusting, description: "Deploys")
            ).role)
        #expect(made.arn == "arn:aws:iam::123456789012:role/deploy/Deploy")
        #expect(made.roleId?.wholeMatch(of: /AROA[A-Z2-7]{17}/) != nil)
        #expect(made.assumeRolePolicyDocument?.hasPrefix("%7B%22Version%22") == true)
        #expect(made.maxSessionDuration == nil)
        #expect(made.roleLastUsed == nil)
        let got = try await aws.iam.getRole(.init(roleName: "Deploy")).role
        #expect(got?.maxSessionDuration == 3600)
        #expect(got?.roleLastUsed != nil)
        #expect(got?.roleLastUsed?.lastUsedDate == nil)
        #expect(got?.description == "Deploys")
        let listed = try await aws.iam.listRoles(.init(pathPrefix: "/deploy/")).roles?.first
        #expect(listed?.maxSessionDuration == 3600)
        #expect(listed?.roleLastUsed == nil)
    }

    @Test func roleNamesAreUniqueAndUnknownRolesNotFound() async throws {
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trusting))
        await refused("EntityAlreadyExists", "Role with name Deploy already exists.", status: 409) {
            try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trusting))
        }
        await refused("NoSuchEntity", "The role with name test cannot be found.", status: 404) {
            _ = try await aws.iam.getRole(.init(roleName: "test"))
        }
    }

    @Test(arguments: [
        ("nonsense", "This policy contains invalid Json"),
        (
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*"}}"#,
            "Has prohibited field Resource"
        ),
        (allow("sts:AssumeRole"), "Missing required field Principal"),
        (
            trust(#"{"AWS":"arn:aws:iam::123456789012:user/Ghost"}"#),
            #"Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/Ghost""#
        ),
    ])
    func createRoleRejectsInvalidTrustPolicies(_ document: String, _ message: String) async throws {
        await refused("MalformedPolicyDocument", message, status: 400) {
            try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: document))
        }
    }

    @Test func deleteRoleRequiresNoPolicies() async throws {
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trusting))
        try await aws.iam.putRolePolicy(.init(roleName: "Deploy", policyName: "P", policyDocument: allow("ecr:*")))
        let managed = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
        try await aws.iam.attachRolePolicy(.init(roleName: "Deploy", policyArn: managed))
        #expect(try await aws.iam.listRolePolicies(.init(roleName: "Deploy")).policyNames == ["P"])
        #expect(try await aws.iam.getRolePolicy(.init(roleName: "Deploy", policyName: "P")).roleName == "Deploy")
        #expect(
            try await aws.iam.listAttachedRolePolicies(.init(roleName: "Deploy")).attachedPolicies?.map(\.policyArn) == [
                managed
            ])
        await refused("DeleteConflict", "Cannot delete entity, must detach all policies first.") {
            try await aws.iam.deleteRole(.init(roleName: "Deploy"))
        }
        try await aws.iam.detachRolePolicy(.init(roleName: "Deploy", policyArn: managed))
        await refused("DeleteConflict", "Cannot delete entity, must delete policies first.") {
            try await aws.iam.deleteRole(.init(roleName: "Deploy"))
        }
        try await aws.iam.deleteRolePolicy(.init(roleName: "Deploy", policyName: "P"))
        try await aws.iam.deleteRole(.init(roleName: "Deploy"))
    }

    @Test func updateAssumeRolePolicyReplacesTrust() async throws {
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trusting))
        let service = trust(#"{"Service":"ec2.amazonaws.com"}"#)
        try await aws.iam.updateAssumeRolePolicy(.init(roleName: "Deploy", policyDocument: service))
        let document = try await aws.iam.getRole(.init(roleName: "Deploy")).role?.assumeRolePolicyDocument
        #expect(document?.contains("ec2.amazonaws.com") == true)
    }

    @Test func roleBoundaryTagsAndDescriptionCanChange() async throws {
        let boundary = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: trusting, maxSessionDuration: 7200))
        try await aws.iam.putRolePermissionsBoundary(.init(roleName: "Deploy", permissionsBoundary: boundary))
        try await aws.iam.tagRole(.init(roleName: "Deploy", tags: [.init(key: "a", value: "b")]))
        try await aws.iam.updateRoleDescription(.init(roleName: "Deploy", description: "ships"))
        let role = try await aws.iam.getRole(.init(roleName: "Deploy")).role
        #expect(role?.permissionsBoundary?.permissionsBoundaryArn == boundary)
        #expect(role?.permissionsBoundary?.permissionsBoundaryType?.rawValue == "Policy")
        #expect(role?.tags?.map(\.key) == ["a"])
        #expect(role?.description == "ships")
        #expect(role?.maxSessionDuration == 7200)
        try await aws.iam.deleteRolePermissionsBoundary(.init(roleName: "Deploy"))
        try await aws.iam.untagRole(.init(roleName: "Deploy", tagKeys: ["a"]))
        try await aws.iam.updateRole(.init(roleName: "Deploy"))
        let plain = try await aws.iam.getRole(.init(roleName: "Deploy")).role
        #expect(plain?.permissionsBoundary == nil)
        #expect(plain?.tags == nil)
        #expect(plain?.description == nil)
        #expect(plain?.maxSessionDuration == 3600)
        #expect(try await aws.iam.listInstanceProfilesForRole(.init(roleName: "Deploy")).instanceProfiles?.isEmpty == true)
    }
}
