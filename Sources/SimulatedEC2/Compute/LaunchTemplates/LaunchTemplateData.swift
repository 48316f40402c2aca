import AWSCore
import EC2API
import SimulatorCore

/// The data of a launch template, and how it is merged with a launch request.
///
/// Requests, templates and launches have the same members under the same documented names. The conversions match members by name.
enum LaunchTemplateData {
    /// Returns the data as it is stored and shown.
    /// - Throws: AWS's errors for data that is invalid in any launch.
    static func checked(_ data: RequestLaunchTemplateData, _ context: Context) throws -> ResponseLaunchTemplateData {
        _ = try LaunchSettings.userData(data.userData)
        for specification in data.tagSpecifications ?? [] {
            let type = specification.resourceType?.rawValue ?? ""
            guard ["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"].contains(type) else {
                throw AWSError(
                    "InvalidParameterValue", "'\(type)' is not a valid taggable resource type for this operation.")
            }
            _ = try TagRules.check(specification.tags ?? [])
        }
        let node = try node(data)
        guard node.fields?.isEmpty == false else {
            throw AWSError.missingParameter("LaunchTemplateData")
        }
        return read(node)
    }

    static func merged(
        _ data: ResponseLaunchTemplateData, over earlier: ResponseLaunchTemplateData?
    ) throws -> ResponseLaunchTemplateData {
        guard let earlier else { return data }
        return read(overlay(try node(data), over: try node(earlier)))
    }

    /// Returns the launch, with the template's values for members that the request lacks.
    static func launch(
        _ input: RunInstancesRequest, with template: ResponseLaunchTemplateData
    ) throws -> RunInstancesRequest {
        var own = try node(input), other = try node(template)
        // Members whose names differ between templates and launches.
        other = other.renaming("RamDiskId", "RamdiskId").renaming("ElasticGpuSpecifications", "ElasticGpuSpecification")
        own = mergingTags(own, other)
        own = merging(own, other, "BlockDeviceMappings", by: "DeviceName")
        let known = Set(RunInstancesRequest.schema.members.map(\.name))
        let fields = overlay(own, over: other).fields ?? []
        var result: RunInstancesRequest = read(.object(fields.filter { known.contains($0.name) }))
        result.launchTemplate = input.launchTemplate
        return result
    }

    static func node<S: Shape>(_ shape: S) throws -> Node {
        var writer = ShapeWriter(schema: S.schema, layout: .model)
        writer.structure(shape)
        return try JSON.parse(writer.bytes)
    }

    /// Converts a shape to another one that has the same members under the same names.
    static func converted<S: Shape, T: Shape>(_ shape: S) throws -> T {
        let known = Set(T.schema.members.map(\.name))
        return read(.object((try node(shape).fields ?? []).filter { known.contains($0.name) }))
    }

    private static func read<S: Shape>(_ node: Node) -> S {
        S(from: ShapeReader(node, schema: S.schema, layout: .model))
    }

    private static func overlay(_ node: Node, over other: Node) -> Node {
        let own = node.fields ?? []
        let names = Set(own.map(\.name))
        return .object(own + (other.fields ?? []).filter { !names.contains($0.name) })
    }

    /// Merges the tags for each resource type; for the same key the request's tag takes precedence.
    private static func mergingTags(_ node: Node, _ other: Node) -> Node {
        let name = "TagSpecifications"
        guard let own = node[name]?.elements, let theirs = other[name]?.elements else { return node }
        let merged = own.map { specification -> Node in
            guard let same = theirs.first(where: { $0["ResourceType"]?.string == specification["ResourceType"]?.string })
            else { return specification }
            let tags = specification["Tags"]?.elements ?? []
            let keys = Set(tags.compactMap { $0["Key"]?.string })
            let added = (same["Tags"]?.elements ?? []).filter { !keys.contains($0["Key"]?.string ?? "") }
            return .object((specification.fields ?? []).map { $0.name == "Tags" ? .init("Tags", .list(added + tags)) : $0 })
        }
        let types = Set(own.compactMap { $0["ResourceType"]?.string })
        let rest = theirs.filter { !types.contains($0["ResourceType"]?.string ?? "") }
        return .object((node.fields ?? []).map { $0.name == name ? .init(name, .list(rest + merged)) : $0 })
    }

    /// Merges two lists by a key; the request's elements replace the template's.
    private static func merging(_ node: Node, _ other: Node, _ list: String, by key: String) -> Node {
        guard let own = node[list]?.elements, let theirs = other[list]?.elements else { return node }
        let keys = Set(own.compactMap { $0[key]?.string })
        let merged = theirs.filter { !keys.contains($0[key]?.string ?? "") } + own
        return .object((node.fields ?? []).map { $0.name == list ? .init(list, .list(merged)) : $0 })
    }
}

