import GRDB

extension Context {
    /// Carries out a part of the request that may fail without the request failing: what it changed is taken back then, and what
    /// it read is read anew.
    public func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        var result: Result?
        do {
            try db.inSavepoint {
                result = try body()
                return .commit
            }
        } catch {
            readCache.forget()
            throw error
        }
        guard let result else { throw DamagedState("a savepoint was committed without a result") }
        return result
    }
}
