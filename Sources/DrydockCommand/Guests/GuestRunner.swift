import Drydock
import Foundation

#if os(Linux)
    import Guests
#endif

/// Runs guests for a simulator in this process until `end()`.
struct GuestRunner {
    #if os(Linux)
        private let task: Task<Void, Never>
        private let folder: String

        /// Why this machine cannot run guests; nil if it can.
        static var obstacle: String? { GuestHost.obstacle }

        /// - Throws: ``Failure``
        init(_ simulator: Simulator) throws {
            let folder = FileManager.default.temporaryDirectory.path + "/drydock-run-\(getpid())"
            let host: GuestHost
            do { host = try GuestHost(simulator, folder: folder + "/guests") } catch let error as GuestFailure {
                throw Failure(error.description)
            }
            self.folder = folder
            simulator.setGuests(host)
            task = Task { await host.run() }
        }

        func end() async {
            task.cancel()
            await task.value
            GuestHost.remove(folder)
        }
    #else
        static var obstacle: String? { "guests need Linux, bubblewrap and OpenSSH's server" }
        init(_ simulator: Simulator) throws { throw Failure(Self.obstacle ?? "") }
        func end() async {}
    #endif
}
