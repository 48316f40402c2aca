import AWSCore
public import AWSModels
import SSMAPI
public import SimulatorCore

// Parameter Store's own additions to the permission table: the parameter that a name or ARN refers to, and the accounts it is
// shared with. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html

extension SSMSimulation {
    public var permissions: PermissionTable { .ssm }

    public func resource(
        _ type: String, by member: String, _ value: String, _ question: PermissionQuestion
    ) throws -> PermissionResource? {
        let context = question.context
        switch (type, member) {
        case ("servicesetting", _):
            return PermissionResource(
                value.hasPrefix("arn:")
                    ? value : context.arn("ssm", "servicesetting/\(value.hasPrefix("/") ? value.dropFirst() : value[...])"))
        case ("parameter", "ResourceId"):
            return question.values(at: "ResourceType") == ["Parameter"] ? try parameter(value, context) : nil
        case ("parameter", "ResourceArn"): return value.contains(":parameter/") ? try parameter(value, context) : nil
        case ("parameter", "Path"):
            return PermissionResource(context.arn("ssm", "parameter/\(value.hasPrefix("/") ? value.dropFirst() : value[...])"))
        case ("parameter", _): return try parameter(value, context)
        default: return nil
        }
    }

    private func parameter(_ name: String, _ context: Context) throws -> PermissionResource {
        guard let reference = try? ParameterReference(name) else {
            return PermissionResource(context.arn("ssm", "parameter/\(name.hasPrefix("/") ? name.dropFirst() : name[...])"))
        }
        let there = reference.place(context), arn = ParameterName.arn(reference.name, there)
        return PermissionResource(arn, tags: try Tags.of(arn, there))
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] {
        func isTrue(_ member: String) -> [String] { [question.node[member] == .bool(true) ? "true" : "false"] }
        return switch question.operation {
        case "PutParameter":
            ["ssm:Overwrite": isTrue("Overwrite"), "ssm:Policies": [question.node["Policies"] == nil ? "false" : "true"]]
        case "GetParametersByPath": ["ssm:Recursive": isTrue("Recursive")]
        default: [:]
        }
    }

    /// Tags at creation require a permission of their own.
    public func taggingTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        guard question.operation == "PutParameter", question.tags("parameter"),
            let tagging = permissions.permission(for: "AddTagsToResource"), let name = question.values(at: "Name").first
        else { return [] }
        var resource = try parameter(name, question.context)
        resource.conditions = question.requestTags("parameter")
        return [target(tagging.action, resource, tagging.conditionKeys)]
    }

    public func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source] {
        guard let sharing = try ParameterSharing.find(target.resource, context) else { return [] }
        return [.init(name: "policy of \(target.resource)", document: sharing.policy)]
    }

    public func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool {
        ["Name", "Names", "ResourceArn"].flatMap { PermissionQuestion.values(at: $0, in: context.parameters) }.contains {
            name in
            guard let reference = try? ParameterReference(name), let account = reference.account else { return false }
            return account != context.caller.account
        }
    }
}
