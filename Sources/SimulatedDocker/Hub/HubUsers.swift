import AWSCore
import GRDB
import OCI

/// A Docker Hub account.
struct HubUser {
    let name: String
    /// A salted hash: the state file should not contain passwords that users typed, even for a simulator.
    let password: String
    let createdAt: Instant

    init(_ name: String, _ password: String, at now: Instant) {
        self.name = name
        self.password = Self.hash(name, password)
        createdAt = now
    }

    private static func hash(_ name: String, _ password: String) -> String {
        Digest(of: "hub:\(name):\(password)".utf8).hex
    }

    func save(_ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO hub_user VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET password = excluded.password
                """
        ).execute(arguments: [name, password, createdAt.milliseconds])
    }

    /// Whether the name can be a user name.
    static func canBe(_ name: String) -> Bool {
        // https://docs.docker.com/accounts/create-account/: 4 to 30 lower-case letters and digits. Shorter names are accepted,
        // because old accounts have them.
        (1...30).contains(name.utf8.count) && name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
    }

    static func names(_ db: Database) throws -> [String] {
        try String.fetchAll(db.cachedStatement(sql: "SELECT name FROM hub_user ORDER BY name"))
    }

    static func hasPassword(_ name: String, _ password: String, _ db: Database) throws -> Bool? {
        let statement = try db.cachedStatement(sql: "SELECT password FROM hub_user WHERE name = ?")
        return try String.fetchOne(statement, arguments: [name]).map { $0 == hash(name, password) }
    }
}

extension HubSession {
    /// Checks a user's credentials. An unknown name becomes a new user, unless the simulator is strict.
    func isUser(_ credentials: RegistryCredentials) throws -> Bool {
        let name = credentials.username
        guard HubUser.canBe(name), !credentials.password.isEmpty else { return false }
        return try transact { db, _ in
            if let matches = try HubUser.hasPassword(name, credentials.password, db) { return matches }
            if simulator.configuration.isStrict { return false }
            try HubUser(name, credentials.password, at: now).save(db)
            return true
        }
    }
}
