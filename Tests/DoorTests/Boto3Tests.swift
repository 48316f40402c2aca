import Testing

/// Programs written with boto3, run as they are against a served simulator. Each says by its exit code whether what it
/// expects of AWS holds; what it prints is shown when it doesn't.
@Suite(.enabled(if: Program.hasBoto3, "boto3 is missing: pip install boto3, or run tools/test, which does"))
struct Boto3 {
    @Test(arguments: [
        "control_plane", "copies", "faults", "ecr_repository", "ecr_wire", "ec2_instance", "iam_worker", "security_group",
        "refusals", "waiters",
    ])
    func program(_ name: String) async throws {
        try await ServedSimulator.run { served in
            let outcome = try await served.run("python3", ["\(Program.folder)/\(name).py"])
            #expect(outcome.succeeded, "\(outcome.output)")
        }
    }
}
