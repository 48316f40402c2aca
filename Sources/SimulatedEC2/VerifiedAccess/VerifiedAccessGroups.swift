import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/verified-access/latest/ug/verified-access-groups.html

extension Resource where S == VerifiedAccessGroup {
    static let verifiedAccessGroup = Resource(
        ResourceKind(
            "vagr", type: "verified-access-group", code: "InvalidVerifiedAccessGroupId",
            notFound: "The Verified Access group '%' does not exist."),
        id: \.verifiedAccessGroupId, tags: \.tags, refers: [.to("verified-access-instance", \.verifiedAccessInstanceId)]
    ).owned(by: \.owner)
}

extension EC2Simulation {
    public func createVerifiedAccessGroup(
        _ input: CreateVerifiedAccessGroupRequest, _ context: Context
    ) throws -> CreateVerifiedAccessGroupResult {
        let made = try context.create(.verifiedAccessGroup, input) { group in
            // AWS's default quota; its error is assumed.
            guard try ResourceRow.count(Resource.verifiedAccessGroup.kind, context) < 10 else {
                throw AWSError(
                    "VerifiedAccessGroupLimitExceeded", "The maximum number of Verified Access groups has been reached.")
            }
            let id = group.verifiedAccessGroupId ?? ""
            group.verifiedAccessInstanceId = input.verifiedAccessInstanceId
            group.description = input.description ?? ""
            group.verifiedAccessGroupArn = Resource.verifiedAccessGroup.kind.arn(id, context)
            group.creationTime = context.now.withoutZone
            group.lastUpdatedTime = context.now.withoutZone
            group.sseSpecification = try .init(input.sseSpecification, context)
            try VerifiedAccessPolicy(text: input.policyDocument).set(on: id, context)
        }
        return CreateVerifiedAccessGroupResult(verifiedAccessGroup: made)
    }

