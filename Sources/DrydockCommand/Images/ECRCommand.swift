import ArgumentParser

struct ECRCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ecr", abstract: "Bring images into ECR's registry from files, and out of it.",
        subcommands: [ImportCommand.self, ExportCommand.self])
}
