import AWSCore
import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Logs in to an instance with this machine's OpenSSH.
struct GuestShell: Sendable {
    let address: String
    let port: Int
    let user: String
    /// The path of the private key file.
    let keyFile: String

    /// No prompts and no known hosts, because addresses change with their instances.
    private var options: [String] {
        [
            "-F", "none", "-i", keyFile, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
            "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
        ]
    }

    /// Runs a command line in the instance. Standard error goes to standard output.
    /// - Parameter patience: how long to retry the connection.
    func run(_ line: String, input: String? = nil, patience: Duration) async throws -> DockerAnswer {
        let end = ContinuousClock.now + patience
        while true {
            let left = max(1, Int(((end - ContinuousClock.now) / .seconds(1)).rounded(.up)))
            let answer = try await start(
                "ssh",
                options + [
                    "-o", "ConnectTimeout=\(left)", "-p", "\(port)", "\(user)@\(address)", "exec 2>&1\n" + line,
                ],
                input: input)
            // A running instance accepts connections only after it has booted.
            guard answer.exit == 255, answer.lines.last?.hasSuffix("Connection refused") == true, ContinuousClock.now < end
            else {
                return answer
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Copies a file, or a folder with its contents.
    func copy(_ source: String, to target: String) async throws -> DockerAnswer {
        try await start(
            "scp", options + ["-q", "-r", "-o", "ConnectTimeout=60", "-P", "\(port)", source, "\(user)@\(address):\(target)"])
    }

    private func start(_ program: String, _ arguments: [String], input: String? = nil) async throws -> DockerAnswer {
        do {
            let result = try await Subprocess.run(
                .name(program), arguments: Arguments(arguments), input: .string(input ?? ""),
                output: .string(limit: 4 << 20), error: .combinedWithOutput)
            var answer = DockerAnswer()
            if case .exited(let code) = result.terminationStatus { answer.exit = Int(code) } else { answer.exit = 255 }
            answer.lines = result.standardOutput.split(whereSeparator: \.isNewline).map(String.init)
            return answer
        } catch let error as SubprocessError {
            throw StepFailure("\(program) cannot be run here: \(error). Install OpenSSH's client.")
        }
    }

    /// Returns the text quoted for a shell.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
