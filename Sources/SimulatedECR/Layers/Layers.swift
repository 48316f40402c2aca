import AWSCore
import ECRAPI
import OCI
import SimulatorCore

extension ECRSimulation {
    public func batchCheckLayerAvailability(
        _ input: BatchCheckLayerAvailabilityRequest, _ context: Context
    ) throws -> BatchCheckLayerAvailabilityResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        var layers: [Layer] = [], failures: [LayerFailure] = []
        for digest in input.layerDigests {
            guard !digest.isEmpty else {
                failures.append(
                    LayerFailure(
                        layerDigest: digest, failureCode: "MissingLayerDigest",
                        failureReason: "Invalid request parameters: layer digest cannot be empty"))
                continue
            }
            guard ECRForm.isDigest(digest) else {
                failures.append(
                    LayerFailure(
                        layerDigest: digest, failureCode: "InvalidLayerDigest",
                        failureReason: "Invalid request parameters: layer digest should satisfy the regex '\(ECRForm.digest)'"))
                continue
            }
            guard let layer = try LayerRecord.find(digest, in: repository.name, context), let named = Digest(digest),
                try verifier.has(named, size: layer.size, in: blobs)
            else {
                layers.append(Layer(layerDigest: digest, layerAvailability: "UNAVAILABLE"))
                continue
            }
            layers.append(
                Layer(
                    layerDigest: digest,
                    layerAvailability: try layer.isArchived(in: repository.name, context) ? "ARCHIVED" : "AVAILABLE",
                    layerSize: layer.size, mediaType: layer.mediaType ?? LayerRecord.defaultMediaType))
        }
        return BatchCheckLayerAvailabilityResponse(layers: layers, failures: failures)
    }

    public func getDownloadUrlForLayer(
        _ input: GetDownloadUrlForLayerRequest, _ context: Context
    ) throws -> GetDownloadUrlForLayerResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let layer = try LayerRecord.find(input.layerDigest, in: repository.name, context) else {
            throw AWSError.layerNotFound(input.layerDigest, repository.name, context)
        }
        guard try layer.isAssociated(in: repository.name, context), try !layer.isArchived(in: repository.name, context) else {
            throw AWSError.layerInaccessible(input.layerDigest, repository.name, context)
        }
        let url = StorageURL(digest: layer.digest, account: context.account, region: context.region)
        return GetDownloadUrlForLayerResponse(
            downloadUrl: url.presigned(context.configuration, at: context.now), layerDigest: layer.digest)
    }
}
