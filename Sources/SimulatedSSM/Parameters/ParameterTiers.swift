import AWSCore
import SSMAPI
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html

extension ParameterRecord {
    private static let standardSize = 4096, advancedSize = 8192
    private static let limits = ["Standard": 10_000, "Advanced": 100_000]
    /// The data types that require the advanced tier.
    private static let advancedTypes: Set = ["url", "json", "jsonc"]

    /// Sets this version's tier from the request, or else from the account's setting.
    /// - Parameter size: the value's size in bytes.
    /// - Throws: AWS's error if the tier does not allow the parameter.
    mutating func chooseTier(
        asked: String?, size: Int, before last: ParameterRecord?, _ context: Context
    ) throws {
        let usual = try ServiceSettingRecord.value(of: .defaultTier, context)
        let wanted = asked ?? (last?.tier == "Advanced" ? "Advanced" : usual)
        switch wanted {
        case "Advanced": tier = "Advanced"
        case "Intelligent-Tiering": tier = try needsAdvanced(size, last, context) ? "Advanced" : "Standard"
        default: tier = "Standard"
        }
        if tier == "Standard" {
            guard last?.tier != "Advanced" else { throw AWSError.noDowngrade }
            guard size <= Self.standardSize else { throw AWSError.tooLargeForStandard }
            guard policies.isEmpty else { throw AWSError.policiesNeedAdvanced }
            guard !Self.advancedTypes.contains(dataType) else { throw AWSError.typeNeedsAdvanced(dataType) }
        }
        guard size <= Self.advancedSize else { throw AWSError.tooLargeForAdvanced }
        if last?.tier != tier, let limit = Self.limits[tier], try Self.count(tier: tier, context) >= limit {
            throw AWSError.tooManyParameters(tier, limit: limit)
        }
    }

    private func needsAdvanced(_ size: Int, _ last: ParameterRecord?, _ context: Context) throws -> Bool {
        if size > Self.standardSize || !policies.isEmpty || last?.tier == "Advanced" { return true }
        if Self.advancedTypes.contains(dataType) { return true }
        return try last == nil && Self.count(tier: "Standard", context) >= Self.limits["Standard"] ?? 0
    }
}
