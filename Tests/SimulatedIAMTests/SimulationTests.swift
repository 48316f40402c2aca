import DrydockTesting
import Testing

@Suite(.simulator) struct PolicySimulator {
    private let aws = AWS.current

    @Test func simulateCustomPolicyReturnsDecisionsAndStatements() async throws {
        let policy = """
            {
              "Version": "2012-10-17",
              "Statement": [
                {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "ecr:Delete*", "Resource": "*"}
              ]
            }
            """
        let results = try #require(
            try await aws.iam.simulateCustomPolicy(
                .init(
                    policyInputList: [policy],
                    actionNames: ["ecr:PutImage", "ecr:DeleteRepository", "ec2:RunInstances"])
            ).evaluationResults)
        #expect(results.map(\.evalDecision) == [.allowed, .explicitDeny, .implicitDeny])
        let allowing = try #require(results[0].matchedStatements?.first)
        #expect(allowing.sourcePolicyId == "PolicyInputList.1" && allowing.startPosition?.line == 4)
        #expect(allowing.startPosition?.column == 5 && allowing.endPosition?.line == 4)
        #expect(results[1].matchedStatements?.map { $0.startPosition?.line } == [5])
        #expect(results[2].matchedStatements?.isEmpty == true)
        #expect(results[0].evalResourceName == "arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}")
    }

    @Test func simulateCustomPolicyDecidesPerResource() async throws {
        let mine = "arn:aws:ecr:us-east-1:123456789012:repository/mine"
        let yours = "arn:aws:ecr:us-east-1:123456789012:repository/yours"
        let result = try #require(
            try await aws.iam.simulateCustomPolicy(
                .init(
                    policyInputList: [allow("ecr:PutImage", resource: mine)], actionNames: ["ecr:PutImage"],
                    resourceArns: [mine, yours])
            ).evaluationResults?.first)
        #expect(result.evalDecision == .implicitDeny)
        #expect(result.resourceSpecificResults?.map(\.evalResourceDecision) == [.allowed, .implicitDeny])
    }

    @Test func simulationReportsMissingContextKeys() async throws {
        let policy = allow("ecr:*", condition: #"{"StringEquals":{"aws:PrincipalTag/team":"web"}}"#)
        func simulate(_ entries: [ContextEntry]) async throws -> EvaluationResult? {
            try await aws.iam.simulateCustomPolicy(
                .init(policyInputList: [policy], actionNames: ["ecr:PutImage"], contextEntries: entries)
            ).evaluationResults?.first
        }
        let without = try await simulate([])
        #expect(without?.evalDecision == .implicitDeny && without?.missingContextValues == ["aws:PrincipalTag/team"])
        let with = try await simulate([
            .init(contextKeyName: "aws:PrincipalTag/team", contextKeyValues: ["web"], contextKeyType: .string)
        ])
        #expect(with?.evalDecision == .allowed && with?.missingContextValues == [])
        let keys = try await aws.iam.getContextKeysForCustomPolicy(
            .init(policyInputList: [policy, allow("iam:*", resource: "arn:aws:iam::*:user/${aws:username}")]))
        #expect(keys.contextKeyNames == ["aws:PrincipalTag/team", "aws:username"])
    }

    @Test func simulatePrincipalPolicyUsesAllPoliciesOfPrincipal() async throws {
        _ = try await aws.worker(allowing: allow("ecr:PutImage"))
        try await aws.iam.createGroup(.init(groupName: "Web"))
        try await aws.iam.addUserToGroup(.init(groupName: "Web", userName: "Worker"))
        try await aws.iam.putGroupPolicy(.init(groupName: "Web", policyName: "Look", policyDocument: allow("ec2:Describe*")))
        let arn = "arn:aws:iam::123456789012:user/Worker"
        func decisions(_ request: SimulatePrincipalPolicyRequest) async throws -> [PolicyEvaluationDecisionType?] {
            try await aws.iam.simulatePrincipalPolicy(request).evaluationResults?.map(\.evalDecision) ?? []
        }
        let actions = ["ecr:PutImage", "ec2:DescribeVpcs", "iam:ListUsers"]
        #expect(
            try await decisions(.init(policySourceArn: arn, actionNames: actions)) == [.allowed, .allowed, .implicitDeny])
        #expect(
            try await decisions(
                .init(policySourceArn: arn, policyInputList: [allow("iam:*")], actionNames: actions)
            ) == [.allowed, .allowed, .allowed])
        try await aws.iam.putUserPermissionsBoundary(
            .init(userName: "Worker", permissionsBoundary: "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"))
        let bounded = try #require(
            try await aws.iam.simulatePrincipalPolicy(.init(policySourceArn: arn, actionNames: actions)).evaluationResults)
        #expect(bounded.map(\.evalDecision) == [.implicitDeny, .allowed, .implicitDeny])
        #expect(bounded[0].permissionsBoundaryDecisionDetail?.allowedByPermissionsBoundary == false)
        await refused("NoSuchEntity", status: 404) {
            _ = try await aws.iam.simulatePrincipalPolicy(
                .init(policySourceArn: arn + "2", actionNames: ["ecr:PutImage"]))
        }
        await refused("InvalidInput") {
            _ = try await aws.iam.simulateCustomPolicy(.init(policyInputList: ["{}"], actionNames: ["ecr:PutImage"]))
        }
        #expect(try await aws.iam.getContextKeysForPrincipalPolicy(.init(policySourceArn: arn)).contextKeyNames == [])
    }
}
