import AWSCore
import GRDB
public import SimulatorCore

/// Looks up access keys and policies for the authentication and authorization of requests.
public struct IAMDirectory: IdentityDirectory {
    public init() {}

    public func credential(accessKeyId: String, _ db: Database) throws -> StoredCredential? {
        if accessKeyId.hasPrefix("ASIA") { return try SessionRecord.find(accessKeyId, db)?.credential(db) }
        let statement = try db.cachedStatement(
            sql: """
                SELECT k.secret, k.status, k.is_deleted, k.account, k.owner_id, u.name, u.arn
                FROM iam_access_key k LEFT JOIN iam_user u ON u.id = k.owner_id WHERE k.id = ?
                """)
        return try StoredRow.first(statement, [accessKeyId]) { try Self.credential($0, accessKeyId, db) }
    }

    public func isExpiredSessionKey(_ accessKeyId: String, token: String, _ db: Database) throws -> Bool {
        try accessKeyId.hasPrefix("ASIA") && SessionRecord.isForgotten(accessKeyId, token: token, db)
    }

    public func hasPrincipal(_ arn: String, _ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM iam_user WHERE arn = ?1 UNION ALL SELECT 1 FROM iam_role WHERE arn = ?1)")
        return try Bool.fetchOne(statement, arguments: [arn]) ?? false
    }

    private static func credential(_ row: StoredRow, _ accessKeyId: String, _ db: Database) throws -> StoredCredential {
        let account: String = try row[3], owner: String = try row[4]
        let credentials = try Credentials(accessKeyId: accessKeyId, secretAccessKey: row[0])
        guard owner != account else {
            return try StoredCredential(
                credentials: credentials, caller: .root(of: account, accessKeyId: accessKeyId),
                isActive: row[1] as String? == "Active" && row[2] as Int? == 0)
        }
        guard let name: String = try row[5], let arn: String = try row[6] else {
            // The user was deleted, but its key is kept.
            let gone = Caller(kind: .anonymous, account: account, arn: "", userId: owner, accessKeyId: accessKeyId)
            return StoredCredential(credentials: credentials, caller: gone, isActive: false)
        }
        let caller = try Caller.user(name, id: owner, arn: arn, account: account, accessKeyId: accessKeyId, db)
        return try StoredCredential(
            credentials: credentials, caller: caller, isActive: row[1] as String? == "Active" && row[2] as Int? == 0)
    }

    public func policies(of caller: Caller, _ db: Database) throws -> CallerPolicies {
        var owner: (id: String, title: String)
        switch caller.kind {
        case .root, .anonymous, .federatedUser(_, nil): return CallerPolicies()
        case .federatedUser(let name, let user?): owner = (user, "the user behind federated user '\(name)'")
        case .user(let name): owner = (caller.userId, "user '\(name)'")
        case .assumedRole(let role, _): owner = (String(caller.userId.prefix { $0 != ":" }), "role '\(role)'")
        }
        var policies = CallerPolicies()
        try add(owner.id, owner.title, to: &policies, db)
        if owner.id.hasPrefix("AIDA") {
            let groups = try db.cachedStatement(
                sql: """
                    SELECT g.id, g.name FROM iam_membership m JOIN iam_group g ON g.id = m.group_id WHERE m.user_id = ?
                    ORDER BY g.name
                    """)
            let found: [(String, String)] = try StoredRow.all(groups, [owner.id]) { (try $0[0], try $0[1]) }
            for (id, name) in found { try add(id, "group '\(name)' of \(owner.title)", to: &policies, db) }
        }
        return policies
    }

    /// Adds the policies attached to a user, role or group.
    private func add(_ id: String, _ title: String, to policies: inout CallerPolicies, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                SELECT 0, name, document FROM iam_inline_policy WHERE owner_id = ?1
                UNION ALL SELECT 1, a.policy_arn, v.document FROM iam_attachment a
                    LEFT JOIN iam_policy p ON p.arn = a.policy_arn
                    LEFT JOIN iam_policy_version v ON v.policy_arn = p.arn AND v.version = p.default_version
                    WHERE a.owner_id = ?1
                UNION ALL SELECT 2, o.boundary, v.document
                    FROM (SELECT id, boundary FROM iam_user UNION ALL SELECT id, boundary FROM iam_role) o
                    LEFT JOIN iam_policy p ON p.arn = o.boundary
                    LEFT JOIN iam_policy_version v ON v.policy_arn = p.arn AND v.version = p.default_version
                    WHERE o.id = ?1 AND o.boundary IS NOT NULL
                """)
        let rows = try StoredRow.fetchCursor(statement, arguments: [id])
        while let row = try rows.next() {
            let kind: Int = try row[0], name: String = try row[1]
            // A managed policy without a stored document is AWS's.
            guard let document: String = try row[2] ?? AWSManagedPolicy.named(name)?.document else { continue }
            switch kind {
            case 0: policies.identity.append(.init(name: "inline policy '\(name)' of \(title)", document: document))
            case 1: policies.identity.append(.init(name: "managed policy \(name), attached to \(title)", document: document))
            default: policies.boundary = .init(name: "permissions boundary \(name) of \(title)", document: document)
            }
        }
    }

    /// Records the last use of a key, at most once a minute, so that most requests only read.
    public func noteUse(of accessKeyId: String, service: String, region: String, at now: Instant, _ db: Database) throws {
        // IAM's access key ids have 20 characters, so `test` needs no database query.
        guard accessKeyId.utf8.count == 20 else { return }
        let time = now.milliseconds
        if accessKeyId.hasPrefix("ASIA") {
            try db.cachedStatement(
                sql: """
                    UPDATE iam_role SET used_at = ?1, used_region = ?2
                    WHERE id = (SELECT principal_id FROM sts_session WHERE access_key_id = ?3)
                        AND (used_at IS NULL OR used_at NOT BETWEEN ?1 - 59999 AND ?1 OR used_region <> ?2)
                    """
            ).execute(arguments: [time, region, accessKeyId])
        } else {
            try db.cachedStatement(
                sql: """
                    UPDATE iam_access_key SET used_at = ?1, used_service = ?2, used_region = ?3 WHERE id = ?4
                        AND (used_at IS NULL OR used_at NOT BETWEEN ?1 - 59999 AND ?1 OR used_service <> ?2 OR used_region <> ?3)
                    """
            ).execute(arguments: [time, service, region, accessKeyId])
        }
    }
}

extension Caller {
    static func user(
        _ name: String, id: String, arn: String, account: String, accessKeyId: String, _ db: Database
    ) throws -> Caller {
        var caller = Caller(kind: .user(name: name), account: account, arn: arn, userId: id, accessKeyId: accessKeyId)
        let tags = try IAMTags.of(id, account: account, db)
        caller.principalTags = Dictionary(tags.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        return caller
    }
}
