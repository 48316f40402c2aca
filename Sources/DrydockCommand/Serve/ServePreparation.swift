import AWSCore
import ArgumentParser
import Foundation
import Scenarios
import SimulatorCore
import Subprocess
import Synchronization

/// Work before a server reports that it is ready: running scenarios and scripts.
struct ServePreparation: ParsableArguments {
    @Option(
        name: .customLong("up"),
        help: ArgumentHelp(
            "A scenario whose 'up' part runs before the server accepts requests. Repeatable.", valueName: "file"))
    var scenarios: [String] = []
    @Option(
        help: ArgumentHelp(
            """
            A folder of scenarios (*.yaml) that run before the server accepts requests, and of scripts (*.sh) that run afterwards, \
            each in order of names. (default: /etc/drydock/ready.d, if it exists)
            """, valueName: "folder"))
    var ready: String?

    private static let usualFolder = "/etc/drydock/ready.d"

    /// Returns the folder's files with this extension, sorted by name.
    private func files(_ suffix: String) throws -> [String] {
        let folder = ready ?? Self.usualFolder
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            guard let ready else { return [] }
            throw Failure("--ready: '\(ready)' is not a folder that can be read.")
        }
        return names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
    }

    /// Runs the scenarios' `up` parts.
    /// - Throws: ``Failure`` with a file's first error, or the first failed step.
    func buildUp(in simulator: Simulator) async throws {
        for file in try scenarios + files(".yaml") {
            let scenario: Scenario
            do { scenario = try Scenario(contentsOf: file) } catch { throw Failure("\(error)") }
            let failed = FirstFailure()
            let report = await ScenarioRun(scenario, on: .simulator(simulator), observe: failed.observe).run([.up])
            if !report.isSuccess { throw Failure("\(file):\(failed.text ?? " it failed.")") }
        }
    }

    /// Runs the scripts with the server's environment variables. Their output goes to standard error.
    /// - Throws: ``Failure`` if one fails.
    func runScripts(endpoint: String, region: String) async throws {
        for script in try files(".sh") {
            var variables: [Environment.Key: String?] = [:]
            for (name, value) in ClientEnvironment.variables(endpoint: endpoint, region: region) {
                variables[Environment.Key(stringLiteral: name)] = value
            }
            // ChildProgram would take over this program's signals.
            let outcome = try await Subprocess.run(
                .path("/bin/sh"), arguments: [script], environment: .inherit.updating(variables), input: .none,
                output: .fileDescriptor(.standardError, closeAfterSpawningProcess: false),
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
            ) { _ in }
            guard outcome.terminationStatus.isSuccess else {
                throw Failure("\(script) failed: \(outcome.terminationStatus).")
            }
        }
    }
}

/// Keeps the first failed step of a run.
private final class FirstFailure: Sendable {
    private let kept = Mutex<String?>(nil)
    var text: String? { kept.withLock { $0 } }

    @Sendable func observe(_ event: RunEvent) {
        guard case .stepEnded(let step) = event, case .failed(let failure) = step.status else { return }
        kept.withLock { $0 = $0 ?? "\(step.position): \(step.title): \(failure)" }
    }
}
