import AWSCore
import SimulatorCore

// IAM's errors with AWS's messages.
extension AWSError {
    static func noSuchEntity(_ message: String) -> AWSError { AWSError("NoSuchEntity", status: 404, message) }
    static func noSuch(_ noun: String, name: String) -> AWSError {
        noSuchEntity("The \(noun) with name \(name) cannot be found.")
    }
    static func noSuchAccessKey(_ id: String) -> AWSError { noSuchEntity("The Access Key with id \(id) cannot be found.") }
    static func noSuchPolicy(_ arn: String) -> AWSError { absentPolicy(arn, "Policy \(arn) was not found.") }
    static func notAttachable(_ arn: String) -> AWSError {
        absentPolicy(arn, "Policy \(arn) does not exist or is not attachable.")
    }

    /// AWS may have a policy that the catalogue lacks, so the message does not say that it does not
    /// exist.
    private static func absentPolicy(_ arn: String, _ message: String) -> AWSError {
        guard AWSManagedPolicy.isARN(arn) else { return noSuchEntity(message) }
        var error = noSuchEntity("Policy \(arn) is not in Drydock's catalogue.")
        error.explanation =
            "The catalogue has \(AWSManagedPolicy.all.count) of AWS's managed policies. To add one, create your own policy "
            + "with its document (aws iam get-policy-version), or update the catalogue: tools/catalogue/managed-policies."
        return error
    }
    static func noSuchVersion(_ arn: String, _ version: String) -> AWSError {
        noSuchEntity("Policy \(arn) version \(version) does not exist or is not attachable.")
    }

    static func alreadyExists(_ message: String) -> AWSError { AWSError("EntityAlreadyExists", status: 409, message) }
    static func deleteConflict(_ message: String) -> AWSError { AWSError("DeleteConflict", status: 409, message) }
    static let rolesInProfile = deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    static func limitExceeded(_ message: String) -> AWSError { AWSError("LimitExceeded", status: 409, message) }
    static func quotaExceeded(_ quota: String, _ limit: Int) -> AWSError {
        limitExceeded("Cannot exceed quota for \(quota): \(limit)")
    }

    static func invalidInput(_ message: String) -> AWSError { AWSError("InvalidInput", message) }
    static func validation(_ message: String) -> AWSError { AWSError("ValidationError", message) }
    static func invalidName(_ member: String) -> AWSError {
        validation(
            "The specified value for \(member) is invalid. It must contain only alphanumeric characters and/or the following: "
                + "+=,.@_-")
    }
    static func invalidPath(_ member: String) -> AWSError {
        validation(
            "The specified value for \(member) is invalid. It must begin and end with / and contain only alphanumeric "
                + "characters and/or / characters.")
    }
    static let invalidMarker = validation("Invalid Marker.")
    static let userNameNeeded = validation("Must specify userName when calling with non-User credentials")
    static let duplicateTagKeys = invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")

    static func malformed(_ error: PolicySyntaxError) -> AWSError {
        AWSError("MalformedPolicyDocument", error.message, explanation: error.explanation)
    }

    static func accessDenied(_ message: String, explanation: String? = nil) -> AWSError {
        AWSError("AccessDenied", status: 403, message, explanation: explanation)
    }
    static let invalidToken = AWSError(
        "InvalidClientTokenId", status: 403, "The security token included in the request is invalid",
        explanation: "Credentials of GetSessionToken without MFA cannot call IAM.")
}
