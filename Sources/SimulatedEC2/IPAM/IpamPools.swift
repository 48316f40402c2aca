import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/ipam/create-top-ipam.html

extension Resource where S == IpamPool {
    static let ipamPool = Resource(
        ResourceKind(
            "ipam-pool", type: "ipam-pool", code: "InvalidIpamPoolId", notFound: "The IPAM pool (%) does not exist."),
        id: \.ipamPoolId, tags: \.tags,
        refers: [
            .toEach("ipam-scope") { [IpamArn.id($0.ipamScopeArn)] }, .to("ipam-pool", \.sourceIpamPoolId, role: "source"),
        ],
        life: .ipam(\.state),
        filters: [
            "ipam-pool-id": { [$0.ipamPoolId] }, "ipam-pool-arn": { [$0.ipamPoolArn] },
            "source-ipam-pool-id": { [$0.sourceIpamPoolId] }, "ipam-scope-arn": { [$0.ipamScopeArn] },
            "ipam-scope-id": { [IpamArn.id($0.ipamScopeArn)] }, "ipam-scope-type": { [$0.ipamScopeType?.rawValue] },
            "ipam-arn": { [$0.ipamArn] }, "ipam-region": { [$0.ipamRegion] }, "owner-id": { [$0.ownerId] },
            "locale": { [$0.locale] }, "pool-depth": { [$0.poolDepth.map(String.init)] },
            "state": { [$0.state?.rawValue] }, "description": { [$0.description] },
            "address-family": { [$0.addressFamily?.rawValue] }, "auto-import": { [$0.autoImport?.text] },
            "publicly-advertisable": { [$0.publiclyAdvertisable?.text] }, "aws-service": { [$0.awsService?.rawValue] },
            "public-ip-source": { [$0.publicIpSource?.rawValue] },
            "allocation-min-netmask-length": { [$0.allocationMinNetmaskLength.map(String.init)] },
            "allocation-max-netmask-length": { [$0.allocationMaxNetmaskLength.map(String.init)] },
            "allocation-default-netmask-length": { [$0.allocationDefaultNetmaskLength.map(String.init)] },
        ]
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createIpamPool(_ input: CreateIpamPoolRequest, _ context: Context) throws -> CreateIpamPoolResult {
        if input.sourceResource != nil {
            throw AWSError.notSimulated("ec2", "CreateIpamPool with a source resource")
        }
        return CreateIpamPoolResult(ipamPool: try context.create(.ipamPool, input) { try $0.fill(input, context) })
    }

    public func describeIpamPools(_ input: DescribeIpamPoolsRequest, _ context: Context) throws -> DescribeIpamPoolsResult {
        let page = try context.describe(.ipamPool, input, ids: input.ipamPoolIds, named: "ipamPoolIds")
        return DescribeIpamPoolsResult(nextToken: page.nextToken, ipamPools: page.items)
    }

    public func modifyIpamPool(_ input: ModifyIpamPoolRequest, _ context: Context) throws -> ModifyIpamPoolResult {
        let pool = try Resource.ipamPool.modify(input.ipamPoolId, context) { pool in
            pool.description = input.description ?? pool.description
            pool.autoImport = input.autoImport ?? pool.autoImport
            pool.allocationMinNetmaskLength = input.allocationMinNetmaskLength ?? pool.allocationMinNetmaskLength
            pool.allocationMaxNetmaskLength = input.allocationMaxNetmaskLength ?? pool.allocationMaxNetmaskLength
            pool.allocationDefaultNetmaskLength =
                input.clearAllocationDefaultNetmaskLength == true
                ? nil : input.allocationDefaultNetmaskLength ?? pool.allocationDefaultNetmaskLength
            let gone = (input.removeAllocationResourceTags ?? []).map { IpamResourceTag(key: $0.key, value: $0.value) }
            var tags = (pool.allocationResourceTags ?? []).filter { tag in
                !gone.contains { $0.key == tag.key && $0.value == tag.value }
            }
            for tag in input.addAllocationResourceTags ?? [] {
                tags.removeAll { $0.key == tag.key }
                tags.append(IpamResourceTag(key: tag.key, value: tag.value))
            }
            pool.allocationResourceTags = tags
            try pool.checkRules()
        }
        try pool.importResources(context)
        return ModifyIpamPoolResult(ipamPool: pool)
    }

    public func deleteIpamPool(_ input: DeleteIpamPoolRequest, _ context: Context) throws -> DeleteIpamPoolResult {
        let stored = try Resource.ipamPool.get(input.ipamPoolId, context)
        if input.cascade == true, stored.phase != "delete-in-progress" {
            guard stored.shape.ipamScopeType == .private else {
                throw AWSError.invalidCombination("Only pools in a private scope can be deleted with Cascade.")
            }
            for pool in try stored.shape.descendants(context) {
                try pool.empty(context)
                try Resource.ipamPool.forget(pool.ipamPoolId ?? "", context)
            }
            try stored.shape.empty(context)
        }
        let pool = try context.delete(.ipamPool, input.ipamPoolId)
        // Its space in the source pool is already released: that happened when its CIDRs were deprovisioned.
        return DeleteIpamPoolResult(ipamPool: pool)
    }
}

// MARK: Pools

extension IpamPool {
    /// The locale of a pool without a locale.
    private static let noLocale = "None"

