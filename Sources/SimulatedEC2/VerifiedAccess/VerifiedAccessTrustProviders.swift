import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/verified-access/latest/ug/trust-providers.html

extension Resource where S == VerifiedAccessTrustProvider {
    /// Client secrets are neither stored nor returned, because the simulator signs nobody in.
    static let verifiedAccessTrustProvider = Resource(
        ResourceKind(
            "vatp", type: "verified-access-trust-provider", code: "InvalidVerifiedAccessTrustProviderId",
            notFound: "The Verified Access trust provider '%' does not exist."),
        id: \.verifiedAccessTrustProviderId, tags: \.tags)
}

extension EC2Simulation {
    public func createVerifiedAccessTrustProvider(
        _ input: CreateVerifiedAccessTrustProviderRequest, _ context: Context
    ) throws -> CreateVerifiedAccessTrustProviderResult {
        let made = try context.create(.verifiedAccessTrustProvider, input) { provider in
            // AWS's default quota; its error is assumed.
            guard try ResourceRow.count(Resource.verifiedAccessTrustProvider.kind, context) < 15 else {
                throw AWSError(
                    "VerifiedAccessTrustProviderLimitExceeded",
                    "The maximum number of Verified Access trust providers has been reached.")
            }
            guard input.policyReferenceName.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil else {  // assumed
                throw AWSError.invalidValue(input.policyReferenceName, for: "PolicyReferenceName")
            }
            provider.trustProviderType = input.trustProviderType
            provider.policyReferenceName = input.policyReferenceName
            provider.description = input.description ?? ""
            provider.creationTime = context.now.withoutZone
            provider.lastUpdatedTime = context.now.withoutZone
            provider.sseSpecification = try .init(input.sseSpecification, context)
            if input.trustProviderType == .user { try provider.setUsers(input) } else { try provider.setDevices(input) }
        }
        return CreateVerifiedAccessTrustProviderResult(verifiedAccessTrustProvider: made)
    }

    public func modifyVerifiedAccessTrustProvider(
        _ input: ModifyVerifiedAccessTrustProviderRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessTrustProviderResult {
        let resource = Resource.verifiedAccessTrustProvider
        let changed = try context.once(
            input, recalling: { try context.shown(resource, resource.get($0, context)) }
        ) {
            var stored = try resource.get(input.verifiedAccessTrustProviderId, context)
            try stored.shape.change(input, context)
            stored.shape.lastUpdatedTime = context.now.withoutZone
            try resource.write(stored, context)
            return (input.verifiedAccessTrustProviderId, try context.shown(resource, stored))
        }
        return ModifyVerifiedAccessTrustProviderResult(verifiedAccessTrustProvider: changed)
    }

    public func deleteVerifiedAccessTrustProvider(
        _ input: DeleteVerifiedAccessTrustProviderRequest, _ context: Context
    ) throws -> DeleteVerifiedAccessTrustProviderResult {
        DeleteVerifiedAccessTrustProviderResult(
            verifiedAccessTrustProvider: try context.delete(
                .verifiedAccessTrustProvider, input.verifiedAccessTrustProviderId))
    }

    public func describeVerifiedAccessTrustProviders(
        _ input: DescribeVerifiedAccessTrustProvidersRequest, _ context: Context
    ) throws -> DescribeVerifiedAccessTrustProvidersResult {
        let page = try context.describe(
            .verifiedAccessTrustProvider, input, ids: input.verifiedAccessTrustProviderIds,
            named: "VerifiedAccessTrustProviderIds")
        return DescribeVerifiedAccessTrustProvidersResult(
            verifiedAccessTrustProviders: page.items, nextToken: page.nextToken)
    }
}

extension VerifiedAccessTrustProvider {
    fileprivate mutating func setUsers(_ given: CreateVerifiedAccessTrustProviderRequest) throws {
        guard let type = given.userTrustProviderType else { throw AWSError.missingParameter("UserTrustProviderType") }
        if given.deviceTrustProviderType != nil || given.deviceOptions != nil {
            throw AWSError.invalidCombination("A user trust provider has no device options.")  // assumed
        }
        userTrustProviderType = type
        guard type == .oidc else {
            if given.oidcOptions != nil || given.nativeApplicationOidcOptions != nil {
                throw AWSError.invalidCombination("IAM Identity Center has no OIDC options.")  // assumed
            }
            return
        }
        if let options = given.oidcOptions {
            for (value, name) in [
                (options.issuer, "Issuer"), (options.authorizationEndpoint, "AuthorizationEndpoint"),
                (options.tokenEndpoint, "TokenEndpoint"), (options.userInfoEndpoint, "UserInfoEndpoint"),
                (options.clientId, "ClientId"), (options.clientSecret, "ClientSecret"),
            ] where value?.isEmpty ?? true { throw AWSError.missingParameter(name) }
            try Self.check(
                urls: [options.issuer, options.authorizationEndpoint, options.tokenEndpoint, options.userInfoEndpoint])
            oidcOptions = OidcOptions(
                issuer: options.issuer, authorizationEndpoint: options.authorizationEndpoint,
                tokenEndpoint: options.tokenEndpoint, userInfoEndpoint: options.userInfoEndpoint, clientId: options.clientId,
                scope: options.scope ?? "openid")
        }
        if let options = given.nativeApplicationOidcOptions {
            try Self.check(urls: [
                options.publicSigningKeyEndpoint, options.issuer, options.authorizationEndpoint, options.tokenEndpoint,
                options.userInfoEndpoint,
            ])
            nativeApplicationOidcOptions = NativeApplicationOidcOptions(
                publicSigningKeyEndpoint: options.publicSigningKeyEndpoint, issuer: options.issuer,
                authorizationEndpoint: options.authorizationEndpoint, tokenEndpoint: options.tokenEndpoint,
                userInfoEndpoint: options.userInfoEndpoint, clientId: options.clientId, scope: options.scope)
        }
        if oidcOptions == nil, nativeApplicationOidcOptions == nil { throw AWSError.missingParameter("OidcOptions") }
    }

