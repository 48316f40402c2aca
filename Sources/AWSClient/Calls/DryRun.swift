public import AWSCore

extension AWSClient {
    /// Asks whether the caller may do something, without doing it: EC2's `DryRun`.
    ///
    /// - Parameter operation: one of EC2's whose input has a `DryRun`, for example `EC2.Operations.runInstances`.
    /// - Parameter input: what the operation would be asked; its `DryRun` is set here.
    /// - Returns: whether the caller may: true after AWS's `DryRunOperation`, false after `UnauthorizedOperation`.
    /// - Throws: ``ConfigurationError`` for an operation without dry runs, `AWSError` with any other answer: what would keep the
    ///   operation from succeeding apart from permissions.
    public func isAllowed<Input: Shape, Output: Shape>(
        _ operation: Operation<Input, Output>, _ input: Input
    ) async throws -> Bool {
        do {
            try await dryRun(operation, input)
            return true
        } catch let error as AWSError where error.code == "UnauthorizedOperation" {
            return false
        }
    }

    /// Carries an operation out as a dry run, and returns if it would have succeeded.
    ///
    /// - Throws: ``ConfigurationError`` for an operation without dry runs, `AWSError` with what would keep it from succeeding, for
    ///   example `UnauthorizedOperation`, and as ``invoke(_:_:)``.
    public func dryRun<Input: Shape, Output: Shape>(_ operation: Operation<Input, Output>, _ input: Input) async throws {
        guard let dry = try UntypedOperation.shape(input, setting: "DryRun", to: .bool(true)) else {
            throw ConfigurationError("\(operation.name) of \(operation.service.serviceId) has no dry run.")
        }
        do {
            _ = try await invoke(operation, dry)
        } catch let error as AWSError where error.code == "DryRunOperation" {
            return
        }
        throw AWSError(
            "DryRunIgnored", status: 200,
            "\(operation.service.serviceId) carried \(operation.name) out, though a dry run was asked for.")
    }
}
