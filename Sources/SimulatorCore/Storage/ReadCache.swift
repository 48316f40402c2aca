import GRDB
import Synchronization

/// Keeps values read from the database until the next write, because polling clients and tests repeat their reads.
///
/// Only one connection writes the database, so SQLite's count of changed rows shows whether anything was written. A failed
/// transaction undoes its changes without counting that, and a restored database counts nothing. Call ``forget()`` in both cases.
@usableFromInline
final class ReadCache: Sendable {
    private struct State {
        var changes = -1
        var values: [ReadKey: Entry] = [:]
    }
    private let state = Mutex(State())
    /// Limits memory if thousands of different values are read.
    private static let capacity = 1000

    /// A cached value. Casting a class is cheaper than casting a value in `Any`.
    @usableFromInline
    class Entry: @unchecked Sendable {  // has nothing of its own; what is in KnownValue is Sendable
        @usableFromInline init() {}
    }
    @usableFromInline
    final class TypedEntry<Value: Sendable>: Entry, @unchecked Sendable {
        @usableFromInline let value: Value
        @usableFromInline init(_ value: Value) { self.value = value }
    }

    // Inlined into callers, which know their types: a runtime type lookup would take longer than the cache lookup.
    @inlinable
    func reading<Value: Sendable>(_ key: ReadKey, _ db: Database, _ read: () throws -> Value) rethrows -> Value {
        let changes = db.totalChangesCount
        if let entry = entry(key, changes) as? TypedEntry<Value> { return entry.value }
        let value = try read()
        // If `read` itself wrote (changes that were due), the value belongs to a newer state.
        if db.totalChangesCount == changes { keep(TypedEntry(value), as: key, changes) }
        return value
    }

    @usableFromInline
    func entry(_ key: ReadKey, _ changes: Int) -> Entry? {
        state.withLock { state in
            if state.changes != changes {
                state.values.removeAll(keepingCapacity: true)
                state.changes = changes
            }
            return state.values[key]
        }
    }

    @usableFromInline
    func keep(_ entry: Entry, as key: ReadKey, _ changes: Int) {
        state.withLock { state in
            guard state.changes == changes else { return }
            if state.values.count >= Self.capacity { state.values.removeAll(keepingCapacity: true) }
            state.values[key] = entry
        }
    }

    func forget() { state.withLock { $0 = State() } }
}

/// The key of a read: the type, the account and region, and the condition.
public struct ReadKey: Hashable, Sendable {
    private let what: ObjectIdentifier
    private let account, region, condition: String
    private let arguments: [DatabaseValue]

    /// - Parameter condition: distinguishes the reads of one type in one account and region.
    public init(
        _ what: Any.Type, _ context: Context, _ condition: String = "", _ arguments: [(any DatabaseValueConvertible)?] = []
    ) {
        self.what = ObjectIdentifier(what)
        account = context.account
        region = context.region
        self.condition = condition
        self.arguments = arguments.map { $0?.databaseValue ?? .null }
    }

    // Few accounts and regions are in use at once, so the rest of the key is enough for the hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(what)
        if !condition.isEmpty { hasher.combine(condition) }
        for argument in arguments { hasher.combine(argument) }
    }

    /// For values without an account, such as the owner of an access key.
    init(_ what: Any.Type, _ condition: String) {
        self.what = ObjectIdentifier(what)
        account = ""
        region = ""
        self.condition = condition
        arguments = []
    }
}

extension Context {
    /// Reads from the database, or returns the cached result if nothing was written since. The result of `read` must depend only
    /// on the key and the database, not on the time.
    @inlinable
    public func reading<Value: Sendable>(_ key: ReadKey, _ read: () throws -> Value) rethrows -> Value {
        try readCache.reading(key, db, read)
    }

    @usableFromInline var readCache: ReadCache { simulator.store.cache }
}
