import Foundation
import Testing

@testable import SimulatedEC2

/// Compares every code that EC2 can return with AWS's page of error codes. Collects the codes from the sources and the resource
/// kinds, so that new ones are included.
@Suite struct ErrorCodes {
    /// Codes that neither AWS's page nor Terraform's provider lists, each with the reason to return it.
    static let exceptions: [String: String] = [
        "InvalidKeyPairId.Malformed": "assumed: the page is older than ids of key pairs",
        "InvalidLaunchTemplateVersion.Malformed": "assumed: the page has no code for a version that is no number",
        "InvalidNatGatewayID.Malformed":
            "assumed: CreateRoute says InvalidNatGatewayID.NotFound where others say NatGatewayNotFound",
        "InvalidParameterDependency": "AWS's answer to a KmsKeyId without Encrypted, as moto and users report it",
        "InvalidRouteTableAssociationId.Malformed": "assumed: the page has no code for malformed associations",
        "InvalidVpc.Range": "users' reports of CreateVpc; the page spells it InvalidVpcRange, which nobody has seen",
        "FastSnapshotRestoresLimitExceeded": "assumed: fast restores are younger than the page's copy",
        "InstanceEventWindowLimitExceeded": "assumed: event windows are younger than the page's copy",
        "InstanceEventWindowTargetLimitExceeded": "assumed: event windows are younger than the page's copy",
        "InsufficientCidrBlocks": "users' reports of AssignPrivateIpAddresses with prefixes",
        "InvalidInstanceEventIDNotFound":
            "AWS's page has it now (the ID of the event whose date and time are modified); the copy here is older",
        "InvalidInstanceEventWindowId.NotFound": "assumed: event windows are younger than the page's copy",
        "InvalidIpamId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidIpamPoolCidrId.NotFound": "assumed: nobody can ask for a CIDR of a pool by its id",
        "InvalidIpamPoolId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidIpamResourceDiscoveryAssociationId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidIpamResourceDiscoveryId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidIpamScopeId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidKmsKey.NotFound": "users' reports of encrypted volumes with an absent key",
        "InvalidNetworkInsightsAnalysisId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidNetworkInsightsPathId.Malformed": "assumed: the sibling of what Terraform waits for",
        "InvalidPermissionID.NotFound": "assumed: the page has no code for permissions of interfaces",
        "InvalidPrefixListModification": "users' reports of ModifyManagedPrefixList",
        "InvalidPrefixListVersion.NotFound": "assumed: the sibling of PrefixListVersionMismatch",
        "InvalidReservedInstancesModificationId": "assumed: the sibling of InvalidReservedInstancesOfferingId",
        "InvalidSecurityGroupVpcAssociation.NotFound": "assumed: associations with VPCs are younger than the page's copy",
        "InvalidTransfer.AddressAssociated": "the user guide's page of Elastic IP transfers",
        "InvalidTransfer.AddressCustomPtrSet": "the user guide's page of Elastic IP transfers",
        "InvalidTransfer.NotFound": "assumed: the sibling of the others of transfers",
        "InvalidVolumeModification.NotFound": "users' reports of DescribeVolumesModifications",
        "NatGatewayAddressLimitExceeded": "assumed: the page knows only the limit of gateways",
        "NoSuchBucket": "S3's, which image stores pass on", "NoSuchKey": "S3's, which image stores pass on",
        "InvalidHost.Occupied": "users' reports of ReleaseHosts, within its list of what failed",
        "InvalidCapacityReservationFleetId.NotFound": "assumed: named as that of a reservation",
        "InvalidHostReservationId.NotFound": "assumed: the sibling of InvalidHostReservationId.Malformed",
        "InvalidHostReservationOfferingId.NotFound": "assumed: the sibling of InvalidHostReservationOfferingId.Malformed",
        "InvalidFleetConfiguration": "users' reports of the errors in CreateFleet's answers",
        "NoTerminateInstancesNotSupported": "users' reports of DeleteFleets for instant fleets",
        "NoSuchAssociation": "AWS's answer to DisassociateIamInstanceProfile, as users and moto report it",
        "PrefixListLimitExceeded": "assumed: prefix lists of one's own are younger than the page's copy",
        "PrefixListMaxEntriesExceeded": "users' reports of CreateManagedPrefixList",
        "RouteNotSupported": "users' reports; moto has it too",
        "CidrLimitExceeded": "users' reports of AssociateVpcCidrBlock",
        "InvalidCidrBlock.InUse": "users' reports of DisassociateVpcCidrBlock",
        "InvalidNetworkAclAssociationId.Malformed": "assumed: spelled as the page spells the ids of network ACLs",
        "400": "the code within CreateFlowLogs' list of what failed, in its documentation's example",
        "InvalidLoadBalancerArn.NotFound": "assumed: load balancers of endpoint services are younger than the page's copy",
        "InvalidPrincipal": "users' reports of ModifyVpcEndpointServicePermissions",
        "InvalidVpcEndpointServicePermissionId.NotFound": "assumed: nobody can ask for a permission by its id",
        "InvalidVpcEndpointConnectionId.NotFound": "assumed: younger than the page's copy",
        "InvalidConnectionNotification.NotFound": "assumed: the page has it without what follows the dot",
        "InvalidVpnGatewayId.Malformed": "assumed: the page spells it with ID, as it did all until 2015",
        "DuplicatePrefixListReference": "assumed: prefix list references are younger than the page's copy",
        "DuplicateTransitGatewayAttachment": "users' reports of CreateTransitGatewayVpcAttachment",
        "InvalidPrefixListReference.NotFound": "assumed: prefix list references are younger than the page's copy",
        "VerifiedAccessEndpointLimitExceeded": "assumed: named as the page names other limits",
        "VerifiedAccessGroupLimitExceeded": "assumed: named as the page names other limits",
        "VerifiedAccessInstanceLimitExceeded": "assumed: named as the page names other limits",
        "VerifiedAccessTrustProviderLimitExceeded": "assumed: named as the page names other limits",
        "TransitGatewayConnectPeerLimitExceeded": "assumed: named as the page names other limits",
        "TransitGatewayMulticastDomainLimitExceeded": "assumed: named as the page names other limits",
        "TransitGatewayPolicyTableLimitExceeded": "assumed: named as the page names other limits",
        "SpotMaxPriceTooLow": "users' reports of RunInstances and CreateFleet with a maximum price",
        "TransitGatewayLimitExceeded": "assumed: named as the page names other limits",
        "TransitGatewayRouteTableLimitExceeded": "assumed: named as the page names other limits",
        "TransitGatewayRouteTablePropagation.Duplicate": "users' reports of EnableTransitGatewayRouteTablePropagation",
        "VcpuLimitExceeded": "AWS since limits are counted in vCPUs (2019), which the page doesn't say",
        "VolumeModificationRateExceeded": "users' reports of a second ModifyVolume within six hours",
        // EC2 Instance Connect; its model has these and more (botocore, ec2-instance-connect 2018-04-02).
        "EC2InstanceNotFoundException": "EC2 Instance Connect", "EC2InstanceStateInvalidException": "EC2 Instance Connect",
        "InvalidArgsException": "EC2 Instance Connect",
        // Codes of SimulatorCore for services with other protocols, and for registries.
        "AccessDenied": "IAM and STS", "AccessDeniedException": "JSON services", "DENIED": "registries",
        "ExpiredToken": "IAM and STS", "ExpiredTokenException": "JSON services",
        "IncompleteSignatureException": "JSON services", "InvalidSignatureException": "JSON services",
        "MissingAuthenticationTokenException": "JSON services", "SerializationException": "JSON services",
        "ServerException": "JSON services", "ServiceException": "EC2 Instance Connect",
        "ServiceUnavailableException": "JSON services",
        "TOOMANYREQUESTS": "registries", "Throttling": "IAM and STS", "ThrottlingException": "JSON services",
        "UNKNOWN": "registries", "UnknownOperationException": "JSON services", "UnrecognizedClientException": "JSON services",
        "XAmzContentSHA256Mismatch": "S3's name for a body that isn't the signed one; EC2's own isn't known",
        "NotSimulated": "Drydock's own: AWS has nothing that says so",
    ]

