import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct NetworkInterfaces: InterfaceFixtures {
    let aws = AWS.current

    // MARK: Life

    @Test func networkInterfaceIsCreatedDescribedAndDeleted() async throws {
        let subnet = try await subnet()
        let made = try await create(subnet) {
            $0.description = "mine"
            $0.tagSpecifications = [.init(resourceType: "network-interface", tags: [Tag(key: "Name", value: "a")])]
        }
        #expect(made.status == "pending" && made.description == "mine" && made.interfaceType == .interface)
        #expect(made.tagSet?.map(\.value) == ["a"] && made.sourceDestCheck == true)
        let shown = try await describe(made.networkInterfaceId)
        #expect(shown.status == .available && shown.attachment == nil && shown.requesterManaged == false)
        #expect(shown.requesterId == "123456789012" && shown.groups?.first?.groupName == "default")
        #expect(shown.privateIpAddresses?.count == 1 && shown.privateIpAddress?.hasPrefix("10.0.1.") == true)
        let free = try await aws.ec2.describeSubnets(.init(subnetIds: [subnet])).subnets?.first?.availableIpAddressCount
        #expect(free == 250)
        await refused("DependencyViolation") { try await aws.ec2.deleteSubnet(.init(subnetId: subnet)) }
        try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: made.networkInterfaceId ?? ""))
        await refused("InvalidNetworkInterfaceID.NotFound") {
            try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: made.networkInterfaceId ?? ""))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
    }

    @Test func createNetworkInterfaceIsIdempotentByClientToken() async throws {
        let subnet = try await subnet()
        let first = try await create(subnet) { $0.clientToken = "t" }
        #expect(try await create(subnet) { $0.clientToken = "t" }.networkInterfaceId == first.networkInterfaceId)
        await refused("IdempotentParameterMismatch") {
            try await aws.ec2.createNetworkInterface(.init(clientToken: "t", subnetId: subnet, description: "another"))
        }
    }

    @Test func createNetworkInterfaceRejectsInvalidRequests() async throws {
        let subnet = try await subnet()
        await refused("InvalidSubnetID.NotFound") { try await create("subnet-0123456789abcdef0") }
        await refused("InvalidParameterValue", "Address 10.0.2.9 does not fall within the subnet's address range") {
            try await create(subnet) { $0.privateIpAddress = "10.0.2.9" }
        }
        await refused("InvalidParameterValue", "Address 10.0.1.1 is in subnet's reserved address range") {
            try await create(subnet) { $0.privateIpAddress = "10.0.1.1" }
        }
        _ = try await create(subnet) { $0.privateIpAddress = "10.0.1.9" }
        await refused("InvalidIPAddress.InUse", "Address 10.0.1.9 is in use.") {
            try await create(subnet) { $0.privateIpAddress = "10.0.1.9" }
        }
        let elsewhere = try await aws.group()
        await refused("InvalidParameter") { try await create(subnet) { $0.groups = [elsewhere] } }
        await refused("InvalidParameterCombination") {
            try await create(subnet) {
                $0.privateIpAddress = "10.0.1.20"
                $0.privateIpAddresses = [.init(primary: true, privateIpAddress: "10.0.1.21")]
            }
        }
        await refused("InvalidParameterCombination") {
            try await create(subnet) {
                $0.privateIpAddresses = [.init(privateIpAddress: "10.0.1.20"), .init(privateIpAddress: "10.0.1.21")]
                $0.secondaryPrivateIpAddressCount = 2
            }
        }
        // Assumed: the code. A subnet has an IPv6 block only if one was assigned.
        await refused("InvalidParameterValue") { try await create(subnet) { $0.ipv6AddressCount = 1 } }
        await refused("InvalidParameterValue") {
            try await create(subnet) { $0.connectionTrackingSpecification = .init(tcpEstablishedTimeout: 1) }
        }
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.count == 1)
    }

    // MARK: Attachment

    @Test func networkInterfaceIsAttachedAndDetached() async throws {
        let subnet = try await subnet()
        let id = try #require(try await create(subnet).networkInterfaceId)
        let instance = try await running(subnet)
        let attached = try await aws.ec2.attachNetworkInterface(
            .init(networkInterfaceId: id, instanceId: instance, deviceIndex: 1))
        let attachment = try #require(attached.attachmentId)
        #expect(attachment.hasPrefix("eni-attach-0") && attached.networkCardIndex == 0)
        #expect(try await describe(id).attachment?.status == .attaching)
        aws.clock.advance(by: .seconds(10))
        let shown = try await describe(id)
        #expect(shown.status == .inUse && shown.attachment?.status == .attached && shown.attachment?.deviceIndex == 1)
        #expect(shown.attachment?.deleteOnTermination == false && shown.attachment?.instanceId == instance)
        let own = try #require(try await aws.describe(instance)?.networkInterfaces)
        #expect(own.map(\.networkInterfaceId).last == id && own.count == 2)
        await refused("InvalidParameterValue", "Network interface '\(id)' is currently in use.") {
            try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: id))
        }
        await refused("InvalidNetworkInterface.InUse", "Interface: [\(id)] in use.") {
            try await aws.ec2.attachNetworkInterface(.init(networkInterfaceId: id, instanceId: instance, deviceIndex: 2))
        }
        // An instance with several interfaces needs the interface's id.
        await refused("InvalidInstanceID") {
            try await aws.ec2.modifyInstanceAttribute(.init(sourceDestCheck: .init(value: false), instanceId: instance))
        }
        try await aws.ec2.detachNetworkInterface(.init(attachmentId: attachment))
        #expect(try await describe(id).attachment?.status == .detaching)
        aws.clock.advance(by: .seconds(10))
        #expect(try await describe(id).status == .available)
        await refused("InvalidAttachmentID.NotFound") {
            try await aws.ec2.detachNetworkInterface(.init(attachmentId: attachment))
        }
        try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: id))
    }

    @Test func forcedDetachmentFreesInterfaceImmediately() async throws {
        let subnet = try await subnet()
        let id = try #require(try await create(subnet).networkInterfaceId)
        let attachment = try await aws.ec2.attachNetworkInterface(
            .init(networkInterfaceId: id, instanceId: try await running(subnet), deviceIndex: 1))
        try await aws.ec2.detachNetworkInterface(.init(attachmentId: attachment.attachmentId ?? "", force: true))
        #expect(try await describe(id).status == .available)
        #expect(try await describe(id).attachment?.status == .detached)
        aws.clock.advance(by: .minutes(1))
        #expect(try await describe(id).attachment == nil)
    }

    @Test func attachNetworkInterfaceRejectsInvalidRequests() async throws {
        let subnet = try await subnet()
        let vpc = try #require(try await aws.ec2.describeSubnets(.init(subnetIds: [subnet])).subnets?.first?.vpcId)
        let other = try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: "us-east-1b", cidrBlock: "10.0.2.0/24", vpcId: vpc)).subnet?
                .subnetId)
        let instance = try await running(subnet, type: "t3.micro")
        let first = try #require(try await create(subnet).networkInterfaceId)
        let second = try #require(try await create(subnet).networkInterfaceId)
        let far = try #require(try await create(other).networkInterfaceId)
        let attach = { (id: String, index: Int) in
            try await aws.ec2.attachNetworkInterface(.init(networkInterfaceId: id, instanceId: instance, deviceIndex: index))
        }
        await refused("InvalidParameterCombination") { try await attach(far, 1) }
        await refused(
            "InvalidParameterValue", "Instance '\(instance)' already has an interface attached at device index '0'."
        ) { try await attach(first, 0) }
        _ = try await attach(first, 1)
        await refused("AttachmentLimitExceeded", "Interface count 3 exceeds the limit for t3.micro") {
            try await attach(second, 2)
        }
        let primary = try await aws.describe(instance)?.networkInterfaces?.first?.attachment?.attachmentId
        await refused(
            "OperationNotPermitted", "The network interface at device index 0 and networkCard index 0 cannot be detached."
        ) { try await aws.ec2.detachNetworkInterface(.init(attachmentId: primary ?? "")) }
        await refused("InvalidInstanceID.NotFound") {
            try await aws.ec2.attachNetworkInterface(
                .init(networkInterfaceId: second, instanceId: "i-0123456789abcdef0", deviceIndex: 1))
        }
        await refused("InvalidNetworkInterfaceAttachmentId.Malformed") {
            try await aws.ec2.detachNetworkInterface(.init(attachmentId: "eni-attach"))
        }
        try await aws.ec2.terminateInstances(.init(instanceIds: [instance]))
        await refused("IncorrectState") { try await attach(second, 1) }
    }

    @Test func deleteOnTerminationDeletesNetworkInterface() async throws {
        let subnet = try await subnet()
        let instance = try await running(subnet)
        let kept = try #require(try await create(subnet).networkInterfaceId)
        let doomed = try #require(try await create(subnet).networkInterfaceId)
        for (index, id) in [kept, doomed].enumerated() {
            let attachment = try await aws.ec2.attachNetworkInterface(
                .init(networkInterfaceId: id, instanceId: instance, deviceIndex: index + 1)
            ).attachmentId
            guard id == doomed else { continue }
            await refused("InvalidAttachmentID.NotFound") {
                try await aws.ec2.modifyNetworkInterfaceAttribute(
                    .init(
                        networkInterfaceId: id,
                        attachment: .init(attachmentId: "eni-attach-0123456789abcdef0", deleteOnTermination: true)))
            }
            try await aws.ec2.modifyNetworkInterfaceAttribute(
                .init(networkInterfaceId: id, attachment: .init(attachmentId: attachment, deleteOnTermination: true)))
        }
        try await aws.ec2.terminateInstances(.init(instanceIds: [instance]))
        aws.clock.advance(by: .minutes(2))
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.map(\.networkInterfaceId) == [kept])
        #expect(try await describe(kept).status == .available)
    }

    // MARK: Attributes

    @Test func modifyNetworkInterfaceAttributeChangesOnePerCall() async throws {
        let subnet = try await subnet()
        let vpc = try #require(try await aws.ec2.describeSubnets(.init(subnetIds: [subnet])).subnets?.first?.vpcId)
        let id = try #require(try await create(subnet).networkInterfaceId)
        let group = try await aws.group(vpc: vpc)
        try await aws.ec2.modifyNetworkInterfaceAttribute(.init(networkInterfaceId: id, description: .init(value: "new")))
        try await aws.ec2.modifyNetworkInterfaceAttribute(.init(networkInterfaceId: id, sourceDestCheck: .init(value: false)))
        try await aws.ec2.modifyNetworkInterfaceAttribute(.init(networkInterfaceId: id, groups: [group]))
        func attribute(_ name: NetworkInterfaceAttribute) async throws -> DescribeNetworkInterfaceAttributeResult {
            try await aws.ec2.describeNetworkInterfaceAttribute(.init(networkInterfaceId: id, attribute: name))
        }
        #expect(try await attribute("description").description?.value == "new")
        #expect(try await attribute("sourceDestCheck").sourceDestCheck?.value == false)
        #expect(try await attribute("groupSet").groups?.map(\.groupId) == [group])
        #expect(try await attribute("attachment").attachment == nil)
        try await aws.ec2.resetNetworkInterfaceAttribute(.init(networkInterfaceId: id, sourceDestCheck: "true"))
        #expect(try await attribute("sourceDestCheck").sourceDestCheck?.value == true)
        await refused("DependencyViolation") { try await aws.ec2.deleteSecurityGroup(.init(groupId: group)) }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyNetworkInterfaceAttribute(
                .init(networkInterfaceId: id, description: .init(value: "x"), sourceDestCheck: .init(value: true)))
        }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyNetworkInterfaceAttribute(.init(networkInterfaceId: id))
        }
        let groups = try await (1...6).asyncMap { try await aws.group("g\($0)", vpc: vpc) }
        await refused("SecurityGroupsPerInterfaceLimitExceeded") {
            try await aws.ec2.modifyNetworkInterfaceAttribute(.init(networkInterfaceId: id, groups: groups))
        }
    }

    // MARK: Launches

    @Test func runInstancesUsesExistingNetworkInterface() async throws {
        let subnet = try await subnet()
        let id = try #require(try await create(subnet) { $0.privateIpAddress = "10.0.1.10" }.networkInterfaceId)
        let instance = try #require(
            try await aws.run(type: "m5.large") {
                $0.networkInterfaces = [
                    .init(deviceIndex: 0, networkInterfaceId: id),
                    .init(description: "second", deviceIndex: 1, secondaryPrivateIpAddressCount: 2, subnetId: subnet),
                ]
            }.first)
        #expect(instance.privateIpAddress == "10.0.1.10" && instance.subnetId == subnet)
        aws.clock.advance(by: .minutes(1))
        let shown = try #require(try await aws.describe(instance.instanceId)?.networkInterfaces)
        #expect(shown.map(\.attachment?.deleteOnTermination) == [false, true])
        #expect(shown.map { $0.privateIpAddresses?.count } == [1, 3])
        await refused("InvalidNetworkInterface.InUse") {
            try await aws.run { $0.networkInterfaces = [.init(deviceIndex: 0, networkInterfaceId: id)] }
        }
        await refused("InvalidParameterCombination") {
            try await aws.run(2) { $0.networkInterfaces = [.init(deviceIndex: 0, networkInterfaceId: id)] }
        }
        try await aws.ec2.terminateInstances(.init(instanceIds: [instance.instanceId ?? ""]))
        aws.clock.advance(by: .minutes(2))
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.map(\.networkInterfaceId) == [id])
        await refused("PrivateIpAddressLimitExceeded") {
            try await aws.run {
                $0.networkInterfaces = [.init(deviceIndex: 0, secondaryPrivateIpAddressCount: 5, subnetId: subnet)]
            }
        }
    }

    // MARK: Permissions

    @Test func networkInterfacePermissionIsCreatedAndDeleted() async throws {
        let id = try #require(try await create(try await subnet()).networkInterfaceId)
        let made = try await aws.ec2.createNetworkInterfacePermission(
            .init(networkInterfaceId: id, awsAccountId: "999988887777", permission: "INSTANCE-ATTACH"))
        let permission = try #require(made.interfacePermission)
        #expect(permission.permissionState?.state == "GRANTED")
        #expect(permission.networkInterfacePermissionId?.hasPrefix("eni-perm-0") == true)
        await refused("InvalidPermission.Duplicate") {
            try await aws.ec2.createNetworkInterfacePermission(
                .init(networkInterfaceId: id, awsAccountId: "999988887777", permission: "INSTANCE-ATTACH"))
        }
        let found = try await aws.ec2.describeNetworkInterfacePermissions(
            .init(filters: [Filter(name: "network-interface-permission.network-interface-id", values: [id])]))
        #expect(
            found.networkInterfacePermissions?.map(\.networkInterfacePermissionId) == [permission.networkInterfacePermissionId])
        await refused("InvalidParameterValue") {
            try await aws.ec2.createNetworkInterfacePermission(
                .init(networkInterfaceId: id, awsAccountId: "me", permission: "INSTANCE-ATTACH"))
        }
        await refused("MissingParameter") {
            try await aws.ec2.createNetworkInterfacePermission(.init(networkInterfaceId: id, permission: "EIP-ASSOCIATE"))
        }
        let answer = try await aws.ec2.deleteNetworkInterfacePermission(
            .init(networkInterfacePermissionId: permission.networkInterfacePermissionId ?? ""))
        #expect(answer.return == true)
        #expect(try await aws.ec2.describeNetworkInterfacePermissions().networkInterfacePermissions?.isEmpty == true)
        await refused("InvalidPermissionID.NotFound") {
            try await aws.ec2.deleteNetworkInterfacePermission(
                .init(networkInterfacePermissionId: permission.networkInterfacePermissionId ?? ""))
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { try await result.append(body(element)) }
        return result
    }
}
