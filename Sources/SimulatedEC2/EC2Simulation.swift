import AWSCore
import EC2API
import SimulatorCore

/// The simulated Amazon EC2. Each resource's handlers are extensions in the resource's own file.
public struct EC2Simulation: EC2Service, SimulatedService {
    public typealias Context = SimulatorCore.Context

    /// Public images in addition to those of the catalogue.
    public let addedImages: AddedImages

    public init(addedImages: AddedImages = .none) { self.addedImages = addedImages }

    public var model: ServiceModel { EC2.model }

    /// Append only. Each resource has one entry, which its own file defines.
    public static let migrations: [Migration] = [
        // The network.
        VpcRecord.migration,
        SubnetRecord.migration,
        SecurityGroupRecord.migration,
        SecurityGroupRuleRecord.migration,
        InternetGatewayRecord.migration,
        Resource<RouteTable>.earlierMigration,
        Resource<NetworkAcl>.earlierMigration,
        Resource<DhcpOptions>.earlierMigration,
        NetworkInterfaceRecord.migration,
        AddressRecord.migration,
        // Instances and their parts.
        KeyPairRecord.migration,
        InstanceRecord.migration,
        VolumeRecord.migration,
        order,
        InstanceRecord.dueMigration,
        NetworkInterfaceRecord.requesterMigration,
        Resource<RouteTable>.migration,
        InstanceOptions.migration,
        NetworkInterfaceRecord.ownMigration,
        AddressRecord.privateAddressMigration,
        PrefixListEntries.migration,
        // Volumes and snapshots.
        VolumeRecord.lifeMigration,
        VolumeRecord.attachmentMigration,
        EbsDefaults.earlierMigration,
        Grants.migration,
        EndpointServicePermissions.migration,
        Resource<NetworkAcl>.migration,
        Resource<DhcpOptions>.migration,
        CidrBlockRecord.migration,
        SubnetRecord.ipv6Migration,
        InstanceRecord.launchMigration,
        InstanceOptions.reservationMigration,
        IpamCidrRecord.migration,
        IpamAllocationRecord.migration,
        VcpuLimits.migration,
        NetworkInterfaceRecord.ipv6OnlyMigration,
        EbsDefaults.migration,
    ]

    /// The indexes that list resources in creation order. Without them SQLite sorts each list again.
    private static let order = Migration(
        "ec2.order",
        """
        CREATE INDEX ec2_vpc_in_order ON ec2_vpc (account, region);
        CREATE INDEX ec2_subnet_in_order ON ec2_subnet (account, region);
        CREATE INDEX ec2_security_group_in_order ON ec2_security_group (account, region);
        CREATE INDEX ec2_security_group_rule_in_order ON ec2_security_group_rule (account, region);
        CREATE INDEX ec2_network_interface_in_order ON ec2_network_interface (account, region);
        CREATE INDEX ec2_instance_in_order ON ec2_instance (account, region);
        CREATE INDEX ec2_volume_in_order ON ec2_volume (account, region)
        """)

    private static let table = OperationTable(EC2Simulation(), handler)

    public func operation(_ name: String) -> ServiceOperation? { Self.table[name] }

    public func createDefaults(_ context: Context) throws { try DefaultNetwork.create(context) }

    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {
        if kind == ResourceKind.instance.type { return try InstanceRecord.settle(due, context) }
        if kind == Image.coolingDown { return try Image.settleProtection(due, context) }
        if kind == InstanceOptions.settling { return try InstanceRecord.applyMetadataOptions(due, context) }
        if kind == InstanceRecord.spotStop { return try InstanceRecord.stopInterrupted(due, context) }
        if kind == ResourceKind.networkInterface.type { return try NetworkInterfaceRecord.settle(due, context) }
        if kind == ResourceKind.address.type { return try AddressRecord.settle(due, context) }
        if kind == ResourceKind.volume.type { return try VolumeRecord.settle(due, context) }
        if kind == VolumeRecord.attachmentType { return try VolumeRecord.settleAttachments(due, context) }
        if kind == IpamCidrRecord.kind.type { return try IpamCidrRecord.settle(due, context) }
        if kind == CidrBlockRecord.kind.type { return try CidrBlockRecord.settle(due, context) }
        guard let document = Self.documents.first(where: { $0.kind.type == kind }) else {
            throw DamagedState("something of the unknown kind '\(kind)' is due")
        }
        try document.settle(due, context)
    }

    public var dryRunAnswer: AWSError? {
        AWSError("DryRunOperation", status: 412, "Request would have succeeded, but DryRun flag is set.")
    }

    /// Whether a dry run succeeds before the request is checked. True only for requests where users report it. For all others it
    /// is assumed that a dry run fails as the request would.
    public func answersDryRunEarly(_ operation: String, _ input: any Shape) -> Bool {
        switch (operation, input) {
        // https://github.com/aws/aws-cli/issues/1574
        case ("ImportImage", _): true
        // https://github.com/systeminit/si/pull/1862: without a group
        case (_, let input as AuthorizeSecurityGroupIngressRequest): input.groupId == nil && input.groupName == nil
        default: false
        }
    }

    public func wasCarriedOut(_ operation: String, _ simulator: Simulator) { simulator.guests?.instancesChanged() }
}
