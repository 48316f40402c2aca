import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// The service that an endpoint leads to: AWS's own, or one that an account offers.
enum EndpointService {
    case aws(AWSEndpointService)
    /// The offered service, and the account that offers it.
    case offered(Stored<ServiceConfiguration>, Context)

    /// Returns the service of this name.
    ///
    /// - Parameter type: the type of the requested endpoint.
    /// - Throws: AWS's errors for an unknown name, and for another endpoint type.
    static func named(_ name: String, type: String, _ context: Context) throws -> EndpointService {
        let own = AWSEndpointService.named(name, context.region)
        if !own.isEmpty {
            guard let service = own.first(where: { $0.type == type }) else {
                throw AWSError.otherEndpointType(type, own.map(\.type))
            }
            return .aws(service)
        }
        guard let (offer, there) = try offer(named: name, context), try offer.shape.admits(context, there) else {
            throw AWSError.endpointServiceNotFound(name)
        }
        let types = offer.shape.serviceType?.compactMap { $0.serviceType?.rawValue } ?? []
        guard types.contains(type) else { throw AWSError.otherEndpointType(type, types) }
        return .offered(offer, there)
    }

    /// Returns a service that an account offers in the request's region.
    static func offer(named name: String, _ context: Context) throws -> (Stored<ServiceConfiguration>, Context)? {
        let start = "com.amazonaws.vpce.\(context.region)."
        guard name.hasPrefix(start) else { return nil }
        let id = String(name.dropFirst(start.count))
        let statement = try context.db.cachedStatement(
            sql: "SELECT account FROM resource WHERE region = ? AND kind = 'vpc-endpoint-service' AND id = ?")
        guard let account = try String.fetchOne(statement, arguments: [context.region, id]) else { return nil }
        let there = context.within(account: account)
        return try Resource.endpointService.find(id, there).map { ($0, there) }
    }

    var supportsPolicies: Bool {
        if case .aws(let service) = self { return service.supportsPolicies }
        return false
    }

    /// The suffix of the endpoint's own names.
    func baseName(_ region: String) -> String {
        switch self {
        case .aws(let service): service.baseName
        case .offered(let offer, _): offer.shape.baseEndpointDnsNames?.first ?? ""
        }
    }

    var privateNames: [String] {
        switch self {
        case .aws(let service): service.privateNames
        case .offered(let offer, _):
            offer.shape.privateDnsNameConfiguration?.state == "verified" ? [offer.shape.privateDnsName].compactMap { $0 } : []
        }
    }
}

extension EC2Simulation {
    public func describeVpcEndpointServices(
        _ input: DescribeVpcEndpointServicesRequest, _ context: Context
    ) throws -> DescribeVpcEndpointServicesResult {
        let paging = try Paging(input, context)
        for region in input.serviceRegions ?? [] where AWSRegion.named(region) == nil {
            throw AWSError.invalidValue(region, for: "ServiceRegion")
        }
        let regions = input.serviceRegions.flatMap { $0.isEmpty ? nil : $0 } ?? [context.region]
        var details = regions.flatMap { AWSEndpointService.all($0) }.map { $0.shape(context) }
        if regions.contains(context.region) { details += try Self.offeredServices(context) }
        if let names = input.serviceNames, !names.isEmpty {
            details.removeAll { !names.contains($0.serviceName ?? "") }
            if let absent = names.first(where: { name in !details.contains { $0.serviceName == name } }) {
                throw AWSError.endpointServiceNotFound(absent)
            }
        }
        let found = try FilterTable<ServiceDetail>(
            [
                "owner": { [$0.owner] }, "service-name": { [$0.serviceName] }, "service-region": { [$0.serviceRegion] },
                "service-type": { $0.serviceType?.map { $0.serviceType?.rawValue } ?? [] },
                "supported-ip-address-types": { $0.supportedIpAddressTypes?.map(\.rawValue) ?? [] },
            ], tags: { $0.tags }
        ).apply(input.filters, to: details, context)
        let page = try paging.page(fixed: found)
        var names: [String] = []
        for name in page.items.compactMap(\.serviceName) where !names.contains(name) { names.append(name) }
        return DescribeVpcEndpointServicesResult(
            serviceNames: names, serviceDetails: page.items, nextToken: page.nextToken)
    }

    /// Returns the services of all accounts to which this account may create endpoints.
    private static func offeredServices(_ context: Context) throws -> [ServiceDetail] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT DISTINCT account FROM resource WHERE region = ? AND kind = 'vpc-endpoint-service' ORDER BY account")
        var details: [ServiceDetail] = []
        for account in try String.fetchAll(statement, arguments: [context.region]) {
            let there = context.within(account: account)
            let tags = account == context.account ? try TagIndex(Resource.endpointService.kind, there) : .none
            for offer in try Resource.endpointService.all(there) where try offer.shape.admits(context, there) {
                details.append(offer.shape.detail(owner: account, tags: tags[offer.shape.serviceId ?? ""]))
            }
        }
        return details
    }
}

extension ServiceConfiguration {
    /// Whether an account may create endpoints to the service: its owner, or a principal in its permissions.
    func admits(_ caller: Context, _ owner: Context) throws -> Bool {
        if caller.account == owner.account { return true }
        let principals = try EndpointServicePermissions.all(of: serviceId ?? "", owner).compactMap(\.principal)
        let account = "arn:\(caller.partition):iam::\(caller.account):"
        return principals.contains { $0 == "*" || $0 == caller.account || $0.hasPrefix(account) }
    }

    fileprivate func detail(owner: String, tags: [Tag]) -> ServiceDetail {
        var detail = ServiceDetail()
        detail.serviceName = serviceName
        detail.serviceId = serviceId
        detail.serviceType = serviceType
        detail.availabilityZones = availabilityZones
        detail.availabilityZoneIds = availabilityZoneIds
        detail.owner = owner
        detail.baseEndpointDnsNames = baseEndpointDnsNames
        detail.privateDnsName = privateDnsName
        detail.privateDnsNames = privateDnsName.map { [PrivateDnsDetails(privateDnsName: $0)] }
        detail.privateDnsNameVerificationState = privateDnsNameConfiguration?.state
        detail.vpcEndpointPolicySupported = false
        detail.acceptanceRequired = acceptanceRequired
        detail.managesVpcEndpoints = false
        detail.payerResponsibility = payerResponsibility
        detail.tags = tags
        detail.supportedIpAddressTypes = supportedIpAddressTypes
        return detail
    }
}

extension AWSError {
    static func endpointServiceNotFound(_ name: String) -> AWSError {
        AWSError("InvalidServiceName", "The Vpc Endpoint Service '\(name)' does not exist")
    }

    static func otherEndpointType(_ type: String, _ types: [String]) -> AWSError {
        AWSError(
            "InvalidParameter",
            "Endpoint type (\(type)) does not match available service types ([\(types.joined(separator: ", "))]).")
    }
}
