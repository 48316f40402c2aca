import AWSCore

extension Simulator {
    /// Validates a request and runs it; a dry run is then rolled back.
    ///
    /// By default a dry run executes the operation and throws out of the transaction, so that it fails with the operation's own
    /// errors. (A rollback to a savepoint would not do: ``ReadCache`` compares SQLite's count of changes, which a savepoint does
    /// not restore.) It is assumed that AWS checks everything before it answers a dry run, except in the operations that a
    /// service names.
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
