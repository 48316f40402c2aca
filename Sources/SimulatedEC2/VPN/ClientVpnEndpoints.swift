import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-endpoints.html

extension Resource where S == ClientVpnEndpoint {
    /// An endpoint is `available` while a target network is associated with it.
    static let clientVpnEndpoint = Resource(
        ResourceKind(
            "cvpn-endpoint", type: "client-vpn-endpoint", code: "InvalidClientVpnEndpointId",
            notFound: "The Client VPN endpoint '%' does not exist"),
        id: \.clientVpnEndpointId, tags: \.tags, refers: [.to("vpc", \.vpcId, .dangles)],
        // AWS documents no durations. Assumed: deleted endpoints are shown for an hour.
        life: LifeCycle(
            show: { $0.status = ClientVpnEndpointStatus(code: .init(rawValue: $1)) }, initial: "pending-associate",
            deleting: "deleting",
            steps: [
                "deleting": .init(after: .seconds(30), isFixed: false) { endpoint, context in
                    endpoint.deletionTime = context.now.withoutZone
                    return "deleted"
                },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"]),
        filters: ["endpoint-id": { [$0.clientVpnEndpointId] }])
}

extension EC2Simulation {
    public func createClientVpnEndpoint(
        _ input: CreateClientVpnEndpointRequest, _ context: Context
    ) throws -> CreateClientVpnEndpointResult {
        try Self.requireSimulated(input, context)
        guard let text = input.clientCidrBlock.flatMap(\.orNil) else { throw AWSError.missingParameter("ClientCidrBlock") }
        guard let block = IPv4Block(text), (12...22).contains(block.prefix) else {
            throw AWSError.invalidValue(
                text, for: "ClientCidrBlock", "Its size must be at least /22 and must not be greater than /12.")
        }
        let endpoint = try context.create(.clientVpnEndpoint, input) { endpoint in
            // AWS's default quota.
            guard try Resource.clientVpnEndpoint.all(context).count(where: { $0.phase != "deleted" }) < 5 else {
                throw AWSError(
                    "ClientVpnEndpointLimitExceeded", "The maximum number of Client VPN endpoints has been reached.")
            }
            let id = endpoint.clientVpnEndpointId ?? ""
            endpoint.clientCidrBlock = block.description
            endpoint.creationTime = context.now.withoutZone
            endpoint.dnsName = "*." + Self.clientVpnName(id, context)
            endpoint.vpnProtocol = .openvpn
            endpoint.transportProtocol = input.transportProtocol ?? .udp
            endpoint.endpointIpAddressType = .ipv4
            endpoint.trafficIpAddressType = .ipv4
            endpoint.authenticationOptions = try ClientVpnAuthentication.checked(input.authenticationOptions, context)
            try endpoint.change(
                ModifyClientVpnEndpointRequest(
                    clientVpnEndpointId: id, serverCertificateArn: input.serverCertificateArn,
                    connectionLogOptions: input.connectionLogOptions,
                    dnsServers: input.dnsServers.map { .init(customDnsServers: $0, enabled: !$0.isEmpty) },
                    vpnPort: input.vpnPort ?? 443, description: input.description ?? "",
                    splitTunnel: input.splitTunnel ?? false, securityGroupIds: input.securityGroupIds, vpcId: input.vpcId,
                    selfServicePortal: input.selfServicePortal ?? .enabled,
                    clientConnectOptions: input.clientConnectOptions ?? .init(enabled: false),
                    sessionTimeoutHours: input.sessionTimeoutHours ?? 24,
                    clientLoginBannerOptions: input.clientLoginBannerOptions ?? .init(enabled: false),
                    clientRouteEnforcementOptions: input.clientRouteEnforcementOptions ?? .init(enforced: false),
                    disconnectOnSessionTimeout: input.disconnectOnSessionTimeout ?? true), context)
        }
        let id = endpoint.clientVpnEndpointId ?? ""
        return CreateClientVpnEndpointResult(
            clientVpnEndpointId: id, status: endpoint.status, dnsName: Self.clientVpnName(id, context))
    }

    private static func clientVpnName(_ id: String, _ context: Context) -> String {
        "\(id).prod.clientvpn.\(context.region).amazonaws.com"
    }

    private static func requireSimulated(_ input: CreateClientVpnEndpointRequest, _ context: Context) throws {
        for (isGiven, name) in [
            (input.transitGatewayConfiguration != nil, "a transit gateway"),
            (input.devicePostureOptions?.enabled == true, "device posture options"),
            ((input.endpointIpAddressType ?? .ipv4) != .ipv4, "IPv6 addresses"),
            ((input.trafficIpAddressType ?? .ipv4) != .ipv4, "IPv6 traffic"),
        ] where isGiven { throw AWSError.notSimulated("ec2", "\(context.operation) with \(name)") }
    }

    public func modifyClientVpnEndpoint(
        _ input: ModifyClientVpnEndpointRequest, _ context: Context
    ) throws -> ModifyClientVpnEndpointResult {
        var stored = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        if input.transitGatewayConfiguration != nil || input.devicePostureOptions?.enabled == true {
            throw AWSError.notSimulated("ec2", "ModifyClientVpnEndpoint with a transit gateway or device posture options")
        }
        let associations = try Resource<TargetNetwork>.networks(of: input.clientVpnEndpointId, context)
        if let vpc = input.vpcId, vpc != stored.shape.vpcId, !associations.isEmpty {
            throw AWSError.invalidValue(vpc, for: "VpcId", "Target networks of another VPC are associated.")  // assumed
        }
        try stored.shape.change(input, context)
        try Resource.clientVpnEndpoint.write(stored, context)
        if input.securityGroupIds != nil {
            try Resource<TargetNetwork>.set(groups: stored.shape.securityGroupIds ?? [], of: associations, context)
        }
        return ModifyClientVpnEndpointResult(return: true)
    }

    public func deleteClientVpnEndpoint(
        _ input: DeleteClientVpnEndpointRequest, _ context: Context
    ) throws -> DeleteClientVpnEndpointResult {
        let id = input.clientVpnEndpointId
        _ = try Resource.clientVpnEndpoint.present(id, context)
        guard try Resource<TargetNetwork>.networks(of: id, context).isEmpty else {
            throw AWSError(
                "ClientVpnEndpointAssociationExists",
                "The Client VPN endpoint '\(id)' has associated target networks, which must be disassociated first.")
        }
        return DeleteClientVpnEndpointResult(status: try context.delete(.clientVpnEndpoint, id).status)
    }

    public func describeClientVpnEndpoints(
        _ input: DescribeClientVpnEndpointsRequest, _ context: Context
    ) throws -> DescribeClientVpnEndpointsResult {
        let page = try context.describe(
            .clientVpnEndpoint, input, ids: input.clientVpnEndpointIds, named: "ClientVpnEndpointIds",
            completing: { endpoint in
                let networks = try Resource<TargetNetwork>.networks(of: endpoint.clientVpnEndpointId ?? "", context)
                endpoint.associatedTargetNetworks = networks.map {
                    AssociatedTargetNetwork(networkId: $0.shape.targetNetworkId, networkType: .vpc)
                }
            })
        return DescribeClientVpnEndpointsResult(clientVpnEndpoints: page.items, nextToken: page.nextToken)
    }

    /// The list is always empty, because clients cannot connect to the simulator.
    public func describeClientVpnConnections(
        _ input: DescribeClientVpnConnectionsRequest, _ context: Context
    ) throws -> DescribeClientVpnConnectionsResult {
        _ = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        let connections = try FilterTable<ClientVpnConnection>().apply(input.filters, to: [], context)
        let page = try Paging(input, context).page(fixed: connections)
        return DescribeClientVpnConnectionsResult(connections: page.items, nextToken: page.nextToken)
    }
}

// MARK: Options

extension ClientVpnEndpoint {
    /// Applies the members that the request has; the others stay unchanged.
    fileprivate mutating func change(_ given: ModifyClientVpnEndpointRequest, _ context: Context) throws {
        if let arn = given.serverCertificateArn {
            serverCertificateArn = try context.certificate(arn, for: "ServerCertificateArn")
        }
        if let log = given.connectionLogOptions { connectionLogOptions = try connectionLog(log, context) }
        if let servers = given.dnsServers { dnsServers = try Self.checked(servers) }
        if let port = given.vpnPort {
            guard [443, 1194].contains(port) else { throw AWSError.invalidValue("\(port)", for: "VpnPort") }
            vpnPort = port
        }
        description = given.description ?? description
        splitTunnel = given.splitTunnel ?? splitTunnel
        try changeNetwork(given, context)
        if let portal = given.selfServicePortal {
            selfServicePortalUrl =
                portal == .enabled
                ? "https://self-service.clientvpn.amazonaws.com/endpoints/\(clientVpnEndpointId ?? "")" : nil
        }
        if let options = given.clientConnectOptions { clientConnectOptions = try Self.connect(options, context) }
        if let hours = given.sessionTimeoutHours {
            guard [8, 10, 12, 24].contains(hours) else { throw AWSError.invalidValue("\(hours)", for: "SessionTimeoutHours") }
            sessionTimeoutHours = hours
        }
        if let banner = given.clientLoginBannerOptions {
            let text = banner.bannerText.flatMap(\.orNil)
            if banner.enabled == true, text == nil { throw AWSError.missingParameter("BannerText") }
            guard (text ?? "").unicodeScalars.count <= 1400 else {
                throw AWSError.invalidValue(
                    text ?? "", for: "BannerText", "It must not be longer than 1400 characters.")
            }
            clientLoginBannerOptions = ClientLoginBannerResponseOptions(enabled: banner.enabled ?? false, bannerText: text)
        }
        if let enforcement = given.clientRouteEnforcementOptions {
            clientRouteEnforcementOptions = ClientRouteEnforcementResponseOptions(enforced: enforcement.enforced ?? false)
        }
        disconnectOnSessionTimeout = given.disconnectOnSessionTimeout ?? disconnectOnSessionTimeout
    }

    private static func checked(_ servers: DnsServersOptionsModifyStructure) throws -> [String]? {
        guard servers.enabled != false else { return nil }
        let addresses = servers.customDnsServers ?? []
        guard addresses.count <= 2 else {
            throw AWSError("InvalidParameterValue", "A Client VPN endpoint can have up to two DNS servers.")
        }
        for address in addresses where IPv4Block.address(address) == nil {
            throw AWSError.invalidValue(address, for: "DnsServers")
        }
        return addresses.isEmpty ? nil : addresses
    }

    /// Sets the VPC and its security groups. Without a VPC in the request, the first target network sets it.
    private mutating func changeNetwork(_ given: ModifyClientVpnEndpointRequest, _ context: Context) throws {
        let vpc = try given.vpcId.flatMap(\.orNil).map { try VpcRecord.get($0, context).id } ?? vpcId
        let groups = given.securityGroupIds ?? []
        if vpc != vpcId || !groups.isEmpty {
            guard let vpc else { throw AWSError.missingParameter("VpcId") }
            securityGroupIds = try Self.checked(groups: groups, in: vpc, context)
        }
        vpcId = vpc
    }

    /// Returns the requested groups of the VPC, or its default group if the request has none.
    static func checked(groups: [String], in vpc: String, _ context: Context) throws -> [String] {
        guard groups.count <= 5 else {
            throw AWSError("SecurityGroupsPerInterfaceLimitExceeded", "Up to 5 security groups can be applied.")
        }
        if groups.isEmpty {
            return try SecurityGroupRecord.all(context, "AND vpc_id = ? AND name = 'default'", [vpc]).map(\.id)
        }
        let found = try SecurityGroupRecord.list(groups, context, inOrder: true)
        if let other = found.first(where: { $0.vpcId != vpc }) {
            throw AWSError("InvalidParameterValue", "The security group '\(other.id)' does not belong to '\(vpc)'.")  // assumed
        }
        return found.map(\.id)
    }

    private func connectionLog(_ given: ConnectionLogOptions, _ context: Context) throws -> ConnectionLogResponseOptions {
        guard given.enabled == true else { return ConnectionLogResponseOptions(enabled: false) }
        guard let group = given.cloudwatchLogGroup.flatMap(\.orNil) else {
            throw AWSError.missingParameter("CloudwatchLogGroup")
        }
        let wrong = AWSError.invalidValue(group, for: "CloudwatchLogGroup")
        _ = try context.external(.logGroup, group, malformed: wrong, absent: wrong)
        // AWS generates a stream's name from the endpoint, the region and the date (format of AWS's CLI example).
        let day = context.now.iso8601(milliseconds: false).prefix(10).replacing("-", with: "/")
        let made =
            "\(clientVpnEndpointId ?? "")-\(context.region)-\(day)-\(context.ids.string(12, from: IDGenerator.base32Alphabet))"
        return ConnectionLogResponseOptions(
            enabled: true, cloudwatchLogGroup: group,
            cloudwatchLogStream: given.cloudwatchLogStream.flatMap(\.orNil) ?? connectionLogOptions?.cloudwatchLogStream
                ?? made, includeAuthorizationPolicyContext: given.includeAuthorizationPolicyContext)
    }

    private static func connect(_ given: ClientConnectOptions, _ context: Context) throws -> ClientConnectResponseOptions {
        guard given.enabled == true else { return ClientConnectResponseOptions(enabled: false) }
        guard let arn = given.lambdaFunctionArn.flatMap(\.orNil) else { throw AWSError.missingParameter("LambdaFunctionArn") }
        let wrong = AWSError.invalidValue(
            arn, for: "LambdaFunctionArn", "It must be the ARN of a function whose name begins with AWSClientVPN-.")
        guard arn.contains(":function:AWSClientVPN-") else { throw wrong }
        _ = try context.external(.lambdaFunction, arn, malformed: wrong, absent: wrong)
        return ClientConnectResponseOptions(enabled: true, lambdaFunctionArn: arn, status: .init(code: .applied))
    }
}

extension ClientVpnAuthentication {
    /// Checks the authentication options: one of each type; mutual authentication combines with either of the others.
    fileprivate static func checked(
        _ given: [ClientVpnAuthenticationRequest], _ context: Context
    ) throws -> [ClientVpnAuthentication] {
        guard (1...2).contains(given.count), Set(given.compactMap(\.type?.rawValue)).count == given.count else {
            throw AWSError(
                "InvalidParameterValue", "A Client VPN endpoint has one or two authentication methods of different types.")
        }
        if given.count == 2, !given.contains(where: { $0.type == .certificateAuthentication }) {
            throw AWSError.invalidCombination("Directory and federated authentication cannot be combined.")  // assumed
        }
        return try given.map { try ClientVpnAuthentication($0, context) }
    }

    private init(_ given: ClientVpnAuthenticationRequest, _ context: Context) throws {
        self.init(type: given.type)
        switch given.type {
        case .certificateAuthentication?:
            guard let arn = given.mutualAuthentication?.clientRootCertificateChainArn.flatMap(\.orNil) else {
                throw AWSError.missingParameter("ClientRootCertificateChainArn")
            }
            mutualAuthentication = CertificateAuthentication(
                clientRootCertificateChain: try context.certificate(arn, for: "ClientRootCertificateChainArn"))
        case .directoryServiceAuthentication?:
            guard let id = given.activeDirectory?.directoryId.flatMap(\.orNil) else {
                throw AWSError.missingParameter("DirectoryId")
            }
            let wrong = AWSError.invalidValue(id, for: "DirectoryId")
            _ = try context.external(.directory, id, malformed: wrong, absent: wrong)
            activeDirectory = DirectoryServiceAuthentication(directoryId: id)
        case .federatedAuthentication?:
            guard let arn = given.federatedAuthentication?.samlProviderArn.flatMap(\.orNil) else {
                throw AWSError.missingParameter("SAMLProviderArn")
            }
            let second = given.federatedAuthentication?.selfServiceSAMLProviderArn.flatMap(\.orNil)
            for arn in [arn, second].compactMap(\.self) {
                let isThere = try context.query((any SAMLProviderDirectory).self) { try $0.hasSAMLProvider(arn, $1) }
                guard isThere == true else {
                    throw AWSError.invalidValue(arn, for: "SAMLProviderArn", "The provider does not exist.")
                }
            }
            federatedAuthentication = FederatedAuthentication(samlProviderArn: arn, selfServiceSamlProviderArn: second)
        default: throw AWSError.invalidValue(given.type?.rawValue ?? "", for: "Type")
        }
    }
}

extension Context {
    /// Checks a reference to a certificate in AWS Certificate Manager.
    fileprivate func certificate(_ arn: String, for parameter: String) throws -> String {
        let wrong = AWSError.invalidValue(arn, for: parameter, "The certificate does not exist.")
        return try external(.certificate, arn, malformed: wrong, absent: wrong)
    }
}

extension Instant {
    /// Formats a time as EC2's model does where times are strings: `2020-11-13T11:37:27`.
    var withoutZone: String { String(iso8601(milliseconds: false).dropLast()) }
}
