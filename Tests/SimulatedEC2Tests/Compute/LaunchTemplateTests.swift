import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct LaunchTemplates {
    private let aws = AWS.current

    private func create(_ name: String = "web", _ data: RequestLaunchTemplateData? = nil) async throws -> LaunchTemplate {
        let usual = RequestLaunchTemplateData(imageId: try await aws.ubuntu(), instanceType: "t3.micro")
        return try #require(
            try await aws.ec2.createLaunchTemplate(
                .init(
                    launchTemplateName: name, launchTemplateData: data ?? usual,
                    tagSpecifications: [
                        TagSpecification(resourceType: "launch-template", tags: [Tag(key: "Team", value: "blue")])
                    ])
            ).launchTemplate)
    }

    private func versions(_ name: String, _ wanted: String...) async throws -> [LaunchTemplateVersion] {
        try await aws.ec2.describeLaunchTemplateVersions(
            .init(launchTemplateName: name, versions: wanted.isEmpty ? nil : wanted)
        ).launchTemplateVersions ?? []
    }

    /// AWS creates a template that no launch could use and returns a warning. Assumed: the codes are those of a launch.
    @Test func unusableLaunchTemplatesReturnWarnings() async throws {
        let data = RequestLaunchTemplateData(
            imageId: "ami-0123456789abcdef0", instanceType: "t3.enormous", keyName: "none",
            securityGroupIds: ["sg-0123456789abcdef0"])
        let made = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "bad", launchTemplateData: data))
        #expect(
            made.warning?.errors?.map(\.code) == [
                "InvalidAMIID.NotFound", "InvalidParameterValue", "InvalidKeyPair.NotFound", "InvalidGroup.NotFound",
            ])
        #expect(made.launchTemplate?.latestVersionNumber == 1)
        let next = try await aws.ec2.createLaunchTemplateVersion(
            .init(
                launchTemplateName: "bad", sourceVersion: "1",
                launchTemplateData: .init(imageId: try await aws.ubuntu(), instanceType: "t3.micro")))
        #expect(next.warning?.errors?.map(\.code) == ["InvalidKeyPair.NotFound", "InvalidGroup.NotFound"])
        let usual = RequestLaunchTemplateData(imageId: "resolve:ssm:/later", instanceType: "t3.micro")
        let good = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "good", launchTemplateData: usual))
        #expect(good.warning == nil)
    }

    @Test func createLaunchTemplateReturnsFirstVersion() async throws {
        let made = try await create()
        #expect(made.launchTemplateId?.hasPrefix("lt-0") == true && made.createdBy == "arn:aws:iam::123456789012:root")
        #expect(made.defaultVersionNumber == 1 && made.latestVersionNumber == 1 && made.tags?.first?.value == "blue")
        await refused("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.") {
            _ = try await create()
        }
        let listed = try await aws.ec2.describeLaunchTemplates(.init(launchTemplateNames: ["web"])).launchTemplates
        #expect(listed?.map(\.launchTemplateId) == [made.launchTemplateId])
        let first = try #require(try await versions("web").first)
        #expect(
            first.versionNumber == 1 && first.defaultVersion == true && first.launchTemplateData?.instanceType == "t3.micro")
        // A deleted template's name can be used again; its versions are gone.
        _ = try await aws.ec2.deleteLaunchTemplate(.init(launchTemplateName: "web"))
        _ = try await create()
        #expect(try await versions("web").count == 1)
    }

    @Test func launchTemplateVersionsInheritFromSourceVersion() async throws {
        _ = try await create()
        let second = try await aws.ec2.createLaunchTemplateVersion(
            .init(
                launchTemplateName: "web", sourceVersion: "1", versionDescription: "bigger",
                launchTemplateData: .init(instanceType: "t3.large")))
        #expect(second.launchTemplateVersion?.versionNumber == 2 && second.launchTemplateVersion?.defaultVersion == false)
        #expect(second.launchTemplateVersion?.launchTemplateData?.imageId != nil)
        #expect(try await versions("web").map(\.versionNumber) == [2, 1])
        #expect(try await versions("web", "$Latest").map(\.versionNumber) == [2])
        #expect(try await versions("web", "$Default").map(\.versionNumber) == [1])
        _ = try await aws.ec2.modifyLaunchTemplate(.init(launchTemplateName: "web", defaultVersion: "2"))
        #expect(try await versions("web", "$Default").map(\.versionNumber) == [2])
        let deleted = try await aws.ec2.deleteLaunchTemplateVersions(
            .init(launchTemplateName: "web", versions: ["1", "2", "9"]))
        #expect(deleted.successfullyDeletedLaunchTemplateVersions?.map(\.versionNumber) == [1])
        // Assumed: the code for a default version.
        #expect(
            deleted.unsuccessfullyDeletedLaunchTemplateVersions?.map(\.responseError?.code) == [
                "unexpectedError", "launchTemplateVersionDoesNotExist",
            ])
        await refused("InvalidLaunchTemplateId.VersionNotFound") { _ = try await versions("web", "1") }
    }

    @Test func runInstancesFillsParametersFromLaunchTemplate() async throws {
        let group = try await aws.group("web")
        _ = try await aws.ec2.createKeyPair(.init(keyName: "k", keyType: "ed25519"))
        _ = try await create(
            "web",
            .init(
                imageId: try await aws.ubuntu(), instanceType: "t3.micro", keyName: "k",
                tagSpecifications: [
                    .init(resourceType: "instance", tags: [Tag(key: "From", value: "template")]),
                    .init(resourceType: "volume", tags: [Tag(key: "From", value: "template")]),
                ], securityGroupIds: [group], metadataOptions: .init(httpTokens: .required)))
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.launchTemplate = .init(launchTemplateName: "web", version: "$Latest")
        launch.instanceType = "t3.small"
        launch.tagSpecifications = [TagSpecification(resourceType: "instance", tags: [Tag(key: "From", value: "request")])]
        let made = try #require(try await aws.ec2.runInstances(launch).instances?.first)
        let instance = try #require(try await aws.describe(made.instanceId))
        #expect(instance.instanceType == "t3.small" && instance.keyName == "k")
        #expect(instance.securityGroups?.map(\.groupId) == [group] && instance.metadataOptions?.httpTokens == .required)
        let tags = Dictionary(uniqueKeysWithValues: (instance.tags ?? []).map { ($0.key ?? "", $0.value ?? "") })
        #expect(tags["From"] == "request" && tags["aws:ec2launchtemplate:version"] == "1")
        #expect(tags["aws:ec2launchtemplate:id"]?.hasPrefix("lt-") == true)
        let volume = try #require(try await aws.ec2.describeVolumes(.init()).volumes?.first)
        #expect(volume.tags?.first?.value == "template")
        let data = try await aws.ec2.getLaunchTemplateData(.init(instanceId: made.instanceId ?? "")).launchTemplateData
        #expect(data?.instanceType == "t3.small" && data?.keyName == "k" && data?.tagSpecifications?.first?.tags?.count == 1)
    }

    @Test func getLaunchTemplateDataOmitsIopsOfGp2Volumes() async throws {
        let id = try #require(
            try await aws.run {
                $0.blockDeviceMappings = [.init(ebs: .init(volumeType: "gp2"), deviceName: "/dev/sda1")]
            }.first?.instanceId)
        let data = try #require(try await aws.ec2.getLaunchTemplateData(.init(instanceId: id)).launchTemplateData)
        // A gp2 volume shows its IOPS, but a launch does not accept them.
        #expect(data.blockDeviceMappings?.first?.ebs?.volumeType == .gp2 && data.blockDeviceMappings?.first?.ebs?.iops == nil)
        try await aws.ec2.createLaunchTemplate(
            .init(launchTemplateName: "again", launchTemplateData: LaunchTemplateData.converted(data)))
        let again = try #require(
            try await aws.ec2.runInstances(
                .init(maxCount: 1, minCount: 1, launchTemplate: .init(launchTemplateName: "again"))
            ).instances?.first)
        let original = try #require(try await aws.describe(id))
        #expect(again.instanceId != id && again.imageId == original.imageId && again.instanceType == original.instanceType)
        let volumes = try await aws.ec2.describeVolumes(
            .init(filters: [Filter(name: "attachment.instance-id", values: [again.instanceId ?? ""])])
        ).volumes
        #expect(volumes?.map(\.volumeType) == [.gp2])
    }

    /// The documented filters match the version's data.
    @Test func describeLaunchTemplateVersionsFiltersByData() async throws {
        _ = try await create()
        let found = try await aws.ec2.describeLaunchTemplateVersions(
            .init(
                launchTemplateName: "web",
                filters: [Filter(name: "instance-type", values: ["t3.*"]), Filter(name: "image-id", values: ["ami-*"])]))
        #expect(found.launchTemplateVersions?.count == 1)
        let none = try await aws.ec2.describeLaunchTemplateVersions(
            .init(launchTemplateName: "web", minVersion: "5", maxVersion: "2"))
        #expect(none.launchTemplateVersions?.isEmpty == true)
    }

    @Test func unknownAndMalformedLaunchTemplatesAreRejected() async throws {
        await refused(
            "InvalidLaunchTemplateName.NotFoundException",
            "The specified launch template, with template name nope, does not exist."
        ) { _ = try await versions("nope") }
        await refused(
            "InvalidLaunchTemplateId.NotFound",
            "The specified launch template, with template ID lt-0123456789abcdef0, does not exist."
        ) { try await aws.ec2.deleteLaunchTemplate(.init(launchTemplateId: "lt-0123456789abcdef0")) }
        await refused("InvalidLaunchTemplateId.Malformed") {
            try await aws.ec2.deleteLaunchTemplate(.init(launchTemplateId: "lt-1"))
        }
        await refused("InvalidLaunchTemplateName.MalformedException") { _ = try await create("a b c") }
        await refused("MissingParameter") { try await aws.ec2.deleteLaunchTemplate(.init()) }
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.launchTemplate = .init(launchTemplateName: "nope")
        await refused("InvalidLaunchTemplateName.NotFoundException") { try await aws.ec2.runInstances(launch) }
    }
}
