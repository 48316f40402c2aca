import AWSCore
import Synchronization

/// Caches credentials until shortly before they expire. Callers that wait for new credentials share one fetch.
///
/// As in botocore, one caller refreshes in the last 15 minutes while others use the old credentials, and its failure is
/// ignored. In the last 10 minutes all callers wait and share a failure. For short-lived credentials these limits are at half
/// and three quarters of their lifetime, so that not every call fetches new ones.
final class CredentialsCache: Sendable {
    private struct Entry {
        let credentials: Credentials
        /// When one caller starts to refresh, and when all callers wait; nil for credentials that do not expire.
        let advisory, mandatory: Instant?

        init(_ credentials: Credentials, at now: Instant) {
            self.credentials = credentials
            guard let expiration = credentials.expiration else {
                (advisory, mandatory) = (nil, nil)
                return
            }
            let life = (expiration - now).milliseconds
            advisory = expiration - .milliseconds(min(15 * 60_000, max(0, life / 2)))
            mandatory = expiration - .milliseconds(min(10 * 60_000, max(0, life / 4)))
        }
    }

    private struct State {
        var entry: Entry?
        var fetch: Task<Credentials?, any Error>?
    }

    private enum Step {
        case use(Credentials)
        case await(Task<Credentials?, any Error>, otherwise: Credentials?)
    }

    private let clock: @Sendable () -> Instant
    private let state = Mutex(State())

    init(clock: @escaping @Sendable () -> Instant) { self.clock = clock }

    /// - Parameter fetch: runs one at a time, and continues if the call that started it is cancelled.
    func credentials(_ fetch: @escaping @Sendable () async throws -> Credentials?) async throws -> Credentials? {
        let now = clock()
        let step = state.withLock { state -> Step in
            if let entry = state.entry {
                let isUrgent = entry.mandatory.map { now >= $0 } ?? false
                let isDue = entry.advisory.map { now >= $0 } ?? false
                if !isUrgent {
                    guard isDue, state.fetch == nil else { return .use(entry.credentials) }
                    return .await(begin(fetch, &state), otherwise: entry.credentials)
                }
            }
            return .await(state.fetch ?? begin(fetch, &state), otherwise: nil)
        }
        switch step {
        case .use(let credentials): return credentials
        case .await(let task, let otherwise?): return (try? await task.value) ?? otherwise
        case .await(let task, nil): return try await task.value
        }
    }

    private func begin(
        _ fetch: @escaping @Sendable () async throws -> Credentials?, _ state: inout State
    ) -> Task<Credentials?, any Error> {
        let task = Task {
            let result: Result<Credentials?, any Error>
            do { result = .success(try await fetch()) } catch { result = .failure(error) }
            let now = self.clock()
            self.state.withLock { state in
                state.fetch = nil
                if case .success(let credentials?) = result { state.entry = Entry(credentials, at: now) }
            }
            return try result.get()
        }
        state.fetch = task
        return task
    }
}
