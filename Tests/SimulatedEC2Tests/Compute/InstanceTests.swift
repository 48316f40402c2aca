import DrydockTesting
import GRDB
import SimulatedEC2
import Synchronization
import Testing

@Suite(.simulator) struct RunInstances {
    @Test func newInstanceIsPendingThenRunning() async throws {
        let aws = AWS.current
        try await aws.ec2.createKeyPair(.init(keyName: "keyPairUniversal", keyType: "ed25519"))
        let made = try #require(try await aws.run(type: "t2.micro") { $0.keyName = "keyPairUniversal" }.first)
        #expect(made.state?.name == "pending" && made.state?.code == 0)
        #expect(made.stateReason?.code == "pending")
        #expect(made.publicIpAddress == nil && made.blockDeviceMappings?.isEmpty != false)
        #expect(made.clientToken?.isEmpty == false)
        let seen = try #require(try await aws.describe(made.instanceId))
        #expect(seen.state?.name == "running")
        #expect(seen.publicIpAddress != nil)
        #expect(seen.publicDnsName?.hasPrefix("ec2-") == true)
        #expect(
            seen.privateDnsName
                == "ip-\(seen.privateIpAddress?.split(separator: ".").joined(separator: "-") ?? "").ec2.internal")
        #expect(seen.keyName == "keyPairUniversal")
        #expect(seen.securityGroups?.map(\.groupName) == ["default"])
        #expect(seen.launchTime == aws.clock.now)
        #expect(seen.cpuOptions?.coreCount == 1 && seen.cpuOptions?.threadsPerCore == 1)
        #expect(seen.placement?.tenancy == "default" && seen.placement?.availabilityZone == "us-east-1a")
        #expect(seen.blockDeviceMappings?.first?.deviceName == "/dev/sda1")
        #expect(seen.networkInterfaces?.first?.attachment?.deviceIndex == 0)
        #expect(seen.networkInterfaces?.first?.association?.publicIp == seen.publicIpAddress)
        #expect(seen.metadataOptions?.httpTokens == "required" && seen.metadataOptions?.httpPutResponseHopLimit == 2)
        #expect(seen.sourceDestCheck == true && seen.ebsOptimized == false && seen.architecture == "x86_64")
        #expect(seen.platformDetails == "Linux/UNIX" && seen.usageOperation == "RunInstances")
    }

    /// Assumed: the duration of each state change.
    @Test(.simulator(transitions: .aws)) func instanceStatesFollowClock() async throws {
        let aws = AWS.current
        let id = try await aws.run().first?.instanceId ?? ""
        #expect(try await aws.describe(id)?.state?.name == "pending")
        aws.clock.advance(by: .seconds(20))
        #expect(try await aws.describe(id)?.state?.name == "running")
        #expect(try await aws.ec2.describeInstanceStatus().instanceStatuses?.first?.instanceStatus?.status == "initializing")
        aws.clock.advance(by: .minutes(4))
        #expect(try await aws.ec2.describeInstanceStatus().instanceStatuses?.first?.instanceStatus?.status == "ok")
        try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        #expect(try await aws.describe(id)?.state?.name == "stopping")
        let early = await refusal { try await aws.ec2.startInstances(.init(instanceIds: [id])) }
        #expect(early?.code == "IncorrectInstanceState")
        aws.clock.advance(by: .minutes(1))
        let stopped = try #require(try await aws.describe(id))
        #expect(stopped.state?.name == "stopped" && stopped.publicIpAddress == nil && stopped.privateIpAddress != nil)
        #expect(stopped.stateReason?.code == "Client.UserInitiatedShutdown")
        #expect(stopped.stateTransitionReason?.hasPrefix("User initiated (2023-12-17 ") == true)
        try await aws.ec2.startInstances(.init(instanceIds: [id]))
        aws.clock.advance(by: .minutes(1))
        let again = try #require(try await aws.describe(id))
        #expect(again.state?.name == "running" && again.publicIpAddress != nil)
        #expect(again.launchTime != stopped.launchTime)
    }

    @Test func terminatedInstancesAreShownForAnHour() async throws {
        let aws = AWS.current
        let id = try await aws.run().first?.instanceId ?? ""
        let change = try await aws.ec2.terminateInstances(.init(instanceIds: [id])).terminatingInstances?.first
        #expect(change?.previousState?.name == "running" && change?.currentState?.name == "shutting-down")
        let gone = try #require(try await aws.describe(id))
        #expect(gone.state?.name == "terminated" && gone.vpcId == nil && gone.networkInterfaces?.isEmpty != false)
        #expect(gone.blockDeviceMappings?.isEmpty != false && gone.securityGroups?.isEmpty != false)
        #expect(try await aws.ec2.describeVolumes().volumes?.isEmpty != false)
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.isEmpty != false)
        #expect(await refusal { try await aws.ec2.startInstances(.init(instanceIds: [id])) }?.code == "IncorrectInstanceState")
        aws.clock.advance(by: .minutes(61))
        let error = await refusal { try await aws.describe(id) }
        #expect(error?.code == "InvalidInstanceID.NotFound")
        #expect(error?.message == "The instance ID '\(id)' does not exist")
    }

    @Test func runInstancesIsIdempotentByClientToken() async throws {
        let aws = AWS.current
        let first = try await aws.run { $0.clientToken = "once" }
        let second = try await aws.run { $0.clientToken = "once" }
        #expect(first.map(\.instanceId) == second.map(\.instanceId))
        let error = await refusal { try await aws.run(type: "t3.small") { $0.clientToken = "once" } }
        #expect(error?.code == "IdempotentParameterMismatch")
        #expect(try await aws.ec2.describeInstances().reservations?.count == 1)
    }

    @Test func runInstancesTagsInstancesAndVolumes() async throws {
        let aws = AWS.current
        let tag = EC2API.Tag(key: "Name", value: "ec2ECR")
        let made = try await aws.run(2) {
            $0.tagSpecifications = [.init(resourceType: "instance", tags: [tag]), .init(resourceType: "volume", tags: [tag])]
        }
        #expect(made.map(\.amiLaunchIndex) == [0, 1])
        #expect(made.first?.tags?.first?.value == "ec2ECR")
        let filter = [Filter(name: "tag:Name", values: ["ec2*"]), Filter(name: "instance-state-name", values: ["running"])]
        let found = try await aws.ec2.describeInstances(.init(filters: filter)).reservations
        #expect(found?.first?.instances?.count == 2)
        let volumes = try await aws.ec2.describeVolumes(.init(filters: [Filter(name: "tag:Name", values: ["ec2ECR"])])).volumes
        #expect(volumes?.count == 2)
        #expect(volumes?.first?.size == 8 && volumes?.first?.volumeType == "gp3" && volumes?.first?.state == "in-use")
    }

    @Test func blockDeviceMappingsOverrideImageMappings() async throws {
        let aws = AWS.current
        let root = BlockDeviceMapping(ebs: .init(volumeSize: 40, encrypted: true), deviceName: "/dev/sda1")
        let data = BlockDeviceMapping(
            ebs: .init(deleteOnTermination: false, volumeSize: 100, volumeType: "gp2"), deviceName: "/dev/sdf")
        let id = try await aws.run { $0.blockDeviceMappings = [root, data] }.first?.instanceId ?? ""
        let volumes = try await aws.ec2.describeVolumes(
            .init(filters: [Filter(name: "attachment.instance-id", values: [id])])
        ).volumes
        #expect(volumes?.map(\.size) == [40, 100])
        #expect(volumes?.map(\.encrypted) == [true, false])
        #expect(volumes?.map(\.iops) == [3000, 300])
        try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        let left = try await aws.ec2.describeVolumes().volumes
        #expect(left?.map(\.size) == [100] && left?.first?.state == "available")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let code: String
        var message: String?
        var change: @Sendable (inout RunInstancesRequest) -> Void
        var testDescription: String { "\(code) \(message ?? "")" }
    }

    /// Messages in the table are AWS's; where one is missing, Drydock's wording is assumed.
    @Test(arguments: [
        Refusal(code: "InvalidAMIID.NotFound", message: "The image id '[ami-0123456789abcdef0]' does not exist") {
            $0.imageId = "ami-0123456789abcdef0"
        },
        Refusal(code: "InvalidAMIID.Malformed", message: "Invalid id: \"ubuntu\" (expecting \"ami-...\")") {
            $0.imageId = "ubuntu"
        },
        Refusal(code: "MissingParameter", message: "The request must contain the parameter ImageId") { $0.imageId = nil },
        Refusal(code: "InvalidParameterValue", message: "Invalid value 't9.huge' for InstanceType.") {
            $0.instanceType = "t9.huge"
        },
        Refusal(code: "InvalidKeyPair.NotFound", message: "The key pair 'nope' does not exist") { $0.keyName = "nope" },
        Refusal(code: "InvalidGroup.NotFound") { $0.securityGroupIds = ["sg-0123456789abcdef0"] },
        Refusal(code: "InvalidGroupId.Malformed") { $0.securityGroupIds = ["default"] },
        Refusal(code: "InvalidGroup.NotFound") { $0.securityGroups = ["nope"] },
        Refusal(code: "InvalidSubnetID.NotFound", message: "The subnet ID 'subnet-0123456789abcdef0' does not exist") {
            $0.subnetId = "subnet-0123456789abcdef0"
        },
        Refusal(code: "InvalidParameterValue", message: "Invalid availability zone: [us-east-1z]") {
            $0.placement = Placement(availabilityZone: "us-east-1z")
        },
        Refusal(
            code: "Unsupported",
            message:
                "Your requested instance type (t3.micro) is not supported in your requested Availability Zone (us-east-1e). "
                + "Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b, us-east-1c, "
                + "us-east-1d, us-east-1f."
        ) { $0.placement = Placement(availabilityZone: "us-east-1e") },
        Refusal(code: "InvalidParameterValue") { $0.instanceType = "t4g.micro" },
        Refusal(code: "InvalidParameterCombination") { $0.instanceType = nil },
        Refusal(code: "InvalidParameterValue") { $0.minCount = 0 },
        // Assumed: the code for a minimum above the maximum.
        Refusal(code: "InvalidParameterCombination") { $0.minCount = 3 },
        Refusal(code: "VcpuLimitExceeded") {
            $0.instanceType = "m5.24xlarge"
            $0.minCount = 60
            $0.maxCount = 60
        },
        Refusal(code: "InvalidParameterValue", message: "Invalid BASE64 encoding of user data.") {
            $0.userData = "#!/bin/bash"
        },
        Refusal(code: "InvalidParameterValue", message: "User data is limited to 16384 bytes") {
            $0.userData = Base64.encode(Bytes(repeating: 65, count: 16_385))
        },
        Refusal(code: "InvalidBlockDeviceMapping") {
            $0.blockDeviceMappings = [BlockDeviceMapping(ebs: .init(volumeSize: 2), deviceName: "/dev/sda1")]
        },
        Refusal(code: "DryRunOperation", message: "Request would have succeeded, but DryRun flag is set.") { $0.dryRun = true },
    ])
    func runInstancesRejectsInvalidRequests(_ test: Refusal) async throws {
        let aws = AWS.current
        let error = await refusal { try await aws.run(1, test.change) }
        #expect(error?.code == test.code)
        if let message = test.message { #expect(error?.message == message) }
        #expect(try await aws.ec2.describeInstances().reservations?.isEmpty != false)
    }

    @Test func runInstancesAcceptsNetworkInterfaceSpecifications() async throws {
        let aws = AWS.current
        let id = try await aws.run {
            $0.networkInterfaces = [.init(associatePublicIpAddress: false, description: "mine", deviceIndex: 0)]
        }.first?.instanceId
        let seen = try await aws.describe(id)
        #expect(seen?.publicIpAddress == nil)
        #expect(seen?.networkInterfaces?.first?.description == "mine")
    }

    /// Assumed: a quota of 5120 vCPUs, as after a quota increase.
    @Test func runInstancesReducesMaxCountToVcpuQuota() async throws {
        let aws = AWS.current
        let made = try await aws.run(type: "m5.24xlarge") {
            $0.minCount = 1
            $0.maxCount = 100
        }
        #expect(made.count == 53)
    }
}

