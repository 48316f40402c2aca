import AWSCore
import GRDB
import STSAPI
import SimulatorCore

/// Temporary credentials from STS and their principal.
struct SessionRecord {
    static let columns =
        "access_key_id, account, secret, token, expires_at, principal_id, session_name, policies, tags, is_unproven, facts"

    static let migration = Migration(
        "sts.sessions",
        """
        CREATE TABLE sts_session (
            access_key_id TEXT PRIMARY KEY, account TEXT NOT NULL, secret TEXT NOT NULL, token TEXT NOT NULL,
            expires_at INTEGER NOT NULL, principal_id TEXT NOT NULL, session_name TEXT, policies TEXT NOT NULL,
            tags TEXT NOT NULL
        ) WITHOUT ROWID
        """)

    /// Older sessions of an account's root user may have been created without a known key, so they count as unproven.
    static let proofMigration = Migration(
        "sts.proof",
        """
        ALTER TABLE sts_session ADD COLUMN is_unproven INTEGER NOT NULL DEFAULT 0;
        UPDATE sts_session SET is_unproven = 1 WHERE principal_id = account;
        """)
    static let factsMigration = Migration("sts.sessions.facts", "ALTER TABLE sts_session ADD COLUMN facts TEXT")

    static let ageMigration = Migration("sts.age", "CREATE INDEX sts_session_by_end ON sts_session (expires_at)")

    /// How long an expired session is kept.
    static let memory = Duration.hours(1)

    var accessKeyId, account, secret, token: String
    var expiresAt: Instant
    /// The id of the user or role, or of the account for its root user.
    var principalId: String
    /// The role session's name; nil for GetSessionToken's credentials.
    var sessionName: String?
    /// Session policies as JSON text.
    var policies: [String] = []
    var tags: [String: String] = [:]
    /// Whether the session was requested with an unknown key.
    let isUnauthenticated: Bool
    /// Nil for sessions of earlier versions.
    var stored: StoredSessionFacts?

    /// Creates a session with new credentials.
    init(account: String, principalId: String, sessionName: String? = nil, seconds: Int, _ context: Context) {
        accessKeyId = AccessKeyId.make("ASIA", account: account, context.ids)
        self.account = account
        secret = AccessKeyId.secret(context)
        token =
            Self.tokenPrefix
            + context.configuration.ids(for: .sessionToken, else: context.ids).string(
                Self.tokenLength, from: IDGenerator.base64Alphabet)
        // Whole seconds, as in the response.
        expiresAt = Instant(seconds: context.now.seconds) + .seconds(seconds)
        self.principalId = principalId
        self.sessionName = sessionName
        isUnauthenticated = context.caller.isUnauthenticated
        stored = StoredSessionFacts(SessionFacts(issuedAt: Instant(seconds: context.now.seconds)))
    }

    private init(_ row: Row) {
        accessKeyId = row[0]
        account = row[1]
        secret = row[2]
        token = row[3]
        expiresAt = Instant(column: row[4])
        principalId = row[5]
        sessionName = row[6]
        isUnauthenticated = row[9]
        policies = Self.decode(row[7])?.elements?.compactMap(\.string) ?? []
        let fields = Self.decode(row[8])?.fields ?? []
        tags = Dictionary(fields.map { ($0.name, $0.value.string ?? "") }, uniquingKeysWith: { _, last in last })
        stored = StoredSessionFacts(row[10] as String?)
    }

