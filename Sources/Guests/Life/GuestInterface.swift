import EC2API

/// The facts about one of an instance's network interfaces that metadata shows.
struct GuestInterface: Sendable, Equatable {
    struct Association: Sendable, Equatable {
        var publicAddress, privateAddress: String
    }

    var id, mac, subnet, vpc, owner, privateName: String
    var publicName: String?
    var device: Int
    var securityGroups, securityGroupIds: [String]
    /// The primary address first.
    var addresses, addressesOfSix: [String]
    var associations: [Association]

    init(_ interface: InstanceNetworkInterface, account: String) {
        id = interface.networkInterfaceId ?? ""
        mac = interface.macAddress ?? ""
        subnet = interface.subnetId ?? ""
        vpc = interface.vpcId ?? ""
        owner = interface.ownerId ?? account
        privateName = interface.privateDnsName ?? ""
        publicName = interface.association?.publicDnsName
        device = interface.attachment?.deviceIndex ?? 0
        securityGroups = (interface.groups ?? []).compactMap(\.groupName)
        securityGroupIds = (interface.groups ?? []).compactMap(\.groupId)
        let all = (interface.privateIpAddresses ?? []).sorted { ($0.primary ?? false) && !($1.primary ?? false) }
        addresses = all.compactMap(\.privateIpAddress)
        addressesOfSix = (interface.ipv6Addresses ?? []).compactMap(\.ipv6Address)
        associations = all.compactMap { address in
            guard let found = address.association?.publicIp else { return nil }
            return Association(publicAddress: found, privateAddress: address.privateIpAddress ?? "")
        }
    }

    /// The values at `network/interfaces/macs/MAC/`, by name.
    ///
    /// - Parameter ranges: the address blocks of its subnet and VPC; nil if nobody asked for them.
    func values(_ ranges: GuestRanges?) -> [String: String] {
        var values = [
            "device-number": "\(device)", "interface-id": id, "mac": mac, "owner-id": owner,
            "security-group-ids": securityGroupIds.joined(separator: "\n"),
            "security-groups": securityGroups.joined(separator: "\n"), "subnet-id": subnet, "vpc-id": vpc,
            "local-hostname": privateName,
        ]
        // In an IPv6-only subnet there is no private IPv4 address.
        if !addresses.isEmpty { values["local-ipv4s"] = addresses.joined(separator: "\n") }
        if !associations.isEmpty { values["public-ipv4s"] = associations.map(\.publicAddress).joined(separator: "\n") }
        for association in associations {
            values["ipv4-associations/" + association.publicAddress] = association.privateAddress
        }
        if let publicName, !publicName.isEmpty { values["public-hostname"] = publicName }
        if !addressesOfSix.isEmpty { values["ipv6s"] = addressesOfSix.joined(separator: "\n") }
        guard let ranges else { return values }
        if !ranges.subnet.isEmpty { values["subnet-ipv4-cidr-block"] = ranges.subnet }
        values["vpc-ipv4-cidr-block"] = ranges.vpc.first
        values["vpc-ipv4-cidr-blocks"] = ranges.vpc.joined(separator: "\n")
        if !ranges.subnetOfSix.isEmpty { values["subnet-ipv6-cidr-blocks"] = ranges.subnetOfSix.joined(separator: "\n") }
        if !ranges.vpcOfSix.isEmpty { values["vpc-ipv6-cidr-blocks"] = ranges.vpcOfSix.joined(separator: "\n") }
        return values
    }
}
