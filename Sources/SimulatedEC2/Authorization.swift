import AWSCore
import EC2API
import GRDB
import SimulatorCore

extension EC2Simulation {
    /// What each operation needs permission for: `ec2:` and its name, on the ARNs of what it concerns. What only describes is
    /// asked for on `*`.
    public func authorizationTargets(
        _ operation: String, _ input: any Shape, _ context: Context
    ) throws -> [AuthorizationTarget] {
        let permissions = Permissions(operation: operation, context: context)
        if let launch = input as? RunInstancesRequest {
            return permissions.launch(launch) + (try InstanceProfile.passing(launch.iamInstanceProfile, context))
        }
        var targets: [AuthorizationTarget] = []
        for (kind, id) in Self.concerned(by: input) { targets.append(try permissions.on(kind, id)) }
        if let (kind, tags) = Self.created(by: input) { targets += permissions.making(kind, tags) }
        if targets.isEmpty { targets.append(permissions.on("*")) }
        return targets.map { permissions.withRequestTags(input, $0) } + (try passedRoles(input, context))
    }

    private func passedRoles(_ input: any Shape, _ context: Context) throws -> [AuthorizationTarget] {
        switch input {
        case let input as AssociateIamInstanceProfileRequest:
            try InstanceProfile.passing(input.iamInstanceProfile, context)
        case let input as ReplaceIamInstanceProfileAssociationRequest:
            try InstanceProfile.passing(input.iamInstanceProfile, context)
        default: []
        }
    }

    /// The resources that a request names and that AWS asks permission for.
    private static func concerned(by input: any Shape) -> [(ResourceKind, String)] {
        func some(_ kind: ResourceKind, _ id: String?) -> [(ResourceKind, String)] { id.map { [(kind, $0)] } ?? [] }
        func each(_ kind: ResourceKind, _ ids: [String]?) -> [(ResourceKind, String)] { (ids ?? []).map { (kind, $0) } }
        switch input {
        case let input as StartInstancesRequest: return each(.instance, input.instanceIds)
        case let input as StopInstancesRequest: return each(.instance, input.instanceIds)
        case let input as RebootInstancesRequest: return each(.instance, input.instanceIds)
        case let input as TerminateInstancesRequest: return each(.instance, input.instanceIds)
        case let input as MonitorInstancesRequest: return each(.instance, input.instanceIds)
        case let input as UnmonitorInstancesRequest: return each(.instance, input.instanceIds)
        case let input as DescribeInstanceAttributeRequest: return some(.instance, input.instanceId)
        case let input as ModifyInstanceAttributeRequest: return some(.instance, input.instanceId)
        case let input as AssociateIamInstanceProfileRequest: return some(.instance, input.instanceId)
        case let input as GetConsoleOutputRequest: return some(.instance, input.instanceId)
        case let input as GetPasswordDataRequest: return some(.instance, input.instanceId)
        case let input as DeleteKeyPairRequest: return some(.keyPair, input.keyName ?? input.keyPairId)
        case let input as CreateKeyPairRequest: return some(.keyPair, input.keyName)
        case let input as ImportKeyPairRequest: return some(.keyPair, input.keyName)
        case let input as CreateSecurityGroupRequest: return some(.vpc, input.vpcId)
        case let input as DeleteSecurityGroupRequest: return some(.securityGroup, input.groupId)
        case let input as AuthorizeSecurityGroupIngressRequest: return some(.securityGroup, input.groupId)
        case let input as AuthorizeSecurityGroupEgressRequest: return some(.securityGroup, input.groupId)
        case let input as RevokeSecurityGroupIngressRequest: return some(.securityGroup, input.groupId)
        case let input as RevokeSecurityGroupEgressRequest: return some(.securityGroup, input.groupId)
        case let input as ModifySecurityGroupRulesRequest: return some(.securityGroup, input.groupId)
        case let input as UpdateSecurityGroupRuleDescriptionsIngressRequest: return some(.securityGroup, input.groupId)
        case let input as UpdateSecurityGroupRuleDescriptionsEgressRequest: return some(.securityGroup, input.groupId)
        case let input as DeleteVpcRequest: return some(.vpc, input.vpcId)
        case let input as DescribeVpcAttributeRequest: return some(.vpc, input.vpcId)
        case let input as ModifyVpcAttributeRequest: return some(.vpc, input.vpcId)
        case let input as CreateSubnetRequest: return some(.vpc, input.vpcId)
        case let input as DeleteSubnetRequest: return some(.subnet, input.subnetId)
        case let input as ModifySubnetAttributeRequest: return some(.subnet, input.subnetId)
        case let input as AttachInternetGatewayRequest:
            return [(.internetGateway, input.internetGatewayId), (.vpc, input.vpcId)]
        case let input as DetachInternetGatewayRequest:
            return [(.internetGateway, input.internetGatewayId), (.vpc, input.vpcId)]
        case let input as DeleteInternetGatewayRequest: return some(.internetGateway, input.internetGatewayId)
        case let input as AssociateAddressRequest:
            return some(.address, input.allocationId) + some(.instance, input.instanceId)
                + some(.networkInterface, input.networkInterfaceId)
        case let input as ReleaseAddressRequest: return some(.address, input.allocationId)
        case let input as CreateTagsRequest: return input.resources.compactMap { id in ResourceKind.of(id).map { ($0, id) } }
        case let input as DeleteTagsRequest: return input.resources.compactMap { id in ResourceKind.of(id).map { ($0, id) } }
        default: return []
        }
    }

