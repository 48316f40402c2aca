import AWSCore
import AWSModels
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html

/// An image named by a Parameter Store parameter: `resolve:ssm:` with the parameter's name, or its name, a colon and a version or
/// label, or its ARN.
enum ImageParameter {
    private static let prefix = "resolve:ssm:"

    /// Returns the parameter that an image id names; nil for a plain id.
    static func name(_ imageId: String?) -> String? {
        guard let imageId, imageId.hasPrefix(prefix) else { return nil }
        return String(imageId.dropFirst(prefix.count))
    }

    /// Returns the image id that the parameter holds now.
    /// - Throws: an error for an absent parameter. AWS's message is assumed.
    static func resolve(_ imageId: String?, _ context: Context) throws -> String? {
        guard let name = name(imageId) else { return imageId }
        let answer: String??
        do {
            answer = try context.query((any ParameterDirectory).self) { try $0.parameterValue(name, $1) }
        } catch let error as AWSError where error.code == "ParameterVersionNotFound" || error.code == "ValidationException" {
            throw notFound(name, error.message)
        }
        guard let value = answer.flatMap({ $0 }) else { throw notFound(name) }
        return value
    }

    private static func notFound(_ name: String, _ reason: String? = nil) -> AWSError {
        AWSError(
            "InvalidParameterValue", "The Systems Manager parameter '\(name)' could not be resolved to an image.",
            explanation: reason ?? "There is no such parameter in the request's region.")
    }

    /// Returns the permission to read each parameter, which the caller needs.
    static func permissions(_ imageIds: [String], _ context: Context) -> [AuthorizationTarget] {
        imageIds.compactMap { name($0) }.map { name in
            let arn = context.query((any ParameterDirectory).self) { $0.parameterARN(name, $1) }
            return AuthorizationTarget(action: "ssm:GetParameters", resource: arn ?? "*")
        }
    }

    /// Returns the image ids in a launch request or in the data of a new launch template or version.
    static func images(_ question: PermissionQuestion) throws -> [String] {
        switch question.input {
        case let input as RunInstancesRequest: [input.imageId ?? ""]
        case let input as CreateLaunchTemplateRequest: [input.launchTemplateData.imageId ?? ""]
        case let input as CreateLaunchTemplateVersionRequest: [input.launchTemplateData.imageId ?? ""]
        default: []
        }
    }
}
