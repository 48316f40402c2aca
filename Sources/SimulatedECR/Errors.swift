import AWSCore
import ECRAPI
import SimulatorCore

// ECR's errors in AWS's words. A registry's id is its account's.

extension AWSError {
    /// A value that the model allows and the service doesn't. `member` is named as AWS names it, which is not always the
    /// model's name.
    static func invalidParameter(_ member: String, _ constraint: String, explanation: String? = nil) -> AWSError {
        AWSError(
            "InvalidParameterException", "Invalid parameter at '\(member)' failed to satisfy constraint: '\(constraint)'",
            explanation: explanation)
    }

    static let invalidToken = invalidParameter("nextToken", "Invalid next token")

    static func validation(_ message: String, explanation: String? = nil) -> AWSError {
        AWSError("ValidationException", message, explanation: explanation)
    }

    // MARK: Repositories

    static func repositoryNotFound(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryNotFoundException",
            "The repository with name '\(name)' does not exist in the registry with id '\(context.account)'",
            explanation: "The request looked in region \(context.region).")
    }

    static func repositoryAlreadyExists(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryAlreadyExistsException",
            "The repository with name '\(name)' already exists in the registry with id '\(context.account)'")
    }

    static func repositoryNotEmpty(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryNotEmptyException",
            """
            The repository with name '\(name)' in registry with id '\(context.account)' cannot be deleted because it still \
            contains images
            """)
    }

    static func tooManyRepositories(_ context: Context) -> AWSError {
        AWSError(
            "LimitExceededException",
            "The maximum number of repositories has been reached in the registry with id '\(context.account)'")
    }

    static func repositoryPolicyNotFound(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryPolicyNotFoundException",
            """
            Repository policy does not exist for the repository with name '\(name)' in the registry with id \
            '\(context.account)'
            """)
    }

    static func tooManyTags(_ limit: Int) -> AWSError {
        AWSError("TooManyTagsException", "The maximum number of tags per repository is \(limit).")
    }

    static func invalidTag(_ reason: String) -> AWSError { AWSError("InvalidTagParameterException", reason) }
}
