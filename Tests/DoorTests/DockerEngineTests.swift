import Foundation
import Subprocess
import Testing

/// Runs the stock docker command with a guest's engine and with a real one; it must behave the same.
@Suite struct DockerEngines {
    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(
            if: Program.exists("dockerd") && Program.exists("docker") && Program.exists("curl") && getuid() == 0,
            "a Docker engine is missing, or may not be started: apt-get install docker.io curl, and run as root"),
        .enabled(
            if: Program.exists("bwrap") && Program.exists("unshare")
                && FileManager.default.fileExists(atPath: "/usr/sbin/sshd"),
            "guests are missing: apt-get install bubblewrap openssh-server util-linux"))
    func guestDockerMatchesRealDockerEngine() async throws {
        try await Self.run("docker_side_by_side")
    }

    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(if: Program.exists("docker"), "docker's command is missing: apt-get install docker.io"),
        .enabled(
            if: Program.exists("bwrap") && FileManager.default.fileExists(atPath: "/usr/sbin/sshd"),
            "guests are missing: apt-get install bubblewrap openssh-server"))
    func guestDockerKeepsImagesAfterServerRestart() async throws { try await Self.run("engine_restart") }

    static func run(_ name: String) async throws {
        let program = try #require(ServeCommand.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("\(name).py"), program],
            output: .string(limit: 4 << 20), error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }
}

/// Docker Hub as its users browse and fill it.
@Suite struct HubCommands {
    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(if: Program.exists("curl"), "curl is missing: apt-get install curl"))
    func hubCommandsAddImagesAndUsers() async throws { try await DockerEngines.run("hub") }
}
