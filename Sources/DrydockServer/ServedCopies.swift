import AWSCore
import Drydock
import Synchronization

/// The snapshots that a server keeps, and the forks that it serves on other ports.
final class ServedCopies: Sendable {
    struct Fork: Sendable {
        let name: String
        let host: String
        let port: Int
        let simulator: Simulator
        fileprivate let task: Task<Void, Never>
        var endpoint: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    private struct State {
        var snapshots: [String: Snapshot] = [:]
        var forks: [String: Fork] = [:]
        var made = 0
    }
    private let state = Mutex(State())
    let folder: SnapshotFolder

    init(_ folder: SnapshotFolder) { self.folder = folder }

    var snapshots: [(name: String, snapshot: Snapshot)] {
        state.withLock { $0.snapshots.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }
    var forks: [Fork] { state.withLock { $0.forks.values.sorted { $0.port < $1.port } } }

    func snapshot(_ name: String) throws -> Snapshot {
        guard let snapshot = state.withLock({ $0.snapshots[name] }) else {
            let names = snapshots.map { "'\($0.name)'" }.joined(separator: ", ")
            throw ControlError("There is no snapshot '\(name)'\(names.isEmpty ? "" : "; there are \(names)").")
        }
        return snapshot
    }

    func keep(_ snapshot: Snapshot, as name: String) { state.withLock { $0.snapshots[name] = snapshot } }
    func forget(_ name: String) -> Bool { state.withLock { $0.snapshots.removeValue(forKey: name) != nil } }

    /// Serves a fork on its own port.
    /// - Parameters:
    ///   - name: nil generates one.
    ///   - port: 0 uses any free port.
    ///   - make: returns the fork for the port that it will have.
    func serve(
        name: String?, port: Int, like options: Server.Options, _ make: (Int) throws -> Simulator
    ) async throws -> Fork {
        let name =
            name
            ?? state.withLock { state in
                state.made += 1
                return "fork-\(state.made)"
            }
        guard state.withLock({ $0.forks[name] }) == nil else { throw ControlError("There is a fork '\(name)' already.") }
        let port = port == 0 ? try await Server.freePort(on: options.host) : port
        var options = options
        options.port = port
        options.tlsPort = nil
        options.hubPort = nil
        let simulator = try make(port)
        let server = Server(simulator, options, copies: self)
        let (ready, continuation) = AsyncStream.makeStream(of: Result<Int, any Error>.self)
        // Detached: the fork may be requested from another fork, which may end first.
        let task = Task.detached {
            do {
                try await server.run(handlesSignals: false) { continuation.yield(.success($0)) }
            } catch { continuation.yield(.failure(error)) }
            continuation.finish()
        }
        for await result in ready {
            let fork = Fork(name: name, host: options.host, port: try result.get(), simulator: simulator, task: task)
            state.withLock { $0.forks[name] = fork }
            return fork
        }
        throw ControlError("The fork ended before it started.")
    }

    /// Stops a fork. Returns false if there is none of that name.
    func stop(_ name: String) async -> Bool {
        guard let fork = state.withLock({ $0.forks.removeValue(forKey: name) }) else { return false }
        fork.task.cancel()
        return true
    }

    func stopAll() async { for fork in forks { _ = await stop(fork.name) } }
}
