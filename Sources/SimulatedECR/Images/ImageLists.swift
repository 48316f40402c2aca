import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    public func listImages(_ input: ListImagesRequest, _ context: Context) throws -> ListImagesResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let images = try ImageRecord.all(in: repository.name, context).filter {
            $0.fits(input.filter?.imageStatus, context.now)
        }
        var ids: [(number: Int64, id: ImageIdentifier)] = []
        for image in images {
            if image.tags.isEmpty {
                if input.filter?.tagStatus != "TAGGED" {
                    ids.append((Int64(image.number), ImageIdentifier(imageDigest: image.digest)))
                }
            } else if input.filter?.tagStatus != "UNTAGGED" {
                ids += image.tags.map { (Int64(image.number), ImageIdentifier(imageDigest: image.digest, imageTag: $0)) }
            }
        }
        let page = try context.page(
            ids, maximum: input.maxResults ?? 100, token: input.nextToken
        ) { .part($0.number, $0.id.imageTag ?? "") }
        return ListImagesResponse(imageIds: page.items.map(\.id), nextToken: page.nextToken)
    }

    public func describeImages(_ input: DescribeImagesRequest, _ context: Context) throws -> DescribeImagesResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        if let ids = input.imageIds, !ids.isEmpty {
            guard input.maxResults == nil, input.nextToken == nil else {
                throw AWSError.invalidParameter("maxResults", "maxResults and nextToken cannot be used together with imageIds")
            }
            var seen: Set<String> = []
            let found = try ids.map { try ImageRecord.get($0, in: repository.name, context) }
                .filter { seen.insert($0.digest).inserted && $0.fits(input.filter?.tagStatus) }
            return DescribeImagesResponse(imageDetails: try found.map { try $0.detail(context) })
        }
        let images = try ImageRecord.all(in: repository.name, context).filter {
            $0.fits(input.filter?.tagStatus) && $0.fits(input.filter?.imageStatus, context.now)
        }
        let page = try context.page(
            images, maximum: input.maxResults ?? 100, token: input.nextToken
        ) { .number(Int64($0.number)) }
        return DescribeImagesResponse(
            imageDetails: try page.items.map { try $0.detail(context) }, nextToken: page.nextToken)
    }
}

extension ImageRecord {
    func fits(_ tagStatus: TagStatus?) -> Bool {
        switch tagStatus?.rawValue {
        case "TAGGED": !tags.isEmpty
        case "UNTAGGED": tags.isEmpty
        default: true
        }
    }

    /// Whether the image matches the filter. Without a filter, only active images match.
    func fits(_ wanted: ImageStatusFilter?, _ now: Instant) -> Bool {
        let wanted = wanted?.rawValue ?? "ACTIVE"
        return wanted == "ANY" || wanted == status(now).rawValue
    }

    /// The image as DescribeImages shows it.
    func detail(_ context: Context) throws -> ImageDetail {
        ImageDetail(
            registryId: context.account, repositoryName: repository, imageDigest: digest, imageTags: tags.isEmpty ? nil : tags,
            imageSizeInBytes: size, imagePushedAt: pushedAt, imageManifestMediaType: mediaType, artifactMediaType: artifactType,
            lastRecordedPullTime: pulledAt, subjectManifestDigest: subject, imageStatus: status(context.now),
            lastArchivedAt: archivedAt, lastActivatedAt: activatedAt.flatMap { $0 <= context.now ? $0 : nil })
    }
}