    /// What a request makes, and the tags that it is to have.
    private static func created(by input: any Shape) -> (ResourceKind, [TagSpecification]?)? {
        switch input {
        case let input as CreateVpcRequest: (.vpc, input.tagSpecifications)
        case let input as CreateSubnetRequest: (.subnet, input.tagSpecifications)
        case let input as CreateSecurityGroupRequest: (.securityGroup, input.tagSpecifications)
        case let input as CreateInternetGatewayRequest: (.internetGateway, input.tagSpecifications)
        case let input as AllocateAddressRequest: (.address, input.tagSpecifications)
        case is CreateDefaultVpcRequest: (.vpc, nil)
        default: nil
        }
    }
}

private struct Permissions {
    let operation: String
    let context: Context

    func on(_ resource: String, _ conditions: [String: [String]] = [:]) -> AuthorizationTarget {
        var conditions = conditions
        conditions["ec2:Region"] = [context.region]
        return AuthorizationTarget(action: "ec2:\(operation)", resource: resource, conditions: conditions)
    }

    /// On one resource, with its tags and whatever else policies can ask of it.
    func on(_ kind: ResourceKind, _ id: String) throws -> AuthorizationTarget {
        var conditions: [String: [String]] = [:]
        for tag in try Tags.of(id, context) {
            conditions["aws:ResourceTag/\(tag.key)"] = [tag.value]
            conditions["ec2:ResourceTag/\(tag.key)"] = [tag.value]
        }
        if kind.prefix == "i", try kind.exists(id, context) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT type FROM ec2_instance WHERE account = ? AND region = ? AND id = ?")
            conditions["ec2:InstanceType"] =
                try String.fetchOne(statement, arguments: [context.account, context.region, id]).map { [$0] }
        }
        if kind.prefix == "sg", let group = try SecurityGroupRecord.find(id, context) {
            conditions["ec2:Vpc"] = [ResourceKind.vpc.arn(group.vpcId, context)]
        }
        if kind.prefix == "subnet", let subnet = try SubnetRecord.find(id, context) {
            conditions["ec2:Vpc"] = [ResourceKind.vpc.arn(subnet.vpcId, context)]
        }
        return on(kind.arn(id, context), conditions)
    }

    /// For something that has no id yet. Tags at creation need `ec2:CreateTags` too.
    func making(_ kind: ResourceKind, _ specifications: [TagSpecification]?) -> [AuthorizationTarget] {
        [on(kind.arn("*", context))] + tagging(specifications)
    }

    private func tagging(_ specifications: [TagSpecification]?) -> [AuthorizationTarget] {
        (specifications ?? []).compactMap { specification in
            guard let type = specification.resourceType?.rawValue, let kind = ResourceKind.named(type) else { return nil }
            var target = on(kind.arn("*", context), Self.requestTags(specification.tags))
            target.action = "ec2:CreateTags"
            target.conditions["ec2:CreateAction"] = [operation]
            return target
        }
    }

    static func requestTags(_ tags: [Tag]?) -> [String: [String]] {
        guard let tags, !tags.isEmpty else { return [:] }
        var result = ["aws:TagKeys": tags.compactMap(\.key)]
        for tag in tags { result["aws:RequestTag/\(tag.key ?? "")"] = [tag.value ?? ""] }
        return result
    }

    /// Adds the tags that CreateTags is to set and those that a creation asks for.
    func withRequestTags(_ input: any Shape, _ target: AuthorizationTarget) -> AuthorizationTarget {
        var target = target
        let tags: [Tag]? =
            switch input {
            case let input as CreateTagsRequest: input.tags
            case let input as DeleteTagsRequest: input.tags
            case let input as CreateVpcRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            case let input as CreateSubnetRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            case let input as CreateSecurityGroupRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            case let input as CreateInternetGatewayRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            case let input as AllocateAddressRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            case let input as CreateKeyPairRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            case let input as ImportKeyPairRequest: input.tagSpecifications?.flatMap { $0.tags ?? [] }
            default: nil
            }
        target.conditions.merge(Self.requestTags(tags)) { first, _ in first }
        return target
    }

    /// A launch needs permission for everything that it makes and uses.
    func launch(_ input: RunInstancesRequest) -> [AuthorizationTarget] {
        let type = input.instanceType.map { ["ec2:InstanceType": [$0.rawValue]] } ?? [:]
        let specifications = input.tagSpecifications ?? []
        func new(_ kind: ResourceKind, _ conditions: [String: [String]] = [:]) -> AuthorizationTarget {
            let tags = specifications.filter { $0.resourceType?.rawValue == kind.type }.flatMap { $0.tags ?? [] }
            return on(kind.arn("*", context), conditions.merging(Self.requestTags(tags)) { first, _ in first })
        }
        var targets = [new(.instance, type)]
        if let image = input.imageId { targets.append(on(ResourceKind.image.arn(image, context), type)) }
        if let name = input.keyName { targets.append(on(ResourceKind.keyPair.arn(name, context), type)) }
        let interface = input.networkInterfaces?.first
        let subnet = input.subnetId ?? interface?.subnetId
        targets.append(on(ResourceKind.subnet.arn(subnet ?? "*", context), type))
        let groups = (input.securityGroupIds ?? []) + (interface?.groups ?? [])
        for group in groups.isEmpty ? ["*"] : groups {
            targets.append(on(ResourceKind.securityGroup.arn(group, context), type))
        }
        targets += [new(.networkInterface, type), new(.volume, type)]
        return targets + tagging(specifications)
    }
}
