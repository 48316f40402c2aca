import AWSCore

extension EC2Simulation {
    /// Returns the error for a request that violates the model. EC2 names some parameters differently from its model, and has its
    /// own messages for some missing or unknown parameters.
    public func error(for violations: [Violation], _ operation: String) -> AWSError {
        guard let first = violations.first else { return .invalid(violations, wire: model.wire) }
        switch (operation, first.kind, first.path) {
        case ("CreateTags", .missing, "ResourceId"), ("DeleteTags", .missing, "ResourceId"):
            return .missingParameter("resourceIdSet")
        case ("CreateTags", .missing, "Tag"): return .missingParameter("tagSet")
        case ("StartInstances", .missing, "InstanceId"), ("StopInstances", .missing, "InstanceId"),
            ("RebootInstances", .missing, "InstanceId"), ("TerminateInstances", .missing, "InstanceId"),
            ("MonitorInstances", .missing, "InstanceId"), ("UnmonitorInstances", .missing, "InstanceId"):
            return .noInstances
        case ("CreateVolume", .notInEnumeration, "VolumeType"), ("ModifyVolume", .notInEnumeration, "VolumeType"):
            return .unknownVolumeType(first.value ?? "")
        case ("CreateImage", .tooShort, "Name"), ("CreateImage", .tooLong, "Name"), ("RegisterImage", .tooShort, "Name"),
            ("RegisterImage", .tooLong, "Name"), ("CopyImage", .tooShort, "Name"), ("CopyImage", .tooLong, "Name"):
            return .malformedImageName
        case (_, .notInEnumeration, "Attribute"): return .unknownAttribute(first.value ?? "")
        default: return .invalid(violations, wire: model.wire)
        }
    }
}

/// EC2's errors that belong to no single resource. A resource's own errors are in its file.
extension AWSError {
    static func missingParameter(_ name: String) -> AWSError {
        AWSError("MissingParameter", "The request must contain the parameter \(name)")
    }

    static func invalidValue(_ value: String, for parameter: String, _ reason: String? = nil) -> AWSError {
        let end = reason.map { " \($0)" } ?? ""
        return AWSError("InvalidParameterValue", "Value (\(value)) for parameter \(parameter) is invalid.\(end)")
    }

    static func invalidCombination(_ message: String) -> AWSError { AWSError("InvalidParameterCombination", message) }
}
