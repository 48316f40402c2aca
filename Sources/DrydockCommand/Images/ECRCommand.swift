import ArgumentParser

struct ECRCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ecr", abstract: "Import images from files into ECR's registry, and export them.",
        subcommands: [ImportCommand.self, ExportCommand.self])
}