@Suite(.simulator) struct DescribingInstances {
    /// Returns the number of SQL statements for describing `count` instances.
    private func statements(_ count: Int) async throws -> Int {
        let aws = try AWS()
        try await aws.run(count, type: "t3.nano")
        let counter = Mutex(0)
        let root = Caller.root(of: aws.simulator.configuration.account, accessKeyId: "test")
        try aws.simulator.perform("ec2", "DescribeInstances", as: root, region: "us-east-1") { context in
            context.db.trace { _ in counter.withLock { $0 += 1 } }
            defer { context.db.trace(options: []) }
            let found = try EC2Simulation().describeInstances(.init(), context)
            #expect(found.reservations?.first?.instances?.count == count)
        }
        return counter.withLock { $0 }
    }

    @Test func describeInstancesStatementCountIsIndependentOfSize() async throws {
        let many = try await statements(30)
        #expect(many > 0 && many < 10)
        #expect(try await statements(90) == many)
    }

    @Test func launchTimesAreWholeSeconds() async throws {
        let aws = AWS.current
        aws.clock.advance(by: .milliseconds(345))
        let id = try await aws.run().first?.instanceId
        let seen = try #require(try await aws.describe(id))
        #expect(seen.launchTime.map { $0.milliseconds % 1000 } == 0)
        #expect(seen.networkInterfaces?.first?.attachment?.attachTime.map { $0.milliseconds % 1000 } == 0)
    }

