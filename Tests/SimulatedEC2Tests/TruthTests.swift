import DrydockTesting
import Testing

/// Behavior of EC2 reported by users, recordings or AWS's own tests, each with its source.
@Suite(.simulator(transitions: .aws)) struct ReportedBehavior {
    private let aws = AWS.current

    /// Recordings of AWS (c7n-placebo, manageiq-vcr): `Tags` is omitted for untagged resources, except for some kinds.
    @Test func untaggedResourcesOmitOrReturnEmptyTags() async throws {
        let instance = try #require(try await aws.run().first)
        #expect(instance.tags == nil)
        #expect(try await aws.describe(instance.instanceId)?.tags == nil)
        #expect(try await aws.ec2.describeVolumes().volumes?.first?.tags == nil)
        let vpc = try #require(try await aws.ec2.describeVpcs().vpcs?.first)
        #expect(vpc.tags == nil && vpc.ipv6CidrBlockAssociationSet == nil)
        #expect(try await aws.ec2.describeSubnets().subnets?.first?.tags == nil)
        #expect(try await aws.ec2.describeSecurityGroups().securityGroups?.first?.tags == nil)
        _ = try await aws.ec2.allocateAddress(.init())
        #expect(try await aws.ec2.describeAddresses().addresses?.first?.tags == nil)
        #expect(try await aws.ec2.createKeyPair(.init(keyName: "k", keyType: "ed25519")).tags == nil)
        let made = try #require(try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16")).vpc)
        #expect(
            made.tags?.isEmpty == true && made.ipv6CidrBlockAssociationSet?.isEmpty == true
                && made.blockPublicAccessStates == nil)
        #expect(try await aws.ec2.createInternetGateway().internetGateway?.tags?.isEmpty == true)
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.first?.tagSet?.isEmpty == true)
        #expect(try await aws.ec2.describeRouteTables().routeTables?.first?.tags?.isEmpty == true)
        #expect(try await aws.ec2.describeNetworkAcls().networkAcls?.first?.tags?.isEmpty == true)
        #expect(try await aws.ec2.describeKeyPairs().keyPairs?.first?.tags?.isEmpty == true)
    }

    /// From moto's tests that were verified against AWS.
    @Test func modifySecurityGroupRulesRequiresProtocol() async throws {
        let group = try await aws.group("g")
        let ssh = IpPermission(ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [IpRange(cidrIp: "203.0.113.0/24")])
        let rule = try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [ssh]))
            .securityGroupRules?.first?.securityGroupRuleId
        await refused(
            "InvalidParameterValue",
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
        ) {
            try await aws.ec2.modifySecurityGroupRules(
                .init(
                    groupId: group,
                    securityGroupRules: [
                        .init(securityGroupRuleId: rule ?? "", securityGroupRule: .init(cidrIpv4: "203.0.113.0/25"))
                    ]))
        }
        await refused("InvalidGroupId.Malformed", "The security group ID 'foobar' is malformed") {
            try await aws.ec2.describeSecurityGroupRules(
                .init(filters: [Filter(name: "group-id", values: ["foobar"])]))
        }
        let revoked = try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: group, ipPermissions: [ssh]))
        #expect(revoked.unknownIpPermissions == nil)
    }

    /// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    @Test func malformedIdsReturnDocumentedErrorCodes() async throws {
        await refused("InvalidInternetGatewayId.Malformed") {
            try await aws.ec2.describeInternetGateways(.init(internetGatewayIds: ["x"]))
        }
        await refused("InvalidRouteTableId.Malformed") { try await aws.ec2.describeRouteTables(.init(routeTableIds: ["x"])) }
        await refused("InvalidNetworkAclId.Malformed") { try await aws.ec2.describeNetworkAcls(.init(networkAclIds: ["x"])) }
        await refused("InvalidDhcpOptionsId.Malformed") {
            try await aws.ec2.describeDhcpOptions(.init(dhcpOptionsIds: ["x"]))
        }
        await refused("InvalidNetworkInterfaceId.Malformed") {
            try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: ["x"]))
        }
        // Assumed: AWS's list has no code for a malformed id.
        await refused("InvalidAllocationID.NotFound") { try await aws.ec2.describeAddresses(.init(allocationIds: ["x"])) }
        // From the AWS CLI's integration test.
        await refused(
            "InvalidParameterValue", "Value (malformed-id) for parameter volumes is invalid. Expected: 'vol-...'."
        ) { try await aws.ec2.describeVolumes(.init(volumeIds: ["malformed-id"])) }
    }

    @Test func instanceActionsRejectEmptyInstanceIds() async throws {
        for call in [
            { try await aws.ec2.terminateInstances(.init(instanceIds: [])) as Any },
            { try await aws.ec2.stopInstances(.init(instanceIds: [])) as Any },
            { try await aws.ec2.startInstances(.init(instanceIds: [])) as Any },
            { try await aws.ec2.rebootInstances(.init(instanceIds: [])) as Any },
        ] {
            await refused("InvalidParameterCombination", "No instances specified") { _ = try await call() }
        }
    }

    /// cloud-custodian 6014, amazon.aws 146
    @Test func stopInstancesReportsWhyInstanceCannotStop() async throws {
        let id = try #require(try await aws.run().first?.instanceId)
        await refused(
            "IncorrectInstanceState", "Instance '\(id)' cannot be stopped as it has never reached the 'running' state."
        ) { try await aws.ec2.stopInstances(.init(instanceIds: [id])) }
        aws.clock.advance(by: .minutes(5))
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        await refused(
            "IncorrectInstanceState", "This instance '\(id)' is not in a state from which it can be stopped."
        ) { try await aws.ec2.stopInstances(.init(instanceIds: [id])) }
    }

    /// boto3 issue 4406
    @Test func clientTokenOfTerminatedInstanceIsRejected() async throws {
        let id = try #require(try await aws.run { $0.clientToken = "once" }.first?.instanceId)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        await refused(
            "IdempotentInstanceTerminated",
            "The client token you have provided is associated with a terminated instance. Please use a different client token."
        ) { _ = try await aws.run { $0.clientToken = "once" } }
    }

    /// cloud-custodian issue 11069
    @Test func describeTagsWithResourceIdIgnoresMaxResults() async throws {
        let group = try await aws.group("g")
        try await aws.ec2.createTags(
            .init(resources: [group], tags: (0..<8).map { Tag(key: "k\($0)", value: "v") }))
        let page = try await aws.ec2.describeTags(
            .init(filters: [Filter(name: "resource-id", values: [group])], maxResults: 5))
        #expect(page.tags?.count == 8 && page.nextToken == nil)
        #expect(try await aws.ec2.describeTags(.init(maxResults: 5)).tags?.count == 5)
    }

    /// boto issue 2912
    @Test func runInstancesNamesAllUnknownSecurityGroups() async throws {
        let one = "sg-0123456789abcdef0", two = "sg-0123456789abcdef1"
        await refused("InvalidGroup.NotFound", "The security groups '\(one)', '\(two)' do not exist") {
            _ = try await aws.run { $0.securityGroupIds = [one, two] }
        }
    }

    @Test func publicImagesCanBeTagged() async throws {
        let image = try await aws.ubuntu()
        try await aws.ec2.createTags(.init(resources: [image], tags: [Tag(key: "Team", value: "blue")]))
        let found = try await aws.ec2.describeImages(.init(filters: [Filter(name: "tag:Team", values: ["blue"])])).images
        #expect(found?.map(\.imageId) == [image] && found?.first?.tags?.first?.value == "blue")
    }

    /// From reports of PowerShell and Terraform users.
    @Test func errorsUseEC2ParameterNames() async throws {
        await refused("MissingParameter", "The request must contain the parameter resourceIdSet") {
            try await aws.ec2.createTags(.init(resources: [], tags: [Tag(key: "a", value: "b")]))
        }
        let id = try #require(try await aws.run().first?.instanceId)
        await refused("InvalidParameterValue", "Value (abc) for parameter attribute is invalid. Unknown attribute.") {
            try await aws.ec2.describeInstanceAttribute(.init(instanceId: id, attribute: "abc"))
        }
        let attributes = try await aws.ec2.describeAccountAttributes(.init(attributeNames: ["max-instances"]))
        #expect(attributes.accountAttributes?.first?.attributeName == "max-instances")
    }
}
