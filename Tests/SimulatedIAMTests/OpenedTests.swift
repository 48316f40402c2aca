import DrydockTesting
import HTTPTypes
import Testing

/// Regression tests: Drydock once allowed these requests, which AWS rejects.
@Suite(.simulator) struct FormerlyAllowedRequests {
    private let aws = AWS.current
    private let role = "arn:aws:iam::123456789012:role/Deploy"

    private func makeRole(trusting principal: String = #"{"AWS":"123456789012"}"#, condition: String = "") async throws {
        let document =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\#(principal),"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]\#(condition)}]}"#
        try await aws.iam.createRole(.init(roleName: "Deploy", assumeRolePolicyDocument: document))
        try await aws.iam.putRolePolicy(
            .init(roleName: "Deploy", policyName: "P", policyDocument: allow("ecr:*", "sts:*")))
    }

    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    @Test func tokenIssueTimeConditionRevokesOlderSessions() async throws {
        try await makeRole()
        let worker = try await aws.worker(allowing: allow("sts:AssumeRole"))
        func session() async throws -> AWS.Clients {
            aws.acting(
                as: try credentials(
                    try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci")).credentials))
        }
        let old = try await session()
        aws.clock.advance(by: .minutes(1))
        let revocation =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"\#(aws.clock.now.iso8601(milliseconds: true))"}}}]}"#
        try await aws.iam.putRolePolicy(
            .init(roleName: "Deploy", policyName: "AWSRevokeOlderSessions", policyDocument: revocation))
        await refused("AccessDeniedException", explanation: "AWSRevokeOlderSessions") {
            _ = try await old.ecr.describeRepositories()
        }
        _ = try await session().ecr.describeRepositories()
    }

    @Test func userAgentConditionMatchesClient() async throws {
        let named = allow("ecr:*", condition: #"{"StringLike":{"aws:UserAgent":"drydock/*"}}"#)
        let worker = try await aws.worker(allowing: named)
        _ = try await worker.ecr.describeRepositories()
        let other = allow("ecr:*", condition: #"{"StringLike":{"aws:UserAgent":"aws-cli/*"}}"#)
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "Work", policyDocument: other))
        await refused("AccessDeniedException", explanation: "the request has drydock/") {
            _ = try await worker.ecr.describeRepositories()
        }
    }

    @Test func trustPolicyDoesNotTrustRecreatedUser() async throws {
        let first = try await aws.worker()
        try await makeRole(trusting: #"{"AWS":"arn:aws:iam::123456789012:user/Worker"}"#)
        _ = try await first.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
        let id = try #require(try await aws.iam.getUser(.init(userName: "Worker")).user?.userId)
        try await aws.iam.updateUser(.init(userName: "Worker", newUserName: "Renamed"))
        _ = try await first.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci"))
        let renamed = try await aws.iam.getRole(.init(roleName: "Deploy")).role?.assumeRolePolicyDocument
        #expect(renamed?.contains("user%2FRenamed") == true)
        let key = try #require(try await aws.iam.listAccessKeys(.init(userName: "Renamed")).accessKeyMetadata?.first)
        try await aws.iam.deleteAccessKey(.init(userName: "Renamed", accessKeyId: try #require(key.accessKeyId)))
        try await aws.iam.deleteUser(.init(userName: "Renamed"))
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        let gone = try await aws.iam.getRole(.init(roleName: "Deploy")).role?.assumeRolePolicyDocument
        #expect(gone?.contains(id) == true && gone?.contains("user%2F") == false)
        let namesake = try await aws.worker()
        await refused("AccessDenied") { _ = try await namesake.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci")) }
    }

    @Test func transitiveSessionTagCannotBeChanged() async throws {
        try await makeRole()
        try await aws.iam.createRole(
            .init(
                roleName: "Next",
                assumeRolePolicyDocument: trust(#"{"AWS":"arn:aws:iam::123456789012:role/Deploy"}"#)))
        let next = "arn:aws:iam::123456789012:role/Next"
        let worker = try await aws.worker(allowing: allow("sts:*"))
        let first = aws.acting(
            as: try credentials(
                try await worker.sts.assumeRole(
                    .init(
                        roleArn: role, roleSessionName: "ci", tags: [.init(key: "team", value: "web")],
                        transitiveTagKeys: ["team"])
                ).credentials))
        await refused("InvalidParameterValue", status: 400) {
            _ = try await first.sts.assumeRole(
                .init(roleArn: next, roleSessionName: "ci", tags: [.init(key: "Team", value: "db")]))
        }
        await refused(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
                + "calling session."
        ) {
            _ = try await first.sts.assumeRole(
                .init(
                    roleArn: next, roleSessionName: "ci", tags: [.init(key: "team", value: "db")], transitiveTagKeys: ["team"]))
        }
        let second = aws.acting(
            as: try credentials(
                try await first.sts.assumeRole(.init(roleArn: next, roleSessionName: "ci")).credentials))
        let condition = #"{"StringEquals":{"aws:PrincipalTag/team":"web"}}"#
        try await aws.iam.putRolePolicy(
            .init(roleName: "Next", policyName: "P", policyDocument: allow("ecr:*", condition: condition)))
        _ = try await second.ecr.describeRepositories()
    }

    @Test func sourceIdentityCannotBeChanged() async throws {
        try await makeRole()
        try await aws.iam.createRole(
            .init(
                roleName: "Next",
                assumeRolePolicyDocument:
                    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/Deploy"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}]}"#
            ))
        let next = "arn:aws:iam::123456789012:role/Next"
        let worker = try await aws.worker(allowing: allow("sts:*"))
        let first = aws.acting(
            as: try credentials(
                try await worker.sts.assumeRole(.init(roleArn: role, roleSessionName: "ci", sourceIdentity: "Ada"))
                    .credentials))
        await refused("AccessDenied") {
            _ = try await first.sts.assumeRole(.init(roleArn: next, roleSessionName: "ci", sourceIdentity: "Bob"))
        }
        let second = try await first.sts.assumeRole(.init(roleArn: next, roleSessionName: "ci"))
        #expect(second.sourceIdentity == "Ada")
        await refused("ValidationError") {
            _ = try await first.sts.assumeRole(.init(roleArn: next, roleSessionName: "ci", durationSeconds: 3601))
        }
    }

    @Test func registryPasswordOfDeletedUserIsRejected() async throws {
        let worker = try await aws.worker(allowing: allow("ecr:GetAuthorizationToken"))
        let token = try #require(try await worker.ecr.getAuthorizationToken().authorizationData?.first?.authorizationToken)
        func ping() async -> Int {
            var request = HTTPRequest(method: .get, scheme: "http", authority: "localhost:4566", path: "/v2/")
            request.headerFields[.authorization] = "Basic \(token)"
            return await aws.simulator.respond(to: request, body: .empty).response.status.code
        }
        #expect(await ping() == 200)
        try await aws.iam.deleteUserPolicy(.init(userName: "Worker", policyName: "Work"))
        let key = try #require(try await aws.iam.listAccessKeys(.init(userName: "Worker")).accessKeyMetadata?.first)
        try await aws.iam.deleteAccessKey(.init(userName: "Worker", accessKeyId: try #require(key.accessKeyId)))
        #expect(await ping() == 200)
        try await aws.iam.deleteUser(.init(userName: "Worker"))
        // Assumed: the status. AWS's registry returns it for an unknown password.
        #expect(await ping() == 400)
    }
}
