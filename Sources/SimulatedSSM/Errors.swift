import AWSCore
import SimulatorCore

// Parameter Store's errors with AWS's messages.

extension AWSError {
    static func validation(_ message: String, explanation: String? = nil) -> AWSError {
        AWSError("ValidationException", message, explanation: explanation)
    }

    // MARK: Names

    static let nameWithPrefix = validation("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
    static let pathWithPrefix = validation(
        """
        Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths \
        divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_
        """)
    static let notFullyQualified = validation("Parameter name must be a fully qualified name.")
    static let invalidSelector = validation(
        "Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>")
    static func reservedName(_ name: String) -> AWSError {
        AWSError("AccessDeniedException", "No access to reserved parameter name: \(name).")
    }
    static let tooDeep = AWSError(
        "HierarchyLevelLimitExceededException", "Parameter hierarchies are limited to a maximum depth of fifteen levels.")
    static let invalidPath = validation(
        """
        The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". \
        It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following \
        symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must \
        use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.
        """)
    static let reservedPath = validation(
        """
        Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, \
        please specify within a global namespace.
        """)
    static func tooLong(_ arn: String) -> AWSError {
        validation(
            "The parameter name is too long: with the ARN before it, it can have at most 1011 characters.",
            explanation: "'\(arn)' has \(arn.utf8.count).")
    }

    // MARK: Missing resources

    /// AWS returns only the code, with an empty message.
    static func parameterNotFound(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "ParameterNotFound", "",
            explanation: "There is no parameter '\(name)' in account \(context.account) and region \(context.region).")
    }
    static func versionNotFound(_ version: String, of name: String) -> AWSError {
        AWSError(
            "ParameterVersionNotFound",
            "Systems Manager could not find version \(version) of \(name). Verify the version and try again.")
    }
    static func labelNotFound(_ label: String, of name: String) -> AWSError {
        AWSError(
            "ParameterVersionNotFound",
            "Systems Manager could not find label \(label) for parameter \(name). Verify the label and try again.")
    }

    // MARK: Creation and changes

    static let parameterExists = AWSError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
    static let typeNeeded = validation("A parameter type is required when you create a parameter.")
    static let typeChanged = AWSError(
        "HierarchyTypeMismatchException",
        """
        Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter \
        from a String type to a SecureString type. You must create a new, unique parameter.
        """)
    static let tagsWhileOverwriting = validation(
        """
        Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite \
        flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.
        """)
    static let noTags = AWSError("TooManyTagsError", "", explanation: "A parameter can have 50 tags.")
    static func nested(_ value: String) -> AWSError {
        validation(
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
            explanation: "The value is '\(value)'.")
    }
    static let emptyValue = validation(
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1."
    )
    static let keyWithoutSecret = validation("KeyId is required only for parameters of type SecureString.")
    static func invalidKey(_ id: String) -> AWSError { AWSError("InvalidKeyId", "Invalid keyId \(id)") }
    static func invalidPattern(_ pattern: String) -> AWSError {
        AWSError(
            "InvalidAllowedPatternException", "The request does not meet the regular expression requirement.",
            explanation: "'\(pattern)' is not a regular expression.")
    }
    static func patternMismatch(_ pattern: String) -> AWSError {
        AWSError("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: \(pattern)")
    }
    static func versionsFull(_ name: String, oldest: Int) -> AWSError {
        AWSError(
            "ParameterMaxVersionLimitExceeded",
            """
            You attempted to create a new version of \(name) by calling the PutParameter API with the overwrite flag. Version \
            \(oldest), the oldest version, can't be deleted because it has a label associated with it. Move the label to another \
            version of the parameter, and try again.
            """)
    }

    // MARK: Tiers

    private static let tierPage =
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
    static let tooLargeForStandard = validation(
        """
        Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, \
        upgrade the parameter to use the advanced-parameter tier. For more information, see \(tierPage)
        """)
    static let tooLargeForAdvanced = validation(
        "Advanced tier parameters support a maximum parameter value of 8192 characters. For more information, see \(tierPage)")
    static let policiesNeedAdvanced = validation(
        """
        Standard tier parameters don't support parameter policies. To use parameter policies, upgrade the parameter to use the \
        advanced-parameter tier. For more information, see \(tierPage)
        """)
    static func typeNeedsAdvanced(_ type: String) -> AWSError {
        validation(
            """
            Standard tier parameters don't support the data type \(type). To use it, upgrade the parameter to use the \
            advanced-parameter tier. For more information, see \(tierPage)
            """)
    }
    static let noDowngrade = validation(
        """
        This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to \
        the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. \
        Be aware that standard parameters have a value limit of 4096 characters and don't support parameter policies.
        """)
    static func tooManyParameters(_ tier: String, limit: Int) -> AWSError {
        AWSError(
            "ParameterLimitExceeded",
            "You have reached the maximum number of \(tier.lowercased()) parameters for this AWS account and Region (\(limit)). "
                + (tier == "Standard"
                    ? "To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply)."
                    : "To add more parameters, delete existing parameters."))
    }

    // MARK: Lists

    static let invalidToken = AWSError("InvalidNextToken", "The specified token isn't valid.")
    static func invalidFilterKey(_ message: String) -> AWSError { AWSError("InvalidFilterKey", message) }
    static func invalidFilterOption(_ message: String) -> AWSError { AWSError("InvalidFilterOption", message) }
    static func invalidFilterValue(_ message: String) -> AWSError { AWSError("InvalidFilterValue", message) }

    static let tooManyLabels = AWSError(
        "ParameterVersionLabelLimitExceeded",
        "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.")
}
