import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// Service-linked roles. AWS defines their names, trust and permissions, and only AWS may change them.
enum ServiceLinkedRoles {
    /// AWS's definition of a service's role.
    struct Service {
        /// The role's name after `AWSServiceRoleFor`.
        let name: String
        /// The managed policy, in the path `/aws-service-role/`.
        let policy: String
        /// Whether an account can have several such roles, distinguished by a suffix.
        var takesSuffix = false
    }

    static let prefix = "/aws-service-role/"
    static let deletions = IAMDocumentKind<GetServiceLinkedRoleDeletionStatusResponse>("slr-deletion")
    /// How long AWS takes to check whether the service still uses the role.
    static let deletionTime = Duration.seconds(10)

    /// The services by principal. Sources:
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html and the services'
    /// guides. The policies are those of the catalogue.
    static let services: [String: Service] = Dictionary(
        uniqueKeysWithValues: table.split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            return (words[0] + ".amazonaws.com", Service(name: words[1], policy: words[2], takesSuffix: words.count > 3))
        })
}

extension RoleRecord {
    var isServiceLinked: Bool { path.hasPrefix(ServiceLinkedRoles.prefix) }

    /// Returns the named role, or throws if only AWS may change it.
    static func changeable(_ name: String, _ context: Context) throws -> RoleRecord {
        let role = try named(name, context)
        guard !role.isServiceLinked else {
            throw AWSError(
                "UnmodifiableEntity",
                "Cannot perform the operation on the protected role '\(role.name)' - this role is only modifiable by AWS")
        }
        return role
    }
}

extension IAMSimulation {
    public func createServiceLinkedRole(
        _ input: CreateServiceLinkedRoleRequest, _ context: Context
    ) throws -> CreateServiceLinkedRoleResponse {
        let principal = input.awsServiceName
        guard principal.hasSuffix(".amazonaws.com") else {
            throw AWSError.invalidInput("Service role \(principal) is not valid.")
        }
        guard let service = ServiceLinkedRoles.services[principal] else {
            var error = AWSError.notSimulated("iam", "CreateServiceLinkedRole for \(principal)")
            error.explanation =
                "Drydock has the service-linked roles of \(ServiceLinkedRoles.services.count) services, which ServiceLinkedRoleTable.swift lists. AWS has more."
            throw error
        }
        if input.customSuffix != nil, !service.takesSuffix {
            throw AWSError.invalidInput("Custom suffix is not allowed for \(principal)")
        }
        let name = "AWSServiceRoleFor\(service.name)" + (input.customSuffix.map { "_\($0)" } ?? "")
        if try RoleRecord.find(name, context) != nil {
            throw AWSError.invalidInput(
                "Service role name \(name) has been taken in this account, please try a different suffix.")
        }
        try RoleRecord.refuseBeyondQuota(context)
        let path = "\(ServiceLinkedRoles.prefix)\(principal)/", id = context.ids.iam("AROA")
        let trust =
            #"{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["\#(principal)"]}}]}"#
        try context.execute(
            "INSERT INTO iam_role (\(RoleRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, 3600, NULL, ?, NULL, NULL, NULL)",
            [
                id, context.account, name, path, RoleRecord.arn(path: path, name: name, context), trust, input.description,
                context.now.milliseconds,
            ])
        let role = try RoleRecord.named(name, context)
        try PolicyOwner(role).attach(
            "arn:\(context.partition):iam::aws:policy\(ServiceLinkedRoles.prefix)\(service.policy)", context)
        var shape = try role.summary(context)
        shape.maxSessionDuration = nil
        return CreateServiceLinkedRoleResponse(role: shape)
    }

    /// Starts the deletion. The role is deleted when the task succeeds.
    public func deleteServiceLinkedRole(
        _ input: DeleteServiceLinkedRoleRequest, _ context: Context
    ) throws -> DeleteServiceLinkedRoleResponse {
        let role = try RoleRecord.named(input.roleName, context)
        guard role.isServiceLinked else {
            throw AWSError.invalidInput("Role \(role.name) is not a service-linked role.")
        }
        let id = "task\(role.path)\(role.name)/\(context.ids.uuid())"
        try ServiceLinkedRoles.deletions.insert(
            GetServiceLinkedRoleDeletionStatusResponse(status: .inProgress), id: id, owner: role.id, context)
        let duration = context.transitions.duration(ServiceLinkedRoles.deletionTime)
        if duration == .zero {
            try finishDeletion(id, context)
        } else {
            try Due.set("iam.slr-deletion", id, at: context.now + duration, context)
        }
        return DeleteServiceLinkedRoleResponse(deletionTaskId: id)
    }

    public func settle(_ kind: String, _ due: [Due], _ context: Context) throws {
        for item in due where kind == "iam.slr-deletion" { try finishDeletion(item.id, context) }
    }

    private func finishDeletion(_ id: String, _ context: Context) throws {
        guard var task = try ServiceLinkedRoles.deletions.find(id, context) else { return }
        if try context.count("SELECT COUNT(*) FROM iam_instance_profile WHERE role_id = ?", [task.owner]) > 0 {
            task.content.status = .failed
            task.content.reason = DeletionTaskFailureReasonType(reason: "The role is in an instance profile.")
        } else {
            try context.execute("DELETE FROM iam_attachment WHERE owner_id = ?", [task.owner])
            try RoleRecord.find(id: task.owner, context)?.delete(context)
            task.content.status = .succeeded
        }
        try ServiceLinkedRoles.deletions.update(task, context)
    }

    public func getServiceLinkedRoleDeletionStatus(
        _ input: GetServiceLinkedRoleDeletionStatusRequest, _ context: Context
    ) throws -> GetServiceLinkedRoleDeletionStatusResponse {
        guard input.deletionTaskId.hasPrefix("task/") else {
            throw AWSError.invalidInput("DeletionTaskId \(input.deletionTaskId) is not valid.")
        }
        guard let task = try ServiceLinkedRoles.deletions.find(input.deletionTaskId, context) else {
            throw AWSError.noSuchEntity("Deletion task \(input.deletionTaskId) cannot be found.")
        }
        return task.content
    }
}
