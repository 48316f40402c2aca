import DrydockTesting
import Testing

@Suite(.simulator) struct Federation {
    private let aws = AWS.current

    @Test func federatedUserNeedsUserAndSessionPolicy() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:*", "sts:GetFederationToken"))
        let made = try await worker.sts.getFederationToken(
            .init(name: "Bob", policy: allow("ecr:DescribeRepositories", "ec2:*")))
        #expect(made.federatedUser?.arn == "arn:aws:sts::123456789012:federated-user/Bob")
        #expect(made.federatedUser?.federatedUserId == "123456789012:Bob")
        let bob = aws.acting(as: try credentials(made.credentials))
        #expect(try await bob.sts.getCallerIdentity().arn == "arn:aws:sts::123456789012:federated-user/Bob")
        _ = try await bob.ecr.describeRepositories()
        await refused("AccessDeniedException", explanation: "session policy") {
            try await bob.ecr.createRepository(.init(repositoryName: "app"))
        }
        await refused("UnauthorizedOperation") { _ = try await bob.ec2.describeVpcs() }
        await refused("InvalidClientTokenId") { _ = try await bob.iam.listUsers() }
        await refused("AccessDenied") { _ = try await bob.sts.getFederationToken(.init(name: "Eve")) }
    }

    @Test func federatedUserWithoutSessionPolicyIsDenied() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:*", "sts:GetFederationToken"))
        let bob = aws.acting(
            as: try credentials(try await worker.sts.getFederationToken(.init(name: "Bob")).credentials))
        await refused("AccessDeniedException", explanation: "There is no session policy that could allow it.") {
            _ = try await bob.ecr.describeRepositories()
        }
    }

    @Test func getScopedCredentialsNarrowsSession() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:*", "sts:*"))
        await refused("InvalidSubjectCredentials") {
            _ = try await worker.sts.getScopedCredentials(.init(policy: allow("ecr:*")))
        }
        let session = aws.acting(
            as: try credentials(try await worker.sts.getSessionToken(.init(durationSeconds: 3600)).credentials))
        await refused("InsufficientSessionLifetime") {
            _ = try await session.sts.getScopedCredentials(.init(durationSeconds: 7200))
        }
        let made = try await session.sts.getScopedCredentials(.init(policy: allow("ecr:*", "sts:*"), durationSeconds: 900))
        #expect(made.scopedPoliciesCount == 1 && made.sessionInfo?.arn == "arn:aws:iam::123456789012:user/Worker")
        let scoped = aws.acting(as: try credentials(made.credentials))
        try await scoped.ecr.createRepository(.init(repositoryName: "app"))
        let narrower = aws.acting(
            as: try credentials(
                try await scoped.sts.getScopedCredentials(.init(policy: allow("ecr:DescribeRepositories"))).credentials))
        _ = try await narrower.ecr.describeRepositories()
        await refused("AccessDeniedException", explanation: "scoping policy") {
            try await narrower.ecr.createRepository(.init(repositoryName: "other"))
        }
    }

    @Test func getDelegatedAccessTokenRejectsTradeInToken() async throws {
        await refused("ExpiredTradeInTokenException", status: 400) {
            _ = try await aws.sts.getDelegatedAccessToken(.init(tradeInToken: "token"))
        }
    }

    @Test func assumeRoleRejectsTooLargePackedPolicy() async throws {
        try await aws.iam.createRole(.init(roleName: "R", assumeRolePolicyDocument: trust(#"{"AWS":"123456789012"}"#)))
        let arns = (0..<3).map { "arn:aws:iam::123456789012:policy/P\($0)" }
        for number in 0..<3 {
            let actions = (0..<280).map { "\"ecr:Action\($0)\"" }.joined(separator: ",")
            try await aws.iam.createPolicy(
                .init(
                    policyName: "P\(number)",
                    policyDocument:
                        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(actions)],"Resource":"*"}]}"#))
        }
        await refused("PackedPolicyTooLarge", status: 400) {
            _ = try await aws.sts.assumeRole(
                .init(
                    roleArn: "arn:aws:iam::123456789012:role/R", roleSessionName: "ci",
                    policyArns: arns.map { .init(arn: $0) }))
        }
    }
}

@Suite struct OrganizationControls {
    private func aws(_ text: String, management: String? = nil) throws -> AWS {
        var organization = Organization(managementAccount: management)
        try organization.add(text, named: "guard.json")
        var configuration = Configuration()
        configuration.organization = organization
        return try AWS(configuration)
    }

    @Test func serviceControlPolicyAppliesToRoot() async throws {
        let aws = try aws(deny("ecr:CreateRepository", sid: "NoRepositories"))
        _ = try await aws.ecr.describeRepositories()
        await refused(
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:root is not authorized to perform: ecr:CreateRepository on resource: "
                + "arn:aws:ecr:us-east-1:123456789012:repository/app with an explicit deny in a service control policy",
            explanation: "statement 'NoRepositories' of the service control policy 'guard.json'"
        ) { try await aws.ecr.createRepository(.init(repositoryName: "app")) }
    }

    @Test func everyServiceControlPolicyLevelMustAllow() async throws {
        let levels = """
            {"ServiceControlPolicies": [
                [{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}],
                [{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["ecr:*","iam:*"],"Resource":"*"}}]
            ]}
            """
        let aws = try aws(levels)
        let worker = try await aws.worker(allowing: allow("*"))
        _ = try await worker.ecr.describeRepositories()
        await refused("UnauthorizedOperation", explanation: "service control policy") {
            _ = try await worker.ec2.describeVpcs()
        }
    }

    @Test func managementAccountIsExemptFromControls() async throws {
        let text =
            #"{"ManagementAccountId":"123456789012","ServiceControlPolicies":[[{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}]]}"#
        let aws = try aws(text)
        _ = try await aws.ecr.describeRepositories()
        #expect(try await aws.iam.listOrganizationsFeatures().enabledFeatures == [])
        let enabled = try await aws.iam.enableOrganizationsRootSessions()
        #expect(enabled.enabledFeatures?.map(\.rawValue) == ["RootSessions"])
        let made = try await aws.sts.assumeRoot(
            .init(
                targetPrincipal: "999999999999",
                taskPolicyArn: .init(arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")))
        let root = aws.acting(as: try credentials(made.credentials))
        #expect(try await root.sts.getCallerIdentity().arn == "arn:aws:iam::999999999999:root")
    }

    @Test func resourceControlPolicyDeniesMatchingRequests() async throws {
        let text =
            #"{"ResourceControlPolicies":[{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-another"}}}]}]}"#
        let aws = try aws(text)
        let worker = try await aws.worker(allowing: allow("*"))
        await refused("AccessDeniedException", explanation: "resource control policy") {
            _ = try await worker.ecr.describeRepositories()
        }
        _ = try await worker.ec2.describeVpcs()
    }

    @Test(arguments: ["{}", "[]", "no", #"{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}"#])
    func invalidOrganizationPoliciesAreRejected(_ text: String) {
        #expect(throws: OrganizationError.self) { try aws(text) }
    }

    @Test func missingOrganizationIsReported() async throws {
        let aws = try AWS()
        await refused("OrganizationNotFoundException") { _ = try await aws.iam.listOrganizationsFeatures() }
        await refused("AccessDenied") {
            _ = try await aws.sts.assumeRoot(
                .init(
                    targetPrincipal: "999999999999",
                    taskPolicyArn: .init(arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")))
        }
    }
}
