import GRDB
import Synchronization

/// What was read stays read until something is written: a client that polls, and a test that looks twice, ask for what was
/// asked before.
///
/// One connection alone writes the database, so that SQLite's own count of changed rows tells whether anything was. A
/// transaction that fails takes its changes back without counting that, and a restored database counts nothing at all:
/// then ``forget()``.
final class ReadCache: Sendable {
    private struct State {
        var changes = -1
        var values: [ReadKey: any Sendable] = [:]
    }
    private let state = Mutex(State())
    /// A bound on memory for whoever reads thousands of things one by one.
    private static let capacity = 1000

    func reading<Value: Sendable>(_ key: ReadKey, _ db: Database, _ read: () throws -> Value) rethrows -> Value {
        let changes = db.totalChangesCount
        let known = state.withLock { state -> Value? in
            if state.changes != changes {
                state.values.removeAll(keepingCapacity: true)
                state.changes = changes
            }
            // Looked up first: cast directly, an absent value would pass for a known nil.
            guard let value = state.values[key] else { return nil }
            return value as? Value
        }
        if let known { return known }
        let value = try read()
        // Whoever wrote while reading (what time brought about) has made the value part of something newer.
        guard db.totalChangesCount == changes else { return value }
        state.withLock { state in
            if state.values.count >= Self.capacity { state.values.removeAll(keepingCapacity: true) }
            state.values[key] = value
        }
        return value
    }

    func forget() { state.withLock { $0 = State() } }
}

/// What was asked of the database: for which type, in which account and region, under which condition.
public struct ReadKey: Hashable, Sendable {
    private let what: ObjectIdentifier
    private let account, region, condition: String
    private let arguments: [DatabaseValue]

    /// - Parameter condition: whatever tells apart the reads of one type in one place.
    public init(
        _ what: Any.Type, _ context: Context, _ condition: String = "", _ arguments: [(any DatabaseValueConvertible)?] = []
    ) {
        self.what = ObjectIdentifier(what)
        account = context.account
        region = context.region
        self.condition = condition
        self.arguments = arguments.map { $0?.databaseValue ?? .null }
    }

    /// For what belongs to no account: who has an access key.
    init(_ what: Any.Type, _ condition: String) {
        self.what = ObjectIdentifier(what)
        account = ""
        region = ""
        self.condition = condition
        arguments = []
    }
}

extension Context {
    /// Reads from the database, or takes what the same read gave before if nothing was written since. What `read` gives may
    /// depend on nothing but the key and the database: not on the time, say.
    public func reading<Value: Sendable>(_ key: ReadKey, _ read: () throws -> Value) rethrows -> Value {
        try simulator.store.cache.reading(key, db, read)
    }
}
