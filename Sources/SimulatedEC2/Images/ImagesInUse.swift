import AWSCore
import EC2API
import SimulatorCore

// Reports what uses an image.

extension EC2Simulation {
    public func describeInstanceImageMetadata(
        _ input: DescribeInstanceImageMetadataRequest, _ context: Context
    ) throws -> DescribeInstanceImageMetadataResult {
        let paging = try Paging(input, ids: input.instanceIds, named: "instancesSet", context)
        let records = try InstanceRecord.list(input.instanceIds, context)
        let tags = try TagIndex(.instance, ids: records.map(\.id), context)
        let zones = AWSRegion.current(context).zones
        let allowed = try AllowedImages.current(context)
        let all = try records.map { record in
            InstanceImageMetadata(
                instanceId: record.id, instanceType: InstanceType(record.type), launchTime: record.launchedAt,
                availabilityZone: record.zone, zoneId: zones.first { $0.name == record.zone }?.id,
                state: record.state(context).shape, ownerId: context.account, tags: tags[record.id],
                imageMetadata: try Self.metadata(record.image, allowed, context),
                operator: OperatorResponse(managed: false))
        }
        let page = try paging.page(
            InstanceImageMetadata.filters.apply(input.filters, to: all, context), of: .instance, id: \.instanceId)
        return DescribeInstanceImageMetadataResult(instanceImageMetadata: page.items, nextToken: page.nextToken)
    }

    private static func metadata(_ id: String, _ allowed: AllowedImages, _ context: Context) throws -> ImageMetadata {
        // Only the id is known of an image that is deregistered or no longer shared.
        guard let image = try VisibleImage.find(id, context) else {
            return ImageMetadata(imageId: id, state: .deregistered)
        }
        return ImageMetadata(
            imageId: id, name: image.shape.name, ownerId: image.owner, state: image.shape.state,
            imageOwnerAlias: image.shape.imageOwnerAlias, creationDate: image.shape.creationDate,
            deprecationTime: image.shape.deprecationTime,
            imageAllowed: allowed.isActive ? allowed.allows(image, context) : nil, isPublic: image.shape.public)
    }

    public func describeImageReferences(
        _ input: DescribeImageReferencesRequest, _ context: Context
    ) throws -> DescribeImageReferencesResult {
        let paging = try Paging(input, context)
        guard !input.imageIds.isEmpty else { throw AWSError.missingParameter("ImageIds") }
        for id in input.imageIds { try ResourceKind.image.check(id) }
        let isAll = input.includeAllResourceTypes == true
        guard isAll || input.resourceTypes?.isEmpty == false else {
            throw AWSError.invalidCombination("Either IncludeAllResourceTypes or ResourceTypes must be specified.")
        }
        func options(_ type: ImageReferenceResourceType, _ name: String) -> [String]? {
            input.resourceTypes?.first { $0.resourceType == type }?.resourceTypeOptions?
                .first { $0.optionName?.rawValue == name }?.optionValues
        }
        func isAsked(_ type: ImageReferenceResourceType) -> Bool {
            isAll || input.resourceTypes?.contains { $0.resourceType == type } == true
        }
        let wanted = Set(input.imageIds)
        var found: [ImageReference] = []
        if isAsked("ec2:Instance") {
            let states = options("ec2:Instance", "state-name")
            for instance in try InstanceRecord.all(context) where wanted.contains(instance.image) {
                if let states, !states.contains(instance.state(context).name) { continue }
                found.append(
                    ImageReference(
                        imageId: instance.image, resourceType: "ec2:Instance",
                        arn: ResourceKind.instance.arn(instance.id, context)))
            }
        }
        if isAsked("ec2:LaunchTemplate") {
            let depth = options("ec2:LaunchTemplate", "version-depth")?.first.flatMap { Int($0) } ?? 10
            guard (1...10_000).contains(depth) else { throw AWSError.invalidValue("\(depth)", for: "version-depth") }
            let versions = Dictionary(grouping: try Resource.launchTemplateVersion.all(context).map(\.shape)) {
                $0.launchTemplateId ?? ""
            }
            for template in try Resource.launchTemplate.all(context).compactMap(\.shape.launchTemplateId) {
                let newest = (versions[template] ?? []).sorted { ($0.versionNumber ?? 0) > ($1.versionNumber ?? 0) }.prefix(
                    depth)
                let images = Set(newest.compactMap { $0.launchTemplateData?.imageId })
                for image in input.imageIds where images.contains(image) {
                    found.append(
                        ImageReference(
                            imageId: image, resourceType: "ec2:LaunchTemplate",
                            arn: Resource.launchTemplate.kind.arn(template, context)))
                }
            }
        }
        let page = try paging.page(found.sorted { ($0.arn ?? "", $0.imageId ?? "") < ($1.arn ?? "", $1.imageId ?? "") }) {
            .name("\($0.arn ?? "") \($0.imageId ?? "")")
        }
        return DescribeImageReferencesResult(nextToken: page.nextToken, imageReferences: page.items)
    }
}

extension InstanceImageMetadata {
    fileprivate static let filters = FilterTable<InstanceImageMetadata>(
        [
            "availability-zone": { [$0.availabilityZone] }, "instance-id": { [$0.instanceId] },
            "image-allowed": { [($0.imageMetadata?.imageAllowed ?? true).text] },
            "instance-state-name": { [$0.state?.name?.rawValue] }, "instance-type": { [$0.instanceType?.rawValue] },
            "launch-time": { [$0.launchTime?.iso8601(milliseconds: true)] },
            "owner-alias": { [$0.imageMetadata?.imageOwnerAlias] }, "owner-id": { [$0.ownerId] },
            "zone-id": { [$0.zoneId] }, "operator.managed": { _ in ["false"] }, "operator.principal": { _ in [] },
        ], tags: { $0.tags })
}
