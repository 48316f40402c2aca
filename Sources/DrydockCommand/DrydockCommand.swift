import ArgumentParser
import Drydock
import Foundation

@main
struct DrydockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drydock", abstract: "An AWS you can hold in your hand: EC2, ECR, IAM, STS, Docker Hub.",
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
            CommandGroup(name: "Image", subcommands: [ImagesCommand.self, ECRCommand.self, HubCommand.self]),
            CommandGroup(
                name: "Recording",
                subcommands: [
                    RecordCommand.self, ReplayCommand.self, ImportRecordingsCommand.self, VerifyCommand.self,
                    GoldensCommand.self,
                ]),
            CommandGroup(name: "Shell", subcommands: [CompletionCommand.self]),
        ])

    static func main() async {
        let typed = Array(CommandLine.arguments.dropFirst())
        if let word = typed.first, let meant = CommandNames.meant(by: word) {
            FileHandle.standardError.write(
                Data("Error: there is no command '\(word)'. Did you mean 'drydock \(meant)'?\n".utf8))
            exit(withError: ExitCode.validationFailure)
        }
        do {
            let arguments = try ServeEnvironment(variables: ProcessInfo.processInfo.environment).arguments(typed)
            // A state folder has tables of its own, and a help text needs none.
            if let word = arguments.first, ["serve", "exec"].contains(word),
                !arguments.contains(where: { $0 == "--help" || $0 == "-h" || $0.hasPrefix("--state") })
            {
                Simulator.prepareTables()
            }
            await main(arguments)
        } catch {
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            exit(withError: ExitCode.validationFailure)
        }
    }
}
