import AWSCore
import ArgumentParser
import Contract
import Foundation
import Scenarios

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a scenario file against a simulator, a URL or AWS.",
        discussion: """
            Without a part, runs both: up, then down. Exit code 1: an expectation was not met. 2: the file has a mistake, \
            which is reported with line and column before anything runs, or the target is not available.

            Example: drydock run Scenarios/ecr-course.yaml --yes
            """)

    @Argument(help: "The scenario file.") var file: String
    @Argument(help: "up or down. (default: both)") var part: Scenario.Part?
    @Flag(help: "Answer the scenario's questions. (default: ask)") var answer: Answer?
    @Option(
        help: ArgumentHelp(
            "simulator (a new one), aws, or a URL such as http://localhost:4566.", valueName: "target"))
    var target = "simulator"
    @Flag(
        help: "Run the simulator's instances as sandboxes on this machine; ssh, scp and docker steps run inside them.")
    var guests = false
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Override a variable of the file.", valueName: "name=value"))
    var settings: [String] = []
    @Option(help: ArgumentHelp("Write requests and responses to this HAR file, with secrets redacted.", valueName: "file"))
    var record: String?
    @Flag(help: "Print one JSON object per line: each step, then a summary.") var json = false
    @Option(help: ArgumentHelp("Write a JUnit XML report to this file.", valueName: "file"))
    var junit: String?
    @Flag(help: "Check the file for mistakes without running it.") var check = false

    enum Answer: String, EnumerableFlag {
        case yes, no
    }

    func validate() throws {
        if guests, target != "simulator" {
            throw ValidationError("--guests needs --target simulator. 'drydock serve --guests' runs guests on a server.")
        }
    }

    func run() async throws {
        let scenario: Scenario, runTarget: Target, values: [String: String], play: GuestRunner?, writer: HARWriter?
        do {
            scenario = try Scenario(contentsOf: file)
            values = try variables(of: scenario)
            if check {
                print("\(file): no mistakes")
                return
            }
            let wanted = target == "simulator" && (guests || scenario.wantsGuests)
            let canPlay = wanted && hasWhatGuestsNeed(isDemanded: guests)
            let plain = try await Target.named(target, for: scenario, playsGuests: canPlay)
            let settings = plain.simulator.map { RecordingSettings($0) }
            writer = try record.map { try HARWriter(path: $0, comment: comment, settings: settings) }
            play = try canPlay ? plain.simulator.map { try GuestRunner($0) } : nil
            runTarget = writer.map(plain.recorded(to:)) ?? plain
        } catch {
            StandardError.tell("\(error)")
            throw ExitStatus.failed
        }
        let print = { @Sendable (text: String) in FileHandle.standardOutput.write(Data(text.utf8)) }
        let shown: @Sendable (RunEvent) -> Void
        if json {
            shown = JSONReport(file: file, write: print).observe
        } else {
            let isTerminal = isatty(STDOUT_FILENO) == 1
            let environment = ProcessInfo.processInfo.environment
            let hasColours = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
            shown = StepList(file: file, isLive: isTerminal, hasColours: hasColours, write: print).observe
        }
        let tests = junit.map { path in JUnitReport(file: file) { Self.write($0, to: path) } }
        let observer: @Sendable (RunEvent) -> Void = { event in
            shown(event)
            tests?.observe(event)
        }
        let run = ScenarioRun(scenario, on: runTarget, answers: answers, settings: values, observe: observer)
        let report = await run.run(part.map { [$0] } ?? Scenario.Part.allCases)
        await play?.end()
        try writer?.close()
        if let note = runTarget.clockNote { StandardError.tell(note) }
        if !report.isSuccess { throw ExitStatus.checkFailed }
    }

    private static func write(_ text: String, to path: String) {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            StandardError.tell("cannot write '\(path)': \(error.localizedDescription)")
        }
    }

    private var comment: String {
        let name = URL(fileURLWithPath: file).lastPathComponent
        switch target {
        case "aws": return "The scenario \(name), recorded of AWS."
        case "simulator": return "The scenario \(name), recorded of a Drydock simulator."
        default: return "The scenario \(name), recorded of another server."
        }
    }

    private func variables(of scenario: Scenario) throws -> [String: String] {
        var result: [String: String] = [:]
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else {
                throw Failure("--set must be NAME=VALUE, not '\(setting)'")
            }
            let name = String(setting[..<equals])
            guard scenario.hasVariable(name) else { throw Failure("\(file) has no variable '\(name)' to set") }
            result[name] = String(setting[setting.index(after: equals)...])
        }
        return result
    }

    /// Whether to run the file with guests. If this machine can't run guests, a file's request for them only warns, and its steps
    /// in guests are skipped. A request on the command line fails instead.
    private func hasWhatGuestsNeed(isDemanded: Bool) -> Bool {
        guard let obstacle = GuestRunner.obstacle, !isDemanded else { return true }
        StandardError.tell("\(file): steps in guests are skipped: \(obstacle)")
        return false
    }

    private var answers: Answers {
        switch answer {
        case .yes: .yes
        case .no: .no
        case nil: .ask(Self.ask)
        }
    }

    /// Asks on standard error, so that a JSON report stays valid, and reads lines until one begins with y or n.
    @Sendable private static func ask(_ question: String) async -> Bool? {
        while true {
            StandardError.write("? \(question) (y/n) ")
            guard let line = readLine() else {
                StandardError.tell("")
                return nil
            }
            if isatty(STDIN_FILENO) == 0 { StandardError.tell("\(line)") }
            switch line.lowercased().first(where: { !$0.isWhitespace }) {
            case "y": return true
            case "n": return false
            default: continue
            }
        }
    }
}

extension Scenario.Part: ExpressibleByArgument {}

extension Scenario {
    /// - Throws: ``Failure`` if the file cannot be read, or the parsing errors.
    init(contentsOf file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Failure("\(file): the file does not exist, or cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else { throw Failure("\(file): the file is not UTF-8") }
        try self.init(parsing: text, file: file)
    }
}
