import AWSCore
import AWSModels
import EC2API
import SimulatorCore

// The EC2-specific part of permissions: which resources ids, names and addresses refer to, and resources that have no id yet.
// AWS's table provides the rest.

extension EC2Simulation {
    public var permissions: PermissionTable { .ec2 }

    /// Resolves the launch template before it computes the targets of a launch.
    public func authorizationTargets(
        _ operation: String, _ input: any Shape, _ context: Context
    ) throws -> [AuthorizationTarget] {
        if let launch = input as? RunInstancesRequest, let (resolved, _) = try? launch.resolved(context) {
            return try targetsByTable(operation, resolved, context)
        }
        return try targetsByTable(operation, input, context)
    }

    public func resource(
        _ type: String, by member: String, _ value: String, _ question: PermissionQuestion
    ) throws -> PermissionResource? {
        guard let kind = ResourceKind.named(type) else {
            // The id of a kind that isn't simulated. A parameter that takes ids of all kinds may hold another kind's id.
            return member == "Resources" && ResourceKind.of(value) != nil
                ? nil : PermissionResource(arn(type, value, question.context))
        }
        let context = question.context
        // A `resolve:ssm:` parameter stands for the image that it resolves to. A parameter that resolves to nothing is rejected
        // later.
        if let parameter = ImageParameter.name(value) {
            let image = (try? ImageParameter.resolve(value, context)).flatMap { $0 }
            return try resource(kind, image ?? parameter, name: value, context)
        }
        if let other = ResourceKind.of(value), other.type != type { return nil }
        let id = try kind.id(by: member, value, context) ?? value
        // An association id refers to no interface if its address has none.
        if !kind.isWellFormed(id), member.hasSuffix("AssociationId") || member.hasSuffix("AssociationIds") { return nil }
        var resource = try resource(kind, id, name: value, context)
        if let launch = question.input as? RunInstancesRequest, launch.launchTemplate != nil,
            let isOfTemplate = LaunchQuestion(launch, context).isOfTemplate(member, value)
        {
            resource.conditions["ec2:IsLaunchTemplateResource"] = [(isOfTemplate || type == "launch-template").text]
        }
        return resource
    }

    private func resource(
        _ kind: ResourceKind, _ id: String, name: String, _ context: Context
    ) throws -> PermissionResource {
        var arn = arn(kind.type, id, context)
        // The ARNs of key pairs and placement groups end with their names.
        if kind.type == ResourceKind.keyPair.type {
            arn = self.arn(kind.type, try KeyPairRecord.find(id, context)?.name ?? name, context)
        }
        if kind.type == Resource.placementGroup.kind.type {
            arn = self.arn(kind.type, try Resource.placementGroup.find(id, context)?.shape.groupName ?? name, context)
        }
        return PermissionResource(
            arn, try Self.kinds.conditions(of: id, kind, context), tags: try Tags.of(id, context))
    }

    public func made(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        let any = PermissionResource(arn(type, "*", question.context))
        if let conditions = try? StorageQuestion(question.input, question.context).conditions(type) {
            return conditions.map { PermissionResource(any.arn, $0) }
        }
        if let input = question.input as? CreateCapacityReservationRequest {
            return [PermissionResource(any.arn, CapacityReservation.conditions(ofNew: input))]
        }
        if let fleet = question.input as? CreateFleetRequest {
            let made = FleetQuestion(fleet, question.context)
            let conditions =
                switch type {
                case ResourceKind.instance.type: made.instances
                case ResourceKind.volume.type: made.volumes
                default: [[String: [String]]]()
                }
            return conditions.isEmpty ? [any] : conditions.map { PermissionResource(any.arn, $0) }
        }
        if let input = question.input as? CreateRouteServerEndpointRequest {
            return [
                PermissionResource(
                    any.arn, try RouteServerEndpoint.conditions(inSubnet: input.subnetId, question.context))
            ]
        }
        if let input = question.input as? CreateRouteServerPeerRequest {
            let endpoint = try Resource.routeServerEndpoint.find(input.routeServerEndpointId, question.context)?.shape
            return [
                PermissionResource(
                    any.arn, try RouteServerEndpoint.conditions(inSubnet: endpoint?.subnetId, question.context))
            ]
        }
        guard let launch = question.input as? RunInstancesRequest else { return [any] }
        let made = LaunchQuestion(launch, question.context)
        switch type {
        case ResourceKind.instance.type: return [PermissionResource(any.arn, made.instance)]
        case ResourceKind.networkInterface.type:
            return made.networkInterfaces.map { PermissionResource(any.arn, $0) }
        case ResourceKind.volume.type:
            let volumes = made.volumes.map { PermissionResource(any.arn, $0) }
            return volumes.isEmpty ? [any] : volumes
        default: return [any]
        }
    }

