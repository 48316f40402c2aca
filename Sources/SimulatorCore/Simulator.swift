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
    public let journal = Journal()
    /// What goes wrong on purpose.
    public let faults = Faults()
    public let services: [any SimulatedService]
    package let doors: [any HTTPDoor]
    let gateway: Gateway
    let authenticator: Authenticator
    package let directory: (any IdentityDirectory)?
    let policyCache = PolicyCache()
    private let state: Mutex<State>
    private let currentSeed: Atomic<UInt64>

    private let guestDirectory = Mutex<(any GuestDirectory)?>(nil)

    private struct State {
        /// Requests so far: every request's ids are a function of its number.
        var requests: UInt64
        /// Clients made within the process.
        var clients: UInt64 = 0
        /// The accounts and regions whose defaults are known to exist.
        var prepared: Set<Place> = []
    }
    private struct Place: Hashable {
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
    }

    /// A simulator of its own that goes on from where another one is: a copy of its database, in memory.
    ///
    /// - Parameter configuration: with a clock of its own.
    package init(
        forking other: Simulator, _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor]
    ) throws {
        self.configuration = configuration
        self.services = services
        self.doors = doors
        directory = other.directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        store = try other.store.copy()
        authenticator = Authenticator(configuration: configuration, directory: other.directory, cache: store.cache)
        // Requests that come while the database is copied may have counted already: numbers may be left out, never repeated.
        state = Mutex(other.state.withLock { $0 })
        currentSeed = Atomic(configuration.seed)
    }

    /// A simulator in memory that goes on from what a file holds.
    package init(
        _ configuration: Configuration, services: [any SimulatedService], doors: [any HTTPDoor],
        directory: (any IdentityDirectory)?, store: Store, requests: UInt64
    ) {
        self.configuration = configuration
        self.services = services
        self.doors = doors
        self.directory = directory
        gateway = Gateway(services: services, defaultRegion: configuration.region)
        authenticator = Authenticator(configuration: configuration, directory: directory, cache: store.cache)
        self.store = store
        state = Mutex(State(requests: requests))
        currentSeed = Atomic(configuration.seed)
    }

    /// All migrations of a simulator with these services, in order.
    package static func migrations(_ services: [any SimulatedService], _ others: [Migration]) -> [Migration] {
        migrations + services.flatMap { type(of: $0).migrations } + others
    }

    /// How another simulator is at this moment: its services, its clock, its bytes, and a copy of its database. For reading.
    private init(copying other: Simulator) throws {
        configuration = other.configuration
        services = other.services
        doors = other.doors
        directory = other.directory
        gateway = other.gateway
        store = try other.store.copy()
        authenticator = Authenticator(configuration: other.configuration, directory: other.directory, cache: store.cache)
        state = Mutex(other.state.withLock { $0 })
        currentSeed = Atomic(other.seed)
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
        StateOwner.migration, KeptClock.migration,
    ]

    // MARK: Requests

    /// Answers one request, whatever it is. Never throws: errors are answers too.
    public func respond(to request: HTTPRequest, body: HTTPBody, from peer: String = "127.0.0.1") async -> HTTPReply {
        if faults.isActive { return await respondWithFaults(to: request, body: body, from: peer) }
        return await answer(to: request, body: body, from: peer)
    }

    /// Answers a call of an AWS API whose body is in hand; nil if the answer is not one to be waited for: a door's, one that a
    /// service must prepare for, or one that a plan of faults has its hand in.
    public func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String = "127.0.0.1") -> HTTPReply? {
        if faults.isActive || doors.contains(where: { $0.answers(request) })
            || services.contains(where: { $0.mustPrepare(for: request) })
        {
            return nil
        }
        let (response, bytes) = respond(to: request, body: body, from: peer)
        return HTTPReply(response, .bytes(bytes))
    }

    /// Answers one request, as though no plan of faults were there.
    func answer(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        for door in doors where door.answers(request) {
            return await door.respond(to: request, body: body, from: peer, self)
        }
        do {
            let message = try await body.collect(upTo: Self.bodyLimit)
            for service in services where service.mustPrepare(for: request) {
                await service.prepare(for: request, body: message, self)
            }
            let (response, bytes) = respond(to: request, body: message, from: peer)
            return HTTPReply(response, .bytes(bytes))
        } catch is BodyTooLarge {
            return HTTPReply(HTTPResponse(status: .contentTooLarge))
        } catch {
            return HTTPReply(HTTPResponse(status: .badRequest))
        }
    }

    /// Layer parts come as base64 within JSON: 20 MiB of layer at most, and its envelope.
    static let bodyLimit = 32 << 20

    /// Answers one call of an AWS API, synchronously: parsed, authenticated, authorised and carried out in one transaction.
    public func respond(to request: HTTPRequest, body: Bytes, from peer: String = "127.0.0.1") -> (HTTPResponse, Bytes) {
        let started = ContinuousClock.now
        let number = nextRequestNumber()
        let ids = IDGenerator(seed: seed, stream: number)
        var call = Call(number: number, now: clock.now, requestId: ids.uuid(), peer: peer)
        var wire = WireProtocol.ec2Query
        var answer: (HTTPResponse, Bytes)
        var failure: AWSError?
        do {
            answer = try handle(request, body, &call, ids, &wire)
        } catch {
            let error = Self.awsError(error, call)
            failure = error
            let model = call.route?.service.model ?? services.first { $0.model.wire == wire }?.model ?? services[0].model
            answer = model.response(error, requestId: call.requestId)
        }
        // Before the answer is out: who was told that a port is open finds it open.
        if failure == nil, let route = call.route, route.service.model.id == "ec2", !Self.isReadOnly(route.operation) {
            guests?.instancesChanged()
        }
        journal.append(
            Journal.Entry(
                number: number, time: call.now, service: call.route?.service.model.id ?? "",
                operation: call.route?.operation ?? "",
                region: call.route?.region ?? configuration.region, caller: call.caller, sourceAddress: peer,
                userAgent: request.headerFields.first(.userAgent), requestId: call.requestId, parameters: call.parameters,
                status: answer.0.status.code, error: failure, duration: (ContinuousClock.now - started).microseconds,
                layout: call.route?.layout ?? .json, output: call.output, decision: call.decision))
        return answer
    }

    /// What is learned of a request on its way, for the journal and for the error's envelope.
    private struct Call {
        let number: UInt64
        let now: Instant
        let requestId: String
        let peer: String
        var route: Route?
        var caller: Caller?
        var parameters = Node.null
        /// What a call that changes something is answered with.
        var output: (any Shape)?
        var decision: Decision?
    }

    /// The way of a request, in order.
    private func handle(
        _ request: HTTPRequest, _ body: Bytes, _ call: inout Call, _ ids: IDGenerator, _ wire: inout WireProtocol
    ) throws -> (HTTPResponse, Bytes) {
        var authorization: SigV4Authorization?
        var malformed: SigV4Failure?
        do { authorization = try authenticator.parse(request) } catch { malformed = error }
        let route: Route
        do {
            route = try gateway.route(request, body, authorization)
        } catch {
            wire = error.wire
            throw error.error
        }
        call.route = route
        let service = route.service
        wire = service.model.wire
        if let malformed { throw AWSError.failure(malformed, wire) }
        let requestId = call.requestId
        let now = call.now
        let peer = call.peer
        var caller: Caller?
        var parameters = Node.null
        var decision: Decision?
        defer {
            call.caller = caller
            call.parameters = parameters
            call.decision = decision
        }
        let (response, output) = try store.transaction { db in
            let changes = db.totalChangesCount
            let who = try authenticator.caller(authorization, request, body, wire: wire, now: now, db)
            caller = who
            guard let operation = service.operation(route.operation) else {
                throw Self.noHandler(route.operation, service.model)
            }
            let message = try route.query ?? Self.json(body)
            parameters = message
            let report = ShapeReader.Report()
            let input = operation.read(
                ShapeReader(message, schema: operation.inputSchema, layout: route.layout, report: report))
            let context = Context(
                db: db, simulator: self, service: service.model.id, operation: route.operation, account: who.account,
                region: route.region, caller: who, now: now, ids: ids, requestId: requestId, sourceAddress: peer)
            defer { decision = context.decision }
            try prepare(context)
            try authorize(operation.name, input, service, context)
            let violations = report.violations
            if !violations.isEmpty { throw service.error(for: violations, operation.name) }
            let output = try operation.call(input, context)
            try directory?.noteUse(of: who.accessKeyId, service: service.model.signingName, region: route.region, at: now, db)
            try finish(context, since: changes, number: call.number)
            let response = service.model.response(
                operation.name, output, outputSchema: operation.outputSchema, resultWrapper: operation.resultWrapper,
                requestId: requestId)
            return (response, output)
        }
        if !Self.isReadOnly(route.operation) { call.output = output }
        return response
    }

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

    /// Makes the defaults of an account in a region, at their first touch.
    func prepare(_ context: Context) throws {
        let place = Place(account: context.account, region: context.region)
        if state.withLock({ $0.prepared.contains(place) }) { return }
        let db = context.db
        let exists = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM prepared WHERE account = ? AND region = ?)",
            arguments: [context.account, context.region])
        if exists != true {
            let first = Context(
                db: db, simulator: self, service: context.service, operation: context.operation, account: context.account,
                region: context.region, caller: context.caller, now: context.now,
                ids: IDGenerator(seed: seed, scope: "\(place.account)/\(place.region)"), requestId: context.requestId,
                sourceAddress: context.sourceAddress)
            for service in services { try service.prepare(first) }
            try db.execute(sql: "INSERT INTO prepared VALUES (?, ?)", arguments: [context.account, context.region])
        }
        // Only what is committed may be remembered: a request that fails takes the defaults back with it.
        db.afterNextTransaction { [state = PreparedMark(self)] _ in
            state.simulator.state.withLock { _ = $0.prepared.insert(place) }
        }
    }

    private struct PreparedMark: Sendable {
        let simulator: Simulator
        init(_ simulator: Simulator) { self.simulator = simulator }
    }

    func finish(_ context: Context, since changes: Int, number: UInt64) throws {
        let db = context.db
        try remember(number, db, since: changes)
        let actions = context.afterCommit
        if !actions.isEmpty { db.afterNextTransaction { _ in for action in actions { action() } } }
    }

    /// Keeps the number of the last request that changed something: ids go on from there after a restart.
    func remember(_ number: UInt64, _ db: Database, since changes: Int) throws {
        guard db.totalChangesCount != changes else { return }
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO counter VALUES ('requests', ?)")
            .execute(arguments: [Int64(bitPattern: number)])
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

    // MARK: Errors

    private static func json(_ body: Bytes) throws -> Node {
        do {
            let node = body.isEmpty ? .object([]) : try JSON.parse(body)
            guard node.fields != nil else { throw MalformedMessage(offset: 0, reason: "expected an object") }
            return node
        } catch let error as MalformedMessage {
            throw AWSError("SerializationException", "", explanation: "The body is not the JSON object it should be: \(error).")
        }
    }

    private static func noHandler(_ operation: String, _ model: ServiceModel) -> AWSError {
        if model.operationNames.contains(operation) { return .notSimulated(model.id, operation) }
        return model.wire == .awsJson1_1
            ? .unknownOperation(operation) : .invalidAction(operation, model.apiVersion, model.wire)
    }

    /// Whatever isn't an AWS error is a bug of Drydock, and says so on standard error.
    private static func awsError(_ error: any Error, _ call: Call) -> AWSError {
        if let error = error as? AWSError { return error }
        FileHandle.standardError.write(
            Data("drydock: internal error in \(call.route?.operation ?? "?") (request \(call.requestId)): \(error)\n".utf8))
        return AWSError(
            "InternalError", status: 500, "An internal error has occurred", explanation: "This is a bug of Drydock: \(error)")
    }
}

extension Duration {
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
