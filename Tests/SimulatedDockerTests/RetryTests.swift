import AWSCore
import HTTPTypes
import OCI
import SimulatedDocker
import SimulatorCore
import Synchronization
import Testing

/// Which requests dockerd retries, and how.
@Suite struct DockerRetries {
    let world: World
    init() throws { world = try World() }

    /// Counts seconds instead of waiting.
    private final class Pauses: Sendable {
        private let count = Mutex(0)
        var seconds: Int { count.withLock { $0 } }
        func pause(_ duration: Duration) { count.withLock { $0 += Int(duration.components.seconds) } }
    }

    private func engine(_ transport: any HTTPTransport, _ pauses: Pauses) -> DockerEngine {
        DockerEngine(
            transport: transport, pause: { pauses.pause($0) }, clock: { [world] in world.clock.now })
    }

    private func fail(_ calls: Fault.Calls, _ operation: String = "FetchBlob") {
        world.simulator.faults.set(
            FaultPlan([Fault(.failure(status: 503), service: "hub", operation: operation, calls: calls)]))
    }

    @Test func failedLayerDownloadIsRetriedWithDelay() async throws {
        let pauses = Pauses(), lines = Lines()
        let engine = engine(Wire(simulator: world.simulator), pauses)
        fail(.numbers(2...3))
        try await engine.pull("hello-world", report: lines.report)
        let waits = lines.all.filter { $0.contains(": Retrying in ") }.map { $0.split(separator: ": ")[1] }
        #expect(waits.count == 15)
        #expect(
            waits.prefix(6) == [
                "Retrying in 5 seconds", "Retrying in 4 seconds", "Retrying in 3 seconds", "Retrying in 2 seconds",
                "Retrying in 1 second", "Retrying in 10 seconds",
            ])
        #expect(pauses.seconds == 15)
    }

    @Test func pullFailsAfterRetriesAreExhausted() async throws {
        let pauses = Pauses()
        let engine = engine(Wire(simulator: world.simulator), pauses)
        fail(.numbers(2...100))
        await #expect { try await engine.pull("hello-world") } throws: {
            ($0 as? DockerError)?.message == "received unexpected HTTP status: 503 Service Unavailable"
        }
        #expect(pauses.seconds == 5 + 10 + 15 + 20 + 25)
        fail(.all)
        await #expect { try await engine.pull("alpine") } throws: {
            ($0 as? DockerError)?.message
                == "error pulling image configuration: download failed after attempts=6: received unexpected HTTP status: 503 Service Unavailable"
        }
    }

    @Test func failedPushIsRetried() async throws {
        let pauses = Pauses()
        let engine = engine(Wire(simulator: world.simulator), pauses)
        try await engine.login("", RegistryCredentials(username: "worker", password: "secret"))
        try await engine.pull("hello-world")
        try engine.tag("hello-world", "worker/hello")
        fail(.numbers(1...1), "MountBlob")
        try await engine.push("worker/hello")
        #expect(pauses.seconds == 5)
    }

    @Test func deniedDownloadIsNotRetried() async throws {
        let pauses = Pauses()
        let engine = engine(Wire(simulator: world.simulator), pauses)
        world.simulator.faults.set(
            FaultPlan([
                Fault(
                    .error(AWSError("DENIED", status: 403, "No.")), service: "hub", operation: "FetchBlob",
                    calls: .numbers(2...9))
            ]))
        await #expect { try await engine.pull("hello-world") } throws: {
            "\($0)".hasSuffix("repository does not exist or may require 'docker login': denied: No.")
        }
        #expect(pauses.seconds == 0)
    }

    /// Breaks off the responses to the first blob requests after some bytes and records the requested ranges.
    private final class Breaking: HTTPTransport {
        private let base: any HTTPTransport
        private let state: Mutex<(left: Int, ranges: [String?])>

        init(_ base: any HTTPTransport, times: Int) {
            self.base = base
            state = Mutex((times, []))
        }

        var ranges: [String?] { state.withLock { $0.ranges } }

        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            var reply = try await base.send(request, body: body, timeout: timeout)
            guard request.path?.contains("/blobs/") == true, reply.response.status.code < 300 else { return reply }
            let breaks = state.withLock { state in
                state.ranges.append(request.headerFields[.range])
                state.left -= 1
                return state.left >= 0
            }
            guard breaks else { return reply }
            let all = try await reply.body.collect(upTo: 1 << 20)
            let sent = Mutex(false)
            reply.body = .stream(
                HTTPBodyStream {
                    let isFirst = sent.withLock { value in
                        defer { value = true }
                        return !value
                    }
                    guard isFirst else { throw TransportError.truncated(host: "") }
                    return Bytes(all.prefix(70))
                }, length: all.count)
            return reply
        }
    }

    @Test func interruptedDownloadResumesWithRange() async throws {
        let pauses = Pauses()
        let transport = Breaking(Wire(simulator: world.simulator), times: 2)
        let engine = engine(transport, pauses)
        let pulled = try await engine.pull("hello-world")
        #expect(transport.ranges == [nil, "bytes=70-", "bytes=140-", nil])
        #expect(try await world.machine().pull("hello-world").id == pulled.id)
        #expect(try engine.blobs.uploadIDs().isEmpty)
    }
}
