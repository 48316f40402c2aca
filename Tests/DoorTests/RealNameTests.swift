import Foundation
import Subprocess
import Testing

/// Clients that reach Drydock by AWS's host names over HTTPS and verify its certificates.
@Suite struct AWSHostNames {
    @Test(
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(
            if: Program.exists("unshare") && Program.exists("curl") && Program.exists("skopeo") && getuid() == 0,
            "namespaces need root, and curl and skopeo: apt-get install curl skopeo util-linux"))
    func clientsAcceptCertificatesForAWSHostNames() async throws {
        let program = try #require(ServeCommand.program)
        let result = try await Subprocess.run(
            .name("python3"), arguments: [Program.path("real_names.py"), program], output: .string(limit: 1 << 20),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }
}
