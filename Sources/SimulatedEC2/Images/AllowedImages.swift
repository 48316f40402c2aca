import AWSCore
import EC2API
import SimulatorCore

/// The Allowed AMIs settings: the criteria for other accounts' images that an account's users can see and launch.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-allowed-amis.html
struct AllowedImages: Sendable {
    /// `disabled`, `audit-mode` or `enabled`.
    let state: String
    let criteria: [ImageCriterion]

    static let settings = AccountDocument<GetAllowedImagesSettingsResult>("allowed-images")

    static func current(_ context: Context) throws -> AllowedImages {
        let known = try settings.get(context)
        return AllowedImages(state: known?.state ?? "disabled", criteria: known?.imageCriteria ?? [])
    }

    /// Whether images show if they are allowed.
    var isActive: Bool { state != "disabled" }
    /// Whether images that are not allowed are hidden.
    var isEnforced: Bool { state == "enabled" }

    /// Returns whether the settings allow an image. An account's own images are always allowed; without criteria every image is.
    func allows(_ image: VisibleImage, _ context: Context) -> Bool {
        image.isOwn(context) || criteria.isEmpty || criteria.contains { $0.matches(image, context) }
    }

    /// - Throws: an error for an image that is not allowed. Its code is assumed.
    func refuseLaunch(of image: VisibleImage, _ context: Context) throws {
        guard isEnforced, !allows(image, context) else { return }
        throw AWSError(
            "OperationNotPermitted",
            "The image '\(image.id)' does not meet the criteria of the Allowed AMIs settings of this account and Region.",
            explanation: "GetAllowedImagesSettings shows the criteria; audit-mode lifts them.")
    }
}

extension ImageCriterion {
    /// Returns whether the image meets every condition of the criterion. A list is met if one of its entries matches.
    fileprivate func matches(_ image: VisibleImage, _ context: Context) -> Bool {
        if let providers = imageProviders, !providers.isEmpty {
            guard providers.contains(where: { $0 == image.owner || $0 == image.shape.imageOwnerAlias }) else { return false }
        }
        if let names = imageNames, !names.isEmpty {
            guard names.contains(where: { Wildcard.matches(image.shape.name ?? "", $0) }) else { return false }
        }
        if let codes = marketplaceProductCodes, !codes.isEmpty {
            let own = image.shape.productCodes?.compactMap(\.productCodeId) ?? []
            guard codes.contains(where: own.contains) else { return false }
        }
        if let days = creationDateCondition?.maximumDaysSinceCreated {
            let created = image.shape.creationDate.flatMap { Instant(parsing: $0) } ?? context.now
            guard created + .days(Int64(days)) >= context.now else { return false }
        }
        if let days = deprecationTimeCondition?.maximumDaysSinceDeprecated, let deprecatedAt = image.deprecatedAt {
            guard deprecatedAt + .days(Int64(days)) >= context.now else { return false }
        }
        return true
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func getAllowedImagesSettings(
        _ input: GetAllowedImagesSettingsRequest, _ context: Context
    ) throws -> GetAllowedImagesSettingsResult {
        let allowed = try AllowedImages.current(context)
        return GetAllowedImagesSettingsResult(
            state: allowed.state, imageCriteria: allowed.criteria, managedBy: .account)
    }

    public func enableAllowedImagesSettings(
        _ input: EnableAllowedImagesSettingsRequest, _ context: Context
    ) throws -> EnableAllowedImagesSettingsResult {
        try change(context) { $0.state = input.allowedImagesSettingsState.rawValue }
        return EnableAllowedImagesSettingsResult(allowedImagesSettingsState: input.allowedImagesSettingsState)
    }

    public func disableAllowedImagesSettings(
        _ input: DisableAllowedImagesSettingsRequest, _ context: Context
    ) throws -> DisableAllowedImagesSettingsResult {
        try change(context) { $0.state = "disabled" }
        return DisableAllowedImagesSettingsResult(allowedImagesSettingsState: .disabled)
    }

    public func replaceImageCriteriaInAllowedImagesSettings(
        _ input: ReplaceImageCriteriaInAllowedImagesSettingsRequest, _ context: Context
    ) throws -> ReplaceImageCriteriaInAllowedImagesSettingsResult {
        let criteria = input.imageCriteria ?? []
        guard criteria.count <= 10 else {
            throw AWSError("InvalidParameterValue", "The number of image criteria can't exceed 10.")
        }
        try change(context) { $0.imageCriteria = try criteria.map { try $0.checked() } }
        return ReplaceImageCriteriaInAllowedImagesSettingsResult(returnValue: true)
    }

    private func change(
        _ context: Context, _ change: (inout GetAllowedImagesSettingsResult) throws -> Void
    ) throws {
        var settings = try AllowedImages.settings.get(context) ?? GetAllowedImagesSettingsResult(state: "disabled")
        try change(&settings)
        try AllowedImages.settings.set(settings, context)
    }
}

extension ImageCriterionRequest {
    /// - Throws: AWS's errors for invalid values, and for too many of them.
    fileprivate func checked() throws -> ImageCriterion {
        if imageWatermarks?.isEmpty == false || scanResultCondition != nil {
            throw AWSError.notSimulated("ec2", "image criteria by watermarks and scan results")
        }
        let providers = imageProviders ?? []
        for provider in providers {
            let isAccount = provider.isAccountId
            guard isAccount || ["amazon", "aws-marketplace", "aws-backup-vault", "none"].contains(provider) else {
                throw AWSError.invalidValue(provider, for: "ImageProvider")
            }
        }
        if providers.contains("none"), providers.count > 1 {
            throw AWSError.invalidCombination("When the image provider none is specified, no other values can be specified.")
        }
        for (list, limit, name) in [
            (imageProviders, 200, "ImageProvider"), (imageNames, 50, "ImageName"),
            (marketplaceProductCodes, 50, "MarketplaceProductCode"),
        ] where (list?.count ?? 0) > limit {
            throw AWSError("InvalidParameterValue", "The number of values of \(name) can't exceed \(limit).")
        }
        for days in [creationDateCondition?.maximumDaysSinceCreated, deprecationTimeCondition?.maximumDaysSinceDeprecated] {
            guard let days, days < 0 else { continue }
            throw AWSError.invalidValue("\(days)", for: "MaximumDays")
        }
        var criterion = ImageCriterion()
        criterion.imageProviders = imageProviders
        criterion.imageNames = imageNames
        criterion.marketplaceProductCodes = marketplaceProductCodes
        criterion.creationDateCondition = creationDateCondition.map {
            .init(maximumDaysSinceCreated: $0.maximumDaysSinceCreated)
        }
        criterion.deprecationTimeCondition = deprecationTimeCondition.map {
            .init(maximumDaysSinceDeprecated: $0.maximumDaysSinceDeprecated)
        }
        return criterion
    }
}
