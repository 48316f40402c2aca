import DrydockTesting
import EC2API
import Testing

/// Images created by accounts.
@Suite(.simulator(transitions: .aws)) struct OwnImages {
    private let aws = AWS.current

    // MARK: Creating

    @Test func createImageSnapshotsInstanceVolumes() async throws {
        let instance = try await aws.instance()
        let id = try #require(
            try await aws.ec2.createImage(
                .init(
                    tagSpecifications: [
                        .init(resourceType: "image", tags: [Tag(key: "kind", value: "image")]),
                        .init(resourceType: "snapshot", tags: [Tag(key: "kind", value: "snapshot")]),
                    ], instanceId: instance, name: "golden", description: "made by hand",
                    blockDeviceMappings: [
                        .init(ebs: .init(volumeSize: 3, volumeType: .gp3), deviceName: "/dev/sdf"),
                        .init(ebs: .init(deleteOnTermination: false), deviceName: "/dev/sda1"),
                    ])
            ).imageId)
        #expect(try await aws.describe(image: id).state == .pending)
        aws.clock.advance(by: .minutes(5))
        let image = try await aws.describe(image: id)
        #expect(image.state == .available && image.name == "golden" && image.description == "made by hand")
        #expect(image.imageLocation == "123456789012/golden" && image.ownerId == "123456789012")
        #expect(image.public == false && image.imageOwnerAlias == nil && image.architecture == "x86_64")
        #expect(image.sourceInstanceId == instance && image.rootDeviceName == "/dev/sda1")
        #expect(image.tags?.map(\.value) == ["image"] && image.platformDetails == "Linux/UNIX")
        let mappings = image.blockDeviceMappings ?? []
        #expect(mappings.map(\.deviceName) == ["/dev/sda1", "/dev/sdf"])
        #expect(mappings[0].ebs?.deleteOnTermination == false && mappings[1].ebs?.volumeSize == 3)
        let snapshot = try await aws.describe(snapshot: try #require(mappings[0].ebs?.snapshotId))
        #expect(snapshot.state == .completed && snapshot.description == "Created by CreateImage(\(instance)) for \(id)")
        #expect(snapshot.tags?.map(\.value) == ["snapshot"])
        let launched = try #require(try await aws.run { $0.imageId = id }.first?.instanceId)
        aws.clock.advance(by: .minutes(1))
        let copy = try #require(try await aws.describe(launched))
        #expect(copy.imageId == id && copy.blockDeviceMappings?.count == 2 && copy.rootDeviceName == "/dev/sda1")
        let volume = try await aws.describe(volume: copy.blockDeviceMappings?.first?.ebs?.volumeId ?? "")
        #expect(volume.snapshotId == snapshot.snapshotId && volume.size == snapshot.volumeSize)
        #expect(try await aws.describe(image: id).lastLaunchedTime != nil)
    }

    @Test func createImageRejectsInvalidRequests() async throws {
        let instance = try await aws.instance()
        _ = try await aws.image("taken", of: instance)
        func create(
            _ name: String = "another", _ change: (inout CreateImageRequest) -> Void = { _ in }
        ) async -> String? {
            var request = CreateImageRequest(instanceId: instance, name: name)
            change(&request)
            return await refusal { try await aws.ec2.createImage(request) }?.code
        }
        #expect(await create("taken") == "InvalidAMIName.Duplicate")
        #expect(await create("no") == "InvalidAMIName.Malformed")
        #expect(await create("schön") == "InvalidAMIName.Malformed")
        #expect(await create { $0.instanceId = "i-0123456789abcdef0" } == "InvalidInstanceID.NotFound")
        #expect(
            await create { $0.blockDeviceMappings = [.init(noDevice: "", deviceName: "/dev/sda1")] }
                == "InvalidBlockDeviceMapping")
        #expect(
            await create { $0.blockDeviceMappings = [.init(ebs: .init(volumeSize: 50), deviceName: "/dev/sda1")] }
                == "InvalidBlockDeviceMapping")
        #expect(
            await create { $0.tagSpecifications = [.init(resourceType: "instance", tags: [Tag(key: "a", value: "b")])] }
                == "InvalidParameterValue")
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [instance]))
        #expect(await create() == "IncorrectInstanceState")
        #expect(try await aws.ec2.describeImages(.init(owners: ["self"])).images?.count == 1)
    }

    @Test func registerImageCreatesImageFromSnapshot() async throws {
        let snapshot = try await aws.snapshot(of: try await aws.volume())
        let root = BlockDeviceMapping(ebs: .init(snapshotId: snapshot, volumeType: .gp3), deviceName: "/dev/xvda")
        let id = try #require(
            try await aws.ec2.registerImage(
                .init(
                    bootMode: .uefi, tpmSupport: "v2.0", uefiData: "QU1aTlVFRkk=", imdsSupport: "v2.0", name: "registered",
                    architecture: "x86_64", rootDeviceName: "/dev/xvda", blockDeviceMappings: [root],
                    virtualizationType: "hvm", enaSupport: true)
            ).imageId)
        let image = try await aws.describe(image: id)
        #expect(image.state == .available && image.blockDeviceMappings?.first?.ebs?.volumeSize == 10)
        #expect(image.imdsSupport == "v2.0" && image.enaSupport == true && image.bootMode == .uefi)
        await refused("InvalidSnapshot.InUse") { try await aws.ec2.deleteSnapshot(.init(snapshotId: snapshot)) }
        let instance = try #require(try await aws.run { $0.imageId = id }.first?.instanceId)
        aws.clock.advance(by: .minutes(1))
        // The image requires version 2 of the metadata service.
        #expect(try await aws.describe(instance)?.metadataOptions?.httpTokens == .required)
        #expect(try await aws.ec2.getInstanceUefiData(.init(instanceId: instance)).uefiData == "QU1aTlVFRkk=")
        func code(_ change: (inout RegisterImageRequest) -> Void) async -> String? {
            var request = RegisterImageRequest(
                name: "wrong", architecture: "x86_64", rootDeviceName: "/dev/xvda", blockDeviceMappings: [root],
                virtualizationType: "hvm")
            change(&request)
            return await refusal { try await aws.ec2.registerImage(request) }?.code
        }
        #expect(await code { $0.rootDeviceName = "/dev/sda1" } == "InvalidBlockDeviceMapping")
        #expect(await code { $0.rootDeviceName = nil } == "MissingParameter")
        #expect(await code { $0.name = "registered" } == "InvalidAMIName.Duplicate")
        #expect(await code { $0.tpmSupport = "v2.0" } == "InvalidParameterCombination")
        #expect(
            await code { $0.blockDeviceMappings?[0].ebs?.snapshotId = "snap-0123456789abcdef0" } == "InvalidSnapshot.NotFound")
        #expect(await code { $0.virtualizationType = "magic" } == "InvalidParameterValue")
        // Without a virtualization type the image is paravirtual, as in the API; no current instance type runs it.
        let old = try #require(
            try await aws.ec2.registerImage(
                .init(name: "old", architecture: "x86_64", rootDeviceName: "/dev/xvda", blockDeviceMappings: [root])
            ).imageId)
        await refused("InvalidParameterCombination") { try await aws.run { $0.imageId = old } }
    }

    @Test func copyImageCreatesCopyInAnotherRegion() async throws {
        let id = try await aws.image()
        try await aws.ec2.createTags(.init(resources: [id], tags: [Tag(key: "team", value: "a")]))
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1")
        let request = CopyImageRequest(
            clientToken: "once", name: "copied", sourceImageId: id, sourceRegion: "us-east-1", copyImageTags: true)
        let copy = try #require(try await there.ec2.copyImage(request).imageId)
        #expect(try await there.ec2.copyImage(request).imageId == copy)
        aws.clock.advance(by: .minutes(10))
        let image = try #require(try await there.ec2.describeImages(.init(imageIds: [copy])).images?.first)
        #expect(image.state == .available && image.name == "copied" && image.sourceImageId == id)
        #expect(image.sourceImageRegion == "us-east-1" && image.tags?.map(\.key) == ["team"])
        let snapshot = try #require(image.blockDeviceMappings?.first?.ebs?.snapshotId)
        let made = try #require(
            try await there.ec2.describeSnapshots(.init(snapshotIds: [snapshot])).snapshots?.first)
        #expect(made.description?.hasPrefix("Copied for DestinationAmi \(copy) from SourceAmi \(id)") == true)
        #expect(made.state == .completed && made.encrypted == false)
        await refused("InvalidAMIID.NotFound") { try await there.ec2.describeImages(.init(imageIds: [id])) }
        let sealed = try #require(
            try await aws.ec2.copyImage(
                .init(encrypted: true, name: "sealed", sourceImageId: id, sourceRegion: "us-east-1")
            ).imageId)
        #expect(try await aws.describe(image: sealed).blockDeviceMappings?.first?.ebs?.encrypted == true)
        await refused("InvalidParameterValue") {
            try await aws.ec2.copyImage(.init(name: "lost", sourceImageId: id, sourceRegion: "eu-nowhere-1"))
        }
        await refused("InvalidAMIName.Duplicate") {
            try await aws.ec2.copyImage(.init(name: "sealed", sourceImageId: id, sourceRegion: "us-east-1"))
        }
    }

    // MARK: Ending

    /// A deregistered image stays known while an instance refers to it. How long it stays known otherwise is assumed.
    @Test func deregisteredImageBecomesUnknownWhenUnused() async throws {
        let used = try await aws.image("used"), unused = try await aws.image("unused")
        let instance = try #require(try await aws.run { $0.imageId = used }.first?.instanceId)
        for id in [used, unused] { try await aws.ec2.deregisterImage(.init(imageId: id)) }
        #expect(try await aws.ec2.describeImages(.init(imageIds: [used, unused])).images?.isEmpty == true)
        aws.clock.advance(by: .hours(2))
        #expect(try await aws.ec2.describeImages(.init(imageIds: [used])).images?.isEmpty == true)
        await refused("InvalidAMIID.NotFound", "The image id '[\(unused)]' does not exist") {
            try await aws.ec2.describeImages(.init(imageIds: [used, unused]))
        }
        try await aws.ec2.terminateInstances(.init(instanceIds: [instance]))
        await refused("InvalidAMIID.NotFound") { try await aws.ec2.describeImages(.init(imageIds: [used])) }
        await refused("InvalidAMIID.NotFound") { try await aws.run { $0.imageId = unused } }
    }

    @Test func deregisterImageKeepsSnapshotsByDefault() async throws {
        let first = try await aws.image("first"), second = try await aws.image("second")
        let kept = try #require(try await aws.describe(image: first).blockDeviceMappings?.first?.ebs?.snapshotId)
        let gone = try #require(try await aws.describe(image: second).blockDeviceMappings?.first?.ebs?.snapshotId)
        try await aws.ec2.deregisterImage(.init(imageId: first))
        _ = try await aws.describe(snapshot: kept)
        let answer = try await aws.ec2.deregisterImage(.init(imageId: second, deleteAssociatedSnapshots: true))
        #expect(answer.deleteSnapshotResults?.map(\.returnCode) == [.success])
        await refused("InvalidSnapshot.NotFound") { try await aws.describe(snapshot: gone) }
        // AWS remembers the image for a while, as Ansible expects.
        #expect(try await aws.ec2.describeImages(.init(imageIds: [first])).images?.isEmpty == true)
        await refused("InvalidAMIID.Unavailable") { try await aws.run { $0.imageId = first } }
        await refused("InvalidAMIID.Unavailable") { try await aws.ec2.deregisterImage(.init(imageId: first)) }
        await refused("InvalidAMIID.Malformed") { try await aws.ec2.deregisterImage(.init(imageId: "ami-x")) }
        let amazons = try await aws.ubuntu()
        await refused("AuthFailure") { try await aws.ec2.deregisterImage(.init(imageId: amazons)) }
        // The name can be used again and the snapshot deleted.
        try await aws.ec2.deleteSnapshot(.init(snapshotId: kept))
        _ = try await aws.image("first")
    }

    @Test func deregistrationProtectionHasCooldown() async throws {
        let id = try await aws.image()
        #expect(
            try await aws.ec2.enableImageDeregistrationProtection(.init(imageId: id, withCooldown: true)).return
                == "enabled-with-cooldown")
        await refused("OperationNotPermitted") { try await aws.ec2.deregisterImage(.init(imageId: id)) }
        #expect(try await aws.describe(image: id).deregistrationProtection == "enabled-with-cooldown")
        _ = try await aws.ec2.disableImageDeregistrationProtection(.init(imageId: id))
        #expect(try await aws.describe(image: id).deregistrationProtection == "disabled")
        await refused("OperationNotPermitted") { try await aws.ec2.deregisterImage(.init(imageId: id)) }
        aws.clock.advance(by: .hours(25))
        try await aws.ec2.deregisterImage(.init(imageId: id))
        let other = try await aws.image("other")
        _ = try await aws.ec2.enableImageDeregistrationProtection(.init(imageId: other))
        _ = try await aws.ec2.disableImageDeregistrationProtection(.init(imageId: other))
        try await aws.ec2.deregisterImage(.init(imageId: other))
    }

    // MARK: States

    @Test func disabledImageIsHiddenAndCannotBeLaunched() async throws {
        let id = try await aws.image()
        try await aws.share(image: id, with: ["210987654321"])
        _ = try await aws.ec2.disableImage(.init(imageId: id))
        #expect(try await aws.ec2.describeImages(.init(owners: ["self"])).images?.isEmpty == true)
        #expect(try await aws.describe(image: id).state == .disabled)
        await refused("InvalidAMIID.Unavailable") { try await aws.run { $0.imageId = id } }
        let attribute = try await aws.ec2.describeImageAttribute(.init(attribute: .launchPermission, imageId: id))
        #expect(attribute.launchPermissions?.isEmpty == true)
        await refused("IncorrectState") { try await aws.share(image: id, with: ["210987654321"]) }
        _ = try await aws.ec2.enableImage(.init(imageId: id))
        #expect(try await aws.ec2.describeImages(.init(owners: ["self"])).images?.count == 1)
        try await aws.run { $0.imageId = id }
    }

    @Test func deprecatedImageIsHiddenFromOtherAccounts() async throws {
        let id = try await aws.image()
        try await aws.share(image: id, with: ["210987654321"])
        await refused("InvalidParameterValue") {
            try await aws.ec2.enableImageDeprecation(.init(imageId: id, deprecateAt: aws.clock.now))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.enableImageDeprecation(.init(imageId: id, deprecateAt: aws.clock.now + .days(4000)))
        }
        _ = try await aws.ec2.enableImageDeprecation(.init(imageId: id, deprecateAt: aws.clock.now + .days(2)))
        func seen(_ all: Bool? = nil) async throws -> Int {
            try await aws.stranger.ec2.describeImages(
                .init(executableUsers: ["self"], includeDeprecated: all)
            ).images?.count ?? 0
        }
        #expect(try await seen() == 1)
        aws.clock.advance(by: .days(3))
        #expect(try await seen() == 0)
        #expect(try await seen(true) == 1)
        #expect(try await aws.stranger.ec2.describeImages(.init(imageIds: [id])).images?.count == 1)
        #expect(try await aws.ec2.describeImages(.init(owners: ["self"])).images?.first?.deprecationTime?.isEmpty == false)
        _ = try await aws.ec2.disableImageDeprecation(.init(imageId: id))
        #expect(try await seen() == 1)
    }

    // MARK: Sharing

    @Test func sharedImageCanBeLaunchedByOtherAccount() async throws {
        let id = try await aws.image(), stranger = aws.stranger
        await refused("AuthFailure", "Not authorized for images: [\(id)]") {
            try await stranger.ec2.describeImages(.init(imageIds: [id]))
        }
        await refused("AuthFailure") {
            try await stranger.ec2.runInstances(.init(imageId: id, instanceType: "t3.micro", maxCount: 1, minCount: 1))
        }
        try await aws.share(image: id, with: ["210987654321"])
        let seen = try #require(
            try await stranger.ec2.describeImages(.init(executableUsers: ["self"])).images?.first)
        #expect(seen.imageId == id && seen.ownerId == "123456789012" && seen.public == false)
        #expect(
            try await aws.ec2.describeImages(.init(executableUsers: ["210987654321"])).images?.map(\.imageId) == [id])
        let run = try await stranger.ec2.runInstances(
            .init(imageId: id, instanceType: "t3.micro", maxCount: 1, minCount: 1))
        #expect(run.instances?.first?.imageId == id)
        await refused("AuthFailure", "Not authorized for image:\(id)") {
            try await stranger.ec2.describeImageAttribute(.init(attribute: .description, imageId: id))
        }
        // To copy an image, the account also needs permission to use its snapshots.
        await refused("InvalidRequest", "You do not have permission to access the storage of this ami") {
            try await stranger.ec2.copyImage(.init(name: "mine", sourceImageId: id, sourceRegion: "us-east-1"))
        }
        let snapshot = try #require(try await aws.describe(image: id).blockDeviceMappings?.first?.ebs?.snapshotId)
        try await aws.ec2.modifySnapshotAttribute(
            .init(createVolumePermission: .init(add: [.init(userId: "210987654321")]), snapshotId: snapshot))
        try await stranger.ec2.copyImage(.init(name: "mine", sourceImageId: id, sourceRegion: "us-east-1"))
        // An account may remove itself from the launch permissions.
        #expect(try await stranger.ec2.cancelImageLaunchPermission(.init(imageId: id)).return == true)
        await refused("AuthFailure") { try await stranger.ec2.describeImages(.init(imageIds: [id])) }
    }

    @Test func blockPublicAccessRejectsPublicImageSharing() async throws {
        let id = try await aws.image()
        #expect(
            try await aws.ec2.getImageBlockPublicAccessState(.init()).imageBlockPublicAccessState == "block-new-sharing")
        await refused("OperationNotPermitted") { try await aws.share(image: id, with: ["all"]) }
        #expect(
            try await aws.ec2.disableImageBlockPublicAccess(.init()).imageBlockPublicAccessState == .unblocked)
        try await aws.share(image: id, with: ["all"])
        #expect(try await aws.describe(image: id).public == true)
        let found = try await aws.stranger.ec2.describeImages(
            .init(owners: ["123456789012"], filters: [Filter(name: "is-public", values: ["true"])]))
        #expect(found.images?.map(\.imageId) == [id])
        _ = try await aws.ec2.enableImageBlockPublicAccess(.init(imageBlockPublicAccessState: .blockNewSharing))
        #expect(try await aws.describe(image: id).public == true)
        try await aws.ec2.resetImageAttribute(.init(attribute: .launchPermission, imageId: id))
        #expect(try await aws.describe(image: id).public == false)
    }

    @Test func modifyImageAttributeChangesAreDescribed() async throws {
        let id = try await aws.image()
        try await aws.ec2.modifyImageAttribute(.init(attribute: "description", imageId: id, value: "older form"))
        #expect(
            try await aws.ec2.describeImageAttribute(.init(attribute: .description, imageId: id)).description?.value
                == "older form")
        try await aws.ec2.modifyImageAttribute(.init(imageId: id, imdsSupport: .init(value: "v2.0")))
        #expect(try await aws.describe(image: id).imdsSupport == "v2.0")
        try await aws.ec2.modifyImageAttribute(
            .init(
                attribute: "launchPermission", imageId: id, operationType: .add,
                userIds: ["210987654321"], organizationArns: ["arn:aws:organizations::123456789012:organization/o-123abc"]))
        let shared = try await aws.ec2.describeImageAttribute(.init(attribute: .launchPermission, imageId: id))
        #expect(shared.launchPermissions?.compactMap(\.userId) == ["210987654321"])
        #expect(shared.launchPermissions?.compactMap(\.organizationArn).count == 1)
        await refused("InvalidAMIAttributeItemValue") { try await aws.share(image: id, with: ["someone"]) }
        await refused("InvalidParameterCombination") { try await aws.ec2.modifyImageAttribute(.init(imageId: id)) }
        await refused("AuthFailure") {
            try await aws.ec2.describeImageAttribute(.init(attribute: .blockDeviceMapping, imageId: id))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyImageAttribute(.init(attribute: "shape", imageId: id, value: "round"))
        }
    }

    // MARK: Lists

    @Test func describeImagesFiltersAndPaginates() async throws {
        let instance = try await aws.instance()
        var ids: [String] = []
        for name in ["web-1", "web-2", "db-1"] { ids.append(try await aws.image(name, of: instance)) }
        try await aws.ec2.createTags(.init(resources: [ids[1]], tags: [Tag(key: "Tier", value: "front")]))
        func found(_ name: String, _ values: String...) async throws -> [String?] {
            try await aws.ec2.describeImages(.init(owners: ["self"], filters: [Filter(name: name, values: values)]))
                .images?.map(\.imageId) ?? []
        }
        #expect(try await found("name", "web-*") == [ids[0], ids[1]])
        #expect(try await found("tag:Tier", "front") == [ids[1]])
        #expect(try await found("tag-key", "Tier") == [ids[1]])
        #expect(try await found("source-instance-id", instance) == ids)
        #expect(try await found("block-device-mapping.volume-size", "9999") == [])
        #expect(try await found("state", "available") == ids)
        await refused("InvalidParameterValue") { _ = try await found("colour", "red") }
        let all = try await aws.ec2.describeImages().images?.map(\.imageId) ?? []
        #expect(Array(all.prefix(3)) == ids)
        var token: String?
        var paged: [String?] = []
        repeat {
            let page = try await aws.ec2.describeImages(.init(maxResults: 50, nextToken: token))
            paged += (page.images ?? []).map(\.imageId)
            token = page.nextToken
        } while token != nil
        #expect(paged == all)
    }

    @Test func allowedImagesSettingsRestrictVisibilityAndLaunch() async throws {
        let own = try await aws.image(), amazons = try await aws.ubuntu()
        _ = try await aws.ec2.replaceImageCriteriaInAllowedImagesSettings(
            .init(imageCriteria: [.init(imageProviders: ["123456789012"])]))
        _ = try await aws.ec2.enableAllowedImagesSettings(.init(allowedImagesSettingsState: .auditMode))
        #expect(try await aws.describe(image: amazons).imageAllowed == false)
        #expect(try await aws.describe(image: own).imageAllowed == true)
        try await aws.run()
        _ = try await aws.ec2.enableAllowedImagesSettings(.init(allowedImagesSettingsState: .enabled))
        #expect(try await aws.ec2.describeImages().images?.map(\.imageId) == [own])
        func run(_ image: String) async throws {
            _ = try await aws.ec2.runInstances(.init(imageId: image, instanceType: "t3.micro", maxCount: 1, minCount: 1))
        }
        await refused("OperationNotPermitted") { try await run(amazons) }
        try await run(own)
        let settings = try await aws.ec2.getAllowedImagesSettings(.init())
        #expect(settings.state == "enabled" && settings.imageCriteria?.first?.imageProviders == ["123456789012"])
        #expect(settings.managedBy == .account)
        _ = try await aws.ec2.disableAllowedImagesSettings(.init())
        try await aws.run { $0.imageId = amazons }
        await refused("InvalidParameterValue") {
            try await aws.ec2.replaceImageCriteriaInAllowedImagesSettings(
                .init(imageCriteria: [.init(imageProviders: ["somebody"])]))
        }
    }

    @Test func describeImageReferencesListsInstancesAndTemplates() async throws {
        let id = try await aws.image()
        let instance = try #require(try await aws.run { $0.imageId = id }.first?.instanceId)
        _ = try await aws.ec2.createLaunchTemplate(
            .init(launchTemplateName: "web", launchTemplateData: .init(imageId: id, instanceType: "t3.micro")))
        let references =
            try await aws.ec2.describeImageReferences(.init(imageIds: [id], includeAllResourceTypes: true))
            .imageReferences ?? []
        #expect(references.map(\.resourceType?.rawValue) == ["ec2:Instance", "ec2:LaunchTemplate"])
        await refused("InvalidParameterCombination") { try await aws.ec2.describeImageReferences(.init(imageIds: [id])) }
        let metadata = try #require(
            try await aws.ec2.describeInstanceImageMetadata(.init(instanceIds: [instance])).instanceImageMetadata?.first)
        #expect(metadata.imageMetadata?.imageId == id && metadata.imageMetadata?.isPublic == false)
        #expect(metadata.imageMetadata?.name == "golden" && metadata.instanceType == "t3.micro")
        try await aws.ec2.deregisterImage(.init(imageId: id))
        let gone = try await aws.ec2.describeInstanceImageMetadata(.init(instanceIds: [instance]))
        #expect(gone.instanceImageMetadata?.first?.imageMetadata?.state == .deregistered)
    }
}
