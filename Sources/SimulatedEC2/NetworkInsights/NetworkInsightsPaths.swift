import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html

extension Resource where S == NetworkInsightsPath {
    static let networkInsightsPath = Resource(
        ResourceKind(
            "nip", type: "network-insights-path", code: "InvalidNetworkInsightsPathId",
            notFound: "The network insights path ID '%' does not exist"),
        id: \.networkInsightsPathId, tags: \.tags,
        filters: [
            "filter-at-source.source-port-range": { [$0.filterAtSource?.sourcePortRange?.text] },
            "filter-at-source.destination-port-range": { [$0.filterAtSource?.destinationPortRange?.text] },
            "filter-at-destination.source-port-range": { [$0.filterAtDestination?.sourcePortRange?.text] },
            "filter-at-destination.destination-port-range": { [$0.filterAtDestination?.destinationPortRange?.text] },
        ])
}

extension EC2Simulation {
    public func createNetworkInsightsPath(
        _ input: CreateNetworkInsightsPathRequest, _ context: Context
    ) throws -> CreateNetworkInsightsPathResult {
        let path = try context.create(.networkInsightsPath, input) { path in
            // https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-limits.html
            guard try ResourceRow.count(Resource.networkInsightsPath.kind, context) < 100 else {
                throw AWSError("ResourceLimitExceeded", "The maximum number of network insights paths (100) has been reached.")
            }
            try path.fill(input, context)
        }
        return CreateNetworkInsightsPathResult(networkInsightsPath: path)
    }

    public func describeNetworkInsightsPaths(
        _ input: DescribeNetworkInsightsPathsRequest, _ context: Context
    ) throws -> DescribeNetworkInsightsPathsResult {
        let page = try context.describe(
            .networkInsightsPath, input, ids: input.networkInsightsPathIds, named: "networkInsightsPathIds")
        return DescribeNetworkInsightsPathsResult(networkInsightsPaths: page.items, nextToken: page.nextToken)
    }

    public func deleteNetworkInsightsPath(
        _ input: DeleteNetworkInsightsPathRequest, _ context: Context
    ) throws -> DeleteNetworkInsightsPathResult {
        let path = try Resource.networkInsightsPath.get(input.networkInsightsPathId, context).shape
        let analyses = try Resource.networkInsightsAnalysis.all(context).filter {
            $0.shape.networkInsightsPathId == path.networkInsightsPathId
        }
        // Terraform's provider waits for this error code. Assumed: the message.
        guard analyses.isEmpty else {
            throw AWSError(
                "AnalysisExistsForNetworkInsightsPath",
                "The network insights path '\(input.networkInsightsPathId)' has analyses and cannot be deleted.")
        }
        try context.delete(.networkInsightsPath, input.networkInsightsPathId)
        return DeleteNetworkInsightsPathResult(networkInsightsPathId: input.networkInsightsPathId)
    }
}

extension NetworkInsightsPath {
    /// The resource types that can be a path's source or destination.
    private static let ends: Set<String> = [
        "instance", "internet-gateway", "network-interface", "transit-gateway", "transit-gateway-attachment", "vpc-endpoint",
        "vpc-endpoint-service", "vpc-peering-connection", "vpn-gateway",
    ]

    fileprivate mutating func fill(_ input: CreateNetworkInsightsPathRequest, _ context: Context) throws {
        guard input.destination?.orNil != nil || input.destinationIp != nil || input.filterAtSource?.destinationAddress != nil
        else { throw AWSError.missingParameter("Destination") }
        if input.filterAtSource != nil, input.sourceIp != nil || input.destinationPort != nil {
            throw AWSError.invalidCombination(
                "The parameter FilterAtSource cannot be used with the parameters SourceIp and DestinationPort.")
        }
        if input.filterAtDestination != nil, input.destinationIp != nil {
            throw AWSError.invalidCombination(
                "The parameter FilterAtDestination cannot be used with the parameter DestinationIp.")
        }
        for (name, address) in [
            ("SourceIp", input.sourceIp), ("DestinationIp", input.destinationIp),
            ("FilterAtSource.SourceAddress", input.filterAtSource?.sourceAddress),
            ("FilterAtSource.DestinationAddress", input.filterAtSource?.destinationAddress),
            ("FilterAtDestination.SourceAddress", input.filterAtDestination?.sourceAddress),
            ("FilterAtDestination.DestinationAddress", input.filterAtDestination?.destinationAddress),
        ] {
            guard let address, IPv4Block(address) == nil, IPv4Block.address(address) == nil else { continue }
            throw AWSError.invalidValue(address, for: name)
        }
        let source = try Self.end(input.source, "Source", context)
        let destination = try input.destination?.orNil.map { try Self.end($0, "Destination", context) }
        networkInsightsPathArn = Resource.networkInsightsPath.kind.arn(networkInsightsPathId ?? "", context)
        createdDate = context.now
        self.source = source.id
        sourceArn = source.arn
        self.destination = destination?.id
        destinationArn = destination?.arn
        sourceIp = input.sourceIp
        destinationIp = input.destinationIp
        self.protocol = input.protocol
        destinationPort = input.destinationPort
        filterAtSource = input.filterAtSource.map { PathFilter($0) }
        filterAtDestination = input.filterAtDestination.map { PathFilter($0) }
    }

    /// - Throws: the kind's errors for unknown ids, and AWS's for types that a path cannot have. Assumed: its error code.
    private static func end(_ text: String, _ parameter: String, _ context: Context) throws -> (id: String, arn: String) {
        var id = text
        if text.hasPrefix("arn:") {
            let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard parts.count == 6, parts[2] == "ec2" else { throw AWSError.invalidValue(text, for: parameter) }
            guard parts[3] == context.region, parts[4] == context.account else {
                throw AWSError.notSimulated("ec2", "CreateNetworkInsightsPath to another account or region")
            }
            id = parts[5].split(separator: "/").last.map(String.init) ?? ""
        }
        guard let kind = ResourceKind.of(id), ends.contains(kind.type) else {
            throw AWSError.invalidValue(text, for: parameter)
        }
        try kind.require(id, context)
        return (id, kind.arn(id, context))
    }

    /// The requested ports; nil for any.
    var ports: ClosedRange<Int>? {
        if let destinationPort { return destinationPort...destinationPort }
        let range = filterAtSource?.destinationPortRange ?? filterAtDestination?.destinationPortRange
        guard let from = range?.fromPort, let to = range?.toPort, from <= to else { return nil }
        return from...to
    }

    var sourceAddress: String? {
        sourceIp ?? filterAtSource?.sourceAddress ?? filterAtDestination?.sourceAddress
    }
    var destinationAddress: String? {
        destinationIp ?? filterAtDestination?.destinationAddress ?? filterAtSource?.destinationAddress
    }
}

extension FilterPortRange {
    fileprivate init(_ range: RequestFilterPortRange) {
        self.init(fromPort: range.fromPort, toPort: range.toPort)
    }

    fileprivate var text: String? {
        guard let fromPort, let toPort else { return nil }
        return "\(fromPort)-\(toPort)"
    }
}

extension PathFilter {
    fileprivate init(_ filter: PathRequestFilter) {
        self.init(
            sourceAddress: filter.sourceAddress, sourcePortRange: filter.sourcePortRange.map { FilterPortRange($0) },
            destinationAddress: filter.destinationAddress,
            destinationPortRange: filter.destinationPortRange.map { FilterPortRange($0) })
    }
}
