import AWSCore
import Synchronization

/// Keeps credentials until shortly before they expire, and fetches new ones once, however many calls wait for them.
///
/// As in botocore: in the last 15 minutes one caller fetches new ones while the others go on with the old, and its failure
/// doesn't matter; in the last 10 everybody waits, and a failure is everybody's. What lives for less than that is kept for half
/// and three quarters of its life, so that it isn't fetched for each call.
final class CredentialsCache: Sendable {
    private struct Held {
        let credentials: Credentials
        /// From when on one caller fetches new ones, and from when on everybody waits; nil for what doesn't expire.
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
        var held: Held?
        var fetch: Task<Credentials?, any Error>?
    }

    private enum Step {
        case use(Credentials)
        case await(Task<Credentials?, any Error>, otherwise: Credentials?)
    }

    private let clock: @Sendable () -> Instant
    private let state = Mutex(State())

    init(clock: @escaping @Sendable () -> Instant) { self.clock = clock }

    /// - Parameter fetch: runs once at a time, and goes on if the call that began it is cancelled.
    func credentials(_ fetch: @escaping @Sendable () async throws -> Credentials?) async throws -> Credentials? {
        let now = clock()
        let step = state.withLock { state -> Step in
            if let held = state.held {
                let isUrgent = held.mandatory.map { now >= $0 } ?? false
                let isDue = held.advisory.map { now >= $0 } ?? false
                if !isUrgent {
                    guard isDue, state.fetch == nil else { return .use(held.credentials) }
                    return .await(begin(fetch, &state), otherwise: held.credentials)
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
                if case .success(let credentials?) = result { state.held = Held(credentials, at: now) }
            }
            return try result.get()
        }
        state.fetch = task
        return task
    }
}
