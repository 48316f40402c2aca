import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html

extension Resource where S == TransitGateway {
    static let transitGateway = Resource(
        ResourceKind(
            "tgw", type: "transit-gateway", code: "InvalidTransitGatewayID",
            notFound: "Transit Gateway % was deleted or does not exist.",
            conditions: { id, _ in ["ec2:transitGatewayId": [id]] }),
        id: \.transitGatewayId, tags: \.tags,
        // AWS documents no durations. Assumed: deleted gateways are shown for an hour.
        life: LifeCycle(
            show: { $0.state = TransitGatewayState(rawValue: $1) }, initial: "pending", deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(90), isFixed: false) { _, _ in "available" },
                "modifying": .init(after: .seconds(30), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .seconds(60), isFixed: false) { gateway, context in
                    try Resource<TransitGatewayRouteTable>.forgetTables(of: gateway.transitGatewayId ?? "", context)
                    return "deleted"
                },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"])
    ).owned(by: \.ownerId)
}

extension Resource {
    /// Returns a resource that accepts attachments, members and changes.
    /// - Throws: the kind's errors for ids; `IncorrectState` if it is not available.
    func usable(_ id: String, _ context: Context) throws -> Stored<S> {
        let stored = try present(id, context)
        guard stored.phase == "available" else { throw AWSError("IncorrectState", "\(id) is in invalid state") }
        return stored
    }

    /// Creates a resource without a create request of its own.
    @discardableResult
    func place(_ shape: S, phase: String? = nil, _ context: Context) throws -> Stored<S> {
        var shape = shape
        let first = phase ?? life.initial
        life.show(&shape, first)
        let stored = try insert(shape, phase: first, context)
        if let due = life.due(first, of: shape, since: context.now, context) {
            try Due.set(kind.type, identity(shape), at: due, context)
        }
        return stored
    }
}

extension EC2Simulation {
    public func createTransitGateway(
        _ input: CreateTransitGatewayRequest, _ context: Context
    ) throws -> CreateTransitGatewayResult {
        let options = try TransitGatewayOptions(input.options)
        // AWS's default quota; its error is assumed.
        guard try Resource.transitGateway.all(context).count(where: { $0.phase != "deleted" }) < 5 else {
            throw AWSError("TransitGatewayLimitExceeded", "The maximum number of transit gateways has been reached.")
        }
        let gateway = try context.create(.transitGateway, input) { gateway in
            let id = gateway.transitGatewayId ?? ""
            gateway.transitGatewayArn = Resource.transitGateway.kind.arn(id, context)
            gateway.creationTime = context.now.wholeSecond
            gateway.description = input.description
            var options = options
            let associates = options.defaultRouteTableAssociation == .enable
            let propagates = options.defaultRouteTablePropagation == .enable
            if associates || propagates {
                let table = context.ids.resource("tgw-rtb")
                try Resource.transitGatewayRouteTable.place(
                    TransitGatewayRouteTable(
                        transitGatewayRouteTableId: table, transitGatewayId: id, defaultAssociationRouteTable: associates,
                        defaultPropagationRouteTable: propagates, creationTime: context.now.wholeSecond), context)
                if associates { options.associationDefaultRouteTableId = table }
                if propagates { options.propagationDefaultRouteTableId = table }
            }
            gateway.options = options
        }
        return CreateTransitGatewayResult(transitGateway: gateway)
    }

    public func modifyTransitGateway(
        _ input: ModifyTransitGatewayRequest, _ context: Context
    ) throws -> ModifyTransitGatewayResult {
        let id = input.transitGatewayId
        var gateway = try Resource.transitGateway.usable(id, context)
        var options = gateway.shape.options ?? TransitGatewayOptions()
        if let given = input.options { try options.change(given, of: id, context) }
        if let description = input.description { gateway.shape.description = description }
        gateway.shape.options = options
        try Resource<TransitGatewayRouteTable>.mark(
            of: id, association: options.associationDefaultRouteTableId, propagation: options.propagationDefaultRouteTableId,
            context)
        try Resource.transitGateway.move(&gateway, to: "modifying", at: context.now, context)
        return ModifyTransitGatewayResult(transitGateway: try context.shown(.transitGateway, gateway))
    }

    public func deleteTransitGateway(
        _ input: DeleteTransitGatewayRequest, _ context: Context
    ) throws -> DeleteTransitGatewayResult {
        let id = input.transitGatewayId
        _ = try Resource.transitGateway.present(id, context)
        let attachments = try Resource.transitGatewayAttachment.ofGateway(id, context)
        guard attachments.isEmpty else {
            let ids = attachments.compactMap(\.shape.transitGatewayAttachmentId).joined(separator: ", ")
            throw AWSError("IncorrectState", "\(id) has non-deleted Transit Gateway Attachments: \(ids).")
        }
        // Assumed: AWS uses the same message for multicast domains and policy tables.
        for (type, text) in [
            ("transit-gateway-multicast-domain", "Multicast Domains"), ("transit-gateway-policy-table", "Policy Tables"),
        ] {
            guard let kind = ResourceKind.named(type) else { continue }
            let parts = try Relations.referrers(to: id, kind: kind, role: "transit-gateway", context)
            guard parts.isEmpty else {
                throw AWSError(
                    "IncorrectState",
                    "\(id) has non-deleted Transit Gateway \(text): \(parts.joined(separator: ", ")).")
            }
        }
        return DeleteTransitGatewayResult(transitGateway: try context.delete(.transitGateway, id))
    }

