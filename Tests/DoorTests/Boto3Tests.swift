import Testing

/// Runs boto3 programs unchanged against a served simulator. The exit code says whether the program's expectations of AWS hold;
/// its output is shown if they do not.
@Suite(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
struct Boto3 {
    @Test(arguments: [
        "control_plane", "copies", "faults", "ecr_repository", "ecr_wire", "ec2_instance", "iam_worker", "security_group",
        "refusals", "waiters",
    ])
    func boto3ProgramSucceeds(_ name: String) async throws {
        try await ServedSimulator.run { served in
            let outcome = try await served.run("python3", [Program.path("\(name).py")])
            #expect(outcome.succeeded, "\(outcome.output)")
        }
    }
}
