import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html

extension Resource where S == ServiceConfiguration {
    static let endpointService = Resource(
        ResourceKind(
            "vpce-svc", type: "vpc-endpoint-service", code: "InvalidVpcEndpointServiceId",
            notFound: "The VpcEndpointService Id '%' does not exist", conditions: ServiceConfiguration.conditions),
        id: \.serviceId, tags: \.tags,
        life: LifeCycle(
            show: { $0.serviceState = ServiceState($1 == ServiceConfiguration.verifying ? "Available" : $1) },
            initial: "Available", deleting: nil,
            steps: [
                ServiceConfiguration.verifying: .init(after: .seconds(60), isFixed: false) { service, _ in
                    service.privateDnsNameConfiguration?.state = "verified"
                    return "Available"
                }
            ], gone: []),
        filters: [
            "service-state": { [$0.serviceState?.rawValue] },
            "supported-ip-address-types": { $0.supportedIpAddressTypes?.map(\.rawValue) ?? [] },
        ])
}

extension ServiceConfiguration {
    /// The phase in which AWS looks for the private name's DNS record.
    static let verifying = "verifying"

    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let name = try Resource.endpointService.find(id, context)?.shape.privateDnsName else { return [:] }
        return ["ec2:VpceServicePrivateDnsName": [name]]
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createVpcEndpointServiceConfiguration(
        _ input: CreateVpcEndpointServiceConfigurationRequest, _ context: Context
    ) throws -> CreateVpcEndpointServiceConfigurationResult {
        let network = input.networkLoadBalancerArns ?? [], gateway = input.gatewayLoadBalancerArns ?? []
        guard network.isEmpty || gateway.isEmpty else {
            throw AWSError.invalidCombination(
                "The parameter NetworkLoadBalancerArns cannot be used with the parameter GatewayLoadBalancerArns")
        }
        guard !network.isEmpty || !gateway.isEmpty else {
            throw AWSError("MissingParameter", "Either NetworkLoadBalancerArns or GatewayLoadBalancerArns must be specified")
        }
        try EndpointServiceRules.check(addressTypes: input.supportedIpAddressTypes ?? [])
        if input.supportedRegions?.contains(where: { $0 != context.region }) == true {
            throw AWSError.notSimulated("ec2", "CreateVpcEndpointServiceConfiguration for other regions")
        }
        let service = try context.create(.endpointService, input) { service in
            let id = service.serviceId ?? ""
            let zones = AWSRegion.current(context).zones
            service.serviceName = "com.amazonaws.vpce.\(context.region).\(id)"
            service.serviceType = [
                ServiceTypeDetail(serviceType: network.isEmpty ? "GatewayLoadBalancer" : "Interface")
            ]
            // Drydock does not know the zones of the load balancers: list all zones.
            service.availabilityZones = zones.map(\.name)
            service.availabilityZoneIds = zones.map(\.id)
            service.acceptanceRequired = input.acceptanceRequired ?? true
            service.managesVpcEndpoints = false
            service.remoteAccessEnabled = false
            service.baseEndpointDnsNames = ["\(id).\(context.region).vpce.amazonaws.com"]
            service.supportedIpAddressTypes = (input.supportedIpAddressTypes ?? ["ipv4"]).map { ServiceConnectivityType($0) }
            service.networkLoadBalancerArns =
                network.isEmpty ? nil : try EndpointServiceRules.balancers(network, "net", context)
            service.gatewayLoadBalancerArns =
                gateway.isEmpty ? nil : try EndpointServiceRules.balancers(gateway, "gwy", context)
            try EndpointServiceRules.checkUnused(service, context)
            if let name = input.privateDnsName, !name.isEmpty {
                service.privateDnsName = name
                service.privateDnsNameConfiguration = EndpointServiceRules.unverified(context)
            }
        }
        return CreateVpcEndpointServiceConfigurationResult(serviceConfiguration: service, clientToken: input.clientToken)
    }

    public func describeVpcEndpointServiceConfigurations(
        _ input: DescribeVpcEndpointServiceConfigurationsRequest, _ context: Context
    ) throws -> DescribeVpcEndpointServiceConfigurationsResult {
        let page = try context.describe(.endpointService, input, ids: input.serviceIds, named: "serviceIds")
        return DescribeVpcEndpointServiceConfigurationsResult(serviceConfigurations: page.items, nextToken: page.nextToken)
    }

