import AWSCore
import Drydock
import DrydockServer
import Synchronization
import Testing

@testable import Scenarios

/// Runs the scenarios against a server over HTTP, including docker steps, which use the server's port too.
@Suite struct ServedTargets {
    @Test(arguments: ScenarioFiles.names, [nil, "real registry names"])
    func scenarioSucceedsAgainstServer(_ name: String, _ registry: String?) async throws {
        let configuration = Configuration(
            account: "001727357081", clock: .manual(), transitions: .quick,
            registryHost: registry == nil ? "localhost:4566" : nil)
        let scenario = try ScenarioFiles.scenario(name)
        let failures = Failures()
        let report = try await Self.withServer(try .drydock(configuration)) { url in
            let target = try await Target.named(url, for: scenario)
            return await ScenarioRun(scenario, on: target, observe: failures.observe).run()
        }
        #expect(report.isSuccess, "\(failures.texts.joined(separator: "\n"))")
    }

    @Test(arguments: [
        ("clock: advance 25h3m", "forward by 1d1h3m."), ("clock: set 2023-12-17T08:00:00Z", "back by 1h."), ("wait: 1s", nil),
    ]) func clockNoteReportsServerClockChange(_ step: String, _ expected: String?) async throws {
        let start = try #require(Instant(parsing: "2023-12-17T09:00:00Z"))
        let scenario = try Scenario(parsing: "name: x\nup: [{\(step)}]\n", file: "x.yaml")
        let simulator = try Simulator.drydock(Configuration(clock: .manual(at: start)))
        let note = try await Self.withServer(simulator) { url in
            let target = try await Target.named(url, for: scenario)
            #expect(await ScenarioRun(scenario, on: target).run().isSuccess)
            return target.clockNote
        }
        #expect(note?.hasSuffix(expected ?? "nothing") ?? (expected == nil), "\(note ?? "no note")")
    }

    @Test func invalidTargetsAreReported() async throws {
        let scenario = try Scenario(parsing: "name: x\nup: [{note: a}]\n", file: "x.yaml")
        for (name, expected) in [
            ("simulater", "'simulater' is no target: expected 'simulator', 'aws' or a URL such as http://localhost:4566"),
            ("http://127.0.0.1:1", "127.0.0.1:1 cannot be reached"),
        ] {
            do {
                _ = try await Target.named(name, for: scenario)
                Issue.record("\(name) was taken")
            } catch {
                #expect("\(error)".hasPrefix(expected), "\(error)")
            }
        }
    }

    private static func withServer<T: Sendable>(
        _ simulator: Simulator, _ body: @escaping @Sendable (String) async throws -> T
    ) async throws -> T {
        let (ports, port) = AsyncStream<Int>.makeStream()
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await Server(simulator, .init(host: "127.0.0.1", port: 0)).run(handlesSignals: false) { port.yield($0) }
                return nil
            }
            group.addTask {
                for await number in ports { return try await body("http://127.0.0.1:\(number)") }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw TargetError("the server ended before its time")
        }
    }
}
