import AWSCore
import ECRAPI
import OCI
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html

extension ECRSimulation {
    static let scanInterval = Duration.hours(24)
    static let inspectorMemory = Duration.days(14)

    public func startImageScan(_ input: StartImageScanRequest, _ context: Context) throws -> StartImageScanResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard try scanning(context).scanType != "ENHANCED" else { throw AWSError.validation("This feature is disabled") }
        let image = try ImageRecord.get(input.imageId, in: repository.name, context)
        guard !image.isArchived else {
            throw AWSError(
                "ImageArchivedException", "The image with imageId \(input.imageId.text) is archived and cannot be scanned")
        }
        guard !MediaType(image.mediaType).isIndex else {
            throw AWSError("UnsupportedImageTypeException", "The image of type \(image.mediaType) cannot be scanned")
        }
        if let last = try ScanRecord.find(image.digest, in: repository.name, context),
            last.startedAt + Self.scanInterval > context.now
        {
            throw AWSError("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.")
        }
        try ScanRecord(startedAt: context.now).save(image.digest, in: repository.name, context)
        return StartImageScanResponse(
            registryId: context.account, repositoryName: repository.name,
            imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag),
            imageScanStatus: ImageScanStatus(status: .inProgress))
    }

    public func describeImageScanFindings(
        _ input: DescribeImageScanFindingsRequest, _ context: Context
    ) throws -> DescribeImageScanFindingsResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let image = try ImageRecord.get(input.imageId, in: repository.name, context)
        guard !image.isArchived else {
            return DescribeImageScanFindingsResponse(
                registryId: context.account, repositoryName: repository.name,
                imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag),
                imageScanStatus: ImageScanStatus(
                    status: "IMAGE_ARCHIVED", description: "The image is archived and cannot be scanned."))
        }
        guard let found = try ScanRecord.find(image.digest, in: repository.name, context) else {
            throw AWSError.scanNotFound(input.imageId, repository.name, context)
        }
        let scan = try finished(found, of: image, context)
        var response = DescribeImageScanFindingsResponse(
            registryId: context.account, repositoryName: repository.name,
            imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag),
            imageScanStatus: ImageScanStatus(
                status: scan.result?.status ?? .inProgress, description: scan.result?.description))
        guard var findings = scan.result?.findings else { return response }
        if let enhanced = findings.enhancedFindings {
            let page = try context.page(
                fixed: enhanced, maximum: input.maxResults ?? 100, token: input.nextToken)
            findings.enhancedFindings = page.items
            response.nextToken = page.nextToken
        } else {
            let page = try context.page(
                fixed: findings.findings ?? [], maximum: input.maxResults ?? 100, token: input.nextToken)
            findings.findings = page.items
            response.nextToken = page.nextToken
        }
        response.imageScanFindings = findings
        return response
    }

    /// Scans a pushed image if the repository or registry is set to.
    func scanOnPush(_ image: ImageRecord, _ repository: RepositoryRecord, at time: Instant, _ context: Context) throws {
        guard !MediaType(image.mediaType).isIndex, try scanning(context).frequency(of: repository) != "MANUAL" else { return }
        try ScanRecord(startedAt: time).save(image.digest, in: repository.name, context)
    }
}

// MARK: - Configuration

extension ECRSimulation {
    func scanning(_ context: Context) throws -> RegistryScanningConfiguration {
        try RegistrySetting.scanning.shape(context) ?? RegistryScanningConfiguration(scanType: "BASIC", rules: [])
    }

    public func putRegistryScanningConfiguration(
        _ input: PutRegistryScanningConfigurationRequest, _ context: Context
    ) throws -> PutRegistryScanningConfigurationResponse {
        let type = input.scanType ?? "BASIC"
        let unsupported: ScanFrequency = type == "ENHANCED" ? "MANUAL" : "CONTINUOUS_SCAN"
        for rule in input.rules ?? [] where rule.scanFrequency == unsupported {
            throw AWSError.invalidParameter(
                "rules", "Scan frequency \(unsupported.rawValue) is not supported for scan type \(type.rawValue)")
        }
        let before = try scanning(context)
        let configuration = RegistryScanningConfiguration(scanType: type, rules: input.rules ?? [])
        try RegistrySetting.scanning.set(shape: configuration, context)
        if type == "ENHANCED", before.scanType != type { try introduceToInspector(configuration, context) }
        return PutRegistryScanningConfigurationResponse(registryScanningConfiguration: configuration)
    }

