import DrydockTesting
import Testing

@Suite(.simulator) struct InstanceProfiles {
    private let aws = AWS.current
    private let trusting =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#

    private func makeRole(_ name: String) async throws {
        try await aws.iam.createRole(.init(roleName: name, assumeRolePolicyDocument: trusting))
    }

    @Test func instanceProfileHasAtMostOneRole() async throws {
        let made = try #require(
            try await aws.iam.createInstanceProfile(
                .init(instanceProfileName: "Web", path: "/app/", tags: [.init(key: "a", value: "b")])
            ).instanceProfile)
        #expect(made.arn == "arn:aws:iam::123456789012:instance-profile/app/Web")
        #expect(made.instanceProfileId?.wholeMatch(of: /AIPA[A-Z2-7]{17}/) != nil)
        #expect(made.roles?.isEmpty != false)
        try await makeRole("Reader")
        try await makeRole("Writer")
        try await aws.iam.addRoleToInstanceProfile(.init(instanceProfileName: "Web", roleName: "Reader"))
        let got = try await aws.iam.getInstanceProfile(.init(instanceProfileName: "Web")).instanceProfile
        #expect(got?.roles?.map(\.roleName) == ["Reader"])
        #expect(got?.tags?.map(\.key) == ["a"])
        await refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", status: 409) {
            try await aws.iam.addRoleToInstanceProfile(.init(instanceProfileName: "Web", roleName: "Writer"))
        }
        let ofRole = try await aws.iam.listInstanceProfilesForRole(.init(roleName: "Reader")).instanceProfiles
        #expect(ofRole?.map(\.instanceProfileName) == ["Web"])
        #expect(try await aws.iam.listInstanceProfiles(.init(pathPrefix: "/other/")).instanceProfiles?.isEmpty == true)
        #expect(try await aws.iam.listInstanceProfiles(.init()).instanceProfiles?.count == 1)
    }

    @Test func instanceProfileAndRoleInUseAreNotDeleted() async throws {
        try await makeRole("Reader")
        try await aws.iam.createInstanceProfile(.init(instanceProfileName: "Web"))
        try await aws.iam.addRoleToInstanceProfile(.init(instanceProfileName: "Web", roleName: "Reader"))
        let sentence = "Cannot delete entity, must remove roles from instance profile first."
        await refused("DeleteConflict", sentence, status: 409) {
            try await aws.iam.deleteInstanceProfile(.init(instanceProfileName: "Web"))
        }
        await refused("DeleteConflict", sentence, status: 409) { try await aws.iam.deleteRole(.init(roleName: "Reader")) }
        try await aws.iam.removeRoleFromInstanceProfile(.init(instanceProfileName: "Web", roleName: "Reader"))
        try await aws.iam.deleteInstanceProfile(.init(instanceProfileName: "Web"))
        try await aws.iam.deleteRole(.init(roleName: "Reader"))
        await refused("NoSuchEntity", "Instance Profile Web cannot be found.", status: 404) {
            _ = try await aws.iam.getInstanceProfile(.init(instanceProfileName: "Web"))
        }
    }

    @Test func instanceProfileNamesAreUniqueIgnoringCase() async throws {
        try await aws.iam.createInstanceProfile(.init(instanceProfileName: "Web"))
        await refused("EntityAlreadyExists", "Instance Profile web already exists.", status: 409) {
            try await aws.iam.createInstanceProfile(.init(instanceProfileName: "web"))
        }
    }

    @Test func instanceProfileTagsAreAddedAndRemoved() async throws {
        try await aws.iam.createInstanceProfile(.init(instanceProfileName: "Web"))
        try await aws.iam.tagInstanceProfile(
            .init(instanceProfileName: "Web", tags: [.init(key: "a", value: "1"), .init(key: "b", value: "2")]))
        try await aws.iam.untagInstanceProfile(.init(instanceProfileName: "Web", tagKeys: ["a"]))
        #expect(try await aws.iam.listInstanceProfileTags(.init(instanceProfileName: "Web")).tags?.map(\.key) == ["b"])
    }
}
