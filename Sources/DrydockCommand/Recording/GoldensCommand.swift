import AWSCore
import ArgumentParser
import Contract
import Drydock
import DrydockServer
import Foundation

struct GoldensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "goldens", abstract: "Compare the requests that a program sends with a committed file.",
        discussion: """
            The program runs against its own simulator, which AWS_ENDPOINT_URL points at. Requests are compared in a canonical \
            form that is the same for every client: the order of parameters, tokens, dates, signatures and user agents are \
            left out, and generated ids have names such as <vpc 1>.

            Exit code 0: no difference, or the golden was written. 1: the requests differ; the differences are printed. 2: the \
            golden is missing or cannot be read or written, or the program failed.
            """,
        subcommands: [Check.self, Update.self])

    struct Options: ParsableArguments {
        @Argument(help: "The folder of the golden file requests.txt.") var folder: String
        @Flag(help: "Ignore the order of requests, for programs with concurrent requests such as Terraform.") var unordered =
            false
        @Option(
            help: ArgumentHelp("The seed of generated ids: the same seed and requests give the same ids.", valueName: "number"))
        var seed: UInt64 = 1
        @Option(help: ArgumentHelp("The account id.", valueName: "12 digits")) var account = "123456789012"
        // The clock does not advance here, so a program that waits for a pending instance would never end.
        @Option(
            help: ArgumentHelp(
                "How long state changes take: instant (no time), quick (shortened) or aws (as in AWS).", valueName: "pace"))
        var transitions =
            Transitions.instant
        @Argument(parsing: .postTerminator, help: "The program and its arguments.") var command: [String] = []

        func validate() throws {
            guard !command.isEmpty else {
                throw ValidationError("Give a program after --, for example: drydock goldens check DIR -- python3 program.py")
            }
            guard account.isAccountId else {
                throw ValidationError("--account must have 12 digits, not '\(account)'.")
            }
        }

        /// Runs the program and returns its requests.
        /// - Throws: ``ExitStatus/failed`` if it failed.
        func log() async throws -> RequestLog {
            let simulator = try Simulator.drydock(Configuration(account: account, seed: seed, transitions: transitions))
            let log = RequestLog(isOrdered: !unordered)
            let server = TransportServer(
                log.transport(over: InProcessTransport(simulator)), .init(host: "127.0.0.1", port: 0))
            let command = command
            let status = try await server.serving { port in
                try await ChildProgram(
                    command: command,
                    environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)", "AWS_EC2_METADATA_DISABLED": "true"],
                    defaults: [
                        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_REGION": "us-east-1",
                    ]
                ).run()
            }
            guard status == 0 else {
                GoldensCommand.tell("\(command[0]) failed with exit code \(status); its requests were not compared")
                throw ExitStatus.failed
            }
            return log
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the requests of the program with the golden.",
            discussion: "Example: drydock goldens check golden/deploy -- python3 deploy.py")
        @OptionGroup var options: Options

        func run() async throws {
            try await GoldensCommand.report(options) { try $0.check($1) }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the requests of the program as the golden.",
            discussion: "Example: drydock goldens update golden/deploy -- python3 deploy.py")
        @OptionGroup var options: Options

        func run() async throws {
            try await GoldensCommand.report(options) { try $0.update($1) }
        }
    }

    private static func report(
        _ options: Options, _ body: (ProgramGolden, RequestLog) throws -> ProgramGolden.CheckResult
    ) async throws {
        do {
            let golden = ProgramGolden(folder: options.folder)
            switch try body(golden, try await options.log()) {
            case .same(let count): print("\(golden.file): \(count) requests, unchanged")
            case .written(let count): print("\(golden.file): \(count) requests written")
            case .missing:
                tell("\(golden.file) is missing; `drydock goldens update \(options.folder) -- …` writes it")
                throw ExitStatus.failed
            case .different(let lines):
                print("\(golden.file): the program's requests differ (- golden, + now)")
                for line in lines { print(line) }
                throw ExitStatus.checkFailed
            }
        } catch let error as RecordingError {
            tell(error.description)
            throw ExitStatus.failed
        }
    }

    private static func tell(_ text: String) { StandardError.tell("Error: \(text)") }
}
