/// EC2 error codes that AWS or its clients document.
enum DocumentedErrorCodes {
    /// "Error codes for the Amazon EC2 API", https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, as
    /// copied in the repository solvuu/awsm (lib/codegen/ec2_errors.ml at 8541616f, of 2022). Only the names are listed.
    static let page = """
        ActiveVpcPeeringConnectionPerVpcLimitExceeded AddressLimitExceeded AsnConflict AttachmentLimitExceeded
        AuthFailure Blocked BootForVolumeTypeUnsupported BundlingInProgress CannotDelete CidrConflict
        ClientVpnAuthorizationRuleLimitExceeded ClientVpnCertificateRevocationListLimitExceeded
        ClientVpnEndpointAssociationExists ClientVpnEndpointLimitExceeded ClientVpnRouteLimitExceeded
        ClientVpnTerminateConnectionsLimitExceeded ConcurrentCreateImageNoRebootLimitExceeded
        ConcurrentSnapshotLimitExceeded ConcurrentTagAccess CreditSpecificationUpdateInProgress
        CustomerGatewayLimitExceeded CustomerKeyHasBeenRevoked DefaultSubnetAlreadyExistsInAvailabilityZone
        DefaultVpcAlreadyExists DefaultVpcDoesNotExist DeleteConversionTaskError DependencyViolation
        DisallowedForDedicatedTenancyNetwork DiskImageSizeTooLarge DryRunOperation DuplicateSubnetsInSameZone
        EIPMigratedToVpc EncryptedVolumesNotSupported ExistingVpcEndpointConnections FilterLimitExceeded
        FleetNotInModifiableState FlowLogAlreadyExists FlowLogsLimitExceeded Gateway.NotAttached
        HostAlreadyCoveredByReservation HostLimitExceeded IdempotentInstanceTerminated IdempotentParameterMismatch
        InaccessibleStorageLocation IncompatibleHostRequirements IncompleteSignature IncorrectInstanceState
        IncorrectModificationState IncorrectState InstanceAlreadyLinked InstanceCreditSpecification.NotSupported
        InstanceLimitExceeded InsufficientAddressCapacity InsufficientCapacity InsufficientCapacityOnHost
        InsufficientFreeAddressesInSubnet InsufficientHostCapacity InsufficientInstanceCapacity
        InsufficientReservedInstanceCapacity InsufficientReservedInstancesCapacity InsufficientVolumeCapacity
        InterfaceInUseByTrafficMirrorSession InterfaceInUseByTrafficMirrorTarget InternalError InternalFailure
        InternetGatewayLimitExceeded InvalidAction InvalidAddress.Locked InvalidAddress.Malformed
        InvalidAddress.NotFound InvalidAddressID.NotFound InvalidAffinity InvalidAllocationID.NotFound
        InvalidAMIAttributeItemValue InvalidAMIID.Malformed InvalidAMIID.NotFound InvalidAMIID.Unavailable
        InvalidAMIName.Duplicate InvalidAMIName.Malformed InvalidAssociationID.NotFound InvalidAttachment.NotFound
        InvalidAttachmentID.NotFound InvalidAutoPlacement InvalidAvailabilityZone InvalidBlockDeviceMapping
        InvalidBundleID.NotFound InvalidCapacityReservationIdMalformedException
        InvalidCapacityReservationIdNotFoundException InvalidCharacter InvalidCidr.InUse InvalidClientToken
        InvalidClientTokenId InvalidClientVpnActiveAssociationNotFound InvalidClientVpnAssociationIdNotFound
        InvalidClientVpnConnection.IdNotFound InvalidClientVpnConnection.UserNotFound
        InvalidClientVpnDuplicateAssociationException InvalidClientVpnDuplicateAuthorizationRule
        InvalidClientVpnDuplicateRoute InvalidClientVpnEndpointAuthorizationRuleNotFound
        InvalidClientVpnEndpointId.NotFound InvalidClientVpnRouteNotFound InvalidClientVpnSubnetId.DifferentAccount
        InvalidClientVpnSubnetId.DuplicateAz InvalidClientVpnSubnetId.NotFound
        InvalidClientVpnSubnetId.OverlappingCidr InvalidConversionTaskId InvalidConversionTaskId.Malformed
        InvalidCpuCredits.Malformed InvalidCustomerGateway.DuplicateIpAddress InvalidCustomerGatewayId.Malformed
        InvalidCustomerGatewayID.NotFound InvalidCustomerGatewayState InvalidDevice.InUse
        InvalidDhcpOptionID.NotFound InvalidDhcpOptionsId.Malformed InvalidDhcpOptionsID.NotFound
        InvalidExportTaskID.NotFound InvalidFilter InvalidFlowLogId.NotFound InvalidFormat
        InvalidFpgaImageID.Malformed InvalidFpgaImageID.NotFound InvalidGatewayID.NotFound InvalidGroup.Duplicate
        InvalidGroup.InUse InvalidGroup.NotFound InvalidGroup.Reserved InvalidGroupId.Malformed
        InvalidHostConfiguration InvalidHostId InvalidHostID.Malformed InvalidHostId.Malformed
        InvalidHostID.NotFound InvalidHostId.NotFound InvalidHostReservationId.Malformed
        InvalidHostReservationOfferingId.Malformed InvalidHostState InvalidIamInstanceProfileArn.Malformed InvalidID
        InvalidInput InvalidInstanceAttributeValue InvalidInstanceCreditSpecification.DuplicateInstanceId
        InvalidInstanceFamily InvalidInstanceID InvalidInstanceID.Malformed InvalidInstanceID.NotFound
        InvalidInstanceID.NotLinkable InvalidInstanceState InvalidInstanceType
        InvalidInterface.IpAddressLimitExceeded InvalidInternetGatewayId.Malformed InvalidInternetGatewayID.NotFound
        InvalidIPAddress.InUse InvalidKernelId.Malformed InvalidKey.Format InvalidKeyPair.Duplicate
        InvalidKeyPair.Format InvalidKeyPair.NotFound InvalidLaunchTemplateId.Malformed
        InvalidLaunchTemplateId.NotFound InvalidLaunchTemplateId.VersionNotFound
        InvalidLaunchTemplateName.AlreadyExistsException InvalidLaunchTemplateName.MalformedException
        InvalidLaunchTemplateName.NotFoundException InvalidManifest InvalidMaxResults InvalidNatGatewayID.NotFound
        InvalidNetworkAclEntry.NotFound InvalidNetworkAclId.Malformed InvalidNetworkAclID.NotFound
        InvalidNetworkInterface.InUse InvalidNetworkInterfaceAttachmentId.Malformed
        InvalidNetworkInterfaceId.Malformed InvalidNetworkInterfaceID.NotFound
        InvalidNetworkLoadBalancerArn.Malformed InvalidNetworkLoadBalancerArn.NotFound InvalidNextToken
        InvalidOption.Conflict InvalidPaginationToken InvalidParameter InvalidParameterCombination
        InvalidParameterValue InvalidPermission.Duplicate InvalidPermission.Malformed InvalidPermission.NotFound
        InvalidPlacementGroup.Duplicate InvalidPlacementGroup.InUse InvalidPlacementGroup.Unknown
        InvalidPolicyDocument InvalidPrefixListId.Malformed InvalidPrefixListId.NotFound InvalidProductInfo
        InvalidPurchaseToken.Expired InvalidPurchaseToken.Malformed InvalidQuantity InvalidQueryParameter
        InvalidRamDiskId.Malformed InvalidRegion InvalidRequest InvalidReservationID.Malformed
        InvalidReservationID.NotFound InvalidReservedInstancesId InvalidReservedInstancesOfferingId
        InvalidResourceType.Unknown InvalidRoute.InvalidState InvalidRoute.Malformed InvalidRoute.NotFound
        InvalidRouteTableId.Malformed InvalidRouteTableID.NotFound InvalidScheduledInstance
        InvalidSecurity.RequestHasExpired InvalidSecurityGroupId.Malformed InvalidSecurityGroupID.NotFound
        InvalidServiceName InvalidSnapshot.InUse InvalidSnapshot.NotFound InvalidSnapshotID.Malformed
        InvalidSpotDatafeed.NotFound InvalidSpotFleetRequestConfig InvalidSpotFleetRequestId.Malformed
        InvalidSpotFleetRequestId.NotFound InvalidSpotInstanceRequestID.Malformed
        InvalidSpotInstanceRequestID.NotFound InvalidState InvalidStateTransition InvalidSubnet
        InvalidSubnet.Conflict InvalidSubnet.Range InvalidSubnetID.Malformed InvalidSubnetID.NotFound
        InvalidTagKey.Malformed InvalidTargetArn.Unknown InvalidTenancy InvalidTime
        InvalidTrafficMirrorFilterNotFound InvalidTrafficMirrorFilterRuleNotFound
        InvalidTrafficMirrorSessionNotFound InvalidTrafficMirrorTargetNoFound InvalidUserID.Malformed
        InvalidVolume.NotFound InvalidVolume.ZoneMismatch InvalidVolumeID.Duplicate InvalidVolumeID.Malformed
        InvalidVolumeID.ZoneMismatch InvalidVpcEndpoint.NotFound InvalidVpcEndpointId.Malformed
        InvalidVpcEndpointId.NotFound InvalidVpcEndpointService.NotFound InvalidVpcEndpointServiceId.NotFound
        InvalidVpcEndpointType InvalidVpcID.Malformed InvalidVpcID.NotFound InvalidVpcPeeringConnectionId.Malformed
        InvalidVpcPeeringConnectionID.NotFound InvalidVpcPeeringConnectionState.DnsHostnamesDisabled InvalidVpcRange
        InvalidVpcState InvalidVpnConnection.InvalidState InvalidVpnConnection.InvalidType InvalidVpnConnectionID
        InvalidVpnConnectionID.NotFound InvalidVpnGatewayAttachment.NotFound InvalidVpnGatewayID.NotFound
        InvalidVpnGatewayState InvalidZone.NotFound KeyPairLimitExceeded LegacySecurityGroup LimitPriceExceeded
        LogDestinationNotFoundException LogDestinationPermissionIssue MalformedQueryString
        MaxConfigLimitExceededException MaxIOPSLimitExceeded MaxScheduledInstanceCapacityExceeded
        MaxSpotFleetRequestCountExceeded MaxSpotInstanceCountExceeded MaxTemplateLimitExceeded
        MaxTemplateVersionLimitExceeded MissingAction MissingAuthenticationToken MissingInput MissingParameter
        NatGatewayLimitExceeded NatGatewayMalformed NatGatewayNotFound NetworkAclEntryAlreadyExists
        NetworkAclEntryLimitExceeded NetworkAclLimitExceeded NetworkInterfaceLimitExceeded
        NetworkInterfaceNotFoundException NetworkInterfaceNotSupportedException NetworkLoadBalancerNotFoundException
        NlbInUseByTrafficMirrorTargetException NonEBSInstance NoSuchVersion NotExportable OperationNotPermitted
        OptInRequired OutstandingVpcPeeringConnectionLimitExceeded PendingSnapshotLimitExceeded PendingVerification
        PendingVpcPeeringConnectionLimitExceeded PlacementGroupLimitExceeded PrivateIpAddressLimitExceeded
        RequestExpired RequestLimitExceeded RequestResourceCountExceeded ReservationCapacityExceeded
        ReservedInstancesCountExceeded ReservedInstancesLimitExceeded ReservedInstancesUnavailable
        Resource.AlreadyAssigned Resource.AlreadyAssociated ResourceCountExceeded ResourceCountLimitExceeded
        ResourceLimitExceeded RouteAlreadyExists RouteLimitExceeded RouteTableLimitExceeded
        RulesPerSecurityGroupLimitExceeded ScheduledInstanceLimitExceeded ScheduledInstanceParameterMismatch
        ScheduledInstanceSlotNotOpen ScheduledInstanceSlotUnavailable SecurityGroupLimitExceeded
        SecurityGroupsPerInstanceLimitExceeded SecurityGroupsPerInterfaceLimitExceeded ServiceUnavailable
        SignatureDoesNotMatch SnapshotCopyUnsupported.InterRegion SnapshotCreationPerVolumeRateExceeded
        SnapshotLimitExceeded SubnetLimitExceeded TagLimitExceeded TargetCapacityLimitExceededException
        TrafficMirrorFilterInUse TrafficMirrorFilterLimitExceeded TrafficMirrorFilterRuleAlreadyExists
        TrafficMirrorFilterRuleLimitExceeded TrafficMirrorSessionLimitExceeded
        TrafficMirrorSessionsPerInterfaceLimitExceeded TrafficMirrorSessionsPerTargetLimitExceeded
        TrafficMirrorSourcesPerTargetLimitExceeded TrafficMirrorTargetInUseException
        TrafficMirrorTargetLimitExceeded UnauthorizedOperation Unavailable UnavailableHostRequirements
        UnknownParameter UnknownPrincipalType.Unsupported UnknownVolumeType Unsupported UnsupportedException
        UnsupportedHibernationConfiguration UnsupportedHostConfiguration UnsupportedInstanceAttribute
        UnsupportedInstanceTypeOnHost UnsupportedOperation UnsupportedProtocol UnsupportedTenancy
        UpdateLimitExceeded ValidationError VolumeInUse VolumeIOPSLimit VolumeLimitExceeded
        VolumeModificationSizeLimitExceeded VolumeTypeNotAvailableInZone VpcCidrConflict VpcEndpointLimitExceeded
        VPCIdNotSpecified VpcLimitExceeded VpcPeeringConnectionAlreadyExists
        VpcPeeringConnectionsPerVpcLimitExceeded VPCResourceNotSpecified VpnConnectionLimitExceeded
        VpnGatewayAttachmentLimitExceeded VpnGatewayLimitExceeded ZonesMismatched
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// Codes that the page lacks but Terraform's provider handles, so AWS has returned them (hashicorp/terraform-provider-aws,
    /// internal/service/ec2/errors.go at 00081ce4, of 2024; those of route servers from its version 5.100.0).
    static let terraform = """
        AnalysisExistsForNetworkInsightsPath ConcurrentMutationLimitExceeded InvalidAssociation.NotFound
        InvalidCapacityReservationId.NotFound InvalidCarrierGatewayID.NotFound InvalidConnectionNotification
        InvalidFleetId.NotFound InvalidInstanceConnectEndpointId.NotFound InvalidIpamId.NotFound
        InvalidIpamPoolAllocationId.NotFound InvalidIpamPoolId.NotFound
        InvalidIpamResourceDiscoveryAssociationId.NotFound InvalidIpamResourceDiscoveryId.NotFound
        InvalidIpamScopeId.NotFound InvalidNetworkInsightsAnalysisId.NotFound InvalidNetworkInsightsPathId.NotFound
        InvalidParameterException InvalidPoolID.NotFound InvalidPrefixListID.NotFound
        InvalidPublicIpv4PoolID.NotFound InvalidRouteServerEndpointId.NotFound InvalidRouteServerId.NotAssociated
        InvalidRouteServerId.NotFound InvalidRouteServerId.NotPropagated InvalidRouteServerPeerId.NotFound
        InvalidRouteTableId.NotFound InvalidSecurityGroupRuleId.NotFound
        InvalidSubnetCidrReservationID.NotFound InvalidSubnetId.NotFound InvalidTrafficMirrorFilterId.NotFound
        InvalidTrafficMirrorFilterRuleId.NotFound InvalidTrafficMirrorSessionId.NotFound
        InvalidTrafficMirrorTargetId.NotFound InvalidTransitGatewayAttachmentID.NotFound
        InvalidTransitGatewayConnectPeerID.NotFound InvalidTransitGatewayID.NotFound
        InvalidTransitGatewayMulticastDomainAssociation.NotFound InvalidTransitGatewayMulticastDomainId.NotFound
        InvalidTransitGatewayPolicyTableAssociation.NotFound InvalidTransitGatewayPolicyTableId.NotFound
        InvalidVerifiedAccessEndpointId.NotFound InvalidVerifiedAccessGroupId.NotFound
        InvalidVpcBlockPublicAccessExclusionId.NotFound
        InvalidVerifiedAccessInstanceId.NotFound InvalidVerifiedAccessTrustProviderId.NotFound
        InvalidVpcCidrBlockAssociationID.NotFound IpamOrganizationAccountNotRegistered PrefixListVersionMismatch
        ResourceNotReady TransitGatewayMulticastGroupMember.NotFound TransitGatewayMulticastGroupSource.NotFound
        TransitGatewayRouteTablePropagation.NotFound
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
