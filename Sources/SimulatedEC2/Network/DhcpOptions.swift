import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct DhcpOptionsRecord: StoredResource {
    static let kind = ResourceKind.dhcpOptions
    static let columns: ColumnList = ["id", "domain_name", "domain_name_servers"]
    static let migration = Migration(
        "ec2.dhcp_options",
        """
        CREATE TABLE ec2_dhcp_options (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, domain_name TEXT NOT NULL,
            domain_name_servers TEXT NOT NULL, UNIQUE (account, region, id)
        )
        """)

    var id, domainName, domainNameServers: String

    init(_ row: StoredRow) throws { id = try row[0]; domainName = try row[1]; domainNameServers = try row[2] }
    var values: [(any DatabaseValueConvertible)?] { [id, domainName, domainNameServers] }

    private init(id: String, domainName: String, domainNameServers: String) {
        self.id = id
        self.domainName = domainName
        self.domainNameServers = domainNameServers
    }

    static func amazonProvided(_ context: Context) -> DhcpOptionsRecord {
        DhcpOptionsRecord(
            id: context.ids.resource("dopt"), domainName: HostNames.privateDomain(context.region),
            domainNameServers: "AmazonProvidedDNS")
    }

    /// The options of every new VPC: the first ones that the account had.
    static func standard(_ context: Context) throws -> DhcpOptionsRecord {
        if let first = try first(context, "") { return first }
        let made = amazonProvided(context)
        try made.insert(context)
        return made
    }
}

extension EC2Simulation {
    public func describeDhcpOptions(_ input: DescribeDhcpOptionsRequest, _ context: Context) throws -> DescribeDhcpOptionsResult
    {
        let paging = try Paging(input, ids: input.dhcpOptionsIds, named: "dhcpOptionsIds", context)
        let records = try DhcpOptionsRecord.list(input.dhcpOptionsIds, context)
        let tags = try TagIndex(.dhcpOptions, ids: records.map(\.id), context)
        let shapes = records.map { $0.shape(tags[$0.id], context) }
        let page = try paging.page(
            DhcpOptionsRecord.filters.apply(input.filters, to: shapes, context), of: .dhcpOptions, id: \.dhcpOptionsId)
        return DescribeDhcpOptionsResult(nextToken: page.nextToken, dhcpOptions: page.items)
    }
}

extension DhcpOptionsRecord {
    static let filters = FilterTable<DhcpOptions>(
        [
            "dhcp-options-id": { [$0.dhcpOptionsId] }, "owner-id": { [$0.ownerId] },
            "key": { $0.dhcpConfigurations?.map(\.key) ?? [] },
            "value": { $0.dhcpConfigurations?.flatMap { $0.values?.map(\.value) ?? [] } ?? [] },
        ], tags: { $0.tags })

    func shape(_ tags: [Tag], _ context: Context) -> DhcpOptions {
        DhcpOptions(
            ownerId: context.account, tags: tags, dhcpOptionsId: id,
            dhcpConfigurations: [
                DhcpConfiguration(key: "domain-name", values: [AttributeValue(value: domainName)]),
                DhcpConfiguration(
                    key: "domain-name-servers",
                    values: domainNameServers.split(separator: ",").map { AttributeValue(value: String($0)) }),
            ])
    }
}
