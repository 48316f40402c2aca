import AWSCore
import AWSModels
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html

/// An image that is named by a parameter of Parameter Store: `resolve:ssm:name`, with a version or a label behind a colon, or by
/// the parameter's ARN.
enum ImageParameter {
    private static let prefix = "resolve:ssm:"

    /// The parameter that an image id names; nil for an id.
    static func name(_ imageId: String?) -> String? {
        guard let imageId, imageId.hasPrefix(prefix) else { return nil }
        return String(imageId.dropFirst(prefix.count))
    }

    /// The image's id, as the parameter has it now.
    /// - Throws: for a parameter that isn't there. AWS's sentence is assumed.
    static func resolve(_ imageId: String?, _ context: Context) throws -> String? {
        guard let name = name(imageId) else { return imageId }
        let answer: String??
        do {
            answer = try context.asking((any ParameterKeeper).self) { try $0.parameterValue(name, $1) }
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

    /// Who names an image so must be allowed to read the parameter.
    static func permissions(_ imageIds: [String], _ context: Context) -> [AuthorizationTarget] {
        imageIds.compactMap { name($0) }.map { name in
            let arn = context.asking((any ParameterKeeper).self) { $0.parameterARN(name, $1) }
            return AuthorizationTarget(action: "ssm:GetParameters", resource: arn ?? "*")
        }
    }

    /// The images that a request names: a launch's (by its template too), a template's, those of the versions that are looked at.
    static func images(_ question: PermissionQuestion) throws -> [String] {
        switch question.input {
        case let input as RunInstancesRequest: [input.imageId ?? ""]
        case let input as CreateLaunchTemplateRequest: [input.launchTemplateData.imageId ?? ""]
        case let input as CreateLaunchTemplateVersionRequest: [input.launchTemplateData.imageId ?? ""]
        default: []
        }
    }
}
