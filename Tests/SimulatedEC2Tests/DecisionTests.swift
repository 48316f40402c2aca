import DrydockTesting
import Testing

/// How policies decide about EC2's operations, by AWS's table of actions, resources and condition keys.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
@Suite(.simulator) struct EC2Decisions {
    private let aws = AWS.current

    /// Creates a user with these policy statements.
    private func worker(_ statements: String...) async throws -> AWS.Clients {
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Work",
                policyDocument: #"{"Version":"2012-10-17","Statement":["# + statements.joined(separator: ",") + "]}"))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        return aws.acting(as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? ""))
    }

    private func allow(_ action: String, on resource: String = "*", if condition: String? = nil) -> String {
        statement("Allow", action, resource, condition)
    }
    private func deny(_ action: String, on resource: String = "*", if condition: String? = nil) -> String {
        statement("Deny", action, resource, condition)
    }
    private func statement(_ effect: String, _ action: String, _ resource: String, _ condition: String?) -> String {
        let end = condition.map { #","Condition":\#($0)"# } ?? ""
        return #"{"Effect":"\#(effect)","Action":"\#(action)","Resource":"\#(resource)"\#(end)}"#
    }

    private func tagged(_ type: String) -> [TagSpecification] {
        [TagSpecification(resourceType: ResourceType(rawValue: type), tags: [Tag(key: "Team", value: "blue")])]
    }

    // MARK: Tags at creation

    @Test func taggedKeyPairNeedsCreateTagsPermission() async throws {
        let worker = try await worker(allow("ec2:CreateKeyPair"), allow("ec2:ImportKeyPair"))
        _ = try await worker.ec2.createKeyPair(.init(keyName: "plain", keyType: "ed25519"))
        await refused("UnauthorizedOperation") {
            try await worker.ec2.createKeyPair(.init(keyName: "k", keyType: "ed25519", tagSpecifications: tagged("key-pair")))
        }
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0ZkG5ZkFj5sGHvxsZSnVLLfpWqBNUq9Y6AUJ3nPUUM"
        await refused("UnauthorizedOperation") {
            try await worker.ec2.importKeyPair(
                .init(tagSpecifications: tagged("key-pair"), keyName: "k", publicKeyMaterial: Bytes(line.utf8)))
        }
    }

    @Test func taggedSecurityGroupRuleNeedsCreateTagsPermission() async throws {
        let group = try await aws.group("g")
        let worker = try await worker(allow("ec2:AuthorizeSecurityGroup*"))
        let ssh = IpPermission(
            ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [IpRange(cidrIp: "203.0.113.0/24")])
        _ = try await worker.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [ssh]))
        await refused("UnauthorizedOperation") {
            try await worker.ec2.authorizeSecurityGroupEgress(
                .init(tagSpecifications: tagged("security-group-rule"), groupId: group, ipPermissions: [ssh]))
        }
    }

    // MARK: What a request names otherwise than by id

    @Test func associationIdsAreAuthorizedByTheirResources() async throws {
        let instance = try #require(try await aws.run().first?.instanceId)
        try await aws.iam.createRole(
            .init(
                roleName: "R",
                assumeRolePolicyDocument:
                    #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
            ))
        for name in ["P", "Q"] {
            try await aws.iam.createInstanceProfile(.init(instanceProfileName: name))
            try await aws.iam.addRoleToInstanceProfile(.init(instanceProfileName: name, roleName: "R"))
        }
        let association = try #require(
            try await aws.ec2.associateIamInstanceProfile(
                .init(iamInstanceProfile: .init(name: "P"), instanceId: instance)
            ).iamInstanceProfileAssociation?.associationId)
        let address = try #require(try await aws.ec2.allocateAddress(.init()).allocationId)
        let bound = try #require(
            try await aws.ec2.associateAddress(.init(allocationId: address, instanceId: instance)).associationId)
        let interface = try #require(
            try await aws.ec2.describeAddresses(.init()).addresses?.first?.networkInterfaceId)
        let own = "arn:aws:ec2:us-east-1:123456789012:"
        let worker = try await worker(
            allow("ec2:*IamInstanceProfile*", on: own + "instance/" + instance),
            allow("iam:PassRole", on: "arn:aws:iam::123456789012:role/R"),
            allow("ec2:DisassociateAddress", on: own + "elastic-ip/" + address),
            allow("ec2:DisassociateAddress", on: own + "network-interface/" + interface))
        let replaced = try await worker.ec2.replaceIamInstanceProfileAssociation(
            .init(iamInstanceProfile: .init(name: "Q"), associationId: association))
        _ = try await worker.ec2.disassociateIamInstanceProfile(
            .init(associationId: replaced.iamInstanceProfileAssociation?.associationId ?? ""))
        _ = try await worker.ec2.disassociateAddress(.init(associationId: bound))
        #expect(try await aws.ec2.describeAddresses(.init()).addresses?.first?.associationId == nil)
    }

    @Test func deleteKeyPairByNameIsAuthorizedByResourceTags() async throws {
        _ = try await aws.ec2.createKeyPair(.init(keyName: "mine", keyType: "ed25519", tagSpecifications: tagged("key-pair")))
        _ = try await aws.ec2.createKeyPair(.init(keyName: "other", keyType: "ed25519"))
        let worker = try await worker(
            allow("ec2:DeleteKeyPair", if: #"{"StringEquals":{"ec2:ResourceTag/Team":"blue"}}"#))
        await refused("UnauthorizedOperation") { try await worker.ec2.deleteKeyPair(.init(keyName: "other")) }
        _ = try await worker.ec2.deleteKeyPair(.init(keyName: "mine"))
    }

    @Test func modifySecurityGroupRulesNeedsPermissionForEachRule() async throws {
        let group = try await aws.group("g")
        let ssh = IpPermission(ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [IpRange(cidrIp: "203.0.113.0/24")])
        let rule = try #require(
            try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [ssh])).securityGroupRules?
                .first?.securityGroupRuleId)
        let own = "arn:aws:ec2:us-east-1:123456789012:"
        let worker = try await worker(allow("ec2:ModifySecurityGroupRules", on: own + "security-group/" + group))
        let change = ModifySecurityGroupRulesRequest(
            groupId: group,
            securityGroupRules: [
                SecurityGroupRuleUpdate(
                    securityGroupRuleId: rule,
                    securityGroupRule: .init(ipProtocol: "tcp", fromPort: 80, toPort: 80, cidrIpv4: "203.0.113.0/24"))
            ])
        await refused("UnauthorizedOperation") { try await worker.ec2.modifySecurityGroupRules(change) }
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Rules",
                policyDocument:
                    #"{"Version":"2012-10-17","Statement":[\#(allow("ec2:ModifySecurityGroupRules", on: own + "security-group-rule/" + rule))]}"#
            ))
        _ = try await worker.ec2.modifySecurityGroupRules(change)
    }

    // MARK: Launches

    /// A typical launch policy: each resource that a launch uses has its own condition.
    @Test func runInstancesChecksConditionsOfEachResource() async throws {
        let subnet = try #require(try await aws.ec2.describeSubnets(.init()).subnets?.first)
        try await aws.ec2.createTags(
            .init(resources: [subnet.subnetId ?? ""], tags: [Tag(key: "Team", value: "blue")]))
        let own = "arn:aws:ec2:us-east-1:123456789012:"
        let vpc = own + "vpc/" + (subnet.vpcId ?? "")
        let worker = try await worker(
            allow("ec2:RunInstances", on: own + "subnet/*", if: #"{"StringEquals":{"ec2:ResourceTag/Team":"blue"}}"#),
            allow("ec2:RunInstances", on: own + "security-group/*", if: #"{"StringEquals":{"ec2:Vpc":"\#(vpc)"}}"#),
            allow(
                "ec2:RunInstances", on: own + "network-interface/*",
                if: #"{"StringEquals":{"ec2:Subnet":"\#(own)subnet/\#(subnet.subnetId ?? "")"}}"#),
            allow(
                "ec2:RunInstances", on: "arn:aws:ec2:us-east-1::image/*", if: #"{"StringEquals":{"ec2:Owner":"099720109477"}}"#),
            allow(
                "ec2:RunInstances", on: own + "instance/*",
                if:
                    #"{"StringEquals":{"ec2:AvailabilityZone":"\#(subnet.availabilityZone ?? "")","ec2:InstanceType":"t3.micro"}}"#
            ),
            allow("ec2:RunInstances", on: own + "volume/*", if: #"{"NumericLessThanEquals":{"ec2:VolumeSize":"20"}}"#))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.imageId = try await aws.ubuntu()
        launch.instanceType = "t3.micro"
        launch.subnetId = subnet.subnetId
        _ = try await worker.ec2.runInstances(launch)
        launch.instanceType = "t3.small"
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
        launch.instanceType = "t3.micro"
        launch.blockDeviceMappings = [.init(ebs: .init(volumeSize: 30), deviceName: "/dev/sda1")]
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
    }

    @Test func denyOnMetadataHttpTokensAllowsCompliantLaunch() async throws {
        let worker = try await worker(
            allow("ec2:RunInstances"),
            deny(
                "ec2:RunInstances", on: "arn:aws:ec2:*:*:instance/*",
                if: #"{"StringNotEquals":{"ec2:MetadataHttpTokens":"required"}}"#))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.imageId = try await aws.ubuntu(release: "jammy-22.04")
        launch.instanceType = "t3.micro"
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
        launch.metadataOptions = .init(httpTokens: .required)
        _ = try await worker.ec2.runInstances(launch)
    }

    @Test func denyOnUnencryptedVolumesChecksEachVolume() async throws {
        let worker = try await worker(
            allow("ec2:RunInstances"),
            deny("ec2:RunInstances", on: "arn:aws:ec2:*:*:volume/*", if: #"{"Bool":{"ec2:Encrypted":"false"}}"#))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.imageId = try await aws.ubuntu()
        launch.instanceType = "t3.micro"
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
        launch.blockDeviceMappings = [.init(ebs: .init(encrypted: true), deviceName: "/dev/sda1")]
        _ = try await worker.ec2.runInstances(launch)
        launch.blockDeviceMappings?.append(.init(ebs: .init(volumeSize: 8), deviceName: "/dev/sdf"))
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
    }

    @Test func denyOnSubnetChecksEachNetworkInterface() async throws {
        let subnets = try await aws.ec2.describeSubnets(.init()).subnets ?? []
        let vpc = try #require(subnets.first?.vpcId), zone = try #require(subnets.first?.availabilityZone)
        _ = vpc
        let other = try #require(
            try await aws.ec2.createSubnet(
                .init(availabilityZone: zone, cidrBlock: "172.31.240.0/24", vpcId: subnets[0].vpcId ?? "")
            ).subnet?.subnetId)
        let allowed = "arn:aws:ec2:us-east-1:123456789012:subnet/\(subnets[0].subnetId ?? "")"
        let worker = try await worker(
            allow("ec2:RunInstances"),
            deny(
                "ec2:RunInstances", on: "arn:aws:ec2:*:*:network-interface/*",
                if: #"{"StringNotEquals":{"ec2:Subnet":"\#(allowed)"}}"#))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.imageId = try await aws.ubuntu()
        launch.instanceType = "t3.micro"
        launch.networkInterfaces = [.init(deviceIndex: 0, subnetId: subnets[0].subnetId)]
        _ = try await worker.ec2.runInstances(launch)
        launch.networkInterfaces?.append(.init(deviceIndex: 1, subnetId: other))
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
    }

    /// AWS's example of a user who may launch only from templates and override nothing in them.
    @Test func policyCanForbidLaunchTemplateOverrides() async throws {
        let subnet = try #require(try await aws.ec2.describeSubnets(.init()).subnets?.first?.subnetId)
        let template = try await aws.ec2.createLaunchTemplate(
            .init(
                launchTemplateName: "small",
                launchTemplateData: .init(imageId: try await aws.ubuntu(), instanceType: "t3.micro")))
        let worker = try await worker(
            allow(
                "ec2:RunInstances",
                if:
                    #"{"ArnLike":{"ec2:LaunchTemplate":"arn:aws:ec2:*:*:launch-template/*"},"Bool":{"ec2:IsLaunchTemplateResource":"true"}}"#
            ))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.launchTemplate = .init(launchTemplateId: template.launchTemplate?.launchTemplateId)
        _ = try await worker.ec2.runInstances(launch)
        launch.subnetId = subnet
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
        launch.subnetId = nil
        launch.instanceType = "t3.large"
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
    }

    @Test func launchTemplateValuesAreUsedForAuthorization() async throws {
        let template = try await aws.ec2.createLaunchTemplate(
            .init(
                launchTemplateName: "small",
                launchTemplateData: .init(imageId: try await aws.ubuntu(), instanceType: "t3.micro")))
        let id = template.launchTemplate?.launchTemplateId ?? ""
        let worker = try await worker(
            allow("ec2:RunInstances"),
            deny(
                "ec2:RunInstances", on: "arn:aws:ec2:*:*:instance/*",
                if: #"{"StringNotEquals":{"ec2:InstanceType":"t3.micro"}}"#),
            deny(
                "ec2:RunInstances", on: "arn:aws:ec2:*:*:instance/*",
                if: #"{"ArnNotLike":{"ec2:LaunchTemplate":"arn:aws:ec2:*:*:launch-template/\#(id)"}}"#))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.launchTemplate = .init(launchTemplateId: id)
        _ = try await worker.ec2.runInstances(launch)
        launch.instanceType = "t3.small"
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(launch) }
        var plain = RunInstancesRequest(maxCount: 1, minCount: 1)
        plain.imageId = try await aws.ubuntu()
        plain.instanceType = "t3.micro"
        await refused("UnauthorizedOperation") { try await worker.ec2.runInstances(plain) }
    }
}
