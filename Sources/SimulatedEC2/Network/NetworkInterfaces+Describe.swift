import AWSCore
import EC2API
import GRDB
import SimulatorCore

extension EC2Simulation {
    public func describeNetworkInterfaces(
        _ input: DescribeNetworkInterfacesRequest, _ context: Context
    ) throws -> DescribeNetworkInterfacesResult {
        let paging = try Paging(input, ids: input.networkInterfaceIds, named: "networkInterfaceIds", context)
        let records = try NetworkInterfaceRecord.list(input.networkInterfaceIds, context)
        let index = try NetworkInterfaceRecord.Index.read(context)
        let shapes = records.map { $0.shape(index, context) }
        let page = try paging.page(
            NetworkInterfaceRecord.filters.apply(input.filters, to: shapes, context), of: .networkInterface,
            id: \.networkInterfaceId)
        return DescribeNetworkInterfacesResult(networkInterfaces: page.items, nextToken: page.nextToken)
    }
}

extension NetworkInterfaceRecord {
    /// What all interfaces' rendering needs, each read in one statement.
    struct Index: Sendable {
        let tags: TagIndex
        /// The security groups of each interface, with their names.
        private(set) var groups: [String: [GroupIdentifier]] = [:]
        /// The elastic address of each interface.
        let elastic: [String: AddressRecord]
        /// The VPCs that give public addresses a name.
        let namingVpcs: Set<String>

        /// - Parameter tagged: false where nobody shows the interfaces' own tags.
        static func read(_ context: Context, tagged: Bool = true) throws -> Index {
            try context.reading(ReadKey(Index.self, context, tagged ? "tagged" : "")) { try Index(context, tagged: tagged) }
        }

