import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import IAMAPI
import SimulatorCore

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create the first access key of a strict server.",
        subcommands: [KeysCreateCommand.self])
}

struct KeysCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create the root user's first access key in a state folder.",
        discussion: """
            Prints the key as shell variables: eval "$(drydock keys create --state DIR)". The secret is not shown again. \
            Create further keys with IAM's CreateAccessKey. No server may be using the folder.
            """)

    @Option(help: ArgumentHelp("The state folder; created if it does not exist.", valueName: "folder")) var state: String
    @Option(help: ArgumentHelp("The account id. (default: that of the state, else 123456789012)", valueName: "12 digits"))
    var account: String?

    func validate() throws {
        if let account { try RegistryOptions.check(account: account) }
    }

    func run() async throws {
        do {
            let lock = try StateLock(folder: state)
            defer { lock.release() }
            let owner = StateOwner.of(folder: state)
            var configuration = Configuration(
                account: account ?? owner?.account ?? "123456789012", seed: owner?.seed ?? 1,
                clock: StoredClock.of(folder: state) ?? .real(), stateFolder: state)
            configuration.seal = try AccessSeal.kept(in: state)
            let simulator = try Simulator.drydock(configuration)
            let iam = IAMClient(simulator.client(credentials: Credentials(accessKeyId: "drydock", secretAccessKey: "drydock")))
            if let key = try await iam.listAccessKeys(.init()).accessKeyMetadata?.first {
                throw Failure(
                    "the account's root already has the key \(key.accessKeyId ?? ""). Use that key to create more with IAM's CreateAccessKey."
                )
            }
            guard let key = try await iam.createAccessKey(.init()).accessKey, let id = key.accessKeyId,
                let secret = key.secretAccessKey
            else { throw Failure("IAM returned no access key.") }
            try simulator.close()
            print("export AWS_ACCESS_KEY_ID=\(id)")
            print("export AWS_SECRET_ACCESS_KEY=\(secret)")
        } catch let error as StateError {
            throw Failure(error.description)
        }
    }
}
