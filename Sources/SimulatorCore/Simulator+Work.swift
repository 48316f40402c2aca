public import GRDB

// What is done to a simulator's database beside the calls of AWS's APIs.

extension Simulator {
    /// Carries out work that doesn't come as a call of an AWS API (a registry's push, a clock's tick) in a transaction of its
    /// own, with the same context that handlers have.
    /// - Parameter request: what the work is a step of; nil makes it a request of its own.
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
            try prepare(context)
            try settle(context)
            let result = try body(context)
            try finish(context, since: changes, number: request.number)
            return result
        }
    }

    /// Carries out work that belongs to no AWS account (Docker Hub's) in a transaction of its own.
    /// - Parameter request: what the work is a step of; nil makes it a request of its own.
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

    /// Reads the database, outside of any request and without counting as one.
    package func look<T>(_ body: (Database) throws -> T) throws -> T { try store.transaction(body) }

    /// Looks at what is there, outside of any request and without counting as one: who looks changes no ids.
    package func inspect<T>(_ service: String, account: String, region: String, _ body: (Context) throws -> T) throws -> T {
        try store.transaction { db in
            try body(
                Context(
                    db: db, simulator: self, service: service, operation: "", account: account, region: region,
                    caller: .root(of: account, accessKeyId: "drydock"), now: clock.now,
                    ids: IDGenerator(seed: seed, stream: 0), requestId: "", sourceAddress: "127.0.0.1"))
        }
    }

    /// The accounts and regions that anybody ever touched.
    package func places() throws -> [(account: String, region: String)] {
        try store.transaction { db in
            try Row.fetchAll(db, sql: "SELECT account, region FROM prepared ORDER BY account, region").map { ($0[0], $0[1]) }
        }
    }
}