    public func modifyVerifiedAccessGroup(
        _ input: ModifyVerifiedAccessGroupRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessGroupResult {
        let resource = Resource.verifiedAccessGroup
        let changed = try context.once(input, recalling: { try context.shown(resource, resource.get($0, context)) }) {
            var stored = try resource.get(input.verifiedAccessGroupId, context)
            if let instance = input.verifiedAccessInstanceId {
                stored.shape.verifiedAccessInstanceId =
                    try Resource.verifiedAccessInstance.get(instance, context).shape.verifiedAccessInstanceId
            }
            stored.shape.description = input.description ?? stored.shape.description
            stored.shape.lastUpdatedTime = context.now.withoutZone
            try resource.write(stored, context)
            return (input.verifiedAccessGroupId, try context.shown(resource, stored))
        }
        return ModifyVerifiedAccessGroupResult(verifiedAccessGroup: changed)
    }

    public func deleteVerifiedAccessGroup(
        _ input: DeleteVerifiedAccessGroupRequest, _ context: Context
    ) throws -> DeleteVerifiedAccessGroupResult {
        var deleted = try context.delete(.verifiedAccessGroup, input.verifiedAccessGroupId)
        deleted.lastUpdatedTime = context.now.withoutZone
        deleted.deletionTime = context.now.withoutZone
        return DeleteVerifiedAccessGroupResult(verifiedAccessGroup: deleted)
    }

    public func describeVerifiedAccessGroups(
        _ input: DescribeVerifiedAccessGroupsRequest, _ context: Context
    ) throws -> DescribeVerifiedAccessGroupsResult {
        let instance = input.verifiedAccessInstanceId.flatMap(\.orNil)
        if let instance { _ = try Resource.verifiedAccessInstance.get(instance, context) }
        let page = try context.describe(
            .verifiedAccessGroup, input, ids: input.verifiedAccessGroupIds, named: "VerifiedAccessGroupIds",
            where: { instance == nil || $0.verifiedAccessInstanceId == instance })
        return DescribeVerifiedAccessGroupsResult(verifiedAccessGroups: page.items, nextToken: page.nextToken)
    }

    // MARK: Policies

    public func getVerifiedAccessGroupPolicy(
        _ input: GetVerifiedAccessGroupPolicyRequest, _ context: Context
    ) throws -> GetVerifiedAccessGroupPolicyResult {
        _ = try Resource.verifiedAccessGroup.get(input.verifiedAccessGroupId, context)
        let policy = try VerifiedAccessPolicy(of: input.verifiedAccessGroupId, context)
        return GetVerifiedAccessGroupPolicyResult(policyEnabled: policy.isEnabled, policyDocument: policy.text)
    }

    public func modifyVerifiedAccessGroupPolicy(
        _ input: ModifyVerifiedAccessGroupPolicyRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessGroupPolicyResult {
        var group = try Resource.verifiedAccessGroup.get(input.verifiedAccessGroupId, context)
        var policy = try VerifiedAccessPolicy(of: input.verifiedAccessGroupId, context)
        try policy.change(isEnabled: input.policyEnabled, text: input.policyDocument)
        try policy.set(on: input.verifiedAccessGroupId, context)
        if input.sseSpecification != nil { group.shape.sseSpecification = try .init(input.sseSpecification, context) }
        group.shape.lastUpdatedTime = context.now.withoutZone
        try Resource.verifiedAccessGroup.write(group, context)
        return ModifyVerifiedAccessGroupPolicyResult(
            policyEnabled: policy.isEnabled, policyDocument: policy.text, sseSpecification: group.shape.sseSpecification)
    }
}

// MARK: The policy of a group or an endpoint

extension Resource where S == ModifyVerifiedAccessGroupPolicyRequest {
    /// Policies of groups and endpoints. The request shape is stored because AWS's result shapes have no owner's id.
    static let verifiedAccessPolicy = Resource(
        ResourceKind("va-policy", type: "verified-access-policy-document", code: "", notFound: ""),
        identity: { $0.verifiedAccessGroupId },
        refers: [
            .toEach("verified-access-group", .cascades) {
                $0.verifiedAccessGroupId.hasPrefix("vagr") ? [$0.verifiedAccessGroupId] : []
            },
            .toEach("verified-access-endpoint", .cascades) {
                $0.verifiedAccessGroupId.hasPrefix("vae") ? [$0.verifiedAccessGroupId] : []
            },
        ])
}

/// A policy in the Cedar language. Only its form is checked, because the simulator evaluates no access requests.
struct VerifiedAccessPolicy {
    private(set) var isEnabled: Bool
    private(set) var text: String?

    init(text: String?) throws {
        self.text = text.flatMap(\.orNil)
        isEnabled = self.text != nil
        try check()
    }

    init(of owner: String, _ context: Context) throws {
        let stored = try Resource.verifiedAccessPolicy.find(owner, context)?.shape
        text = stored?.policyDocument
        isEnabled = stored?.policyEnabled ?? false
    }

    mutating func change(isEnabled: Bool?, text: String?) throws {
        if let text { self.text = text.orNil }
        self.isEnabled = isEnabled ?? (self.text != nil)
        if self.isEnabled, self.text == nil { throw AWSError.missingParameter("PolicyDocument") }
        try check()
    }

    /// Checks that each statement begins with `permit`, `forbid` or an annotation, and ends with a semicolon.
    private func check() throws {
        guard let text else { return }
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }
        let statements = lines.joined(separator: "\n").split(separator: ";", omittingEmptySubsequences: false).map {
            $0.drop(while: \.isWhitespace)
        }
        let isOfForm =
            statements.count > 1 && statements.last?.isEmpty == true
            && statements.dropLast().allSatisfy { $0.hasPrefix("permit") || $0.hasPrefix("forbid") || $0.hasPrefix("@") }
        guard isOfForm else {
            throw AWSError("InvalidParameterValue", "The policy document is not a valid Verified Access policy.")  // assumed
        }
    }

    func set(on owner: String, _ context: Context) throws {
        let resource = Resource.verifiedAccessPolicy
        let document = ModifyVerifiedAccessGroupPolicyRequest(
            verifiedAccessGroupId: owner, policyEnabled: isEnabled, policyDocument: text)
        if var stored = try resource.find(owner, context) {
            stored.shape = document
            try resource.write(stored, context)
        } else {
            try resource.insert(document, phase: "", context)
        }
    }
}
