import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/verified-access/latest/ug/verified-access-endpoints.html

extension Resource where S == VerifiedAccessEndpoint {
    static let verifiedAccessEndpoint = Resource(
        ResourceKind(
            "vae", type: "verified-access-endpoint", code: "InvalidVerifiedAccessEndpointId",
            notFound: "The Verified Access endpoint '%' does not exist."),
        id: \.verifiedAccessEndpointId, tags: \.tags,
        refers: [
            .to("verified-access-group", \.verifiedAccessGroupId),
            .toEach("security-group") { $0.securityGroupIds ?? [] }, .toEach("subnet") { $0.subnets },
            .toEach("network-interface", .dangles) {
                $0.networkInterfaceOptions?.networkInterfaceId.map { [$0] } ?? []
            },
        ],
        // AWS documents "several minutes". All durations are assumed, including the hour for deleted endpoints.
        life: LifeCycle(
            show: { $0.status = VerifiedAccessEndpointStatus(code: .init(rawValue: $1)) }, initial: "pending",
            deleting: "deleting",
            steps: [
                "pending": .init(after: .minutes(5), isFixed: false) { _, _ in "active" },
                "updating": .init(after: .minutes(2), isFixed: false) { _, _ in "active" },
                "deleting": .init(after: .minutes(5), isFixed: false) { endpoint, context in
                    endpoint.deletionTime = context.now.withoutZone
                    return "deleted"
                },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"]))
}

extension VerifiedAccessEndpoint {
    fileprivate var subnets: [String] { loadBalancerOptions?.subnetIds ?? cidrOptions?.subnetIds ?? [] }
}

extension EC2Simulation {
    public func createVerifiedAccessEndpoint(
        _ input: CreateVerifiedAccessEndpointRequest, _ context: Context
    ) throws -> CreateVerifiedAccessEndpointResult {
        if input.endpointType == .rds || input.rdsOptions != nil {
            throw AWSError.notSimulated("ec2", "CreateVerifiedAccessEndpoint of databases")
        }
        let group = try Resource.verifiedAccessGroup.get(input.verifiedAccessGroupId, context).shape
        let made = try context.create(.verifiedAccessEndpoint, input) { endpoint in
            // AWS's default quota; its error is assumed.
            guard try Resource.verifiedAccessEndpoint.all(context).count(where: { $0.phase != "deleted" }) < 50 else {
                throw AWSError(
                    "VerifiedAccessEndpointLimitExceeded", "The maximum number of Verified Access endpoints has been reached.")
            }
            let id = endpoint.verifiedAccessEndpointId ?? ""
            endpoint.verifiedAccessGroupId = input.verifiedAccessGroupId
            endpoint.verifiedAccessInstanceId = group.verifiedAccessInstanceId
            endpoint.endpointType = input.endpointType
            endpoint.attachmentType = input.attachmentType
            endpoint.description = input.description ?? ""
            endpoint.creationTime = context.now.withoutZone
            endpoint.lastUpdatedTime = context.now.withoutZone
            endpoint.sseSpecification = try .init(input.sseSpecification, context)
            try endpoint.setTarget(input, context)
            try endpoint.setDomain(input, context)
            endpoint.securityGroupIds = try endpoint.checked(groups: input.securityGroupIds ?? [], context)
            try VerifiedAccessPolicy(text: input.policyDocument).set(on: id, context)
        }
        return CreateVerifiedAccessEndpointResult(verifiedAccessEndpoint: made)
    }

    public func modifyVerifiedAccessEndpoint(
        _ input: ModifyVerifiedAccessEndpointRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessEndpointResult {
        let resource = Resource.verifiedAccessEndpoint
        if input.rdsOptions != nil { throw AWSError.notSimulated("ec2", "ModifyVerifiedAccessEndpoint of databases") }
        let changed = try context.once(input, recalling: { try context.shown(resource, resource.get($0, context)) }) {
            var stored = try Self.activeEndpoint(input.verifiedAccessEndpointId, context)
            if let group = input.verifiedAccessGroupId {
                let group = try Resource.verifiedAccessGroup.get(group, context).shape
                stored.shape.verifiedAccessGroupId = group.verifiedAccessGroupId
                stored.shape.verifiedAccessInstanceId = group.verifiedAccessInstanceId
            }
            stored.shape.description = input.description ?? stored.shape.description
            try stored.shape.changeTarget(input, context)
            stored.shape.lastUpdatedTime = context.now.withoutZone
            try resource.move(&stored, to: "updating", at: context.now, context)
            return (input.verifiedAccessEndpointId, try context.shown(resource, stored))
        }
        return ModifyVerifiedAccessEndpointResult(verifiedAccessEndpoint: changed)
    }

    private static func activeEndpoint(_ id: String, _ context: Context) throws -> Stored<VerifiedAccessEndpoint> {
        let stored = try Resource.verifiedAccessEndpoint.present(id, context)
        guard stored.phase == "active" else {
            throw AWSError("IncorrectState", "The Verified Access endpoint '\(id)' is not active.")  // assumed
        }
        return stored
    }

    public func deleteVerifiedAccessEndpoint(
        _ input: DeleteVerifiedAccessEndpointRequest, _ context: Context
    ) throws -> DeleteVerifiedAccessEndpointResult {
        DeleteVerifiedAccessEndpointResult(
            verifiedAccessEndpoint: try context.delete(.verifiedAccessEndpoint, input.verifiedAccessEndpointId))
    }

    public func describeVerifiedAccessEndpoints(
        _ input: DescribeVerifiedAccessEndpointsRequest, _ context: Context
    ) throws -> DescribeVerifiedAccessEndpointsResult {
        let instance = input.verifiedAccessInstanceId.flatMap(\.orNil)
        let group = input.verifiedAccessGroupId.flatMap(\.orNil)
        if let instance { _ = try Resource.verifiedAccessInstance.get(instance, context) }
        if let group { _ = try Resource.verifiedAccessGroup.get(group, context) }
        let page = try context.describe(
            .verifiedAccessEndpoint, input, ids: input.verifiedAccessEndpointIds, named: "VerifiedAccessEndpointIds",
            where: {
                (instance == nil || $0.verifiedAccessInstanceId == instance)
                    && (group == nil || $0.verifiedAccessGroupId == group)
            })
        return DescribeVerifiedAccessEndpointsResult(verifiedAccessEndpoints: page.items, nextToken: page.nextToken)
    }

    // MARK: Policies

    public func getVerifiedAccessEndpointPolicy(
        _ input: GetVerifiedAccessEndpointPolicyRequest, _ context: Context
    ) throws -> GetVerifiedAccessEndpointPolicyResult {
        _ = try Resource.verifiedAccessEndpoint.present(input.verifiedAccessEndpointId, context)
        let policy = try VerifiedAccessPolicy(of: input.verifiedAccessEndpointId, context)
        return GetVerifiedAccessEndpointPolicyResult(policyEnabled: policy.isEnabled, policyDocument: policy.text)
    }

    public func modifyVerifiedAccessEndpointPolicy(
        _ input: ModifyVerifiedAccessEndpointPolicyRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessEndpointPolicyResult {
        var endpoint = try Resource.verifiedAccessEndpoint.present(input.verifiedAccessEndpointId, context)
        var policy = try VerifiedAccessPolicy(of: input.verifiedAccessEndpointId, context)
        try policy.change(isEnabled: input.policyEnabled, text: input.policyDocument)
        try policy.set(on: input.verifiedAccessEndpointId, context)
        if input.sseSpecification != nil { endpoint.shape.sseSpecification = try .init(input.sseSpecification, context) }
        endpoint.shape.lastUpdatedTime = context.now.withoutZone
        try Resource.verifiedAccessEndpoint.write(endpoint, context)
        return ModifyVerifiedAccessEndpointPolicyResult(
            policyEnabled: policy.isEnabled, policyDocument: policy.text, sseSpecification: endpoint.shape.sseSpecification)
    }
}
