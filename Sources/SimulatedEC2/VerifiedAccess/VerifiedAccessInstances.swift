import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/verified-access/latest/ug/verified-access-instances.html

extension Resource where S == VerifiedAccessInstance {
    static let verifiedAccessInstance = Resource(
        ResourceKind(
            "vai", type: "verified-access-instance", code: "InvalidVerifiedAccessInstanceId",
            notFound: "The Verified Access instance '%' does not exist."),
        id: \.verifiedAccessInstanceId, tags: \.tags,
        refers: [
            .toEach("verified-access-trust-provider") {
                $0.verifiedAccessTrustProviders?.compactMap(\.verifiedAccessTrustProviderId) ?? []
            }
        ])

    /// Stores a changed instance and updates its `LastUpdatedTime`.
    fileprivate func change(_ stored: Stored<S>, _ context: Context) throws -> S {
        var stored = stored
        stored.shape.lastUpdatedTime = context.now.withoutZone
        try write(stored, context)
        return try context.shown(self, stored)
    }
}

extension EC2Simulation {
    public func createVerifiedAccessInstance(
        _ input: CreateVerifiedAccessInstanceRequest, _ context: Context
    ) throws -> CreateVerifiedAccessInstanceResult {
        let made = try context.create(.verifiedAccessInstance, input) { instance in
            // AWS's default quota; its error is assumed.
            guard try ResourceRow.count(Resource.verifiedAccessInstance.kind, context) < 5 else {
                throw AWSError(
                    "VerifiedAccessInstanceLimitExceeded", "The maximum number of Verified Access instances has been reached.")
            }
            instance.description = input.description ?? ""
            instance.verifiedAccessTrustProviders = []
            instance.creationTime = context.now.withoutZone
            instance.lastUpdatedTime = context.now.withoutZone
            instance.fipsEnabled = input.fipsEnabled ?? false
            if let domain = input.cidrEndpointsCustomSubDomain.flatMap(\.orNil) {
                instance.cidrEndpointsCustomSubDomain = try VerifiedAccessInstanceCustomSubDomain(domain, context)
            }
        }
        return CreateVerifiedAccessInstanceResult(verifiedAccessInstance: made)
    }

    public func modifyVerifiedAccessInstance(
        _ input: ModifyVerifiedAccessInstanceRequest, _ context: Context
    ) throws -> ModifyVerifiedAccessInstanceResult {
        let changed = try context.once(
            input, recalling: { try context.shown(.verifiedAccessInstance, Resource.verifiedAccessInstance.get($0, context)) }
        ) {
            var stored = try Resource.verifiedAccessInstance.get(input.verifiedAccessInstanceId, context)
            stored.shape.description = input.description ?? stored.shape.description
            if let domain = input.cidrEndpointsCustomSubDomain.flatMap(\.orNil),
                domain != stored.shape.cidrEndpointsCustomSubDomain?.subDomain
            {
                stored.shape.cidrEndpointsCustomSubDomain = try VerifiedAccessInstanceCustomSubDomain(domain, context)
            }
            return (
                input.verifiedAccessInstanceId, try Resource.verifiedAccessInstance.change(stored, context)
            )
        }
        return ModifyVerifiedAccessInstanceResult(verifiedAccessInstance: changed)
    }

    public func deleteVerifiedAccessInstance(
        _ input: DeleteVerifiedAccessInstanceRequest, _ context: Context
    ) throws -> DeleteVerifiedAccessInstanceResult {
        let id = input.verifiedAccessInstanceId
        let instance = try Resource.verifiedAccessInstance.get(id, context).shape
        guard instance.verifiedAccessTrustProviders?.isEmpty ?? true else {
            throw AWSError(
                "DependencyViolation", "The Verified Access instance '\(id)' has trust providers, which must be detached first."
            )
        }
        var deleted = try context.delete(.verifiedAccessInstance, id)
        deleted.lastUpdatedTime = context.now.withoutZone
        return DeleteVerifiedAccessInstanceResult(verifiedAccessInstance: deleted)
    }

