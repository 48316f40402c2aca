import AWSCore
import EC2API

extension InstanceRecord {
    static let filters = FilterTable<InstanceView>(
        own.merging(network) { first, _ in first }.merging(networkBeyond) { first, _ in first }, without: absent,
        tags: { $0.instance.tags },
        shape: { $0.instance })

    private typealias Values = FilterTable<InstanceView>.Values

    private static let own: [String: Values] = [
        "affinity": { [$0.record.options.affinity] },
        "architecture": { [$0.record.architecture] },
        "availability-zone": { [$0.record.zone] },
        "availability-zone-id": { [$0.instance.placement?.availabilityZoneId] },
        "block-device-mapping.attach-time": {
            $0.instance.blockDeviceMappings?.map { $0.ebs?.attachTime?.iso8601(milliseconds: true) } ?? []
        },
        "block-device-mapping.delete-on-termination": {
            $0.instance.blockDeviceMappings?.map { $0.ebs?.deleteOnTermination?.text } ?? []
        },
        "block-device-mapping.device-name": { $0.instance.blockDeviceMappings?.map(\.deviceName) ?? [] },
        "block-device-mapping.status": { $0.instance.blockDeviceMappings?.map { $0.ebs?.status?.rawValue } ?? [] },
        "block-device-mapping.volume-id": { $0.instance.blockDeviceMappings?.map { $0.ebs?.volumeId } ?? [] },
        "boot-mode": { [$0.record.bootMode] },
        "capacity-reservation-id": { [$0.instance.capacityReservationId] },
        "capacity-reservation-specification.capacity-reservation-preference": { [$0.record.capacityPreference.orNil] },
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id": {
            [$0.record.options.capacityReservation]
        },
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn": {
            [$0.record.options.capacityReservationGroup]
        },
        "client-token": { [$0.record.clientToken] },
        "current-instance-boot-mode": { [$0.instance.currentInstanceBootMode?.rawValue] },
        "dns-name": { [$0.instance.publicDnsName] },
        "ebs-optimized": { [$0.record.isEbsOptimized.text] },
        "ena-support": { _ in ["true"] },
        "enclave-options.enabled": { [$0.record.isEnclave.text] },
        "hibernation-options.configured": { [$0.record.hibernates.text] },
        "host-id": { [$0.record.options.host] },
        "hypervisor": { _ in ["xen"] },
        "iam-instance-profile.arn": { [$0.record.profileArn] },
        "iam-instance-profile.id": { [$0.record.profileId] },
        "image-id": { [$0.record.image] },
        "instance-id": { [$0.record.id] },
        "instance-lifecycle": { [$0.instance.instanceLifecycle?.rawValue] },
        "instance-state-code": { [$0.instance.state?.code.map(String.init)] },
        "instance-state-name": { [$0.instance.state?.name?.rawValue] },
        "instance-type": { [$0.record.type] },
        "instance.group-id": { $0.instance.securityGroups?.map(\.groupId) ?? [] },
        "instance.group-name": { $0.instance.securityGroups?.map(\.groupName) ?? [] },
        "ip-address": { [$0.instance.publicIpAddress] },
        "ipv6-address": { [$0.instance.ipv6Address] },
        "kernel-id": { _ in [] },
        "key-name": { [$0.record.keyName] },
        "launch-index": { [String($0.record.launchIndex)] },
        "launch-time": { [$0.record.launchedAt.iso8601(milliseconds: true)] },
        "maintenance-options.auto-recovery": { [$0.record.autoRecovery] },
        "metadata-options.http-endpoint": { [$0.record.httpEndpoint] },
        "metadata-options.http-protocol-ipv4": { _ in ["enabled"] },
        "metadata-options.http-protocol-ipv6": { [$0.record.httpIPv6] },
        "metadata-options.http-put-response-hop-limit": { [String($0.record.httpHopLimit)] },
        "metadata-options.http-tokens": { [$0.record.httpTokens] },
        "metadata-options.instance-metadata-tags": { [$0.record.httpTags] },
        "monitoring-state": { [$0.record.isMonitored ? "enabled" : "disabled"] },
        "operator.managed": { _ in ["false"] },
        "operator.principal": { _ in [] },
        "outpost-arn": { _ in [] },
        "owner-id": { $0.instance.networkInterfaces?.first.map { [$0.ownerId] } ?? [] },
        "placement-group-name": { [$0.record.placementGroup] },
        "placement-partition-number": { [$0.record.options.partitionNumber.map(String.init)] },
        "platform": { [$0.record.isWindows ? "windows" : nil] },
        "platform-details": { [$0.record.platformDetails] },
        "private-dns-name": { [$0.instance.privateDnsName] },
        "private-dns-name-options.enable-resource-name-dns-a-record": { [$0.record.dnsA.text] },
        "private-dns-name-options.enable-resource-name-dns-aaaa-record": { [$0.record.dnsAAAA.text] },
        "private-dns-name-options.hostname-type": { [$0.record.hostnameType] },
        "private-ip-address": { [$0.instance.privateIpAddress] },
        "product-code": { _ in [] },
        "product-code.type": { _ in [] },
        "ramdisk-id": { _ in [] },
        "reason": { [$0.record.reason] },
        "requester-id": { _ in [] },
        "reservation-id": { [$0.record.reservation] },
        "root-device-name": { [$0.record.rootDevice] },
        "root-device-type": { _ in ["ebs"] },
        "source-dest-check": { [$0.instance.sourceDestCheck?.text] },
        "spot-instance-request-id": { [$0.record.options.spotRequest] },
        "state-reason-code": { [$0.instance.stateReason?.code] },
        "state-reason-message": { [$0.instance.stateReason?.message] },
        "subnet-id": { [$0.instance.subnetId] },
        "tenancy": { [$0.record.tenancy] },
        "tpm-support": { _ in [] },
        "usage-operation": { [$0.record.usageOperation] },
        "usage-operation-update-time": { [$0.record.createdAt.iso8601(milliseconds: true)] },
        "virtualization-type": { _ in ["hvm"] },
        "vpc-id": { [$0.instance.vpcId] },
    ]

    /// Filters that examine every interface of an instance.
    private static let network: [String: Values] = [
        "network-interface.addresses.association.ip-owner-id": each { interface in
            interface.privateIpAddresses?.map { $0.association?.ipOwnerId } ?? []
        },
        "network-interface.addresses.association.public-ip": each { interface in
            interface.privateIpAddresses?.map { $0.association?.publicIp } ?? []
        },
        "network-interface.addresses.primary": each { $0.privateIpAddresses?.map { $0.primary?.text } ?? [] },
        "network-interface.addresses.private-ip-address": each { $0.privateIpAddresses?.map(\.privateIpAddress) ?? [] },
        "network-interface.association.ip-owner-id": each { [$0.association?.ipOwnerId] },
        "network-interface.association.public-ip": each { [$0.association?.publicIp] },
        "network-interface.attachment.attach-time": each { [$0.attachment?.attachTime?.iso8601(milliseconds: true)] },
        "network-interface.attachment.attachment-id": each { [$0.attachment?.attachmentId] },
        "network-interface.attachment.delete-on-termination": each { [$0.attachment?.deleteOnTermination?.text] },
        "network-interface.attachment.device-index": each { [$0.attachment?.deviceIndex.map(String.init)] },
        "network-interface.attachment.status": each { [$0.attachment?.status?.rawValue] },
        "network-interface.description": each { [$0.description] },
        "network-interface.group-id": each { $0.groups?.map(\.groupId) ?? [] },
        "network-interface.group-name": each { $0.groups?.map(\.groupName) ?? [] },
        "network-interface.ipv4-prefixes.ipv4-prefix": each { $0.ipv4Prefixes?.map(\.ipv4Prefix) ?? [] },
        "network-interface.ipv6-address": each { $0.ipv6Addresses?.map(\.ipv6Address) ?? [] },
        "network-interface.ipv6-addresses.ipv6-address": each { $0.ipv6Addresses?.map(\.ipv6Address) ?? [] },
        "network-interface.ipv6-addresses.is-primary-ipv6": each { $0.ipv6Addresses?.map { $0.isPrimaryIpv6?.text } ?? [] },
        "network-interface.ipv6-native": each { [($0.privateIpAddress == nil).text] },
        "network-interface.ipv6-prefixes.ipv6-prefix": each { $0.ipv6Prefixes?.map(\.ipv6Prefix) ?? [] },
        "network-interface.mac-address": each { [$0.macAddress] },
        "network-interface.network-interface-id": each { [$0.networkInterfaceId] },
        "network-interface.owner-id": each { [$0.ownerId] },
        "network-interface.private-dns-name": each { [$0.privateDnsName] },
        "network-interface.private-ip-address": each { [$0.privateIpAddress] },
        "network-interface.requester-managed": { _ in ["false"] },
        "network-interface.source-dest-check": each { [$0.sourceDestCheck?.text] },
        "network-interface.status": each { [$0.status?.rawValue] },
        "network-interface.subnet-id": each { [$0.subnetId] },
        "network-interface.vpc-id": each { [$0.vpcId] },
    ]

    /// Filters that use interface data that DescribeInstances doesn't return.
    private static let networkBeyond: [String: Values] = [
        "network-interface.attachment.instance-id": { [$0.record.id] },
        "network-interface.attachment.instance-owner-id": each { [$0.ownerId] },
        "network-interface.availability-zone": { [$0.record.zone] },
        "network-interface.operator.managed": { _ in ["false"] },
        "network-interface.public-dns-name": each { [$0.association?.publicDnsName] },
        "network-interface.association.public-dns-name": each { [$0.association?.publicDnsName] },
        "network-interface.addresses.association.public-dns-name": each { [$0.association?.publicDnsName] },
        "network-interface.addresses.private-dns-name": each { $0.privateIpAddresses?.map(\.privateDnsName) ?? [] },
        "network-interface.attachment.network-card-index": each { [$0.attachment?.networkCardIndex.map(String.init)] },
        "network-interface.tag-key": { $0.network.tags($0.instance).map(\.key) },
        "network-interface.tag-value": { $0.network.tags($0.instance).map(\.value) },
        "network-interface.association.allocation-id": { $0.network.addresses($0.instance).map(\.id) },
        "network-interface.association.association-id": { $0.network.addresses($0.instance).map(\.associationId) },
        "network-interface.addresses.association.allocation-id": { $0.network.addresses($0.instance).map(\.id) },
        "network-interface.addresses.association.association-id": { $0.network.addresses($0.instance).map(\.associationId) },
    ]

    /// Filters by data that instances here never have.
    private static let absent =
        [
            "addresses.association.carrier-ip", "addresses.association.customer-owned-ip", "association.carrier-ip",
            "association.customer-owned-ip", "deny-all-igw-traffic", "operator.principal", "outpost-arn", "requester-id",
        ].map { "network-interface." + $0 }

    private static func each(_ values: @escaping @Sendable (InstanceNetworkInterface) -> [String?]) -> Values {
        { view in (view.instance.networkInterfaces ?? []).flatMap(values) }
    }
}
