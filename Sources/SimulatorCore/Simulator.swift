import AWSCore
import Foundation
import GRDB
import HTTPTypes
import Synchronization

/// A private AWS: services that share one store, one clock and one seed. It opens no ports; a transport or a server passes it
/// requests.
public final class Simulator: Sendable {
    public let configuration: Configuration
    public let store: Store
    public let journal: Journal
    /// The faults that the user injects.
    public let faults = Faults()
    public let services: [any SimulatedService]
    package let doors: [any HTTPDoor]
    let gateway: Gateway
    let authenticator: Authenticator
    package let directory: (any IdentityDirectory)?
    let policyCache = PolicyCache()
    let state: Mutex<State>
    private let currentSeed: Atomic<UInt64>

    private let guestDirectory = Mutex<(any GuestDirectory)?>(nil)

    struct State {
        /// The number of requests so far. A request's ids are a function of its number.
        var requests: UInt64
        /// The number of clients created in this process.
        var clients: UInt64 = 0
        /// The accounts and regions whose defaults exist.
        var withDefaults: Set<AccountRegion> = []
    }
    struct AccountRegion: Hashable {
        let account, region: String
    }

    public var clock: SimulatedClock { configuration.clock }
    /// The seed of generated ids: the configuration's, unless ``reseed(_:)`` changed it.
    public var seed: UInt64 { currentSeed.load(ordering: .relaxed) }

