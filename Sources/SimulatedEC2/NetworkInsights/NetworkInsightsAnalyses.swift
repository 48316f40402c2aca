import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/reachability/getting-started.html

extension Resource where S == NetworkInsightsAnalysis {
    static let networkInsightsAnalysis = Resource(
        ResourceKind(
            "nia", type: "network-insights-analysis", code: "InvalidNetworkInsightsAnalysisId",
            notFound: "The network insights analysis ID '%' does not exist"),
        id: \.networkInsightsAnalysisId, tags: \.tags, life: NetworkInsightsAnalysis.life,
        filters: ["path-found": { [$0.networkPathFound?.text] }])
}

extension EC2Simulation {
    public func startNetworkInsightsAnalysis(
        _ input: StartNetworkInsightsAnalysisRequest, _ context: Context
    ) throws -> StartNetworkInsightsAnalysisResult {
        if input.additionalAccounts?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "StartNetworkInsightsAnalysis through additional accounts")
        }
        let analysis = try context.create(.networkInsightsAnalysis, input) { analysis in
            let path = try Resource.networkInsightsPath.get(input.networkInsightsPathId, context).shape
            try PathSearch.check(path)
            analysis.networkInsightsAnalysisArn = Resource.networkInsightsAnalysis.kind.arn(
                analysis.networkInsightsAnalysisId ?? "", context)
            analysis.networkInsightsPathId = path.networkInsightsPathId
            analysis.filterInArns = input.filterInArns
            analysis.filterOutArns = input.filterOutArns
            analysis.startDate = context.now
        }
        return StartNetworkInsightsAnalysisResult(networkInsightsAnalysis: analysis)
    }

    public func describeNetworkInsightsAnalyses(
        _ input: DescribeNetworkInsightsAnalysesRequest, _ context: Context
    ) throws -> DescribeNetworkInsightsAnalysesResult {
        if let path = input.networkInsightsPathId { _ = try Resource.networkInsightsPath.get(path, context) }
        let paging = try Paging(
            input, ids: input.networkInsightsAnalysisIds, named: "networkInsightsAnalysisIds", context)
        let resource = Resource.networkInsightsAnalysis
        let all = try resource.list(input.networkInsightsAnalysisIds, context).filter { stored in
            guard let start = stored.shape.startDate else { return false }
            return (input.networkInsightsPathId ?? stored.shape.networkInsightsPathId) == stored.shape.networkInsightsPathId
                && input.analysisStartTime ?? start <= start && start <= input.analysisEndTime ?? start
        }
        let shown = try all.map { (number: $0.number, shape: try context.shown(resource, $0)) }
        let test = try resource.filterTable.predicate(input.filters, context)
        let page = try paging.page(shown.filter { test($0.shape) }) { .number($0.number) }
        return DescribeNetworkInsightsAnalysesResult(
            networkInsightsAnalyses: page.items.map(\.shape), nextToken: page.nextToken)
    }

    public func deleteNetworkInsightsAnalysis(
        _ input: DeleteNetworkInsightsAnalysisRequest, _ context: Context
    ) throws -> DeleteNetworkInsightsAnalysisResult {
        try context.delete(.networkInsightsAnalysis, input.networkInsightsAnalysisId)
        return DeleteNetworkInsightsAnalysisResult(networkInsightsAnalysisId: input.networkInsightsAnalysisId)
    }
}

extension NetworkInsightsAnalysis {
    /// Assumed: the duration of an analysis. It examines the network as it is at the end.
    fileprivate static let life = LifeCycle<Self>(
        show: { $0.status = AnalysisStatus(rawValue: $1) }, initial: "running", deleting: nil,
        steps: ["running": .init(after: .seconds(15), isFixed: false) { try $0.analyse($1) }], gone: [])

    /// - Returns: the final state.
    private mutating func analyse(_ context: Context) throws -> String {
        guard let path = try Resource.networkInsightsPath.find(networkInsightsPathId ?? "", context)?.shape else {
            return "failed"
        }
        guard let search = try PathSearch(path, context) else {
            statusMessage = "The source or the destination of the path does not exist."
            return "failed"
        }
        let found = try search.find()
        let arns = Set(found.forward.compactMap { $0.component?.arn })
        let misses = (filterInArns ?? []).contains { !arns.contains($0) }
        let crosses = (filterOutArns ?? []).contains { arns.contains($0) }
        networkPathFound = found.isReachable && !misses && !crosses
        guard networkPathFound == true else {
            var explanations = found.explanations
            // A reachable path that the request's ARN filters exclude counts as no path.
            if explanations.isEmpty { explanations = [Explanation(explanationCode: "NO_PATH")] }
            self.explanations = explanations
            return "succeeded"
        }
        forwardPathComponents = found.forward
        returnPathComponents = found.back
        return "succeeded"
    }
}
