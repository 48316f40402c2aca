import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator(transitions: .aws)) struct Volumes {
    private let aws = AWS.current

    @Test func volumeStateChangesWithClock() async throws {
        let made = try await aws.ec2.createVolume(.init(availabilityZone: "us-east-1b", size: 20, volumeType: .gp3))
        let id = try #require(made.volumeId)
        #expect(made.state == .creating && made.size == 20 && made.iops == 3000 && made.throughput == 125)
        #expect(made.encrypted == false && made.snapshotId == "" && made.attachments == nil)
        aws.clock.advance(by: .minutes(1))
        let there = try await aws.describe(volume: id)
        #expect(
            there.state == .available && there.attachments?.isEmpty == true
                && there.availabilityZoneId?.hasPrefix("use1-az") == true)
        try await aws.ec2.deleteVolume(.init(volumeId: id))
        #expect(try await aws.describe(volume: id).state == .deleting)
        await refused("InvalidVolume.NotFound") { try await aws.ec2.deleteVolume(.init(volumeId: id)) }
        aws.clock.advance(by: .minutes(1))
        await refused("InvalidVolume.NotFound", "The volume '\(id)' does not exist.") { _ = try await aws.describe(volume: id) }
    }

    @Test func creatingVolumeCannotBeUsed() async throws {
        let instance = try await aws.instance()
        let id = try #require(try await aws.ec2.createVolume(.init(availabilityZone: "us-east-1a", size: 1)).volumeId)
        await refused("IncorrectState", "\(id) is not 'available'.") {
            try await aws.ec2.attachVolume(.init(device: "/dev/sdf", instanceId: instance, volumeId: id))
        }
        await refused("IncorrectState") { try await aws.ec2.deleteVolume(.init(volumeId: id)) }
        await refused("IncorrectState") { try await aws.ec2.createSnapshot(.init(volumeId: id)) }
    }

    private struct Wrong: Sendable, CustomTestStringConvertible {
        let type: VolumeType?
        var size: Int?
        var iops, throughput: Int?
        let code: String
        var message: String?
        var testDescription: String { "\(type?.rawValue ?? "-") \(size ?? 0) \(iops ?? 0) \(throughput ?? 0)" }
    }

    private static let wrong: [Wrong] = [
        Wrong(type: nil, code: "MissingParameter", message: "The request must contain the parameter size/snapshot"),
        Wrong(type: "gp9", size: 10, code: "UnknownVolumeType"),
        Wrong(
            type: .io1, size: 3, iops: 100, code: "InvalidParameterValue",
            message: "Volume of 3GiB is too small for volume type io1; minimum is 4GiB."),
        Wrong(
            type: .gp2, size: 16_385, code: "InvalidParameterValue",
            message: "Volume of 16385GiB is too large for volume type gp2; maximum is 16384GiB."),
        Wrong(type: .gp2, size: 0, code: "InvalidParameterValue"),
        Wrong(type: .st1, size: 124, code: "InvalidParameterValue"),
        Wrong(type: .standard, size: 1025, code: "InvalidParameterValue"),
        Wrong(
            type: .gp2, size: 10, iops: 3000, code: "InvalidParameterCombination",
            message: "The parameter iops is not supported for gp2 volumes."),
        Wrong(
            type: .io1, size: 10, code: "InvalidParameterCombination",
            message: "The parameter iops must be specified for io1 volumes."),
        Wrong(
            type: .io1, size: 10, iops: 50, code: "InvalidParameterValue",
            message: "Volume iops of 50 is too low; minimum is 100."),
        Wrong(
            type: .gp3, size: 20, iops: 15_000, code: "InvalidParameterValue",
            message: "Iops to volume size ratio of 750.000000 is too high; maximum is 500"),
        Wrong(type: .io2, size: 4, iops: 4001, code: "InvalidParameterValue"),
        Wrong(type: .io1, size: 10, iops: 501, code: "InvalidParameterValue"),
        Wrong(type: .st1, size: 500, throughput: 125, code: "InvalidParameterCombination"),
        Wrong(type: .gp3, size: 100, throughput: 2001, code: "InvalidParameterValue"),
        Wrong(
            type: .gp3, size: 100, iops: 3000, throughput: 1000, code: "InvalidParameterValue",
            message: "Throughput (MiBps) to iops ratio of 0.333333 is too high; maximum is 0.250000 MiBps per iops"),
    ]

    /// The messages about sizes and throughput are assumed; those about IOPS are from users' reports.
    @Test(arguments: wrong) private func createVolumeRejectsInvalidSizeIopsAndThroughput(wrong: Wrong) async throws {
        var request = CreateVolumeRequest(availabilityZone: "us-east-1a")
        request.volumeType = wrong.type
        request.size = wrong.size
        request.iops = wrong.iops
        request.throughput = wrong.throughput
        await refused(wrong.code, wrong.message) { try await aws.ec2.createVolume(request) }
        #expect(try await aws.ec2.describeVolumes().volumes?.isEmpty == true)
    }

    @Test func volumeTypesSetDefaultIopsAndThroughput() async throws {
        func made(_ type: VolumeType, _ size: Int, iops: Int? = nil, throughput: Int? = nil) async throws -> [Int?] {
            var request = CreateVolumeRequest(availabilityZone: "us-east-1a", iops: iops, size: size, volumeType: type)
            request.throughput = throughput
            let volume = try await aws.ec2.createVolume(request)
            return [volume.iops, volume.throughput]
        }
        #expect(try await made(.gp2, 8) == [100, nil])
        #expect(try await made(.gp2, 500) == [1500, nil])
        #expect(try await made(.gp2, 10_000) == [16_000, nil])
        #expect(try await made(.gp3, 1) == [3000, 125])
        #expect(try await made(.gp3, 100, iops: 8000, throughput: 2000) == [8000, 2000])
        #expect(try await made(.io1, 4, iops: 200) == [200, nil])
        #expect(try await made(.io2, 4, iops: 4000) == [4000, nil])
        #expect(try await made(.sc1, 125) == [nil, nil])
        #expect(try await made(.standard, 1) == [nil, nil])
    }

    @Test func createVolumeChecksAvailabilityZone() async throws {
        await refused("InvalidZone.NotFound", "The zone 'eu-west-1a' does not exist.") {
            try await aws.ec2.createVolume(.init(availabilityZone: "eu-west-1a", size: 1))
        }
        await refused("MissingParameter") { try await aws.ec2.createVolume(.init(size: 1)) }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.createVolume(.init(availabilityZone: "us-east-1a", availabilityZoneId: "use1-az1", size: 1))
        }
        let zone = try #require(try await aws.ec2.describeAvailabilityZones(.init()).availabilityZones?.last)
        let made = try await aws.ec2.createVolume(.init(availabilityZoneId: zone.zoneId, size: 1))
        #expect(made.availabilityZone == zone.zoneName)
    }

    @Test func createVolumeIsIdempotentByClientToken() async throws {
        var request = CreateVolumeRequest(availabilityZone: "us-east-1a", size: 5, clientToken: "once")
        let first = try await aws.ec2.createVolume(request), second = try await aws.ec2.createVolume(request)
        #expect(first.volumeId == second.volumeId)
        request.size = 6
        await refused("IdempotentParameterMismatch") { try await aws.ec2.createVolume(request) }
        #expect(try await aws.ec2.describeVolumes().volumes?.count == 1)
    }

    @Test func describeVolumesAppliesFilters() async throws {
        let tags = [TagSpecification(resourceType: "volume", tags: [Tag(key: "Name", value: "data")])]
        let id = try await aws.volume { $0.tagSpecifications = tags }
        _ = try await aws.volume { $0.volumeType = .gp3 }
        func found(_ name: String, _ value: String) async throws -> [String?] {
            try await aws.ec2.describeVolumes(.init(filters: [Filter(name: name, values: [value])])).volumes?.map(\.volumeId)
                ?? []
        }
        #expect(try await found("tag:Name", "d*") == [id])
        #expect(try await found("volume-type", "gp2") == [id])
        #expect(try await found("status", "available").count == 2)
        #expect(try await found("multi-attach-enabled", "true") == [])
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await found("colour", "red") }
        await refused("InvalidParameterValue") {
            try await aws.ec2.createVolume(
                .init(
                    availabilityZone: "us-east-1a", size: 1,
                    tagSpecifications: [.init(resourceType: "instance", tags: [Tag(key: "a", value: "b")])]))
        }
    }

    @Test func describeVolumesPaginatesInOrder() async throws {
        var made: [String] = []
        for _ in 0..<7 { made.append(try await aws.volume()) }
        let first = try await aws.ec2.describeVolumes(.init(maxResults: 5))
        let second = try await aws.ec2.describeVolumes(.init(nextToken: first.nextToken, maxResults: 5))
        #expect((first.volumes ?? []).count == 5 && second.nextToken == nil)
        #expect(((first.volumes ?? []) + (second.volumes ?? [])).map(\.volumeId) == made)
    }

    /// AWS's default quotas for a region.
    @Test func volumeStorageAndIopsQuotasAreEnforced() async throws {
        for _ in 0..<3 { _ = try await aws.volume { $0.size = 16_384 } }
        await refused("VolumeLimitExceeded") { _ = try await aws.volume { $0.size = 2049 } }
        _ = try await aws.volume { $0.size = 2048 }
        _ = try await aws.volume { ($0.volumeType, $0.size, $0.iops) = (.io2, 100, 100_000) }
        await refused("MaxIOPSLimitExceeded") {
            _ = try await aws.volume { ($0.volumeType, $0.size, $0.iops) = (.io2, 100, 100) }
        }
    }

    @Test func runInstancesCountsAgainstVolumeQuotas() async throws {
        func disk(_ size: Int) -> [BlockDeviceMapping] {
            [BlockDeviceMapping(ebs: .init(volumeSize: size, volumeType: .gp3), deviceName: "/dev/sdf")]
        }
        await refused("VolumeLimitExceeded") {
            try await aws.run(4) { $0.blockDeviceMappings = disk(16_384) }
        }
        #expect(try await aws.ec2.describeInstances(.init()).reservations?.isEmpty == true)
        try await aws.run(3) { $0.blockDeviceMappings = disk(16_384) }
        await refused("MaxIOPSLimitExceeded") {
            try await aws.run {
                let volume = EbsBlockDevice(iops: 100_001, volumeSize: 200, volumeType: .io2)
                $0.blockDeviceMappings = [BlockDeviceMapping(ebs: volume, deviceName: "/dev/sdf")]
            }
        }
    }

    @Test(arguments: ["vol-1", "vol-xyz", "snap-0123456789abcdef0", ""]) func malformedVolumeIdsAreRejected(id: String)
        async throws
    {
        await refused("InvalidParameterValue", "Value (\(id)) for parameter volumeId is invalid. Expected: 'vol-...'.") {
            try await aws.ec2.deleteVolume(.init(volumeId: id))
        }
        await refused("InvalidParameterValue") { try await aws.ec2.createSnapshot(.init(volumeId: id)) }
    }

    /// Policies can check the properties of the new volume.
    @Test func denyPoliciesCheckVolumeSizeAndEncryption() async throws {
        _ = try await aws.iam.createUser(.init(userName: "worker"))
        let policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Effect":"Deny","Action":"ec2:CreateVolume",
            "Resource":"arn:aws:ec2:*:*:volume/*","Condition":{"Bool":{"ec2:Encrypted":"false"}}},{"Effect":"Deny",
            "Action":"ec2:CreateVolume","Resource":"arn:aws:ec2:*:*:volume/*","Condition":{"NumericGreaterThan":{"ec2:VolumeSize":"100"}}}]}
            """
        try await aws.iam.putUserPolicy(.init(userName: "worker", policyName: "p", policyDocument: policy))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "worker")).accessKey)
        let worker = aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? "")
        ).ec2
        await refused("UnauthorizedOperation") {
            try await worker.createVolume(.init(availabilityZone: "us-east-1a", size: 10))
        }
        await refused("UnauthorizedOperation") {
            try await worker.createVolume(.init(availabilityZone: "us-east-1a", encrypted: true, size: 101))
        }
        try await worker.createVolume(.init(availabilityZone: "us-east-1a", encrypted: true, size: 100))
    }
}
