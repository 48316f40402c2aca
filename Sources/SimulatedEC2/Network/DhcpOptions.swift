import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html

extension Resource where S == DhcpOptions {
    static let dhcpOptions = Resource(
        ResourceKind(
            "dopt", type: "dhcp-options", code: "InvalidDhcpOptionID", notFound: "The dhcpOption ID '%' does not exist",
            malformed: "InvalidDhcpOptionsId.Malformed",
            dependency: "The dhcpOptions '%' has dependencies and cannot be deleted."),
        id: \.dhcpOptionsId, tags: \.tags,
        filters: [
            "key": { $0.dhcpConfigurations?.map(\.key) ?? [] },
            "value": { $0.dhcpConfigurations?.flatMap { $0.values?.map(\.value) ?? [] } ?? [] },
        ]
    ).owned(by: \.ownerId)

    /// Returns the id of the options that every new VPC uses: Amazon's own, created with the account. If the account deleted
    /// them, creates them again (assumed).
    func standard(_ context: Context) throws -> String {
        let own = DhcpOptions.amazonProvided(context)
        if let found = try all(context).first(where: { $0.shape.says(the: own) })?.shape.dhcpOptionsId { return found }
        return try createStandard(context)
    }

    @discardableResult
    func createStandard(_ context: Context) throws -> String {
        var options = DhcpOptions.amazonProvided(context)
        let id = context.ids.resource(kind.prefix)
        options.dhcpOptionsId = id
        try insert(options, phase: life.initial, context)
        return id
    }
}

extension DhcpOptions {
    fileprivate static func amazonProvided(_ context: Context) -> DhcpOptions {
        DhcpOptions(
            ownerId: context.account,
            dhcpConfigurations: [
                DhcpConfiguration("domain-name", [HostNames.privateDomain(context.region)]),
                DhcpConfiguration("domain-name-servers", ["AmazonProvidedDNS"]),
            ])
    }

    fileprivate func says(the same: DhcpOptions) -> Bool { texts == same.texts }
    private var texts: [String: [String?]] {
        Dictionary(
            (dhcpConfigurations ?? []).map { ($0.key ?? "", $0.values?.map(\.value) ?? []) }, uniquingKeysWith: { $1 })
    }
}

extension DhcpConfiguration {
    fileprivate init(_ key: String, _ values: [String]) {
        self.init(key: key, values: values.map { AttributeValue(value: $0) })
    }

    /// Reads one option of the request.
    /// - Throws: AWS's errors for unknown options and invalid values.
    fileprivate init(_ given: NewDhcpConfiguration) throws {
        guard let key = given.key.flatMap(\.orNil) else { throw AWSError.missingParameter("dhcpConfiguration.key") }
        // One value may list several servers, separated by commas.
        let values = (given.values ?? []).flatMap { value in
            key == "domain-name" ? [value] : value.split(separator: ",").map { $0.trimming(" ") }
        }
        guard !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else {
            throw AWSError.missingParameter("dhcpConfiguration.value")
        }
        try Self.check(key, values)
        self.init(key, values)
    }

    private static func check(_ key: String, _ values: [String]) throws {
        func demand(_ count: Int, where isGood: (String) -> Bool) throws {
            if let wrong = values.first(where: { !isGood($0) }) { throw invalid(wrong) }
            guard values.count <= count else {
                throw AWSError("InvalidParameterValue", "You may specify at most \(count) values for the DHCP option \(key).")
            }
        }
        switch key {
        case "domain-name": try demand(1) { $0.utf8.count <= 255 }
        case "domain-name-servers":
            if values == ["AmazonProvidedDNS"] { return }
            try demand(4) { IPv4Block.address($0) != nil || IPv6Block.address($0) != nil }
        case "ntp-servers":
            try demand(8) { IPv4Block.address($0) != nil || IPv6Block.address($0) != nil }
            let newer = values.count { $0.contains(":") }
            guard newer <= 4, values.count - newer <= 4 else {
                throw AWSError(
                    "InvalidParameterValue", "You may specify at most 4 IPv4 and 4 IPv6 addresses for the DHCP option \(key).")
            }
        case "netbios-name-servers": try demand(4) { IPv4Block.address($0) != nil }
        case "netbios-node-type": try demand(1) { ["1", "2", "4", "8"].contains($0) }
        case "ipv6-address-preferred-lease-time":
            try demand(1) { value in seconds(value).map { (140...2_147_483_647).contains($0) } ?? false }
        default:
            throw AWSError.invalidValue(key, for: "key", "Unknown DHCP option.")
        }

        func invalid(_ value: String) -> AWSError {
            .invalidValue(value, for: "value", "It is not valid for the DHCP option \(key).")
        }
    }

