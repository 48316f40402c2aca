import AWSCore
import EC2API
import SimulatorCore

// The life of a Spot request, which follows the time and its instance.

extension SpotInstanceRequest {
    // MARK: Open

    /// Returns when an open request is next evaluated.
    func nextAttempt(since: Instant, _ context: Context) -> Instant? {
        let soonest: Instant
        switch status?.code {
        case "not-scheduled-yet": soonest = validFrom ?? since
        case "price-too-low":
            soonest = limit.flatMap { limit in market(context)?.next(isAbove: false, limit, after: since) } ?? since + .days(90)
        case "capacity-not-available", "limit-exceeded", "placement-group-constraint": soonest = since + Self.retry
        default: soonest = since + context.transitions.duration(Self.evaluation)
        }
        return min(soonest, validUntil ?? soonest)
    }

    /// Launches the instance of an open request.
    /// - Returns: the request's next state.
    mutating func attempt(_ context: Context) throws -> String? {
        guard validUntil.map({ $0 > context.now }) ?? true else {
            status = .expired(context)
            return "closed"
        }
        guard validFrom.map({ $0 <= context.now }) ?? true else { return "open" }
        guard let id = spotInstanceRequestId, let launch = try Self.launch(of: id).get(context) else { return "failed" }
        do {
            let launched = try context.attempt {
                try Launch(launch, isOfSpotRequest: true, context).carryOut(for: id, context)
            }
            if let instance = launched.instances.first { hold(instance, context) }
            return "active"
        } catch let error as AWSError {
            switch error.code {
            case "SpotMaxPriceTooLow": status = .tooLow(context)
            case "MaxSpotInstanceCountExceeded": status = .limitExceeded(context)
            case "InsufficientInstanceCapacity", "InsufficientFreeAddressesInSubnet": status = .notAvailable(context)
            default:
                fault = SpotInstanceStateFault(code: error.code, message: error.message)
                status = .bad(context)
                return "failed"
            }
            return "open"
        }
    }

    /// Records the launched instance.
    mutating func hold(_ instance: InstanceRecord, _ context: Context) {
        instanceId = instance.id
        launchedAvailabilityZone = instance.zone
        launchedAvailabilityZoneId = AWSRegion.current(context).zones.first { $0.name == instance.zone }?.id
        status = .fulfilled(context)
    }

    // MARK: Active

    private var limit: Double? { spotPrice.flatMap(Double.init) }

    /// Returns the market of the request's instance.
    private func market(_ context: Context) -> SpotMarket? {
        guard let name = launchSpecification?.instanceType?.rawValue, let type = InstanceTypeTable.figures(of: name),
            let product = InstancePrices.Product(rawValue: productDescription?.rawValue ?? ""),
            let zone = launchedAvailabilityZone ?? launchSpecification?.placement?.availabilityZone
                ?? AWSRegion.current(context).zones.first?.name
        else { return nil }
        return SpotMarket(type, product, zone: zone, context)
    }

    /// Returns when the price rises above the request's maximum; nil if the maximum is the On-Demand price, which it never
    /// exceeds.
    func nextRise(_ context: Context) -> Instant? {
        guard let limit, let market = market(context), limit < market.onDemandPrice else { return nil }
        // The launch may have compared another zone's price. If the price is already above the maximum, check again in a second.
        return market.next(isAbove: true, limit, after: context.now).map { max($0, context.now + .seconds(1)) }
    }

    /// Interrupts the instance if the current price is above the request's maximum.
    mutating func watchPrice(_ context: Context) throws -> String? {
        guard let limit, let market = market(context), market.price(at: context.now) > limit,
            let id = instanceId, var instance = try InstanceRecord.find(id, context)
        else { return "active" }
        try instance.interrupt(notice: .minutes(2), isTooDear: true, context)
        status = instance.options.spotStopsAt == nil ? .marked(context) : .markedForStop(context)
        return "active"
    }

    /// Sets the request's status after its instance got an interruption notice.
    static func noticed(_ instance: InstanceRecord, _ context: Context) throws {
        guard let id = instance.options.spotRequest, var stored = try Resource.spotInstanceRequest.find(id, context) else {
            return
        }
        stored.shape.status = instance.options.spotStopsAt == nil ? .marked(context) : .markedForStop(context)
        try Resource.spotInstanceRequest.write(stored, context)
    }

    /// Closes the request after its instance has ended. A persistent request opens again.
    static func ended(_ instance: InstanceRecord, _ status: SpotInstanceStatus, _ context: Context) throws {
        guard let id = instance.options.spotRequest, var stored = try Resource.spotInstanceRequest.find(id, context) else {
            return
        }
        guard stored.phase == "active" || stored.phase == "disabled" else {
            stored.shape.status = status
            return try Resource.spotInstanceRequest.write(stored, context)
        }
        let isOver = stored.shape.validUntil.map { $0 <= context.now } ?? false
        // A fleet replaces its instances itself.
        let isAgain = stored.shape.type == .persistent && !isOver && instance.options.fleet == nil
        stored.shape.status = status
        if isAgain { stored.shape.instanceId = nil }
        try Resource.spotInstanceRequest.move(&stored, to: isAgain ? "open" : "closed", at: context.now, context)
    }

