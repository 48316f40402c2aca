import AWSCore
import EC2API
import SimulatorCore

// Subnets without an IPv4 block. Their interfaces and instances have IPv6 addresses only.
// https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html

extension CreateSubnetRequest {
    /// Returns the requested IPv4 block; nil for an IPv6-only subnet.
    /// - Throws: AWS's errors for absent blocks, and for an IPv4 block of an IPv6-only subnet.
    func ipv4Cidr() throws -> String? {
        guard ipv6Native == true else {
            guard let cidr = cidrBlock?.orNil else {
                throw AWSError("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
            }
            return cidr
        }
        guard ipv6CidrBlock?.orNil != nil else {
            throw AWSError("MissingParameter", "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided.")
        }
        guard cidrBlock?.orNil == nil, ipv4NetmaskLength == nil else {
            throw AWSError.invalidCombination(
                "When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true.")
        }
        return nil
    }
}

extension VpcRecord {
    /// Checks a new subnet's IPv4 block: part of a VPC's block, and of an allowed size.
    func ipv4Block(forSubnet cidr: String, _ context: Context) throws -> IPv4Block {
        guard let block = IPv4Block(cidr) else { throw AWSError.notACIDRBlock(cidr) }
        guard (16...28).contains(block.prefix), try ipv4Blocks(context).contains(where: { $0.contains(block) }) else {
            throw AWSError("InvalidSubnet.Range", "The CIDR '\(cidr)' is invalid.")
        }
        return block
    }

    /// Returns the first free /64 of the VPC's IPv6 blocks, for a default subnet.
    /// - Throws: AWS's errors for a VPC without a free block. Assumed: the code and message for one without an IPv6 block.
    func freeIPv6Block(_ context: Context) throws -> IPv6Block {
        let blocks = try ipv6Blocks(context)
        guard !blocks.isEmpty else {
            throw AWSError(
                "InvalidParameterValue", "The VPC '\(id)' does not have an IPv6 CIDR block associated with it.")
        }
        let taken = try SubnetRecord.all(context, "AND vpc_id = ?", [id]).compactMap { try $0.ipv6(context) }
            .map { AddressBlock($0) }
        for block in blocks {
            if let free = AddressBlock(block).firstFree(64, besides: taken)?.ipv6 { return free }
        }
        throw AWSError("InsufficientCidrBlocks", "The available CIDR blocks are not sufficient for a default subnet.")
    }
}

extension ModifySubnetAttributeRequest {
    /// Checks that the subnet's address families allow the new value. Assumed: the messages for IPv6-only subnets, which follow
    /// the one for subnets without an IPv6 block.
    func check(fits subnet: SubnetRecord, _ context: Context) throws {
        let ofIPv6: [(Bool?, String)] = [
            (assignIpv6AddressOnCreation?.value, "assign-ipv6-address-on-creation"), (enableDns64?.value, "enable-dns64"),
            (enableResourceNameDnsAAAARecordOnLaunch?.value, "enable-resource-name-dns-aaaa-record-on-launch"),
        ]
        for (value, name) in ofIPv6 where value == true {
            guard try subnet.ipv6(context) == nil else { continue }
            throw AWSError(
                "InvalidParameterValue",
                "Invalid value 'true' for \(name). Cannot set \(name) to true unless the subnet (\(subnet.id)) has an IPv6 CIDR block associated with it."
            )
        }
        guard subnet.isIPv6Native else { return }
        let fixed: [(String?, String)] = [
            (assignIpv6AddressOnCreation.flatMap { $0.value == false ? "false" : nil }, "assign-ipv6-address-on-creation"),
            (mapPublicIpOnLaunch.flatMap { $0.value == true ? "true" : nil }, "map-public-ip-on-launch"),
            (
                enableResourceNameDnsARecordOnLaunch.flatMap { $0.value == true ? "true" : nil },
                "enable-resource-name-dns-a-record-on-launch"
            ),
            (
                privateDnsHostnameTypeOnLaunch.flatMap { $0 == .ipName ? $0.rawValue : nil },
                "private-dns-hostname-type-on-launch"
            ),
        ]
        for case (let value?, let name) in fixed {
            throw AWSError(
                "InvalidParameterValue",
                "Invalid value '\(value)' for \(name). Cannot set \(name) to \(value) because the subnet (\(subnet.id)) is an IPv6-only subnet."
            )
        }
    }
}

// MARK: Instances

extension SubnetRecord {
    /// Checks that an instance of this type can have an interface in the subnet.
    /// - Throws: `Unsupported`, whose message is assumed, for a type that is not built on the Nitro System.
    func checkIPv6Only(_ type: InstanceTypeFigures) throws {
        guard isIPv6Native, type.hypervisor != "nitro", !type.isBareMetal else { return }
        throw AWSError(
            "Unsupported",
            "The instance type '\(type.name)' is not supported in the IPv6-only subnet '\(id)'. Specify an instance type that is built on the Nitro System."
        )
    }

    /// Checks the names that a launch asks for: in an IPv6-only subnet they come from the instance's id, and have no A record.
    func checkNames(type: HostnameType?, hasARecord: Bool?) throws {
        guard isIPv6Native else { return }
        if type == .ipName {
            throw AWSError.invalidValue(
                "ip-name", for: "HostnameType",
                "Instances in the IPv6-only subnet '\(id)' have the hostname type resource-name.")
        }
        if hasARecord == true {
            throw AWSError.invalidValue(
                "true", for: "EnableResourceNameDnsARecord",
                "Instances in the IPv6-only subnet '\(id)' have no private IPv4 address.")
        }
    }
}

extension NetworkInterfaceRecord.Plan {
    /// Checks that an interface in an IPv6-only subnet gets an IPv6 address. Assumed: the code and the message.
    func checkHasAddress() throws {
        guard subnet.isIPv6Native, addressing.ipv6.isEmpty, (addressing.ipv6Count ?? 1) == 0 else { return }
        throw AWSError(
            "InvalidParameterValue", "A network interface in the IPv6-only subnet '\(subnet.id)' needs an IPv6 address.")
    }
}

extension AWSError {
    /// Assumed: the message, which follows the one for subnets without an IPv6 block.
    static func withoutIPv4(_ subnet: String) -> AWSError {
        AWSError("InvalidParameterValue", "The subnet '\(subnet)' does not have an IPv4 CIDR block associated with it.")
    }

    /// Assumed: the code and the message.
    static func withoutPrivateIPv4(_ interface: String) -> AWSError {
        AWSError("InvalidParameterValue", "The network interface '\(interface)' does not have a private IPv4 address.")
    }
}
