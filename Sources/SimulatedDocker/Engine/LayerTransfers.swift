import OCI
import Synchronization

/// The current downloads of an engine. Pulls that need the same blob share one download, which continues until the last of
/// them stops waiting.
final class LayerTransfers: Sendable {
    private let running = Mutex<[Key: Transfer]>([:])

    /// Includes repository and user, so that a user without access to a blob does not share another user's download.
    struct Key: Hashable {
        let digest: Digest
        let registry: String
        let repository: RepositoryName
        let user: String?
    }

    /// Waits for a blob, and fetches it unless a download is already running.
    /// - Parameter fetch: downloads the blob and reports progress.
    func join(
        _ key: Key, report: @escaping DockerEngine.Report,
        fetch: @escaping @Sendable (@escaping DockerEngine.Report) async throws -> Void
    ) async throws {
        let watcher = Watcher(report)
        let transfer = running.withLock { running in
            if let transfer = running[key], transfer.add(watcher) { return transfer }
            let transfer = Transfer(watcher)
            running[key] = transfer
            let task = Task { [weak self] in
                let result: Result<Void, any Error>
                do { result = .success(try await fetch { transfer.report($0) }) } catch { result = .failure(error) }
                self?.forget(key, transfer)
                transfer.end(result)
            }
            transfer.begin(task)
            return transfer
        }
        try await withTaskCancellationHandler {
            try await watcher.wait()
        } onCancel: {
            if transfer.leave(watcher) { forget(key, transfer) }
        }
    }

    private func forget(_ key: Key, _ transfer: Transfer) {
        running.withLock { if $0[key] === transfer { $0[key] = nil } }
    }
}

/// A download and the pulls that wait for it.
private final class Transfer: Sendable {
    private struct State {
        var watchers: [Watcher]
        var task: Task<Void, Never>?
        var isOver = false
        var last: DockerEngine.Progress?
    }
    private let state: Mutex<State>

    init(_ watcher: Watcher) { state = Mutex(State(watchers: [watcher])) }

    func begin(_ task: Task<Void, Never>) { state.withLock { $0.task = task } }

    /// Adds a watcher. Returns false if the download is already over.
    func add(_ watcher: Watcher) -> Bool {
        let (isIn, last) = state.withLock { state -> (Bool, DockerEngine.Progress?) in
            guard !state.isOver else { return (false, nil) }
            state.watchers.append(watcher)
            return (true, state.last)
        }
        if let last { watcher.report(last) }
        return isIn
    }

    func report(_ progress: DockerEngine.Progress) {
        let watchers = state.withLock { state in
            state.last = progress
            return state.watchers
        }
        for watcher in watchers { watcher.report(progress) }
    }

    func end(_ result: Result<Void, any Error>) {
        let watchers = state.withLock { state in
            state.isOver = true
            return state.watchers
        }
        for watcher in watchers { watcher.end(result) }
    }

    /// - Returns: true if no watcher is left; the download is then cancelled.
    func leave(_ watcher: Watcher) -> Bool {
        let task = state.withLock { state -> Task<Void, Never>? in
            state.watchers.removeAll { $0 === watcher }
            guard state.watchers.isEmpty, !state.isOver else { return nil }
            state.isOver = true
            return state.task
        }
        watcher.end(.failure(CancellationError()))
        task?.cancel()
        return task != nil
    }
}

/// A pull that waits for a download.
private final class Watcher: Sendable {
    private enum State {
        case pending
        case waiting(CheckedContinuation<Void, any Error>)
        case over(Result<Void, any Error>)
    }
    private let state = Mutex(State.pending)
    let report: DockerEngine.Report

    init(_ report: @escaping DockerEngine.Report) { self.report = report }

    func wait() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Void, any Error>? in
                if case .over(let result) = state { return result }
                state = .waiting(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    func end(_ result: Result<Void, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            defer { if case .over = state {} else { state = .over(result) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }
}

/// Reports when a count has advanced by a step.
final class Counter: Sendable {
    private let last = Mutex(0)

    func advance(to count: Int, by step: Int) -> Bool {
        last.withLock { last in
            guard count - last >= step else { return false }
            last = count
            return true
        }
    }
}
