import AWSCore
import IAMAPI
import SimulatorCore

// What each operation needs permission for: `iam:` and its name, on the ARN of what it concerns.
extension IAMSimulation {
    public func authorizationTargets(
        _ operation: String, _ input: any Shape, _ context: Context
    ) throws -> [AuthorizationTarget] {
        if context.caller.usesTemporaryCredentials, case .user = context.caller.kind { throw AWSError.invalidToken }
        var target = AuthorizationTarget(action: "iam:\(operation)")
        var tagged: String?
        switch input {
        case let input as any ConcernsUser: (target.resource, tagged) = try user(input.userName, context)
        case let input as any MayConcernUser:
            if let name = input.userName {
                (target.resource, tagged) = try user(name, context)
            } else if case .user = context.caller.kind {
                (target.resource, tagged) = (context.caller.arn, context.caller.userId)
            }
        case let input as any ConcernsRole:
            let role = try RoleRecord.find(input.roleName, context)
            target.resource = role?.arn ?? context.iamArn("role", path: "/", name: input.roleName)
            tagged = role?.id
        case let input as any ConcernsInstanceProfile:
            let profile = try InstanceProfileRecord.find(input.instanceProfileName, context)
            target.resource = profile?.arn ?? context.iamArn("instance-profile", path: "/", name: input.instanceProfileName)
            tagged = profile?.id
        case let input as ListInstanceProfilesRequest:
            target.resource = context.iamArn("instance-profile", path: input.pathPrefix ?? "/", name: "")
        case let input as any ConcernsPolicy: target.resource = input.policyArn
        case let input as CreatePolicyRequest:
            target.resource = context.iamArn("policy", path: input.path ?? "/", name: input.policyName)
        case let input as ListUsersRequest: target.resource = context.iamArn("user", path: input.pathPrefix ?? "/", name: "")
        case let input as ListRolesRequest: target.resource = context.iamArn("role", path: input.pathPrefix ?? "/", name: "")
        case let input as ListPoliciesRequest:
            target.resource = "policy path \(input.pathPrefix ?? "/")"
        case let input as GetAccessKeyLastUsedRequest:
            let owner = try AccessKeyRecord.find(input.accessKeyId, context)?.ownerId
            let arn: String? = try owner.flatMap { try context.row("SELECT arn FROM iam_user WHERE id = ?", [$0])?[0] }
            target.resource = arn ?? "*"
        default: break
        }
        // What is being made has its path from the request.
        if let input = input as? CreateUserRequest {
            target.resource = context.iamArn("user", path: input.path ?? "/", name: input.userName)
        } else if let input = input as? CreateRoleRequest {
            target.resource = context.iamArn("role", path: input.path ?? "/", name: input.roleName)
        } else if let input = input as? CreateInstanceProfileRequest {
            target.resource = context.iamArn("instance-profile", path: input.path ?? "/", name: input.instanceProfileName)
        }
        if let tagged {
            for tag in try IAMTags.of(tagged, account: context.account, context.db) {
                target.conditions["iam:ResourceTag/\(tag.key)"] = [tag.value]
                target.conditions["aws:ResourceTag/\(tag.key)"] = [tag.value]
            }
        }
        addConditions(input, to: &target)
        if let input = input as? AddRoleToInstanceProfileRequest {
            let role = try RoleRecord.find(input.roleName, context)?.arn
            return [
                target,
                AuthorizationTarget(
                    action: "iam:PassRole", resource: role ?? context.iamArn("role", path: "/", name: input.roleName)),
            ]
        }
        return [target]
    }

    /// The resource's ARN, and the id under which its tags stand.
    private func user(_ name: String, _ context: Context) throws -> (String, String?) {
        let user = try UserRecord.find(name, context)
        return (user?.arn ?? context.iamArn("user", path: "/", name: name), user?.id)
    }

    private func addConditions(_ input: any Shape, to target: inout AuthorizationTarget) {
        var tags: [Tag]?
        var boundary: String?
        switch input {
        case let input as AttachUserPolicyRequest: target.conditions["iam:PolicyARN"] = [input.policyArn]
        case let input as DetachUserPolicyRequest: target.conditions["iam:PolicyARN"] = [input.policyArn]
        case let input as AttachRolePolicyRequest: target.conditions["iam:PolicyARN"] = [input.policyArn]
        case let input as DetachRolePolicyRequest: target.conditions["iam:PolicyARN"] = [input.policyArn]
        case let input as CreateUserRequest: (tags, boundary) = (input.tags, input.permissionsBoundary)
        case let input as CreateRoleRequest: (tags, boundary) = (input.tags, input.permissionsBoundary)
        case let input as CreatePolicyRequest: tags = input.tags
        case let input as PutUserPermissionsBoundaryRequest: boundary = input.permissionsBoundary
        case let input as PutRolePermissionsBoundaryRequest: boundary = input.permissionsBoundary
        case let input as TagUserRequest: tags = input.tags
        case let input as TagRoleRequest: tags = input.tags
        case let input as TagPolicyRequest: tags = input.tags
        case let input as CreateInstanceProfileRequest: tags = input.tags
        case let input as TagInstanceProfileRequest: tags = input.tags
        case let input as UntagUserRequest: target.conditions["aws:TagKeys"] = input.tagKeys
        case let input as UntagRoleRequest: target.conditions["aws:TagKeys"] = input.tagKeys
        case let input as UntagInstanceProfileRequest: target.conditions["aws:TagKeys"] = input.tagKeys
        case let input as UntagPolicyRequest: target.conditions["aws:TagKeys"] = input.tagKeys
        default: break
        }
        if let boundary { target.conditions["iam:PermissionsBoundary"] = [boundary] }
        guard let tags, !tags.isEmpty else { return }
        target.conditions["aws:TagKeys"] = tags.map { $0.key ?? "" }
        for tag in tags { target.conditions["aws:RequestTag/\(tag.key ?? "")"] = [tag.value ?? ""] }
    }
}