    public func describeTransitGateways(
        _ input: DescribeTransitGatewaysRequest, _ context: Context
    ) throws -> DescribeTransitGatewaysResult {
        let page = try context.describe(.transitGateway, input, ids: input.transitGatewayIds, named: "transitGatewayIds")
        return DescribeTransitGatewaysResult(transitGateways: page.items, nextToken: page.nextToken)
    }
}

// MARK: Options

extension TransitGatewayOptions {
    fileprivate init(_ given: TransitGatewayRequestOptions?) throws {
        let asn = given?.amazonSideAsn ?? 64512
        try Self.check(asn: asn)
        let blocks = try Self.checked(blocks: given?.transitGatewayCidrBlocks ?? [])
        self.init(
            amazonSideAsn: asn, transitGatewayCidrBlocks: blocks.isEmpty ? nil : blocks,
            autoAcceptSharedAttachments: given?.autoAcceptSharedAttachments ?? .disable,
            defaultRouteTableAssociation: given?.defaultRouteTableAssociation ?? .enable,
            defaultRouteTablePropagation: given?.defaultRouteTablePropagation ?? .enable,
            vpnEcmpSupport: given?.vpnEcmpSupport ?? .enable, dnsSupport: given?.dnsSupport ?? .enable,
            securityGroupReferencingSupport: given?.securityGroupReferencingSupport ?? .disable,
            multicastSupport: given?.multicastSupport ?? .disable)
    }

    private static func check(asn: Int) throws {
        guard (64512...65534).contains(asn) || (4_200_000_000...4_294_967_294).contains(asn) else {
            throw AWSError.invalidValue(
                "\(asn)", for: "amazonSideAsn", "It must be in the range 64512-65534 or 4200000000-4294967294.")
        }
    }

    /// Checks the blocks: /24 or larger for IPv4, /64 or larger for IPv6.
    private static func checked(blocks: [String]) throws -> [String] {
        guard blocks.count <= 5 else {
            throw AWSError("InvalidParameterValue", "A transit gateway can have up to 5 CIDR blocks.")
        }
        return try blocks.map { text in
            let linkLocal = IPv4Block(base: 169 << 24 | 254 << 16, prefix: 16)
            if let block = IPv4Block(text), block.prefix <= 24, !linkLocal.overlaps(block) { return block.description }
            if let block = IPv6Block(text), block.prefix <= 64 { return block.description }
            throw AWSError.invalidValue(text, for: "transitGatewayCidrBlocks", "This is not a valid CIDR block.")
        }
    }

    fileprivate mutating func change(_ given: ModifyTransitGatewayOptions, of id: String, _ context: Context) throws {
        if given.encryptionSupport == .enable {
            throw AWSError.notSimulated("ec2", "ModifyTransitGateway with encryption support")
        }
        if let asn = given.amazonSideAsn, asn != amazonSideAsn {
            try Self.check(asn: asn)
            guard try Resource.transitGatewayAttachment.ofGateway(id, context).isEmpty else {
                throw AWSError("IncorrectState", "The ASN of \(id) cannot be changed while it has attachments.")
            }
            amazonSideAsn = asn
        }
        let removed = Set(given.removeTransitGatewayCidrBlocks ?? [])
        let kept = (transitGatewayCidrBlocks ?? []).filter { !removed.contains($0) }
        let added = try Self.checked(blocks: given.addTransitGatewayCidrBlocks ?? []).filter { !kept.contains($0) }
        let blocks = try Self.checked(blocks: kept + added)
        transitGatewayCidrBlocks = blocks.isEmpty ? nil : blocks
        autoAcceptSharedAttachments = given.autoAcceptSharedAttachments ?? autoAcceptSharedAttachments
        vpnEcmpSupport = given.vpnEcmpSupport ?? vpnEcmpSupport
        dnsSupport = given.dnsSupport ?? dnsSupport
        securityGroupReferencingSupport = given.securityGroupReferencingSupport ?? securityGroupReferencingSupport
        func table(_ id: String?, _ isOn: Bool, _ current: String?) throws -> String? {
            guard isOn else { return nil }
            guard let id else { return current }
            return try Resource.transitGatewayRouteTable.present(id, context).shape.transitGatewayRouteTableId
        }
        defaultRouteTableAssociation = given.defaultRouteTableAssociation ?? defaultRouteTableAssociation
        defaultRouteTablePropagation = given.defaultRouteTablePropagation ?? defaultRouteTablePropagation
        associationDefaultRouteTableId = try table(
            given.associationDefaultRouteTableId, defaultRouteTableAssociation == .enable, associationDefaultRouteTableId)
        propagationDefaultRouteTableId = try table(
            given.propagationDefaultRouteTableId, defaultRouteTablePropagation == .enable, propagationDefaultRouteTableId)
        // Assumed: enabling an option that was disabled needs a table.
        if defaultRouteTableAssociation == .enable, associationDefaultRouteTableId == nil {
            throw AWSError.missingParameter("associationDefaultRouteTableId")
        }
        if defaultRouteTablePropagation == .enable, propagationDefaultRouteTableId == nil {
            throw AWSError.missingParameter("propagationDefaultRouteTableId")
        }
    }
}
