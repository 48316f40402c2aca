import DrydockTesting
import Foundation
import Subprocess
import Testing

/// Commands about a running server, and `exec`, as processes.
@Suite struct ControlCommands {
    private static func drydock(_ served: ServedSimulator, _ arguments: String...) async throws -> ServedSimulator.Outcome {
        try await served.run("env", [try #require(ServeCommand.program)] + arguments)
    }

    @Test func aServerIsAskedAndMoved() async throws {
        try await ServedSimulator.run(.init(clock: .manual(), transitions: .instant)) { served in
            let health = try await Self.drydock(served, "health")
            #expect(health.succeeded && health.output.contains("account: 123456789012"), "\(health.output)")
            let set = try await Self.drydock(served, "clock", "--set", "2024-01-01T00:00:00Z")
            #expect(set.output.contains("2024-01-01T00:00:00"), "\(set.output)")
            let moved = try await Self.drydock(served, "clock", "--advance", "48h", "--json")
            #expect(moved.output.contains(#""now":"2024-01-03T00:00:00"#), "\(moved.output)")
            #expect(try await !Self.drydock(served, "clock", "--advance", "soon").succeeded)

            _ = try await served.run("aws", ["ecr", "create-repository", "--repository-name", "kept"])
            #expect(try await Self.drydock(served, "snapshot", "one").output.contains("kept as 'one'"))
            let fork = try await Self.drydock(served, "fork")
            #expect(fork.output.contains("http://127.0.0.1:"), "\(fork.output)")
            #expect(try await Self.drydock(served, "fork", "--list").output.contains("fork-1"))
            #expect(try await Self.drydock(served, "fork", "--end", "fork-1").succeeded)
            #expect(try await Self.drydock(served, "reset").succeeded)
            #expect(try await Self.drydock(served, "restore", "one").succeeded)
            #expect(try await Self.drydock(served, "restore", "two").output.contains("two"))
            #expect(try await Self.drydock(served, "images").output.contains("kept"))
        }
    }

    @Test func faultsAreSetFromAFile() async throws {
        try await ServedSimulator.run { served in
            let file = FileManager.default.temporaryDirectory.path + "/drydock-plan-\(UUID().uuidString).json"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try #"[{"service": "ecr", "error": "ServerException"}]"#.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await Self.drydock(served, "faults").output.contains("Nothing goes wrong"))
            #expect(try await Self.drydock(served, "faults", file).output.contains("ServerException"))
            #expect(try await Self.drydock(served, "faults", "--clear").output.contains("Nothing goes wrong"))
            try "[{]".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await Self.drydock(served, "faults", file).output.contains("is not JSON"))
        }
    }

    @Test func aShellIsLedToAServer() async throws {
        try await ServedSimulator.run { served in
            let env = try await Self.drydock(served, "env")
            #expect(env.output.contains("export AWS_ENDPOINT_URL='\(served.url)'"), "\(env.output)")
            let hosts = try await Self.drydock(served, "hosts")
            #expect(hosts.output.hasPrefix("127.0.0.1 ec2.us-east-1.amazonaws.com"), "\(hosts.output)")
            #expect(hosts.output.contains("123456789012.dkr.ecr.us-east-1.amazonaws.com"))
        }
    }

    @Test func aCommandHasAnAWSOfItsOwn() async throws {
        let script =
            "aws ecr create-repository --repository-name mine >/dev/null && aws ecr describe-repositories --query 'repositories[].repositoryName' --output text; exit 7"
        let (output, code) = try await ServeCommand.run(["exec", "--", "sh", "-c", script])
        #expect(output.contains("mine"), "\(output)")
        #expect(code == .exited(7))
        let (missing, end) = try await ServeCommand.run(["exec", "--", "no-such-program"])
        #expect(end == .exited(127), "\(missing)")
    }

    @Test func nothingThereIsTold() async throws {
        let (output, code) = try await ServeCommand.run(["health", "--endpoint", "http://127.0.0.1:9"])
        #expect(code == .exited(1))
        #expect(output.contains("Is 'drydock serve' running?"), "\(output)")
    }

    @Test func variablesStandForOptionsOfServe() async throws {
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
        // What is typed outweighs them.
        let result = try await Subprocess.run(
            .name("env"), arguments: Arguments(["DRYDOCK_PORT=4566", drydock, "serve", "--port", "70001"]),
            output: .string(limit: 1 << 16), error: .combinedWithOutput)
        #expect(result.standardOutput.contains("not 70001"))
    }
}
