import AWSCore
import STSAPI
import SimulatorCore

extension STSSimulation {
    public func assumeRole(_ input: AssumeRoleRequest, _ context: Context) throws -> AssumeRoleResponse {
        guard input.roleArn.isARN, input.roleArn.contains(":role/") else {
            throw AWSError.validation("\(input.roleArn) is invalid")
        }
        try checkTags(input)
        try refuseRoot(context)
        try authorize(input, context)
        guard let role = try RoleRecord.find(arn: input.roleArn, context) else { throw denied(input, context) }
        let seconds = input.durationSeconds ?? 3600
        if case .assumedRole = context.caller.kind, seconds > 3600 {
            throw AWSError.validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        guard seconds <= role.maxSessionSeconds else {
            throw AWSError.validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        var session = SessionRecord(
            account: role.account, principalId: role.id, sessionName: input.roleSessionName, seconds: seconds, context)
        session.policies = try sessionPolicies(input, context)
        session.tags = Dictionary((input.tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        try session.insert(context)
        return AssumeRoleResponse(
            credentials: session.shape,
            assumedRoleUser: AssumedRoleUser(
                assumedRoleId: "\(role.id):\(input.roleSessionName)",
                arn: SessionRecord.arn(roleArn: role.arn, role: role.name, session: input.roleSessionName)),
            packedPolicySize: packedSize(session), sourceIdentity: input.sourceIdentity)
    }

    private func checkTags(_ input: AssumeRoleRequest) throws {
        let keys = (input.tags ?? []).map { $0.key.lowercased() }
        guard Set(keys).count == keys.count else {
            throw AWSError(
                "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        guard (input.transitiveTagKeys ?? []).allSatisfy({ keys.contains($0.lowercased()) }) else {
            throw AWSError(
                "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")
        }
    }

    /// AWS refuses root users. A key that IAM never made acts as root only so that a first try works; it may go on.
    private func refuseRoot(_ context: Context) throws {
        guard case .root = context.caller.kind else { return }
        guard try context.simulator.directory?.credential(accessKeyId: context.caller.accessKeyId, context.db) != nil else {
            return
        }
        throw AWSError.accessDenied("Roles may not be assumed by root accounts.")
    }

    /// The caller needs sts:AssumeRole, and further actions where it passes tags or an identity. AWS gives no reason for its
    /// refusal, so that nobody learns which roles exist.
    private func authorize(_ input: AssumeRoleRequest, _ context: Context) throws {
        for target in try authorizationTargets(context.operation, input, context) {
            do {
                try context.authorize(target, self)
            } catch let error as AWSError where error.code == "AccessDenied" {
                throw denied(input, context, action: target.action, explanation: error.explanation)
            }
        }
    }

    private func denied(
        _ input: AssumeRoleRequest, _ context: Context, action: String = "sts:AssumeRole",
        explanation: String? = "There is no such role."
    ) -> AWSError {
        .accessDenied(
            "User: \(context.caller.arn) is not authorized to perform: \(action) on resource: \(input.roleArn)",
            explanation: explanation)
    }

    private func sessionPolicies(_ input: AssumeRoleRequest, _ context: Context) throws -> [String] {
        var texts: [String] = []
        if let policy = input.policy {
            _ = try PolicyDocument.checked(policy, as: .identity)
            texts.append(policy)
        }
        for arn in (input.policyArns ?? []).compactMap(\.arn) {
            let policy = try ManagedPolicy.attachable(arn, context)
            texts.append(
                try policy.awsDocument
                    ?? PolicyVersionRecord.named("v\(policy.defaultVersion)", of: arn, context).document)
        }
        return texts
    }

    /// The share of the room for session policies and tags that this session takes, in per cent; nil without either. AWS
    /// packs them before it counts; this doesn't.
    private func packedSize(_ session: SessionRecord) -> Int? {
        let size =
            session.policies.reduce(0) { $0 + $1.policySize }
            + session.tags.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        return size == 0 ? nil : min(100, (size * 100 + 2047) / 2048)
    }
}