    fileprivate mutating func setDevices(_ given: CreateVerifiedAccessTrustProviderRequest) throws {
        guard let type = given.deviceTrustProviderType else { throw AWSError.missingParameter("DeviceTrustProviderType") }
        if given.userTrustProviderType != nil || given.oidcOptions != nil || given.nativeApplicationOidcOptions != nil {
            throw AWSError.invalidCombination("A device trust provider has no OIDC options.")  // assumed
        }
        guard let tenant = given.deviceOptions?.tenantId.flatMap(\.orNil) else { throw AWSError.missingParameter("TenantId") }
        try Self.check(urls: [given.deviceOptions?.publicSigningKeyUrl])
        deviceTrustProviderType = type
        deviceOptions = DeviceOptions(tenantId: tenant, publicSigningKeyUrl: given.deviceOptions?.publicSigningKeyUrl)
    }

    fileprivate mutating func change(_ given: ModifyVerifiedAccessTrustProviderRequest, _ context: Context) throws {
        description = given.description ?? description
        if let options = given.oidcOptions {
            guard var own = oidcOptions else {
                throw AWSError.invalidCombination("The trust provider has no OIDC options.")  // assumed
            }
            try Self.check(
                urls: [options.issuer, options.authorizationEndpoint, options.tokenEndpoint, options.userInfoEndpoint])
            own.issuer = options.issuer ?? own.issuer
            own.authorizationEndpoint = options.authorizationEndpoint ?? own.authorizationEndpoint
            own.tokenEndpoint = options.tokenEndpoint ?? own.tokenEndpoint
            own.userInfoEndpoint = options.userInfoEndpoint ?? own.userInfoEndpoint
            own.clientId = options.clientId ?? own.clientId
            own.scope = options.scope ?? own.scope
            oidcOptions = own
        }
        if let options = given.nativeApplicationOidcOptions {
            guard var own = nativeApplicationOidcOptions else {
                throw AWSError.invalidCombination("The trust provider has no native application OIDC options.")  // assumed
            }
            try Self.check(urls: [
                options.publicSigningKeyEndpoint, options.issuer, options.authorizationEndpoint, options.tokenEndpoint,
                options.userInfoEndpoint,
            ])
            own.publicSigningKeyEndpoint = options.publicSigningKeyEndpoint ?? own.publicSigningKeyEndpoint
            own.issuer = options.issuer ?? own.issuer
            own.authorizationEndpoint = options.authorizationEndpoint ?? own.authorizationEndpoint
            own.tokenEndpoint = options.tokenEndpoint ?? own.tokenEndpoint
            own.userInfoEndpoint = options.userInfoEndpoint ?? own.userInfoEndpoint
            own.clientId = options.clientId ?? own.clientId
            own.scope = options.scope ?? own.scope
            nativeApplicationOidcOptions = own
        }
        if let options = given.deviceOptions {
            guard trustProviderType == .device else {
                throw AWSError.invalidCombination("The trust provider has no device options.")  // assumed
            }
            try Self.check(urls: [options.publicSigningKeyUrl])
            if let url = options.publicSigningKeyUrl { deviceOptions?.publicSigningKeyUrl = url }
        }
        if given.sseSpecification != nil { sseSpecification = try .init(given.sseSpecification, context) }
    }

    private static func check(urls: [String?]) throws {
        for case let url? in urls where !url.hasPrefix("https://") {
            throw AWSError("InvalidParameterValue", "'\(url)' is not a valid HTTPS URL.")  // assumed
        }
    }
}

extension VerifiedAccessSseSpecificationResponse {
    init(_ given: VerifiedAccessSseSpecificationRequest?, _ context: Context) throws {
        guard given?.customerManagedKeyEnabled == true else {
            self.init(customerManagedKeyEnabled: false)
            return
        }
        guard let arn = given?.kmsKeyArn.flatMap(\.orNil) else { throw AWSError.missingParameter("KmsKeyArn") }
        let wrong = AWSError.invalidValue(arn, for: "KmsKeyArn")
        self.init(
            customerManagedKeyEnabled: true, kmsKeyArn: try context.kmsKey(arn, malformed: wrong, absent: wrong))
    }
}
