import ArgumentParser
import Foundation
import Scenarios

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a scenario file against a simulator, a URL or AWS.",
        discussion: """
            Without a part, what was built up is taken down again. Ends with 1 at the first expectation that is not met, and with 2 if \
            the file has a mistake or the target cannot be had; a mistake is told with its line and column before anything runs.
            """)

    @Argument(help: "The scenario, such as Scenarios/ecr-course.yaml.") var file: String
    @Argument(help: "up or down; both if left out.") var part: Scenario.Part?
    @Flag(help: "Answer the scenario's questions: --yes or --no. Otherwise they are asked.") var answer: Answer?
    @Option(help: "simulator (one of the scenario's own), a URL such as http://localhost:4566, or aws.") var target =
        "simulator"
    @Flag(help: "One JSON object a line: each step, and the whole at the end.") var json = false

    enum Answer: String, EnumerableFlag {
        case yes, no
    }

    func run() async throws {
        let scenario: Scenario, place: Target
        do {
            scenario = try Scenario(parsing: try text(), file: file)
            place = try await Target.named(target, for: scenario)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode(2)
        }
        let print = { @Sendable (text: String) in FileHandle.standardOutput.write(Data(text.utf8)) }
        let observer: @Sendable (RunEvent) -> Void
        if json {
            observer = JSONReport(file: file, write: print).observe
        } else {
            let isTerminal = isatty(STDOUT_FILENO) == 1
            let environment = ProcessInfo.processInfo.environment
            let hasColours = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
            observer = StepList(file: file, isLive: isTerminal, hasColours: hasColours, write: print).observe
        }
        let run = ScenarioRun(scenario, on: place, answers: answers, observe: observer)
        let report = await run.run(part.map { [$0] } ?? Scenario.Part.allCases)
        if !report.isSuccess { throw ExitCode(1) }
    }

    private func text() throws -> String {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Failure("\(file): there is no such file, or it cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else { throw Failure("\(file): the file is not UTF-8") }
        return text
    }

    private var answers: Answers {
        switch answer {
        case .yes: .yes
        case .no: .no
        case nil: .ask(Self.ask)
        }
    }

    /// Asks on standard error, so that a report in JSON stays whole, and reads lines until one begins with y or n.
    @Sendable private static func ask(_ question: String) async -> Bool? {
        while true {
            FileHandle.standardError.write(Data("? \(question) (y/n) ".utf8))
            guard let line = readLine() else {
                FileHandle.standardError.write(Data("\n".utf8))
                return nil
            }
            if isatty(STDIN_FILENO) == 0 { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
            switch line.lowercased().first(where: { !$0.isWhitespace }) {
            case "y": return true
            case "n": return false
            default: continue
            }
        }
    }
}

extension Scenario.Part: ExpressibleByArgument {}
