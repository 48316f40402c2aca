import AWSCore
import Drydock
import Foundation
import Synchronization
import Testing

@testable import Scenarios

/// A scenario run: prompts, skipped steps, saved values, cleanup and failures.
@Suite struct ScenarioRuns {
    private static func run(
        _ text: String, answers: Answers = .yes, parts: [Scenario.Part] = Scenario.Part.allCases
    ) async throws -> (report: RunReport, lines: [String]) {
        let scenario = try Scenario(parsing: "name: x\n" + text, file: "x.yaml")
        let lines = Mutex<[String]>([])
        let list = StepList(file: "x.yaml", isLive: false, hasColours: false) { text in
            // Times differ between runs.
            lines.withLock {
                $0 += text.split(separator: "\n").map { String($0).replacing(#/  [0-9.]+ (µs|ms|s)$/#, with: "") }
            }
        }
        let run = ScenarioRun(scenario, on: try .simulator(for: scenario), answers: answers, observe: list.observe)
        let report = await run.run(parts)
        return (report, lines.withLock { Array($0.dropLast()) })
    }

    @Test func runExecutesUpThenDownThenCleanup() async throws {
        let (report, lines) = try await Self.run("cleanup: [{note: c}]\ndown: [{note: b}]\nup: [{note: a}]\n")
        #expect(lines == ["x on the simulator", "up", "  ✓ a", "down", "  ✓ b", "cleanup", "  ✓ c"])
        #expect(report.passed == 3 && report.isSuccess)
    }

    @Test func runExecutesSinglePart() async throws {
        let (_, lines) = try await Self.run("down: [{note: b}]\nup: [{note: a}]\n", parts: [.down])
        #expect(lines == ["x on the simulator", "down", "  ✓ b"])
    }

    @Test func firstFailureSkipsToCleanup() async throws {
        let (report, lines) = try await Self.run(
            """
            up:
              - call: ecr.DescribeRepositories
                expect: {repositories: {count: 1}}
              - note: never
            down: [{note: never}]
            cleanup: [{note: c}]

            """)
        #expect(
            lines == [
                "x on the simulator", "up", "  ✗ ecr.DescribeRepositories",
                "      x.yaml:4:14: repositories is not as expected",
                "      - 1 elements", "      + []", "      (- expected, + actual)", "cleanup", "  ✓ c",
            ])
        #expect(report.failed == 1 && !report.isSuccess)
    }

    @Test func cleanupContinuesAfterFailedStep() async throws {
        let (report, lines) = try await Self.run(
            """
            up:
              - call: ecr.DescribeRepositories
                save: {none: "repositories[0].repositoryName"}
            cleanup:
              - call: ecr.DeleteRepository
                input: {repositoryName: "${none}"}
              - call: ecr.DeleteRepository
                input: {repositoryName: not_there}
              - note: c

            """)
        #expect(lines.contains("  – ecr.DeleteRepository  skipped: ${none} has no value"))
        #expect(lines.contains { $0.contains("ecr.DeleteRepository failed: RepositoryNotFoundException (400)") })
        #expect(lines.last == "  ✓ c")
        #expect(report.failed == 1)
    }

    @Test func questionAnswerControlsStep() async throws {
        let text = "up:\n  - {question: Really?, note: a}\n  - {question: And the group?, steps: [{note: b}], name: g}\n"
        #expect(try await Self.run(text, answers: .yes).lines.suffix(3) == ["  ✓ a", "    g", "    ✓ b"])
        #expect(
            try await Self.run(text, answers: .no).lines.suffix(2)
                == ["  – a  skipped: answered no", "  – g  skipped: answered no"])
        let asked = Mutex<[String]>([])
        let (_, lines) = try await Self.run(
            text,
            answers: .ask { question in
                asked.withLock { $0.append(question) }
                return question == "Really?"
            })
        #expect(asked.withLock { $0 } == ["Really?", "And the group?"])
        #expect(lines.suffix(2) == ["  ✓ a", "  – g  skipped: answered no"])
        #expect(try await Self.run(text, answers: .ask { _ in nil }).report.failed == 1)
    }

