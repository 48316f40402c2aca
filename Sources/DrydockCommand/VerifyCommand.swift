import AWSClient
import AWSCore
import ArgumentParser
import Contract
import Drydock
import Foundation

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify that a target answers as a recording does.",
        discussion: """
            Recorded requests are played against the target and the responses compared by structure. Without a target, and where a \
            request was not recorded, responses are verified by shape: decoded and encoded again they must be the same document. \
            Ends with 1 if something differs that no rule permits.
            """)

    @Argument(help: "HAR files.") var files: [String]
    @Option(help: "simulator (a new one for each file), a URL, or shape to play nothing.") var target = "shape"
    @Option(help: "A JSON file of rules for what may differ, each with its reason, besides the standard ones.") var rules:
        String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        do {
            var verification = Verification(rules: try allRules())
            for file in files {
                guard let playback = try playback() else {
                    try HARReader(path: file).forEach { verification.verifyShape($0) }
                    continue
                }
                for exchange in try HARReader(path: file).exchanges() { try await verification.verify(exchange, playback) }
            }
            let report = verification.report
            print(json ? String(decoding: JSON.write(report.json, pretty: true), as: UTF8.self) : report.text)
            if report.summary.agree < report.summary.compared { throw ExitCode(1) }
        } catch let error as RecordingError {
            throw Failure(error.description)
        }
    }

    /// Nil where nothing is to be played.
    private func playback() throws -> Playback? {
        switch target {
        case "shape": return nil
        case "simulator":
            let simulator = try Simulator.drydock()
            let clock = simulator.clock
            return Playback(
                InProcessTransport(simulator), credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"),
                clock: { clock.now })
        default:
            guard let endpoint = Endpoint(url: target) else {
                throw ValidationError(
                    "--target must be simulator, shape or a URL such as http://localhost:5000, not '\(target)'.")
            }
            return Playback(
                NetworkTransport.shared, endpoint: endpoint,
                credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"),
                clock: { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
        }
    }

    private func allRules() throws -> Rules {
        guard let rules else { return .standard }
        guard let data = FileManager.default.contents(atPath: rules) else {
            throw RecordingError(rules, "there is no such file, or it cannot be read")
        }
        return try Rules(parsing: Bytes(data), file: rules) + .standard
    }
}
