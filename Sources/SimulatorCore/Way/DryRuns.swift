import AWSCore

extension Simulator {
    /// Validates a request and carries it out; a dry run is then taken back.
    ///
    /// By default a dry run is the operation itself, thrown out of the transaction: what would have been refused is refused in
    /// the same words. (Thrown, not rolled back to a savepoint: ``ReadCache`` goes by SQLite's count of changes, which a
    /// savepoint doesn't take back.) That AWS checks everything before it answers a dry run is assumed, but for the operations
    /// that a service names as answered early.
    func carryOut(
        _ operation: ServiceOperation, _ input: any Shape, _ violations: [Violation], _ service: any SimulatedService,
        _ context: Context
    ) throws -> any Shape {
        let isDryRun = (input as? any DryRunInput)?.dryRun == true
        if isDryRun, let answer = service.dryRunAnswer, service.answersDryRunEarly(operation.name, input) {
            throw answer
        }
        if !violations.isEmpty { throw service.error(for: violations, operation.name) }
        let output = try operation.call(input, context)
        if isDryRun, let answer = service.dryRunAnswer { throw answer }
        return output
    }
}
