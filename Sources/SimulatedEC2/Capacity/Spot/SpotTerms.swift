import AWSCore
import EC2API
import SimulatorCore

/// The Spot options of a request.
struct SpotTerms {
    private(set) var type: SpotInstanceType
    private(set) var interruption: InstanceInterruptionBehavior
    /// The maximum price in USD per hour; nil for the On-Demand price.
    private(set) var maxPrice: Double?
    let validUntil: Instant?
    var isPersistent: Bool { type == .persistent }

    /// The terms of a launch; nil for an On-Demand launch.
    /// - Parameter isOfRequest: whether a Spot request launches, which allows more than RunInstances.
    /// - Throws: AWS's errors for terms that contradict each other, and for a maximum price that is too low.
    init?(
        _ input: RunInstancesRequest, _ settings: LaunchSettings, zone: String, isOfRequest: Bool, _ context: Context
    ) throws {
        let options = input.instanceMarketOptions
        switch options?.marketType?.rawValue {
        case "spot"?: break
        case nil, "on-demand"?, "capacity-block"?:
            guard options?.spotOptions == nil else {
                throw AWSError.invalidCombination("SpotOptions can be specified only with the market type 'spot'.")
            }
            return nil
        case let other?: throw AWSError.notSimulated("ec2", "RunInstances with the market type '\(other)'")
        }
        try self.init(options?.spotOptions ?? SpotMarketOptions(), hibernates: input.hibernationOptions?.configured, context)
        if !isOfRequest {
            // From AWS's documentation of SpotMarketOptions.
            guard !isPersistent || interruption != .terminate else {
                throw AWSError.invalidCombination(
                    "Persistent Spot Instance requests are supported only with the interruption behaviors 'hibernate' and 'stop'."
                )
            }
            guard validUntil == nil || isPersistent else {
                throw AWSError.invalidCombination("ValidUntil is supported only for persistent Spot Instance requests.")
            }
        }
        try check(settings, tenancy: input.placement?.tenancy, zone: zone, context)
    }

    /// - Parameter hibernates: whether the launch is configured for hibernation; nil if it doesn't say.
    /// - Throws: AWS's errors for terms that contradict each other; their messages are assumed.
    init(_ options: SpotMarketOptions, hibernates: Bool? = nil, _ context: Context) throws {
        type = options.spotInstanceType ?? .oneTime
        guard [.oneTime, .persistent].contains(type) else {
            throw AWSError.invalidValue(type.rawValue, for: "spotInstanceType")
        }
        let asked = options.instanceInterruptionBehavior
        interruption = asked ?? (hibernates == true ? .hibernate : .terminate)
        guard [.terminate, .stop, .hibernate].contains(interruption) else {
            throw AWSError.invalidValue(interruption.rawValue, for: "instanceInterruptionBehavior")
        }
        guard hibernates != true || interruption == .hibernate else {
            throw AWSError.invalidCombination(
                "An instance that is configured for hibernation can only have the interruption behavior 'hibernate'.")
        }
        guard interruption == .terminate || type == .persistent || asked == nil else {
            throw AWSError.invalidCombination(
                "The interruption behavior '\(interruption.rawValue)' requires a persistent Spot Instance request.")
        }
        guard options.blockDurationMinutes == nil else {
            throw AWSError("UnsupportedOperation", "Spot Instances with a defined duration are no longer supported.")
        }
        if let text = options.maxPrice, !text.isEmpty {
            guard let price = InstancePrices.price(text), price >= 0.001 else {
                throw AWSError.invalidValue(text, for: "spotPrice")
            }
            maxPrice = price
        }
        validUntil = options.validUntil
        guard validUntil.map({ $0 > context.now }) ?? true else {
            throw AWSError.invalidValue(validUntil?.iso8601(milliseconds: false) ?? "", for: "validUntil", "It is in the past.")
        }
    }

    /// - Throws: AWS's errors for types that are not sold as Spot capacity, and for a maximum price below the current price.
    private func check(
        _ settings: LaunchSettings, tenancy: Tenancy?, zone: String, _ context: Context
    ) throws {
        guard settings.type.usageClasses.contains("spot") else {
            throw AWSError(
                "InvalidParameterValue", "The instance type \(settings.type.name) is not supported for Spot Instances.")
        }
        guard tenancy != .host else {
            throw AWSError.invalidCombination("Spot Instances cannot be launched with a tenancy of host.")
        }
        guard let maxPrice, let market = SpotMarket(settings.type, settings.product, zone: zone, context) else { return }
        let price = market.price(at: context.now)
        guard maxPrice >= price else {
            throw AWSError(
                "SpotMaxPriceTooLow",
                "Your Spot request price of \(maxPrice) is lower than the minimum required Spot request fulfillment price of "
                    + "\(InstancePrices.text(price)).")
        }
    }

    /// Returns a request with these terms.
    func request(for settings: LaunchSettings, _ context: Context) -> SpotInstanceRequest {
        var request = Resource<SpotInstanceRequest>.empty
        request.type = type
        request.instanceInterruptionBehavior = interruption
        request.spotPrice = InstancePrices.text(
            maxPrice ?? InstancePrices.onDemand(settings.type, settings.product, region: context.region))
        request.validUntil = validUntil
        request.createTime = context.now.wholeSecond
        request.productDescription = RIProductDescription(settings.product.rawValue)
        return request
    }
}

extension LaunchSettings {
    var product: InstancePrices.Product {
        InstancePrices.Product(rawValue: image.platformDetails ?? "") ?? (image.isWindows ? .windows : .linux)
    }
}