    public func deleteVpcEndpointServiceConfigurations(
        _ input: DeleteVpcEndpointServiceConfigurationsRequest, _ context: Context
    ) throws -> DeleteVpcEndpointServiceConfigurationsResult {
        guard !input.serviceIds.isEmpty else { throw AWSError.missingParameter("ServiceId") }
        for id in input.serviceIds { try Resource.endpointService.kind.check(id) }
        var failed: [UnsuccessfulItem] = []
        for id in input.serviceIds {
            do {
                _ = try Resource.endpointService.get(id, context)
                let isUsed = try Resource.endpointConnection.all(context).contains {
                    $0.shape.serviceId == id && $0.shape.vpcEndpointState != "rejected"
                }
                guard !isUsed else {
                    throw AWSError(
                        "ExistingVpcEndpointConnections", "The service has existing active VPC Endpoint connections!")
                }
                try EndpointServicePermissions.deleteAll(of: id, context)
                try context.delete(.endpointService, id)
            } catch let error as AWSError {
                failed.append(.init(error: .init(code: error.code, message: error.message), resourceId: id))
            }
        }
        return DeleteVpcEndpointServiceConfigurationsResult(unsuccessful: failed)
    }

    public func modifyVpcEndpointServiceConfiguration(
        _ input: ModifyVpcEndpointServiceConfigurationRequest, _ context: Context
    ) throws -> ModifyVpcEndpointServiceConfigurationResult {
        var stored = try Resource.endpointService.get(input.serviceId, context)
        if input.privateDnsName?.isEmpty == false, input.removePrivateDnsName == true {
            throw AWSError.invalidCombination(
                "The parameter PrivateDnsName cannot be used with the parameter RemovePrivateDnsName")
        }
        if input.addSupportedRegions?.contains(where: { $0 != context.region }) == true {
            throw AWSError.notSimulated("ec2", "ModifyVpcEndpointServiceConfiguration for other regions")
        }
        if let required = input.acceptanceRequired { stored.shape.acceptanceRequired = required }
        stored.shape.networkLoadBalancerArns = try EndpointServiceRules.changed(
            stored.shape.networkLoadBalancerArns, input.addNetworkLoadBalancerArns, input.removeNetworkLoadBalancerArns, "net",
            context)
        stored.shape.gatewayLoadBalancerArns = try EndpointServiceRules.changed(
            stored.shape.gatewayLoadBalancerArns, input.addGatewayLoadBalancerArns, input.removeGatewayLoadBalancerArns, "gwy",
            context)
        guard stored.shape.networkLoadBalancerArns != nil || stored.shape.gatewayLoadBalancerArns != nil else {
            throw AWSError("InvalidParameter", "An endpoint service must have at least one load balancer.")
        }
        try EndpointServiceRules.checkUnused(stored.shape, context)
        let added = input.addSupportedIpAddressTypes ?? []
        try EndpointServiceRules.check(addressTypes: added)
        var types = (stored.shape.supportedIpAddressTypes ?? []).filter {
            input.removeSupportedIpAddressTypes?.contains($0.rawValue) != true
        }
        for type in added where !types.contains(where: { $0.rawValue == type }) { types.append(ServiceConnectivityType(type)) }
        guard !types.isEmpty else {
            throw AWSError("InvalidParameter", "An endpoint service must support at least one IP address type.")
        }
        stored.shape.supportedIpAddressTypes = types
        if input.removePrivateDnsName == true {
            stored.shape.privateDnsName = nil
            stored.shape.privateDnsNameConfiguration = nil
        }
        if let name = input.privateDnsName, !name.isEmpty, name != stored.shape.privateDnsName {
            stored.shape.privateDnsName = name
            stored.shape.privateDnsNameConfiguration = EndpointServiceRules.unverified(context)
        }
        try Resource.endpointService.write(stored, context)
        return ModifyVpcEndpointServiceConfigurationResult(return: true)
    }

