import AWSClient
import Contract
import Foundation
import Testing

/// Runs a test against a recording instead of a simulator: `@Test(.recorded())`.
///
/// The recording is `Recordings/<test file>/<test>.har` beside the test. The environment variable `DRYDOCK_RECORD` sets when
/// to make it: `missing` (or `failed`) if there is none, `all` always, `never` (the default) not at all.
/// `DRYDOCK_RECORD_TARGET` sets what to record: `aws` with the environment's credentials, a URL, or by default a simulator.
/// Secrets are removed before anything is written.
///
/// The clients of `AWS.current` send the requests; its simulator is empty.
public struct RecordedTrait: TestTrait, SuiteTrait, TestScoping {
    let file: String
    let mode: RecordMode?

    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let path = recording(of: test)
        let exists = FileManager.default.fileExists(atPath: path)
        let simulator = try Simulator.drydock()
        switch mode ?? .fromEnvironment {
        case .never where !exists:
            throw RecordingMissing(path: path)
        case .never,
            .missing where exists, .failed where exists:
            let aws = AWS(simulator, client: Self.client(simulator, try RecordedTransport(file: path)), SentRequests())
            try await AWS.$scoped.withValue(aws) { try await aws.reportingFailures(of: test, testCase, function) }
        case .all, .missing, .failed:
            try await record(path, simulator) { aws in
                try await AWS.$scoped.withValue(aws) { try await aws.reportingFailures(of: test, testCase, function) }
            }
        }
    }

    private func recording(of test: Test) -> String {
        let url = URL(fileURLWithPath: file)
        let name = String(test.name.prefix { $0 != "(" }).filter { $0 != "`" && $0 != "/" }
        return url.deletingLastPathComponent().appendingPathComponent("Recordings")
            .appendingPathComponent(url.deletingPathExtension().lastPathComponent).path + "/\(name).har"
    }

    /// Returns a client like the simulator's own, which advances a manual clock instead of sleeping.
    private static func client(_ simulator: Simulator, _ transport: any HTTPTransport) -> AWSClient {
        var configuration = simulator.client().configuration
        configuration.transport = transport
        return AWSClient(configuration)
    }

    /// Records to a temporary file, and moves it into place only when the test has finished.
    private func record(
        _ path: String, _ simulator: Simulator, _ body: (AWS) async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        let part = path + ".part"
        defer { try? FileManager.default.removeItem(atPath: part) }
        var configuration = simulator.client().configuration
        var redaction = Redaction()
        switch ProcessInfo.processInfo.environment["DRYDOCK_RECORD_TARGET"] ?? "simulator" {
        case "simulator": break
        case "aws":
            let settings = try SharedSettings()
            let chain = CredentialsChain(settings)
            let credentials = try await chain.credentials()
            redaction = Redaction(
                secrets: [credentials?.secretAccessKey, credentials?.sessionToken, credentials?.accessKeyId].compactMap { $0 },
                hidesAccounts: true)
            configuration = AWSClient.Configuration(
                region: settings.region ?? "us-east-1", credentials: chain, endpoints: try EndpointResolver(settings))
        case let url:
            guard let endpoint = Endpoint(url: url) else {
                throw ConfigurationError("DRYDOCK_RECORD_TARGET is 'simulator', 'aws' or a URL, not '\(url)'")
            }
            configuration = AWSClient.Configuration(
                region: "us-east-1", credentials: Credentials(accessKeyId: "test", secretAccessKey: "test"),
                endpoints: EndpointResolver(endpoint))
        }
        let writer = try HARWriter(path: part, redaction: redaction)
        let clock = configuration.clock
        configuration.transport = RecordingTransport(configuration.transport, to: writer, clock: clock)
        try await body(AWS(simulator, client: AWSClient(configuration), SentRequests()))
        try writer.close()
        guard rename(part, path) == 0 else { throw RecordingError(path, "the file cannot be written") }
    }
}

extension Trait where Self == RecordedTrait {
    /// Runs each test against its own recording, which `DRYDOCK_RECORD=missing` makes.
    public static func recorded(mode: RecordMode? = nil, filePath: String = #filePath) -> Self {
        RecordedTrait(file: filePath, mode: mode)
    }
}

private struct RecordingMissing: Error, CustomStringConvertible {
    let path: String
    var description: String {
        "There is no recording \(path). Run the test with DRYDOCK_RECORD=missing to create it; "
            + "DRYDOCK_RECORD_TARGET (aws, a URL, or a simulator if it is not set) selects the target."
    }
}
