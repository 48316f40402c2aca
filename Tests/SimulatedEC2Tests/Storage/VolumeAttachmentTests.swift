import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct VolumeAttachments {
    private let aws = AWS.current

    private func attach(_ volume: String, _ instance: String, _ device: String = "/dev/sdf") async throws {
        try await aws.ec2.attachVolume(.init(device: device, instanceId: instance, volumeId: volume))
        aws.clock.advance(by: .minutes(1))
    }

    @Test func volumeIsAttachedAndDetached() async throws {
        let volume = try await aws.volume(), instance = try await aws.instance()
        let made = try await aws.ec2.attachVolume(.init(device: "/dev/sdf", instanceId: instance, volumeId: volume))
        #expect(made.state == .attaching && made.deleteOnTermination == false && made.device == "/dev/sdf")
        #expect(try await aws.describe(volume: volume).state == .inUse)
        aws.clock.advance(by: .minutes(1))
        #expect(try await aws.describe(volume: volume).attachments?.map(\.state) == [.attached])
        let mappings = try await aws.describe(instance)?.blockDeviceMappings
        #expect(mappings?.map(\.deviceName) == ["/dev/sda1", "/dev/sdf"])
        #expect(mappings?.last?.ebs?.volumeId == volume && mappings?.last?.ebs?.status == .attached)
        await refused("VolumeInUse", "Volume \(volume) is currently attached to \(instance)") {
            try await aws.ec2.deleteVolume(.init(volumeId: volume))
        }
        #expect(try await aws.ec2.detachVolume(.init(volumeId: volume)).state == .detaching)
        #expect(try await aws.ec2.detachVolume(.init(volumeId: volume)).state == .detaching)
        aws.clock.advance(by: .minutes(1))
        let free = try await aws.describe(volume: volume)
        #expect(free.state == .available && free.attachments?.isEmpty == true)
        await refused("IncorrectState", "Volume '\(volume)' is in the 'available' state.") {
            try await aws.ec2.detachVolume(.init(volumeId: volume))
        }
    }

    @Test func attachVolumeRejectsInvalidRequests() async throws {
        let volume = try await aws.volume(), second = try await aws.volume(), instance = try await aws.instance()
        let far = try await aws.volume { $0.availabilityZone = "us-east-1b" }
        await refused(
            "InvalidVolume.ZoneMismatch",
            "The volume '\(far)' is not in the same availability zone as instance '\(instance)'"
        ) { try await attach(far, instance) }
        try await attach(volume, instance)
        await refused(
            "InvalidParameterValue",
            "Invalid value '/dev/sdf' for unixDevice. Attachment point /dev/sdf is already in use"
        ) { try await attach(second, instance) }
        await refused("VolumeInUse", "\(volume) is already attached to an instance") {
            try await attach(volume, instance, "/dev/sdg")
        }
        await refused("InvalidInstanceID.NotFound") { try await attach(second, "i-0123456789abcdef0") }
        await refused("InvalidVolume.NotFound") { try await attach("vol-0123456789abcdef0", instance) }
        let young = try #require(try await aws.run { $0.placement = .init(availabilityZone: "us-east-1a") }.first?.instanceId)
        await refused("IncorrectState", "Instance '\(young)' is not 'running'.") { try await attach(second, young) }
        try await aws.ec2.stopInstances(.init(instanceIds: [instance]))
        aws.clock.advance(by: .minutes(2))
        try await attach(second, instance, "xvdba")
    }

    @Test(arguments: ["/dev/nvme1n1", "sdf0", "/dev/sda16", "/dev/SDF", "disk", "/dev/xvdea", "/dev/"])
    func attachVolumeRejectsInvalidDeviceNames(_ device: String) async throws {
        let volume = try await aws.volume(), instance = try await aws.instance()
        await refused(
            "InvalidParameterValue",
            "Value (\(device)) for parameter device is invalid. \(device) is not a valid EBS device name."
        ) { try await attach(volume, instance, device) }
    }

    @Test(arguments: ["/dev/sdh", "xvdh", "/dev/sda15", "/dev/xvddx"]) func attachVolumeAcceptsValidDeviceNames(
        _ device: String
    ) async throws {
        let volume = try await aws.volume(), instance = try await aws.instance()
        try await attach(volume, instance, device)
        #expect(try await aws.describe(volume: volume).attachments?.map(\.device) == [device])
    }

    @Test func detachVolumeRejectsOtherInstanceOrDevice() async throws {
        let volume = try await aws.volume(), instance = try await aws.instance(), other = try await aws.instance()
        try await attach(volume, instance)
        await refused("InvalidAttachment.NotFound") {
            try await aws.ec2.detachVolume(.init(instanceId: other, volumeId: volume))
        }
        await refused("InvalidAttachment.NotFound") {
            try await aws.ec2.detachVolume(.init(device: "/dev/sdg", volumeId: volume))
        }
    }

    @Test func rootVolumeDetachesOnlyFromStoppedInstance() async throws {
        let instance = try await aws.instance()
        let root = try #require(try await aws.describe(instance)?.blockDeviceMappings?.first?.ebs?.volumeId)
        await refused("OperationNotPermitted", "Unable to detach root volume '\(root)' from instance '\(instance)'") {
            try await aws.ec2.detachVolume(.init(volumeId: root))
        }
        try await aws.ec2.stopInstances(.init(instanceIds: [instance]))
        aws.clock.advance(by: .minutes(2))
        try await aws.ec2.detachVolume(.init(volumeId: root))
        aws.clock.advance(by: .minutes(1))
        #expect(try await aws.describe(volume: root).state == .available)
        await refused(
            "IncorrectInstanceState", "Instance '\(instance)' does not have a volume attached at root (/dev/sda1)"
        ) { try await aws.ec2.startInstances(.init(instanceIds: [instance])) }
        try await attach(root, instance, "/dev/sda1")
        try await aws.ec2.startInstances(.init(instanceIds: [instance]))
    }

    @Test func terminationDeletesOnlyDeleteOnTerminationVolumes() async throws {
        let kept = try await aws.volume(), doomed = try await aws.volume(), instance = try await aws.instance()
        try await attach(kept, instance)
        try await attach(doomed, instance, "/dev/sdg")
        try await aws.ec2.modifyInstanceAttribute(
            .init(
                instanceId: instance,
                blockDeviceMappings: [.init(deviceName: "/dev/sdg", ebs: .init(deleteOnTermination: true))]))
        #expect(try await aws.describe(volume: doomed).attachments?.first?.deleteOnTermination == true)
        try await aws.ec2.terminateInstances(.init(instanceIds: [instance]))
        aws.clock.advance(by: .minutes(2))
        let left = try await aws.ec2.describeVolumes().volumes ?? []
        #expect(left.map(\.volumeId) == [kept] && left.first?.state == .available)
    }

    @Test func multiAttachVolumeAttachesToSeveralInstances() async throws {
        await refused("InvalidParameterCombination") { _ = try await aws.volume { $0.multiAttachEnabled = true } }
        let volume = try await aws.volume {
            ($0.volumeType, $0.iops, $0.multiAttachEnabled) = (.io2, 100, true)
        }
        let first = try await aws.instance(), second = try await aws.instance()
        try await attach(volume, first)
        try await attach(volume, second, "/dev/sdg")
        await refused("VolumeInUse") { try await attach(volume, first, "/dev/sdh") }
        let attachments = try await aws.describe(volume: volume).attachments ?? []
        #expect(Set(attachments.map(\.instanceId)) == [first, second])
        #expect(try await aws.describe(second)?.blockDeviceMappings?.last?.ebs?.volumeId == volume)
        await refused("MissingParameter") { try await aws.ec2.detachVolume(.init(volumeId: volume)) }
        try await aws.ec2.detachVolume(.init(instanceId: first, volumeId: volume))
        aws.clock.advance(by: .minutes(1))
        let shared = try await aws.describe(volume: volume)
        #expect(shared.state == .inUse && shared.attachments?.map(\.instanceId) == [second])
        try await aws.ec2.terminateInstances(.init(instanceIds: [second]))
        aws.clock.advance(by: .minutes(2))
        #expect(try await aws.describe(volume: volume).state == .available)
        let old = try await aws.instance(type: "t2.micro")
        await refused("UnsupportedOperation") { try await attach(volume, old) }
    }

    /// 28 with the interface, for most types built on the Nitro System.
    @Test func volumeAttachmentLimitPerInstanceIsEnforced() async throws {
        let instance = try await aws.instance()
        for letter in "bcdefghijklmnopqrstuvwxyz" { try await attach(try await aws.volume(), instance, "/dev/sd\(letter)") }
        try await attach(try await aws.volume(), instance, "/dev/xvdba")
        let last = try await aws.volume()
        await refused("AttachmentLimitExceeded") { try await attach(last, instance, "/dev/xvdbb") }
    }
}
