import DrydockTesting
import Testing

@Suite(.simulator) struct Groups {
    private let aws = AWS.current

    @Test func groupPoliciesApplyToMembers() async throws {
        let worker = try await aws.worker()
        let made = try #require(try await aws.iam.createGroup(.init(path: "/teams/", groupName: "Web")).group)
        #expect(made.arn == "arn:aws:iam::123456789012:group/teams/Web")
        #expect(made.groupId?.wholeMatch(of: /AGPA[A-Z2-7]{17}/) != nil)
        try await aws.iam.addUserToGroup(.init(groupName: "Web", userName: "Worker"))
        try await aws.iam.addUserToGroup(.init(groupName: "web", userName: "Worker"))
        await refused("AccessDeniedException") { _ = try await worker.ecr.describeRepositories() }
        try await aws.iam.putGroupPolicy(
            .init(groupName: "Web", policyName: "Look", policyDocument: allow("ecr:DescribeRepositories")))
        _ = try await worker.ecr.describeRepositories()
        try await aws.iam.putGroupPolicy(
            .init(groupName: "Web", policyName: "Keep", policyDocument: deny("ecr:DescribeRepositories", sid: "No")))
        await refused(
            "AccessDeniedException",
            explanation: "statement 'No' of the inline policy 'Keep' of group 'Web' of user 'Worker'"
        ) { _ = try await worker.ecr.describeRepositories() }
        try await aws.iam.deleteGroupPolicy(.init(groupName: "Web", policyName: "Keep"))
        try await aws.iam.deleteGroupPolicy(.init(groupName: "Web", policyName: "Look"))
        try await aws.iam.attachGroupPolicy(
            .init(groupName: "Web", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"))
        _ = try await worker.ecr.describeRepositories()
        #expect(
            try await aws.iam.listEntitiesForPolicy(
                .init(policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")
            ).policyGroups?.map(\.groupName) == ["Web"])
        try await aws.iam.removeUserFromGroup(.init(groupName: "Web", userName: "Worker"))
        await refused("AccessDeniedException") { _ = try await worker.ecr.describeRepositories() }
    }

    @Test func groupMembershipsAreListedByUserAndGroup() async throws {
        try await aws.iam.createUser(.init(userName: "a"))
        try await aws.iam.createUser(.init(userName: "b"))
        for name in ["One", "Two"] {
            try await aws.iam.createGroup(.init(groupName: name))
            try await aws.iam.addUserToGroup(.init(groupName: name, userName: "a"))
        }
        try await aws.iam.addUserToGroup(.init(groupName: "Two", userName: "b"))
        #expect(try await aws.iam.listGroupsForUser(.init(userName: "a")).groups?.map(\.groupName) == ["One", "Two"])
        let first = try await aws.iam.getGroup(.init(groupName: "Two", maxItems: 1))
        #expect(first.users?.map(\.userName) == ["a"] && first.isTruncated == true)
        #expect(try await aws.iam.getGroup(.init(groupName: "Two", marker: first.marker)).users?.map(\.userName) == ["b"])
        #expect(try await aws.iam.listGroups().groups?.count == 2)
    }

    @Test func groupNamesAreUniqueAndRenamable() async throws {
        try await aws.iam.createGroup(.init(groupName: "Web"))
        try await aws.iam.createGroup(.init(groupName: "Data"))
        await refused("EntityAlreadyExists", "Group with name WEB already exists.", status: 409) {
            try await aws.iam.createGroup(.init(groupName: "WEB"))
        }
        await refused("EntityAlreadyExists") {
            try await aws.iam.updateGroup(.init(groupName: "Data", newGroupName: "web"))
        }
        try await aws.iam.updateGroup(.init(groupName: "Data", newPath: "/x/", newGroupName: "Rows"))
        #expect(
            try await aws.iam.getGroup(.init(groupName: "Rows")).group?.arn == "arn:aws:iam::123456789012:group/x/Rows")
        await refused("NoSuchEntity", "The group with name Data cannot be found.", status: 404) {
            _ = try await aws.iam.getGroup(.init(groupName: "Data"))
        }
    }

    @Test func deleteGroupRequiresNoMembersOrPolicies() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.createGroup(.init(groupName: "Web"))
        try await aws.iam.addUserToGroup(.init(groupName: "Web", userName: "Worker"))
        await refused("DeleteConflict", "Cannot delete entity, must remove users from group first.", status: 409) {
            try await aws.iam.deleteGroup(.init(groupName: "Web"))
        }
        await refused("DeleteConflict", "Cannot delete entity, must remove users from group first.", status: 409) {
            try await aws.iam.deleteUser(.init(userName: "Worker"))
        }
        try await aws.iam.removeUserFromGroup(.init(groupName: "Web", userName: "Worker"))
        await refused("NoSuchEntity") {
            try await aws.iam.removeUserFromGroup(.init(groupName: "Web", userName: "Worker"))
        }
        try await aws.iam.putGroupPolicy(.init(groupName: "Web", policyName: "P", policyDocument: allow("ecr:*")))
        await refused("DeleteConflict", "Cannot delete entity, must delete policies first.") {
            try await aws.iam.deleteGroup(.init(groupName: "Web"))
        }
        try await aws.iam.deleteGroupPolicy(.init(groupName: "Web", policyName: "P"))
        try await aws.iam.deleteGroup(.init(groupName: "Web"))
    }

    @Test func userIsLimitedToTenGroups() async throws {
        try await aws.iam.createUser(.init(userName: "Worker"))
        for number in 1...11 { try await aws.iam.createGroup(.init(groupName: "G\(number)")) }
        for number in 1...10 { try await aws.iam.addUserToGroup(.init(groupName: "G\(number)", userName: "Worker")) }
        await refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", status: 409) {
            try await aws.iam.addUserToGroup(.init(groupName: "G11", userName: "Worker"))
        }
    }
}
