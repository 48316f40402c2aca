import DrydockTesting
import Testing

/// The error of a call; nil if it succeeds.
func refusal<T>(of call: () async throws -> T) async -> AWSError? {
    do {
        _ = try await call()
        return nil
    } catch let error as AWSError {
        return error
    } catch {
        Issue.record("threw \(error), which is not AWS's")
        return nil
    }
}
