import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    public func putImageTagMutability(
        _ input: PutImageTagMutabilityRequest, _ context: Context
    ) throws -> PutImageTagMutabilityResponse {
        let context = registry(input.registryId, context)
        let exclusions = try TagExclusions.checked(input.imageTagMutabilityExclusionFilters, for: input.imageTagMutability)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        repository.mutability = input.imageTagMutability
        repository.exclusions = exclusions
        try repository.update(context)
        return PutImageTagMutabilityResponse(
            registryId: context.account, repositoryName: repository.name, imageTagMutability: repository.mutability,
            imageTagMutabilityExclusionFilters: repository.exclusionShapes)
    }

    public func putImageScanningConfiguration(
        _ input: PutImageScanningConfigurationRequest, _ context: Context
    ) throws -> PutImageScanningConfigurationResponse {
        let context = registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        repository.scansOnPush = input.imageScanningConfiguration.scanOnPush ?? false
        try repository.update(context)
        return PutImageScanningConfigurationResponse(
            registryId: context.account, repositoryName: repository.name,
            imageScanningConfiguration: ImageScanningConfiguration(scanOnPush: repository.scansOnPush))
    }
}

/// The filters that exempt tags from a repository's tag mutability.
/// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
enum TagExclusions {
    static let wildcardLimit = 2

    static func checked(
        _ filters: [ImageTagMutabilityExclusionFilter]?, for mutability: ImageTagMutability
    ) throws -> [String] {
        let member = "imageTagMutabilityExclusionFilters"
        let needsFilters = mutability == .immutableWithExclusion || mutability == .mutableWithExclusion
        guard let filters else {
            if needsFilters {
                throw AWSError.invalidParameter(
                    member, "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as \(mutability)")
            }
            return []
        }
        guard needsFilters else {
            throw AWSError.invalidParameter(
                member, "ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as \(mutability)")
        }
        let patterns = filters.compactMap(\.filter)
        for pattern in patterns where pattern.utf8.count(where: { $0 == 42 }) > wildcardLimit {
            throw AWSError.invalidParameter(member, "A filter can contain at most \(wildcardLimit) wildcards")
        }
        return patterns
    }
}