    var isIPv6: Bool { addressFamily == .ipv6 }

    fileprivate mutating func fill(_ input: CreateIpamPoolRequest, _ context: Context) throws {
        let scope = try Resource.ipamScope.present(input.ipamScopeId, context).shape
        guard let ipam = try Resource.ipam.find(IpamArn.id(scope.ipamArn), context)?.shape else {
            throw DamagedState("the scope '\(input.ipamScopeId)' has no IPAM")
        }
        ipamPoolArn = IpamArn.of("ipam-pool", ipamPoolId ?? "", context)
        ipamScopeArn = scope.ipamScopeArn
        ipamScopeType = scope.ipamScopeType
        ipamArn = scope.ipamArn
        ipamRegion = scope.ipamRegion
        description = input.description
        addressFamily = input.addressFamily
        locale = input.locale.flatMap(\.orNil) ?? Self.noLocale
        if locale != Self.noLocale, !ipam.regions.contains(locale ?? "") {
            throw AWSError.invalidValue(
                locale ?? "", for: "locale", "The locale must be one of the operating Regions of the IPAM.")
        }
        try setSource(input, context)
        try setPublicity(input)
        autoImport = input.autoImport ?? false
        allocationMinNetmaskLength = input.allocationMinNetmaskLength
        allocationMaxNetmaskLength = input.allocationMaxNetmaskLength
        allocationDefaultNetmaskLength = input.allocationDefaultNetmaskLength
        allocationResourceTags = (input.allocationResourceTags ?? []).map { IpamResourceTag(key: $0.key, value: $0.value) }
        try checkRules()
        // https://docs.aws.amazon.com/vpc/latest/ipam/quotas-ipam.html
        guard try scope.pools(context).count < 50 else {
            throw AWSError("ResourceLimitExceeded", "The maximum number of pools of the scope (50) has been reached.")
        }
    }

    private mutating func setSource(_ input: CreateIpamPoolRequest, _ context: Context) throws {
        poolDepth = 1
        guard let id = input.sourceIpamPoolId else { return }
        let source = try Resource.ipamPool.present(id, context).shape
        guard source.ipamScopeArn == ipamScopeArn else {
            throw AWSError.invalidValue(id, for: "sourceIpamPoolId", "The source pool is in another scope.")
        }
        guard source.addressFamily == addressFamily else {
            throw AWSError.invalidValue(id, for: "sourceIpamPoolId", "The source pool has another address family.")
        }
        if let own = source.locale, own != Self.noLocale, own != locale {
            throw AWSError.invalidValue(
                locale ?? "", for: "locale", "The locale must be the one of the source pool, '\(own)'.")
        }
        let depth = (source.poolDepth ?? 1) + 1
        guard depth <= 10 else {
            throw AWSError("ResourceLimitExceeded", "The maximum depth of pools (10) has been reached.")
        }
        sourceIpamPoolId = id
        poolDepth = depth
    }

