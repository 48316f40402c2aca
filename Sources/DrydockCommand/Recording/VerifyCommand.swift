import AWSClient
import AWSCore
import ArgumentParser
import Contract
import Drydock
import Foundation
import Scenarios

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare the responses of a target with a recording.",
        discussion: """
            Sends the recorded requests to the target and compares the responses by structure and value. Without a target, and \
            for recordings without requests, checks the shape: a response that is decoded and encoded again must be the same \
            document. Exit code 1: a difference that no rule permits. 2: a file cannot be read.

            Example: drydock verify vpcs.har --target simulator
            """)

    @Argument(help: "The HAR files of the recordings.") var files: [String]
    @Option(help: ArgumentHelp("simulator (a new one for each file), a URL, or shape to send nothing.", valueName: "target"))
    var target = "shape"
    @Option(
        help: ArgumentHelp(
            "A JSON file of additional rules for permitted differences, each with a reason.", valueName: "file"))
    var rules: String?
    @Option(
        help: """
            A scenario whose 'up' part prepares the simulator. Repeatable; scenarios run in order. Recordings without requests \
            are compared with the responses to the scenario's calls.
            """) var prepare: [String] = []
    @Option(
        help: """
            How long state changes take: instant (no time), quick (shortened) or aws (as in AWS). (default: as in the recording)
            """) var transitions: Transitions?
    @Flag(
        help: """
            Count how often each member is returned, returned empty or omitted: in the recordings, and in the simulator's \
            responses to the scenario's calls. Requires --prepare.
            """) var presence = false
    @Flag(help: "Print JSON.") var json = false
    @Option(help: ArgumentHelp("Write the report to this file, as an HTML page.", valueName: "file")) var report: String?

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("Give at least one HAR file.") }
        guard ["shape", "simulator"].contains(target) || Endpoint(url: target) != nil else {
            throw ValidationError("--target must be simulator, shape or a URL such as http://localhost:5000, not '\(target)'.")
        }
        guard prepare.isEmpty || target == "simulator" else { throw ValidationError("--prepare needs --target simulator.") }
        guard !presence || !prepare.isEmpty else { throw ValidationError("--presence needs --prepare.") }
        guard transitions == nil || target == "simulator" && prepare.isEmpty else {
            throw ValidationError("--transitions needs --target simulator and no --prepare: a scenario has its own.")
        }
    }

    func run() async throws {
        do {
            if presence { return try await comparePresence() }
            var verification = Verification(rules: try allRules())
            for file in files {
                let reader = HARReader(path: file)
                let playback = try await playback(reader)
                let entries = try reader.entries()
                while let exchange = try entries.next() {
                    if let playback {
                        try await verification.verify(exchange, playback)
                    } else {
                        verification.verifyShape(exchange)
                    }
                }
            }
            let found = verification.report
            if let report { try write(found.html(title: "Verified against \(target)"), to: report) }
            print(json ? String(decoding: JSON.write(found.json, pretty: true), as: UTF8.self) : found.text)
            if found.summary.agree < found.summary.compared { throw ExitStatus.checkFailed }
        } catch let error as RecordingError {
            throw unreadable(error.description)
        } catch let error as TransportError {
            throw unreadable("\(target): \(error)")
        }
    }

    /// Compares how often fields are present in the recordings and in the prepared simulator's responses.
    private func comparePresence() async throws {
        var recorded = PresenceStatistics()
        for file in files { try HARReader(path: file).forEach { recorded.add($0) } }
        var answered = PresenceStatistics()
        guard let scenario = try scenarios().first, let simulator = try Target.simulator(for: scenario).simulator else {
            return
        }
        if let prepared = try await prepared(simulator) { answered.add(prepared) }
        let found = PresenceReport(recorded, answered, rules: try allRules())
        print(json ? String(decoding: JSON.write(found.json, pretty: true), as: UTF8.self) : found.text)
        if !found.agrees { throw ExitStatus.checkFailed }
    }

    private func unreadable(_ reason: String) -> ExitCode {
        StandardError.tell("Error: \(reason)")
        return ExitStatus.failed
    }

    private func write(_ text: String, to path: String) throws {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) } catch {
            throw RecordingError(path, "the report cannot be written: does its folder exist, and is it writable?")
        }
    }

    /// Returns nil if nothing is to be played back.
    private func playback(_ reader: HARReader) async throws -> Playback? {
        let credentials = Credentials(accessKeyId: "test", secretAccessKey: "test")
        switch target {
        case "shape": return nil
        case "simulator":
            // The scenario's calls need the scenario's own settings.
            let simulator =
                if let scenario = try scenarios().first {
                    try Target.simulator(for: scenario).simulator ?? Simulator.drydock()
                } else {
                    try Simulator.drydock(
                        Configuration(answeringAs: RecordingSettings(of: reader), transitions: transitions))
                }
            let clock = simulator.clock
            return Playback(
                InProcessTransport(simulator), credentials: credentials, prepared: try await prepared(simulator),
                advance: { try simulator.moveClock(to: clock.now + $0) }, clock: { clock.now })
        default:
            guard let endpoint = Endpoint(url: target) else { return nil }
            return Playback(
                NetworkTransport.ofCommands, endpoint: endpoint, credentials: credentials,
                clock: { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
        }
    }

    /// Runs the scenarios that prepare the simulator, and keeps the responses.
    private func prepared(_ simulator: Simulator) async throws -> PreparedAnswers? {
        guard !prepare.isEmpty else { return nil }
        let answers = PreparedAnswers()
        for scenario in try scenarios() {
            let target = Target.simulator(simulator).tapped { answers.transport(over: $0) }
            let outcome = await ScenarioRun(scenario, on: target, answers: .yes).run([.up])
            guard outcome.isSuccess else {
                throw RecordingError(scenario.file, "the scenario failed; `drydock run \(scenario.file) up` shows where")
            }
        }
        return answers
    }

    private func scenarios() throws -> [Scenario] {
        try prepare.map { file in
            guard let text = FileManager.default.contents(atPath: file).flatMap({ String(data: $0, encoding: .utf8) }) else {
                throw RecordingError(file, "the file does not exist, or is not UTF-8")
            }
            do { return try Scenario(parsing: text, file: file) } catch { throw unreadable("\(error)") }
        }
    }

    private func allRules() throws -> Rules {
        guard let rules else { return .standard }
        guard let data = FileManager.default.contents(atPath: rules) else {
            throw RecordingError(rules, "the file does not exist, or cannot be read")
        }
        return try Rules(parsing: Bytes(data), file: rules) + .standard
    }
}
