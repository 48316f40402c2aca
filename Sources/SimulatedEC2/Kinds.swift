import GRDB
import SimulatorCore

// Every kind of resource: the form of its ids, AWS's errors for it, and the kinds that it refers to. Document kinds define the
// rest in their own files.

extension EC2Simulation {
    /// The kinds that are stored as documents, each in its own file.
    static let documents: [any DocumentKind] = [
        Resource.carrierGateway, Resource.egressOnlyInternetGateway, Resource.launchTemplate, Resource.launchTemplateVersion,
        Resource.natGateway, Resource.routeTable,
        Resource.instanceConnectEndpoint, Resource.instanceEventWindow,
        Resource.networkInterfacePermission, Resource.prefixList, Resource.securityGroupVpc,
        Resource.ownImage, Resource.importImageTask, Resource.exportImageTask, Resource.snapshot, Resource.snapshotLock,
        Resource.snapshotTier, Resource.fastRestore, Resource.importSnapshotTask, Resource.volumeModification,
        Resource.vpcEndpoint, Resource.endpointService, Resource.endpointConnection, Resource.connectionNotification,
        Resource.flowLog, Resource.networkAcl, Resource.dhcpOptions, Resource.subnetCidrReservation,
        Resource.vpcPeeringConnection, Resource.vpnGateway, Resource.customerGateway, Resource.vpnConnection,
        Resource.placementGroup, Resource.spotInstanceRequest, Resource.fleet, Resource.spotFleet, Resource.host,
        Resource.capacityReservation, Resource.reservedInstances, Resource.reservedInstancesModification,
        Resource.ipam, Resource.ipamScope, Resource.ipamPool, Resource.ipamResourceDiscovery,
        Resource.ipamResourceDiscoveryAssociation, Resource.networkInsightsPath, Resource.networkInsightsAnalysis,
        Resource.publicAccessExclusion, Resource.metricSubscription,
        Resource.transitGateway, Resource.transitGatewayRouteTable, Resource.transitGatewayAttachment,
        Resource.transitGatewayVpcDetails, Resource.transitGatewayPeeringDetails, Resource.transitGatewayAssociation,
        Resource.transitGatewayPropagation, Resource.transitGatewayRoute, Resource.transitGatewayPrefixListReference,
        Resource.transitGatewayConnectDetails, Resource.transitGatewayConnectPeer, Resource.transitGatewayMulticastDomain,
        Resource.transitGatewayMulticastAssociation, Resource.transitGatewayMulticastMember,
        Resource.transitGatewayMulticastSource, Resource.transitGatewayPolicyTable,
        Resource.transitGatewayPolicyTableAssociation,
        Resource.clientVpnEndpoint, Resource.clientVpnTargetNetwork, Resource.clientVpnRoute,
        Resource.clientVpnAuthorizationRule,
        Resource.verifiedAccessInstance, Resource.verifiedAccessLogging, Resource.verifiedAccessTrustProvider,
        Resource.verifiedAccessGroup, Resource.verifiedAccessPolicy, Resource.verifiedAccessEndpoint,
        Resource.trafficMirrorTarget, Resource.trafficMirrorFilter, Resource.trafficMirrorFilterRule,
        Resource.trafficMirrorSession,
        Resource.routeServer, Resource.routeServerAssociation, Resource.routeServerPropagation, Resource.routeServerEndpoint,
        Resource.routeServerPeer, Resource.hostReservation, Resource.capacityReservationFleet,
    ]
    /// All kinds: those with their own table, and the documents.
    static let kinds = ResourceCatalogue(
        [
            .instance, .image, .keyPair, .volume, .vpc, .subnet, .securityGroup, .securityGroupRule, .internetGateway,
            .networkInterface, .address, Resource.endpointServicePermission, IpamCidrRecord.kind,
            IpamAllocationRecord.kind,
        ] + documents.map(\.kind))
}

