import DrydockTesting
import Testing

@Suite(.simulator) struct Users {
    private let aws = AWS.current

    @Test func createUserReturnsIdARNAndPath() async throws {
        let user = try #require(
            try await aws.iam.createUser(.init(path: "/team/", userName: "Worker", tags: [.init(key: "Team", value: "web")]))
                .user)
        #expect(user.arn == "arn:aws:iam::123456789012:user/team/Worker")
        #expect(user.path == "/team/")
        #expect(user.userId?.wholeMatch(of: /AIDA[A-Z2-7]{17}/) != nil)
        #expect(user.createDate == Instant(seconds: aws.clock.now.seconds))
        #expect(user.tags?.map(\.value) == ["web"])
        #expect(user.permissionsBoundary == nil)
        let found = try await aws.iam.getUser(.init(userName: "Worker")).user
        #expect(found?.userId == user.userId)
        #expect(found?.tags?.first?.key == "Team")
    }

    @Test func userNamesAreUniqueIgnoringCase() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        await refused("EntityAlreadyExists", "User with name worker already exists.", status: 409) {
            try await aws.iam.createUser(.init(userName: "worker"))
        }
    }

    @Test func unknownUsersAreNotFound() async throws {
        let message = "The user with name Nobody cannot be found."
        await refused("NoSuchEntity", message, status: 404) { _ = try await aws.iam.getUser(.init(userName: "Nobody")) }
        await refused("NoSuchEntity", message) { try await aws.iam.deleteUser(.init(userName: "Nobody")) }
        await refused("NoSuchEntity", message) { try await aws.iam.createAccessKey(.init(userName: "Nobody")) }
        await refused("NoSuchEntity", message) { _ = try await aws.iam.listAttachedUserPolicies(.init(userName: "Nobody")) }
    }

    @Test(arguments: ["a b", "a/b", "a:b", "ä"])
    func createUserRejectsInvalidCharacters(_ name: String) async throws {
        await refused(
            "ValidationError",
            "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        ) { try await aws.iam.createUser(.init(userName: name)) }
    }

    @Test func createUserRejectsTooLongNameAndInvalidPath() async throws {
        await refused("ValidationError") { try await aws.iam.createUser(.init(userName: String(repeating: "x", count: 65))) }
        await refused("ValidationError") { try await aws.iam.createUser(.init(path: "team", userName: "Worker")) }
    }

    @Test func listUsersIsSortedFilteredAndPaginated() async throws {
        for name in ["dora", "Ann", "bob", "carl"] {
            try await aws.iam.createUser(.init(path: name == "Ann" ? "/" : "/team/", userName: name))
        }
        let all = try await aws.iam.listUsers()
        #expect(all.users?.compactMap(\.userName) == ["Ann", "bob", "carl", "dora"])
        #expect(all.isTruncated == false)
        #expect(all.marker == nil)
        let first = try await aws.iam.listUsers(.init(pathPrefix: "/team", maxItems: 2))
        #expect(first.users?.compactMap(\.userName) == ["bob", "carl"])
        #expect(first.isTruncated == true)
        let second = try await aws.iam.listUsers(.init(pathPrefix: "/team", marker: first.marker, maxItems: 2))
        #expect(second.users?.compactMap(\.userName) == ["dora"])
        #expect(second.isTruncated == false)
        await refused("ValidationError", "Invalid Marker.") { _ = try await aws.iam.listUsers(.init(marker: "nonsense")) }
    }

    @Test func listUsersContinuesAfterDeletedPage() async throws {
        for number in 1...5 { try await aws.iam.createUser(.init(userName: "u\(number)")) }
        var marker: String?
        var seen: [String] = []
        repeat {
            let page = try await aws.iam.listUsers(.init(marker: marker, maxItems: 2))
            for name in page.users?.compactMap(\.userName) ?? [] {
                try await aws.iam.deleteUser(.init(userName: name))
                seen.append(name)
            }
            marker = page.marker
        } while marker != nil
        #expect(seen == ["u1", "u2", "u3", "u4", "u5"])
    }

    @Test func renamingUserChangesARNAndKeepsId() async throws {
        let before = try await aws.iam.createUser(.init(userName: "Worker")).user
        let worker = aws.acting(as: try await aws.key(of: "Worker"))
        try await aws.iam.updateUser(.init(userName: "Worker", newPath: "/old/", newUserName: "Retired"))
        let after = try await aws.iam.getUser(.init(userName: "Retired")).user
        #expect(after?.userId == before?.userId)
        #expect(after?.arn == "arn:aws:iam::123456789012:user/old/Retired")
        #expect(try await worker.sts.getCallerIdentity().arn == after?.arn)
        try await aws.iam.createUser(.init(userName: "Worker"))
        await refused("EntityAlreadyExists") { try await aws.iam.updateUser(.init(userName: "Retired", newUserName: "Worker")) }
    }

    @Test func usersWithResourcesCannotBeDeleted() async throws {
        let name = "Worker"
        try await aws.iam.createUser(.init(userName: name))
        let key = try await aws.key(of: name)
        try await aws.iam.putUserPolicy(.init(userName: name, policyName: "P", policyDocument: allow("ecr:*")))
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess"
        try await aws.iam.attachUserPolicy(.init(userName: name, policyArn: admin))
        await refused("DeleteConflict", "Cannot delete entity, must detach all policies first.", status: 409) {
            try await aws.iam.deleteUser(.init(userName: name))
        }
        try await aws.iam.detachUserPolicy(.init(userName: name, policyArn: admin))
        await refused("DeleteConflict", "Cannot delete entity, must delete policies first.") {
            try await aws.iam.deleteUser(.init(userName: name))
        }
        try await aws.iam.deleteUserPolicy(.init(userName: name, policyName: "P"))
        await refused("DeleteConflict", "Cannot delete entity, must delete access keys first.") {
            try await aws.iam.deleteUser(.init(userName: name))
        }
        try await aws.iam.deleteAccessKey(.init(userName: name, accessKeyId: key.accessKeyId))
        try await aws.iam.deleteUser(.init(userName: name))
        await refused("NoSuchEntity") { _ = try await aws.iam.getUser(.init(userName: name)) }
    }

    /// The calls of Terraform before it deletes a user with `force_destroy`.
    @Test func newUserHasEmptyCredentialLists() async throws {
        let iam = AWS.current.iam
        try await iam.createUser(.init(userName: "Worker"))
        #expect(try await iam.listSSHPublicKeys(.init(userName: "Worker")).sshPublicKeys?.isEmpty == true)
        #expect(try await iam.listSigningCertificates(.init(userName: "Worker")).certificates?.isEmpty == true)
        let credentials = try await iam.listServiceSpecificCredentials(.init(userName: "Worker"))
        #expect(credentials.serviceSpecificCredentials?.isEmpty == true)
        #expect(try await iam.listMFADevices(.init(userName: "Worker")).mfaDevices?.isEmpty == true)
        #expect(try await iam.listVirtualMFADevices(.init(assignmentStatus: "Assigned")).virtualMFADevices?.isEmpty == true)
        await refused("NoSuchEntity", "Login Profile for User Worker cannot be found.", status: 404) {
            try await iam.deleteLoginProfile(.init(userName: "Worker"))
        }
        await refused("NoSuchEntity", "The user with name Nobody cannot be found.", status: 404) {
            _ = try await iam.listSSHPublicKeys(.init(userName: "Nobody"))
        }
    }

    @Test func getUserWithoutNameReturnsCaller() async throws {
        let root = try await aws.iam.getUser().user
        #expect(root?.arn == "arn:aws:iam::123456789012:root")
        #expect(root?.userId == account)
        let worker = try await aws.worker(allowing: allow("iam:GetUser", resource: "arn:aws:iam::*:user/${aws:username}"))
        #expect(try await worker.iam.getUser().user?.userName == "Worker")
        await refused(
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/Worker is not authorized to perform: iam:GetUser on resource: user/Other because "
                .replacing("user/Other", with: "arn:aws:iam::123456789012:user/Other")
                + "no identity-based policy allows the iam:GetUser action", status: 403
        ) { _ = try await worker.iam.getUser(.init(userName: "Other")) }
    }

    @Test func userTagKeysIgnoreCase() async throws {
        try await aws.iam.createUser(
            .init(userName: "Worker", tags: [.init(key: "Team", value: "web"), .init(key: "b", value: "")]))
        try await aws.iam.tagUser(.init(userName: "Worker", tags: [.init(key: "team", value: "db")]))
        #expect(try await aws.iam.listUserTags(.init(userName: "Worker")).tags?.map { $0.value } == ["", "db"])
        try await aws.iam.untagUser(.init(userName: "Worker", tagKeys: ["TEAM", "absent"]))
        #expect(try await aws.iam.listUserTags(.init(userName: "Worker")).tags?.map { $0.key } == ["b"])
        await refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.") {
            try await aws.iam.tagUser(
                .init(userName: "Worker", tags: [.init(key: "x", value: "1"), .init(key: "X", value: "2")]))
        }
        // That the names are reserved is documented; the message is assumed.
        await refused("InvalidInput", "Tag keys starting with 'aws:' are reserved for system use", status: 400) {
            try await aws.iam.tagUser(.init(userName: "Worker", tags: [.init(key: "AWS:x", value: "1")]))
        }
    }
}
