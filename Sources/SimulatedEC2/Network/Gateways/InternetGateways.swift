import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct InternetGatewayRecord: StoredResource {
    static let kind = ResourceKind.internetGateway
    static let columns: ColumnList = ["id", "vpc_id"]
    static let migration = Migration(
        "ec2.internet_gateway",
        """
        CREATE TABLE ec2_internet_gateway (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT,
            UNIQUE (account, region, id), UNIQUE (account, region, vpc_id),
            FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
        )
        """)

    var id: String
    /// The VPC to which it is attached.
    var vpcId: String?

    init(id: String, vpcId: String? = nil) {
        self.id = id
        self.vpcId = vpcId
    }

    init(_ row: StoredRow) throws { id = try row[0]; vpcId = try row[1] }
    var values: [(any DatabaseValueConvertible)?] { [id, vpcId] }
}

extension EC2Simulation {
    public func createInternetGateway(
        _ input: CreateInternetGatewayRequest, _ context: Context
    ) throws -> CreateInternetGatewayResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .internetGateway)
        guard try InternetGatewayRecord.count(context) < 5 else {
            throw AWSError("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")
        }
        let gateway = InternetGatewayRecord(id: context.ids.resource("igw"))
        try gateway.insert(context)
        try tags.apply(.internetGateway, to: gateway.id, context)
        return CreateInternetGatewayResult(internetGateway: gateway.shape(tags[.internetGateway], context))
    }

    public func attachInternetGateway(_ input: AttachInternetGatewayRequest, _ context: Context) throws -> EmptyShape {
        var gateway = try InternetGatewayRecord.get(input.internetGatewayId, context)
        let vpc = try VpcRecord.get(input.vpcId, context)
        if let attached = gateway.vpcId {
            throw AWSError("Resource.AlreadyAssociated", "resource \(gateway.id) is already attached to network \(attached)")
        }
        guard try !InternetGatewayRecord.exists(context, "AND vpc_id = ?", [vpc.id]) else {
            throw AWSError("InvalidParameterValue", "Network \(vpc.id) already has an internet gateway attached")
        }
        gateway.vpcId = vpc.id
        try gateway.update(context)
        return EmptyShape()
    }

    public func detachInternetGateway(_ input: DetachInternetGatewayRequest, _ context: Context) throws -> EmptyShape {
        var gateway = try InternetGatewayRecord.get(input.internetGatewayId, context)
        let vpc = try VpcRecord.get(input.vpcId, context)
        guard gateway.vpcId == vpc.id else {
            throw AWSError("Gateway.NotAttached", "resource \(gateway.id) is not attached to network \(vpc.id)")
        }
        guard try !NetworkInterfaceRecord.hasPublicAddress(inVpc: vpc.id, context) else {
            throw AWSError(
                "DependencyViolation",
                "Network \(vpc.id) has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            )
        }
        gateway.vpcId = nil
        try gateway.update(context)
        try Resource.routeTable.dissociate(gateway: gateway.id, context)
        return EmptyShape()
    }

    public func deleteInternetGateway(_ input: DeleteInternetGatewayRequest, _ context: Context) throws -> EmptyShape {
        let gateway = try InternetGatewayRecord.get(input.internetGatewayId, context)
        guard gateway.vpcId == nil else { throw ResourceKind.internetGateway.dependencyViolation(gateway.id) }
        try gateway.delete(context)
        return EmptyShape()
    }

    public func describeInternetGateways(
        _ input: DescribeInternetGatewaysRequest, _ context: Context
    ) throws -> DescribeInternetGatewaysResult {
        let paging = try Paging(input, ids: input.internetGatewayIds, named: "internetGatewayIds", context)
        let records = try InternetGatewayRecord.list(input.internetGatewayIds, context)
        let tags = try TagIndex(.internetGateway, ids: records.map(\.id), context)
        let shapes = records.map { $0.shape(tags[$0.id], context) }
        let page = try paging.page(
            InternetGatewayRecord.filters.apply(input.filters, to: shapes, context), of: .internetGateway,
            id: \.internetGatewayId)
        return DescribeInternetGatewaysResult(internetGateways: page.items, nextToken: page.nextToken)
    }
}

extension InternetGatewayRecord {
    static let filters = FilterTable<InternetGateway>(
        [
            "internet-gateway-id": { [$0.internetGatewayId] }, "owner-id": { [$0.ownerId] },
            "attachment.state": { $0.attachments?.map { $0.state?.rawValue } ?? [] },
            "attachment.vpc-id": { $0.attachments?.map(\.vpcId) ?? [] },
        ], tags: { $0.tags })

    func shape(_ tags: [Tag], _ context: Context) -> InternetGateway {
        let attachments = vpcId.map { [InternetGatewayAttachment(state: "available", vpcId: $0)] } ?? []
        return InternetGateway(attachments: attachments, internetGatewayId: id, ownerId: context.account, tags: tags)
    }
}
