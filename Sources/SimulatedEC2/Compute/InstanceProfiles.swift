import AWSCore
import EC2API
import SimulatorCore

/// An IAM instance profile, which passes a role to instances.
struct InstanceProfile {
    let arn, id: String

    /// - Throws: AWS's errors for a profile that is named twice, does not exist, or has no role.
    init(_ specification: IamInstanceProfileSpecification, _ context: Context) throws {
        let name = try Self.name(specification)
        guard let profile = try context.simulator.directory?.roles?.profile(name, context) else {
            switch name {
            case .name(let name): throw Self.invalid(name, "name", "name")
            case .arn(let arn): throw Self.invalid(arn, "arn", "ARN")
            }
        }
        guard profile.roleArn != nil else {
            throw AWSError(
                "InvalidParameterValue", "IAM Instance Profile \"\(profile.arn)\" has no associated IAM Roles")
        }
        arn = profile.arn
        id = profile.id
    }

    private static func name(_ specification: IamInstanceProfileSpecification) throws -> RoleProfile.Name {
        if let arn = specification.arn, !arn.isEmpty {
            guard specification.name == nil else {
                throw AWSError(
                    "InvalidParameterCombination",
                    "The parameter iamInstanceProfile.name cannot be used with iamInstanceProfile.arn")
            }
            guard arn.hasPrefix("arn:"), arn.contains(":instance-profile/") else { throw invalid(arn, "arn", "ARN") }
            return .arn(arn)
        }
        guard let name = specification.name, !name.isEmpty else { throw AWSError.missingParameter("IamInstanceProfile.Name") }
        return .name(name)
    }

    private static func invalid(_ value: String, _ member: String, _ noun: String) -> AWSError {
        AWSError(
            "InvalidParameterValue",
            "Value (\(value)) for parameter iamInstanceProfile.\(member) is invalid. Invalid IAM Instance Profile \(noun)")
    }

    /// Returns the permission to pass the profile's role, which the caller needs.
    static func passing(
        _ specification: IamInstanceProfileSpecification?, _ context: Context
    ) throws -> [AuthorizationTarget] {
        guard let specification, let name = try? name(specification),
            let role = try context.simulator.directory?.roles?.profile(name, context)?.roleArn
        else { return [] }
        return [
            AuthorizationTarget(
                action: "iam:PassRole", resource: role, conditions: ["iam:PassedToService": ["ec2.amazonaws.com"]])
        ]
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func associateIamInstanceProfile(
        _ input: AssociateIamInstanceProfileRequest, _ context: Context
    ) throws -> AssociateIamInstanceProfileResult {
        var instance = try InstanceRecord.get(input.instanceId, context)
        try instance.refuseProfileUnlessAlive(context)
        let profile = try InstanceProfile(input.iamInstanceProfile, context)
        guard instance.profileArn == nil else {
            throw AWSError(
                "IncorrectState", "There is an existing association for instance \(instance.id)")
        }
        instance.profileArn = profile.arn
        instance.profileId = profile.id
        try instance.update(context)
        return AssociateIamInstanceProfileResult(
            iamInstanceProfileAssociation: instance.profileAssociation("associating", context))
    }

    public func disassociateIamInstanceProfile(
        _ input: DisassociateIamInstanceProfileRequest, _ context: Context
    ) throws -> DisassociateIamInstanceProfileResult {
        var instance = try InstanceRecord.having(profileAssociation: input.associationId, context)
        let shape = instance.profileAssociation("disassociating", context)
        instance.profileArn = nil
        instance.profileId = nil
        try instance.update(context)
        return DisassociateIamInstanceProfileResult(iamInstanceProfileAssociation: shape)
    }

    public func replaceIamInstanceProfileAssociation(
        _ input: ReplaceIamInstanceProfileAssociationRequest, _ context: Context
    ) throws -> ReplaceIamInstanceProfileAssociationResult {
        // An id of another kind, such as an instance's, gets its own error. Its code is assumed.
        guard input.associationId.hasPrefix("iip-assoc-") else {
            throw AWSError("InvalidParameterValue", "Invalid value for associationId.")
        }
        var instance = try InstanceRecord.having(profileAssociation: input.associationId, context)
        try instance.refuseProfileUnlessAlive(context)
        let profile = try InstanceProfile(input.iamInstanceProfile, context)
        instance.profileArn = profile.arn
        instance.profileId = profile.id
        try instance.update(context)
        return ReplaceIamInstanceProfileAssociationResult(
            iamInstanceProfileAssociation: instance.profileAssociation("associating", context))
    }

    public func describeIamInstanceProfileAssociations(
        _ input: DescribeIamInstanceProfileAssociationsRequest, _ context: Context
    ) throws -> DescribeIamInstanceProfileAssociationsResult {
        let paging = try Paging(input, ids: input.associationIds, named: "associationIds", context)
        for id in input.associationIds ?? [] { _ = try InstanceRecord.having(profileAssociation: id, context) }
        let shapes = try InstanceRecord.all(context, "AND profile_arn IS NOT NULL AND phase <> 'terminate'")
            .map { $0.profileAssociation("associated", context) }
            .filter { input.associationIds?.contains($0.associationId ?? "") ?? true }
        let page = try paging.page(
            InstanceRecord.profileFilters.apply(input.filters, to: shapes, context), of: .instance, id: \.instanceId)
        return DescribeIamInstanceProfileAssociationsResult(
            iamInstanceProfileAssociations: page.items, nextToken: page.nextToken)
    }
}

// MARK: Associations

extension InstanceRecord {
    static let profileFilters = FilterTable<IamInstanceProfileAssociation>([
        "instance-id": { [$0.instanceId] }, "state": { [$0.state?.rawValue] },
    ])

    /// Returns the association's id. It is computed from instance and profile, because associations are not stored.
    private func profileAssociationId(_ context: Context) -> String {
        IDGenerator(seed: context.configuration.seed, scope: "profile \(profileArn ?? "") of \(id)").resource("iip-assoc")
    }

    fileprivate func profileAssociation(
        _ state: IamInstanceProfileAssociationState, _ context: Context
    ) -> IamInstanceProfileAssociation {
        IamInstanceProfileAssociation(
            associationId: profileAssociationId(context), instanceId: id,
            iamInstanceProfile: IamInstanceProfile(arn: profileArn, id: profileId), state: state)
    }

    static func having(profileAssociation association: String, _ context: Context) throws -> InstanceRecord {
        let found = try all(context, "AND profile_arn IS NOT NULL AND phase <> 'terminate'")
            .first { $0.profileAssociationId(context) == association }
        guard let found else {
            throw AWSError(
                "NoSuchAssociation", "An invalid association-id of '\(association)' was given")
        }
        return found
    }

    fileprivate func refuseProfileUnlessAlive(_ context: Context) throws {
        let state = state(context)
        guard [.pending, .running, .stopping, .stopped].contains(state) else {
            throw AWSError(
                "IncorrectInstanceState", "The instance '\(id)' is not in the 'running' or 'stopped' states.")
        }
    }
}