    @Test func describeInstancesGroupsInstancesByReservation() async throws {
        let aws = AWS.current
        try await aws.run(2)
        try await aws.run(1)
        let reservations = try await aws.ec2.describeInstances().reservations
        #expect(reservations?.map { $0.instances?.count } == [2, 1])
        #expect(reservations?.allSatisfy { $0.ownerId == "123456789012" } == true)
    }

    @Test func securityGroupAndSubnetInUseCannotBeDeleted() async throws {
        let aws = AWS.current
        let group = try await aws.ec2.createSecurityGroup(.init(description: "web", groupName: "web")).groupId ?? ""
        let id = try await aws.run { $0.securityGroupIds = [group] }.first?.instanceId ?? ""
        let subnet = try await aws.describe(id)?.subnetId ?? ""
        #expect(await refusal { try await aws.ec2.deleteSecurityGroup(.init(groupId: group)) }?.code == "DependencyViolation")
        #expect(await refusal { try await aws.ec2.deleteSubnet(.init(subnetId: subnet)) }?.code == "DependencyViolation")
        try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        try await aws.ec2.deleteSecurityGroup(.init(groupId: group))
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
    }

    @Test func elasticIPReplacesPublicAddress() async throws {
        let aws = AWS.current
        let id = try await aws.run().first?.instanceId ?? ""
        let address = try await aws.ec2.allocateAddress(.init())
        try await aws.ec2.associateAddress(.init(allocationId: address.allocationId, instanceId: id))
        #expect(try await aws.describe(id)?.publicIpAddress == address.publicIp)
        try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        #expect(try await aws.describe(id)?.publicIpAddress == address.publicIp)
        try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        #expect(try await aws.ec2.describeAddresses().addresses?.first?.associationId == nil)
    }
}