    /// Starts the verification of the private DNS name. Drydock has no DNS service and assumes that the owner's record
    /// exists.
    public func startVpcEndpointServicePrivateDnsVerification(
        _ input: StartVpcEndpointServicePrivateDnsVerificationRequest, _ context: Context
    ) throws -> StartVpcEndpointServicePrivateDnsVerificationResult {
        var stored = try Resource.endpointService.get(input.serviceId, context)
        guard stored.shape.privateDnsName != nil else {
            throw AWSError("InvalidParameter", "The service '\(input.serviceId)' has no private DNS name.")
        }
        guard stored.shape.privateDnsNameConfiguration?.state != "verified" else {
            throw AWSError("InvalidState", "The private DNS name of the service '\(input.serviceId)' is verified already.")
        }
        stored.shape.privateDnsNameConfiguration?.state = "pendingVerification"
        try Resource.endpointService.move(&stored, to: ServiceConfiguration.verifying, at: context.now, context)
        return StartVpcEndpointServicePrivateDnsVerificationResult(returnValue: true)
    }
}

private enum EndpointServiceRules {
    /// - Parameter part: the load balancer type in the ARN, after `loadbalancer/`.
    static func balancers(_ arns: [String], _ part: String, _ context: Context) throws -> [String] {
        try arns.map { arn in
            let malformed = AWSError("InvalidLoadBalancerArn.Malformed", "The load balancer ARN '\(arn)' is malformed.")
            guard arn.contains(":loadbalancer/\(part)/") else { throw malformed }
            return try context.external(
                .loadBalancer, arn, malformed: malformed,
                absent: AWSError("InvalidLoadBalancerArn.NotFound", "The load balancer '\(arn)' does not exist."))
        }
    }

    static func changed(
        _ present: [String]?, _ adds: [String]?, _ removes: [String]?, _ part: String, _ context: Context
    ) throws -> [String]? {
        let added = try balancers(adds ?? [], part, context)
        for arn in removes ?? [] where present?.contains(arn) != true {
            throw AWSError("InvalidLoadBalancerArn.NotFound", "The load balancer '\(arn)' is not associated with the service.")
        }
        let arns = (present ?? []).filter { removes?.contains($0) != true }
        let all = arns + added.filter { !arns.contains($0) }
        return all.isEmpty ? nil : all
    }

    /// A load balancer can serve only one endpoint service.
    static func checkUnused(_ service: ServiceConfiguration, _ context: Context) throws {
        let mine = Set((service.networkLoadBalancerArns ?? []) + (service.gatewayLoadBalancerArns ?? []))
        for other in try Resource.endpointService.all(context) where other.shape.serviceId != service.serviceId {
            let theirs = (other.shape.networkLoadBalancerArns ?? []) + (other.shape.gatewayLoadBalancerArns ?? [])
            guard let arn = theirs.first(where: mine.contains) else { continue }
            throw AWSError(
                "InvalidParameter",
                "The load balancer \(arn) is already associated with another VPC Endpoint Service \(other.shape.serviceId ?? "")."
            )
        }
    }

    static func check(addressTypes: [String]) throws {
        for type in addressTypes where !["ipv4", "ipv6"].contains(type) {
            throw AWSError.invalidValue(type, for: "SupportedIpAddressTypes")
        }
    }

    static func unverified(_ context: Context) -> PrivateDnsNameConfiguration {
        PrivateDnsNameConfiguration(
            state: "pendingVerification", type: "TXT",
            value: "vpce:"
                + context.ids.string(20, from: Bytes("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)),
            name: "_" + context.ids.string(20, from: Bytes("abcdefghijklmnopqrstuvwxyz0123456789".utf8)))
    }
}

// MARK: Permissions

/// The principals that may create endpoints to a service.
enum EndpointServicePermissions {
    static let migration = Migration(
        "ec2.endpoint_service_permission",
        """
        CREATE TABLE ec2_endpoint_service_permission (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            service_id TEXT NOT NULL, principal TEXT NOT NULL, UNIQUE (account, region, service_id, principal)
        )
        """)

    static func all(of service: String, _ context: Context) throws -> [AllowedPrincipal] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT id, principal FROM ec2_endpoint_service_permission
                WHERE account = ? AND region = ? AND service_id = ? ORDER BY number
                """)
        let tags = try TagIndex(Resource.endpointServicePermission, context)
        return try StoredRow.all(statement, [context.account, context.region, service]) { row in
            let id: String = try row[0], principal: String = try row[1]
            var allowed = AllowedPrincipal()
            allowed.servicePermissionId = id
            allowed.principal = principal
            allowed.principalType = type(of: principal)
            allowed.serviceId = service
            allowed.tags = tags[id]
            return allowed
        }
    }

    static func insert(_ principal: String, of service: String, _ context: Context) throws -> String {
        let id = context.ids.resource("vpce-svc-perm")
        try context.db.cachedStatement(
            sql: """
                INSERT INTO ec2_endpoint_service_permission (account, region, id, service_id, principal) VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [context.account, context.region, id, service, principal])
        return id
    }