    @Test func stepsThatNeedGuestsAreSkipped() async throws {
        let (report, lines) = try await Self.run(
            """
            hosts: {web: {instance: i-1, key: k}}
            up:
              - ssh: uname
                save: {system: "lines[0]"}
              - transfer: /tmp/a
                files: {b: c}
              - {name: both, requires: [guests], steps: [{note: a}, {note: b}]}
              - when: {system: {absent: true}}
                note: system is unknown

            """)
        let reason = "skipped: needs guests, which the simulator does not offer"
        #expect(
            lines.suffix(4) == [
                "  – ssh: uname  \(reason)", "  – transfer /tmp/a  \(reason)", "  – both  \(reason)", "  ✓ system is unknown",
            ])
        #expect(report.passed == 1 && report.skipped == 3 && report.isSuccess)
    }

    @Test func dockerStepUsesEngineOfHostWithoutGuest() async throws {
        let (report, lines) = try await Self.run(
            "hosts: {web: {instance: i-1, key: k}}\nup: [{docker: docker pull alpine, on: web, expect: {digest: {present: true}}}]\n"
        )
        #expect(report.isSuccess, "\(lines)")
    }

    @Test(arguments: [(Answers.yes, "true"), (.no, "false")])
    func consoleStepSavesAnswer(_ answers: Answers, _ expected: String) async throws {
        let (report, lines) = try await Self.run(
            "up: [{console: Go on?, save: {go: answer}}, {note: 'go is ${go}'}]\n", answers: answers)
        #expect(lines.suffix(2) == ["  ✓ Go on?", "  ✓ go is \(expected)"])
        #expect(report.isSuccess)
    }

    @Test func fileStepWritesPrivatelyAndNeverOverwrites() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/drydock-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let write = "up: [{file: \(path), content: a}, {file: \(path), content: a}]\n"
        #expect(try await Self.run(write).report.isSuccess)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "a")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let (report, lines) = try await Self.run("up: [{file: \(path), content: b}]\n")
        #expect(!report.isSuccess)
        #expect(lines.contains { $0.hasSuffix("exists with other content; it was not changed") })
        #expect(try await Self.run("up: [{file: \(path), absent: true}]\n").report.isSuccess)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func savedValuesAreUsedInStepsAndConditions() async throws {
        let (report, lines) = try await Self.run(
            """
            variables: {name: abc}
            up:
              - call: ecr.DescribeRepositories
                input: {repositoryNames: ["${name}"]}
                allow_errors: [RepositoryNotFoundException]
                save: {uri: "repositories[0].repositoryUri"}
              - call: ecr.CreateRepository
                when: {uri: {absent: true}}
                input: {repositoryName: "${name}"}
                expect: {repository.repositoryUri: "${registry}/${name}"}
                save: {uri: repository.repositoryUri}
              - name: made ${uri}
                when: {uri: {present: true}}
                note: x
              - note: not there
                when: {uri: x}

            """)
        #expect(report.passed == 3 && report.skipped == 1)
        #expect(lines.contains("  ✓ made 123456789012.dkr.ecr.us-east-1.amazonaws.com/abc"))
    }

    @Test func expectedErrorMustOccurAndMatch() async throws {
        let call = "up: [{call: ecr.DescribeRepositories, input: {repositoryNames: [abc]}, expect_error: "
        #expect(try await Self.run(call + "RepositoryNotFoundException}]").report.isSuccess)
        #expect(
            try await Self.run(call + "{code: RepositoryNotFoundException, status: 400, message: {matches: '*abc*'}}}]").report
                .isSuccess)
        let (_, lines) = try await Self.run(call + "{code: Other}}]")
        #expect(lines.contains { $0.hasSuffix("the error's code is not as expected") })
        #expect(lines.contains("      - \"Other\"") && lines.contains("      + \"RepositoryNotFoundException\""))
        #expect(try await !Self.run("up: [{call: ecr.DescribeRepositories, expect_error: Other}]").report.isSuccess)
    }

    /// `CreateLocalGatewayRouteTable` has no Swift types; it is called through the service's table, which the simulator has too.
    @Test func callStepAcceptsOperationNotSimulated() async throws {
        let call = "up: [{call: ec2.CreateLocalGatewayRouteTable, input: {LocalGatewayId: a}, expect_error: NotSimulated}]"
        #expect(try await Self.run(call).report.isSuccess)
    }

    @Test func waitAndClockStepsAdvanceSimulatedTime() async throws {
        let started = ContinuousClock.now
        let (report, _) = try await Self.run(
            """
            settings: {clock: 2023-12-17T09:00:00Z}
            up:
              - wait: 2h
              - clock: advance 13h
              - call: ecr.CreateRepository
                input: {repositoryName: abc}
                expect: {repository.createdAt: 2023-12-18T00:00:00Z}

            """)
        #expect(report.isSuccess)
        #expect(ContinuousClock.now - started < .hours(1))
    }

    @Test func failingCallsReportErrorAndPosition() async throws {
        let (_, lines) = try await Self.run("up:\n  - call: ecr.DescribeRepositories\n    input: {repositoryNames: [abc]}\n")
        #expect(
            lines[3].hasPrefix(
                "      x.yaml:3:5: ecr.DescribeRepositories failed: RepositoryNotFoundException (400): The repository"))
    }

    @Test func jsonReportWritesOneLinePerEvent() async throws {
        let scenario = try Scenario(
            parsing: "name: x\nup: [{note: a}, {call: ecr.DescribeRepositories, expect: {repositories: x}}]\n", file: "x.yaml")
        let text = Mutex("")
        let report = JSONReport(file: "x.yaml") { line in text.withLock { $0 += line } }
        _ = await ScenarioRun(scenario, on: try .simulator(for: scenario), observe: report.observe).run()
        let events = try text.withLock { $0 }.split(separator: "\n").map { try JSON.parse(Bytes($0.utf8)) }
        #expect(events.map { $0["event"]?.string } == ["began", "part", "step", "step", "ended"])
        #expect(events[3]["status"] == .string("failed") && events[3]["at"] == .string("2:59"))
        #expect(events[4]["success"] == .bool(false) && events[4]["failed"] == .integer(1))
    }
}

/// A run's output on a terminal, which interprets control characters.
@Suite struct StepListTexts {
    @Test func stepListEscapesControlCharacters() {
        let text = Mutex("")
        let list = StepList(file: "x.yaml", isLive: false, hasColours: false) { piece in text.withLock { $0 += piece } }
        let evil = "\u{1B}]0;owned\u{07}\u{9B}2J"
        list.observe(.began(scenario: evil, target: evil))
        list.observe(.part(evil))
        list.observe(.groupBegan(title: evil, depth: 0))
        var failure = StepFailure(evil)
        failure.difference = ["- " + evil, "+ " + evil]
        failure.output = [evil]
        for status in [StepReport.Status.failed(failure), .skipped(reason: evil), .passed] {
            list.observe(
                .stepEnded(
                    StepReport(
                        title: evil, depth: 0, status: status, duration: .zero, position: FilePosition(line: 1, column: 1))))
        }
        let shown = text.withLock { $0 }
        #expect(!shown.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || (127..<160).contains($0.value) })
        #expect(shown.contains("\\x1b]0;owned\\x07\\x9b2J"), "\(shown)")
        #expect("tab\tline\n".escapedForTerminal == "tab\tline\n")
    }
}
