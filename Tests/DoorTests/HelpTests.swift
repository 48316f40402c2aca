import AWSCore
import Subprocess
import Testing

/// What `drydock help` says, and how commands end.
@Suite struct CommandLineHelp {
    /// Commands without subcommands, each with the words before it.
    private func leaves(_ command: Node, _ words: [String] = []) -> [(name: String, command: Node)] {
        let words = words + [command["commandName"]?.string ?? ""]
        let subcommands = (command["subcommands"]?.elements ?? []).filter { $0["commandName"]?.string != "help" }
        guard !subcommands.isEmpty else { return [(words.joined(separator: " "), command)] }
        return subcommands.flatMap { leaves($0, words) }
    }

    @Test func everyCommandHelpHasExample() async throws {
        let help = try JSON.parse(Bytes(try await ServeCommand.run(["--experimental-dump-help"]).output.utf8))
        let found = leaves(try #require(help["command"]))
        #expect(found.count > 30)
        for (name, command) in found {
            let discussion = command["discussion"]?.string ?? ""
            #expect(discussion.contains(name), "'\(name)' has no example in its help")
        }
    }

    /// `<port>`, `<file>`: never the option's own name over again.
    @Test func serveHelpGroupsOptionsInSections() async throws {
        let help = try await ServeCommand.run(["serve", "--help"]).output
        for section in ["NETWORK OPTIONS:", "ACCESS OPTIONS:", "STATE OPTIONS:", "SIMULATOR OPTIONS:", "REGISTRY OPTIONS:"] {
            #expect(help.contains(section))
        }
        #expect(help.contains("--port <port>") && help.contains("--state <folder>"))
    }

    @Test(arguments: [
        (["policy", "simulate", "--policy", "/dev/null", "--action", "ecr:PutImage"], 2), (["run", "/no/such/file.yaml"], 2),
        (["health", "--endpoint", "http://127.0.0.1:1"], 1), (["journal", "--endpoint", "http://127.0.0.1:1"], 2),
        (["serve", "--port", "70000"], 64), (["serv"], 64), (["exec", "--", "sh", "-c", "exit 7"], 7), (["coverage"], 0),
    ]) func commandsReturnDocumentedExitCodes(arguments: [String], code: Int) async throws {
        let (output, ended) = try await ServeCommand.run(arguments)
        #expect(ended == .exited(Int32(code)), "\(output)")
    }

    @Test(.enabled(if: Program.exists("aws"), "the AWS CLI is missing: pip install awscli, or run tools/test, which does"))
    func execLogsRequestsUnlessLogLevelIsError() async throws {
        let ask = "aws ec2 describe-vpcs"
        let logged = try await ServeCommand.run(["exec", "--log", "requests", "--", "sh", "-c", ask])
            .output
        #expect(logged.contains("drydock: ") && logged.contains(" ec2:DescribeVpcs"), "\(logged)")
        let quiet = try await ServeCommand.run(
            ["exec", "--log", "requests", "--log-level", "error", "--", "sh", "-c", ask])
        #expect(!quiet.output.contains("drydock: "))
        #expect(quiet.code.isSuccess)
    }
}
