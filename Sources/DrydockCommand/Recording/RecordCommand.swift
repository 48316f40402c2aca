import AWSClient
import AWSCore
import ArgumentParser
import Contract
import Drydock
import DrydockServer
import Foundation
import Scenarios

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record requests to AWS or another endpoint in a HAR file.",
        discussion: """
            Without a command, set AWS_ENDPOINT_URL to the proxy's address yourself; Ctrl-C ends the recording. A command \
            after -- runs with that variable set, and its exit code is returned. Requests to AWS are signed again with your \
            credentials. Signatures, tokens, passwords and private keys are redacted before anything is written.

            Example: drydock record --target aws --out vpcs.har -- aws ec2 describe-vpcs
            """)

    @Option(help: ArgumentHelp("aws, simulator, or a URL such as http://localhost:5000.", valueName: "target")) var target:
        String
    @Option(help: ArgumentHelp("The HAR file to write.", valueName: "file")) var out: String
    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address")) var host = "127.0.0.1"
    @Option(help: ArgumentHelp("The port to listen on; 0 chooses a free one.", valueName: "port")) var port = 0
    @OptionGroup var webPages: WebPageOptions
    @Flag(help: "Redact account ids too.") var hideAccounts = false
    @Argument(parsing: .postTerminator, help: "The command to run and record.") var command: [String] = []

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535, not \(port).") }
        guard ["aws", "simulator"].contains(target) || Endpoint(url: target) != nil else {
            throw ValidationError("--target must be aws, simulator or a URL such as http://localhost:5000, not '\(target)'.")
        }
    }

    func run() async throws {
        do {
            let (base, secrets, settings) = try await transport()
            let writer = try HARWriter(
                path: out, redaction: Redaction(secrets: secrets, hidesAccounts: hideAccounts), comment: comment,
                settings: settings)
            // A simulator's recordings have the times of its own clock.
            let clock: @Sendable () -> Instant = { settings?.start ?? Self.now() }
            let tap = RecordingTransport(base, to: writer, clock: clock)
            let status = try await serve(tap)
            let count = writer.count
            try writer.close()
            StandardError.tell("\(out): \(count) recorded")
            if status != 0 { throw ExitCode(status) }
        } catch let error as RecordingError {
            throw Failure(error.description)
        } catch let error as ServerError {
            throw Failure(error.description)
        } catch let error as ConfigurationError {
            throw Failure(error.description)
        }
    }

    @Sendable private static func now() -> Instant {
        Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    private var comment: String {
        switch target {
        case "aws": "Recorded of AWS."
        case "simulator": "Recorded of a Drydock simulator."
        default: "Recorded of another server."
        }
    }

    /// Returns the transport for requests, and secrets that must never be written.
    private func transport() async throws -> (any HTTPTransport, secrets: [String], settings: RecordingSettings?) {
        switch target {
        case "simulator":
            let simulator = try Simulator.drydock()
            return (InProcessTransport(simulator), [], RecordingSettings(simulator))
        case "aws":
            let settings = try SharedSettings()
            let chain = CredentialsChain(settings)
            let credentials = try await chain.credentials()
            let secrets = [credentials?.secretAccessKey, credentials?.sessionToken, credentials?.accessKeyId].compactMap { $0 }
            return (ForwardingTransport(to: .aws(chain), region: settings.region, clock: Self.now), secrets, nil)
        default:
            guard let endpoint = Endpoint(url: target) else { throw ConfigurationError("'\(target)' is not a URL") }
            return (ForwardingTransport(to: .endpoint(endpoint), clock: Self.now), [], nil)
        }
    }

    /// Serves while the command runs, or until a signal arrives.
    private func serve(_ tap: RecordingTransport) async throws -> Int32 {
        let host = host, command = command
        var options = Server.Options(host: host, port: port)
        webPages.apply(to: &options)
        let server = TransportServer(tap, options) { failure in
            StandardError.tell("\(failure)")
        }
        guard !command.isEmpty else {
            try await server.run { port in
                print("Recording on http://\(host):\(port); Ctrl-C ends it.")
                fflush(nil)
            }
            return 0
        }
        return try await server.serving { port in
            try await ChildProgram(
                command: command, environment: ["AWS_ENDPOINT_URL": "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"]
            ).run()
        }
    }
}
