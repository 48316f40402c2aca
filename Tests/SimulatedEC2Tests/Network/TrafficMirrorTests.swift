import DrydockTesting
import Testing

/// Assumed throughout: error messages.
@Suite(.simulator) struct TrafficMirroring {
    private let aws = AWS.current

    private func interface() async throws -> String {
        let subnet = try #require(try await aws.ec2.describeSubnets().subnets?.first?.subnetId)
        return try #require(
            try await aws.ec2.createNetworkInterface(.init(subnetId: subnet)).networkInterface?.networkInterfaceId)
    }

    private func target(_ interface: String) async throws -> String {
        try #require(
            try await aws.ec2.createTrafficMirrorTarget(.init(networkInterfaceId: interface)).trafficMirrorTarget?
                .trafficMirrorTargetId)
    }

    private func filter() async throws -> String {
        try #require(
            try await aws.ec2.createTrafficMirrorFilter(.init(description: "TCP")).trafficMirrorFilter?.trafficMirrorFilterId)
    }

    private func shown(_ filter: String) async throws -> TrafficMirrorFilter {
        try #require(
            try await aws.ec2.describeTrafficMirrorFilters(.init(trafficMirrorFilterIds: [filter])).trafficMirrorFilters?.first)
    }

    @Test func trafficMirrorTargetNeedsExactlyOneDestination() async throws {
        let interface = try await interface()
        let made = try await aws.ec2.createTrafficMirrorTarget(
            .init(
                networkInterfaceId: interface, description: "probe",
                tagSpecifications: [.init(resourceType: "traffic-mirror-target", tags: [Tag(key: "a", value: "b")])],
                clientToken: "once"))
        let target = try #require(made.trafficMirrorTarget), id = try #require(target.trafficMirrorTargetId)
        #expect(id.hasPrefix("tmt-0") && target.type == .networkInterface && target.ownerId == "123456789012")
        #expect(made.clientToken == "once" && target.tags?.count == 1)
        await refused("IdempotentParameterMismatch") {
            _ = try await aws.ec2.createTrafficMirrorTarget(.init(networkInterfaceId: interface, clientToken: "once"))
        }
        let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/probe/0123456789abcdef"
        let second = try await aws.ec2.createTrafficMirrorTarget(.init(networkLoadBalancerArn: balancer))
        #expect(second.trafficMirrorTarget?.type == .networkLoadBalancer && second.clientToken?.isEmpty == false)
        #expect(second.trafficMirrorTarget?.networkLoadBalancerArn == balancer)
        for (name, value) in [("network-interface-id", interface), ("description", "probe"), ("tag:a", "b")] {
            let found = try await aws.ec2.describeTrafficMirrorTargets(.init(filters: [.init(name: name, values: [value])]))
            #expect(found.trafficMirrorTargets?.map(\.trafficMirrorTargetId) == [id], "\(name)")
        }
        await refused("MissingParameter") { _ = try await aws.ec2.createTrafficMirrorTarget() }
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.createTrafficMirrorTarget(
                .init(networkInterfaceId: interface, networkLoadBalancerArn: balancer))
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createTrafficMirrorTarget(
                .init(networkLoadBalancerArn: balancer.replacing("/net/", with: "/app/")))
        }
        await refused("InvalidNetworkInterfaceID.NotFound") { _ = try await self.target("eni-0123456789abcdef0") }
        await refused("InvalidVpcEndpointId.NotFound") {
            _ = try await aws.ec2.createTrafficMirrorTarget(
                .init(gatewayLoadBalancerEndpointId: "vpce-0123456789abcdef0"))
        }
        #expect(
            try await aws.ec2.deleteTrafficMirrorTarget(.init(trafficMirrorTargetId: id)).trafficMirrorTargetId == id)
        await refused("InvalidTrafficMirrorTargetId.NotFound") {
            _ = try await aws.ec2.deleteTrafficMirrorTarget(.init(trafficMirrorTargetId: id))
        }
    }

    @Test func trafficMirrorFilterRulesAreCreatedModifiedAndDeleted() async throws {
        let filter = try await filter()
        #expect(try await shown(filter).ingressFilterRules?.isEmpty == true)
        func add(
            _ number: Int, _ direction: TrafficDirection = .ingress, protocol: Int? = 6, port: Int? = 22,
            from source: String = "10.0.0.7/16", to destination: String = "0.0.0.0/0"
        ) async throws -> TrafficMirrorFilterRule? {
            try await aws.ec2.createTrafficMirrorFilterRule(
                .init(
                    trafficMirrorFilterId: filter, trafficDirection: direction, ruleNumber: number, ruleAction: .accept,
                    destinationPortRange: port.map { .init(fromPort: $0, toPort: $0) }, protocol: `protocol`,
                    destinationCidrBlock: destination, sourceCidrBlock: source)
            ).trafficMirrorFilterRule
        }
        let second = try #require(try await add(20)), first = try #require(try await add(10))
        #expect(second.trafficMirrorFilterRuleId?.hasPrefix("tmfr-0") == true && second.sourceCidrBlock == "10.0.0.0/16")
        _ = try await add(10, .egress, protocol: nil, port: nil)
        await refused("TrafficMirrorFilterRuleAlreadyExists") { _ = try await add(10) }
        await refused("InvalidParameterCombination") { _ = try await add(11, protocol: 1) }
        await refused("InvalidParameterValue") { _ = try await add(11, from: "::/0") }
        await refused("InvalidParameterValue") { _ = try await add(11, from: "10.0.0.0") }
        await refused("InvalidParameterValue") { _ = try await add(0) }
        await refused("InvalidParameterValue") { _ = try await add(11, protocol: 256, port: nil) }
        #expect(try await shown(filter).ingressFilterRules?.map(\.ruleNumber) == [10, 20])
        #expect(try await shown(filter).egressFilterRules?.map(\.ruleNumber) == [10])
        let id = first.trafficMirrorFilterRuleId ?? ""
        let changed = try await aws.ec2.modifyTrafficMirrorFilterRule(
            .init(
                trafficMirrorFilterRuleId: id, ruleNumber: 30, ruleAction: .reject, description: "late",
                removeFields: [.destinationPortRange, .protocol])
        ).trafficMirrorFilterRule
        #expect(changed?.ruleNumber == 30 && changed?.destinationPortRange == nil && changed?.protocol == nil)
        #expect(changed?.description == "late" && changed?.ruleAction == .reject)
        // A field cannot be removed while the rule's other fields need it.
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.modifyTrafficMirrorFilterRule(
                .init(trafficMirrorFilterRuleId: second.trafficMirrorFilterRuleId ?? "", removeFields: [.protocol]))
        }
        let rules = try await aws.ec2.describeTrafficMirrorFilterRules(
            .init(trafficMirrorFilterId: filter, filters: [.init(name: "rule-action", values: ["reject"])])
        ).trafficMirrorFilterRules
        #expect(rules?.map(\.trafficMirrorFilterRuleId) == [id])
        #expect(
            try await aws.ec2.describeTrafficMirrorFilterRules(
                .init(trafficMirrorFilterId: try await self.filter())
            ).trafficMirrorFilterRules?.isEmpty == true)
        for number in 100..<108 { _ = try await add(number) }
        await refused("TrafficMirrorFilterRuleLimitExceeded") { _ = try await add(108) }
        _ = try await aws.ec2.deleteTrafficMirrorFilterRule(.init(trafficMirrorFilterRuleId: id))
        await refused("InvalidTrafficMirrorFilterRuleId.NotFound") {
            _ = try await aws.ec2.deleteTrafficMirrorFilterRule(.init(trafficMirrorFilterRuleId: id))
        }
        // Deleting a filter deletes its rules.
        _ = try await aws.ec2.deleteTrafficMirrorFilter(.init(trafficMirrorFilterId: filter))
        #expect(try await aws.ec2.describeTrafficMirrorFilterRules().trafficMirrorFilterRules?.isEmpty == true)
    }

    @Test func trafficMirrorFilterNetworkServicesAreModified() async throws {
        let filter = try await filter()
        func change(_ added: [TrafficMirrorNetworkService], _ removed: [TrafficMirrorNetworkService] = []) async throws
            -> TrafficMirrorFilter?
        {
            try await aws.ec2.modifyTrafficMirrorFilterNetworkServices(
                .init(trafficMirrorFilterId: filter, addNetworkServices: added, removeNetworkServices: removed)
            ).trafficMirrorFilter
        }
        #expect(try await change([.amazonDns])?.networkServices == [.amazonDns])
        #expect(try await change([.amazonDns])?.networkServices == [.amazonDns])
        #expect(try await shown(filter).networkServices == [.amazonDns])
        #expect(try await change([], [.amazonDns])?.networkServices?.isEmpty == true)
        await refused("MissingParameter") { _ = try await change([]) }
        await refused("InvalidParameterCombination") { _ = try await change([.amazonDns], [.amazonDns]) }
    }

    @Test func trafficMirrorSessionIsCreatedModifiedAndDeleted() async throws {
        let source = try await interface(), probe = try await interface()
        let target = try await target(probe), filter = try await filter()
        func start(
            _ number: Int, of source: String, length: Int? = nil, network: Int? = nil
        ) async throws -> TrafficMirrorSession {
            try #require(
                try await aws.ec2.createTrafficMirrorSession(
                    .init(
                        networkInterfaceId: source, trafficMirrorTargetId: target, trafficMirrorFilterId: filter,
                        packetLength: length, sessionNumber: number, virtualNetworkId: network)
                ).trafficMirrorSession)
        }
        let made = try await start(1, of: source), id = made.trafficMirrorSessionId ?? ""
        #expect(id.hasPrefix("tms-0") && made.packetLength == nil && made.ownerId == "123456789012")
        #expect((1...16_777_215).contains(made.virtualNetworkId ?? 0))
        await refused("InvalidParameterValue") { _ = try await start(1, of: source) }
        await refused("InvalidParameterValue") { _ = try await start(0, of: source) }
        await refused("InvalidParameterValue") { _ = try await start(2, of: source, network: 16_777_216) }
        await refused("InterfaceInUseByTrafficMirrorTarget") { _ = try await start(1, of: probe) }
        await refused("InterfaceInUseByTrafficMirrorSession") { _ = try await self.target(source) }
        await refused("TrafficMirrorTargetInUseException") {
            _ = try await aws.ec2.deleteTrafficMirrorTarget(.init(trafficMirrorTargetId: target))
        }
        await refused("TrafficMirrorFilterInUse") {
            _ = try await aws.ec2.deleteTrafficMirrorFilter(.init(trafficMirrorFilterId: filter))
        }
        _ = try await start(2, of: source)
        _ = try await start(3, of: source)
        await refused("TrafficMirrorSessionsPerInterfaceLimitExceeded") { _ = try await start(4, of: source) }
        let changed = try await aws.ec2.modifyTrafficMirrorSession(
            .init(
                trafficMirrorSessionId: id, packetLength: 100, sessionNumber: 9, virtualNetworkId: 7, description: "short")
        ).trafficMirrorSession
        #expect(changed?.packetLength == 100 && changed?.sessionNumber == 9 && changed?.virtualNetworkId == 7)
        let removed = try await aws.ec2.modifyTrafficMirrorSession(
            .init(trafficMirrorSessionId: id, removeFields: [.packetLength, .description, .virtualNetworkId])
        ).trafficMirrorSession
        #expect(removed?.packetLength == nil && removed?.description == nil && removed?.virtualNetworkId != nil)
        let found = try await aws.ec2.describeTrafficMirrorSessions(
            .init(filters: [
                .init(name: "session-number", values: ["9"]), .init(name: "traffic-mirror-target-id", values: [target]),
            ])
        ).trafficMirrorSessions
        #expect(found?.map(\.trafficMirrorSessionId) == [id])
        _ = try await aws.ec2.deleteTrafficMirrorSession(.init(trafficMirrorSessionId: id))
        await refused("InvalidTrafficMirrorSessionId.NotFound") {
            _ = try await aws.ec2.deleteTrafficMirrorSession(.init(trafficMirrorSessionId: id))
        }
        // Assumed: sessions are deleted with their source.
        try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: source))
        #expect(try await aws.ec2.describeTrafficMirrorSessions().trafficMirrorSessions?.isEmpty == true)
        _ = try await aws.ec2.deleteTrafficMirrorTarget(.init(trafficMirrorTargetId: target))
        _ = try await aws.ec2.deleteTrafficMirrorFilter(.init(trafficMirrorFilterId: filter))
    }
}
