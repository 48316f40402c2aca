import AWSCore
import EC2API
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func describeImages(_ input: DescribeImagesRequest, _ context: Context) throws -> DescribeImagesResult {
        let paging = try Paging(input, context)
        let images = try Self.listed(input, context)
        let page = try paging.page(images) { .number($0.number) }
        return DescribeImagesResult(nextToken: page.nextToken, images: page.items.map(\.shape))
    }

    private static func listed(_ input: DescribeImagesRequest, _ context: Context) throws -> [VisibleImage] {
        var images: [VisibleImage]
        if let ids = input.imageIds, !ids.isEmpty {
            images = try named(ids, context)
        } else {
            images = try VisibleImage.all(context).filter {
                input.includeDeprecated == true || $0.isOwn(context) || !$0.isDeprecated(context)
            }
        }
        if input.includeDisabled != true { images = images.filter { $0.shape.state != .disabled } }
        if let owners = input.owners, !owners.isEmpty {
            images = images.filter { image in owners.contains { image.isOwned(by: $0, context) } }
        }
        if let users = input.executableUsers, !users.isEmpty {
            images = try VisibleImage.executable(by: users, of: images, context)
        }
        let allowed = try AllowedImages.current(context)
        if allowed.isActive {
            for index in images.indices { images[index].shape.imageAllowed = allowed.allows(images[index], context) }
            if allowed.isEnforced { images = images.filter { $0.shape.imageAllowed == true } }
        }
        let tags = try TagIndex(.image, context)
        for index in images.indices {
            images[index].shape.tags = tags[images[index].id].orNone
            images[index].shape.deregistrationProtection = images[index].shape.shownProtection
        }
        return try VisibleImage.filters.apply(input.filters, to: images, context)
    }

    /// Returns the images with these ids, without duplicates, in list order.
    private static func named(_ ids: [String], _ context: Context) throws -> [VisibleImage] {
        for id in ids { try ResourceKind.image.check(id) }
        let found = try ids.map { try VisibleImage.find($0, context) }
        let missing = zip(ids, found).filter { $0.1 == nil }.map(\.0)
        for id in missing where try ResourceRow.existsAnywhere(Resource.ownImage.kind, id, context) {
            throw AWSError.notAuthorized(forImage: id)
        }
        let unknown = try missing.filter { try !DeregisteredImages.contains($0, context) }
        guard unknown.isEmpty else { throw AWSError.imagesNotFound(unknown) }
        var seen: Set<String> = []
        return found.compactMap { $0 }.filter { seen.insert($0.id).inserted }.sorted { $0.number < $1.number }
    }
}

// MARK: Filters

extension VisibleImage {
    /// Filters on scan results, which match nothing: images are not scanned.
    private static let scans =
        [
            "critical", "high", "medium", "low", "informational",
        ].map { "scan-result.\($0)-fix-available-since" } + [
            "scan-result.finding-scan-date", "scan-result.highest-finding-severity-label",
        ]

    private static func disks(_ value: @escaping @Sendable (EbsBlockDevice) -> String?) -> FilterTable<VisibleImage>.Values {
        { $0.shape.blockDeviceMappings?.compactMap(\.ebs).map(value) ?? [] }
    }

    /// The names of AWS's public parameters whose value is the image.
    private var parameterNames: [String] {
        guard isOfCatalogue, let region else { return [] }
        return PublicParameters.names(of: id, region: region)
    }

    static let filters = FilterTable<VisibleImage>(
        [
            "architecture": { [$0.shape.architecture?.rawValue] },
            "block-device-mapping.delete-on-termination": disks { $0.deleteOnTermination?.text },
            "block-device-mapping.device-name": { $0.shape.blockDeviceMappings?.map(\.deviceName) ?? [] },
            "block-device-mapping.encrypted": disks { $0.encrypted?.text },
            "block-device-mapping.snapshot-id": disks(\.snapshotId),
            "block-device-mapping.volume-size": disks { $0.volumeSize.map(String.init) },
            "block-device-mapping.volume-type": disks { $0.volumeType?.rawValue },
            "creation-date": { [$0.shape.creationDate] },
            "description": { [$0.shape.description] },
            "ena-support": { [($0.shape.enaSupport ?? false).text] },
            "free-tier-eligible": { [$0.shape.freeTierEligible?.text] },
            "hypervisor": { [$0.shape.hypervisor?.rawValue] },
            "image-allowed": { [($0.shape.imageAllowed ?? true).text] },
            "image-id": { [$0.id] },
            "image-type": { [$0.shape.imageType?.rawValue] },
            "is-public": { [($0.shape.public ?? false).text] },
            "kernel-id": { [$0.shape.kernelId] },
            "manifest-location": { [$0.shape.imageLocation] },
            "name": { [$0.shape.name] },
            "owner-alias": { [$0.shape.imageOwnerAlias] },
            "owner-id": { [$0.owner] },
            "platform": { [$0.shape.platform?.rawValue.lowercased()] },
            "product-code": { $0.shape.productCodes?.map(\.productCodeId) ?? [] },
            "product-code.type": { $0.shape.productCodes?.map { $0.productCodeType?.rawValue } ?? [] },
            "ramdisk-id": { [$0.shape.ramdiskId] },
            "root-device-name": { [$0.shape.rootDeviceName] },
            "root-device-type": { [$0.shape.rootDeviceType?.rawValue] },
            "source-image-id": { [$0.shape.sourceImageId] },
            "source-image-region": { [$0.shape.sourceImageRegion] },
            "source-instance-id": { [$0.shape.sourceInstanceId] },
            "sriov-net-support": { [$0.shape.sriovNetSupport] },
            "state": { [$0.shape.state?.rawValue] },
            "state-reason-code": { [$0.shape.stateReason?.code] },
            "state-reason-message": { [$0.shape.stateReason?.message] },
            "virtualization-type": { [$0.shape.virtualizationType?.rawValue] },
            "boot-mode": { [$0.shape.bootMode?.rawValue] },
            "public-ssm-parameter-name": { $0.parameterNames },
            "instance-type-specification.supported-instance-type": { _ in [] },
            "instance-type-specification.unsupported-instance-type": { _ in [] },
        ], without: scans, tags: { $0.shape.tags }, shape: { $0.shape })
}
