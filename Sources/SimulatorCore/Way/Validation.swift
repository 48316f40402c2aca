import AWSCore

extension AWSError {
    /// Returns AWS's error for a malformed input, in the form of the service's wire protocol.
    public static func invalid(_ violations: [Violation], wire: WireProtocol) -> AWSError {
        guard let first = violations.first else { return AWSError("ValidationError", "The request is invalid.") }
        switch wire {
        case .ec2Query: return ec2Invalid(first)
        case .awsQuery, .awsJson1_1:
            if wire == .awsJson1_1, let wrong = violations.first(where: \.isType) {
                return AWSError("SerializationException", wrong.typeSentence)
            }
            // Report equal violations of several list items once.
            var sentences: [String] = []
            for sentence in violations.map(\.constraintSentence) where sentences.last != sentence { sentences.append(sentence) }
            let noun = sentences.count == 1 ? "1 validation error" : "\(sentences.count) validation errors"
            let code = wire == .awsQuery ? "ValidationError" : "ValidationException"
            return AWSError(code, "\(noun) detected: \(sentences.joined(separator: "; "))")
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

    var constraintSentence: String {
        guard let list else {
            return "Value \(value.map { "'\($0)'" } ?? "null") at '\(path)' failed to satisfy constraint: \(constraint)"
        }
        return "Value '\(list.value)' at '\(list.path)' failed to satisfy constraint: \(list.constraint)"
    }
}
