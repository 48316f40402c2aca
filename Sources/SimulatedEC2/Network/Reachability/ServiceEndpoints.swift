import AWSCore
import EC2API
import SimulatorCore

/// The one place where a VPC's endpoints count: which of AWS's hosts are reached through one.
struct ServiceEndpoints: Sendable {
    struct Way: Sendable {
        /// What a request that goes this way is subject to.
        let use: EndpointUse
        /// The interface within the VPC that the host's name leads to. Nil for gateway endpoints: a route of the subnet's table
        /// leads there, whatever address the host has.
        let face: Face?
    }

    struct Face: Sendable {
        let address: UInt32
        let groups: GroupFilter
    }

    private let region: String
    /// By the service's name: `com.amazonaws.us-east-1.ecr.api`.
    private var ways: [String: Way] = [:]

    /// - Parameters:
    ///   - table: the id of the route table that decides about the instance's subnet.
    ///   - source: the instance's private address.
    init(of vpc: VpcRecord, table: String, source: UInt32, _ context: Context) throws {
        region = context.region
        for endpoint in try Self.available(in: vpc.id, context) {
            guard let service = endpoint.serviceName else { continue }
            let use = EndpointUse(
                id: endpoint.vpcEndpointId ?? "", vpcId: vpc.id, policy: endpoint.policyDocument,
                sourceAddress: IPv4Block.text(source))
            switch endpoint.vpcEndpointType {
            case .gateway where endpoint.routeTableIds?.contains(table) == true:
                // An interface of the same service, with its name, is what the name leads to.
                if ways[service] == nil { ways[service] = Way(use: use, face: nil) }
            case .interface where endpoint.privateDnsEnabled == true && vpc.hasDnsSupport && vpc.hasDnsHostnames:
                guard let id = endpoint.networkInterfaceIds?.first, let interface = try NetworkInterfaceRecord.find(id, context)
                else { continue }
                let groups = try GroupFilter((endpoint.groups ?? []).compactMap(\.groupId), context)
                ways[service] = Way(use: use, face: Face(address: interface.privateAddress, groups: groups))
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

    /// How a host is reached through an endpoint; nil if none serves it.
    func way(to host: String) -> Way? { Self.service(of: host, region: region).flatMap { ways[$0] } }

    /// `api.ecr.us-east-1.amazonaws.com` as `com.amazonaws.us-east-1.ecr.api`. Hosts of other regions have no endpoint.
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
