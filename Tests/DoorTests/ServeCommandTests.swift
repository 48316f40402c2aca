import DrydockServer
import DrydockTesting
import Foundation
import Subprocess
import Testing

/// The built program: its ready line, its errors and its exit.
@Suite struct ServeCommand {
    /// The program is in the test bundle's folder.
    static let program: String? = {
        let path = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("drydock").path ?? ""
        let nearby = [path, FileManager.default.currentDirectoryPath + "/.build/debug/drydock"]
        return nearby.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static func run(_ arguments: [String]) async throws -> (output: String, code: TerminationStatus) {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .path(.init(program)), arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .combinedWithOutput)
        return (result.standardOutput, result.terminationStatus)
    }

    @Test(arguments: [
        (["serve", "--port", "70000"], "--port must be between 0 and 65535"),
        (["serve", "--account", "12"], "--account must have 12 digits"),
        (["serve", "--region", "nowhere"], "--region must look like us-east-1"),
        (["serve", "--clock", "scaled:-1"], "--clock"),
        (["serve", "--transitions", "slow"], "--transitions"),
        (["serve", "--upstream", "ghcr.io"], "--upstream: 'ghcr.io' must be HOST=URL"),
        (["serve", "--nonsense"], "Unknown option '--nonsense'"),
        (["serve", "--port", "0", "--state", "/proc/drydock"], "cannot"),
        (["serve", "--host", "nowhere.invalid"], "--host"),
    ])
    func serveRejectsInvalidArguments(_ arguments: [String], _ sentence: String) async throws {
        let (output, code) = try await Self.run(arguments)
        #expect(!code.isSuccess)
        #expect(output.contains(sentence), "\(output)")
    }

    @Test func serveReportsPortInUseWithItsOption() async throws {
        try await ServedSimulator.run { served in
            let folder = FileManager.default.temporaryDirectory.path + "/drydock-authority-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let free = try await Server.freePort(on: "127.0.0.1")
            for (arguments, option) in [
                (["--port", "\(served.port)"], "--port"),
                (["--port", "\(free)", "--tls-port", "\(served.port)", "--certificates", folder], "--tls-port"),
            ] {
                let (output, code) = try await Self.run(["serve"] + arguments)
                #expect(!code.isSuccess)
                #expect(
                    output.contains("port \(served.port) on 127.0.0.1 is in use. Choose another with \(option), "), "\(output)")
            }
        }
    }

    @Test func serveReportsInvalidStateFile() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("drydock-broken-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(repeating: 7, count: 8192).write(to: folder.appendingPathComponent("drydock.sqlite"))
        let (output, code) = try await Self.run(["serve", "--port", "0", "--state", folder.path])
        #expect(!code.isSuccess)
        #expect(output.contains("is not a Drydock state"), "\(output)")
    }

    @Test(arguments: [["--account", "999999999999"], ["--seed", "2"]])
    func serveRejectsOtherAccountOrSeedForState(_ arguments: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-kept-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do { _ = try Simulator.drydock(.init(stateFolder: folder)) }
        let (output, code) = try await Self.run(["serve", "--port", "0", "--state", folder] + arguments)
        #expect(!code.isSuccess)
        #expect(
            output.contains("was made \(arguments[0] == "--seed" ? "with seed 1" : "for account 123456789012")"), "\(output)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func stateSurvivesKill() async throws {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("survive_kill.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func journalCommandReadsServerJournal() async throws {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("journal.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }

    @Test(.enabled(if: Program.exists("python3"), "Python is missing: apt-get install python3"))
    func serverRecoversFromDescriptorExhaustion() async throws {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("descriptors.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func sameSeedGivesSameBytesInAnotherProcess() async throws {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("same_bytes.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func strictServerRequiresAccessKeys() async throws {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("strict_doors.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func sigtermLeavesOneStateFileAndFolderIsLocked() async throws {
        let program = try #require(Self.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("state_ends.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }
}
