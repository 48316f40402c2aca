import AWSCore
import Contract
import Foundation
import Synchronization
import Testing

@testable import Scenarios

@Suite struct CourseScenario {
    private static let inputs = ScenarioFiles.folder + "/../golden/inputs/course.json"

    /// golden/inputs/course.json lists the course's calls. tools/goldens generates requests from it, and GoldenTests compares our
    /// client's requests with them. DRYDOCK_RECORD=all rewrites the list.
    @Test func courseScenarioCallsMatchGolden() async throws {
        let called = Mutex<[Node]>([])
        let scenario = try ScenarioFiles.scenario("ecr-course.yaml")
        let run = ScenarioRun(
            scenario, on: try .simulator(for: scenario),
            observe: { event in
                guard case .called(let operation, let input) = event else { return }
                let call = Node.object([.init("operation", .string(operation)), .init("input", input)])
                called.withLock { if !$0.contains(call) { $0.append(call) } }
            })
        #expect(await run.run().isSuccess)
        let text = String(decoding: JSON.write(.list(called.withLock { $0 }), pretty: true), as: UTF8.self) + "\n"
        if RecordMode.fromEnvironment == .all { try text.write(toFile: Self.inputs, atomically: true, encoding: .utf8) }
        let golden = try String(contentsOfFile: Self.inputs, encoding: .utf8)
        #expect(
            text == golden,
            "\(LineDifference(golden, text).lines.joined(separator: "\n"))\nDRYDOCK_RECORD=all accepts this; then run tools/goldens"
        )
    }

    @Test func courseScenarioCallsAreDeterministic() async throws {
        let first = try await Self.transcript()
        #expect(first.count > 10)
        #expect(try await Self.transcript() == first)
    }

    private static func transcript() async throws -> [String] {
        let lines = Mutex<[String]>([])
        let scenario = try ScenarioFiles.scenario("ecr-course.yaml")
        let run = ScenarioRun(
            scenario, on: try .simulator(for: scenario),
            observe: { event in
                if case .called(let operation, let input) = event { lines.withLock { $0.append("\(operation) \(input)") } }
            })
        #expect(await run.run().isSuccess)
        return lines.withLock { $0 }
    }
}
