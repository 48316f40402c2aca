import AWSCore
import ECRAPI
import OCI
import SimulatorCore

extension ECRSimulation {
    public func listImageReferrers(_ input: ListImageReferrersRequest, _ context: Context) throws -> ListImageReferrersResponse
    {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        try ECRForm.check(digest: input.subjectId.imageDigest)
        let types = input.filter?.artifactTypes ?? []
        let wanted = input.filter?.artifactStatus?.rawValue ?? "ACTIVE"
        let referrers = try ImageRecord.referrers(of: input.subjectId.imageDigest, in: repository.name, context)
            .filter { wanted == "ANY" || $0.status(context.now).rawValue == wanted }
            .map { image -> (number: Int64, shape: ImageReferrer) in
                let manifest = try Manifest(parsing: try image.manifest(context), contentType: MediaType(image.mediaType))
                let shape = ImageReferrer(
                    digest: image.digest, mediaType: image.mediaType, artifactType: manifest.effectiveArtifactType,
                    size: manifest.bytes.count, annotations: manifest.annotations.isEmpty ? nil : manifest.annotations,
                    artifactStatus: ArtifactStatus(image.status(context.now).rawValue))
                return (Int64(image.number), shape)
            }
            .filter { types.isEmpty || types.contains($0.shape.artifactType ?? "") }
        let page = try context.page(
            referrers, maximum: input.maxResults ?? 20, token: input.nextToken
        ) { .number($0.number) }
        return ListImageReferrersResponse(referrers: page.items.map(\.shape), nextToken: page.nextToken)
    }
}
