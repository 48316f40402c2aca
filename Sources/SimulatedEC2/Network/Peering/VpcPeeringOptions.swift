import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/peering/modify-peering-connections.html

extension EC2Simulation {
    public func modifyVpcPeeringConnectionOptions(
        _ input: ModifyVpcPeeringConnectionOptionsRequest, _ context: Context
    ) throws -> ModifyVpcPeeringConnectionOptionsResult {
        let id = input.vpcPeeringConnectionId
        var stored = try Resource.vpcPeeringConnection.get(id, context)
        guard input.requesterPeeringConnectionOptions != nil || input.accepterPeeringConnectionOptions != nil else {
            throw AWSError.missingParameter("requesterPeeringConnectionOptions or accepterPeeringConnectionOptions")
        }
        guard stored.phase == "active" else {
            throw AWSError(
                "OperationNotPermitted",
                "Peering \(id) is not active. Peering options can be added only to active peerings.")
        }
        for (given, info, name) in [
            (input.requesterPeeringConnectionOptions, stored.shape.requesterVpcInfo, "requester"),
            (input.accepterPeeringConnectionOptions, stored.shape.accepterVpcInfo, "accepter"),
        ] {
            guard let given, let info else { continue }
            // Only the owner of an end may change its options, in that end's region.
            guard info.isAt(context) else {
                throw AWSError(
                    "OperationNotPermitted",
                    "User \(context.account) cannot modify \(name) options of the peering \(id) in \(context.region)")
            }
            if given.allowMultipathResilience != nil || given.multipathResilienceMode != nil {
                throw AWSError.notSimulated("ec2", "ModifyVpcPeeringConnectionOptions for multipath resilience")
            }
            if given.allowEgressFromLocalClassicLinkToRemoteVpc == true
                || given.allowEgressFromLocalVpcToRemoteClassicLink == true
            {
                throw AWSError("InvalidParameterValue", "ClassicLink is not available: EC2-Classic is retired.")
            }
            guard given.allowDnsResolutionFromRemoteVpc == true else { continue }
            guard let vpc = try VpcRecord.find(info.vpcId ?? "", context), vpc.hasDnsSupport, vpc.hasDnsHostnames else {
                throw AWSError(
                    "InvalidParameterValue",
                    "VPC \(info.vpcId ?? "") must have DNS support and DNS hostnames enabled to resolve names for its peer.")
            }
        }
        try Resource.vpcPeeringConnection.moveBoth(&stored, to: "active", context) { connection in
            input.requesterPeeringConnectionOptions?.apply(to: &connection.requesterVpcInfo)
            input.accepterPeeringConnectionOptions?.apply(to: &connection.accepterVpcInfo)
        }
        return ModifyVpcPeeringConnectionOptionsResult(
            accepterPeeringConnectionOptions: input.accepterPeeringConnectionOptions.map { _ in
                PeeringConnectionOptions(stored.shape.accepterVpcInfo)
            },
            requesterPeeringConnectionOptions: input.requesterPeeringConnectionOptions.map { _ in
                PeeringConnectionOptions(stored.shape.requesterVpcInfo)
            })
    }
}

extension PeeringConnectionOptionsRequest {
    fileprivate func apply(to info: inout VpcPeeringConnectionVpcInfo?) {
        var options = info?.peeringOptions ?? .init()
        options.allowDnsResolutionFromRemoteVpc =
            allowDnsResolutionFromRemoteVpc ?? options.allowDnsResolutionFromRemoteVpc ?? false
        options.allowEgressFromLocalClassicLinkToRemoteVpc = false
        options.allowEgressFromLocalVpcToRemoteClassicLink = false
        info?.peeringOptions = options
    }
}

extension PeeringConnectionOptions {
    fileprivate init(_ info: VpcPeeringConnectionVpcInfo?) {
        self.init(
            allowDnsResolutionFromRemoteVpc: info?.peeringOptions?.allowDnsResolutionFromRemoteVpc ?? false,
            allowEgressFromLocalClassicLinkToRemoteVpc: false, allowEgressFromLocalVpcToRemoteClassicLink: false)
    }
}
