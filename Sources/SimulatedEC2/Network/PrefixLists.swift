import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html

extension Resource where S == ManagedPrefixList {
    static let prefixList = Resource(
        ResourceKind(
            "pl", type: "prefix-list", code: "InvalidPrefixListID", notFound: "The prefix list ID '%' does not exist",
            malformed: "InvalidPrefixListId.Malformed"),
        id: \.prefixListId, tags: \.tags,
        life: LifeCycle(
            show: { $0.state = PrefixListState($1) }, initial: "create-in-progress", deleting: "delete-in-progress",
            steps: [
                "create-in-progress": .init(after: .seconds(3), isFixed: false) { _, _ in "create-complete" },
                "modify-in-progress": .init(after: .seconds(3), isFixed: false) { _, _ in "modify-complete" },
                "restore-in-progress": .init(after: .seconds(3), isFixed: false) { _, _ in "restore-complete" },
                "delete-in-progress": .init(after: .seconds(3), isFixed: false) {
                    try PrefixListEntries.deleteAll(of: $0.prefixListId ?? "", $1)
                    return nil
                },
            ], gone: [])
    ).owned(by: \.ownerId)
}

/// The entries of the account's prefix lists, by version.
enum PrefixListEntries {
    static let migration = Migration(
        "ec2.prefix_list_entry",
        """
        CREATE TABLE ec2_prefix_list_entry (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, list_id TEXT NOT NULL,
            version INTEGER NOT NULL, cidr TEXT NOT NULL, description TEXT, UNIQUE (account, region, list_id, version, cidr)
        )
        """)