    // MARK: Disabled

    /// Disables the request after the user or an interruption has stopped its instance.
    static func stopped(_ instance: InstanceRecord, _ status: SpotInstanceStatus, _ context: Context) throws {
        guard let id = instance.options.spotRequest, var stored = try Resource.spotInstanceRequest.find(id, context) else {
            return
        }
        stored.shape.status = status
        guard stored.phase == "active" else { return try Resource.spotInstanceRequest.write(stored, context) }
        try Resource.spotInstanceRequest.move(&stored, to: "disabled", at: context.now, context)
    }

    /// Activates the request when its instance starts again.
    static func started(_ instance: InstanceRecord, _ context: Context) throws {
        guard let id = instance.options.spotRequest, var stored = try Resource.spotInstanceRequest.find(id, context),
            stored.phase == "disabled"
        else { return }
        stored.shape.status = .fulfilled(context)
        try Resource.spotInstanceRequest.move(&stored, to: "active", at: context.now, context)
    }

    /// Returns when an interrupted instance starts again; nil for one that the user stopped.
    func resumption(since: Instant) -> Instant? {
        ["instance-stopped-no-capacity", "instance-stopped-by-price"].contains(status?.code) ? since + Self.recovery : nil
    }

    mutating func resume(_ context: Context) throws -> String? {
        guard resumption(since: context.now) != nil, let id = instanceId, var instance = try InstanceRecord.find(id, context),
            instance.phase == .stop
        else { return "disabled" }
        if let limit, let market = market(context), market.price(at: context.now) > limit { return "disabled" }
        try instance.resume(context)
        status = .fulfilled(context)
        return "active"
    }

    // MARK: Over

    /// Keeps a finished request for as long as its instance is shown.
    func keep(_ phase: String, _ context: Context) throws -> String? {
        if let instanceId, try InstanceRecord.find(instanceId, context) != nil { return phase }
        if let id = spotInstanceRequestId { try Self.launch(of: id).clear(context) }
        return nil
    }
}

// MARK: Statuses

/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
extension SpotInstanceStatus {
    private init(_ code: String, _ message: String, _ context: Context) {
        self.init(code: code, message: message, updateTime: context.now.wholeSecond)
    }

    static func pending(_ context: Context) -> Self {
        Self(
            "pending-evaluation", "Your Spot request has been submitted for review, and is pending evaluation.", context)
    }
    static func notYet(_ context: Context) -> Self {
        Self("not-scheduled-yet", "Your Spot request will not be evaluated until the scheduled date.", context)
    }
    static func fulfilled(_ context: Context) -> Self { Self("fulfilled", "Your spot request is fulfilled.", context) }
    static func bad(_ context: Context) -> Self { Self("bad-parameters", "Your Spot parameters are bad.", context) }
    static func expired(_ context: Context) -> Self { Self("schedule-expired", "Your Spot request expired.", context) }
    static func tooLow(_ context: Context) -> Self {
        Self("price-too-low", "Your Spot request price is lower than the minimum required fulfillment price.", context)
    }
    static func limitExceeded(_ context: Context) -> Self {
        Self("limit-exceeded", "The number of Spot Instances exceeds your limit.", context)
    }
    static func notAvailable(_ context: Context) -> Self {
        Self("capacity-not-available", "There is no Spot capacity available that matches your request.", context)
    }
    static func marked(_ context: Context) -> Self {
        Self("marked-for-termination", "Your Spot instance is marked for termination.", context)
    }
    static func markedForStop(_ context: Context) -> Self {
        Self("marked-for-stop", "Your Spot instance is marked to be stopped.", context)
    }
    static func noCapacity(_ context: Context) -> Self {
        Self(
            "instance-terminated-no-capacity",
            "Your Spot instance was terminated because there is no Spot capacity available.", context)
    }
    static func terminatedByPrice(_ context: Context) -> Self {
        Self(
            "instance-terminated-by-price",
            "Your Spot instance was terminated because the Spot price exceeded your maximum price.",
            context)
    }
    static func terminatedByUser(_ context: Context) -> Self {
        Self("instance-terminated-by-user", "Spot Instance terminated due to user-initiated termination.", context)
    }
    static func stoppedByUser(_ context: Context) -> Self {
        Self("instance-stopped-by-user", "Spot Instance stopped due to user-initiated stop.", context)
    }
    static func stoppedWithoutCapacity(_ context: Context) -> Self {
        Self(
            "instance-stopped-no-capacity",
            "Your Spot instance was stopped because there is no Spot capacity available.", context)
    }
    static func stoppedByPrice(_ context: Context) -> Self {
        Self(
            "instance-stopped-by-price", "Your Spot instance was stopped because the Spot price exceeded your maximum price.",
            context)
    }
    static func canceledBefore(_ context: Context) -> Self {
        Self("canceled-before-fulfillment", "Your Spot request is canceled before it was fulfilled.", context)
    }
    static func canceledWhileRunning(_ context: Context) -> Self {
        Self(
            "request-canceled-and-instance-running",
            "Your Spot request is canceled, but your instance is still running.", context)
    }
}