    /// Expressions that compute a code, and where its value comes from.
    static let computed: [String: String] = [
        "code": "the plan of faults names it, or the way's validation, whose codes are written beside it",
        "malformedCode": "a kind's", "notFoundCode": "a kind's", "ResourceKind.securityGroup.malformedCode": "a kind's",
    ]

    private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")

    /// Returns the first argument of every `AWSError(…)` with its file: a quoted code, or an expression.
    private static func codes() throws -> [(file: String, argument: String)] {
        var found: [(String, String)] = []
        for target in ["SimulatedEC2", "SimulatorCore"] {
            let files = FileManager.default.enumerator(at: sources.appending(path: target), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                // Kinds that are not in the list of kinds, because nobody creates them.
                for match in text.matches(of: /in: \.elsewhere[^\n]*\n\s*code: "([A-Za-z]+)"/) {
                    found += ["NotFound", "Malformed"].map { (file.lastPathComponent, "\(match.output.1).\($0)") }
                }
                for match in text.matches(of: /AWSError\(\s*/) {
                    let rest = text[match.range.upperBound...]
                    let expression = String(rest.prefix { $0 != "," && $0 != ")" })
                    let quoted = expression.matches(of: /"([A-Za-z0-9.]+)"/).map { String($0.output.1) }
                    // `"A"` is one code; `isOne ? "A" : "B"` are two.
                    if rest.first == "\"" || expression.contains("?"), !quoted.isEmpty {
                        found += quoted.map { (file.lastPathComponent, $0) }
                    } else {
                        found.append((file.lastPathComponent, "=" + expression.prefix { !$0.isWhitespace }))
                    }
                }
            }
        }
        return found
    }

    private static let documented = Set(DocumentedErrorCodes.page + DocumentedErrorCodes.terraform)

    /// Returns whether AWS uses the code or an exception lists it. Assumed: if AWS has the code `….NotFound` for an id, it also
    /// has `….Malformed`.
    private static func isAWSs(_ code: String) -> Bool {
        if documented.contains(code) || exceptions[code] != nil { return true }
        guard code.hasSuffix(".Malformed") else { return false }
        let sibling = code.dropLast("Malformed".count) + "NotFound"
        return documented.contains(String(sibling)) || exceptions[String(sibling)] != nil
    }

    @Test func errorCodesAreCollectedFromSources() throws {
        #expect(try Self.codes().count > 150)
        #expect(DocumentedErrorCodes.page.count > 300 && DocumentedErrorCodes.terraform.count > 30)
    }

    @Test func everyErrorCodeIsDocumentedOrListedException() throws {
        for (file, argument) in try Self.codes() {
            if argument.hasPrefix("=") {
                let expression = String(argument.dropFirst())
                #expect(
                    Self.computed[expression] != nil,
                    "\(file): the code of AWSError(\(expression), …) can't be read; write it down")
            } else {
                #expect(
                    Self.isAWSs(argument),
                    "\(file): AWS's page lacks '\(argument)'. If AWS gives it, say in `exceptions` where that was seen.")
            }
        }
    }

    @Test(arguments: EC2Simulation.kinds.kinds.map(\.type)) func everyResourceKindHasDocumentedErrorCodes(_ type: String) throws
    {
        let kind = try #require(EC2Simulation.kinds.kinds.first { $0.type == type })
        // Kinds that are never requested by id, such as launch template versions, have no code.
        for code in [kind.notFoundCode, kind.malformedCode] where !code.hasPrefix(".") {
            #expect(
                Self.isAWSs(code),
                "the kind \(type): AWS's page lacks '\(code)'. Often it has the code with another spelling of 'Id'.")
        }
    }

    /// Exceptions that are no longer used, or that AWS now documents, must be removed.
    @Test func noErrorCodeExceptionIsStale() throws {
        let used = Set(
            try Self.codes().map(\.argument) + EC2Simulation.kinds.kinds.flatMap { [$0.notFoundCode, $0.malformedCode] })
        for code in Self.exceptions.keys {
            #expect(used.contains(code), "nothing returns \(code) any more")
            #expect(!Self.documented.contains(code), "\(code) is documented")
        }
    }
}
