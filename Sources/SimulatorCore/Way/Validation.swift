import AWSCore

extension AWSError {
    /// The error that AWS gives for a malformed input, in the manner of the service's wire protocol.
    public static func invalid(_ violations: [Violation], wire: WireProtocol) -> AWSError {
        guard let first = violations.first else { return AWSError("ValidationError", "The request is invalid.") }
        switch wire {
        case .ec2Query: return ec2Invalid(first)
        case .awsQuery, .awsJson1_1:
            if wire == .awsJson1_1, let wrong = violations.first(where: \.isType) {
                return AWSError("SerializationException", wrong.typeSentence)
            }
            let list = violations.map(\.constraintSentence).joined(separator: "; ")
            let noun = violations.count == 1 ? "1 validation error" : "\(violations.count) validation errors"
            let code = wire == .awsQuery ? "ValidationError" : "ValidationException"
            return AWSError(code, "\(noun) detected: \(list)")
        }
    }

    private static func ec2Invalid(_ violation: Violation) -> AWSError {
        let value = violation.value ?? ""
        switch violation.kind {
        case .missing: return AWSError("MissingParameter", "The request must contain the parameter \(violation.path)")
        case .unknown: return AWSError("UnknownParameter", "The parameter \(violation.path) is not recognized")
        case .wrongType(let expected):
            return AWSError(
                "InvalidParameterValue", "Invalid value '\(value)' for \(violation.path). Expected a value of type \(expected)."
            )
        case .tooSmall(let minimum):
            return AWSError(
                "InvalidParameterValue",
                "Value ( \(value) ) for parameter \(violation.path) is invalid. Expecting a value greater than or equal to \(minimum)."
            )
        case .tooLarge(let maximum):
            return AWSError(
                "InvalidParameterValue",
                "Value ( \(value) ) for parameter \(violation.path) is invalid. Expecting a value less than or equal to \(maximum)."
            )
        case .notInEnumeration, .patternMismatch, .tooShort, .tooLong:
            return AWSError("InvalidParameterValue", "Value (\(value)) for parameter \(violation.path) is invalid.")
        case .tooFew: return AWSError("MissingParameter", "The request must contain the parameter \(violation.path)")
        case .tooMany(let maximum):
            return AWSError(
                "InvalidParameterValue", "The parameter \(violation.path) must contain at most \(maximum) elements.")
        }
    }
}

extension Violation {
    package var isType: Bool { if case .wrongType = kind { true } else { false } }

    var typeSentence: String {
        guard case .wrongType(let expected) = kind else { return "" }
        return "Value at '\(path)' cannot be converted to \(expected)"
    }

    /// The wording of AWS's common validation framework.
    package var constraint: String {
        switch kind {
        case .missing: "Member must not be null"
        case .unknown: "Member is not recognized"
        case .wrongType(let expected): "Member must be of type \(expected)"
        case .tooShort(let minimum), .tooFew(let minimum): "Member must have length greater than or equal to \(minimum)"
        case .tooLong(let maximum), .tooMany(let maximum): "Member must have length less than or equal to \(maximum)"
        case .tooSmall(let minimum): "Member must have value greater than or equal to \(minimum)"
        case .tooLarge(let maximum): "Member must have value less than or equal to \(maximum)"
        case .patternMismatch(let pattern): "Member must satisfy regular expression pattern: \(pattern)"
        case .notInEnumeration(let values): Self.enumeration(values)
        }
    }

    package static func enumeration(_ values: [String]) -> String {
        "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
    }

    var constraintSentence: String {
        "Value \(value.map { "'\($0)'" } ?? "null") at '\(path)' failed to satisfy constraint: \(constraint)"
    }
}
