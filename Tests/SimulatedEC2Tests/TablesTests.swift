import AWSModels
import DrydockTesting
import Testing

@testable import SimulatedEC2

/// Compares EC2's resource kinds with AWS's tables; `tools/check` runs these tests.
@Suite(.simulator) struct TablesTests {
    private let aws = AWS.current

    /// Operations that are not simulated have no call.
    private static let simulated = DocumentedLists.filteredOperations("ec2").filter { name in
        EC2.untypedOperations.contains { $0.name == name }
    }

    @Test func filteredOperationsAreSimulated() { #expect(Self.simulated.count >= 114) }

    /// Every documented filter must be known: a member's path, or an exception listed with its kind.
    @Test(arguments: simulated) func documentedFiltersAreKnown(operation: String) async throws {
        let call = try #require(EC2.untypedOperations.first { $0.name == operation })
        let parent = try await parent(operation)
        // An unknown filter shows that the filters are checked before other errors.
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            try await describe(call, "colour", of: parent)
        }
        for name in try #require(DocumentedLists.filters("ec2", operation)) {
            do { try await describe(call, name, of: parent) } catch let error as AWSError {
                #expect(error.message != "The filter '\(name)' is invalid", "\(operation)")
            }
        }
    }

    /// Returns the id of a resource that the operation looks up before it checks filters; nil if it checks them first.
    private func parent(_ operation: String) async throws -> String? {
        func gateway(multicast: Bool = false) async throws -> String {
            let made = try await aws.ec2.createTransitGateway(
                .init(options: .init(multicastSupport: multicast ? .enable : .disable)))
            aws.clock.advance(by: .minutes(5))
            return try #require(made.transitGateway?.transitGatewayId)
        }
        switch operation {
        case "DescribeClientVpnAuthorizationRules", "DescribeClientVpnConnections", "DescribeClientVpnRoutes",
            "DescribeClientVpnTargetNetworks":
            let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"
            return try await aws.ec2.createClientVpnEndpoint(
                .init(
                    clientCidrBlock: "172.16.0.0/16", serverCertificateArn: certificate,
                    authenticationOptions: [
                        .init(
                            type: .certificateAuthentication,
                            mutualAuthentication: .init(clientRootCertificateChainArn: certificate))
                    ], connectionLogOptions: .init(enabled: false))
            ).clientVpnEndpointId
        case "DescribeFleetInstances":
            let template = RequestLaunchTemplateData(imageId: try await aws.ubuntu(), instanceType: "t3.micro")
            try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "fleet", launchTemplateData: template))
            return try await aws.ec2.createFleet(
                .init(
                    launchTemplateConfigs: [
                        .init(launchTemplateSpecification: .init(launchTemplateName: "fleet", version: "$Latest"))
                    ], targetCapacitySpecification: .init(totalTargetCapacity: 0))
            ).fleetId
        case "DescribeVpcEndpointServicePermissions":
            var request = CreateVpcEndpointServiceConfigurationRequest()
            request.networkLoadBalancerArns = [
                "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/app/0123456789abcdef"
            ]
            return try await aws.ec2.createVpcEndpointServiceConfiguration(request).serviceConfiguration?.serviceId
        case "GetSecurityGroupsForVpc": return try await aws.defaultVpc().vpcId
        case "GetSubnetCidrReservations": return try await aws.ec2.describeSubnets().subnets?.first?.subnetId
        case "GetTransitGatewayAttachmentPropagations":
            let gateway = try await gateway()
            let subnet = try #require(try await aws.ec2.describeSubnets().subnets?.first)
            return try await aws.ec2.createTransitGatewayVpcAttachment(
                .init(transitGatewayId: gateway, vpcId: subnet.vpcId ?? "", subnetIds: [subnet.subnetId ?? ""])
            ).transitGatewayVpcAttachment?.transitGatewayAttachmentId
        case "GetTransitGatewayMulticastDomainAssociations", "SearchTransitGatewayMulticastGroups":
            let gateway = try await gateway(multicast: true)
            return try await aws.ec2.createTransitGatewayMulticastDomain(.init(transitGatewayId: gateway))
                .transitGatewayMulticastDomain?.transitGatewayMulticastDomainId
        case "GetTransitGatewayPrefixListReferences", "GetTransitGatewayRouteTableAssociations",
            "GetTransitGatewayRouteTablePropagations", "SearchTransitGatewayRoutes":
            _ = try await gateway()
            return try await aws.ec2.describeTransitGatewayRouteTables().transitGatewayRouteTables?.first?
                .transitGatewayRouteTableId
        default: return nil
        }
    }

    private func describe(_ call: UntypedOperation, _ name: String, of parent: String?) async throws {
        let filter = Node.object([
            .init("Name", .string(name == "tag:" ? "tag:key" : name)), .init("Values", .list([.string("x")])),
        ])
        let member = call.inputSchema.members.contains { $0.name == "Filters" } ? "Filters" : "Filter"
        var fields: [Node.Field] = [.init(member, .list([filter]))]
        if call.name == "DescribeLaunchTemplateVersions" { fields.append(.init("Versions", .list([.string("$Latest")]))) }
        // Adds the required ids. A missing resource is reported only after errors in the request.
        for violation in call.violations(input: .object(fields)) where violation.kind == .missing {
            fields.append(.init(violation.path, .string(parent ?? "x")))
        }
        _ = try await call(aws.client, .object(fields))
    }

    /// Parts of other resources. They have no ARN.
    private static let parts: Set<String> = [
        Resource.launchTemplateVersion.kind.type, Resource.networkInterfacePermission.kind.type,
        Resource.securityGroupVpc.kind.type, Resource.volumeModification.kind.type, Resource.snapshotLock.kind.type,
        Resource.snapshotTier.kind.type, Resource.fastRestore.kind.type, Resource.connectionNotification.kind.type,
        Resource.transitGatewayVpcDetails.kind.type, Resource.transitGatewayPeeringDetails.kind.type,
        Resource.transitGatewayAssociation.kind.type, Resource.transitGatewayPropagation.kind.type,
        Resource.reservedInstancesModification.kind.type, IpamCidrRecord.kind.type, IpamAllocationRecord.kind.type,
        Resource.transitGatewayRoute.kind.type,
        Resource.transitGatewayPrefixListReference.kind.type,
        Resource.transitGatewayConnectDetails.kind.type, Resource.transitGatewayMulticastAssociation.kind.type,
        Resource.transitGatewayMulticastMember.kind.type, Resource.transitGatewayMulticastSource.kind.type,
        Resource.transitGatewayPolicyTableAssociation.kind.type, Resource.clientVpnTargetNetwork.kind.type,
        Resource.routeServerAssociation.kind.type, Resource.routeServerPropagation.kind.type,
        Resource.verifiedAccessLogging.kind.type, Resource.verifiedAccessPolicy.kind.type,
        Resource.metricSubscription.kind.type, Resource.clientVpnRoute.kind.type, Resource.clientVpnAuthorizationRule.kind.type,
    ]

    /// Kinds have AWS's names in policies, tags and ARNs.
    @Test(arguments: EC2Simulation.kinds.kinds.map(\.type)) func resourceKindsMatchAWSPermissionTable(type: String) throws {
        if Self.parts.contains(type) { return }
        let known = try #require(PermissionTable.ec2.resourceType(type), "AWS's table has no resource type '\(type)'")
        #expect(known.arnFormat.contains(":\(type)/"))
        // AWS's table has every condition key of the kind.
        let kind = try #require(ResourceKind.named(type))
        for reference in kind.references {
            guard let key = reference.conditionKey else { continue }
            #expect(known.conditionKeys.contains(key), "\(type) has no condition key \(key)")
        }
    }
}
