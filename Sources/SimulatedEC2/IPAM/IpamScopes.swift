import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/ipam/add-scope-ipam.html

extension Resource where S == IpamScope {
    static let ipamScope = Resource(
        ResourceKind(
            "ipam-scope", type: "ipam-scope", code: "InvalidIpamScopeId", notFound: "The IPAM scope (%) does not exist."),
        id: \.ipamScopeId, tags: \.tags, life: .ipam(\.state),
        filters: [
            "ipam-scope-id": { [$0.ipamScopeId] }, "ipam-scope-arn": { [$0.ipamScopeArn] }, "ipam-arn": { [$0.ipamArn] },
            "ipam-id": { [IpamArn.id($0.ipamArn)] }, "ipam-region": { [$0.ipamRegion] },
            "ipam-scope-type": { [$0.ipamScopeType?.rawValue] }, "is-default": { [$0.isDefault?.text] },
            "owner-id": { [$0.ownerId] }, "state": { [$0.state?.rawValue] }, "description": { [$0.description] },
        ]
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createIpamScope(_ input: CreateIpamScopeRequest, _ context: Context) throws -> CreateIpamScopeResult {
        if input.externalAuthorityConfiguration != nil {
            throw AWSError.notSimulated("ec2", "CreateIpamScope with an external authority")
        }
        let scope = try context.create(.ipamScope, input) { scope in
            let ipam = try Resource.ipam.present(input.ipamId, context).shape
            // https://docs.aws.amazon.com/vpc/latest/ipam/quotas-ipam.html
            guard try ipam.scopes(context).count < 5 else {
                throw AWSError("ResourceLimitExceeded", "The maximum number of scopes of the IPAM (5) has been reached.")
            }
            scope.fill("private", of: ipam, isDefault: false, context)
            scope.description = input.description
        }
        return CreateIpamScopeResult(ipamScope: try scope.counted(context))
    }

    public func describeIpamScopes(_ input: DescribeIpamScopesRequest, _ context: Context) throws -> DescribeIpamScopesResult {
        let page = try context.describe(.ipamScope, input, ids: input.ipamScopeIds, named: "ipamScopeIds") {
            $0 = try $0.counted(context)
        }
        return DescribeIpamScopesResult(nextToken: page.nextToken, ipamScopes: page.items)
    }

    public func modifyIpamScope(_ input: ModifyIpamScopeRequest, _ context: Context) throws -> ModifyIpamScopeResult {
        if input.externalAuthorityConfiguration != nil || input.removeExternalAuthorityConfiguration == true {
            throw AWSError.notSimulated("ec2", "ModifyIpamScope with an external authority")
        }
        let scope = try Resource.ipamScope.modify(input.ipamScopeId, context) {
            $0.description = input.description ?? $0.description
        }
        return ModifyIpamScopeResult(ipamScope: try scope.counted(context))
    }

    public func deleteIpamScope(_ input: DeleteIpamScopeRequest, _ context: Context) throws -> DeleteIpamScopeResult {
        // The code and the message are assumed.
        guard try Resource.ipamScope.get(input.ipamScopeId, context).shape.isDefault != true else {
            throw AWSError("OperationNotPermitted", "The default scope '\(input.ipamScopeId)' cannot be deleted.")
        }
        return DeleteIpamScopeResult(ipamScope: try context.delete(.ipamScope, input.ipamScopeId).counted(context))
    }
}

extension IpamScope {
    func pools(_ context: Context) throws -> [Stored<IpamPool>] {
        try Resource.ipamPool.all(context).filter { $0.shape.ipamScopeArn == ipamScopeArn }
    }

    fileprivate func counted(_ context: Context) throws -> IpamScope {
        var copy = self
        copy.poolCount = try pools(context).count
        return copy
    }

    fileprivate mutating func fill(_ type: String, of ipam: Ipam, isDefault: Bool, _ context: Context) {
        ipamScopeArn = IpamArn.of("ipam-scope", ipamScopeId ?? "", context)
        ipamArn = ipam.ipamArn
        ipamRegion = ipam.ipamRegion
        ipamScopeType = IpamScopeType(type)
        self.isDefault = isDefault
    }

    /// Creates a default scope of an IPAM.
    /// - Returns: its id.
    static func make(_ type: String, of ipam: Ipam, isDefault: Bool, _ context: Context) throws -> String {
        var scope = IpamScope()
        let id = context.ids.resource(Resource.ipamScope.kind.prefix)
        scope.ipamScopeId = id
        scope.ownerId = context.account
        scope.fill(type, of: ipam, isDefault: isDefault, context)
        try Resource.ipamScope.place(scope, phase: "create-complete", context)
        return id
    }
}