        private init(_ context: Context, tagged: Bool) throws {
            tags = tagged ? try TagIndex(.networkInterface, context) : .none
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT m.interface_id, g.id, g.name FROM ec2_network_interface_group m JOIN ec2_security_group g
                        ON g.account = m.account AND g.region = m.region AND g.id = m.group_id
                    WHERE m.account = ? AND m.region = ? ORDER BY m.number
                    """)
            let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
            while let row = try rows.next() {
                try groups[row[0], default: []].append(GroupIdentifier(groupId: row[1], groupName: row[2]))
            }
            elastic = try Dictionary(
                AddressRecord.all(context, "AND interface_id IS NOT NULL").map { ($0.interfaceId ?? "", $0) },
                uniquingKeysWith: { first, _ in first })
            namingVpcs = try Set(VpcRecord.all(context, "AND has_dns_hostnames AND has_dns_support").map(\.id))
        }
    }

    /// What the world sees of an interface.
    struct PublicFace {
        let address: String
        /// Empty where the VPC gives no names.
        let name: String
        /// The account of an elastic address, `amazon` of any other.
        let owner: String
        let allocationId, associationId: String?
    }

    func publicFace(_ index: Index, _ context: Context) -> PublicFace? {
        let elastic = index.elastic[id]
        guard let address = elastic?.publicAddress ?? publicAddress else { return nil }
        return PublicFace(
            address: IPv4Block.text(address),
            name: index.namingVpcs.contains(vpcId) ? HostNames.publicName(address, context.region) : "",
            owner: elastic == nil ? "amazon" : context.account, allocationId: elastic?.id, associationId: elastic?.associationId
        )
    }

    func privateName(_ context: Context) -> String { HostNames.privateName(privateAddress, context.region) }

    func shape(_ index: Index, _ context: Context) -> NetworkInterface {
        let face = publicFace(index, context)
        let association = face.map { face in
            NetworkInterfaceAssociation(
                allocationId: face.allocationId, associationId: face.associationId, ipOwnerId: face.owner,
                publicDnsName: face.name, publicIp: face.address)
        }
        var attachment = instanceId.map { instanceId in
            NetworkInterfaceAttachment(
                attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: isDeletedOnTermination,
                deviceIndex: deviceIndex, networkCardIndex: 0, instanceId: instanceId, instanceOwnerId: context.account,
                status: .attached)
        }
        if requester != nil {
            // A service's interface hangs on something of AWS's own.
            attachment = NetworkInterfaceAttachment(
                attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: false, deviceIndex: deviceIndex,
                networkCardIndex: 0, instanceOwnerId: "amazon-aws", status: .attached)
        }
        let address = IPv4Block.text(privateAddress)
        let name = privateName(context)
        return NetworkInterface(
            association: association, attachment: attachment, availabilityZone: zone, description: description,
            groups: index.groups[id] ?? [], interfaceType: NetworkInterfaceType(type), ipv6Addresses: [],
            macAddress: mac, networkInterfaceId: id, ownerId: context.account, privateDnsName: name, privateIpAddress: address,
            privateIpAddresses: [
                NetworkInterfacePrivateIpAddress(
                    association: association, primary: true, privateDnsName: name, privateIpAddress: address)
            ],
            requesterId: requester == nil ? nil : "amazon-aws", requesterManaged: requester != nil,
            sourceDestCheck: checksSource, status: attachment == nil ? .available : .inUse,
            subnetId: subnetId, tagSet: index.tags[id], vpcId: vpcId, operator: OperatorResponse(managed: false),
            availabilityZoneId: zoneId)
    }

    /// As DescribeInstances shows it.
    func instanceShape(_ index: Index, _ context: Context) -> InstanceNetworkInterface {
        let association = publicFace(index, context).map { face in
            InstanceNetworkInterfaceAssociation(ipOwnerId: face.owner, publicDnsName: face.name, publicIp: face.address)
        }
        let address = IPv4Block.text(privateAddress)
        let name = privateName(context)
        return InstanceNetworkInterface(
            association: association,
            attachment: InstanceNetworkInterfaceAttachment(
                attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: isDeletedOnTermination,
                deviceIndex: deviceIndex, status: .attached, networkCardIndex: 0),
            description: description, groups: index.groups[id] ?? [], ipv6Addresses: [], macAddress: mac,
            networkInterfaceId: id,
            ownerId: context.account, privateDnsName: name, privateIpAddress: address,
            privateIpAddresses: [
                InstancePrivateIpAddress(
                    association: association, primary: true, privateDnsName: name, privateIpAddress: address)
            ],
            sourceDestCheck: checksSource, status: .inUse, subnetId: subnetId, vpcId: vpcId, interfaceType: "interface",
            operator: OperatorResponse(managed: false))
    }

    static let filters = FilterTable<NetworkInterface>(
        [
            "network-interface-id": { [$0.networkInterfaceId] }, "subnet-id": { [$0.subnetId] }, "vpc-id": { [$0.vpcId] },
            "association.allocation-id": { [$0.association?.allocationId] },
            "association.association-id": { [$0.association?.associationId] },
            "association.ip-owner-id": { [$0.association?.ipOwnerId] },
            "association.public-ip": { [$0.association?.publicIp] },
            "association.public-dns-name": { [$0.association?.publicDnsName] },
            "addresses.association.owner-id": { [$0.association?.ipOwnerId] },
            "addresses.association.public-ip": { [$0.association?.publicIp] },
            "addresses.primary": { $0.privateIpAddresses?.map { $0.primary?.text } ?? [] },
            "addresses.private-ip-address": { $0.privateIpAddresses?.map(\.privateIpAddress) ?? [] },
            "attachment.attach-time": { [$0.attachment?.attachTime?.iso8601(milliseconds: true)] },
            "attachment.attachment-id": { [$0.attachment?.attachmentId] },
            "attachment.delete-on-termination": { [$0.attachment?.deleteOnTermination?.text] },
            "attachment.device-index": { [$0.attachment?.deviceIndex.map(String.init)] },
            "attachment.instance-id": { [$0.attachment?.instanceId] },
            "attachment.instance-owner-id": { [$0.attachment?.instanceOwnerId] },
            "attachment.status": { [$0.attachment?.status?.rawValue] },
            "availability-zone": { [$0.availabilityZone] }, "availability-zone-id": { [$0.availabilityZoneId] },
            "description": { [$0.description] },
            "group-id": { $0.groups?.map(\.groupId) ?? [] }, "group-name": { $0.groups?.map(\.groupName) ?? [] },
            "ipv6-addresses.ipv6-address": { _ in [] }, "interface-type": { [$0.interfaceType?.rawValue] },
            "mac-address": { [$0.macAddress] }, "operator.managed": { [$0.operator?.managed?.text] },
            "operator.principal": { [$0.operator?.principal] }, "owner-id": { [$0.ownerId] },
            "private-dns-name": { [$0.privateDnsName] }, "private-ip-address": { [$0.privateIpAddress] },
            "requester-id": { [$0.requesterId] }, "requester-managed": { [$0.requesterManaged?.text] },
            "source-dest-check": { [$0.sourceDestCheck?.text] }, "status": { [$0.status?.rawValue] },
        ], tags: { $0.tagSet })
}
