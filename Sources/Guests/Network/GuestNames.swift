import AWSCore
import EC2API
import SimulatorCore

// The names that the resolver of an instance's VPC knows.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html

/// What a resolver returns for a name.
enum GuestResolution: Equatable, Sendable {
    case address(UInt32)
    /// The name doesn't exist.
    case unknown
    /// The VPC has no resolver: `enableDnsSupport` is off.
    case failure
}

extension GuestInstance {
    /// Whether every VPC of the region resolves the private name. It does for names that contain the address, if the address is
    /// private (RFC 1918).
    var isNamedInRegion: Bool {
        guard privateName.hasPrefix("ip-"), let address = addressNumber(privateAddress) else { return false }
        return address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8
    }
}

extension Simulator {
    /// Whether an instance's VPC has a resolver.
    func hasResolver(_ instance: GuestInstance) -> Bool {
        let found: DescribeVpcAttributeResult? = try? inspect("ec2", account: instance.account, region: instance.region) {
            try call("DescribeVpcAttribute", DescribeVpcAttributeRequest(attribute: .enableDnsSupport, vpcId: instance.vpc), $0)
        }
        return found?.enableDnsSupport?.value ?? true
    }

    /// Whether an instance resolves the public name of another VPC's instance to the private address. A peering connection does
    /// this if the other end allows it, a transit gateway if it and both attachments support DNS.
    func resolvesPublicNames(of other: GuestInstance, for own: GuestInstance) -> Bool {
        let allows = try? inspect("ec2", account: own.account, region: own.region) { context in
            let peerings: DescribeVpcPeeringConnectionsResult? = try call(
                "DescribeVpcPeeringConnections", DescribeVpcPeeringConnectionsRequest(), context)
            return (peerings?.vpcPeeringConnections ?? []).contains { peering in
                let ends = [peering.requesterVpcInfo, peering.accepterVpcInfo]
                guard peering.status?.code == .active, ends.contains(where: { $0?.vpcId == own.vpc }) else { return false }
                return ends.contains {
                    $0?.vpcId == other.vpc && $0?.peeringOptions?.allowDnsResolutionFromRemoteVpc == true
                }
            }
        }
        if allows == true { return true }
        let near = gatewaysWithNames(own), far = gatewaysWithNames(other)
        return !near.isDisjoint(with: far)
    }

    /// Returns the transit gateways that resolve public names for an instance's VPC.
    private func gatewaysWithNames(_ instance: GuestInstance) -> Set<String> {
        let found = try? inspect("ec2", account: instance.account, region: instance.region) { context -> Set<String> in
            let attachments: DescribeTransitGatewayVpcAttachmentsResult? = try call(
                "DescribeTransitGatewayVpcAttachments", DescribeTransitGatewayVpcAttachmentsRequest(), context)
            let ids = (attachments?.transitGatewayVpcAttachments ?? []).filter {
                $0.vpcId == instance.vpc && $0.state == .available && $0.options?.dnsSupport != .disable
            }.compactMap(\.transitGatewayId)
            guard !ids.isEmpty else { return [] }
            // A gateway of another account that shares it is not listed here; its own VPCs' accounts decide.
            let gateways: DescribeTransitGatewaysResult? = try call(
                "DescribeTransitGateways", DescribeTransitGatewaysRequest(), context)
            let without = (gateways?.transitGateways ?? []).filter { $0.options?.dnsSupport == .disable }
            return Set(ids).subtracting(without.compactMap(\.transitGatewayId))
        }
        return found ?? []
    }
}
