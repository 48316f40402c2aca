import Foundation
import Subprocess
import Testing

/// Stock registry clients against the registry at `/v2/`.
@Suite struct RegistryClients {
    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(if: Program.exists("skopeo"), "skopeo is missing: apt-get install skopeo, or run tools/test, which does"))
    func skopeoPushesAndPullsImages() async throws { try await run("skopeo_registry") }

    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(
            if: Program.exists("dockerd") && Program.exists("docker") && getuid() == 0,
            "a Docker engine is missing, or may not be started: apt-get install docker.io, and run as root"))
    func dockerEnginePushesAndPullsImages() async throws { try await run("docker_engine") }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func registryPassesOCIConformance() async throws { try await runServing("oci_conformance") }

    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(
            if: Program.exists("skopeo") && Program.exists("docker-registry"),
            "skopeo or docker-registry is missing: apt-get install skopeo docker-registry"))
    func pullThroughCacheFetchesFromDockerRegistry() async throws { try await runServing("upstream") }

    /// Runs a program that starts its own server.
    private func runServing(_ name: String) async throws {
        let program = try #require(ServeCommand.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("\(name).py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func imageCommandsListBuildImportAndExport() async throws { try await DockerEngines.run("ecr_commands") }

    private func run(_ program: String) async throws {
        try await ServedSimulator.run { served in
            let outcome = try await served.run("python3", [Program.path("\(program).py")])
            #expect(outcome.succeeded, "\(outcome.output)")
        }
    }
}