    /// Every simulated instance has volumes: no image has an instance store.
    public func makes(_ type: String, _ question: PermissionQuestion) -> Bool {
        question.tags(type) || question.operation == "RunInstances" && type == ResourceKind.volume.type
    }

    public func unnamed(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        let context = question.context
        if let launch = question.input as? RunInstancesRequest {
            let made = LaunchQuestion(launch, context)
            var found: PermissionResource?
            if type == ResourceKind.subnet.type, let subnet = made.subnet {
                found = try resource(.subnet, subnet.id, name: "", context)
            }
            if type == ResourceKind.securityGroup.type, let vpc = made.subnet?.vpcId,
                let group = try SecurityGroupRecord.find(name: "default", in: vpc, context)
            {
                found = try resource(.securityGroup, group.id, name: "", context)
            }
            if var found {
                // A request that uses the default doesn't override the template.
                if launch.launchTemplate != nil { found.conditions["ec2:IsLaunchTemplateResource"] = ["true"] }
                return [found]
            }
        }
        if type == ResourceKind.vpc.type, let vpc = try VpcRecord.findDefault(context), question.operation != "CreateDefaultVpc"
        {
            return [try resource(.vpc, vpc.id, name: "", context)]
        }
        return [PermissionResource(arn(type, "*", context))]
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] {
        var conditions = ["ec2:Region": [question.context.region]]
        if let launch = question.input as? RunInstancesRequest {
            conditions.merge(LaunchQuestion.template(of: launch, question.context)) { $1 }
        }
        if let type = question.values(at: "KeyType").first { conditions["ec2:KeyPairType"] = [type] }
        guard question.operation.hasSuffix("Attribute") || question.operation.hasSuffix("Attributes") else { return conditions }
        var attributes = question.values(at: "Attribute")
        for field in question.node.fields ?? [] where !["Attribute", "DryRun", "Force"].contains(field.name) {
            guard !field.name.hasSuffix("Id") else { continue }
            attributes.append(field.name)
            let value = field.value["Value"] ?? field.value
            if let text = value.string ?? Self.text(value) { conditions["ec2:Attribute/\(field.name)"] = [text] }
        }
        if !attributes.isEmpty { conditions["ec2:Attribute"] = attributes }
        return conditions
    }

    private static func text(_ node: Node) -> String? {
        switch node {
        case .bool(let value): value.text
        case .integer(let value): "\(value)"
        default: nil
        }
    }

