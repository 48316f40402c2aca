import AWSCore
import IAMAPI
import STSAPI
import SimulatorCore

extension STSSimulation {
    public func assumeRole(_ input: AssumeRoleRequest, _ context: Context) throws -> AssumeRoleResponse {
        guard input.roleArn.isARN, input.roleArn.contains(":role/") else {
            throw AWSError.validation("\(input.roleArn) is invalid")
        }
        if input.providedContexts?.isEmpty == false { throw AWSError.notSimulated("sts", "AssumeRole with provided contexts") }
        let tags = try RoleSession.tags(input.tags, transitive: input.transitiveTagKeys, context)
        try refuseRoot(context)
        if case .federatedUser = context.caller.kind {
            throw AWSError.accessDenied("Cannot call AssumeRole with federation credentials")
        }
        let mfaAt = try MFADevices.authenticate(input.serialNumber, input.tokenCode, context)
        let earlier = context.caller.session?.sourceIdentity
        if let earlier, let identity = input.sourceIdentity, identity != earlier {
            throw denied(
                input.roleArn, context, action: "sts:SetSourceIdentity",
                explanation: "The calling session's source identity is '\(earlier)'; it cannot be changed.")
        }
        try authorize(input, context, hasMFA: mfaAt != nil)
        guard let role = try RoleRecord.find(arn: input.roleArn, context) else { throw denied(input.roleArn, context) }
        let seconds = input.durationSeconds ?? 3600
        if case .assumedRole = context.caller.kind, seconds > 3600 {
            throw AWSError.validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        var session = RoleSession(role, input.roleSessionName, seconds: seconds)
        session.tags = tags.all
        session.transitiveTags = tags.transitive
        session.sourceIdentity = input.sourceIdentity ?? earlier
        let made = try session.make(policy: input.policy, policyArns: input.policyArns, context)
        return AssumeRoleResponse(
            credentials: made.record.shape, assumedRoleUser: made.user, packedPolicySize: made.packedSize,
            sourceIdentity: session.sourceIdentity)
    }

    /// Rejects root users, as AWS does. A key unknown to IAM, which acts as root to make first trials easy, is accepted.
    private func refuseRoot(_ context: Context) throws {
        guard case .root = context.caller.kind else { return }
        guard try context.simulator.directory?.credential(accessKeyId: context.caller.accessKeyId, context.db) != nil else {
            return
        }
        throw AWSError.accessDenied("Roles may not be assumed by root accounts.")
    }

    /// Requires sts:AssumeRole, and further actions for tags or a source identity. Like AWS, the error gives no reason, so
    /// that callers cannot find out which roles exist.
    private func authorize(_ input: AssumeRoleRequest, _ context: Context, hasMFA: Bool) throws {
        for var target in try authorizationTargets(context.operation, input, context) {
            if hasMFA {
                target.conditions["aws:MultiFactorAuthPresent"] = ["true"]
                target.conditions["aws:MultiFactorAuthAge"] = ["0"]
            }
            do {
                try context.authorize(target, self)
            } catch let error as AWSError where error.code == "AccessDenied" {
                throw denied(input.roleArn, context, action: target.action, explanation: error.explanation)
            }
        }
    }

    private func denied(
        _ role: String, _ context: Context, action: String = "sts:AssumeRole", explanation: String? = "There is no such role."
    ) -> AWSError {
        .accessDenied(
            "User: \(context.caller.arn) is not authorized to perform: \(action) on resource: \(role)", explanation: explanation
        )
    }
}

/// A role session to be created, however the caller was authorized.
struct RoleSession {
    let role: RoleRecord
    let name: String
    var seconds: Int
    var tags: [String: String] = [:]
    var transitiveTags: [String: String] = [:]
    var sourceIdentity: String?
    var provider: String?
    var conditions: [String: [String]] = [:]

    init(_ role: RoleRecord, _ name: String, seconds: Int) {
        self.role = role
        self.name = name
        self.seconds = seconds
    }

    func make(
        policy: String?, policyArns: [PolicyDescriptorType]?, _ context: Context
    ) throws -> (record: SessionRecord, user: AssumedRoleUser, packedSize: Int?) {
        guard seconds <= role.maxSessionSeconds else {
            throw AWSError.validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        var record = SessionRecord(
            account: role.account, principalId: role.id, sessionName: name, seconds: seconds, context)
        record.policies = try Self.policies(policy, policyArns, context.within(account: role.account))
        record.tags = tags
        record.stored?.facts.transitiveTags = transitiveTags
        record.stored?.facts.sourceIdentity = sourceIdentity
        record.stored?.facts.provider = provider
        record.stored?.facts.conditions = conditions
        let packedSize = try Self.packedSize(record)
        try record.insert(context)
        return (
            record,
            AssumedRoleUser(
                assumedRoleId: "\(role.id):\(name)",
                arn: SessionRecord.arn(roleArn: role.arn, role: role.name, session: name)),
            packedSize
        )
    }

    /// Returns the session's tags: those of the request and the inherited ones.
    static func tags(
        _ given: [STSAPI.Tag]?, transitive keys: [String]?, _ context: Context
    ) throws -> (all: [String: String], transitive: [String: String]) {
        let given = given ?? [], transitive = Set((keys ?? []).map { $0.lowercased() })
        let lowered = given.map { $0.key.lowercased() }
        guard Set(lowered).count == lowered.count else {
            throw AWSError(
                "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        guard !lowered.contains(where: IAMTags.isReserved) else { throw AWSError("InvalidParameterValue", IAMTags.reserved) }
        let inherited = context.caller.session?.transitiveTags ?? [:]
        let inheritedKeys = Set(inherited.keys.map { $0.lowercased() })
        guard transitive.isDisjoint(with: inheritedKeys) else {
            throw AWSError(
                "InvalidParameterValue",
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
                    + "calling session.")
        }
        guard transitive.isSubset(of: lowered) else {
            throw AWSError(
                "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")
        }
        guard inheritedKeys.isDisjoint(with: lowered) else {
            // The message is assumed; AWS documents the failure.
            throw AWSError(
                "InvalidParameterValue",
                "One of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session."
            )
        }
        let own = Dictionary(given.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        return (
            inherited.merging(own) { $1 },
            inherited.merging(own.filter { transitive.contains($0.key.lowercased()) }) { $1 }
        )
    }

    /// Returns the documents of the session policies.
    static func policies(
        _ inline: String?, _ arns: [PolicyDescriptorType]?, _ context: Context
    ) throws -> [String] {
        var texts: [String] = []
        if let inline {
            _ = try PolicyDocument.checked(inline, as: .identity, context)
            texts.append(inline)
        }
        for arn in (arns ?? []).compactMap(\.arn) {
            let policy = try ManagedPolicy.attachable(arn, context)
            texts.append(
                try policy.awsDocument
                    ?? PolicyVersionRecord.named("v\(policy.defaultVersion)", of: arn, context).document)
        }
        return texts
    }

    /// Returns how much of the limit for session policies and tags the session uses, in percent; nil without either. Unlike
    /// AWS, counts the unpacked size.
    static func packedSize(_ session: SessionRecord) throws -> Int? {
        let size =
            session.policies.reduce(0) { $0 + $1.policySize }
            + session.tags.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        let share = (size * 100 + limit - 1) / limit
        guard share <= 100 else {
            throw AWSError(
                "PackedPolicyTooLarge", "Packed policy consumes \(share)% of allotted space, please use smaller policy.")
        }
        return size == 0 ? nil : share
    }

    /// Assumed: AWS says only that the limit applies to the packed size. Two policies of maximum length fit.
    private static let limit = 12_288
}
