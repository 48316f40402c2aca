import AWSModels
import DrydockTesting
import Testing

@testable import SimulatedEC2

/// Compares EC2's resource kinds with AWS's tables; `tools/check` runs these tests.
@Suite(.simulator) struct TablesTests {
    private let aws = AWS.current

    /// Every documented filter must be known: a member's path, or an exception listed with its kind.
    @Test(arguments: DocumentedLists.filteredOperations("ec2")) func documentedFiltersAreKnown(operation: String) async throws {
        guard let call = EC2.untypedOperations.first(where: { $0.name == operation }) else { return }
        for name in try #require(DocumentedLists.filters("ec2", operation)) {
            let filter = Node.object([
                .init("Name", .string(name == "tag:" ? "tag:key" : name)), .init("Values", .list([.string("x")])),
            ])
            let member = call.inputSchema.members.contains { $0.name == "Filters" } ? "Filters" : "Filter"
            do {
                var fields: [Node.Field] = [.init(member, .list([filter]))]
                if operation == "DescribeLaunchTemplateVersions" {
                    fields.append(.init("Versions", .list([.string("$Latest")])))
                }
                // Adds the required ids. A missing resource is reported only after errors in the request.
                for violation in call.violations(input: .object(fields)) where violation.kind == .missing {
                    fields.append(.init(violation.path, .string("x")))
                }
                _ = try await call(aws.client, .object(fields))
            } catch let error as AWSError {
                #expect(error.message != "The filter '\(name)' is invalid", "\(operation)")
            }
        }
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