    /// - Parameters:
    ///   - services: in the order in which the gateway tries them.
    ///   - doors: the endpoints that are not AWS APIs.
    ///   - directory: looks up access keys and policies; nil makes every caller root.
    /// - Throws: ``StateError`` if the state folder cannot be used.
    public init(
        _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor] = [],
        directory: (any IdentityDirectory)? = nil, migrations others: [Migration] = [],
        baseline: SchemaBaseline? = nil
    ) throws {
        self.configuration = configuration
        journal = Journal(limit: configuration.journalLimit, isLogged: configuration.logsRequests)
        self.services = services
        self.doors = doors
        self.directory = directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        let store = try Store(folder: configuration.stateFolder, migrations: Self.migrations(services, others, baseline))
        authenticator = Authenticator(configuration: configuration, directory: directory, cache: store.cache)
        let requests = try store.transaction { db in
            if let path = store.path {
                try StateOwner(account: configuration.account, seed: configuration.seed).claim(db, path: path)
            }
            return try UInt64(bitPattern: Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = 'requests'") ?? 0)
        }
        self.store = store
        state = Mutex(State(requests: requests))
        currentSeed = Atomic(configuration.seed)
        try resumeClock()
        for service in services { service.joined(self) }
    }

    /// Creates an independent simulator from a copy of another one's database, in memory.
    ///
    /// - Parameter configuration: must have its own clock.
    package init(
        forking other: Simulator, _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor]
    ) throws {
        self.configuration = configuration
        journal = Journal(limit: configuration.journalLimit, isLogged: configuration.logsRequests)
        self.services = services
        self.doors = doors
        directory = other.directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        store = try other.store.copy()
        authenticator = Authenticator(configuration: configuration, directory: other.directory, cache: store.cache)
        // Requests that arrive during the copy may already be counted: numbers may be skipped, never repeated.
        state = Mutex(other.state.withLock { $0 })
        currentSeed = Atomic(configuration.seed)
        for service in services { service.joined(self) }
    }

    /// Creates a simulator in memory from the store read from a file.
    package init(
        _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor],
        directory: (any IdentityDirectory)?, store: Store, requests: UInt64
    ) {
        self.configuration = configuration
        journal = Journal(limit: configuration.journalLimit, isLogged: configuration.logsRequests)
        self.services = services
        self.doors = doors
        self.directory = directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        authenticator = Authenticator(configuration: configuration, directory: directory, cache: store.cache)
        self.store = store
        state = Mutex(State(requests: requests))
        currentSeed = Atomic(configuration.seed)
        for service in services { service.joined(self) }
    }

    /// Returns all migrations of a simulator with these services, in order.
    package static func migrations(
        _ services: [any SimulatedService], _ others: [Migration], _ baseline: SchemaBaseline?
    ) -> Migrations {
        Migrations(migrations + services.flatMap { type(of: $0).migrations } + others, baseline: baseline)
    }

    /// Creates the tables that simulators in memory with these services start from, once. Other callers wait until they exist.
    package static func preloadTables(_ migrations: Migrations) {
        StoreTemplate.preload(migrations)
    }

    /// A read-only copy of another simulator's current state: it shares services, clock and bytes, and copies the database.
    private init(copying other: Simulator) throws {
        configuration = other.configuration
        journal = Journal(limit: configuration.journalLimit, isLogged: configuration.logsRequests)
        services = other.services
        doors = other.doors
        directory = other.directory
        gateway = other.gateway
        store = try other.store.copy()
        authenticator = Authenticator(configuration: other.configuration, directory: other.directory, cache: store.cache)
        state = Mutex(other.state.withLock { $0 })
        currentSeed = Atomic(other.seed)
        for service in services { service.joined(self) }
    }

    /// Returns a copy of the current state, to be read later.
    func earlierSelf() throws -> Simulator { try Simulator(copying: self) }

    static let migrations: [Migration] = [
        Migration("core.counter", "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"),
        Migration(
            "core.prepared",
            "CREATE TABLE prepared (account TEXT NOT NULL, region TEXT NOT NULL, PRIMARY KEY (account, region)) WITHOUT ROWID"),
        Tags.migration, Idempotency.migration,
        Migration(
            "core.clock",
            "CREATE TABLE clock (mode TEXT PRIMARY KEY, origin INTEGER NOT NULL, anchor INTEGER NOT NULL) WITHOUT ROWID"),
        StateOwner.migration, StoredClock.migration, ResourceRow.migration, Relations.migration, Due.migration,
        Due.orderMigration, Idempotency.ageMigration,
    ]

    /// Returns the number of a new request.
    func nextRequestNumber() -> UInt64 {
        state.withLock { state in
            state.requests += 1
            return state.requests
        }
    }

    /// The number of requests so far.
    package var requestCount: UInt64 { state.withLock { $0.requests } }

    /// Runs the guests of the instances; nil unless guests are enabled.
    package var guests: (any GuestDirectory)? { guestDirectory.withLock { $0 } }
    package func setGuests(_ directory: (any GuestDirectory)?) { guestDirectory.withLock { $0 = directory } }

    func finish(_ context: Context, since changes: Int, number: UInt64) throws {
        let db = context.db
        try remember(number, db, since: changes)
        let actions = context.afterCommit
        if !actions.isEmpty { db.afterNextTransaction { _ in for action in actions { action() } } }
    }

    /// Stores the number of the last request that changed something, so that ids continue from it after a restart.
    func remember(_ number: UInt64, _ db: Database, since changes: Int) throws {
        guard db.totalChangesCount != changes else { return }
        // A request of several steps may end after later requests.
        try db.cachedStatement(
            sql:
                "INSERT INTO counter VALUES ('requests', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
        ).execute(arguments: [Int64(bitPattern: number)])
    }

    // MARK: Control

    /// Returns 0 for the first client in this process, then 1, 2…. The number keeps the clients' idempotency tokens distinct.
    package func nextClientNumber() -> UInt64 {
        state.withLock { state in
            defer { state.clients += 1 }
            return state.clients
        }
    }

    /// Sets the clock. With a state folder, the setting survives a restart.
    public func moveClock(to instant: Instant) throws {
        clock.set(instant)
        try keepClock()
    }

    /// Continues the clock of an earlier process in the same mode, so that stored times do not lie in the future.
    private func resumeClock() throws {
        guard store.path != nil else { return }
        let row = try store.transaction { db in
            try StoredClock.use(clock.mode, db)
            return try Row.fetchOne(db, sql: "SELECT origin, anchor FROM clock WHERE mode = ?", arguments: [clock.mode])
        }
        if let row {
            clock.resume((Instant(milliseconds: row["origin"]), Instant(milliseconds: row["anchor"])))
        } else if clock.mode != "real" {
            try keepClock()
        }
    }

    private func keepClock() throws {
        guard store.path != nil else { return }
        let setting = clock.setting
        try store.transaction { db in
            try StoredClock.use(clock.mode, db)
            try db.execute(
                sql: "INSERT OR REPLACE INTO clock VALUES (?, ?, ?)",
                arguments: [clock.mode, setting.origin.milliseconds, setting.anchor.milliseconds])
        }
    }

    /// Erases all state and keeps the configuration and the clock's time.
    public func reset() throws {
        try store.erase()
        try keepClock()
        journal.clear()
        state.withLock { $0 = State(requests: 0) }
        faults.set(nil)
        for service in services { service.wasReset(self) }
    }

    /// Moves everything written into the state folder's database file, before the process ends.
    package func checkpoint() throws { try store.checkpoint() }

    /// Closes the database, so that the same process can open its state again. Later requests fail.
    package func close() throws { try store.close() }

    /// Uses another seed for ids, from the next request on.
    public func reseed(_ seed: UInt64) throws {
        if store.path != nil {
            try store.transaction { try StateOwner(account: configuration.account, seed: seed).save($0) }
        }
        currentSeed.store(seed, ordering: .relaxed)
    }

    /// Takes over another simulator's state, except for layer bytes, which the caller copies.
    ///
    /// Sets a manual clock to the other's time. Any other clock moves only if stored times would lie in its future.
    package func takeOver(_ other: Simulator) throws {
        state.withLock { $0.withDefaults = [] }
        try store.replace(with: other.store)
        if store.path != nil {
            try store.transaction { try StateOwner(account: configuration.account, seed: other.seed).save($0) }
        }
        let (requests, clients) = other.state.withLock { ($0.requests, $0.clients) }
        state.withLock { state in state = State(requests: requests, clients: max(clients, state.clients)) }
        currentSeed.store(other.seed, ordering: .relaxed)
        if clock.mode == "manual" || clock.now < other.clock.now { clock.set(other.clock.now) }
        try keepClock()
        journal.clear()
    }
}

extension Duration {
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