    /// Tags at creation need `ec2:CreateTags` on the resources that get the tags.
    public func taggingTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        guard question.input is any TaggingInput || question.input is RequestSpotFleetRequest,
            let tagging = permissions.permission(for: "CreateTags")
        else { return [] }
        let types = question.tagSpecifications.compactMap { $0["ResourceType"]?.string }
        return types.filter { question.tags($0) }.map { type in
            var resource = PermissionResource(arn(type, "*", question.context), question.requestTags(type))
            resource.conditions["ec2:CreateAction"] = [question.operation]
            let keys = (tagging.resource(type)?.conditionKeys ?? []) + tagging.conditionKeys
            return target(tagging.action, resource, keys, question)
        }
    }

    public func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        // Windows fast launch performs all of these actions on the caller's behalf.
        if question.input is EnableFastLaunchRequest {
            return question.permission.dependentActions.map { AuthorizationTarget(action: $0) }
        }
        // EC2's operations make and change other resources with the caller's permissions. Tags have targets of their own.
        let others = question.permission.dependentActions.filter { $0.hasPrefix("ec2:") && $0 != "ec2:CreateTags" }
        return try others.map { AuthorizationTarget(action: $0) } + namedTargets(question)
    }

    /// The roles, instance profiles, parameters and source volumes that a request names.
    private func namedTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        if let role = (question.input as? CreateFlowLogsRequest)?.deliverLogsPermissionArn {
            return [
                AuthorizationTarget(
                    action: "iam:PassRole", resource: role,
                    conditions: ["iam:PassedToService": ["vpc-flow-logs.amazonaws.com"]])
            ]
        }
        if let role = (question.input as? RequestSpotFleetRequest)?.spotFleetRequestConfig.iamFleetRole {
            return [
                AuthorizationTarget(
                    action: "iam:PassRole", resource: role,
                    conditions: ["iam:PassedToService": ["spotfleet.amazonaws.com"]])
            ]
        }
        // The table requires permission for the new volume only. The source volume needs it too.
        // https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copying-volume.html
        if let input = question.input as? CopyVolumesRequest {
            let source = try resource(.volume, input.sourceVolumeId, name: "", question.context)
            let keys = question.permission.resource(ResourceKind.volume.type)?.conditionKeys ?? []
            return [target(question.permission.action, source, keys, question)]
        }
        let profile: IamInstanceProfileSpecification? =
            switch question.input {
            case let input as RunInstancesRequest: input.iamInstanceProfile
            case let input as RequestSpotInstancesRequest: input.launchSpecification?.iamInstanceProfile
            case let input as AssociateIamInstanceProfileRequest: input.iamInstanceProfile
            case let input as ReplaceIamInstanceProfileAssociationRequest: input.iamInstanceProfile
            default: nil
            }
        return try InstanceProfile.passing(profile, question.context)
            + ImageParameter.permissions(try ImageParameter.images(question), question.context)
    }
}

extension ResourceKind {
    /// Returns the id of a resource that a request names by a name, a public address or an association; nil if there is none.
    fileprivate func id(by member: String, _ value: String, _ context: Context) throws -> String? {
        if isWellFormed(value) { return value }
        switch (type, member.split(separator: ".").last ?? "") {
        case ("key-pair", _): return try KeyPairRecord.named(value, context)?.id
        case ("security-group", _):
            guard let vpc = try VpcRecord.findDefault(context) else { return nil }
            return try SecurityGroupRecord.find(name: value, in: vpc.id, context)?.id
        case ("launch-template", _):
            return try Resource.launchTemplate.find(named: value, context)?.shape.launchTemplateId
        case ("placement-group", _):
            return try Resource.placementGroup.find(named: value, context)?.shape.groupId
        case ("elastic-ip", "PublicIp"): return try? AddressRecord.find(publicIp: value, context).id
        case ("elastic-ip", "AssociationId"), ("elastic-ip", "AssociationIds"):
            return try AddressRecord.first(context, "AND association_id = ?", [value])?.id
        case ("network-interface", "AssociationId"), ("network-interface", "AssociationIds"):
            return try AddressRecord.first(context, "AND association_id = ?", [value])?.interfaceId
        case ("route-table", "AssociationId"), ("network-acl", "AssociationId"), ("subnet", "AssociationId"),
            ("vpc", "AssociationId"), ("internet-gateway", "AssociationId"), ("vpn-gateway", "AssociationId"):
            return try NetworkAssociation.of(value, context)?.id(of: type)
        case ("network-interface", "AttachmentId"):
            return try? NetworkInterfaceRecord.having(attachment: value, context).id
        case ("instance", "AttachmentId"):
            return try? NetworkInterfaceRecord.having(attachment: value, context).instanceId
        case ("instance", "AssociationId"): return try? InstanceRecord.having(profileAssociation: value, context).id
        default: return nil
        }
    }
}
