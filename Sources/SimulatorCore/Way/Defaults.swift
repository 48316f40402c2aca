import AWSCore
import GRDB

extension Simulator {
    /// Creates the defaults of an account in a region, at the first request there.
    func createDefaults(_ context: Context) throws {
        let accountRegion = AccountRegion(account: context.account, region: context.region)
        if state.withLock({ $0.withDefaults.contains(accountRegion) }) { return }
        let db = context.db
        let exists = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM prepared WHERE account = ? AND region = ?)",
            arguments: [context.account, context.region])
        if exists != true {
            let first = Context(
                db: db, simulator: self, service: context.service, operation: context.operation, account: context.account,
                region: context.region, caller: context.caller, now: context.now,
                ids: IDGenerator(seed: seed, scope: "\(accountRegion.account)/\(accountRegion.region)"),
                requestId: context.requestId,
                sourceAddress: context.sourceAddress)
            do {
                for service in services { try service.createDefaults(first.serving(service.model.id)) }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                throw DamagedState("\(context.account) has defaults in \(context.region) that are not noted")
            }
            try db.execute(sql: "INSERT INTO prepared VALUES (?, ?)", arguments: [context.account, context.region])
        }
        // Remember only what is committed: a failing request rolls the defaults back.
        db.afterNextTransaction { [state = PreparedMark(self)] _ in
            state.simulator.state.withLock { _ = $0.withDefaults.insert(accountRegion) }
        }
    }

    private struct PreparedMark: Sendable {
        let simulator: Simulator
        init(_ simulator: Simulator) { self.simulator = simulator }
    }
}
