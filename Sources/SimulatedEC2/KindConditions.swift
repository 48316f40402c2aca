import AWSCore
import SimulatorCore

// The values of EC2's own condition keys for each kind of resource. The keys for referenced resources (`ec2:Vpc`, `ec2:Subnet`)
// come from the kind's relations.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html

extension InstanceRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let instance = try find(id, context) else { return [:] }
        var conditions = [
            "ec2:InstanceID": [id], "ec2:InstanceType": [instance.type], "ec2:AvailabilityZone": [instance.zone],
            "ec2:EbsOptimized": [instance.isEbsOptimized.text], "ec2:RootDeviceType": ["ebs"],
            "ec2:Tenancy": [instance.tenancy],
            "ec2:InstanceMarketType": [
                instance.isSpot ? "spot" : instance.options.isBlock == true ? "capacity-block" : "on-demand"
            ],
            "ec2:InstanceAutoRecovery": [instance.autoRecovery], "ec2:MetadataHttpTokens": [instance.httpTokens],
            "ec2:MetadataHttpEndpoint": [instance.httpEndpoint],
            "ec2:MetadataHttpPutResponseHopLimit": ["\(instance.httpHopLimit)"],
            "ec2:InstanceMetadataTags": [instance.httpTags],
        ]
        conditions["ec2:InstanceProfile"] = instance.profileArn.map { [$0] }
        if !instance.placementGroup.isEmpty {
            conditions["ec2:PlacementGroup"] = [context.arn("ec2", "placement-group/\(instance.placementGroup)")]
        }
        return conditions
    }
}

extension VolumeRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let volume = try find(id, context) else { return [:] }
        var conditions = [
            "ec2:VolumeID": [id], "ec2:AvailabilityZone": [volume.zone], "ec2:Encrypted": [volume.isEncrypted.text],
            "ec2:VolumeSize": ["\(volume.size)"], "ec2:VolumeType": [volume.type],
        ]
        conditions["ec2:VolumeIops"] = volume.iops.map { ["\($0)"] }
        conditions["ec2:VolumeThroughput"] = volume.throughput.map { ["\($0)"] }
        conditions["ec2:VolumeInitializationRate"] = volume.initializationRate.map { ["\($0)"] }
        conditions["ec2:AvailabilityZoneId"] = AWSRegion.named(context.region)?.zones.first { $0.name == volume.zone }
            .map { [$0.id] }
        conditions["ec2:ParentVolume"] = volume.sourceVolume.map { [ResourceKind.volume.arn($0, context)] }
        if !volume.snapshot.isEmpty {
            conditions["ec2:ParentSnapshot"] = [Resource.snapshot.kind.arn(volume.snapshot, context)]
        }
        return conditions
    }
}

extension VisibleImage {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let image = try find(id, context) else { return ["ec2:ImageID": [id]] }
        return [
            "ec2:ImageID": [id], "ec2:ImageType": ["machine"], "ec2:Public": [(image.shape.public ?? false).text],
            "ec2:RootDeviceType": [image.shape.rootDeviceType?.rawValue ?? "ebs"],
            "ec2:Owner": [image.owner] + (image.shape.imageOwnerAlias.map { [$0] } ?? []),
        ]
    }
}

extension KeyPairRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let pair = try find(id, context) else { return [:] }
        return ["ec2:KeyPairName": [pair.name], "ec2:KeyPairType": [pair.type]]
    }
}

extension VpcRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let vpc = try find(id, context) else { return ["ec2:VpcID": [id]] }
        return ["ec2:VpcID": [id], "ec2:Tenancy": [vpc.tenancy]]
    }
}

extension SubnetRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let subnet = try find(id, context) else { return ["ec2:SubnetID": [id]] }
        return ["ec2:SubnetID": [id], "ec2:AvailabilityZone": [subnet.zone], "ec2:AvailabilityZoneId": [subnet.zoneId]]
    }
}

extension SecurityGroupRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] { ["ec2:SecurityGroupID": [id]] }
}

extension NetworkInterfaceRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let interface = try find(id, context) else { return [:] }
        return ["ec2:NetworkInterfaceID": [id], "ec2:AvailabilityZone": [interface.zone]]
    }
}

extension AddressRecord {
    static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let address = try find(id, context) else { return ["ec2:AllocationId": [id]] }
        return [
            "ec2:AllocationId": [id], "ec2:Domain": ["vpc"], "ec2:PublicIpAddress": [IPv4Block.text(address.publicAddress)],
        ]
    }
}