@Suite(.simulator) struct InstanceAttributes {
    @Test func terminationProtectionRejectsTerminateInstances() async throws {
        let aws = AWS.current
        let id = try await aws.run { $0.disableApiTermination = true }.first?.instanceId ?? ""
        let error = await refusal { try await aws.ec2.terminateInstances(.init(instanceIds: [id])) }
        #expect(error?.code == "OperationNotPermitted")
        #expect(
            error?.message
                == "The instance '\(id)' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
        )
        try await aws.ec2.modifyInstanceAttribute(.init(instanceId: id, disableApiTermination: .init(value: false)))
        let attribute = try await aws.ec2.describeInstanceAttribute(.init(instanceId: id, attribute: "disableApiTermination"))
        #expect(attribute.disableApiTermination?.value == false)
        try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        #expect(try await aws.describe(id)?.state?.name == "terminated")
    }

    /// As recorded: stop protection also prevents termination.
    @Test func stopProtectionRejectsStopAndTermination() async throws {
        let aws = AWS.current
        let id = try await aws.run { $0.disableApiStop = true }.first?.instanceId ?? ""
        let stop = await refusal { try await aws.ec2.stopInstances(.init(instanceIds: [id])) }
        #expect(
            stop?.message
                == "The instance '\(id)' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.")
        let terminate = await refusal { try await aws.ec2.terminateInstances(.init(instanceIds: [id])) }
        #expect(
            terminate?.message
                == "The instance '\(id)' may not be terminated. Modify its 'disableApiStop' instance attribute and try again.")
    }

    @Test func instanceTypeChangeNeedsStoppedInstance() async throws {
        let aws = AWS.current
        let id = try await aws.run().first?.instanceId ?? ""
        let change = ModifyInstanceAttributeRequest(instanceId: id, instanceType: .init(value: "t3.large"))
        #expect(await refusal { try await aws.ec2.modifyInstanceAttribute(change) }?.code == "IncorrectInstanceState")
        try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        try await aws.ec2.modifyInstanceAttribute(change)
        #expect(try await aws.describe(id)?.instanceType == "t3.large")
    }

    @Test func describeInstanceAttributeReturnsUserData() async throws {
        let aws = AWS.current
        let script = Base64.encode(Bytes("#!/bin/bash\necho hello\n".utf8))
        let id = try await aws.run { $0.userData = script }.first?.instanceId ?? ""
        let attribute = try await aws.ec2.describeInstanceAttribute(.init(instanceId: id, attribute: "userData"))
        #expect(attribute.userData?.value == script)
        #expect(try await aws.ec2.getConsoleOutput(.init(instanceId: id)).output?.isEmpty == false)
    }

    @Test func malformedAndUnknownInstanceIdsAreRejected() async throws {
        let ec2 = AWS.current.ec2
        let malformed = await refusal { try await ec2.describeInstances(.init(instanceIds: ["i-xyz"])) }
        #expect(malformed?.code == "InvalidInstanceID.Malformed")
        #expect(malformed?.message == "Invalid id: \"i-xyz\"")
        let two = await refusal {
            try await ec2.terminateInstances(.init(instanceIds: ["i-0123456789abcdef0", "i-0123456789abcdef1"]))
        }
        #expect(two?.message == "The instance IDs 'i-0123456789abcdef0, i-0123456789abcdef1' do not exist")
    }

    @Test func describeInstancesPaginatesWithoutDuplicates() async throws {
        let aws = AWS.current
        for _ in 0..<3 { try await aws.run(4, type: "t3.nano") }
        var seen: [String] = [], token: String?
        repeat {
            let page = try await aws.ec2.describeInstances(.init(nextToken: token, maxResults: 5))
            seen += page.reservations?.flatMap { $0.instances ?? [] }.compactMap(\.instanceId) ?? []
            token = page.nextToken
        } while token != nil
        #expect(seen.count == 12 && Set(seen).count == 12)
    }

    @Test func modifyInstanceAttributeChangesGroupsAndSourceDestCheck() async throws {
        let aws = AWS.current
        let id = try await aws.run().first?.instanceId ?? ""
        let group = try await aws.ec2.createSecurityGroup(.init(description: "web", groupName: "web")).groupId ?? ""
        try await aws.ec2.modifyInstanceAttribute(.init(instanceId: id, groups: [group]))
        try await aws.ec2.modifyInstanceAttribute(.init(sourceDestCheck: .init(value: false), instanceId: id))
        let seen = try await aws.describe(id)
        #expect(seen?.securityGroups?.map(\.groupId) == [group])
        #expect(seen?.sourceDestCheck == false)
    }

    @Test func seedDeterminesDescribeInstancesOutput() async throws {
        func story() async throws -> String {
            let aws = try AWS(Configuration(seed: 42))
            try await aws.ec2.createKeyPair(.init(keyName: "k"))
            try await aws.run(3)
            let all = try await aws.ec2.describeInstances()
            return "\(all)"
        }
        #expect(try await story() == story())
    }
}
