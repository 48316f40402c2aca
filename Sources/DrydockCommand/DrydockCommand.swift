import ArgumentParser

@main
struct DrydockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drydock", abstract: "An AWS you can hold in your hand: EC2, ECR, IAM, STS, Docker Hub.",
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, RunCommand.self, JournalCommand.self, ImagesCommand.self, ECRCommand.self, HubCommand.self,
            KeysCommand.self,
            SSHConfigCommand.self,
            DockerSocketCommand.self,
            CertificatesCommand.self, CoverageCommand.self, RecordCommand.self, ReplayCommand.self,
            ImportRecordingsCommand.self, VerifyCommand.self,
            GoldensCommand.self,
        ])
}
