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
    /// The data that rendering interfaces needs, each kind read in one statement.
    struct Index: Sendable {
        let tags: TagIndex
        /// The security groups of each interface, with their names.
        private(set) var groups: [String: [GroupIdentifier]] = [:]
        /// The Elastic IP addresses of each interface.
        private let elastic: [String: [AddressRecord]]
        /// The further addresses of each interface.
        private let addresses: [String: [InterfaceAddress]]
        /// The VPCs that give DNS names to public addresses.
        let namingVpcs: Set<String>

        /// - Parameter tagged: false if the interfaces' own tags are not shown.
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
                grouping: AddressRecord.all(context, "AND interface_id IS NOT NULL"), by: { $0.interfaceId ?? "" })
            addresses = try Dictionary(grouping: InterfaceAddress.all(context), by: \.interfaceId)
            namingVpcs = try Set(VpcRecord.all(context, "AND has_dns_hostnames AND has_dns_support").map(\.id))
        }

        func elastic(_ interface: NetworkInterfaceRecord, at privateAddress: UInt32?) -> AddressRecord? {
            elastic[interface.id]?.first { ($0.privateAddress ?? interface.privateAddress) == privateAddress }
        }

        func addresses(_ interface: NetworkInterfaceRecord, _ form: InterfaceAddress.Kind) -> [InterfaceAddress] {
            addresses[interface.id]?.filter { $0.form == form } ?? []
        }
    }

    /// The public address of an interface, with its name and owner.
    struct PublicAssociation {
        let address: String
        /// Empty if the VPC gives no DNS names.
        let name: String
        /// The account for an Elastic IP address, `amazon` for any other.
        let owner: String
        let allocationId, associationId: String?

        var shape: NetworkInterfaceAssociation {
            NetworkInterfaceAssociation(
                allocationId: allocationId, associationId: associationId, ipOwnerId: owner, publicDnsName: name,
                publicIp: address)
        }
        var instanceShape: InstanceNetworkInterfaceAssociation {
            InstanceNetworkInterfaceAssociation(ipOwnerId: owner, publicDnsName: name, publicIp: address)
        }
    }

    /// - Parameter secondary: another of its private addresses, instead of the first.
    func publicFace(_ index: Index, at secondary: UInt32? = nil, _ context: Context) -> PublicAssociation? {
        let elastic = index.elastic(self, at: secondary ?? privateAddress)
        guard let address = elastic?.publicAddress ?? (secondary == nil ? publicAddress : nil) else { return nil }
        return PublicAssociation(
            address: IPv4Block.text(address),
            name: index.namingVpcs.contains(vpcId) ? HostNames.publicName(address, context.region) : "",
            owner: elastic == nil ? "amazon" : context.account, allocationId: elastic?.id, associationId: elastic?.associationId
        )
    }

    /// Returns the name that the interface has by its private IPv4 address.
    func privateName(_ context: Context) -> String? { privateAddress.map { HostNames.privateName($0, context.region) } }

    private struct PrivateAddress {
        let number: UInt32
        let isPrimary: Bool
        let face: PublicAssociation?
    }

    /// Returns the private IPv4 addresses, the first one marked as primary.
    private func privateAddresses(_ index: Index, _ context: Context) -> [PrivateAddress] {
        var result: [PrivateAddress] = []
        if let privateAddress {
            result.append(PrivateAddress(number: privateAddress, isPrimary: true, face: publicFace(index, context)))
        }
        for other in index.addresses(self, .ipv4).compactMap(\.ipv4) {
            result.append(PrivateAddress(number: other, isPrimary: false, face: publicFace(index, at: other, context)))
        }
        return result
    }

    func shape(_ index: Index, _ context: Context) -> NetworkInterface {
        let association = publicFace(index, context)?.shape
        var attachment = instanceId.map { instanceId in
            NetworkInterfaceAttachment(
                attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: isDeletedOnTermination,
                deviceIndex: deviceIndex, networkCardIndex: cardIndex, instanceId: instanceId,
                instanceOwnerId: context.account, status: attachmentPhase.map { AttachmentStatus($0) } ?? .attached,
                enaSrdSpecification: details?.attachment?.enaSrdSpecification,
                enaQueueCount: details?.attachment?.enaQueueCount)
        }
        if attachmentPhase == "detached" { attachment = details?.attachment }
        if requester != nil {
            // A service's interface is attached to an instance of AWS's own.
            attachment = NetworkInterfaceAttachment(
                attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: false, deviceIndex: deviceIndex,
                networkCardIndex: 0, instanceOwnerId: "amazon-aws", status: .attached)
        }
        let address = privateAddress.map { IPv4Block.text($0) }
        let name = privateName(context)
        let ipv6 = index.addresses(self, .ipv6)
        let prefixes = index.addresses(self, .prefix), prefixes6 = index.addresses(self, .prefix6)
        return NetworkInterface(
            association: association, attachment: attachment, availabilityZone: zone,
            connectionTrackingConfiguration: details?.connectionTrackingConfiguration, description: description,
            groups: index.groups[id] ?? [], interfaceType: NetworkInterfaceType(type),
            ipv6Addresses: ipv6.map { NetworkInterfaceIpv6Address(ipv6Address: $0.text, isPrimaryIpv6: $0.isPrimary) },
            macAddress: mac, networkInterfaceId: id, ownerId: context.account, privateDnsName: name, privateIpAddress: address,
            privateIpAddresses: privateAddresses(index, context).map { own in
                NetworkInterfacePrivateIpAddress(
                    association: own.face?.shape, primary: own.isPrimary,
                    privateDnsName: HostNames.privateName(own.number, context.region),
                    privateIpAddress: IPv4Block.text(own.number))
            },
            ipv4Prefixes: prefixes.isEmpty ? nil : prefixes.map { Ipv4PrefixSpecification(ipv4Prefix: $0.text) },
            ipv6Prefixes: prefixes6.isEmpty ? nil : prefixes6.map { Ipv6PrefixSpecification(ipv6Prefix: $0.text) },
            requesterId: requester == nil ? details?.requesterId : "amazon-aws", requesterManaged: requester != nil,
            sourceDestCheck: checksSource, status: isAttached ? .inUse : .available,
            subnetId: subnetId, tagSet: index.tags[id], vpcId: vpcId, ipv6Native: privateAddress == nil ? true : nil,
            ipv6Address: ipv6.first?.text,
            operator: OperatorResponse(managed: false), associatedSubnets: details?.associatedSubnets,
            availabilityZoneId: zoneId)
    }

    /// Returns the interface as DescribeInstances shows it.
    func instanceShape(_ index: Index, _ context: Context) -> InstanceNetworkInterface {
        let association = publicFace(index, context)?.instanceShape
        let address = privateAddress.map { IPv4Block.text($0) }
        let name = privateName(context)
        let prefixes = index.addresses(self, .prefix), prefixes6 = index.addresses(self, .prefix6)
        return InstanceNetworkInterface(
            association: association,
            attachment: InstanceNetworkInterfaceAttachment(
                attachTime: attachedAt, attachmentId: attachmentId, deleteOnTermination: isDeletedOnTermination,
                deviceIndex: deviceIndex, status: attachmentPhase.map { AttachmentStatus($0) } ?? .attached,
                networkCardIndex: cardIndex, enaQueueCount: details?.attachment?.enaQueueCount),
            description: description, groups: index.groups[id] ?? [],
            ipv6Addresses: index.addresses(self, .ipv6).map {
                InstanceIpv6Address(ipv6Address: $0.text, isPrimaryIpv6: $0.isPrimary)
            }, macAddress: mac,
            networkInterfaceId: id,
            ownerId: context.account, privateDnsName: name, privateIpAddress: address,
            privateIpAddresses: privateAddresses(index, context).map { own in
                InstancePrivateIpAddress(
                    association: own.face?.instanceShape, primary: own.isPrimary,
                    privateDnsName: HostNames.privateName(own.number, context.region),
                    privateIpAddress: IPv4Block.text(own.number))
            },
            sourceDestCheck: checksSource, status: .inUse, subnetId: subnetId, vpcId: vpcId, interfaceType: type,
            ipv4Prefixes: prefixes.isEmpty ? nil : prefixes.map { InstanceIpv4Prefix(ipv4Prefix: $0.text) },
            ipv6Prefixes: prefixes6.isEmpty ? nil : prefixes6.map { InstanceIpv6Prefix(ipv6Prefix: $0.text) },
            connectionTrackingConfiguration: details?.connectionTrackingConfiguration.map {
                ConnectionTrackingSpecificationResponse(
                    tcpEstablishedTimeout: $0.tcpEstablishedTimeout, udpStreamTimeout: $0.udpStreamTimeout,
                    udpTimeout: $0.udpTimeout)
            },
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
            "addresses.association.owner-id": { $0.privateIpAddresses?.map { $0.association?.ipOwnerId } ?? [] },
            "addresses.association.public-ip": { $0.privateIpAddresses?.map { $0.association?.publicIp } ?? [] },
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
            "ipv6-addresses.ipv6-address": { $0.ipv6Addresses?.map(\.ipv6Address) ?? [] },
            "interface-type": { [$0.interfaceType?.rawValue] },
            "mac-address": { [$0.macAddress] }, "operator.managed": { [$0.operator?.managed?.text] },
            "operator.principal": { [$0.operator?.principal] }, "owner-id": { [$0.ownerId] },
            "private-dns-name": { [$0.privateDnsName] }, "private-ip-address": { [$0.privateIpAddress] },
            "requester-id": { [$0.requesterId] }, "requester-managed": { [$0.requesterManaged?.text] },
            "source-dest-check": { [$0.sourceDestCheck?.text] }, "status": { [$0.status?.rawValue] },
        ], tags: { $0.tagSet })
}
