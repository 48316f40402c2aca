import AWSCore
import ArgumentParser
import Drydock
import Foundation
import Logging

@main
struct DrydockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drydock", abstract: "A simulator of AWS: EC2, ECR, IAM, STS, Parameter Store, and Docker Hub.",
        discussion: """
            Exit codes: 0 success; 1 a check, comparison or scenario step failed; 2 an error; 64 a wrong command line. \
            Commands that run another program return its exit code.
            """,
        version: Release.description,
        groupedSubcommands: [
            CommandGroup(
                name: "Simulator",
                subcommands: [ServeCommand.self, ExecCommand.self, RunCommand.self, CoverageCommand.self]),
            CommandGroup(
                name: "Server",
                subcommands: [
                    HealthCommand.self, EnvCommand.self, HostsCommand.self, JournalCommand.self, ClockCommand.self,
                    FaultsCommand.self, SnapshotCommand.self, RestoreCommand.self, ForkCommand.self, ResetCommand.self,
                    KeysCommand.self, CertificatesCommand.self,
                ]),
            CommandGroup(name: "Guest", subcommands: [SSHCommand.self, SSHConfigCommand.self, DockerSocketCommand.self]),
            CommandGroup(name: "Identity", subcommands: [WhyCommand.self, PolicyCommand.self, OIDCCommand.self]),
            CommandGroup(
                name: "Image", subcommands: [ImagesCommand.self, BuildImageCommand.self, ECRCommand.self, HubCommand.self]),
            CommandGroup(
                name: "Recording",
                subcommands: [
                    RecordCommand.self, ReplayCommand.self, ImportRecordingsCommand.self, VerifyCommand.self,
                    GoldensCommand.self,
                ]),
            CommandGroup(name: "Shell", subcommands: [CompletionCommand.self]),
        ])

    static func main() async {
        LoggingSystem.bootstrap { _ in TerminalLog() }
        let typed = Array(CommandLine.arguments.dropFirst())
        if let word = typed.first, let meant = CommandNames.meant(by: word) {
            StandardError.tell("Error: there is no command '\(word)'. Did you mean 'drydock \(meant)'?")
            exit(withError: ExitCode.validationFailure)
        }
        do {
            let arguments = try ServeEnvironment(variables: ProcessInfo.processInfo.environment).arguments(typed)
            // Not needed with a state folder, which has its own tables, or for help.
            if let word = arguments.first, ["serve", "exec"].contains(word),
                !arguments.contains(where: { $0 == "--help" || $0 == "-h" || $0.hasPrefix("--state") })
            {
                Simulator.preloadTables()
            }
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            StandardError.tell("Error: \(failure)")
            exit(withError: ExitStatus.failed)
        } catch {
            exit(withError: error)
        }
    }
}
