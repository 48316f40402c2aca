import AWSCore
import IAMAPI
import STSAPI
import SimulatorCore

/// Tokens that prove AWS identities to external services.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound.html
enum OutboundFederation {
    static let kind = IAMDocumentKind<EnableOutboundWebIdentityFederationResponse>("outbound-federation")

    static func issuer(_ context: Context) throws -> String? {
        try kind.find(context.account, context)?.content.issuerIdentifier
    }
}

extension IAMSimulation {
    /// Enables the feature. The account's issuer URL stays the same each time.
    public func enableOutboundWebIdentityFederation(
        _ input: EmptyShape, _ context: Context
    ) throws -> EnableOutboundWebIdentityFederationResponse {
        guard try OutboundFederation.issuer(context) == nil else {
            throw AWSError(
                "FeatureEnabled", status: 409, "Outbound web identity federation is already enabled for this account.")
        }
        let id = IDGenerator(seed: context.configuration.seed, scope: "outbound issuer of \(context.account)").uuid()
        let shape = EnableOutboundWebIdentityFederationResponse(issuerIdentifier: "https://\(id).tokens.sts.global.api.aws")
        try OutboundFederation.kind.insert(shape, id: context.account, context)
        return shape
    }

    public func disableOutboundWebIdentityFederation(_ input: EmptyShape, _ context: Context) throws -> EmptyShape {
        guard try OutboundFederation.issuer(context) != nil else { throw AWSError.outboundDisabled }
        try OutboundFederation.kind.delete(context.account, context)
        return EmptyShape()
    }

    public func getOutboundWebIdentityFederationInfo(
        _ input: EmptyShape, _ context: Context
    ) throws -> GetOutboundWebIdentityFederationInfoResponse {
        guard let issuer = try OutboundFederation.issuer(context) else { throw AWSError.outboundDisabled }
        return GetOutboundWebIdentityFederationInfoResponse(issuerIdentifier: issuer, jwtVendingEnabled: true)
    }
}

extension AWSError {
    fileprivate static let outboundDisabled = AWSError(
        "FeatureDisabled", status: 404, "Outbound web identity federation is not enabled for this account.")
}

extension STSSimulation {
    public func getWebIdentityToken(
        _ input: GetWebIdentityTokenRequest, _ context: Context
    ) throws -> GetWebIdentityTokenResponse {
        guard let issuer = try OutboundFederation.issuer(context) else {
            throw AWSError(
                "OutboundWebIdentityFederationDisabledException", status: 403,
                "Outbound web identity federation is not enabled for this account.")
        }
        guard let algorithm = TokenIssuer.Algorithm(rawValue: input.signingAlgorithm), algorithm != .es256 else {
            throw AWSError.validation("SigningAlgorithm must be RS256 or ES384.")
        }
        if input.subjectMode == .originIdentity { throw AWSError.notSimulated("sts", "GetWebIdentityToken for OriginIdentity") }
        let lifetime = Duration.seconds(input.durationSeconds ?? 300)
        if let session = try SessionRecord.find(context.caller.accessKeyId, context.db),
            context.now + lifetime > session.expiresAt
        {
            throw AWSError(
                "SessionDurationEscalationException", status: 403,
                "The requested token duration would extend the session beyond its original expiration time.")
        }
        let subject = context.caller.roleArn ?? context.caller.arn
        var details: [Node.Field] = [
            .init("aws_account", .string(context.account)), .init("principal_id", .string(subject)),
            .init("source_region", .string(context.region)),
        ]
        if !context.caller.principalTags.isEmpty {
            details.append(.init("principal_tags", Self.object(context.caller.principalTags)))
        }
        let tags = Dictionary((input.tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        if !tags.isEmpty { details.append(.init("request_tags", Self.object(tags))) }
        var claims: [Node.Field] = [
            .init("https://sts.amazonaws.com/", .object(details)), .init("jti", .string(context.ids.uuid())),
        ]
        if let scope = input.scope { claims.append(.init("scope", .string(scope))) }
        let token = try TokenIssuer(context.simulator).token(
            issuer: issuer, subject: subject, audience: input.audience, claims: claims, lifetime: lifetime,
            algorithm: algorithm, now: context.now)
        return GetWebIdentityTokenResponse(
            webIdentityToken: token, expiration: Instant(seconds: (context.now + lifetime).seconds))
    }

    private static func object(_ tags: [String: String]) -> Node {
        .object(tags.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
    }
}
