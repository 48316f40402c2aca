public import AWSCore
import GRDB

/// What time alone makes due, for every service in one index: instances that end, gateways that become available.
///
/// Settled before each operation of any service, so that no handler has to remember; mostly there is nothing to do.
public struct Due: Sendable {
    static let migration = Migration(
        "core.due",
        """
        CREATE TABLE due (
            account TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
            at INTEGER NOT NULL, PRIMARY KEY (account, region, kind, id)
        ) WITHOUT ROWID;
        CREATE INDEX due_in_order ON due (account, region, at)
        """)

    public let kind: String
    public let id: String
    /// When it was due.
    public let at: Instant

    /// Calls the request's service back for a resource when its time has come: once, at `at` or later.
    public static func set(_ kind: String, _ id: String, at: Instant, _ context: Context) throws {
        try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?, ?, ?)")
            .execute(arguments: [context.account, context.region, context.service, kind, id, at.milliseconds])
    }

    public static func clear(_ kind: String, _ id: String, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM due WHERE account = ? AND region = ? AND kind = ? AND id = ?")
            .execute(arguments: [context.account, context.region, kind, id])
    }

    /// When the next thing is due, nil if nothing is.
    fileprivate static func next(_ context: Context) throws -> Int64? {
        try context.reading(ReadKey(Due.self, context)) {
            let statement = try context.db.cachedStatement(sql: "SELECT MIN(at) FROM due WHERE account = ? AND region = ?")
            return try Int64.fetchOne(statement, arguments: [context.account, context.region])
        }
    }

    /// What is due by now, in order of time, by the service whose it is.
    fileprivate static func all(_ context: Context) throws -> [(service: String, due: Due)] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT service, kind, id, at FROM due WHERE account = ? AND region = ? AND at <= ? ORDER BY at, kind, id")
        return try StoredRow.all(statement, [context.account, context.region, context.now.milliseconds]) {
            try ($0[0], Due(kind: $0[1], id: $0[2], at: Instant(milliseconds: $0[3])))
        }
    }
}

extension Simulator {
    /// Brings about what the time that has passed made due in the request's account and region.
    func settle(_ context: Context) throws {
        while let next = try Due.next(context), next <= context.now.milliseconds {
            var due = try Due.all(context)[...]
            for entry in due { try Due.clear(entry.due.kind, entry.due.id, context) }
            while let first = due.first {
                let group = due.prefix { $0.service == first.service && $0.due.kind == first.due.kind }
                due = due.dropFirst(group.count)
                guard let service = gateway.service(id: first.service) else {
                    throw DamagedState("something of the unknown service '\(first.service)' is due")
                }
                try service.settle(first.due.kind, group.map(\.due), context.serving(first.service))
            }
        }
    }
}
