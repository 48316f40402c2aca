import AWSCore
import Drydock
import DrydockTesting
import Foundation
import Subprocess
import Testing

/// Commands that control a running server, and `exec`, as processes.
@Suite struct ControlCommands {
    private static func drydock(_ served: ServedSimulator, _ arguments: String...) async throws -> ServedSimulator.ProgramResult
    {
        try await served.run("env", [try #require(ServeCommand.program)] + arguments)
    }

    @Test func healthClockSnapshotForkAndRestoreCommandsWork() async throws {
        try await ServedSimulator.run(.init(clock: .manual(), transitions: .instant)) { served in
            let health = try await Self.drydock(served, "health")
            #expect(health.succeeded && health.output.contains("account: 123456789012"), "\(health.output)")
            let set = try await Self.drydock(served, "clock", "--set", "2024-01-01T00:00:00Z")
            #expect(set.output.contains("2024-01-01T00:00:00"), "\(set.output)")
            let moved = try await Self.drydock(served, "clock", "--advance", "48h", "--json")
            #expect(moved.output.contains(#""now":"2024-01-03T00:00:00"#), "\(moved.output)")
            #expect(try await !Self.drydock(served, "clock", "--advance", "soon").succeeded)

            _ = try await AWS(served.simulator).ecr.createRepository(.init(repositoryName: "kept"))
            #expect(try await Self.drydock(served, "snapshot", "one").output.contains("saved as 'one'"))
            _ = try await Self.drydock(served, "clock", "--advance", "1h")
            #expect(try await Self.drydock(served, "snapshot", "later").succeeded)
            let list = try await Self.drydock(served, "snapshot", "--list")
            #expect(list.output == "later  2024-01-03T01:00:00.000Z\none  2024-01-03T00:00:00.000Z\n", "\(list.output)")
            #expect(try await Self.drydock(served, "snapshot", "--delete", "later").succeeded)
            #expect(try await !Self.drydock(served, "snapshot", "--delete", "later").succeeded)
            #expect(try await !Self.drydock(served, "snapshot", "--list").output.contains("later"))
            let fork = try await Self.drydock(served, "fork")
            #expect(fork.output.contains("http://127.0.0.1:"), "\(fork.output)")
            #expect(try await Self.drydock(served, "fork", "--list").output.contains("fork-1"))
            #expect(try await Self.drydock(served, "fork", "--end", "fork-1").succeeded)
            #expect(try await Self.drydock(served, "reset").succeeded)
            #expect(try await !Self.drydock(served, "images").output.contains("kept"))
            #expect(try await Self.drydock(served, "restore", "one").succeeded)
            #expect(try await Self.drydock(served, "restore", "two").output.contains("two"))
            #expect(try await Self.drydock(served, "images").output.contains("kept"))
        }
    }

    @Test func faultsCommandSetsAndClearsFaultPlan() async throws {
        try await ServedSimulator.run { served in
            let file = FileManager.default.temporaryDirectory.path + "/drydock-plan-\(UUID().uuidString).json"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try #"[{"service": "ecr", "error": "ServerException"}]"#.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await Self.drydock(served, "faults").output.contains("No faults are active."))
            #expect(try await Self.drydock(served, "faults", file).output.contains("ServerException"))
            #expect(try await Self.drydock(served, "faults", "--clear").output.contains("No faults are active."))
            try "[{]".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await Self.drydock(served, "faults", file).output.contains("is not JSON"))
        }
    }

    @Test func envAndHostsCommandsPrintServerAddress() async throws {
        try await ServedSimulator.run { served in
            let env = try await Self.drydock(served, "env")
            #expect(env.output.contains("export AWS_ENDPOINT_URL='\(served.url)'"), "\(env.output)")
            let hosts = try await Self.drydock(served, "hosts")
            #expect(hosts.output.hasPrefix("127.0.0.1 ec2.us-east-1.amazonaws.com"), "\(hosts.output)")
            #expect(hosts.output.contains("123456789012.dkr.ecr.us-east-1.amazonaws.com"))
        }
    }

    @Test(.enabled(if: Program.exists("aws"), "the AWS CLI is missing: pip install awscli, or run tools/test, which does"))
    func execRunsCommandWithPrivateSimulator() async throws {
        let script =
            "aws ecr create-repository --repository-name mine >/dev/null && aws ecr describe-repositories --query 'repositories[].repositoryName' --output text; exit 7"
        let (output, code) = try await ServeCommand.run(["exec", "--", "sh", "-c", script])
        #expect(output.contains("mine"), "\(output)")
        #expect(code == .exited(7))
    }

    @Test func execOfMissingProgramExitsWith127() async throws {
        let (missing, end) = try await ServeCommand.run(["exec", "--", "no-such-program"])
        #expect(end == .exited(127), "\(missing)")
    }

    @Test func healthReportsUnreachableServer() async throws {
        let (output, code) = try await ServeCommand.run(["health", "--endpoint", "http://127.0.0.1:9"])
        #expect(code == .exited(1))
        #expect(output.contains("Is 'drydock serve' running?"), "\(output)")
    }

    @Test func serveReadsOptionsFromEnvironment() async throws {
        let drydock = try #require(ServeCommand.program)
        let cases = [
            (["DRYDOCK_PORT=70000"], "--port must be between 0 and 65535, not 70000"),
            (["DRYDOCK_STRICT=maybe"], "DRYDOCK_STRICT must be 1 or 0, not 'maybe'"),
            (["DRYDOCK_UPSTREAM=ghcr.io"], "--upstream: 'ghcr.io' must be HOST=URL"),
            (["GATEWAY_LISTEN=nonsense"], "GATEWAY_LISTEN must look like"),
            (["DRYDOCK_ACCOUNT=12"], "--account must have 12 digits"),
        ]
        for (variables, sentence) in cases {
            let result = try await Subprocess.run(
                .name("env"), arguments: Arguments(variables + [drydock, "serve"]), output: .string(limit: 1 << 16),
                error: .combinedWithOutput)
            #expect(!result.terminationStatus.isSuccess)
            #expect(result.standardOutput.contains(sentence), "\(result.standardOutput)")
        }
        // Command-line options take precedence over environment variables.
        let result = try await Subprocess.run(
            .name("env"), arguments: Arguments(["DRYDOCK_PORT=4566", drydock, "serve", "--port", "70001"]),
            output: .string(limit: 1 << 16), error: .combinedWithOutput)
        #expect(result.standardOutput.contains("not 70001"))
    }

    @Test func misspelledCommandsGetSuggestion() async throws {
        for (typed, meant) in [("srve", "serve"), ("jurnal", "journal"), ("shh", "ssh")] {
            let (output, code) = try await ServeCommand.run([typed])
            #expect(output.contains("Did you mean 'drydock \(meant)'?"), "\(output)")
            #expect(code == .exited(64))
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionScriptListsCommands(shell: String) async throws {
        let (output, code) = try await ServeCommand.run(["completion", shell])
        #expect(code == .exited(0))
        #expect(output.contains("journal") && output.contains("transitions"))
    }

    @Test func versionIsPrinted() async throws {
        let (output, _) = try await ServeCommand.run(["--version"])
        #expect(output == "\(Release.description)\n")
    }
}

/// A project's configuration file, and scenarios and scripts that run before the server is ready.
@Suite struct ServePreparations {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/drydock-ready-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    private static let scenario = """
        name: Setup
        up:
          - call: ecr.CreateRepository
            input: {repositoryName: team/app}
        """

    /// Serves in the folder until the server is ready or has exited, then runs a command.
    private func serve(_ options: String, then command: String = "true") async throws -> String {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let drydock = try #require(ServeCommand.program)
        let script = """
            cd '\(folder)' || exit 1
            '\(drydock)' serve --port 0 \(options) >out 2>&1 & server=$!
            while kill -0 $server 2>/dev/null && ! grep -q '^Ready.$' out; do sleep 0.05; done
            export DRYDOCK_ENDPOINT=$(sed -n 's/.*ready on \\([^ ]*\\) .*/\\1/p' out)
            \(command)
            kill $server 2>/dev/null; wait $server; echo "code $?" >>out; cat out
            """
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", script], output: .string(limit: 1 << 16), error: .combinedWithOutput)
        return result.standardOutput
    }

    @Test func serveRunsScenariosBeforeReadyScripts() async throws {
        try write("setup.yaml", Self.scenario)
        try FileManager.default.createDirectory(atPath: folder + "/ready.d", withIntermediateDirectories: true)
        try write("ready.d/1.sh", "echo script at $AWS_ENDPOINT_URL; '\(try #require(ServeCommand.program))' images")
        try write("drydock.yaml", "serve:\n  ready: ready.d\n  up: [setup.yaml]\n")
        let output = try await serve("", then: "echo ready")
        let lines = output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("script at http://127.0.0.1:") }, "\(output)")
        let script = try #require(lines.firstIndex { $0.contains("team/app") }, "\(output)")
        let ready = try #require(lines.firstIndex { $0.hasPrefix("Drydock is ready") }, "\(output)")
        #expect(script < ready)
    }

    @Test func failingUpScenarioStopsServer() async throws {
        try write("setup.yaml", Self.scenario.replacing("Create", with: "Delete"))
        let output = try await serve("--up setup.yaml")
        #expect(output.contains("Error: setup.yaml:3:5: ") && output.contains("RepositoryNotFoundException"), "\(output)")
        #expect(output.contains("code 2"))
    }

    @Test func failingReadyScriptStopsServer() async throws {
        try write("1.sh", "exit 3")
        let output = try await serve("--ready .")
        #expect(output.contains("Error: ./1.sh failed: exited(3)") && output.contains("code 2"), "\(output)")
        #expect(!output.contains("Ready."))
    }

    @Test(arguments: [
        ("serve: {prot: 1}", "drydock.yaml: serve has no option 'prot'; did you mean 'port'?"),
        ("- x", "drydock.yaml: it must have the options of serve below 'serve:', and nothing else."),
        ("serve: {strict: maybe}", "drydock.yaml: 'strict' must be true or false."),
        ("serve: {port: [1, 2]}", "drydock.yaml: 'port' must be one value."), ("serve: {", "drydock.yaml: "),
    ]) func configurationFileErrorsAreReported(text: String, sentence: String) async throws {
        try write("drydock.yaml", text)
        let output = try await serve("")
        #expect(output.contains("Error: \(sentence)"), "\(output)")
    }
}

/// Options of `run` for CI.
@Suite struct RunReports {
    @Test func runWritesStepsAsJUnitTests() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-junit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let scenario = """
            name: A & B
            up:
              - name: Make <it>
                steps:
                  - call: ecr.CreateRepository
                    input: {repositoryName: app}
                  - name: Not there
                    call: ecr.DescribeRepositories
                    input: {repositoryNames: [other]}
            """
        try scenario.write(toFile: folder + "/s.yaml", atomically: true, encoding: .utf8)
        let (_, code) = try await ServeCommand.run(["run", folder + "/s.yaml", "--junit", folder + "/out.xml"])
        #expect(code == .exited(1))
        let text = try String(contentsOfFile: folder + "/out.xml", encoding: .utf8)
        _ = try XML.parse(Bytes(text.utf8))
        #expect(text.contains("tests=\"2\" failures=\"1\""), "\(text)")
        #expect(text.contains("classname=\"A &amp; B.up\" name=\"Make &lt;it&gt; / Not there\""), "\(text)")
        #expect(text.contains("RepositoryNotFoundException"))
    }

    @Test func runCheckReportsScenarioErrors() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/drydock-check-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "name: X\nup:\n  - call: ecr.NoSuchThing\n".write(toFile: file, atomically: true, encoding: .utf8)
        let (output, code) = try await ServeCommand.run(["run", "--check", file])
        #expect(code == .exited(2) && output.contains(":3:11:"), "\(output)")
        try "name: X\nup:\n  - call: ecr.DescribeRepositories\n".write(toFile: file, atomically: true, encoding: .utf8)
        let (good, end) = try await ServeCommand.run(["run", "--check", file])
        #expect(end == .exited(0) && good.contains("no mistakes"), "\(good)")
    }
}
