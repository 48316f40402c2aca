import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct NetworkInsights {
    private let aws = AWS.current

    private func path(
        _ source: String?, _ destination: String?, port: Int? = 443,
        _ change: (inout CreateNetworkInsightsPathRequest) -> Void = { _ in }
    ) async throws -> NetworkInsightsPath {
        var request = CreateNetworkInsightsPathRequest(source: source ?? "", protocol: .tcp, clientToken: "")
        request.destination = destination
        request.destinationPort = port
        change(&request)
        return try #require(try await aws.ec2.createNetworkInsightsPath(request).networkInsightsPath)
    }

    private func analysis(_ path: NetworkInsightsPath) async throws -> NetworkInsightsAnalysis {
        let started = try await aws.ec2.startNetworkInsightsAnalysis(
            .init(networkInsightsPathId: path.networkInsightsPathId ?? "", clientToken: ""))
        let id = started.networkInsightsAnalysis?.networkInsightsAnalysisId ?? ""
        return try #require(
            try await aws.ec2.describeNetworkInsightsAnalyses(.init(networkInsightsAnalysisIds: [id]))
                .networkInsightsAnalyses?.first)
    }

    private func found(_ source: String?, _ destination: String?, port: Int? = 443) async throws -> NetworkInsightsAnalysis {
        try await analysis(try await path(source, destination, port: port))
    }

    /// Returns two instances in the default VPC's subnets, each in its own security group.
    private func pair(_ zone: String = "us-east-1b") async throws -> (from: Instance, to: Instance, group: String) {
        let clients = try await aws.group("clients"), servers = try await aws.group("servers")
        let from = try await aws.run {
            $0.securityGroupIds = [clients]
            $0.placement = .init(availabilityZone: "us-east-1a")
        }
        let to = try await aws.run {
            $0.securityGroupIds = [servers]
            $0.placement = .init(availabilityZone: zone)
        }
        return (try #require(from.first), try #require(to.first), servers)
    }

    private func open(_ group: String, _ port: Int, from cidr: String = "0.0.0.0/0") async throws {
        _ = try await aws.ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: group,
                ipPermissions: [
                    IpPermission(ipProtocol: "tcp", fromPort: port, toPort: port, ipRanges: [IpRange(cidrIp: cidr)])
                ]))
    }

    @Test(.simulator(transitions: .aws)) func networkInsightsPathsAndAnalysesAreCreatedAndDeleted() async throws {
        let (from, to, _) = try await pair()
        let made = try await path(from.instanceId, to.instanceId) {
            $0.tagSpecifications = [
                TagSpecification(resourceType: "network-insights-path", tags: [Tag(key: "Team", value: "net")])
            ]
        }
        let id = try #require(made.networkInsightsPathId)
        #expect(id.hasPrefix("nip-0") && made.source == from.instanceId && made.destination == to.instanceId)
        #expect(made.networkInsightsPathArn == "arn:aws:ec2:us-east-1:123456789012:network-insights-path/\(id)")
        #expect(made.sourceArn == "arn:aws:ec2:us-east-1:123456789012:instance/\(from.instanceId ?? "")")
        #expect(made.destinationPort == 443 && made.protocol == .tcp && made.tags?.first?.value == "net")
        let byArn = try await path(made.sourceArn, made.destinationArn)
        #expect(byArn.source == from.instanceId)
        for (name, value) in [("destination", to.instanceId ?? ""), ("source", from.instanceId ?? ""), ("protocol", "tcp")] {
            let all = try await aws.ec2.describeNetworkInsightsPaths(.init(filters: [Filter(name: name, values: [value])]))
            #expect(all.networkInsightsPaths?.count == 2, "\(name)")
        }
        let started = try #require(
            try await aws.ec2.startNetworkInsightsAnalysis(.init(networkInsightsPathId: id, clientToken: "once"))
                .networkInsightsAnalysis)
        let own = try #require(started.networkInsightsAnalysisId)
        #expect(own.hasPrefix("nia-0") && started.status == .running && started.networkPathFound == nil)
        await refused("AnalysisExistsForNetworkInsightsPath") {
            _ = try await aws.ec2.deleteNetworkInsightsPath(.init(networkInsightsPathId: id))
        }
        // Assumed: the duration of an analysis.
        aws.clock.advance(by: .seconds(15))
        let filters = [Filter(name: "path-found", values: ["false"]), Filter(name: "status", values: ["succeeded"])]
        let ended = try await aws.ec2.describeNetworkInsightsAnalyses(.init(networkInsightsPathId: id, filters: filters))
        #expect(ended.networkInsightsAnalyses?.map(\.networkInsightsAnalysisId) == [own])
        _ = try await aws.ec2.deleteNetworkInsightsAnalysis(.init(networkInsightsAnalysisId: own))
        await refused("InvalidNetworkInsightsAnalysisId.NotFound") {
            _ = try await aws.ec2.describeNetworkInsightsAnalyses(.init(networkInsightsAnalysisIds: [own]))
        }
        _ = try await aws.ec2.deleteNetworkInsightsPath(.init(networkInsightsPathId: id))
        await refused("InvalidNetworkInsightsPathId.NotFound") {
            _ = try await aws.ec2.describeNetworkInsightsPaths(.init(networkInsightsPathIds: [id]))
        }
    }

    /// The codes are from AWS's page of explanations. Which of them AWS returns in each case is assumed.
    @Test func networkAnalysisChecksSecurityGroups() async throws {
        let (from, to, group) = try await pair()
        let closed = try await found(from.instanceId, to.instanceId)
        #expect(closed.status == .succeeded && closed.networkPathFound == false && closed.forwardPathComponents == nil)
        let explanation = try #require(closed.explanations?.first)
        #expect(explanation.explanationCode == "ENI_SG_RULES_MISMATCH" && explanation.direction == "ingress")
        #expect(explanation.securityGroup?.id == group)
        #expect(explanation.networkInterface?.id == to.networkInterfaces?.first?.networkInterfaceId)
        try await open(group, 443, from: "172.31.0.0/16")
        let opened = try await found(from.instanceId, to.instanceId)
        #expect(opened.networkPathFound == true && opened.explanations == nil)
        let kinds = opened.forwardPathComponents?.map { $0.component?.id?.prefix { $0 != "-" } ?? "" }
        #expect(kinds == ["i", "eni", "sg", "acl", "rtb", "acl", "sg", "eni", "i"])
        #expect(opened.forwardPathComponents?.map(\.sequenceNumber) == Array(1...9))
        let rule = opened.forwardPathComponents?[6].securityGroupRule
        #expect(rule?.cidr == "172.31.0.0/16" && rule?.portRange?.from == 443 && rule?.direction == "ingress")
        #expect(opened.forwardPathComponents?[4].routeTableRoute?.gatewayId == "local")
        #expect(
            opened.returnPathComponents?.map { $0.component?.id?.prefix { $0 != "-" } ?? "" } == [
                "eni", "acl", "rtb", "acl", "eni",
            ])
        #expect(try await found(from.instanceId, to.instanceId, port: 80).networkPathFound == false)
        // Without a port, any port matches.
        #expect(try await found(from.instanceId, to.instanceId, port: nil).networkPathFound == true)
        // Between two interfaces.
        let ends = [from, to].map { $0.networkInterfaces?.first?.networkInterfaceId }
        #expect(try await found(ends[0], ends[1]).networkPathFound == true)
        let byAddress = try await path(from.instanceId, nil) { $0.destinationIp = to.privateIpAddress }
        #expect(try await analysis(byAddress).networkPathFound == true)
    }

    @Test func networkAnalysisChecksNetworkAcls() async throws {
        let (from, to, group) = try await pair()
        try await open(group, 443)
        let filter = Filter(name: "association.subnet-id", values: [to.subnetId ?? ""])
        let list = try #require(
            try await aws.ec2.describeNetworkAcls(.init(filters: [filter])).networkAcls?.first?.networkAclId)
        _ = try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 50, protocol: "6", ruleAction: .deny, egress: false,
                cidrBlock: "172.31.0.0/16", portRange: PortRange(from: 443, to: 443)))
        let closed = try await found(from.instanceId, to.instanceId)
        let explanation = try #require(closed.explanations?.first)
        #expect(closed.networkPathFound == false && explanation.explanationCode == "SUBNET_ACL_RESTRICTION")
        #expect(explanation.acl?.id == list && explanation.aclRule?.ruleNumber == 50 && explanation.direction == "ingress")
    }

    @Test func networkAnalysisReachesInternetGateway() async throws {
        let (from, _, _) = try await pair()
        let gateway = try #require(try await aws.ec2.describeInternetGateways().internetGateways?.first?.internetGatewayId)
        let address = try #require(try await aws.describe(from.instanceId)?.publicIpAddress)
        let out = try await found(from.instanceId, gateway)
        #expect(out.networkPathFound == true && out.forwardPathComponents?.last?.component?.id == gateway)
        // The gateway replaces the private address.
        #expect(out.forwardPathComponents?.last?.outboundHeader?.sourceAddresses == ["\(address)/32"])
        #expect(
            out.forwardPathComponents?.compactMap(\.outboundHeader).first?.sourceAddresses == [
                "\(from.privateIpAddress ?? "")/32"
            ])
        let into = try await found(gateway, from.instanceId, port: 22)
        #expect(into.networkPathFound == false && into.explanations?.first?.explanationCode == "ENI_SG_RULES_MISMATCH")
        try await open(
            try await aws.ec2.describeSecurityGroups(.init(groupNames: ["clients"])).securityGroups?.first?.groupId ?? "", 22)
        let opened = try await found(gateway, from.instanceId, port: 22)
        #expect(opened.networkPathFound == true && opened.forwardPathComponents?.first?.component?.id == gateway)
    }

    /// AWS's API names IPv4 addresses only, and analyses IPv4 packets. Assumed: it analyses IPv6 packets between ends that have no
    /// IPv4 address, and how it shows them.
    @Test func networkAnalysisUsesIPv6WithoutIPv4Address() async throws {
        let vpc = try await DualStackVpc()
        let near = try await vpc.subnet(1), far = try await vpc.subnet(2, "10.0.2.0/24")
        let clients = try await aws.group("clients", vpc: vpc.id), servers = try await aws.group("servers", vpc: vpc.id)
        let from = try #require(
            try await aws.run {
                $0.subnetId = near
                $0.securityGroupIds = [clients]
            }.first)
        let to = try #require(
            try await aws.run {
                $0.subnetId = far
                $0.securityGroupIds = [servers]
                $0.ipv6AddressCount = 1
            }.first)
        let closed = try await found(from.instanceId, to.instanceId)
        #expect(closed.networkPathFound == false)
        #expect(closed.explanations?.first?.explanationCode == "ENI_SG_RULES_MISMATCH")
        _ = try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: servers, ipPermissions: [.tcp6(443, vpc.part(1).description)]))
        let open = try await found(from.instanceId, to.instanceId)
        #expect(open.networkPathFound == true)
        let header = open.forwardPathComponents?.compactMap(\.outboundHeader).first
        #expect(header?.sourceAddresses == ["\(from.ipv6Address ?? "?")/128"])
        #expect(header?.destinationAddresses == ["\(to.ipv6Address ?? "?")/128"])
        let rules = open.forwardPathComponents?.compactMap(\.aclRule) ?? []
        #expect(rules.map(\.cidr) == ["::/0", "::/0"] && rules.map(\.ruleNumber) == [101, 101])
        #expect(
            open.forwardPathComponents?.compactMap(\.routeTableRoute).map(\.destinationCidr) == [vpc.block.description])
        #expect(
            open.forwardPathComponents?.compactMap { $0.securityGroupRule?.cidr }.contains(vpc.part(1).description) == true)
        #expect(open.returnPathComponents?.isEmpty == false)

        // The internet: an egress-only gateway leads out, but to no internet gateway, and lets nobody in.
        let gateway = try await vpc.internetGateway()
        let nowhere = try await found(from.instanceId, gateway)
        #expect(nowhere.explanations?.first?.explanationCode == "NO_ROUTE_TO_DESTINATION")
        let table = try await vpc.table(of: near), egress = try await vpc.egressOnlyGateway()
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: table, destinationIpv6CidrBlock: "::/0", egressOnlyInternetGatewayId: egress))
        #expect(try await found(from.instanceId, gateway).networkPathFound == false)
        let oneWay = try await found(gateway, from.instanceId)
        #expect(oneWay.explanations?.first?.explanationCode == "CANNOT_ROUTE")
        #expect(oneWay.explanations?.first?.component?.id == egress)
        _ = try await aws.ec2.replaceRoute(
            .init(routeTableId: table, gatewayId: gateway, destinationIpv6CidrBlock: "::/0"))
        let out = try await found(from.instanceId, gateway)
        #expect(out.networkPathFound == true && out.forwardPathComponents?.last?.component?.id == gateway)
        #expect(
            out.forwardPathComponents?.last?.outboundHeader?.sourceAddresses == ["\(from.ipv6Address ?? "?")/128"])
        let into = try await found(gateway, from.instanceId)
        #expect(into.explanations?.first?.explanationCode == "ENI_SG_RULES_MISMATCH")
        _ = try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: clients, ipPermissions: [.tcp6(443, "::/0")]))
        let reached = try await found(gateway, from.instanceId)
        #expect(reached.networkPathFound == true && reached.forwardPathComponents?.first?.component?.id == gateway)

        // An end with both families and one with IPv4 only are analysed by IPv4.
        let plain = try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.3.0/24", vpcId: vpc.id)).subnet?.subnetId
        let old = try #require(try await aws.run { $0.subnetId = plain }.first)
        #expect(try await found(old.instanceId, from.instanceId).explanations?.first?.explanationCode == "NO_PATH")
        await refused("InvalidParameterValue") {
            _ = try await path(from.instanceId, nil) { $0.destinationIp = to.ipv6Address }
        }
    }

    @Test func networkAnalysisFindsNoPathBetweenUnconnectedVpcs() async throws {
        let (from, _, _) = try await pair()
        let vpc = try #require(try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc?.vpcId)
        let subnet = try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.0.0/24", vpcId: vpc)).subnet?.subnetId
        let far = try #require(try await aws.run { $0.subnetId = subnet }.first)
        let lost = try await found(from.instanceId, far.instanceId)
        #expect(lost.networkPathFound == false)
        #expect(lost.explanations?.first?.explanationCode == "NO_ROUTE_TO_DESTINATION")
        let gateway = try await aws.ec2.describeInternetGateways().internetGateways?.first?.internetGatewayId
        #expect(try await found(far.instanceId, gateway).networkPathFound == false)
    }

    @Test func networkAnalysisAppliesComponentFilters() async throws {
        let (from, to, group) = try await pair()
        try await open(group, 443)
        let made = try await path(from.instanceId, to.instanceId)
        func start(in present: [String]? = nil, out absent: [String]? = nil) async throws -> Bool? {
            var request = StartNetworkInsightsAnalysisRequest(
                networkInsightsPathId: made.networkInsightsPathId ?? "", clientToken: "")
            request.filterInArns = present
            request.filterOutArns = absent
            let id = try await aws.ec2.startNetworkInsightsAnalysis(request).networkInsightsAnalysis?.networkInsightsAnalysisId
            return try await aws.ec2.describeNetworkInsightsAnalyses(.init(networkInsightsAnalysisIds: [id ?? ""]))
                .networkInsightsAnalyses?.first?.networkPathFound
        }
        let own = "arn:aws:ec2:us-east-1:123456789012:security-group/\(group)"
        #expect(try await start(in: [own]) == true)
        #expect(try await start(in: ["arn:aws:ec2:us-east-1:123456789012:natgateway/nat-0123456789abcdef0"]) == false)
        #expect(try await start(out: [own]) == false)
    }

    /// Assumed: the messages, and the code for a destination that no path can have.
    @Test func invalidNetworkInsightsRequestsAreRejected() async throws {
        let (from, to, _) = try await pair()
        await refused("MissingParameter") { _ = try await path(from.instanceId, nil) }
        await refused("InvalidInstanceID.NotFound") { _ = try await path("i-0123456789abcdef0", to.instanceId) }
        await refused("InvalidParameterValue") { _ = try await path(from.subnetId, to.instanceId) }
        await refused("InvalidParameterValue") { _ = try await path(from.instanceId, nil) { $0.destinationIp = "300.1.1.1" } }
        await refused("InvalidParameterCombination") {
            _ = try await path(from.instanceId, to.instanceId) {
                $0.filterAtSource = .init(destinationPortRange: .init(fromPort: 1, toPort: 2))
            }
        }
        let ranged = try await path(from.instanceId, to.instanceId, port: nil) {
            $0.filterAtSource = .init(destinationPortRange: .init(fromPort: 440, toPort: 450))
        }
        #expect(ranged.filterAtSource?.destinationPortRange?.toPort == 450)
        let filter = Filter(name: "filter-at-source.destination-port-range", values: ["440-450"])
        #expect(
            try await aws.ec2.describeNetworkInsightsPaths(.init(filters: [filter])).networkInsightsPaths?.count == 1)
        await refused("InvalidNetworkInsightsPathId.NotFound") {
            _ = try await aws.ec2.startNetworkInsightsAnalysis(
                .init(networkInsightsPathId: "nip-0123456789abcdef0", clientToken: ""))
        }
        await refused("InvalidNetworkInsightsPathId.Malformed") {
            _ = try await aws.ec2.deleteNetworkInsightsPath(.init(networkInsightsPathId: "nip"))
        }
        let gateway = try await aws.ec2.createVpnGateway(.init(type: .ipsec1)).vpnGateway?.vpnGatewayId
        let other = try await path(from.instanceId, gateway)
        await refused("NotSimulated") { _ = try await analysis(other) }
    }
}