    static func find(_ accessKeyId: String, _ db: Database) throws -> SessionRecord? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM sts_session WHERE access_key_id = ?")
        return try Row.fetchOne(statement, arguments: [accessKeyId]).map(SessionRecord.init)
    }

    func insert(_ context: Context) throws {
        let policies = JSON.write(.list(policies.map(Node.string)))
        let tags = JSON.write(.object(tags.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }))
        try context.execute(
            "DELETE FROM sts_session WHERE expires_at <= ?", [(context.now - Self.memory).milliseconds])
        try context.execute(
            "INSERT INTO sts_session (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                accessKeyId, account, secret, token, expiresAt.milliseconds, principalId, sessionName,
                String(decoding: policies, as: UTF8.self), String(decoding: tags, as: UTF8.self), isUnauthenticated,
                stored?.text,
            ])
    }

    /// Whether an unknown key belonged to a session that expired and was deleted. True if key and token have this simulator's
    /// form and the key's account exists here.
    static func isForgotten(_ accessKeyId: String, token: String, _ db: Database) throws -> Bool {
        guard token.hasPrefix(tokenPrefix), token.utf8.count == tokenPrefix.utf8.count + tokenLength,
            let account = AccessKeyId.account(of: accessKeyId)
        else { return false }
        let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM prepared WHERE account = ?)")
        return try Bool.fetchOne(statement, arguments: [account]) ?? false
    }

    private static let tokenPrefix = "FwoGZXIvYXdzE"
    private static let tokenLength = 283

    private static func decode(_ text: String) -> Node? { try? JSON.parse(text) }

    var shape: STSCredentials {
        STSCredentials(accessKeyId: accessKeyId, secretAccessKey: secret, sessionToken: token, expiration: expiresAt)
    }

    /// Returns the session's credentials for authentication, inactive if the user or role was deleted.
    func credential(_ db: Database) throws -> StoredCredential {
        let credentials = Credentials(
            accessKeyId: accessKeyId, secretAccessKey: secret, sessionToken: token, expiration: expiresAt)
        guard var caller = try caller(db) else {
            let gone = Caller(kind: .anonymous, account: account, arn: "", userId: principalId, accessKeyId: accessKeyId)
            return StoredCredential(credentials: credentials, caller: gone, isActive: false)
        }
        caller.isUnauthenticated = isUnauthenticated
        return StoredCredential(credentials: credentials, caller: caller)
    }

    private func caller(_ db: Database) throws -> Caller? {
        guard var caller = try principal(db) else { return nil }
        caller.session = stored?.facts
        caller.scopes = stored?.scopes ?? []
        return caller
    }

    private func principal(_ db: Database) throws -> Caller? {
        if let name = stored?.federatedName { return try federatedUser(name, db) }
        guard principalId != account else {
            var root = Caller.root(of: account, accessKeyId: accessKeyId)
            root.sessionPolicies = policies
            return root
        }
        guard let sessionName else {
            let statement = try db.cachedStatement(sql: "SELECT name, arn FROM iam_user WHERE id = ?")
            guard let row = try Row.fetchOne(statement, arguments: [principalId]) else { return nil }
            return try Caller.user(row[0], id: principalId, arn: row[1], account: account, accessKeyId: accessKeyId, db)
        }
        let statement = try db.cachedStatement(sql: "SELECT name, arn FROM iam_role WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [principalId]) else { return nil }
        let role: String = row[0], arn: String = row[1]
        var caller = Caller(
            kind: .assumedRole(role: role, session: sessionName), account: account,
            arn: Self.arn(roleArn: arn, role: role, session: sessionName), userId: "\(principalId):\(sessionName)",
            accessKeyId: accessKeyId, sessionPolicies: policies)
        caller.roleArn = arn
        let roleTags = try IAMTags.of(principalId, account: account, db)
        let own = Dictionary(roleTags.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        caller.principalTags = SessionTags.merged(own, with: tags)
        return caller
    }

    /// Returns the federated user of GetFederationToken. It has the creating user's policies, limited by the session's.
    private func federatedUser(_ name: String, _ db: Database) throws -> Caller? {
        var user: Caller?
        if principalId != account {
            let statement = try db.cachedStatement(sql: "SELECT name, arn FROM iam_user WHERE id = ?")
            guard let row = try Row.fetchOne(statement, arguments: [principalId]) else { return nil }
            user = try Caller.user(row[0], id: principalId, arn: row[1], account: account, accessKeyId: accessKeyId, db)
        }
        var caller = Caller(
            kind: .federatedUser(name: name, user: user == nil ? nil : principalId), account: account,
            arn: "arn:aws:sts::\(account):federated-user/\(name)", userId: "\(account):\(name)", accessKeyId: accessKeyId,
            sessionPolicies: policies)
        caller.roleArn = user?.arn
        caller.principalTags = SessionTags.merged(user?.principalTags ?? [:], with: tags)
        return caller
    }

    /// Returns `arn:aws:sts::123456789012:assumed-role/Role/session`, without the role's path.
    static func arn(roleArn: String, role: String, session: String) -> String {
        let parts = roleArn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return "arn:\(parts[1]):sts::\(parts[4]):assumed-role/\(role)/\(session)"
    }
}

extension STSSimulation {
    /// Sessions last twelve hours by default, and at most one hour for the account's root user.
    public func getSessionToken(_ input: GetSessionTokenRequest, _ context: Context) throws -> GetSessionTokenResponse {
        guard !context.caller.usesTemporaryCredentials else {
            throw AWSError.accessDenied("Cannot call GetSessionToken with session credentials")
        }
        let mfaAt = try MFADevices.authenticate(input.serialNumber, input.tokenCode, context)
        var seconds = input.durationSeconds ?? 43200
        if case .root = context.caller.kind { seconds = min(seconds, 3600) }
        var session = SessionRecord(
            account: context.account, principalId: context.caller.userId, seconds: seconds, context)
        session.stored?.facts.mfaAt = mfaAt
        try session.insert(context)
        return GetSessionTokenResponse(credentials: session.shape)
    }
}
