import DrydockTesting
import SimulatedIAM
import Testing

/// How GitHub Actions and EKS get credentials.
@Suite(.simulator) struct WebIdentity {
    private let aws = AWS.current
    private let issuer = "https://token.actions.githubusercontent.com"
    private let role = "arn:aws:iam::123456789012:role/Push"

    private func setUp(
        subject: String = "repo:me/app:*", clients: [String] = ["sts.amazonaws.com"],
        actions: String = "\"sts:AssumeRoleWithWebIdentity\""
    ) async throws {
        try await aws.iam.createOpenIDConnectProvider(.init(url: issuer, clientIDList: clients))
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Action":[\#(actions)],"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"\#(subject)"}}}]}"#
        try await aws.iam.createRole(.init(roleName: "Push", assumeRolePolicyDocument: trust))
        try await aws.iam.putRolePolicy(.init(roleName: "Push", policyName: "P", policyDocument: allow("ecr:*")))
    }

    private func token(
        _ subject: String = "repo:me/app:ref:refs/heads/main", audience: String = "sts.amazonaws.com",
        _ claims: [Node.Field] = [], algorithm: TokenIssuer.Algorithm = .es256, of seed: AWS? = nil
    ) throws -> String {
        try TokenIssuer((seed ?? aws).simulator).token(
            issuer: issuer, subject: subject, audience: [audience], claims: claims, algorithm: algorithm, now: aws.clock.now)
    }

    private func assume(_ token: String, seconds: Int? = nil) async throws -> AssumeRoleWithWebIdentityResponse {
        try await aws.sts.assumeRoleWithWebIdentity(
            .init(roleArn: role, roleSessionName: "ci", webIdentityToken: token, durationSeconds: seconds))
    }

    @Test(arguments: TokenIssuer.Algorithm.allCases) func assumeRoleWithWebIdentityReturnsCredentials(
        _ algorithm: TokenIssuer.Algorithm
    )
        async throws
    {
        try await setUp()
        let made = try await assume(try token(algorithm: algorithm))
        #expect(made.subjectFromWebIdentityToken == "repo:me/app:ref:refs/heads/main")
        #expect(made.audience == "sts.amazonaws.com")
        #expect(made.provider == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com")
        #expect(made.assumedRoleUser?.arn == "arn:aws:sts::123456789012:assumed-role/Push/ci")
        let session = aws.acting(as: try credentials(made.credentials))
        try await session.ecr.createRepository(.init(repositoryName: "app"))
        await refused("UnauthorizedOperation") { _ = try await session.ec2.describeVpcs() }
    }

    @Test func sessionPolicyConditionsUseTokenClaims() async throws {
        try await setUp()
        let session = aws.acting(as: try credentials(try await assume(try token()).credentials))
        let condition = #"{"StringEquals":{"token.actions.githubusercontent.com:sub":"repo:me/app:ref:refs/heads/release"}}"#
        try await aws.iam.putRolePolicy(
            .init(roleName: "Push", policyName: "P", policyDocument: allow("ecr:*", condition: condition)))
        await refused("AccessDeniedException", explanation: "the request has repo:me/app:ref:refs/heads/main") {
            _ = try await session.ecr.describeRepositories()
        }
    }

    @Test func webIdentityOfOtherSubjectIsNotTrusted() async throws {
        try await setUp(subject: "repo:me/other:*")
        await refused(
            "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status: 403,
            explanation:
                "if token.actions.githubusercontent.com:sub is repo:me/other:* (StringLike); the request has repo:me/app:ref:refs/heads/main"
        ) { _ = try await assume(try token()) }
    }

    @Test func invalidWebIdentityTokensAreRejected() async throws {
        await refused(
            "InvalidIdentityToken", "No OpenIDConnect provider found in your account for \(issuer)", status: 400
        ) { _ = try await assume(try token()) }
        try await setUp()
        await refused(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)", status: 400
        ) { _ = try await assume("no-token") }
        await refused("InvalidIdentityToken", "Incorrect token audience") {
            _ = try await assume(try token(audience: "another"))
        }
        // Signed with another simulator's key.
        let stranger = try AWS(Configuration(seed: 2))
        await refused("InvalidIdentityToken", explanation: "not from 'drydock oidc token'") {
            _ = try await assume(try token(of: stranger))
        }
        let good = try token()
        let parts = good.split(separator: ".")
        let body = Base64.encode(
            Bytes(#"{"iss":"\#(issuer)","sub":"repo:me/app:x","aud":"sts.amazonaws.com","iat":1,"exp":99999999999}"#.utf8)
        )
        .replacing("=", with: "")
        await refused("InvalidIdentityToken") { _ = try await assume("\(parts[0]).\(body).\(parts[2])") }
        aws.clock.advance(by: .minutes(10))
        await refused("ExpiredTokenException", status: 400) { _ = try await assume(good) }
        await refused("ValidationError") { _ = try await assume(try token(), seconds: 7200) }
    }

    @Test func webIdentityTokenTagsBecomeSessionTags() async throws {
        let tags = Node.Field(
            "https://aws.amazon.com/tags",
            .object([
                .init("principal_tags", .object([.init("team", .list([.string("web")]))])),
                .init("transitive_tag_keys", .list([.string("team")])),
            ]))
        try await setUp()
        await refused("AccessDenied", "Not authorized to perform sts:TagSession") {
            _ = try await assume(try token("repo:me/app:x", [tags]))
        }
        try await aws.iam.deleteRolePolicy(.init(roleName: "Push", policyName: "P"))
        try await aws.iam.deleteRole(.init(roleName: "Push"))
        try await aws.iam.deleteOpenIDConnectProvider(
            .init(
                openIDConnectProviderArn: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"))
        try await setUp(actions: #""sts:AssumeRoleWithWebIdentity","sts:TagSession""#)
        let session = aws.acting(as: try credentials(try await assume(try token("repo:me/app:x", [tags])).credentials))
        let condition = #"{"StringEquals":{"aws:PrincipalTag/team":"web"}}"#
        try await aws.iam.putRolePolicy(
            .init(roleName: "Push", policyName: "P", policyDocument: allow("ecr:*", condition: condition)))
        _ = try await session.ecr.describeRepositories()
    }

    @Test func getWebIdentityTokenRequiresEnabledFederation() async throws {
        let worker = try await aws.worker(allowing: allow("sts:GetWebIdentityToken"))
        await refused("OutboundWebIdentityFederationDisabledException", status: 403) {
            _ = try await worker.sts.getWebIdentityToken(.init(audience: ["https://api.example"], signingAlgorithm: "ES384"))
        }
        await refused("FeatureDisabled", status: 404) { _ = try await aws.iam.getOutboundWebIdentityFederationInfo() }
        let issuer = try #require(try await aws.iam.enableOutboundWebIdentityFederation().issuerIdentifier)
        await refused("FeatureEnabled", status: 409) { try await aws.iam.enableOutboundWebIdentityFederation() }
        #expect(try await aws.iam.getOutboundWebIdentityFederationInfo().jwtVendingEnabled == true)
        let made = try await worker.sts.getWebIdentityToken(
            .init(audience: ["https://api.example"], signingAlgorithm: "ES384"))
        #expect(made.expiration == Instant(seconds: aws.clock.now.seconds) + .minutes(5))
        let parts = try #require(made.webIdentityToken).split(separator: ".")
        let padded = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        let claims = try JSON.parse(
            try #require(Base64.decode(padded + String(repeating: "=", count: (4 - padded.count % 4) % 4))))
        #expect(claims["iss"]?.string == issuer)
        #expect(claims["sub"]?.string == "arn:aws:iam::123456789012:user/Worker")
        try await aws.iam.disableOutboundWebIdentityFederation()
    }
}
