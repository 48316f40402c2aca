import AWSCore
import ArgumentParser
import Drydock
import DrydockServer
import Foundation
import SimulatorCore

/// Runs one command with its own simulated AWS, for CI.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command with its own simulated AWS.",
        discussion: """
            Starts a server on a free port for as long as the command runs, and sets the environment variables that AWS tools \
            read. The exit code is the command's.

            Example: drydock exec -- pytest
            """)

    @Option(help: ArgumentHelp("A snapshot file to start from.", valueName: "file")) var from: String?
    @OptionGroup(title: "Simulator Options") var settings: SimulatorOptions
    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.") var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("Give a command after --, for example: drydock exec -- pytest") }
    }

    func run() async throws {
        do {
            let folder = try TemporaryFolder("exec")
            defer { folder.remove() }
            let port = try await Server.freePort(on: "127.0.0.1")
            let owner = try from.map { try StateOwner(ofSnapshot: $0) }
            let configuration = settings.configuration(owner: owner, registryHost: "localhost:\(port)")
            let simulator = try Simulator.drydock(configuration, layerFolder: folder.path + "/layers")
            if let from { try simulator.restore(contentsOf: from) }
            let status = try await serve(Server(simulator, Server.Options(port: port)))
            if status != 0 { throw ExitCode(status) }
        } catch let error as StateError {
            throw Failure(error.description)
        } catch let error as ServerError {
            throw Failure(error.description)
        }
    }

    private func serve(_ server: Server) async throws -> Int32 {
        let command = command, region = settings.region
        return try await server.serving { port in
            let url = "http://127.0.0.1:\(port)"
            var variables = ClientEnvironment.variables(endpoint: url, region: region)
            variables.append(("DRYDOCK_ENDPOINT", url))
            return try await ChildProgram(
                command: command, environment: Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            ).run()
        }
    }
}