extension ResourceKind {
    static let instance = ResourceKind(
        "i", type: "instance", in: .table("ec2_instance"), code: "InvalidInstanceID",
        notFound: "The instance ID '%' does not exist", expects: false, conditions: InstanceRecord.conditions)
    static let image = ResourceKind(
        "ami", type: "image", in: .elsewhere { id, context in try VisibleImage.find(id, context) != nil },
        code: "InvalidAMIID", notFound: "The image id '[%]' does not exist", isPublic: true, conditions: VisibleImage.conditions
    )
    static let keyPair = ResourceKind(
        "key", type: "key-pair", in: .table("ec2_key_pair"), code: "InvalidKeyPair",
        notFound: "The keyPair ID '%' does not exist", malformed: "InvalidKeyPairId.Malformed",
        conditions: KeyPairRecord.conditions)
    static let volume = ResourceKind(
        "vol", type: "volume", in: .table("ec2_volume"), code: "InvalidVolume", notFound: "The volume '%' does not exist.",
        malformed: "InvalidVolumeID.Malformed", conditions: VolumeRecord.conditions)
    static let vpc = ResourceKind(
        "vpc", type: "vpc", in: .table("ec2_vpc"), code: "InvalidVpcID", notFound: "The vpc ID '%' does not exist",
        refers: [.to("dhcp-options", column: "dhcp_options_id")], conditions: VpcRecord.conditions)
    static let subnet = ResourceKind(
        "subnet", type: "subnet", in: .table("ec2_subnet"), code: "InvalidSubnetID",
        notFound: "The subnet ID '%' does not exist", refers: [.to("vpc", column: "vpc_id", key: "ec2:Vpc")],
        conditions: SubnetRecord.conditions)
    static let securityGroup = ResourceKind(
        "sg", type: "security-group", in: .table("ec2_security_group"), code: "InvalidGroup",
        notFound: "The security group '%' does not exist",
        allNotFound: "The security groups % do not exist", malformed: "InvalidGroupId.Malformed",
        dependency: "resource % has a dependent object",
        refers: [.to("vpc", column: "vpc_id", cascading: "name = 'default'", key: "ec2:Vpc")],
        conditions: SecurityGroupRecord.conditions)
    static let securityGroupRule = ResourceKind(
        "sgr", type: "security-group-rule", in: .table("ec2_security_group_rule"), code: "InvalidSecurityGroupRuleId",
        notFound: "The security group rule ID '%' does not exist",
        refers: [.to("security-group", column: "group_id", .cascades), .to("prefix-list", column: "peer")])
    static let internetGateway = ResourceKind(
        "igw", type: "internet-gateway", in: .table("ec2_internet_gateway"), code: "InvalidInternetGatewayID",
        notFound: "The internetGateway ID '%' does not exist",
        malformed: "InvalidInternetGatewayId.Malformed",
        dependency: "The internetGateway '%' has dependencies and cannot be deleted.", refers: [.to("vpc", column: "vpc_id")])
    static let networkInterface = ResourceKind(
        "eni", type: "network-interface", in: .table("ec2_network_interface"), code: "InvalidNetworkInterfaceID",
        notFound: "The networkInterface ID '%' does not exist", malformed: "InvalidNetworkInterfaceId.Malformed",
        refers: [
            .to("subnet", column: "subnet_id", key: "ec2:Subnet"), .to("vpc", column: "vpc_id", key: "ec2:Vpc"),
            .to("instance", column: "instance_id", .dangles),
        ], conditions: NetworkInterfaceRecord.conditions)
    static let address = ResourceKind(
        "eipalloc", type: "elastic-ip", in: .table("ec2_address"), code: "InvalidAllocationID",
        notFound: "The allocation ID '%' does not exist", malformed: "InvalidAllocationID.NotFound",
        refers: [.to("network-interface", column: "interface_id", .dangles)],
        conditions: AddressRecord.conditions)
}

extension ResourceKind {
    /// Returns the kind of an id, from the part before the id's last dash.
    static func of(_ id: String) -> ResourceKind? {
        // The ids of Reserved Instances are UUIDs without a prefix.
        id.isUUID ? Resource.reservedInstances.kind : EC2Simulation.kinds.kind(of: id)
    }
    static func named(_ type: String) -> ResourceKind? { EC2Simulation.kinds.kind(named: type) }
}
