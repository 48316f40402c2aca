import AWSCore
import EC2API
import SimulatorCore

// An endpoint's target: a load balancer, a network interface or a CIDR range.

extension VerifiedAccessEndpoint {
    mutating func setTarget(_ given: CreateVerifiedAccessEndpointRequest, _ context: Context) throws {
        let options: [(type: VerifiedAccessEndpointType, isGiven: Bool, name: String)] = [
            (.loadBalancer, given.loadBalancerOptions != nil, "LoadBalancerOptions"),
            (.networkInterface, given.networkInterfaceOptions != nil, "NetworkInterfaceOptions"),
            (.cidr, given.cidrOptions != nil, "CidrOptions"),
        ]
        for option in options {
            if option.type == given.endpointType, !option.isGiven { throw AWSError.missingParameter(option.name) }
            if option.type != given.endpointType, option.isGiven {
                throw AWSError.invalidCombination(
                    "The parameter \(option.name) cannot be used with the endpoint type \(given.endpointType.rawValue)")
            }
        }
        switch given.endpointType {
        case .loadBalancer: if let options = given.loadBalancerOptions { try set(options, context) }
        case .networkInterface: if let options = given.networkInterfaceOptions { try set(options, context) }
        case .cidr: if let options = given.cidrOptions { try set(options, context) }
        default: throw AWSError.invalidValue(given.endpointType.rawValue, for: "EndpointType")
        }
    }

    private mutating func set(_ given: CreateVerifiedAccessEndpointLoadBalancerOptions, _ context: Context) throws {
        guard let arn = given.loadBalancerArn.flatMap(\.orNil) else { throw AWSError.missingParameter("LoadBalancerArn") }
        let wrong = AWSError.invalidValue(arn, for: "LoadBalancerArn")
        let ranges = try Self.ranges(given.portRanges?.map { ($0.fromPort, $0.toPort) })
        try Self.check(given.protocol, given.port, ranges)
        loadBalancerOptions = VerifiedAccessEndpointLoadBalancerOptions(
            protocol: given.protocol, port: given.port,
            loadBalancerArn: try context.external(.loadBalancer, arn, malformed: wrong, absent: wrong),
            subnetIds: try Self.checked(subnets: given.subnetIds ?? [], context), portRanges: ranges)
    }

    private mutating func set(_ given: CreateVerifiedAccessEndpointEniOptions, _ context: Context) throws {
        guard let id = given.networkInterfaceId.flatMap(\.orNil) else { throw AWSError.missingParameter("NetworkInterfaceId") }
        let ranges = try Self.ranges(given.portRanges?.map { ($0.fromPort, $0.toPort) })
        try Self.check(given.protocol, given.port, ranges)
        networkInterfaceOptions = VerifiedAccessEndpointEniOptions(
            networkInterfaceId: try NetworkInterfaceRecord.get(id, context).id, protocol: given.protocol, port: given.port,
            portRanges: ranges)
    }

    private mutating func set(_ given: CreateVerifiedAccessEndpointCidrOptions, _ context: Context) throws {
        guard let text = given.cidr.flatMap(\.orNil) else { throw AWSError.missingParameter("Cidr") }
        guard let block = IPv4Block(text) else { throw AWSError.invalidValue(text, for: "Cidr") }
        guard given.protocol == nil || given.protocol == .tcp else {
            throw AWSError.invalidValue(given.protocol?.rawValue ?? "", for: "Protocol", "A CIDR endpoint uses TCP.")
        }
        guard let ranges = try Self.ranges(given.portRanges?.map { ($0.fromPort, $0.toPort) }) else {
            throw AWSError.missingParameter("PortRanges")
        }
        cidrOptions = VerifiedAccessEndpointCidrOptions(
            cidr: block.description, portRanges: ranges, protocol: .tcp,
            subnetIds: try Self.checked(subnets: given.subnetIds ?? [], context))
    }

    /// HTTP and HTTPS need a port, TCP needs port ranges.
    private static func check(
        _ transport: VerifiedAccessEndpointProtocol?, _ port: Int?, _ ranges: [VerifiedAccessEndpointPortRange]?
    ) throws {
        guard let transport else { throw AWSError.missingParameter("Protocol") }
        if transport == .tcp, ranges == nil { throw AWSError.missingParameter("PortRanges") }
        if transport != .tcp, port == nil { throw AWSError.missingParameter("Port") }
    }

    private static func ranges(_ given: [(from: Int?, to: Int?)]?) throws -> [VerifiedAccessEndpointPortRange]? {
        guard let given, !given.isEmpty else { return nil }
        return try given.map { range in
            guard let from = range.from, let to = range.to, from <= to else {
                throw AWSError.invalidValue("\(range.from ?? 0)-\(range.to ?? 0)", for: "PortRanges")
            }
            return VerifiedAccessEndpointPortRange(fromPort: from, toPort: to)
        }
    }

