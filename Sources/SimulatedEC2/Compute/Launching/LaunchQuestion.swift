import AWSCore
import EC2API
import SimulatorCore

/// The condition keys of a launch's instances, interfaces and volumes, which have no ids yet. They include the defaults from
/// image and subnet. Errors in the launch are ignored here and reported later, to callers who may launch.
struct LaunchQuestion {
    private let input: RunInstancesRequest
    private let image: VisibleImage?
    private let context: Context
    let subnet: SubnetRecord?
    /// The launch template's data; nil without a template.
    private let template: Node?

    init(_ input: RunInstancesRequest, _ context: Context) {
        self.input = input
        self.context = context
        let imageId = (try? ImageParameter.resolve(input.imageId, context)).flatMap { $0 }
        image = imageId.flatMap { try? VisibleImage.find($0, context) }
        let type = InstanceTypeTable.figures(of: input.instanceType?.rawValue ?? "m1.small")
        subnet = type.flatMap { type in (try? LaunchNetwork(input, type, context))?.subnet }
        let version = input.launchTemplate == nil ? nil : (try? input.resolved(context))?.1
        template = version?.launchTemplateData.flatMap { try? LaunchTemplateData.node($0) }
    }

    /// Returns the condition keys of every resource in a launch that uses a template.
    static func template(of input: RunInstancesRequest, _ context: Context) -> [String: [String]] {
        guard let reference = input.launchTemplate,
            let template = try? LaunchTemplate.stored(
                id: reference.launchTemplateId, name: reference.launchTemplateName, context
            ).shape
        else { return [:] }
        return ["ec2:LaunchTemplate": [Resource.launchTemplate.kind.arn(template.launchTemplateId ?? "", context)]]
    }

    /// Returns whether a value comes from the template rather than the request: `ec2:IsLaunchTemplateResource`.
    func isOfTemplate(_ member: String, _ value: String) -> Bool? {
        template.map { PermissionQuestion.values(at: member, in: $0).contains(value) }
    }

    private func marked(_ conditions: [String: [String]], overriddenBy members: String...) -> [String: [String]] {
        guard let template, let own = try? LaunchTemplateData.node(input) else { return conditions }
        let isOverridden = members.contains { member in own[member] != nil && own[member] != template[member] }
        return conditions.merging(["ec2:IsLaunchTemplateResource": [(!isOverridden).text]]) { first, _ in first }
    }

    var instance: [String: [String]] {
        var conditions: [String: [String]] = [:]
        conditions["ec2:InstanceType"] = [input.instanceType?.rawValue ?? "m1.small"]
        conditions["ec2:AvailabilityZone"] = subnet.map { [$0.zone] }
        conditions["ec2:AvailabilityZoneId"] = subnet.map { [$0.zoneId] }
        conditions["ec2:EbsOptimized"] = [(input.ebsOptimized ?? false).text]
        conditions["ec2:RootDeviceType"] = ["ebs"]
        conditions["ec2:Tenancy"] = [input.placement?.tenancy?.rawValue ?? "default"]
        conditions["ec2:InstanceMarketType"] = [input.instanceMarketOptions?.marketType?.rawValue ?? "on-demand"]
        conditions["ec2:InstanceAutoRecovery"] = [input.maintenanceOptions?.autoRecovery?.rawValue ?? "default"]
        if let group = input.placement?.groupName, !group.isEmpty {
            conditions["ec2:PlacementGroup"] = ["\(context.arn("ec2", "placement-group/\(group)"))"]
        }
        if let image,
            let options = try? MetadataOptions(input.metadataOptions, imdsSupport: image.shape.imdsSupport?.rawValue, context)
        {
            conditions["ec2:MetadataHttpTokens"] = [options.tokens]
            conditions["ec2:MetadataHttpEndpoint"] = [options.endpoint]
            conditions["ec2:MetadataHttpPutResponseHopLimit"] = ["\(options.hopLimit)"]
            conditions["ec2:InstanceMetadataTags"] = [options.tags]
        }
        if let specification = input.iamInstanceProfile, let profile = try? InstanceProfile(specification, context) {
            conditions["ec2:InstanceProfile"] = [profile.arn]
        }
        return marked(conditions, overriddenBy: "InstanceType")
    }

    /// The condition keys of each interface.
    var networkInterfaces: [[String: [String]]] {
        let specifications: [InstanceNetworkInterfaceSpecification?] =
            input.networkInterfaces?.filter { $0.networkInterfaceId == nil } ?? [nil]
        return specifications.map { specification in
            let own = specification?.subnetId.flatMap { try? SubnetRecord.find($0, context) } ?? subnet
            var conditions: [String: [String]] = [:]
            conditions["ec2:AvailabilityZone"] = own.map { [$0.zone] }
            conditions["ec2:Subnet"] = own.map { [ResourceKind.subnet.arn($0.id, context)] }
            conditions["ec2:Vpc"] = own.map { [ResourceKind.vpc.arn($0.vpcId, context)] }
            let associates = specification?.associatePublicIpAddress ?? own?.mapsPublicIp
            conditions["ec2:AssociatePublicIpAddress"] = associates.map { [$0.text] }
            return marked(conditions, overriddenBy: "NetworkInterfaces", "SubnetId")
        }
    }

    /// The condition keys of each volume.
    var volumes: [[String: [String]]] {
        guard let image, let devices = try? BlockDevices(image, input.blockDeviceMappings, context) else { return [] }
        return devices.disks.map { disk in
            var conditions: [String: [String]] = [:]
            conditions["ec2:AvailabilityZone"] = subnet.map { [$0.zone] }
            conditions["ec2:Encrypted"] = [disk.isEncrypted.text]
            conditions["ec2:VolumeSize"] = ["\(disk.size)"]
            conditions["ec2:VolumeType"] = [disk.type]
            conditions["ec2:VolumeIops"] = disk.iops.map { ["\($0)"] }
            conditions["ec2:VolumeThroughput"] = disk.throughput.map { ["\($0)"] }
            conditions["ec2:KmsKeyId"] = disk.kmsKey.map { [$0] }
            if !disk.snapshot.isEmpty {
                conditions["ec2:ParentSnapshot"] = ["arn:\(context.partition):ec2:\(context.region)::snapshot/\(disk.snapshot)"]
            }
            return marked(conditions, overriddenBy: "BlockDeviceMappings")
        }
    }
}
