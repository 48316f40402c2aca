import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct SecurityGroups {
    private let aws = AWS.current

    @Test func newSecurityGroupAllowsOnlyEgress() async throws {
        let made = try await aws.ec2.createSecurityGroup(
            .init(
                description: "for the course", groupName: "universal",
                tagSpecifications: [TagSpecification(resourceType: "security-group", tags: [Tag(key: "Name", value: "u")])]))
        let id = try #require(made.groupId)
        #expect(made.securityGroupArn == "arn:aws:ec2:us-east-1:123456789012:security-group/\(id)")
        #expect(made.tags?.map(\.value) == ["u"])
        let group = try await aws.group(id: id)
        #expect(group.vpcId == (try await aws.defaultVpc().vpcId))
        #expect(group.ipPermissions?.isEmpty == true)
        #expect(group.ipPermissionsEgress?.map(\.ipProtocol) == ["-1"])
        #expect(group.tags?.map(\.key) == ["Name"])
    }

    @Test func securityGroupNamesAreUniqueWithinVpc() async throws {
        let first = try await aws.group()
        let vpc = try #require(try await aws.group(id: first).vpcId)
        await refused("InvalidGroup.Duplicate", "The security group 'web' already exists for VPC '\(vpc)'") {
            _ = try await aws.group()
        }
        let other = try await aws.vpc()
        _ = try await aws.group(vpc: other)
    }

    @Test(arguments: [
        ("sg-mine", "d", "Value (sg-mine) for parameter GroupName is invalid. Group names may not be in the format sg-*."),
        ("default", "d", "Cannot use reserved security group name: default"),
        (
            "web", "naïve",
            "Value (naïve) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported."
        ),
        (
            "web", "what?",
            "Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        ),
    ])
    func invalidSecurityGroupNamesAndDescriptionsAreRejected(name: String, description: String, message: String) async throws {
        await refused("InvalidParameterValue", message) {
            try await aws.ec2.createSecurityGroup(.init(description: description, groupName: name))
        }
    }

    @Test func deleteSecurityGroupRejectsGroupInUse() async throws {
        let web = try await aws.group("web"), data = try await aws.group("data")
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: data,
                ipPermissions: [
                    IpPermission(
                        ipProtocol: "tcp", fromPort: 5432, toPort: 5432, userIdGroupPairs: [UserIdGroupPair(groupId: web)])
                ]))
        await refused("DependencyViolation", "resource \(web) has a dependent object") {
            try await aws.ec2.deleteSecurityGroup(.init(groupId: web))
        }
        _ = try aws.interfaces(of: ["i-00000000000000001"], groups: [data])
        await refused("DependencyViolation") { try await aws.ec2.deleteSecurityGroup(.init(groupId: data)) }
        try aws.within { try NetworkInterfaceRecord.instanceTerminated("i-00000000000000001", $0) }
        try await aws.ec2.deleteSecurityGroup(.init(groupName: "data"))
        let deleted = try await aws.ec2.deleteSecurityGroup(.init(groupId: web))
        #expect(deleted.groupId == web)
        #expect(deleted.return == true)
        await refused("InvalidGroup.NotFound", "The security group '\(web)' does not exist") {
            try await aws.ec2.deleteSecurityGroup(.init(groupId: web))
        }
    }

    @Test func defaultSecurityGroupCannotBeDeleted() async throws {
        let group = try #require(try await aws.ec2.describeSecurityGroups().securityGroups?.first)
        let id = try #require(group.groupId)
        await refused("CannotDelete", "the specified group: \"\(id)\" name: \"default\" cannot be deleted by a user") {
            try await aws.ec2.deleteSecurityGroup(.init(groupId: id))
        }
    }

    @Test func unknownAndMalformedSecurityGroupsAreRejected() async throws {
        let vpc = try #require(try await aws.defaultVpc().vpcId)
        await refused("InvalidGroup.NotFound", "The security group 'nobody' does not exist in default VPC '\(vpc)'") {
            try await aws.ec2.describeSecurityGroups(.init(groupNames: ["nobody"]))
        }
        await refused("InvalidGroupId.Malformed", "Invalid id: \"web\" (expecting \"sg-...\")") {
            try await aws.ec2.describeSecurityGroups(.init(groupIds: ["web"]))
        }
        await refused("MissingParameter", "The request must contain the parameter groupName or groupId") {
            try await aws.ec2.deleteSecurityGroup(.init())
        }
    }

    @Test(arguments: [
        ("group-name", "w*", 1), ("ip-permission.from-port", "22", 1), ("ip-permission.cidr", "0.0.0.0/0", 1),
        ("ip-permission.protocol", "tcp", 1), ("egress.ip-permission.cidr", "0.0.0.0/0", 2), ("description", "for tests", 1),
        ("owner-id", "123456789012", 2), ("ip-permission.group-id", "sg-*", 1), ("tag-key", "Name", 0),
    ])
    func describeSecurityGroupsAppliesFilters(name: String, value: String, count: Int) async throws {
        let id = try await aws.group()
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, ipPermissions: [.tcp(22, "0.0.0.0/0")]))
        let found = try await aws.ec2.describeSecurityGroups(.init(filters: [Filter(name: name, values: [value])]))
        #expect(found.securityGroups?.count == count)
    }
}

/// Describing several resources takes as many SQL statements as describing one.
@Suite(.simulator) struct DescribeStatementCounts {
    private let aws = AWS.current

    private func statements(_ call: (EC2Simulation, Context) throws -> Void) throws -> Int {
        try aws.within { context in
            var count = 0
            context.db.trace { _ in count += 1 }
            defer { context.db.trace() }
            try call(EC2Simulation(), context)
            return count
        }
    }

    @Test func describeStatementCountIsIndependentOfResourceCount() async throws {
        for name in ["a", "b", "c"] { _ = try await aws.group(name) }
        _ = try aws.interfaces(of: (0..<3).map { "i-0000000000000000\($0)" })
        let groups = try statements { _ = try $0.describeSecurityGroups(.init(), $1) }
        let interfaces = try statements { _ = try $0.describeNetworkInterfaces(.init(), $1) }
        #expect(groups > 0)
        for index in 0..<40 { _ = try await aws.group("more-\(index)") }
        _ = try aws.interfaces(of: (10..<50).map { "i-000000000000000\($0)" })
        #expect(try statements { _ = try $0.describeSecurityGroups(.init(), $1) } == groups)
        #expect(try statements { _ = try $0.describeNetworkInterfaces(.init(), $1) } == interfaces)
    }
}
