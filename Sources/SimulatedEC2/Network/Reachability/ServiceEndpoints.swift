import AWSCore
import EC2API
import SimulatorCore

/// Finds the VPC endpoint through which an AWS host is reached. All checks of VPC endpoints use it.
struct ServiceEndpoints: Sendable {
    struct Route: Sendable {
        /// The endpoint and its policy, which apply to a request.
        let use: EndpointUse
        /// The interface in the VPC to which the host's name resolves. Nil for a gateway endpoint: a route of the subnet's
        /// table leads to it, whatever the host's address.
        let endpointInterface: Interface?
    }

    struct Interface: Sendable {
        let address: IPAddress
        let groups: GroupFilter
    }

    private let region: String
    /// By the service's name: `com.amazonaws.us-east-1.ecr.api`.
    private var ways: [String: Route] = [:]

    /// - Parameters:
    ///   - table: the id of the route table of the instance's subnet.
    ///   - source: the instance's address.
    init(of vpc: VpcRecord, table: String, source: IPAddress?, _ context: Context) throws {
        region = context.region
        for endpoint in try Self.available(in: vpc.id, context) {
            guard let service = endpoint.serviceName else { continue }
            let use = EndpointUse(
                id: endpoint.vpcEndpointId ?? "", vpcId: vpc.id, policy: endpoint.policyDocument,
                sourceAddress: source?.description ?? "")
            switch endpoint.vpcEndpointType {
            case .gateway where endpoint.routeTableIds?.contains(table) == true:
                // An interface endpoint with private names takes precedence.
                if ways[service] == nil { ways[service] = Route(use: use, endpointInterface: nil) }
            case .interface where endpoint.privateDnsEnabled == true && vpc.hasDnsSupport && vpc.hasDnsHostnames:
                guard let id = endpoint.networkInterfaceIds?.first,
                    let interface = try NetworkInterfaceRecord.find(id, context),
                    let address = interface.privateAddress
                else { continue }
                let groups = try GroupFilter((endpoint.groups ?? []).compactMap(\.groupId), context)
                ways[service] = Route(use: use, endpointInterface: Interface(address: IPAddress(address), groups: groups))
            default: continue
            }
        }
    }

    private static func available(in vpcId: String, _ context: Context) throws -> [VpcEndpoint] {
        guard let kind = ResourceKind.named("vpc-endpoint") else { return [] }
        return try context.reading(ReadKey(ServiceEndpoints.self, context, vpcId)) {
            try ResourceRow.all(kind, context).filter { $0.phase == "available" }.map {
                VpcEndpoint(from: ShapeReader($0.document, schema: VpcEndpoint.schema, layout: .model))
            }
            .filter { $0.vpcId == vpcId }
        }
    }

    /// Returns the way to a host through an endpoint; nil if none serves it.
    func way(to host: String) -> Route? { Self.service(of: host, region: region).flatMap { ways[$0] } }

    /// Returns the service of a host: `com.amazonaws.us-east-1.ecr.api` for `api.ecr.us-east-1.amazonaws.com`; nil for hosts
    /// of other regions.
    static func service(of host: String, region: String) -> String? {
        let host = host.lowercased()
        for domain in [".\(region).amazonaws.com", ".\(region).amazonaws.com.cn"] where host.hasSuffix(domain) {
            let labels = host.dropLast(domain.count).split(separator: ".").map(String.init)
            guard let last = labels.last else { return nil }
            let name =
                switch (last, labels.dropLast().last) {
                case ("ecr", "api"?): "ecr.api"
                case ("ecr", "dkr"?): "ecr.dkr"
                case ("s3", _): "s3"
                default: labels.count == 1 ? last : labels.reversed().joined(separator: ".")
                }
            return "com.amazonaws.\(region).\(name)"
        }
        return nil
    }
}
