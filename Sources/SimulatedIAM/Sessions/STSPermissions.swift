public import AWSCore
public import AWSModels
import STSAPI
public import SimulatorCore

// STS's own additions to the permission table: roles of any account, whose trust policies must allow the caller, and
// operations that need no permission.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html

extension STSSimulation {
    public var permissions: PermissionTable { .sts }

    /// The operations that AWS allows every caller, whatever policies say.
    /// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    static let unasked: Set<String> = ["GetCallerIdentity", "GetSessionToken"]

    public func authorizationTargets(
        _ operation: String, _ input: any Shape, _ context: Context
    ) throws -> [AuthorizationTarget] {
        Self.unasked.contains(operation) ? [] : try targetsByTable(operation, input, context)
    }

    /// These operations check permissions themselves. Their errors give no reason, so that callers cannot find out which
    /// roles exist.
    public var authorizesItself: Set<String> {
        ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot"]
    }

    /// These operations take a token or an assertion instead of a signature.
    public var unsignedOperations: Set<String> { ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"] }

    public func resource(
        _ type: String, by member: String, _ value: String, _ question: PermissionQuestion
    ) throws -> PermissionResource? {
        let context = question.context
        if type == "root-user" {
            let account = value.isARN ? RoleName.account(value) : value
            let isAccount = account.utf8.count == 12
            return PermissionResource("arn:\(context.partition):iam::\(isAccount ? account : context.account):root")
        }
        guard type == "role" else { return PermissionResource(arn(type, value, context)) }
        let role = try RoleRecord.find(arn: value, context)
        return PermissionResource(
            value, tags: try role.map { try IAMTags.of($0.id, account: $0.account, context.db) } ?? [],
            needsResourcePolicy: true)
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] {
        var conditions: [String: [String]] = [:]
        for member in ["RoleSessionName", "ExternalId", "SourceIdentity", "TransitiveTagKeys"] {
            let values = question.values(at: member)
            if !values.isEmpty { conditions["sts:\(member)"] = values }
        }
        return conditions
    }

    /// Session tags and a source identity require permissions of their own on the role.
    public func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        guard let use = question.permission.resource("role") else { return [] }
        var actions: [String] = []
        if question.tags("role") { actions.append("sts:TagSession") }
        if !question.values(at: "SourceIdentity").isEmpty || question.context.caller.session?.sourceIdentity != nil {
            actions.append("sts:SetSourceIdentity")
        }
        let roles = try use.members.flatMap { member in
            try question.values(at: member).compactMap { try resource(use.type, by: member, $0, question) }
        }
        return actions.flatMap { action in
            roles.map { role in
                var role = role
                role.conditions.merge(question.requestTags("role")) { $1 }
                return target(action, role, keys(of: use), question)
            }
        }
    }

    /// A role's trust policy acts as the resource-based policy for assuming it.
    public func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source] {
        guard target.needsResourcePolicy, let role = try RoleRecord.find(arn: target.resource, context) else { return [] }
        return [.init(name: "trust policy of role '\(role.name)'", document: role.trust, principalIds: role.trustIds)]
    }
}