    static func delete(_ principal: String, of service: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: """
                DELETE FROM ec2_endpoint_service_permission
                WHERE account = ? AND region = ? AND service_id = ? AND principal = ?
                """
        ).execute(arguments: [context.account, context.region, service, principal])
    }

    static func deleteAll(of service: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ec2_endpoint_service_permission WHERE account = ? AND region = ? AND service_id = ?"
        ).execute(arguments: [context.account, context.region, service])
    }

    /// Returns nil for an invalid principal.
    static func type(of principal: String) -> PrincipalType? {
        if principal == "*" { return "All" }
        let parts = principal.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn" else { return nil }
        if parts[2] == "organizations" { return "OrganizationUnit" }
        guard parts[2] == "iam" || parts[2] == "sts", parts[4].utf8.count == 12 else { return nil }
        if parts[5] == "root" { return "Account" }
        if parts[5].hasPrefix("user/") { return "User" }
        if parts[5].hasPrefix("role/") || parts[5].hasPrefix("assumed-role/") { return "Role" }
        return nil
    }
}

extension Resource where S == ServiceConfiguration {
    /// Only for tags on permissions.
    static let endpointServicePermission = ResourceKind(
        "vpce-svc-perm", type: "vpc-endpoint-service-permission", in: .table("ec2_endpoint_service_permission"),
        code: "InvalidVpcEndpointServicePermissionId",
        notFound: "The VpcEndpointServicePermission Id '%' does not exist")
}

extension EC2Simulation {
    public func modifyVpcEndpointServicePermissions(
        _ input: ModifyVpcEndpointServicePermissionsRequest, _ context: Context
    ) throws -> ModifyVpcEndpointServicePermissionsResult {
        _ = try Resource.endpointService.get(input.serviceId, context)
        let adds = input.addAllowedPrincipals ?? [], removes = input.removeAllowedPrincipals ?? []
        guard !adds.isEmpty || !removes.isEmpty else {
            throw AWSError("MissingParameter", "Either AddAllowedPrincipals or RemoveAllowedPrincipals must be specified")
        }
        for principal in adds where EndpointServicePermissions.type(of: principal) == nil {
            throw AWSError("InvalidPrincipal", "The principal '\(principal)' is invalid.")
        }
        let present = try EndpointServicePermissions.all(of: input.serviceId, context).compactMap(\.principal)
        for principal in removes { try EndpointServicePermissions.delete(principal, of: input.serviceId, context) }
        var added: [AddedPrincipal] = []
        for principal in adds where !present.contains(principal) && !added.contains(where: { $0.principal == principal }) {
            var one = AddedPrincipal()
            one.principal = principal
            one.principalType = EndpointServicePermissions.type(of: principal)
            one.serviceId = input.serviceId
            one.servicePermissionId = try EndpointServicePermissions.insert(principal, of: input.serviceId, context)
            added.append(one)
        }
        return ModifyVpcEndpointServicePermissionsResult(addedPrincipals: added, returnValue: true)
    }

    public func describeVpcEndpointServicePermissions(
        _ input: DescribeVpcEndpointServicePermissionsRequest, _ context: Context
    ) throws -> DescribeVpcEndpointServicePermissionsResult {
        let paging = try Paging(input, context)
        _ = try Resource.endpointService.get(input.serviceId, context)
        let found = try FilterTable<AllowedPrincipal>(
            ["principal": { [$0.principal] }, "principal-type": { [$0.principalType?.rawValue] }], tags: { $0.tags }
        ).apply(input.filters, to: EndpointServicePermissions.all(of: input.serviceId, context), context)
        let page = try paging.page(fixed: found)
        return DescribeVpcEndpointServicePermissionsResult(allowedPrincipals: page.items, nextToken: page.nextToken)
    }
}