extension Node {
    fileprivate func renaming(_ name: String, _ other: String) -> Node {
        .object((fields ?? []).map { $0.name == name ? .init(other, $0.value) : $0 })
    }
}

extension RunInstancesRequest {
    /// Returns the launch with its template applied, and the version of the template.
    func resolved(_ context: Context) throws -> (RunInstancesRequest, LaunchTemplateVersion?) {
        guard let reference = launchTemplate else { return (self, nil) }
        let template = try LaunchTemplate.stored(
            id: reference.launchTemplateId, name: reference.launchTemplateName, context
        ).shape
        let version = try template.version(reference.version ?? "$Default", context)
        guard let data = version.launchTemplateData else { return (self, version) }
        return (try LaunchTemplateData.launch(self, with: data), version)
    }
}

extension LaunchTemplateVersion {
    /// Sets AWS's own tags, which name the instances' launch template.
    func mark(_ instances: [String], _ context: Context) throws {
        let tags = [
            Tags.Tag("aws:ec2launchtemplate:id", launchTemplateId ?? ""),
            Tags.Tag("aws:ec2launchtemplate:version", "\(versionNumber ?? 0)"),
        ]
        for instance in instances { try Tags.set(tags, on: instance, context) }
    }
}

extension EC2Simulation {
    /// Returns the template data that would launch an instance like this one.
    public func getLaunchTemplateData(
        _ input: GetLaunchTemplateDataRequest, _ context: Context
    ) throws -> GetLaunchTemplateDataResult {
        let instance = try InstanceRecord.get(input.instanceId, context)
        guard let shape = try InstanceRecord.shapes([instance], context).first, instance.phase != .terminate else {
            throw ResourceKind.instance.notFound(input.instanceId)
        }
        var data = ResponseLaunchTemplateData()
        data.ebsOptimized = instance.isEbsOptimized
        data.iamInstanceProfile = instance.profileArn.map { .init(arn: $0) }
        data.imageId = instance.image
        data.instanceType = InstanceType(instance.type)
        data.keyName = instance.keyName
        data.monitoring = .init(enabled: instance.isMonitored)
        data.placement = .init(
            availabilityZone: instance.zone, groupName: instance.placementGroup, tenancy: Tenancy(instance.tenancy))
        data.disableApiTermination = instance.protectsTermination
        data.disableApiStop = instance.protectsStop
        data.instanceInitiatedShutdownBehavior = ShutdownBehavior(instance.shutdownBehavior)
        data.userData = instance.userData
        data.creditSpecification = instance.credits.map { .init(cpuCredits: $0) }
        data.cpuOptions = .init(coreCount: instance.coreCount, threadsPerCore: instance.threadsPerCore)
        data.hibernationOptions = .init(configured: instance.hibernates)
        data.enclaveOptions = .init(enabled: instance.isEnclave)
        data.metadataOptions = .init(
            httpTokens: LaunchTemplateHttpTokensState(instance.httpTokens), httpPutResponseHopLimit: instance.httpHopLimit,
            httpEndpoint: LaunchTemplateInstanceMetadataEndpointState(instance.httpEndpoint))
        data.blockDeviceMappings = try VolumeRecord.attached(to: [instance.id], context)[instance.id]?.map { volume in
            .init(
                deviceName: volume.device,
                ebs: .init(
                    encrypted: volume.isEncrypted, deleteOnTermination: volume.deletesOnTermination,
                    // Only these types accept IOPS.
                    iops: ["io1", "io2", "gp3"].contains(volume.type) ? volume.iops : nil,
                    kmsKeyId: volume.kmsKey, snapshotId: volume.snapshot, volumeSize: volume.size,
                    volumeType: VolumeType(volume.type), throughput: volume.throughput))
        }
        data.networkInterfaces = shape.networkInterfaces?.map { interface in
            .init(
                associatePublicIpAddress: interface.association != nil,
                deleteOnTermination: interface.attachment?.deleteOnTermination, description: interface.description,
                deviceIndex: interface.attachment?.deviceIndex, groups: interface.groups?.compactMap(\.groupId),
                subnetId: interface.subnetId, networkCardIndex: interface.attachment?.networkCardIndex)
        }
        let tags = (shape.tags ?? []).filter { $0.key?.hasPrefix("aws:") != true }
        if !tags.isEmpty { data.tagSpecifications = [.init(resourceType: "instance", tags: tags)] }
        return GetLaunchTemplateDataResult(launchTemplateData: data)
    }
}
