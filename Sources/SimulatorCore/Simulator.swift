import AWSCore
import Foundation
import GRDB
import HTTPTypes
import Synchronization

/// An AWS of one's own: services on one store, one clock and one seed. Knows nothing of ports; a transport or a server hands
/// it requests.
public final class Simulator: Sendable {
    public let configuration: Configuration
    public let store: Store
    public let journal: Journal
    /// What goes wrong on purpose.
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
        /// Requests so far: every request's ids are a function of its number.
        var requests: UInt64
        /// Clients made within the process.
        var clients: UInt64 = 0
        /// The accounts and regions whose defaults are known to exist.
        var prepared: Set<Home> = []
    }
    struct Home: Hashable {
        let account, region: String
    }

    public var clock: SimulatedClock { configuration.clock }
    /// What ids are made of: the configuration's seed, unless it was changed since.
    public var seed: UInt64 { currentSeed.load(ordering: .relaxed) }

    /// - Parameters:
    ///   - services: in the order in which the gateway asks them.
    ///   - doors: what is answered besides AWS's APIs.
    ///   - directory: who knows access keys and policies; nil makes everybody root.
    /// - Throws: ``StateError`` if the state folder cannot be used.
    public init(
        _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor] = [],
        directory: (any IdentityDirectory)? = nil, migrations: [Migration] = []
    ) throws {
        self.configuration = configuration
        journal = Journal(limit: configuration.journalLimit)
        self.services = services
        self.doors = doors
        self.directory = directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        let store = try Store(folder: configuration.stateFolder, migrations: Self.migrations(services, migrations))
        authenticator = Authenticator(configuration: configuration, directory: directory, cache: store.cache)
        let requests = try store.transaction { db in
            if let path = store.path {
                try StateOwner(account: configuration.account, seed: configuration.seed).settle(db, path: path)
            }
            return try UInt64(bitPattern: Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = 'requests'") ?? 0)
        }
        self.store = store
        state = Mutex(State(requests: requests))
        currentSeed = Atomic(configuration.seed)
        try resumeClock()
        for service in services { service.joined(self) }
    }

    /// A simulator of its own that goes on from where another one is: a copy of its database, in memory.
    ///
    /// - Parameter configuration: with a clock of its own.
    package init(
        forking other: Simulator, _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor]
    ) throws {
        self.configuration = configuration
        journal = Journal(limit: configuration.journalLimit)
        self.services = services
        self.doors = doors
        directory = other.directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        store = try other.store.copy()
        authenticator = Authenticator(configuration: configuration, directory: other.directory, cache: store.cache)
        // Requests that come while the database is copied may have counted already: numbers may be left out, never repeated.
        state = Mutex(other.state.withLock { $0 })
        currentSeed = Atomic(configuration.seed)
        for service in services { service.joined(self) }
    }

    /// A simulator in memory that goes on from what a file holds.
    package init(
        _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor],
        directory: (any IdentityDirectory)?, store: Store, requests: UInt64
    ) {
        self.configuration = configuration
        journal = Journal(limit: configuration.journalLimit)
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

    /// All migrations of a simulator with these services, in order.
    package static func migrations(_ services: [any SimulatedService], _ others: [Migration]) -> [Migration] {
        migrations + services.flatMap { type(of: $0).migrations } + others
    }

    /// Makes the tables of simulators in memory with these services, if they aren't there yet. Whoever needs them meanwhile waits.
    package static func prepareTables(of services: [any SimulatedService], _ others: [Migration]) {
        StoreTemplate.prepare(migrations(services, others))
    }

    /// How another simulator is at this moment: its services, its clock, its bytes, and a copy of its database. For reading.
    private init(copying other: Simulator) throws {
        configuration = other.configuration
        journal = Journal(limit: configuration.journalLimit)
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

    /// This simulator as it is now, to be asked later.
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
        StateOwner.migration, KeptClock.migration, ResourceRow.migration, Relations.migration, Due.migration,
        Due.orderMigration, Idempotency.ageMigration,
    ]

    /// The number of a request that begins now.
    func nextRequestNumber() -> UInt64 {
        state.withLock { state in
            state.requests += 1
            return state.requests
        }
    }

    /// How many requests there were.
    package var requestCount: UInt64 { state.withLock { $0.requests } }

    /// Who plays the instances; nobody unless asked to.
    package var guests: (any GuestDirectory)? { guestDirectory.withLock { $0 } }
    package func setGuests(_ directory: (any GuestDirectory)?) { guestDirectory.withLock { $0 = directory } }

    func finish(_ context: Context, since changes: Int, number: UInt64) throws {
        let db = context.db
        try remember(number, db, since: changes)
        let actions = context.afterCommit
        if !actions.isEmpty { db.afterNextTransaction { _ in for action in actions { action() } } }
    }

    /// Keeps the number of the last request that changed something: ids go on from there after a restart.
    func remember(_ number: UInt64, _ db: Database, since changes: Int) throws {
        guard db.totalChangesCount != changes else { return }
        // A request of several steps may come to its end after later ones.
        try db.cachedStatement(
            sql:
                "INSERT INTO counter VALUES ('requests', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
        ).execute(arguments: [Int64(bitPattern: number)])
    }

    // MARK: Control

    /// 0 for the first client within the process, then 1, 2…: what tells their idempotency tokens apart.
    package func nextClientNumber() -> UInt64 {
        state.withLock { state in
            defer { state.clients += 1 }
            return state.clients
        }
    }

    /// Moves the clock, and keeps it there through a restart if there is a state folder.
    public func moveClock(to instant: Instant) throws {
        clock.set(instant)
        try keepClock()
    }

    /// Time goes on where it stood in an earlier process whose clock had the same mode: what was made must not lie in the future.
    private func resumeClock() throws {
        guard store.path != nil else { return }
        let row = try store.transaction { db in
            try KeptClock.use(clock.mode, db)
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
            try KeptClock.use(clock.mode, db)
            try db.execute(
                sql: "INSERT OR REPLACE INTO clock VALUES (?, ?, ?)",
                arguments: [clock.mode, setting.origin.milliseconds, setting.anchor.milliseconds])
        }
    }

    /// Forgets everything: as new, with the same configuration. The clock stays where it is.
    public func reset() throws {
        try store.erase()
        try keepClock()
        journal.clear()
        state.withLock { $0 = State(requests: 0) }
        faults.set(nil)
        for service in services { service.wasReset(self) }
    }

    /// Moves everything that was written into the state folder's database file, for whoever ends.
    package func checkpoint() throws { try store.checkpoint() }

    /// Closes the database; for whoever opens a state again in the same process. Requests fail from here on.
    package func close() throws { try store.close() }

    /// Makes ids by another seed from the next request on.
    public func reseed(_ seed: UInt64) throws {
        if store.path != nil {
            try store.transaction { try StateOwner(account: configuration.account, seed: seed).save($0) }
        }
        currentSeed.store(seed, ordering: .relaxed)
    }

    /// Takes over the state of another simulator: everything but its bytes, which are for whoever knows them.
    ///
    /// A manual clock is set to the other's time. Another one stays where it is, unless what was made would lie in its future.
    package func takeOver(_ other: Simulator) throws {
        state.withLock { $0.prepared = [] }
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