    static func of(_ list: String, version: Int, _ context: Context) throws -> [PrefixListEntry] {
        try context.reading(ReadKey(PrefixListEntries.self, context, list, [version])) {
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT cidr, description FROM ec2_prefix_list_entry
                    WHERE account = ? AND region = ? AND list_id = ? AND version = ? ORDER BY number
                    """)
            return try StoredRow.all(statement, [context.account, context.region, list, version]) {
                PrefixListEntry(cidr: try $0[0], description: try $0[1])
            }
        }
    }

    static func set(_ entries: [PrefixListEntry], of list: String, version: Int, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                INSERT INTO ec2_prefix_list_entry (account, region, list_id, version, cidr, description)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        for entry in entries {
            try statement.execute(arguments: [
                context.account, context.region, list, version, entry.cidr, entry.description,
            ])
        }
    }

    static func deleteAll(of list: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ec2_prefix_list_entry WHERE account = ? AND region = ? AND list_id = ?"
        ).execute(arguments: [context.account, context.region, list])
    }
}

extension ManagedPrefixList {
    /// - Throws: AWS's errors for a malformed id, and for one that names neither the account's list nor AWS's.
    static func require(_ id: String, _ context: Context) throws {
        if AWSPrefixList.find(id, context.region) != nil { return }
        try Resource.prefixList.kind.require(id, context)
    }

    /// Returns the list's current blocks; none if the list does not exist.
    static func blocks(of id: String, _ context: Context) throws -> [String] {
        if let list = AWSPrefixList.find(id, context.region) { return list.blocks }
        guard let list = try Resource.prefixList.find(id, context)?.shape else { return [] }
        return try PrefixListEntries.of(id, version: list.version ?? 1, context).compactMap(\.cidr)
    }

    /// Returns the number of security group rules or routes that a reference to the list counts as.
    static func weight(of id: String, _ context: Context) throws -> Int {
        if let list = AWSPrefixList.find(id, context.region) { return list.weight }
        return try Resource.prefixList.find(id, context)?.shape.maxEntries ?? 1
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createManagedPrefixList(
        _ input: CreateManagedPrefixListRequest, _ context: Context
    ) throws -> CreateManagedPrefixListResult {
        try PrefixListRules.check(name: input.prefixListName)
        guard ["IPv4", "IPv6"].contains(input.addressFamily) else {
            throw AWSError.invalidValue(input.addressFamily, for: "AddressFamily", "Valid values are IPv4 and IPv6.")
        }
        try PrefixListRules.check(maximum: input.maxEntries)
        let entries = try PrefixListRules.entries(input.entries ?? [], family: input.addressFamily)
        guard entries.count <= input.maxEntries else { throw AWSError.tooManyEntries(input.maxEntries) }
        let list = try context.create(.prefixList, input) { list in
            guard try Resource.prefixList.all(context).count < 100 else {
                throw AWSError("PrefixListLimitExceeded", "The maximum number of prefix lists has been reached.")
            }
            let id = list.prefixListId ?? ""
            list.prefixListName = input.prefixListName
            list.addressFamily = input.addressFamily
            list.maxEntries = input.maxEntries
            list.version = 1
            list.prefixListArn = Resource.prefixList.kind.arn(id, context)
            try PrefixListEntries.set(entries, of: id, version: 1, context)
        }
        return CreateManagedPrefixListResult(prefixList: list)
    }

    public func deleteManagedPrefixList(
        _ input: DeleteManagedPrefixListRequest, _ context: Context
    ) throws -> DeleteManagedPrefixListResult {
        _ = try PrefixListRules.ofOnesOwn(input.prefixListId, context)
        return DeleteManagedPrefixListResult(prefixList: try context.delete(.prefixList, input.prefixListId))
    }

    public func describeManagedPrefixLists(
        _ input: DescribeManagedPrefixListsRequest, _ context: Context
    ) throws -> DescribeManagedPrefixListsResult {
        let paging = try Paging(input, ids: input.prefixListIds, named: "prefixListIds", usually: 100, context)
        let wanted = input.prefixListIds ?? []
        let aws = AWSPrefixList.all(context.region).filter { wanted.isEmpty || wanted.contains($0.id) }
        let others = wanted.filter { id in !aws.contains { $0.id == id } }
        let own = wanted.isEmpty || !others.isEmpty ? try Resource.prefixList.list(others, context) : []
        let tags = try TagIndex(Resource.prefixList.kind, ids: own.map { $0.shape.prefixListId ?? "" }, context)
        let shapes =
            aws.map { $0.shape(context) }
            + own.map { stored in
                var shape = stored.shape
                shape.tags = tags[shape.prefixListId ?? ""]
                return shape
            }
        // AWS's lists have no number: they come first, in their own order.
        var numbers: [String: Int64] = [:]
        for (index, list) in aws.enumerated() { numbers[list.id] = Int64(index) - 1_000_000 }
        for stored in own { numbers[stored.shape.prefixListId ?? ""] = stored.number }
        let page = try paging.page(Resource.prefixList.filterTable.apply(input.filters, to: shapes, context)) {
            .number(numbers[$0.prefixListId ?? ""] ?? 0)
        }
        return DescribeManagedPrefixListsResult(nextToken: page.nextToken, prefixLists: page.items)
    }

    public func modifyManagedPrefixList(
        _ input: ModifyManagedPrefixListRequest, _ context: Context
    ) throws -> ModifyManagedPrefixListResult {
        if input.ipamPrefixListResolverSyncEnabled != nil {
            throw AWSError.notSimulated("ec2", "ModifyManagedPrefixList with an IPAM resolver")
        }
        var stored = try PrefixListRules.ofOnesOwn(input.prefixListId, context)
        let adds = input.addEntries ?? [], removes = input.removeEntries ?? []
        let changesEntries = !adds.isEmpty || !removes.isEmpty
        guard changesEntries || input.prefixListName != nil || input.maxEntries != nil else {
            throw AWSError("MissingParameter", "The request must contain at least one change to the prefix list")
        }
        if changesEntries, input.maxEntries != nil {
            throw AWSError.invalidCombination(
                "You cannot modify the entries of a prefix list and modify the size of a prefix list at the same time.")
        }
        if let version = input.currentVersion, version != stored.shape.version { throw AWSError.otherVersion }
        if changesEntries, input.currentVersion == nil { throw AWSError.missingParameter("CurrentVersion") }
        try PrefixListRules.requireAtRest(stored)
        if let name = input.prefixListName {
            try PrefixListRules.check(name: name)
            stored.shape.prefixListName = name
        }
        let version = stored.shape.version ?? 1
        let present = try PrefixListEntries.of(input.prefixListId, version: version, context)
        if let maximum = input.maxEntries {
            try PrefixListRules.check(maximum: maximum)
            guard present.count <= maximum else { throw AWSError.tooManyEntries(maximum) }
            stored.shape.maxEntries = maximum
        }
        if changesEntries {
            let entries = try PrefixListRules.changed(present, adds, removes, family: stored.shape.addressFamily ?? "IPv4")
            try Self.setNewVersion(entries, of: &stored, context)
        }
        try Resource.prefixList.move(&stored, to: "modify-in-progress", at: context.now, context)
        return ModifyManagedPrefixListResult(prefixList: try context.shown(.prefixList, stored))
    }

    public func restoreManagedPrefixListVersion(
        _ input: RestoreManagedPrefixListVersionRequest, _ context: Context
    ) throws -> RestoreManagedPrefixListVersionResult {
        var stored = try PrefixListRules.ofOnesOwn(input.prefixListId, context)
        let version = stored.shape.version ?? 1
        guard input.currentVersion == version else { throw AWSError.otherVersion }
        guard (1..<version).contains(input.previousVersion) else { throw AWSError.noVersion(input.previousVersion) }
        try PrefixListRules.requireAtRest(stored)
        let entries = try PrefixListEntries.of(input.prefixListId, version: input.previousVersion, context)
        try Self.setNewVersion(entries, of: &stored, context)
        try Resource.prefixList.move(&stored, to: "restore-in-progress", at: context.now, context)
        return RestoreManagedPrefixListVersionResult(prefixList: try context.shown(.prefixList, stored))
    }

    /// - Throws: `PrefixListMaxEntriesExceeded` for more entries than the list may have.
    private static func setNewVersion(
        _ entries: [PrefixListEntry], of stored: inout Stored<ManagedPrefixList>, _ context: Context
    ) throws {
        let maximum = stored.shape.maxEntries ?? 0, version = (stored.shape.version ?? 1) + 1
        guard entries.count <= maximum else { throw AWSError.tooManyEntries(maximum) }
        stored.shape.version = version
        try PrefixListEntries.set(entries, of: stored.shape.prefixListId ?? "", version: version, context)
    }

    public func getManagedPrefixListEntries(
        _ input: GetManagedPrefixListEntriesRequest, _ context: Context
    ) throws -> GetManagedPrefixListEntriesResult {
        let paging = try Paging(input, usually: 100, context)
        let entries: [PrefixListEntry]
        if let list = AWSPrefixList.find(input.prefixListId, context.region) {
            entries = list.blocks.map { PrefixListEntry(cidr: $0) }
        } else {
            let list = try Resource.prefixList.get(input.prefixListId, context).shape
            let version = input.targetVersion ?? list.version ?? 1
            guard (1...(list.version ?? 1)).contains(version) else { throw AWSError.noVersion(version) }
            entries = try PrefixListEntries.of(input.prefixListId, version: version, context)
        }
        let page = try paging.page(fixed: entries)
        return GetManagedPrefixListEntriesResult(entries: page.items, nextToken: page.nextToken)
    }

    public func getManagedPrefixListAssociations(
        _ input: GetManagedPrefixListAssociationsRequest, _ context: Context
    ) throws -> GetManagedPrefixListAssociationsResult {
        let paging = try Paging(input, context)
        // AWS does not report who uses its own lists.
        _ = try PrefixListRules.ofOnesOwn(input.prefixListId, context)
        let users = try PrefixListRules.users(of: input.prefixListId, context)
        let page = try paging.page(users.map { PrefixListAssociation(resourceId: $0, resourceOwner: context.account) }) {
            .name($0.resourceId ?? "")
        }
        return GetManagedPrefixListAssociationsResult(prefixListAssociations: page.items, nextToken: page.nextToken)
    }

    /// Returns AWS's own lists in the older form.
    public func describePrefixLists(
        _ input: DescribePrefixListsRequest, _ context: Context
    ) throws -> DescribePrefixListsResult {
        let paging = try Paging(input, ids: input.prefixListIds, named: "prefixListIds", context)
        let wanted = input.prefixListIds ?? []
        let lists = AWSPrefixList.all(context.region).filter { wanted.isEmpty || wanted.contains($0.id) }
        if let absent = wanted.first(where: { id in !lists.contains { $0.id == id } }) {
            try Resource.prefixList.kind.check(absent)
            throw Resource.prefixList.kind.notFound(absent)
        }
        let shapes = lists.map { PrefixList(cidrs: $0.blocks, prefixListId: $0.id, prefixListName: $0.name) }
        let page = try paging.page(fixed: FilterTable<PrefixList>().apply(input.filters, to: shapes, context))
        return DescribePrefixListsResult(nextToken: page.nextToken, prefixLists: page.items)
    }
}

/// The checks for the account's own prefix lists.
private enum PrefixListRules {
    static func check(name: String) throws {
        guard !name.isEmpty, name.unicodeScalars.count <= 255 else {
            throw AWSError.invalidValue(name, for: "PrefixListName", "Names have between 1 and 255 characters.")
        }
        guard !name.lowercased().hasPrefix("com.amazonaws") else {
            throw AWSError.invalidValue(name, for: "PrefixListName", "Names may not start with com.amazonaws.")
        }
    }

    static func check(maximum: Int) throws {
        guard (1...1000).contains(maximum) else {
            throw AWSError.invalidValue("\(maximum)", for: "MaxEntries", "Valid values are between 1 and 1000.")
        }
    }

    /// - Throws: AWS's errors, also for AWS's own lists, which no caller can change.
    static func ofOnesOwn(_ id: String, _ context: Context) throws -> Stored<ManagedPrefixList> {
        guard AWSPrefixList.find(id, context.region) == nil else {
            throw AWSError("UnauthorizedOperation", status: 403, "You are not authorized to perform this operation.")
        }
        return try Resource.prefixList.get(id, context)
    }

    static func requireAtRest(_ list: Stored<ManagedPrefixList>) throws {
        guard list.phase.hasSuffix("-complete") else {
            throw AWSError(
                "IncorrectState",
                "The prefix list '\(list.shape.prefixListId ?? "")' is in an invalid state (\(list.phase)) for this operation.",
                explanation: "A change takes a moment; DescribeManagedPrefixLists shows its state.")
        }
    }

    static func entries(_ requests: [AddPrefixListEntry], family: String) throws -> [PrefixListEntry] {
        // AWS's limit: 100 entries per request.
        guard requests.count <= 100 else {
            throw AWSError("RequestLimitExceeded", "The maximum number of entries in a request is 100.")
        }
        let entries = try requests.map { request in
            let cidr = try block(request.cidr, family)
            if let text = request.description, text.unicodeScalars.count > 255 {
                throw AWSError.invalidValue(text, for: "Description", "Descriptions have at most 255 characters.")
            }
            return PrefixListEntry(cidr: cidr, description: request.description)
        }
        guard Set(entries.map { $0.cidr ?? "" }).count == entries.count else {
            throw AWSError("InvalidParameterValue", "The same CIDR must not appear multiple times in a prefix list")
        }
        return entries
    }

    private static func block(_ text: String, _ family: String) throws -> String {
        guard text.contains("/"), let range = AddressRange(text), range.isIPv6 == (family == "IPv6") else {
            throw AWSError.invalidValue(text, for: "Cidr", "This is not a valid \(family) CIDR block.")
        }
        guard range.isIPv6 || range.canonicalText == text else {
            throw AWSError.invalidValue(
                text, for: "Cidr", "The CIDR block has host bits set; \(range.canonicalText) is meant.")
        }
        return range.canonicalText
    }

    static func changed(
        _ present: [PrefixListEntry], _ adds: [AddPrefixListEntry], _ removes: [RemovePrefixListEntry], family: String
    ) throws -> [PrefixListEntry] {
        let added = try entries(adds, family: family)
        guard removes.count <= 100 else {
            throw AWSError("RequestLimitExceeded", "The maximum number of entries in a request is 100.")
        }
        let removed = try removes.map { try block($0.cidr, family) }
        if let both = added.first(where: { removed.contains($0.cidr ?? "") }) {
            throw AWSError(
                "InvalidParameterValue",
                "Request cannot contain Cidr \(both.cidr ?? "") in both AddPrefixListEntries and RemovePrefixListEntries")
        }
        let known = Set(present.map { $0.cidr ?? "" })
        if let absent = removed.first(where: { !known.contains($0) }) {
            throw AWSError("InvalidPrefixListModification", "The entry \(absent) does not exist in the prefix list.")
        }
        if let twice = added.first(where: { known.contains($0.cidr ?? "") }) {
            throw AWSError("InvalidPrefixListModification", "The entry \(twice.cidr ?? "") already exists in the prefix list.")
        }
        return present.filter { !removed.contains($0.cidr ?? "") } + added
    }

    /// Returns the ids of the security groups and route tables that refer to a list, sorted.
    static func users(of id: String, _ context: Context) throws -> [String] {
        let rules = try SecurityGroupRuleRecord.all(context, "AND peer_kind = 'prefix-list' AND peer = ?", [id])
        let tables = try Resource.routeTable.all(context).map(\.shape).filter { table in
            table.routes?.contains { $0.destinationPrefixListId == id } ?? false
        }
        return Set(rules.map(\.groupId) + tables.compactMap(\.routeTableId)).sorted()
    }
}

extension AWSError {
    fileprivate static let otherVersion = AWSError(
        "PrefixListVersionMismatch", "The prefix list has the incorrect version number.")

    fileprivate static func noVersion(_ version: Int) -> AWSError {
        AWSError("InvalidPrefixListVersion.NotFound", "The prefix list version '\(version)' does not exist.")
    }

    fileprivate static func tooManyEntries(_ maximum: Int) -> AWSError {
        AWSError(
            "PrefixListMaxEntriesExceeded", "You've reached the maximum number of entries for the prefix list.",
            explanation: "Its maximum number of entries is \(maximum).")
    }
}
