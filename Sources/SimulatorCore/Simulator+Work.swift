public import GRDB

// Work on a simulator's database other than calls of AWS APIs.

extension Simulator {
    /// Runs work that is not an AWS API call (a registry's push, a clock's tick) in its own transaction, with a handler
    /// context.
    /// - Parameter request: the request that the work is a step of; nil starts a new one.
    public func perform<T>(
        _ service: String, _ operation: String, as caller: Caller, account: String? = nil, region: String,
        from peer: String = "127.0.0.1", userAgent: String? = nil, of request: SteppedRequest? = nil,
        _ body: (Context) throws -> T
    ) throws -> T {
        let request = request ?? beginRequest()
        let ids = request.nextStep()
        return try store.transaction { db in
            let changes = db.totalChangesCount
            let context = Context(
                db: db, simulator: self, service: service, operation: operation, account: account ?? caller.account,
                region: region,
                caller: caller, now: clock.now, ids: ids, requestId: request.requestId, sourceAddress: peer,
                userAgent: userAgent)
            try createDefaults(context)
            try settle(context)
            let result = try body(context)
            try finish(context, since: changes, number: request.number)
            return result
        }
    }

    /// Runs work that belongs to no AWS account (Docker Hub's) in its own transaction.
    /// - Parameter request: the request that the work is a step of; nil starts a new one.
    public func transact<T>(
        of request: SteppedRequest? = nil, _ body: (Database, IDGenerator) throws -> T
    ) throws -> T {
        let request = request ?? beginRequest()
        let ids = request.nextStep()
        return try store.transaction { db in
            let changes = db.totalChangesCount
            let result = try body(db, ids)
            try remember(request.number, db, since: changes)
            return result
        }
    }

    /// Reads the database outside of any request; it does not count as a request.
    package func look<T>(_ body: (Database) throws -> T) throws -> T { try store.transaction(body) }

    /// Reads state outside of any request; it does not count as a request and changes no ids.
    package func inspect<T>(_ service: String, account: String, region: String, _ body: (Context) throws -> T) throws -> T {
        try store.transaction { db in
            try body(
                Context(
                    db: db, simulator: self, service: service, operation: "", account: account, region: region,
                    caller: .root(of: account, accessKeyId: "drydock"), now: clock.now,
                    ids: IDGenerator(seed: seed, stream: 0), requestId: "", sourceAddress: "127.0.0.1"))
        }
    }

    /// Returns the accounts and regions that were ever used.
    package func activeRegions() throws -> [(account: String, region: String)] {
        try store.transaction { db in
            try Row.fetchAll(db, sql: "SELECT account, region FROM prepared ORDER BY account, region").map { ($0[0], $0[1]) }
        }
    }
}
