import DrydockTesting
import EC2API
import Foundation
import Testing

/// States and snapshots of an earlier Drydock can be opened and keep their contents.
///
/// `EarlierStates/` contains, compressed with gzip, a state and a snapshot of it. `make.py` there filled the state through
/// `drydock serve --state --clock manual`, built from the commit in the file's name.
@Suite struct EarlierStateTests {
    private static let commits = ["d3a7a75"]
    private let folder = FileManager.default.temporaryDirectory.path + "/drydock-earlier-\(UUID().uuidString)"

    /// Unpacks a fixture into a folder of this test.
    private func unpacked(_ name: String, as file: String) throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent().path + "/EarlierStates/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/" + file
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-dc", source]
        gzip.standardOutput = FileHandle(forWritingAtPath: path)
        try gzip.run()
        gzip.waitUntilExit()
        try #require(gzip.terminationStatus == 0)
        return path
    }

    @Test(arguments: commits) func earlierStateOpens(commit: String) async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try unpacked(commit + ".sqlite.gz", as: "drydock.sqlite")
        let clock = try #require(StoredClock.of(folder: folder))
        let aws = try AWS(.init(clock: clock, transitions: .quick, stateFolder: folder))
        try await expectContents(aws)
        try aws.simulator.close()
    }

    @Test(arguments: commits) func earlierSnapshotOpens(commit: String) async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = try unpacked(commit + ".drydock.gz", as: "earlier.drydock")
        try await expectContents(AWS(try Simulator.drydock(snapshot: path, .init(clock: .manual(), transitions: .quick))))
    }

    /// The EBS settings, which were rows of a table of their own, and a setting that was a document already. Made by
    /// `make_settings.py` from the commit in the file's name.
    @Test func settingsOfAnEarlierStateKeepTheirValues() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try unpacked("83bfbc5-settings.sqlite.gz", as: "drydock.sqlite")
        let clock = try #require(StoredClock.of(folder: folder))
        let aws = try AWS(.init(clock: clock, stateFolder: folder)), ec2 = aws.ec2
        let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        #expect(try await ec2.getEbsEncryptionByDefault().ebsEncryptionByDefault == true)
        #expect(try await ec2.getEbsDefaultKmsKeyId().kmsKeyId == key)
        #expect(try await ec2.getSnapshotBlockPublicAccessState().state == .blockNewSharing)
        #expect(try await ec2.getSerialConsoleAccessStatus().serialConsoleAccessEnabled == true)
        let volume = try await ec2.createVolume(.init(availabilityZone: "us-east-1a", size: 1))
        #expect(volume.encrypted == true && volume.kmsKeyId == key)
        // Each region has its own.
        let elsewhere = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-central-1").ec2
        #expect(try await elsewhere.getEbsEncryptionByDefault().ebsEncryptionByDefault == false)
        #expect(try await elsewhere.getEbsDefaultKmsKeyId().kmsKeyId == "alias/aws/ebs")
        #expect(try await elsewhere.getSnapshotBlockPublicAccessState().state == .blockAllSharing)
        // They can be changed back.
        try await ec2.disableEbsEncryptionByDefault()
        try await ec2.resetEbsDefaultKmsKeyId()
        try await ec2.disableSnapshotBlockPublicAccess()
        #expect(try await ec2.getEbsEncryptionByDefault().ebsEncryptionByDefault == false)
        #expect(try await ec2.getEbsDefaultKmsKeyId().kmsKeyId == "alias/aws/ebs")
        #expect(try await ec2.getSnapshotBlockPublicAccessState().state == .unblocked)
        try aws.simulator.close()
    }

    /// The objects that `make.py` created.
    private func expectContents(_ aws: AWS) async throws {
        let ec2 = aws.ec2
        let vpc = try #require(try await ec2.describeVpcs(.init(filters: named("old-vpc"))).vpcs?.first)
        #expect(vpc.cidrBlock == "10.1.0.0/16")
        #expect(vpc.tags?.first { $0.key == "team" }?.value == "blue")
        let hostNames = try await ec2.describeVpcAttribute(.init(attribute: .enableDnsHostnames, vpcId: vpc.vpcId ?? ""))
        #expect(hostNames.enableDnsHostnames?.value == true)
        let subnet = try #require(try await ec2.describeSubnets(.init(filters: named("old-subnet"))).subnets?.first)
        #expect(subnet.vpcId == vpc.vpcId && subnet.availabilityZone == "us-east-1b" && subnet.availableIpAddressCount == 249)
        let gateways = try await ec2.describeInternetGateways(.init()).internetGateways ?? []
        #expect(gateways.count == 3)
        #expect(gateways.first { $0.tags?.first?.value == "old-gateway" }?.attachments?.first?.vpcId == vpc.vpcId)
        let group = try #require(try await ec2.describeSecurityGroups(.init(filters: named("old-group"))).securityGroups?.first)
        #expect(group.ipPermissions?.count == 2)
        #expect(group.ipPermissions?.flatMap { $0.ipRanges ?? [] }.first?.description == "office")
        #expect(try await ec2.describeSecurityGroupRules(.init(filters: named("ssh"))).securityGroupRules?.count == 1)
        #expect(try await ec2.describeKeyPairs(.init()).keyPairs?.map(\.keyName) == ["old-key", "old-rsa"])
        #expect(try await ec2.describeRouteTables(.init()).routeTables?.count == 2)
        #expect(try await ec2.describeNetworkAcls(.init()).networkAcls?.count == 2)
        #expect(try await ec2.describeDhcpOptions(.init()).dhcpOptions?.count == 1)
        #expect(try await ec2.describeNetworkInterfaces(.init()).networkInterfaces?.count == 3)
        #expect(try await ec2.describeVolumes(.init(filters: named("old-volume"))).volumes?.count == 2)

        let addresses = try await ec2.describeAddresses(.init()).addresses ?? []
        #expect(addresses.map { $0.associationId == nil } == [false, true])
        let instances = try await instances(ec2)
        #expect(instances.map { $0.state?.name } == [.running, .stopped, .terminated, .shuttingDown])
        #expect(instances.first?.publicIpAddress == addresses.first?.publicIp)
        #expect(instances.first?.iamInstanceProfile?.arn?.hasSuffix("instance-profile/old-profile") == true)
        let image = try #require(instances.first?.imageId)
        var again = RunInstancesRequest(maxCount: 2, minCount: 2)
        again.imageId = image
        again.instanceType = "t3.micro"
        again.subnetId = subnet.subnetId
        again.securityGroupIds = [group.groupId ?? ""]
        again.keyName = "old-key"
        again.iamInstanceProfile = .init(name: "old-profile")
        again.userData = "IyEvYmluL3NoCnRydWUK"
        again.clientToken = "old-token"
        again.tagSpecifications = specifications("old-instance", "old-volume")
        #expect(try await ec2.runInstances(again).instances?.map(\.instanceId) == instances.prefix(2).map(\.instanceId))

        // Pending changes continue: instances terminate, and an hour later they are removed.
        aws.clock.advance(by: .minutes(5))
        #expect(try await self.instances(ec2).map { $0.state?.name } == [.running, .stopped, .terminated, .terminated])
        #expect(try await ec2.describeNetworkInterfaces(.init()).networkInterfaces?.count == 2)
        aws.clock.advance(by: .hours(2))
        #expect(try await self.instances(ec2).map { $0.state?.name } == [.running, .stopped])

        #expect(try await aws.ecr.describeRepositories(.init()).repositories?.first?.imageTagMutability == .immutable)
        #expect(try await aws.iam.listAttachedUserPolicies(.init(userName: "old-user")).attachedPolicies?.count == 1)
        #expect(try await aws.iam.listRoleTags(.init(roleName: "old-role")).tags?.first?.value == "blue")
    }

    private func instances(_ ec2: EC2Client) async throws -> [Instance] {
        try await ec2.describeInstances(.init()).reservations?.flatMap { $0.instances ?? [] } ?? []
    }

    private func named(_ name: String) -> [Filter] { [Filter(name: "tag:Name", values: [name])] }

    private func specifications(_ instance: String, _ volume: String) -> [TagSpecification] {
        [
            TagSpecification(resourceType: "instance", tags: [Tag(key: "Name", value: instance)]),
            TagSpecification(resourceType: "volume", tags: [Tag(key: "Name", value: volume)]),
        ]
    }
}
