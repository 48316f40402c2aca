import AWSCore
import EC2API
import SimulatorCore

/// A public image as a region has it.
struct RegionalImage: Sendable {
    let image: PublicImage
    let region: String
    /// What the account itself has tagged it with.
    var tags: [Tag] = []
    var id: String { image.id(region: region) }
    var shape: Image {
        var shape = image.shape(region: region)
        shape.tags = tags.orNone
        return shape
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func describeImages(_ input: DescribeImagesRequest, _ context: Context) throws -> DescribeImagesResult {
        let paging = try Paging(input, context)
        var images: [RegionalImage]
        if let ids = input.imageIds, !ids.isEmpty {
            for id in ids { try ResourceKind.image.check(id) }
            let found = ids.map { id in PublicImage.find(id: id, region: context.region) }
            let missing = zip(ids, found).filter { $0.1 == nil }.map(\.0)
            guard missing.isEmpty else { throw AWSError.imagesNotFound(missing) }
            images = found.compactMap { $0 }.map { RegionalImage(image: $0, region: context.region) }
        } else {
            images = PublicImage.all
                .filter { input.includeDeprecated == true || $0.isNewest || $0.deprecationTime > context.now }
                .map { RegionalImage(image: $0, region: context.region) }
        }
        if let owners = input.owners, !owners.isEmpty {
            images = images.filter { image in
                owners.contains { $0 == "amazon" || $0 == image.image.series.owner }
            }
        }
        // Everybody may launch a public image, but nobody was allowed to by name.
        if let users = input.executableUsers, !users.isEmpty, !users.contains("all") { images = [] }
        let tags = try TagIndex(.image, context)
        for index in images.indices { images[index].tags = tags[images[index].id] }
        images = try RegionalImage.filters.apply(input.filters, to: images, context)
        let page = try paging.page(fixed: images)
        return DescribeImagesResult(nextToken: page.nextToken, images: page.items.map(\.shape))
    }
}

// MARK: Filters

extension RegionalImage {
    /// Nobody scans the images here.
    private static let scans =
        [
            "critical", "high", "medium", "low", "informational",
        ].map { "scan-result.\($0)-fix-available-since" } + [
            "scan-result.finding-scan-date", "scan-result.highest-finding-severity-label",
        ]

    static let filters = FilterTable<RegionalImage>(
        [
            "architecture": { [$0.image.architecture] },
            "block-device-mapping.delete-on-termination": { _ in ["true"] },
            "block-device-mapping.device-name": { [$0.image.series.rootDeviceName] + $0.image.series.ephemeral },
            "block-device-mapping.encrypted": { _ in ["false"] },
            "block-device-mapping.snapshot-id": { [$0.image.snapshotId(region: $0.region)] },
            "block-device-mapping.volume-size": { [String($0.image.series.size)] },
            "block-device-mapping.volume-type": { [$0.image.series.volumeType] },
            "creation-date": { [$0.image.createdAt.iso8601(milliseconds: true)] },
            "description": { [$0.image.description] },
            "ena-support": { _ in ["true"] },
            "free-tier-eligible": { _ in [] },
            "hypervisor": { _ in ["xen"] },
            "image-allowed": { _ in ["true"] },
            "image-id": { [$0.id] },
            "image-type": { _ in ["machine"] },
            "is-public": { _ in ["true"] },
            "kernel-id": { _ in [] },
            "manifest-location": { ["amazon/\($0.image.name)"] },
            "name": { [$0.image.name] },
            "owner-alias": { _ in ["amazon"] },
            "owner-id": { [$0.image.series.owner] },
            "platform": { [$0.image.platform] },
            "product-code": { _ in [] },
            "product-code.type": { _ in [] },
            "ramdisk-id": { _ in [] },
            "root-device-name": { [$0.image.series.rootDeviceName] },
            "root-device-type": { _ in ["ebs"] },
            "source-image-id": { _ in [] },
            "source-image-region": { _ in [] },
            "source-instance-id": { _ in [] },
            "sriov-net-support": { _ in ["simple"] },
            "state": { _ in ["available"] },
            "state-reason-code": { _ in [] },
            "state-reason-message": { _ in [] },
            "virtualization-type": { _ in ["hvm"] },
            "boot-mode": { [$0.image.bootMode] },
            "public-ssm-parameter-name": { _ in [] },
            "instance-type-specification.supported-instance-type": { _ in [] },
            "instance-type-specification.unsupported-instance-type": { _ in [] },
        ], without: scans, tags: { $0.tags }, shape: { $0.shape })
}

extension AWSError {
    static func imagesNotFound(_ ids: [String]) -> AWSError {
        AWSError(
            "InvalidAMIID.NotFound",
            ids.count == 1
                ? "The image id '[\(ids[0])]' does not exist" : "The image ids '[\(ids.joined(separator: ", "))]' do not exist",
            explanation: "Ids of public images differ between regions, and are Drydock's own: look them up by owner and name.")
    }
}