    /// "You can specify only one subnet per Availability Zone."
    private static func checked(subnets: [String], _ context: Context) throws -> [String] {
        guard !subnets.isEmpty else { throw AWSError.missingParameter("SubnetIds") }
        let found = try subnets.map { try SubnetRecord.get($0, context) }
        guard Set(found.map(\.zone)).count == found.count else {
            throw AWSError("InvalidParameterValue", "Only one subnet per Availability Zone can be specified.")  // assumed
        }
        guard Set(found.map(\.vpcId)).count == 1 else {
            throw AWSError("InvalidParameterValue", "The subnets belong to different VPCs.")  // assumed
        }
        return subnets
    }

    /// Checks that the security groups belong to the target's VPC.
    func checked(groups: [String], _ context: Context) throws -> [String] {
        guard !groups.isEmpty else { throw AWSError.missingParameter("SecurityGroupIds") }
        let subnet = try (loadBalancerOptions?.subnetIds ?? cidrOptions?.subnetIds)?.first.map {
            try SubnetRecord.get($0, context)
        }
        let interface = try networkInterfaceOptions?.networkInterfaceId.map { try NetworkInterfaceRecord.get($0, context) }
        let vpc = subnet?.vpcId ?? interface?.vpcId
        let found = try SecurityGroupRecord.list(groups, context, inOrder: true)
        if let other = found.first(where: { $0.vpcId != vpc }) {
            throw AWSError("InvalidParameterValue", "The security group '\(other.id)' does not belong to '\(vpc ?? "")'.")  // assumed
        }
        return groups
    }

    /// Sets the DNS names of the endpoint. HTTP and HTTPS endpoints also need an application domain with a certificate.
    mutating func setDomain(_ given: CreateVerifiedAccessEndpointRequest, _ context: Context) throws {
        let transport = loadBalancerOptions?.protocol ?? networkInterfaceOptions?.protocol ?? .tcp
        if transport == .tcp {
            guard given.applicationDomain?.orNil == nil, given.domainCertificateArn?.orNil == nil else {
                throw AWSError.invalidCombination("An endpoint that uses TCP has no application domain.")  // assumed
            }
        } else {
            guard let domain = given.applicationDomain.flatMap(\.orNil) else {
                throw AWSError.missingParameter("ApplicationDomain")
            }
            guard domain.isHostName else { throw AWSError.invalidValue(domain, for: "ApplicationDomain") }
            guard let arn = given.domainCertificateArn.flatMap(\.orNil) else {
                throw AWSError.missingParameter("DomainCertificateArn")
            }
            let wrong = AWSError.invalidValue(arn, for: "DomainCertificateArn")
            applicationDomain = domain
            domainCertificateArn = try context.external(.certificate, arn, malformed: wrong, absent: wrong)
        }
        let prefix = given.endpointDomainPrefix.flatMap(\.orNil)
        if let prefix, !"\(prefix).x".isHostName || prefix.contains(".") {
            throw AWSError.invalidValue(prefix, for: "EndpointDomainPrefix")
        }
        // The format is that of AWS's CLI examples.
        let edge =
            "edge-0\(context.ids.hex(16)).\(verifiedAccessInstanceId ?? "").prod.verified-access.\(context.region).amazonaws.com"
        endpointDomain = prefix.map { "\($0).\(edge)" } ?? edge
    }

    mutating func changeTarget(_ given: ModifyVerifiedAccessEndpointRequest, _ context: Context) throws {
        func mismatch(_ name: String) -> AWSError {
            .invalidCombination("The parameter \(name) cannot be used with the endpoint type \(endpointType?.rawValue ?? "")")
        }
        if let change = given.loadBalancerOptions {
            guard var own = loadBalancerOptions else { throw mismatch("LoadBalancerOptions") }
            own.protocol = change.protocol ?? own.protocol
            own.port = change.port ?? own.port
            own.portRanges = try Self.ranges(change.portRanges?.map { ($0.fromPort, $0.toPort) }) ?? own.portRanges
            if let subnets = change.subnetIds, !subnets.isEmpty { own.subnetIds = try Self.checked(subnets: subnets, context) }
            try Self.check(own.protocol, own.port, own.portRanges)
            loadBalancerOptions = own
        }
        if let change = given.networkInterfaceOptions {
            guard var own = networkInterfaceOptions else { throw mismatch("NetworkInterfaceOptions") }
            own.protocol = change.protocol ?? own.protocol
            own.port = change.port ?? own.port
            own.portRanges = try Self.ranges(change.portRanges?.map { ($0.fromPort, $0.toPort) }) ?? own.portRanges
            try Self.check(own.protocol, own.port, own.portRanges)
            networkInterfaceOptions = own
        }
        if let change = given.cidrOptions {
            guard var own = cidrOptions else { throw mismatch("CidrOptions") }
            own.portRanges = try Self.ranges(change.portRanges?.map { ($0.fromPort, $0.toPort) }) ?? own.portRanges
            cidrOptions = own
        }
    }
}