    private mutating func setPublicity(_ input: CreateIpamPoolRequest) throws {
        awsService = input.awsService
        guard ipamScopeType == .public else {
            guard input.publiclyAdvertisable != true, input.publicIpSource == nil, input.awsService == nil else {
                throw AWSError.invalidCombination(
                    "PubliclyAdvertisable, PublicIpSource and AwsService can be specified only for pools in the public scope.")
            }
            return
        }
        publicIpSource = input.publicIpSource ?? .byoip
        guard input.publiclyAdvertisable == nil || (isIPv6 && publicIpSource == .byoip) else {
            throw AWSError.invalidCombination(
                "The request can only contain PubliclyAdvertisable if AddressFamily is ipv6 and PublicIpSource is byoip.")
        }
        if isIPv6 { publiclyAdvertisable = input.publiclyAdvertisable ?? false }
    }

    /// Checks for contradictory allocation rules. The codes and messages are assumed.
    fileprivate func checkRules() throws {
        let lengths = [
            ("allocationMinNetmaskLength", allocationMinNetmaskLength),
            ("allocationMaxNetmaskLength", allocationMaxNetmaskLength),
            ("allocationDefaultNetmaskLength", allocationDefaultNetmaskLength),
        ]
        let most = isIPv6 ? 128 : 32
        for (name, length) in lengths {
            guard let length, !(0...most).contains(length) else { continue }
            throw AWSError.invalidValue("\(length)", for: name, "Possible netmask lengths are 0 - \(most).")
        }
        if let least = allocationMinNetmaskLength, let most = allocationMaxNetmaskLength, least > most {
            throw AWSError.invalidCombination("The minimum netmask length must be less than the maximum netmask length.")
        }
        if let usual = allocationDefaultNetmaskLength,
            usual < allocationMinNetmaskLength ?? usual || usual > allocationMaxNetmaskLength ?? usual
        {
            throw AWSError.invalidCombination(
                "The default netmask length must be between the minimum and the maximum netmask length.")
        }
        if autoImport == true, locale == Self.noLocale {
            throw AWSError.invalidCombination("AutoImport can be used only for pools with a locale.")
        }
    }

    /// Returns the pools below it, the deepest first.
    fileprivate func descendants(_ context: Context) throws -> [IpamPool] {
        let all = try Resource.ipamPool.all(context).map(\.shape)
        func below(_ id: String?) -> [IpamPool] {
            all.filter { $0.sourceIpamPoolId == id }.flatMap { below($0.ipamPoolId) + [$0] }
        }
        return below(ipamPoolId)
    }

    /// Deletes its CIDRs and allocations. Resources keep their blocks.
    func empty(_ context: Context) throws {
        let id = ipamPoolId ?? ""
        try IpamAllocationRecord.delete(context, "AND (pool = ? OR resource_id = ?)", [id, id])
        try IpamCidrRecord.delete(context, "AND pool = ?", [id])
    }

    /// Returns a usable pool and its IPAM's home region.
    /// - Throws: AWS's errors for ids, and for a pool whose locale is another region.
    static func usable(_ id: String, _ context: Context) throws -> (pool: IpamPool, home: Context) {
        let (pool, home) = try anywhere(id, context)
        guard try Resource.ipamPool.find(id, home)?.phase.hasSuffix("-complete") ?? false else {
            throw AWSError.ipamInProgress(id, pool.state?.rawValue ?? "")
        }
        return (pool, home)
    }

    static func anywhere(_ id: String, _ context: Context) throws -> (pool: IpamPool, home: Context) {
        try Resource.ipamPool.kind.check(id)
        for home in [context] + (try Ipam.homes(context)) {
            guard let found = try Resource.ipamPool.find(id, home)?.shape else { continue }
            guard home.region == context.region || found.locale == context.region else { break }
            return (found, home)
        }
        throw Resource.ipamPool.kind.notFound(id)
    }
}
