import AWSCore
import Crypto
import GRDB

/// The results of requests with a client token, stored in the request's own transaction.
public enum Idempotency {
    public static let migration = Migration(
        "core.idempotency",
        """
        CREATE TABLE client_token (
            account TEXT NOT NULL, region TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,
            fingerprint TEXT NOT NULL, result TEXT NOT NULL, created_at INTEGER NOT NULL,
            PRIMARY KEY (account, region, operation, token)
        ) WITHOUT ROWID
        """)

    static let ageMigration = Migration("core.idempotency.age", "CREATE INDEX client_token_by_age ON client_token (created_at)")

    /// How long a token is kept. AWS documents no time for EC2; its other services document a day. Assumed.
    static let memory = Duration.hours(24)

    /// Returns the result of an earlier request with the same token.
    ///
    /// - Parameter fingerprint: a digest of the request's parameters; see ``fingerprint(of:)``.
    /// - Returns: the value passed to ``remember(_:token:fingerprint:_:)``, nil if the token is new.
    /// - Throws: `IdempotentParameterMismatch` if the earlier request's parameters differ.
    public static func recall(token: String?, fingerprint: String, _ context: Context) throws -> String? {
        guard let token, !token.isEmpty else { return nil }
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT fingerprint, result FROM client_token
                WHERE account = ? AND region = ? AND operation = ? AND token = ? AND created_at > ?
                """)
        let arguments: StatementArguments = [
            context.account, context.region, context.operation, token, oldest(context),
        ]
        guard let row = try Row.fetchOne(statement, arguments: arguments) else {
            return nil
        }
        guard row[0] == fingerprint else {
            throw AWSError(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
                explanation: "The client token '\(token)' was used before with other parameters.")
        }
        return row[1]
    }

    /// Stores the result of a request with a client token, and forgets those that are too old. Without a token it does nothing.
    /// - Parameter fingerprint: identifies the request's parameters.
    public static func remember(_ result: String, token: String?, fingerprint: String, _ context: Context) throws {
        guard let token, !token.isEmpty else { return }
        try context.db.cachedStatement(sql: "DELETE FROM client_token WHERE created_at <= ?")
            .execute(arguments: [oldest(context)])
        let statement = try context.db.cachedStatement(sql: "INSERT INTO client_token VALUES (?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            context.account, context.region, context.operation, token, fingerprint, result, context.now.milliseconds,
        ])
    }

    private static func oldest(_ context: Context) -> Int64 { (context.now - memory).milliseconds }

    /// Returns a digest of an input's parameters in JSON.
    public static func fingerprint<S: Shape>(of input: S) -> String {
        var writer = ShapeWriter(schema: S.schema, layout: .json)
        writer.structure(input)
        return SHA256.hash(data: writer.bytes).prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
    }
}