    /// Reads a time in seconds, minutes, hours, days or years: `600`, `10m`.
    private static func seconds(_ text: String) -> Int? {
        let units = ["s": 1, "m": 60, "h": 3600, "d": 86400, "y": 31_536_000]
        guard let last = text.last else { return nil }
        guard let unit = units[String(last)] else { return Int(text) }
        return Int(text.dropLast()).flatMap { number in
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit)
            return isTooLarge ? nil : product
        }
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> String {
        var rest = self
        while rest.first == character { rest.removeFirst() }
        while rest.last == character { rest.removeLast() }
        return String(rest)
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createDhcpOptions(_ input: CreateDhcpOptionsRequest, _ context: Context) throws -> CreateDhcpOptionsResult {
        guard !input.dhcpConfigurations.isEmpty else { throw AWSError.missingParameter("dhcpConfiguration") }
        let configurations = try input.dhcpConfigurations.map { try DhcpConfiguration($0) }
        var seen: Set<String> = []
        for key in configurations.compactMap(\.key) where !seen.insert(key).inserted {
            throw AWSError("InvalidParameterValue", "Duplicate DHCP option '\(key)' specified.")
        }
        let options = try context.create(.dhcpOptions, input) { $0.dhcpConfigurations = configurations }
        return CreateDhcpOptionsResult(dhcpOptions: options)
    }

    public func deleteDhcpOptions(_ input: DeleteDhcpOptionsRequest, _ context: Context) throws -> EmptyShape {
        try context.delete(.dhcpOptions, input.dhcpOptionsId)
        return EmptyShape()
    }

    public func associateDhcpOptions(_ input: AssociateDhcpOptionsRequest, _ context: Context) throws -> EmptyShape {
        // `default` leaves the VPC without DHCP options.
        if input.dhcpOptionsId != "default" { try Resource.dhcpOptions.kind.require(input.dhcpOptionsId, context) }
        var vpc = try VpcRecord.get(input.vpcId, context)
        vpc.dhcpOptionsId = input.dhcpOptionsId
        try vpc.update(context)
        return EmptyShape()
    }

    public func describeDhcpOptions(_ input: DescribeDhcpOptionsRequest, _ context: Context) throws -> DescribeDhcpOptionsResult
    {
        let page = try context.describe(.dhcpOptions, input, ids: input.dhcpOptionsIds, named: "dhcpOptionsIds")
        return DescribeDhcpOptionsResult(nextToken: page.nextToken, dhcpOptions: page.items)
    }
}

// MARK: Earlier states

extension Resource where S == DhcpOptions {
    /// Earlier versions stored DHCP options in their own table, not as documents.
    static let migration = Migration(
        "ec2.dhcp-options-as-documents",
        """
        INSERT INTO resource (account, region, kind, id, phase, document)
        SELECT account, region, 'dhcp-options', id, '', json_object(
            'OwnerId', account, 'DhcpOptionsId', id, 'DhcpConfigurations', json_array(
                json_object('Key', 'domain-name', 'Values', json_array(json_object('Value', domain_name))),
                json_object('Key', 'domain-name-servers', 'Values', json_array(json_object('Value', domain_name_servers)))))
        FROM ec2_dhcp_options ORDER BY number;
        DROP TABLE ec2_dhcp_options
        """)

    /// Creates that earlier table.
    static let earlierMigration = Migration(
        "ec2.dhcp_options",
        """
        CREATE TABLE ec2_dhcp_options (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, domain_name TEXT NOT NULL,
            domain_name_servers TEXT NOT NULL, UNIQUE (account, region, id)
        )
        """)
}
