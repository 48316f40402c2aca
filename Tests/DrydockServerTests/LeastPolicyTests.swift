import Drydock
import DrydockServer
import DrydockTesting
import Testing

/// `drydock policy from-journal`: the policy allows the recorded calls and nothing more.
@Suite struct LeastPolicy {
    @Test func journalPolicyAllowsOnlyRecordedCalls() async throws {
        try await Served.run { served in
            let root = served.simulator.client()
            let ecr = ECRClient(root), iam = IAMClient(root)
            try await ecr.createRepository(.init(repositoryName: "team/app"))
            try await ecr.createRepository(.init(repositoryName: "team/other"))
            served.simulator.journal.clear()
            _ = try await ecr.describeRepositories(.init(repositoryNames: ["team/app"]))
            _ = try await ecr.getAuthorizationToken()
            // What is gone is known by its name.
            try await ecr.deleteRepository(.init(repositoryName: "team/other"))

            let (_, policy) = try await served.ask("GET /_drydock/permissions", ["Host: localhost:PORT"])
            let statements = try JSON.parse(policy)["Statement"]?.elements ?? []
            func resources(of action: String) -> [String]? {
                statements.first { $0["Action"]?.elements?.contains(.string(action)) == true }?["Resource"]?.elements?
                    .compactMap(\.string)
            }
            let repositories = "arn:aws:ecr:us-east-1:123456789012:repository/team/"
            #expect(resources(of: "ecr:DescribeRepositories") == [repositories + "app"], "\(policy)")
            #expect(resources(of: "ecr:DeleteRepository") == [repositories + "other"], "\(policy)")
            #expect(resources(of: "ecr:GetAuthorizationToken") == ["*"] && statements.count == 3, "\(policy)")

            try await iam.createUser(.init(userName: "Worker"))
            try await iam.putUserPolicy(.init(userName: "Worker", policyName: "Least", policyDocument: policy))
            let key = try #require(try await iam.createAccessKey(.init(userName: "Worker")).accessKey)
            let worker = ECRClient(
                served.simulator.client(
                    credentials: Credentials(
                        accessKeyId: try #require(key.accessKeyId), secretAccessKey: try #require(key.secretAccessKey))))
            _ = try await worker.describeRepositories(.init(repositoryNames: ["team/app"]))
            _ = try await worker.getAuthorizationToken()
            await #expect(throws: AWSError.self) { _ = try await worker.describeRepositories() }
            await #expect(throws: AWSError.self) { _ = try await worker.createRepository(.init(repositoryName: "team/new")) }
        }
    }
}
