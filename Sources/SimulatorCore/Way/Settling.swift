public import AWSCore
import GRDB

/// State changes that become due as time passes, for all services in one index: instances that terminate, gateways that become
/// available.
///
/// They are applied before each operation of any service, so that no handler has to do it; usually there are none. Changes in all
/// accounts and regions are applied, because requests may read there.
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
    static let orderMigration = Migration(
        "core.due.everywhere", "DROP INDEX due_in_order; CREATE INDEX due_in_order ON due (at)")

    public let kind: String
    public let id: String
    /// When it was due.
    public let at: Instant

    /// Schedules one callback of the request's service for a resource, at `at` or later.
    public static func set(_ kind: String, _ id: String, at: Instant, _ context: Context) throws {
        try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?, ?, ?)")
            .execute(arguments: [context.account, context.region, context.service, kind, id, at.milliseconds])
    }

    /// Like `set`, for changes that are due repeatedly while no time passes: the callback waits for the next request.
    public static func setForNextRequest(_ kind: String, _ id: String, at: Instant, _ context: Context) throws {
        try set(kind, id, at: at, context)
        context.waitsForNextRequest(Key(account: context.account, region: context.region, kind: kind, id: id))
    }

    /// Removes the pending change of a resource, if there is one.
    public static func clear(_ kind: String, _ id: String, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM due WHERE account = ? AND region = ? AND kind = ? AND id = ?")
            .execute(arguments: [context.account, context.region, kind, id])
    }

    struct Key: Hashable {
        let account, region, kind, id: String
    }

    fileprivate struct Entry {
        let service: String
        let key: Key
        let at: Instant
        var due: Due { Due(kind: key.kind, id: key.id, at: at) }

        func isSettled(with other: Entry) -> Bool {
            service == other.service && key.kind == other.key.kind && key.account == other.key.account
                && key.region == other.key.region
        }
    }

    /// Returns when the next change is due; nil if there is none.
    fileprivate static func next(_ context: Context) throws -> Int64? {
        try context.reading(ReadKey(Due.self, "next")) {
            try Int64.fetchOne(try context.db.cachedStatement(sql: "SELECT MIN(at) FROM due"))
        }
    }

    /// Returns the changes that are due by now, ordered by time, with their services.
    fileprivate static func all(_ context: Context) throws -> [Entry] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT service, account, region, kind, id, at FROM due WHERE at <= ? ORDER BY at, account, region, kind, id
                """)
        return try StoredRow.all(statement, [context.now.milliseconds]) {
            try Entry(
                service: $0[0], key: Key(account: $0[1], region: $0[2], kind: $0[3], id: $0[4]),
                at: Instant(milliseconds: $0[5]))
        }
    }
}

extension Simulator {
    /// Applies the changes that are due by now.
    func settle(_ context: Context) throws {
        while let next = try Due.next(context), next <= context.now.milliseconds {
            let waiting = context.waiting
            var due = try Due.all(context).filter { !waiting.contains($0.key) }[...]
            if due.isEmpty { return }
            for entry in due {
                let there = context.within(account: entry.key.account, region: entry.key.region)
                try Due.clear(entry.key.kind, entry.key.id, there)
            }
            while let first = due.first {
                let group = due.prefix { $0.isSettled(with: first) }
                due = due.dropFirst(group.count)
                guard let service = gateway.service(id: first.service) else {
                    throw DamagedState("something of the unknown service '\(first.service)' is due")
                }
                let there = context.within(account: first.key.account, region: first.key.region)
                try service.settle(first.key.kind, group.map(\.due), there.serving(first.service))
            }
        }
    }
}
