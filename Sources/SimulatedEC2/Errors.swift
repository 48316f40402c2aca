import AWSCore

/// EC2's errors that belong to no single resource. A resource's own stand in its file.
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
