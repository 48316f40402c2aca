import DrydockTesting
import Testing

/// Assumed throughout: how long states last, error messages, quota codes and which parts of a policy's syntax are checked.
@Suite(.simulator(transitions: .aws)) struct VerifiedAccess {
    private let aws = AWS.current
    private let policy = "permit(principal, action, resource)\nwhen { context.idp.groups.contains(\"a\") };"

    private func instance() async throws -> String {
        try #require(
            try await aws.ec2.createVerifiedAccessInstance(.init(description: "first")).verifiedAccessInstance?
                .verifiedAccessInstanceId)
    }

    private func provider() async throws -> String {
        try #require(
            try await aws.ec2.createVerifiedAccessTrustProvider(
                .init(trustProviderType: .user, userTrustProviderType: .iamIdentityCenter, policyReferenceName: "idc")
            ).verifiedAccessTrustProvider?.verifiedAccessTrustProviderId)
    }

    private func group(_ instance: String, policy: String? = nil) async throws -> String {
        try #require(
            try await aws.ec2.createVerifiedAccessGroup(
                .init(verifiedAccessInstanceId: instance, policyDocument: policy)
            ).verifiedAccessGroup?.verifiedAccessGroupId)
    }

    @Test func trustProviderIsAttachedToVerifiedAccessInstance() async throws {
        let made = try #require(
            try await aws.ec2.createVerifiedAccessInstance(
                .init(
                    description: "first",
                    tagSpecifications: [.init(resourceType: "verified-access-instance", tags: [Tag(key: "a", value: "b")])],
                    clientToken: "once")
            ).verifiedAccessInstance)
        let id = made.verifiedAccessInstanceId ?? ""
        #expect(id.wholeMatch(of: /vai-0[0-9a-f]{16}/) != nil && made.description == "first" && made.fipsEnabled == false)
        #expect(made.creationTime?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/) != nil && made.tags?.count == 1)
        let provider = try await provider()
        #expect(provider.hasPrefix("vatp-0"))
        let attach = AttachVerifiedAccessTrustProviderRequest(
            verifiedAccessInstanceId: id, verifiedAccessTrustProviderId: provider)
        let attached = try await aws.ec2.attachVerifiedAccessTrustProvider(attach).verifiedAccessInstance
        #expect(attached?.verifiedAccessTrustProviders?.map(\.verifiedAccessTrustProviderId) == [provider])
        #expect(attached?.verifiedAccessTrustProviders?.first?.userTrustProviderType == .iamIdentityCenter)
        await refused("InvalidParameterValue") { _ = try await aws.ec2.attachVerifiedAccessTrustProvider(attach) }
        let second = try await self.provider()
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.attachVerifiedAccessTrustProvider(
                .init(verifiedAccessInstanceId: id, verifiedAccessTrustProviderId: second))
        }
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteVerifiedAccessInstance(.init(verifiedAccessInstanceId: id))
        }
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteVerifiedAccessTrustProvider(.init(verifiedAccessTrustProviderId: provider))
        }
        let found = try await aws.ec2.describeVerifiedAccessInstances(
            .init(filters: [.init(name: "tag:a", values: ["b"])])
        ).verifiedAccessInstances
        #expect(found?.first?.verifiedAccessTrustProviders?.count == 1)
        let detach = DetachVerifiedAccessTrustProviderRequest(
            verifiedAccessInstanceId: id, verifiedAccessTrustProviderId: provider)
        let detached = try await aws.ec2.detachVerifiedAccessTrustProvider(detach)
        #expect(detached.verifiedAccessInstance?.verifiedAccessTrustProviders?.isEmpty == true)
        await refused("InvalidParameterValue", "'\(provider)' is not attached to instance '\(id)'.") {
            _ = try await aws.ec2.detachVerifiedAccessTrustProvider(detach)
        }
        let changed = try await aws.ec2.modifyVerifiedAccessInstance(
            .init(
                verifiedAccessInstanceId: id, description: "changed", cidrEndpointsCustomSubDomain: "access.example.com")
        ).verifiedAccessInstance
        #expect(changed?.description == "changed" && changed?.tags?.count == 1)
        #expect(changed?.cidrEndpointsCustomSubDomain?.nameservers?.count == 4)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.modifyVerifiedAccessInstance(
                .init(verifiedAccessInstanceId: id, cidrEndpointsCustomSubDomain: "no name"))
        }
        _ = try await aws.ec2.deleteVerifiedAccessTrustProvider(.init(verifiedAccessTrustProviderId: provider))
        _ = try await aws.ec2.deleteVerifiedAccessInstance(.init(verifiedAccessInstanceId: id))
        await refused("InvalidVerifiedAccessInstanceId.NotFound") {
            _ = try await aws.ec2.deleteVerifiedAccessInstance(.init(verifiedAccessInstanceId: id))
        }
        for _ in 0..<5 { _ = try await instance() }
        await refused("VerifiedAccessInstanceLimitExceeded") { _ = try await instance() }
    }

    @Test func verifiedAccessLoggingConfigurationIsModified() async throws {
        let id = try await instance()
        func shown() async throws -> VerifiedAccessLogs? {
            try await aws.ec2.describeVerifiedAccessInstanceLoggingConfigurations(
                .init(verifiedAccessInstanceIds: [id])
            ).loggingConfigurations?.first?.accessLogs
        }
        // AWS's defaults, as in its examples.
        #expect(try await shown()?.logVersion == "ocsf-1.0.0-rc.2")
        #expect(try await shown()?.cloudWatchLogs?.enabled == false)
        func change(_ options: VerifiedAccessLogOptions) async throws {
            _ = try await aws.ec2.modifyVerifiedAccessInstanceLoggingConfiguration(
                .init(verifiedAccessInstanceId: id, accessLogs: options))
        }
        try await change(
            .init(
                s3: .init(enabled: true, bucketName: "access-logs", prefix: "va"),
                cloudWatchLogs: .init(enabled: true, logGroup: "access"),
                kinesisDataFirehose: .init(enabled: true, deliveryStream: "stream"), logVersion: "ocsf-0.1",
                includeTrustContext: true))
        let logs = try #require(try await shown())
        #expect(logs.s3?.bucketName == "access-logs" && logs.s3?.bucketOwner == "123456789012" && logs.s3?.prefix == "va")
        #expect(logs.cloudWatchLogs?.logGroup == "access" && logs.cloudWatchLogs?.deliveryStatus?.code == .success)
        #expect(logs.kinesisDataFirehose?.deliveryStream == "stream" && logs.includeTrustContext == true)
        try await change(.init(cloudWatchLogs: .init(enabled: false)))
        let less = try await shown()
        #expect(less?.cloudWatchLogs?.enabled == false && less?.cloudWatchLogs?.logGroup == nil)
        #expect(less?.s3?.enabled == true && less?.logVersion == "ocsf-0.1")
        await refused("MissingParameter") { try await change(.init(cloudWatchLogs: .init(enabled: true))) }
        await refused("InvalidParameterValue") { try await change(.init(logVersion: "ocsf-2")) }
        await refused("InvalidParameterValue") { try await change(.init(s3: .init(enabled: true, bucketName: "A_B"))) }
        _ = try await aws.ec2.deleteVerifiedAccessInstance(.init(verifiedAccessInstanceId: id))
        await refused("InvalidVerifiedAccessInstanceId.NotFound") { _ = try await shown() }
    }

    @Test func verifiedAccessTrustProvidersAreForUsersOrDevices() async throws {
        func create(
            _ type: TrustProviderType, user: UserTrustProviderType? = nil, device: DeviceTrustProviderType? = nil,
            oidc: CreateVerifiedAccessTrustProviderOidcOptions? = nil,
            options: CreateVerifiedAccessTrustProviderDeviceOptions? = nil, name: String = "idp"
        ) async throws -> VerifiedAccessTrustProvider? {
            try await aws.ec2.createVerifiedAccessTrustProvider(
                .init(
                    trustProviderType: type, userTrustProviderType: user, deviceTrustProviderType: device, oidcOptions: oidc,
                    deviceOptions: options, policyReferenceName: name)
            ).verifiedAccessTrustProvider
        }
        let options = CreateVerifiedAccessTrustProviderOidcOptions(
            issuer: "https://idp.example.com", authorizationEndpoint: "https://idp.example.com/authorize",
            tokenEndpoint: "https://idp.example.com/token", userInfoEndpoint: "https://idp.example.com/user",
            clientId: "client", clientSecret: "not to be shown", scope: "openid email")
        let made = try #require(try await create(.user, user: .oidc, oidc: options))
        #expect(made.oidcOptions?.issuer == options.issuer && made.oidcOptions?.scope == "openid email")
        #expect(made.oidcOptions?.clientSecret == nil && made.sseSpecification?.customerManagedKeyEnabled == false)
        let device = try #require(
            try await create(.device, device: .jamf, options: .init(tenantId: "tenant"), name: "device"))
        #expect(device.deviceOptions?.tenantId == "tenant" && device.deviceTrustProviderType == .jamf)
        await refused("MissingParameter") { _ = try await create(.user) }
        await refused("MissingParameter") { _ = try await create(.user, user: .oidc) }
        await refused("MissingParameter") { _ = try await create(.device, device: .jamf) }
        await refused("InvalidParameterCombination") {
            _ = try await create(.user, user: .iamIdentityCenter, oidc: options)
        }
        await refused("InvalidParameterValue") { _ = try await create(.user, user: .iamIdentityCenter, name: "a b") }
        var plain = options
        plain.issuer = "http://idp.example.com"
        await refused("InvalidParameterValue") { _ = try await create(.user, user: .oidc, oidc: plain) }
        let id = made.verifiedAccessTrustProviderId ?? ""
        let changed = try await aws.ec2.modifyVerifiedAccessTrustProvider(
            .init(verifiedAccessTrustProviderId: id, oidcOptions: .init(scope: "openid"), description: "changed")
        ).verifiedAccessTrustProvider
        #expect(changed?.oidcOptions?.scope == "openid" && changed?.oidcOptions?.clientId == "client")
        #expect(changed?.description == "changed")
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.modifyVerifiedAccessTrustProvider(
                .init(verifiedAccessTrustProviderId: id, deviceOptions: .init(publicSigningKeyUrl: "https://a.example.com")))
        }
        let found = try await aws.ec2.describeVerifiedAccessTrustProviders(
            .init(verifiedAccessTrustProviderIds: [id])
        ).verifiedAccessTrustProviders
        #expect(found?.map(\.policyReferenceName) == ["idp"])
        await refused("InvalidVerifiedAccessTrustProviderId.Malformed") {
            _ = try await aws.ec2.deleteVerifiedAccessTrustProvider(.init(verifiedAccessTrustProviderId: "vatp"))
        }
    }

    @Test func verifiedAccessGroupPolicyIsModified() async throws {
        let instance = try await instance(), id = try await group(instance, policy: policy)
        let shown = try #require(
            try await aws.ec2.describeVerifiedAccessGroups(
                .init(verifiedAccessInstanceId: instance)
            ).verifiedAccessGroups?.first)
        #expect(shown.verifiedAccessGroupArn == "arn:aws:ec2:us-east-1:123456789012:verified-access-group/\(id)")
        #expect(shown.owner == "123456789012" && shown.description == "")
        func read() async throws -> GetVerifiedAccessGroupPolicyResult {
            try await aws.ec2.getVerifiedAccessGroupPolicy(.init(verifiedAccessGroupId: id))
        }
        let first = try await read()
        #expect(first.policyEnabled == true && first.policyDocument == policy)
        let changed = try await aws.ec2.modifyVerifiedAccessGroupPolicy(
            .init(verifiedAccessGroupId: id, policyEnabled: false))
        #expect(changed.policyEnabled == false && changed.policyDocument == policy)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.modifyVerifiedAccessGroupPolicy(
                .init(verifiedAccessGroupId: id, policyEnabled: true, policyDocument: "allow everyone"))
        }
        await refused("InvalidParameterValue") { _ = try await group(instance, policy: "permit(principal)") }
        let plain = try await group(instance)
        let none = try await aws.ec2.getVerifiedAccessGroupPolicy(.init(verifiedAccessGroupId: plain))
        #expect(none.policyEnabled == false && none.policyDocument == nil)
        await refused("MissingParameter") {
            _ = try await aws.ec2.modifyVerifiedAccessGroupPolicy(
                .init(verifiedAccessGroupId: plain, policyEnabled: true))
        }
        let other = try await self.instance()
        let moved = try await aws.ec2.modifyVerifiedAccessGroup(
            .init(verifiedAccessGroupId: plain, verifiedAccessInstanceId: other, description: "moved")
        ).verifiedAccessGroup
        #expect(moved?.verifiedAccessInstanceId == other && moved?.description == "moved")
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteVerifiedAccessInstance(.init(verifiedAccessInstanceId: instance))
        }
        let deleted = try await aws.ec2.deleteVerifiedAccessGroup(.init(verifiedAccessGroupId: id)).verifiedAccessGroup
        #expect(deleted?.deletionTime != nil)
        await refused("InvalidVerifiedAccessGroupId.NotFound") { _ = try await read() }
        _ = try await aws.ec2.deleteVerifiedAccessInstance(.init(verifiedAccessInstanceId: instance))
        await refused("InvalidVerifiedAccessInstanceId.NotFound") { _ = try await group(instance) }
    }

    // MARK: Endpoints

    private static let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"
    private static let balancer =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/0123456789abcdef"

    private func place() async throws -> (group: String, subnet: String) {
        let subnet = try #require(try await aws.ec2.describeSubnets().subnets?.first)
        let groups = try await aws.ec2.describeSecurityGroups(
            .init(filters: [.init(name: "vpc-id", values: [subnet.vpcId ?? ""])]))
        return (try #require(groups.securityGroups?.first?.groupId), try #require(subnet.subnetId))
    }

    private func request(
        in group: String, _ place: (group: String, subnet: String)
    ) -> CreateVerifiedAccessEndpointRequest {
        .init(
            verifiedAccessGroupId: group, endpointType: .loadBalancer, attachmentType: .vpc,
            domainCertificateArn: Self.certificate, applicationDomain: "app.example.com", endpointDomainPrefix: "my-app",
            securityGroupIds: [place.group],
            loadBalancerOptions: .init(
                protocol: .https, port: 443, loadBalancerArn: Self.balancer, subnetIds: [place.subnet]))
    }

    @Test func verifiedAccessEndpointStateChangesWithClock() async throws {
        let instance = try await instance(), group = try await group(instance), place = try await place()
        var request = request(in: group, place)
        request.policyDocument = policy
        let made = try #require(try await aws.ec2.createVerifiedAccessEndpoint(request).verifiedAccessEndpoint)
        let id = made.verifiedAccessEndpointId ?? ""
        #expect(id.hasPrefix("vae-0") && made.status?.code == .pending && made.verifiedAccessInstanceId == instance)
        let domain = try #require(made.endpointDomain)
        let form = /my-app\.edge-0[0-9a-f]{16}\.vai-0[0-9a-f]{16}\.prod\.verified-access\.us-east-1\.amazonaws\.com/
        #expect(domain.wholeMatch(of: form) != nil && domain.contains(instance))
        func shown() async throws -> VerifiedAccessEndpoint? {
            try await aws.ec2.describeVerifiedAccessEndpoints(
                .init(verifiedAccessInstanceId: instance, verifiedAccessGroupId: group)
            ).verifiedAccessEndpoints?.first
        }
        await refused("IncorrectState") {
            _ = try await aws.ec2.modifyVerifiedAccessEndpoint(.init(verifiedAccessEndpointId: id, description: "early"))
        }
        aws.clock.advance(by: .minutes(10))
        #expect(try await shown()?.status?.code == .active)
        #expect(
            try await aws.ec2.getVerifiedAccessEndpointPolicy(.init(verifiedAccessEndpointId: id)).policyDocument == policy)
        let changed = try await aws.ec2.modifyVerifiedAccessEndpoint(
            .init(verifiedAccessEndpointId: id, loadBalancerOptions: .init(port: 8443), description: "changed")
        ).verifiedAccessEndpoint
        #expect(changed?.status?.code == .updating && changed?.loadBalancerOptions?.port == 8443)
        #expect(changed?.loadBalancerOptions?.loadBalancerArn == Self.balancer && changed?.description == "changed")
        aws.clock.advance(by: .minutes(10))
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.modifyVerifiedAccessEndpoint(
                .init(verifiedAccessEndpointId: id, networkInterfaceOptions: .init(port: 80)))
        }
        _ = try await aws.ec2.modifyVerifiedAccessEndpointPolicy(
            .init(verifiedAccessEndpointId: id, policyEnabled: false))
        #expect(
            try await aws.ec2.getVerifiedAccessEndpointPolicy(.init(verifiedAccessEndpointId: id)).policyEnabled == false)
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteVerifiedAccessGroup(.init(verifiedAccessGroupId: group))
        }
        await refused("DependencyViolation") { try await aws.ec2.deleteSubnet(.init(subnetId: place.subnet)) }
        let leaving = try await aws.ec2.deleteVerifiedAccessEndpoint(.init(verifiedAccessEndpointId: id))
        #expect(leaving.verifiedAccessEndpoint?.status?.code == .deleting)
        aws.clock.advance(by: .minutes(10))
        #expect(try await shown()?.status?.code == .deleted)
        _ = try await aws.ec2.deleteVerifiedAccessGroup(.init(verifiedAccessGroupId: group))
        aws.clock.advance(by: .hours(2))
        await refused("InvalidVerifiedAccessEndpointId.NotFound") {
            _ = try await aws.ec2.deleteVerifiedAccessEndpoint(.init(verifiedAccessEndpointId: id))
        }
    }

    @Test func verifiedAccessEndpointsSupportSeveralTypes() async throws {
        let group = try await group(try await instance()), place = try await place()
        let interface = try #require(
            try await aws.ec2.createNetworkInterface(.init(subnetId: place.subnet)).networkInterface?.networkInterfaceId)
        func create(_ change: (inout CreateVerifiedAccessEndpointRequest) -> Void) async throws -> VerifiedAccessEndpoint? {
            var request = request(in: group, place)
            change(&request)
            return try await aws.ec2.createVerifiedAccessEndpoint(request).verifiedAccessEndpoint
        }
        let ports = [CreateVerifiedAccessEndpointPortRange(fromPort: 22, toPort: 23)]
        func beCidr(_ request: inout CreateVerifiedAccessEndpointRequest) {
            request.endpointType = .cidr
            request.loadBalancerOptions = nil
            request.applicationDomain = nil
            request.domainCertificateArn = nil
            request.endpointDomainPrefix = nil
            request.cidrOptions = .init(
                protocol: .tcp, subnetIds: [place.subnet], cidr: "10.0.0.0/16", portRanges: ports)
        }
        let cidr = try await create(beCidr)
        #expect(cidr?.cidrOptions?.cidr == "10.0.0.0/16" && cidr?.endpointDomain?.hasPrefix("edge-0") == true)
        #expect(cidr?.cidrOptions?.portRanges?.map(\.toPort) == [23] && cidr?.applicationDomain == nil)
        let behind = try await create {
            $0.endpointType = .networkInterface
            $0.loadBalancerOptions = nil
            $0.networkInterfaceOptions = .init(networkInterfaceId: interface, protocol: .http, port: 80)
        }
        #expect(behind?.networkInterfaceOptions?.networkInterfaceId == interface)
        await refused("MissingParameter") { _ = try await create { $0.loadBalancerOptions = nil } }
        await refused("MissingParameter") { _ = try await create { $0.applicationDomain = nil } }
        await refused("MissingParameter") { _ = try await create { $0.domainCertificateArn = nil } }
        await refused("MissingParameter") { _ = try await create { $0.securityGroupIds = nil } }
        await refused("MissingParameter") { _ = try await create { $0.loadBalancerOptions?.port = nil } }
        await refused("MissingParameter") { _ = try await create { $0.loadBalancerOptions?.subnetIds = nil } }
        await refused("InvalidParameterValue") { _ = try await create { $0.applicationDomain = "no name" } }
        await refused("InvalidParameterValue") { _ = try await create { $0.endpointDomainPrefix = "a.b" } }
        await refused("InvalidParameterCombination") {
            _ = try await create {
                $0.endpointType = .networkInterface
                $0.networkInterfaceOptions = .init(networkInterfaceId: interface, protocol: .http, port: 80)
            }
        }
        await refused("InvalidParameterValue") {
            _ = try await create {
                beCidr(&$0)
                $0.cidrOptions?.cidr = "10.0.0.0"
            }
        }
        await refused("InvalidParameterCombination") {
            _ = try await create {
                beCidr(&$0)
                $0.applicationDomain = "app.example.com"
            }
        }
        await refused("InvalidVerifiedAccessGroupId.NotFound") {
            _ = try await create { $0.verifiedAccessGroupId = "vagr-0123456789abcdef0" }
        }
        await refused("NotSimulated") { _ = try await create { $0.endpointType = .rds } }
    }
}
