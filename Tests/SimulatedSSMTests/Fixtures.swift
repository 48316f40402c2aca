import DrydockTesting

/// The error of a call; nil if it succeeds.
func refusal<T>(of call: () async throws -> T) async -> AWSError? {
    do {
        _ = try await call()
        return nil
    } catch { return error as? AWSError }
}
