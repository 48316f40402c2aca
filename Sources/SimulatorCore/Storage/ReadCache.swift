import GRDB
import Synchronization

/// What was read stays read until something is written: a client that polls, and a test that looks twice, ask for what was
/// asked before.
///
/// One connection alone writes the database, so that SQLite's own count of changed rows tells whether anything was. A
/// transaction that fails takes its changes back without counting that, and a restored database counts nothing at all:
/// then ``forget()``.
@usableFromInline
final class ReadCache: Sendable {
    private struct State {
        var changes = -1
        var values: [ReadKey: Known] = [:]
    }
    private let state = Mutex(State())
    /// A bound on memory for whoever reads thousands of things one by one.
    private static let capacity = 1000

    /// A value that was read. Classes are told apart more cheaply than values behind `Any`.
    @usableFromInline
    class Known: @unchecked Sendable {  // has nothing of its own; what is in KnownValue is Sendable
        @usableFromInline init() {}
    }
    @usableFromInline
    final class KnownValue<Value: Sendable>: Known, @unchecked Sendable {
        @usableFromInline let value: Value
        @usableFromInline init(_ value: Value) { self.value = value }
    }

    // Compiled with its callers, who know their types: looking those up would take longer than looking up the value.
    @inlinable
    func reading<Value: Sendable>(_ key: ReadKey, _ db: Database, _ read: () throws -> Value) rethrows -> Value {
        let changes = db.totalChangesCount
        if let known = known(key, changes) as? KnownValue<Value> { return known.value }
        let value = try read()
        // Whoever wrote while reading (what time brought about) has made the value part of something newer.
        if db.totalChangesCount == changes { keep(KnownValue(value), as: key, changes) }
        return value
    }

    @usableFromInline
    func known(_ key: ReadKey, _ changes: Int) -> Known? {
        state.withLock { state in
            if state.changes != changes {
                state.values.removeAll(keepingCapacity: true)
                state.changes = changes
            }
            return state.values[key]
        }
    }

    @usableFromInline
    func keep(_ known: Known, as key: ReadKey, _ changes: Int) {
        state.withLock { state in
            guard state.changes == changes else { return }
            if state.values.count >= Self.capacity { state.values.removeAll(keepingCapacity: true) }
            state.values[key] = known
        }
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

    // Few places are in use at once: what is read tells keys apart well enough.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(what)
        if !condition.isEmpty { hasher.combine(condition) }
        for argument in arguments { hasher.combine(argument) }
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
    @inlinable
    public func reading<Value: Sendable>(_ key: ReadKey, _ read: () throws -> Value) rethrows -> Value {
        try readCache.reading(key, db, read)
    }

    @usableFromInline var readCache: ReadCache { simulator.store.cache }
}
