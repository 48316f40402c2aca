public import AWSCore

extension AWSClient {
    /// Checks whether the caller may carry out an operation, without carrying it out: EC2's `DryRun`.
    ///
    /// - Parameter operation: an EC2 operation whose input has a `DryRun`, for example `EC2.Operations.runInstances`.
    /// - Parameter input: the operation's input; its `DryRun` is set here.
    /// - Returns: true after AWS's `DryRunOperation`, false after `UnauthorizedOperation`.
    /// - Throws: ``ConfigurationError`` for an operation without dry runs; `AWSError` if the operation would fail for a reason
    ///   other than permissions.
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

    /// Carries out an operation as a dry run, and returns if it would succeed.
    ///
    /// - Throws: ``ConfigurationError`` for an operation without dry runs; `AWSError` with the reason why it would fail, for
    ///   example `UnauthorizedOperation`; and as ``invoke(_:_:)``.
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
            "\(operation.service.serviceId) performed \(operation.name) although a dry run was requested.")
    }
}
