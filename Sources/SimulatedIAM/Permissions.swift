import AWSCore
public import AWSModels
import IAMAPI
public import SimulatorCore

// IAM's own additions to the permission table: the paths of named resources, and the default user of requests that name none.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html

extension IAMSimulation {
    public var permissions: PermissionTable { .iam }

    public func authorizationTargets(
        _ operation: String, _ input: any Shape, _ context: Context
    ) throws -> [AuthorizationTarget] {
        if context.caller.usesTemporaryCredentials, context.caller.session?.mfaAt == nil {
            switch context.caller.kind {
            case .user, .federatedUser: throw AWSError.invalidToken
            default: break
            }
        }
        // The account's password policy can allow users to change their own passwords, whatever other policies say.
        if operation == "ChangePassword", try Passwords.policy(context)?.allowUsersToChangePassword == true { return [] }
        return try targetsByTable(operation, input, context)
    }

    public func resource(
        _ type: String, by member: String, _ value: String, _ question: PermissionQuestion
    ) throws -> PermissionResource? {
        let context = question.context
        switch member {
        case "PolicyArn": return try Self.policy(value, context)
        case "Arn", "PolicySourceArn":
            return value.contains(":\(type)/") ? PermissionResource(value, tags: try Self.tags(of: value, type, question)) : nil
        case "OpenIDConnectProviderArn", "SAMLProviderArn", "EntityArn":
            return PermissionResource(value, tags: try IAMTags.of(value, account: context.account, context.db))
        case "Url":
            let host = value.hasPrefix("https://") ? String(value.dropFirst(8)) : value
            return PermissionResource(arn(type, host, context))
        case "SerialNumber":
            let serial = value.isARN ? value : arn(type, value, context)
            return PermissionResource(serial, tags: try IAMTags.of(serial, account: context.account, context.db))
        case "DeletionTaskId":
            let path = value.split(separator: "/").dropFirst().dropLast().joined(separator: "/")
            return PermissionResource(arn(type, path, context))
        case "PathPrefix": return Self.listed(type, path: value, context)
        case "AccessKeyId": return try Self.owner(of: value, context)
        case "NewUserName", "NewPath": return try Self.renamed(by: member, question)
        default: break
        }
        // A resource being created takes its path from the request.
        if question.permission.resource(type)?.isMade == true || Self.makingByName.contains(question.operation) {
            let path = question.values(at: "Path").first ?? "/"
            return PermissionResource(context.iamArn(type, path: path, name: value), Self.boundary(nil, question))
        }
        return try Self.named(type, value, question) ?? PermissionResource(context.iamArn(type, path: "/", name: value))
    }

    /// Operations that create a resource, although the permission table lists it as an existing one.
    private static let makingByName: Set<String> = ["CreateVirtualMFADevice", "UploadServerCertificate"]

    /// A service-linked role's name is derived from its service.
    public func made(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        guard type == "role", let principal = question.values(at: "AWSServiceName").first else {
            return [PermissionResource(arn(type, "*", question.context))]
        }
        let suffix = question.values(at: "CustomSuffix").first.map { "_\($0)" } ?? ""
        let name = ServiceLinkedRoles.services[principal]?.name ?? "*"
        return [
            PermissionResource(
                question.context.iamArn(
                    "role", path: "\(ServiceLinkedRoles.prefix)\(principal)/", name: "AWSServiceRoleFor\(name)\(suffix)"))
        ]
    }

    /// A request without a user name means the caller; a list applies to a path.
    public func unnamed(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        let context = question.context
        if question.permission.resource(type)?.members == ["PathPrefix"] { return [Self.listed(type, path: "/", context)] }
        if type == "user", case .user(let name) = context.caller.kind, let user = try Self.named(type, name, question) {
            return [user]
        }
        return [PermissionResource(arn(type, "*", context))]
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] {
        let policies = question.values(at: "PolicyArn")
        var conditions = policies.isEmpty ? [:] : ["iam:PolicyARN": policies]
        let services = question.values(at: "AWSServiceName")
        if !services.isEmpty { conditions["iam:AWSServiceName"] = services }
        let names = question.values(at: "ServiceName")
        if !names.isEmpty { conditions["iam:ServiceSpecificCredentialServiceName"] = names }
        let days = question.values(at: "CredentialAgeDays")
        if !days.isEmpty { conditions["iam:ServiceSpecificCredentialAgeDays"] = days }
        return conditions
    }