    /// When enhanced scanning starts, Amazon Inspector scans existing images, except those pushed too long ago.
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html
    private func introduceToInspector(_ configuration: RegistryScanningConfiguration, _ context: Context) throws {
        for repository in try RepositoryRecord.all(context) where configuration.frequency(of: repository) != "MANUAL" {
            for image in try ImageRecord.all(in: repository.name, context)
            where image.isActive(context.now) && !MediaType(image.mediaType).isIndex {
                var scan = ScanRecord(startedAt: context.now)
                if image.pushedAt + Self.inspectorMemory < context.now {
                    scan.result = ScanRecord.Result(
                        status: "SCAN_ELIGIBILITY_EXPIRED", description: "Scan eligibility expired for image.")
                }
                try scan.save(image.digest, in: repository.name, context)
            }
        }
    }

    public func getRegistryScanningConfiguration(
        _ input: GetRegistryScanningConfigurationRequest, _ context: Context
    ) throws -> GetRegistryScanningConfigurationResponse {
        GetRegistryScanningConfigurationResponse(
            registryId: context.account, scanningConfiguration: try scanning(context))
    }

    public func batchGetRepositoryScanningConfiguration(
        _ input: BatchGetRepositoryScanningConfigurationRequest, _ context: Context
    ) throws -> BatchGetRepositoryScanningConfigurationResponse {
        let registry = try scanning(context)
        var found: [RepositoryScanningConfiguration] = [], failures: [RepositoryScanningConfigurationFailure] = []
        for name in input.repositoryNames {
            guard let repository = try RepositoryRecord.find(name, context) else {
                failures.append(
                    RepositoryScanningConfigurationFailure(
                        repositoryName: name, failureCode: "REPOSITORY_NOT_FOUND",
                        failureReason: AWSError.repositoryNotFound(name, context).message))
                continue
            }
            let frequency = registry.frequency(of: repository)
            found.append(
                RepositoryScanningConfiguration(
                    repositoryArn: RepositoryRecord.arn(name, context), repositoryName: name, scanOnPush: frequency != "MANUAL",
                    scanFrequency: frequency, appliedScanFilters: registry.filters(matching: name)))
        }
        return BatchGetRepositoryScanningConfigurationResponse(scanningConfigurations: found, failures: failures)
    }
}

extension RegistryScanningConfiguration {
    func filters(matching repository: String) -> [ScanningRepositoryFilter] {
        (rules ?? []).flatMap { $0.repositoryFilters ?? [] }.filter { $0.matches(repository) }
    }

    /// Returns how often a repository's images are scanned, by the registry's rules or the repository's setting.
    func frequency(of repository: RepositoryRecord) -> ScanFrequency {
        for frequency in ["CONTINUOUS_SCAN", "SCAN_ON_PUSH"] as [ScanFrequency] {
            let isWanted = (rules ?? []).contains { rule in
                rule.scanFrequency == frequency
                    && (rule.repositoryFilters ?? []).contains { $0.matches(repository.name) }
            }
            if isWanted { return frequency }
        }
        return repository.scansOnPush && scanType != "ENHANCED" ? "SCAN_ON_PUSH" : "MANUAL"
    }
}

extension ScanningRepositoryFilter {
    /// A filter without `*` matches every name that contains it.
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
    func matches(_ repository: String) -> Bool {
        guard let filter else { return false }
        return filter.contains("*") ? Wildcard.matches(repository, filter) : repository.contains(filter)
    }
}

extension AWSError {
    static func scanNotFound(_ id: ImageIdentifier, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "ScanNotFoundException",
            """
            Image scan does not exist for the image with '\(id.text)' in the repository with name '\(repository)' in the \
            registry with id '\(context.account)'
            """)
    }
}
