import AWSCore
import EC2API
import SimulatorCore

// Disabling, deprecation and deregistration protection of images.

extension EC2Simulation {
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html
    public func disableImage(_ input: DisableImageRequest, _ context: Context) throws -> DisableImageResult {
        var image = try Stored.own(input.imageId, context)
        guard image.phase == "available" || image.phase == "disabled" else {
            throw AWSError("IncorrectState", "The image '\(input.imageId)' is in the state '\(image.phase)'.")
        }
        try Grants.removeAll(from: input.imageId, context)
        try Resource.ownImage.move(&image, to: "disabled", at: context.now, context)
        return DisableImageResult(return: true)
    }

    public func enableImage(_ input: EnableImageRequest, _ context: Context) throws -> EnableImageResult {
        var image = try Stored.own(input.imageId, context)
        guard image.phase == "available" || image.phase == "disabled" else {
            throw AWSError("IncorrectState", "The image '\(input.imageId)' is in the state '\(image.phase)'.")
        }
        try Resource.ownImage.move(&image, to: "available", at: context.now, context)
        return EnableImageResult(return: true)
    }

    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html
    public func enableImageDeprecation(
        _ input: EnableImageDeprecationRequest, _ context: Context
    ) throws -> EnableImageDeprecationResult {
        var image = try Stored.own(input.imageId, context)
        // Rounds to the nearest minute.
        let time = Instant(seconds: (input.deprecateAt.seconds + 30) / 60 * 60)
        guard time > context.now else {
            throw AWSError("InvalidParameterValue", "The deprecation date must be in the future.")
        }
        let isPublic = try Grants.of(input.imageId, context).contains(Grants.everybody)
        let limit =
            isPublic
            ? (image.shape.creationDate.flatMap { Instant(parsing: $0) } ?? context.now) + .days(730)
            : context.now + .days(3653)
        guard time <= limit else {
            throw AWSError(
                "InvalidParameterValue",
                isPublic
                    ? "The deprecation date of a public AMI can't be more than 2 years after its creation date."
                    : "The deprecation date can't be more than 10 years from now.")
        }
        image.shape.deprecationTime = time.iso8601(milliseconds: true)
        try Resource.ownImage.write(image, context)
        return EnableImageDeprecationResult(return: true)
    }

    public func disableImageDeprecation(
        _ input: DisableImageDeprecationRequest, _ context: Context
    ) throws -> DisableImageDeprecationResult {
        var image = try Stored.own(input.imageId, context)
        image.shape.deprecationTime = nil
        try Resource.ownImage.write(image, context)
        return DisableImageDeprecationResult(return: true)
    }

    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deregistration-protection.html
    public func enableImageDeregistrationProtection(
        _ input: EnableImageDeregistrationProtectionRequest, _ context: Context
    ) throws -> EnableImageDeregistrationProtectionResult {
        var image = try Stored.own(input.imageId, context)
        let state = input.withCooldown == true ? "enabled-with-cooldown" : "enabled-without-cooldown"
        image.shape.deregistrationProtection = state
        try Resource.ownImage.write(image, context)
        try Due.clear(Image.coolingDown, input.imageId, context)
        return EnableImageDeregistrationProtectionResult(return: state)
    }

    public func disableImageDeregistrationProtection(
        _ input: DisableImageDeregistrationProtectionRequest, _ context: Context
    ) throws -> DisableImageDeregistrationProtectionResult {
        var image = try Stored.own(input.imageId, context)
        switch image.shape.deregistrationProtection {
        case "enabled-with-cooldown":
            // The protection lasts another day.
            image.shape.deregistrationProtection = Image.coolingDown
            try Due.set(Image.coolingDown, input.imageId, at: context.now + .hours(24), context)
        case Image.coolingDown: break
        default: image.shape.deregistrationProtection = "disabled"
        }
        try Resource.ownImage.write(image, context)
        return DisableImageDeregistrationProtectionResult(return: "disabled")
    }
}

extension Image {
    /// Ends the protection after the cool-down.
    static func settleProtection(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var image = try Resource.ownImage.find(due.id, context),
                image.shape.deregistrationProtection == coolingDown
            else { continue }
            image.shape.deregistrationProtection = "disabled"
            try Resource.ownImage.write(image, context)
        }
    }

    /// The protection in the API's form.
    var shownProtection: String? {
        deregistrationProtection == Self.coolingDown ? "disabled" : deregistrationProtection
    }
}