    /// Adding a role to an instance profile requires `iam:PassRole`, because the role passes to instances.
    public func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        guard question.permission.dependentActions.contains("iam:PassRole") else { return [] }
        return try question.values(at: "RoleName").map { name in
            let role =
                try Self.named("role", name, question)
                ?? PermissionResource(question.context.iamArn("role", path: "/", name: name))
            return target("iam:PassRole", role, permissions.resourceType("role")?.conditionKeys ?? [])
        }
    }

    /// Returns the resource with this name, or nil if there is none.
    private static func named(_ type: String, _ name: String, _ question: PermissionQuestion) throws -> PermissionResource? {
        let context = question.context
        let found: (arn: String, id: String, boundary: String?)? =
            switch type {
            case "user": try UserRecord.find(name, context).map { ($0.arn, $0.id, $0.boundary) }
            case "role": try RoleRecord.find(name, context).map { ($0.arn, $0.id, $0.boundary) }
            case "instance-profile": try InstanceProfileRecord.find(name, context).map { ($0.arn, $0.id, nil) }
            case "group": try GroupRecord.find(name, context).map { ($0.arn, $0.id, nil) }
            case "server-certificate":
                try ServerCertificates.find(name, context)?.content.serverCertificateMetadata
                    .map { ($0.arn ?? "", $0.serverCertificateId ?? "", nil) }
            default: nil
            }
        guard let found else { return nil }
        return PermissionResource(
            found.arn, boundary(found.boundary, question),
            tags: try IAMTags.of(found.id, account: context.account, context.db))
    }

    private static func tags(of arn: String, _ type: String, _ question: PermissionQuestion) throws -> [Tags.Tag] {
        guard type == "user" || type == "role" else { return [] }
        return try named(type, arn.split(separator: "/").last.map(String.init) ?? "", question)?.tags ?? []
    }

    /// Returns the condition key for the permissions boundary in the request, or else the current one.
    private static func boundary(_ present: String?, _ question: PermissionQuestion) -> [String: [String]] {
        guard let arn = question.values(at: "PermissionsBoundary").first ?? present else { return [:] }
        return ["iam:PermissionsBoundary": [arn]]
    }

    private static func policy(_ arn: String, _ context: Context) throws -> PermissionResource {
        guard let policy = try ManagedPolicy.find(arn, context), policy.awsDocument == nil else {
            return PermissionResource(arn)
        }
        return PermissionResource(arn, tags: try IAMTags.of(policy.id, account: context.account, context.db))
    }

    /// Returns the resource of a list operation: everything below a path. For policies, AWS uses words instead of an ARN.
    private static func listed(_ type: String, path: String, _ context: Context) -> PermissionResource {
        PermissionResource(type == "policy" ? "policy path \(path)" : context.iamArn(type, path: path, name: ""))
    }

    /// Returns the owner of an access key; nil for the root user's keys and unknown keys.
    private static func owner(of accessKeyId: String, _ context: Context) throws -> PermissionResource? {
        guard let owner = try AccessKeyRecord.find(accessKeyId, context)?.ownerId,
            let arn: String = try context.row("SELECT arn FROM iam_user WHERE id = ?", [owner])?[0]
        else { return nil }
        return PermissionResource(arn, tags: try IAMTags.of(owner, account: context.account, context.db))
    }

    /// Returns the user under its new name or path: UpdateUser requires permission for that too.
    /// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    private static func renamed(by member: String, _ question: PermissionQuestion) throws -> PermissionResource? {
        let old = question.values(at: "UserName").first ?? ""
        let new = question.values(at: "NewUserName").first
        // Check once, even if both name and path change.
        if member == "NewPath", new != nil { return nil }
        let path = try question.values(at: "NewPath").first ?? UserRecord.find(old, question.context)?.path ?? "/"
        return PermissionResource(question.context.iamArn("user", path: path, name: new ?? old))
    }
}