    public func describeVerifiedAccessInstances(
        _ input: DescribeVerifiedAccessInstancesRequest, _ context: Context
    ) throws -> DescribeVerifiedAccessInstancesResult {
        let page = try context.describe(
            .verifiedAccessInstance, input, ids: input.verifiedAccessInstanceIds, named: "VerifiedAccessInstanceIds")
        return DescribeVerifiedAccessInstancesResult(verifiedAccessInstances: page.items, nextToken: page.nextToken)
    }

    // MARK: Trust providers

    public func attachVerifiedAccessTrustProvider(
        _ input: AttachVerifiedAccessTrustProviderRequest, _ context: Context
    ) throws -> AttachVerifiedAccessTrustProviderResult {
        var stored = try Resource.verifiedAccessInstance.get(input.verifiedAccessInstanceId, context)
        let provider = try Resource.verifiedAccessTrustProvider.get(input.verifiedAccessTrustProviderId, context)
        let present = stored.shape.verifiedAccessTrustProviders ?? []
        let id = input.verifiedAccessTrustProviderId
        let shown = try context.once(
            input, recalling: { _ in try context.shown(.verifiedAccessInstance, stored) }
        ) {
            guard !present.contains(where: { $0.verifiedAccessTrustProviderId == id }) else {
                throw AWSError("InvalidParameterValue", "'\(id)' is already attached to the instance.")  // assumed
            }
            // An instance has at most one user trust provider, and can have several device trust providers.
            if provider.shape.trustProviderType == .user, present.contains(where: { $0.trustProviderType == .user }) {
                throw AWSError("InvalidParameterValue", "A user trust provider is already attached to the instance.")  // assumed
            }
            stored.shape.verifiedAccessTrustProviders =
                present + [
                    VerifiedAccessTrustProviderCondensed(
                        verifiedAccessTrustProviderId: id, description: provider.shape.description,
                        trustProviderType: provider.shape.trustProviderType,
                        userTrustProviderType: provider.shape.userTrustProviderType,
                        deviceTrustProviderType: provider.shape.deviceTrustProviderType)
                ]
            return (id, try Resource.verifiedAccessInstance.change(stored, context))
        }
        return AttachVerifiedAccessTrustProviderResult(
            verifiedAccessTrustProvider: try context.shown(.verifiedAccessTrustProvider, provider),
            verifiedAccessInstance: shown)
    }

    public func detachVerifiedAccessTrustProvider(
        _ input: DetachVerifiedAccessTrustProviderRequest, _ context: Context
    ) throws -> DetachVerifiedAccessTrustProviderResult {
        var stored = try Resource.verifiedAccessInstance.get(input.verifiedAccessInstanceId, context)
        let provider = try Resource.verifiedAccessTrustProvider.get(input.verifiedAccessTrustProviderId, context)
        let id = input.verifiedAccessTrustProviderId
        let shown = try context.once(
            input, recalling: { _ in try context.shown(.verifiedAccessInstance, stored) }
        ) {
            let present = stored.shape.verifiedAccessTrustProviders ?? []
            let rest = present.filter { $0.verifiedAccessTrustProviderId != id }
            guard rest.count < present.count else {
                throw AWSError(
                    "InvalidParameterValue", "'\(id)' is not attached to instance '\(input.verifiedAccessInstanceId)'.")
            }
            stored.shape.verifiedAccessTrustProviders = rest
            return (id, try Resource.verifiedAccessInstance.change(stored, context))
        }
        return DetachVerifiedAccessTrustProviderResult(
            verifiedAccessTrustProvider: try context.shown(.verifiedAccessTrustProvider, provider),
            verifiedAccessInstance: shown)
    }
}

extension VerifiedAccessInstanceCustomSubDomain {
    /// A subdomain with generated name servers in Route 53's format.
    fileprivate init(_ domain: String, _ context: Context) throws {
        guard domain.isHostName else { throw AWSError.invalidValue(domain, for: "CidrEndpointsCustomSubDomain") }
        let ends = ["com", "net", "org", "co.uk"]
        self.init(
            subDomain: domain,
            nameservers: ends.enumerated().map { index, end in
                let number = Int(context.ids.next() % 512) + index * 512
                return "ns-\(number).awsdns-\(context.ids.next() % 64).\(end)"
            })
    }
}

extension String {
    /// Whether the text is a syntactically valid domain name.
    var isHostName: Bool {
        let labels = split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45
                    }
            }
    }
}
