import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/network-manager/latest/infrastructure-performance/what-is-infrastructure-performance.html

extension Resource where S == Subscription {
    /// A request to publish the latency between two places. Drydock stores it only, because it does not simulate CloudWatch.
    static let metricSubscription = Resource(
        ResourceKind("metric", type: "network-performance-subscription", code: "", notFound: ""),
        identity: { "\($0.source ?? "")/\($0.destination ?? "")/\($0.metric?.rawValue ?? "")/\($0.statistic?.rawValue ?? "")" },
        refers: [])
}

extension EC2Simulation {
    public func enableAwsNetworkPerformanceMetricSubscription(
        _ input: EnableAwsNetworkPerformanceMetricSubscriptionRequest, _ context: Context
    ) throws -> EnableAwsNetworkPerformanceMetricSubscriptionResult {
        let wanted = try Subscription(input.source, input.destination, input.metric, input.statistic, context)
        if try Resource.metricSubscription.find(Resource.metricSubscription.identity(wanted), context) == nil {
            try Resource.metricSubscription.insert(wanted, phase: "", context)
        }
        return EnableAwsNetworkPerformanceMetricSubscriptionResult(output: true)
    }

    public func disableAwsNetworkPerformanceMetricSubscription(
        _ input: DisableAwsNetworkPerformanceMetricSubscriptionRequest, _ context: Context
    ) throws -> DisableAwsNetworkPerformanceMetricSubscriptionResult {
        let unwanted = try Subscription(input.source, input.destination, input.metric, input.statistic, context)
        let id = Resource.metricSubscription.identity(unwanted)
        guard try Resource.metricSubscription.find(id, context) != nil else {
            throw AWSError(
                "InvalidParameter", "There is no subscription from \(input.source ?? "") to \(input.destination ?? "").")
        }
        try Resource.metricSubscription.forget(id, context)
        return DisableAwsNetworkPerformanceMetricSubscriptionResult(output: true)
    }

    public func describeAwsNetworkPerformanceMetricSubscriptions(
        _ input: DescribeAwsNetworkPerformanceMetricSubscriptionsRequest, _ context: Context
    ) throws -> DescribeAwsNetworkPerformanceMetricSubscriptionsResult {
        let page = try context.describe(.metricSubscription, input, ids: nil, named: "")
        return DescribeAwsNetworkPerformanceMetricSubscriptionsResult(
            nextToken: page.nextToken, subscriptions: page.items)
    }
}

extension Subscription {
    /// - Throws: AWS's errors for unknown places, metrics and statistics.
    fileprivate init(
        _ source: String?, _ destination: String?, _ metric: MetricType?, _ statistic: StatisticType?, _ context: Context
    ) throws {
        self.init()
        self.source = try Self.place(source, "Source", context)
        self.destination = try Self.place(destination, "Destination", context)
        self.metric = metric ?? .aggregateLatency
        self.statistic = statistic ?? .p50
        period = .fiveMinutes
        guard self.metric == .aggregateLatency else {
            throw AWSError.invalidValue(metric?.rawValue ?? "", for: "Metric")
        }
        guard self.statistic == .p50 else { throw AWSError.invalidValue(statistic?.rawValue ?? "", for: "Statistic") }
        let regions = AWSRegion.all.map(\.name)
        guard regions.contains(self.source ?? "") == regions.contains(self.destination ?? "") else {
            throw AWSError.invalidCombination("Source and Destination must both be Regions or both be Availability Zones.")
        }
    }

    /// Checks a Region's name or an Availability Zone's id.
    private static func place(_ text: String?, _ parameter: String, _ context: Context) throws -> String {
        guard let text = text.flatMap(\.orNil) else { throw AWSError.missingParameter(parameter) }
        guard AWSRegion.all.contains(where: { $0.name == text || $0.zones.contains { $0.id == text } }) else {
            throw AWSError.invalidValue(text, for: parameter)
        }
        return text
    }
}
