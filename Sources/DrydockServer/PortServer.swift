/// A server on a port that runs until it is stopped.
public protocol PortServer: Sendable {
    /// Serves until SIGTERM or SIGINT, if it handles signals, or until the task is cancelled.
    /// - Parameter onReady: called with the port once connections are accepted.
    /// - Throws: ``ServerError`` if the server cannot listen on the address.
    func run(handlesSignals: Bool, onReady: @escaping @Sendable (Int) async -> Void) async throws
}

extension PortServer {
    /// Serves while `body` runs, and passes it the port.
    /// - Throws: ``ServerError`` if the server cannot listen on the address; the errors of `body`.
    public func serving<Result: Sendable>(_ body: @escaping @Sendable (Int) async throws -> Result) async throws -> Result {
        let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await run(handlesSignals: false) { port in continuation.yield(port) }
                return nil
            }
            group.addTask {
                for await port in ready { return try await body(port) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }
}
