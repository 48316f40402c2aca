import AWSCore
import EC2API
import SimulatorCore

/// What policies can ask of the instances, interfaces and volumes of a launch, which have no ids yet: with the defaults that
/// the image and the subnet give. What is wrong with the launch is told later, to whoever may launch.
struct LaunchQuestion {
    private let input: RunInstancesRequest
    private let image: PublicImage?
    private let context: Context
    let subnet: SubnetRecord?

    init(_ input: RunInstancesRequest, _ context: Context) {
        self.input = input
        self.context = context
        image = input.imageId.flatMap { PublicImage.find(id: $0, region: context.region) }
        let type = InstanceTypeTable.figures(of: input.instanceType?.rawValue ?? "m1.small")
        subnet = type.flatMap { type in (try? LaunchNetwork(input, type, context))?.subnet }
    }

    private var template: [String: [String]] {
        guard let reference = input.launchTemplate,
            let template = try? LaunchTemplate.stored(
                id: reference.launchTemplateId, name: reference.launchTemplateName, context
            ).shape
        else { return [:] }
        return ["ec2:LaunchTemplate": [Resource.launchTemplate.kind.arn(template.launchTemplateId ?? "", context)]]
    }

    var instance: [String: [String]] {
        var conditions = template
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
        if let image, let options = try? MetadataOptions(input.metadataOptions, image) {
            conditions["ec2:MetadataHttpTokens"] = [options.tokens]
            conditions["ec2:MetadataHttpEndpoint"] = [options.endpoint]
            conditions["ec2:MetadataHttpPutResponseHopLimit"] = ["\(options.hopLimit)"]
            conditions["ec2:InstanceMetadataTags"] = [options.tags]
        }
        if let specification = input.iamInstanceProfile, let profile = try? InstanceProfile(specification, context) {
            conditions["ec2:InstanceProfile"] = [profile.arn]
        }
        return conditions
    }

    var networkInterface: [String: [String]] {
        var conditions = template
        conditions["ec2:AvailabilityZone"] = subnet.map { [$0.zone] }
        conditions["ec2:Subnet"] = subnet.map { [ResourceKind.subnet.arn($0.id, context)] }
        conditions["ec2:Vpc"] = subnet.map { [ResourceKind.vpc.arn($0.vpcId, context)] }
        let associates = input.networkInterfaces?.first?.associatePublicIpAddress ?? subnet?.mapsPublicIp
        conditions["ec2:AssociatePublicIpAddress"] = associates.map { [$0.text] }
        return conditions
    }

    /// One a disk.
    var volumes: [[String: [String]]] {
        guard let image, let devices = try? BlockDevices(image, input.blockDeviceMappings, context) else { return [] }
        return devices.disks.map { disk in
            var conditions = template
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
            return conditions
        }
    }
}
