import Foundation
import Testing

/// Clients that are not boto3 programs: the AWS CLI, Terraform, Cloud Custodian, prowler, ScoutSuite, Ansible, and one that sends
/// malformed requests.
@Suite struct ClientPrograms {
    @Test(.enabled(if: Program.exists("aws"), "the AWS CLI is missing: pip install awscli, or run tools/test, which does"))
    func awsCLIProgramSucceeds() async throws { try await run("aws_cli") }

    @Test(
        .enabled(if: Program.exists("terraform"), "terraform is missing: install it from HashiCorp's releases"),
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"),
        .enabled(
            if: ProcessInfo.processInfo.environment["DRYDOCK_TERRAFORM_PLUGINS"] != nil,
            """
            Terraform's AWS provider is missing: run `terraform providers mirror FOLDER` where a configuration requires hashicorp/aws, \
            and set DRYDOCK_TERRAFORM_PLUGINS to FOLDER
            """),
        arguments: [
            "terraform", "terraform_ecr", "terraform_images", "terraform_parameters", "terraform_storage", "terraform_edge",
            "terraform_routes", "terraform_tiers", "terraform_iam", "terraform_example", "terraform_transit",
            "terraform_ipam", "terraform_vpn", "terraform_spot", "terraform_capacity", "terraform_ipv6", "terraform_routers",
        ])
    func terraformProgramsSucceed(program: String) async throws { try await run(program) }

    @Test(
        .enabled(if: Program.exists("custodian"), "cloud-custodian is missing: pip install c7n"),
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func cloudCustodianProgramSucceeds() async throws { try await run("custodian") }

    @Test(
        .enabled(if: Program.exists("prowler"), "prowler is missing: pip install prowler, best into an environment of its own"),
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func prowlerProgramSucceeds() async throws { try await run("prowler_checks") }

    @Test(
        .enabled(
            if: Program.exists("scout"), "ScoutSuite is missing: pip install scoutsuite, best into an environment of its own"),
        .enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func scoutSuiteProgramSucceeds() async throws { try await run("scoutsuite") }

    @Test(.enabled(if: Program.hasAnsibleForAWS, "Ansible and its amazon.aws are missing: pip install ansible boto3"))
    func ansibleProgramSucceeds() async throws { try await run("ansible_modules") }

    @Test(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
    func otherDrydockIsTrustedAsOIDCIssuer() async throws { try await DockerEngines.run("oidc_issuer") }

    /// Every malformed request gets a response. DRYDOCK_BAD_INPUT_SEED and DRYDOCK_BAD_INPUT_COUNT choose other requests.
    @Test(.enabled(if: Program.exists("python3"), "Python is missing: apt-get install python3"))
    func malformedRequestsGetErrorResponses() async throws { try await run("bad_input") }

    private func run(_ program: String) async throws {
        try await ServedSimulator.run { served in
            let outcome = try await served.run("python3", [Program.path("\(program).py")])
            #expect(outcome.succeeded, "\(outcome.output)")
        }
    }
}
