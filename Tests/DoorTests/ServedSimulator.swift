import DrydockServer
import DrydockTesting
import Foundation
import Subprocess
import Testing

/// A simulator served on its own port, for clients in other processes.
struct ServedSimulator {
    let simulator: Simulator
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }

    /// Serves on a free port while `body` runs.
    static func run(
        _ configuration: SimulatorCore.Configuration = .init(clock: .real(), transitions: .instant),
        allowing origin: String? = nil,
        _ body: @escaping @Sendable (ServedSimulator) async throws -> Void
    ) async throws {
        // The registry's host name contains the port, so the port must be known first.
        let free = try await Server.freePort(on: "127.0.0.1")
        var configuration = configuration
        configuration.registryHost = "127.0.0.1:\(free)"
        let simulator = try Simulator.drydock(configuration)
        var options = Server.Options(port: free)
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-snapshots-\(UUID().uuidString)"
        options.snapshotFolder = folder
        defer { try? FileManager.default.removeItem(atPath: folder) }
        options.allowedOrigins = try origin.map { [try WebOrigin(parsing: $0)] } ?? []
        try await Server(simulator, options).serving { port in
            try await body(ServedSimulator(simulator: simulator, port: port))
        }
    }

    /// A program's output and whether it succeeded.
    struct ProgramResult {
        var output: String
        var succeeded: Bool
    }

    /// Runs a program with the environment variables that direct AWS clients to this server.
    func run(_ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws
        -> ProgramResult
    {
        var variables: [Environment.Key: String?] = [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true", "DRYDOCK_PORT": "\(port)",
        ]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .name(program), arguments: Arguments(arguments), environment: .inherit.updating(variables), input: .string(input),
            output: .string(limit: 4 << 20), error: .combinedWithOutput)
        return ProgramResult(output: result.standardOutput, succeeded: result.terminationStatus.isSuccess)
    }
}

/// The programs that tests need.
enum Program {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Programs").path

    /// Returns the path of a file in one of the folder's subfolders.
    static func path(_ file: String) -> String {
        let all = FileManager.default.subpaths(atPath: folder) ?? []
        return folder + "/" + (all.first { $0 == file || $0.hasSuffix("/" + file) } ?? file)
    }

    static func exists(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// The name of an installed browser; nil if there is none.
    static let browser = ["chromium", "chromium-browser", "google-chrome"].first(where: exists)

    /// Whether Python has boto3. Install it with `pip install boto3`, or run tools/test.
    static let hasBoto3 = succeeds("python3", "-c", "import boto3")

    /// Whether Ansible has the modules for AWS: `pip install ansible` brings them, `pip install ansible-core` doesn't.
    static let hasAnsibleForAWS = succeeds("ansible-galaxy", "collection", "list", "amazon.aws")

    private static func succeeds(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
