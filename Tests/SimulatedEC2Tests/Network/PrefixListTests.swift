import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct PrefixLists {
    private let aws = AWS.current

    private func create(
        _ name: String = "mine", entries: [String] = ["10.0.0.0/16"], max: Int = 5,
        _ change: (inout CreateManagedPrefixListRequest) -> Void = { _ in }
    ) async throws -> ManagedPrefixList {
        var request = CreateManagedPrefixListRequest(
            prefixListName: name, entries: entries.map { AddPrefixListEntry(cidr: $0) }, maxEntries: max, addressFamily: "IPv4")
        change(&request)
        let list = try #require(try await aws.ec2.createManagedPrefixList(request).prefixList)
        return list
    }

    private func describe(_ id: String?) async throws -> ManagedPrefixList {
        try #require(
            try await aws.ec2.describeManagedPrefixLists(.init(prefixListIds: [id ?? ""])).prefixLists?.first)
    }

    private func entries(_ id: String, version: Int? = nil) async throws -> [String] {
        try await aws.ec2.getManagedPrefixListEntries(.init(prefixListId: id, targetVersion: version)).entries?
            .compactMap(\.cidr) ?? []
    }

    @Test func managedPrefixListIsCreatedModifiedRestoredAndDeleted() async throws {
        let made = try await create {
            $0.tagSpecifications = [.init(resourceType: "prefix-list", tags: [Tag(key: "Name", value: "a")])]
        }
        let id = try #require(made.prefixListId)
        #expect(made.state == "create-in-progress" && made.version == 1 && made.ownerId == "123456789012")
        #expect(made.prefixListArn == "arn:aws:ec2:us-east-1:123456789012:prefix-list/\(id)")
        await refused("IncorrectState") {
            try await aws.ec2.modifyManagedPrefixList(.init(prefixListId: id, prefixListName: "other"))
        }
        aws.clock.advance(by: .seconds(5))
        #expect(try await describe(id).state == "create-complete")
        #expect(try await describe(id).tags?.map(\.value) == ["a"])
        let changed = try await aws.ec2.modifyManagedPrefixList(
            .init(
                prefixListId: id, currentVersion: 1, prefixListName: "other",
                addEntries: [.init(cidr: "10.1.0.0/16", description: "second")], removeEntries: [.init(cidr: "10.0.0.0/16")]))
        #expect(changed.prefixList?.version == 2 && changed.prefixList?.state == "modify-in-progress")
        aws.clock.advance(by: .seconds(5))
        #expect(try await describe(id).state == "modify-complete")
        #expect(try await describe(id).prefixListName == "other")
        #expect(try await entries(id) == ["10.1.0.0/16"])
        #expect(try await entries(id, version: 1) == ["10.0.0.0/16"])
        await refused("PrefixListVersionMismatch", "The prefix list has the incorrect version number.") {
            try await aws.ec2.modifyManagedPrefixList(
                .init(prefixListId: id, currentVersion: 1, addEntries: [.init(cidr: "10.2.0.0/16")]))
        }
        let restored = try await aws.ec2.restoreManagedPrefixListVersion(
            .init(prefixListId: id, previousVersion: 1, currentVersion: 2))
        #expect(restored.prefixList?.version == 3 && restored.prefixList?.state == "restore-in-progress")
        #expect(try await entries(id) == ["10.0.0.0/16"])
        aws.clock.advance(by: .seconds(5))
        #expect(try await describe(id).state == "restore-complete")
        #expect(
            try await aws.ec2.deleteManagedPrefixList(.init(prefixListId: id)).prefixList?.state == "delete-in-progress")
        aws.clock.advance(by: .seconds(5))
        await refused("InvalidPrefixListID.NotFound", "The prefix list ID '\(id)' does not exist") {
            try await describe(id)
        }
    }

    @Test func awsManagedPrefixListsAreDescribedAndReadOnly() async throws {
        let found = try await aws.ec2.describeManagedPrefixLists(
            .init(filters: [Filter(name: "prefix-list-name", values: ["com.amazonaws.us-east-1.s3"])]))
        let s3 = try #require(found.prefixLists?.first)
        #expect(s3.prefixListId == "pl-63a5400a" && s3.ownerId == "AWS" && s3.version == nil && s3.maxEntries == nil)
        #expect(s3.prefixListArn == "arn:aws:ec2:us-east-1:aws:prefix-list/pl-63a5400a")
        #expect(try await entries("pl-63a5400a").contains("54.231.0.0/16"))
        let older = try await aws.ec2.describePrefixLists(
            .init(filters: [Filter(name: "prefix-list-name", values: ["*.dynamodb"])]))
        #expect(older.prefixLists?.map(\.prefixListId) == ["pl-02cd2c6b"])
        await refused("UnauthorizedOperation") {
            try await aws.ec2.deleteManagedPrefixList(.init(prefixListId: "pl-63a5400a"))
        }
        await refused("InvalidPrefixListID.NotFound") {
            try await aws.ec2.describePrefixLists(.init(prefixListIds: ["pl-00000000"]))
        }
    }

    @Test func describeManagedPrefixListsPaginates() async throws {
        for index in 0..<3 { _ = try await create("list\(index)") }
        var names: [String] = [], token: String?
        repeat {
            let page = try await aws.ec2.describeManagedPrefixLists(.init(maxResults: 2, nextToken: token))
            names += page.prefixLists?.compactMap(\.prefixListName) ?? []
            token = page.nextToken
        } while token != nil
        #expect(names.suffix(3) == ["list0", "list1", "list2"] && Set(names).count == names.count)
        #expect(names.first == "com.amazonaws.us-east-1.s3")
    }

    @Test func securityGroupRulesReferencePrefixLists() async throws {
        let id = try #require(try await create(max: 50).prefixListId)
        let group = try await aws.group()
        let permission = IpPermission(
            ipProtocol: "tcp", fromPort: 443, toPort: 443, prefixListIds: [PrefixListId(prefixListId: id)])
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [permission]))
        let users = try await aws.ec2.getManagedPrefixListAssociations(.init(prefixListId: id)).prefixListAssociations
        #expect(users?.map(\.resourceId) == [group])
        await refused("DependencyViolation") { try await aws.ec2.deleteManagedPrefixList(.init(prefixListId: id)) }
        // A prefix list uses up its maximum number of entries in the rule quota.
        let eleven = (1...11).map { IpRange(cidrIp: "10.0.\($0).0/24") }
        await refused("RulesPerSecurityGroupLimitExceeded") {
            try await aws.ec2.authorizeSecurityGroupIngress(
                .init(
                    groupId: group,
                    ipPermissions: [IpPermission(ipProtocol: "tcp", fromPort: 80, toPort: 80, ipRanges: eleven)]))
        }
        await refused("InvalidPrefixListID.NotFound") {
            try await aws.ec2.authorizeSecurityGroupIngress(
                .init(
                    groupId: group,
                    ipPermissions: [
                        IpPermission(
                            ipProtocol: "tcp", fromPort: 80, toPort: 80,
                            prefixListIds: [PrefixListId(prefixListId: "pl-0123456789abcdef0")])
                    ]))
        }
        try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: group, ipPermissions: [permission]))
        try await aws.ec2.deleteManagedPrefixList(.init(prefixListId: id))
    }

    @Test func invalidPrefixListRequestsAreRejected() async throws {
        await refused("InvalidParameterValue") { try await create("com.amazonaws.mine") }
        await refused("InvalidParameterValue") { try await create(max: 0) }
        await refused("InvalidParameterValue") { try await create { $0.addressFamily = "IPv5" } }
        await refused("InvalidParameterValue") { try await create(entries: ["10.0.0.1/16"]) }
        await refused("InvalidParameterValue") { try await create(entries: ["2001:db8::/32"]) }
        await refused("InvalidParameterValue") { try await create(entries: ["10.0.0.0/16", "10.0.0.0/16"]) }
        // Assumed: the code.
        await refused("PrefixListMaxEntriesExceeded") { try await create(entries: ["10.0.0.0/16", "10.1.0.0/16"], max: 1) }
        let id = try #require(try await create(max: 1).prefixListId)
        aws.clock.advance(by: .seconds(5))
        let modify = { (adds: [String], removes: [String], version: Int?) in
            try await aws.ec2.modifyManagedPrefixList(
                .init(
                    prefixListId: id, currentVersion: version, addEntries: adds.map { .init(cidr: $0) },
                    removeEntries: removes.map { .init(cidr: $0) }))
        }
        await refused("MissingParameter") { try await modify(["10.1.0.0/16"], [], nil) }
        await refused("MissingParameter") { try await modify([], [], 1) }
        await refused("PrefixListMaxEntriesExceeded") { try await modify(["10.1.0.0/16"], [], 1) }
        await refused("InvalidPrefixListModification") { try await modify([], ["10.1.0.0/16"], 1) }
        await refused("InvalidPrefixListModification") { try await modify(["10.0.0.0/16"], [], 1) }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyManagedPrefixList(
                .init(prefixListId: id, currentVersion: 1, addEntries: [.init(cidr: "10.1.0.0/16")], maxEntries: 5))
        }
        await refused("InvalidPrefixListVersion.NotFound") {
            try await aws.ec2.restoreManagedPrefixListVersion(.init(prefixListId: id, previousVersion: 1, currentVersion: 1))
        }
        await refused("InvalidPrefixListId.Malformed") { try await entries("pl") }
        #expect(try await describe(id).version == 1)
    }
}