private protocol ConcernsUser { var userName: String { get } }
private protocol MayConcernUser { var userName: String? { get } }
private protocol ConcernsRole { var roleName: String { get } }
private protocol ConcernsInstanceProfile { var instanceProfileName: String { get } }
private protocol ConcernsPolicy { var policyArn: String { get } }

extension AttachUserPolicyRequest: ConcernsUser {}
extension CreateUserRequest: ConcernsUser {}
extension DeleteUserPolicyRequest: ConcernsUser {}
extension DeleteUserRequest: ConcernsUser {}
extension DetachUserPolicyRequest: ConcernsUser {}
extension GetUserPolicyRequest: ConcernsUser {}
extension ListAttachedUserPoliciesRequest: ConcernsUser {}
extension ListUserPoliciesRequest: ConcernsUser {}
extension ListUserTagsRequest: ConcernsUser {}
extension PutUserPolicyRequest: ConcernsUser {}
extension TagUserRequest: ConcernsUser {}
extension UntagUserRequest: ConcernsUser {}
extension UpdateUserRequest: ConcernsUser {}

extension DeleteUserPermissionsBoundaryRequest: ConcernsUser {}
extension ListGroupsForUserRequest: ConcernsUser {}
extension PutUserPermissionsBoundaryRequest: ConcernsUser {}

extension CreateAccessKeyRequest: MayConcernUser {}
extension DeleteLoginProfileRequest: MayConcernUser {}
extension ListMFADevicesRequest: MayConcernUser {}
extension ListSSHPublicKeysRequest: MayConcernUser {}
extension ListServiceSpecificCredentialsRequest: MayConcernUser {}
extension ListSigningCertificatesRequest: MayConcernUser {}
extension DeleteAccessKeyRequest: MayConcernUser {}
extension GetUserRequest: MayConcernUser {}
extension ListAccessKeysRequest: MayConcernUser {}
extension UpdateAccessKeyRequest: MayConcernUser {}

extension AttachRolePolicyRequest: ConcernsRole {}
extension CreateRoleRequest: ConcernsRole {}
extension DeleteRolePolicyRequest: ConcernsRole {}
extension DeleteRoleRequest: ConcernsRole {}
extension DetachRolePolicyRequest: ConcernsRole {}
extension GetRolePolicyRequest: ConcernsRole {}
extension GetRoleRequest: ConcernsRole {}
extension ListAttachedRolePoliciesRequest: ConcernsRole {}
extension ListRolePoliciesRequest: ConcernsRole {}
extension PutRolePolicyRequest: ConcernsRole {}
extension UpdateAssumeRolePolicyRequest: ConcernsRole {}

extension DeleteRolePermissionsBoundaryRequest: ConcernsRole {}
extension ListInstanceProfilesForRoleRequest: ConcernsRole {}
extension ListRoleTagsRequest: ConcernsRole {}
extension PutRolePermissionsBoundaryRequest: ConcernsRole {}
extension TagRoleRequest: ConcernsRole {}
extension UntagRoleRequest: ConcernsRole {}
extension UpdateRoleDescriptionRequest: ConcernsRole {}
extension UpdateRoleRequest: ConcernsRole {}

extension CreatePolicyVersionRequest: ConcernsPolicy {}
extension DeletePolicyRequest: ConcernsPolicy {}
extension DeletePolicyVersionRequest: ConcernsPolicy {}
extension GetPolicyRequest: ConcernsPolicy {}
extension GetPolicyVersionRequest: ConcernsPolicy {}
extension ListEntitiesForPolicyRequest: ConcernsPolicy {}
extension ListPolicyVersionsRequest: ConcernsPolicy {}
extension SetDefaultPolicyVersionRequest: ConcernsPolicy {}
extension ListPolicyTagsRequest: ConcernsPolicy {}
extension TagPolicyRequest: ConcernsPolicy {}
extension UntagPolicyRequest: ConcernsPolicy {}

extension AddRoleToInstanceProfileRequest: ConcernsInstanceProfile {}
extension CreateInstanceProfileRequest: ConcernsInstanceProfile {}
extension DeleteInstanceProfileRequest: ConcernsInstanceProfile {}
extension GetInstanceProfileRequest: ConcernsInstanceProfile {}
extension ListInstanceProfileTagsRequest: ConcernsInstanceProfile {}
extension RemoveRoleFromInstanceProfileRequest: ConcernsInstanceProfile {}
extension TagInstanceProfileRequest: ConcernsInstanceProfile {}
extension UntagInstanceProfileRequest: ConcernsInstanceProfile {}
