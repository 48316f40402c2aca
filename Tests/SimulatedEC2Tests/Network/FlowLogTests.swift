import DrydockTesting
import Testing

@Suite(.simulator) struct FlowLogs {
    private let aws = AWS.current

    private func create(
        _ ids: [String], _ type: FlowLogsResourceType = "VPC", _ change: (inout CreateFlowLogsRequest) -> Void = { _ in }
    ) async throws -> CreateFlowLogsResult {
        var request = CreateFlowLogsRequest(resourceIds: ids, resourceType: type)
        request.trafficType = "ALL"
        request.logDestinationType = "s3"
        request.logDestination = "arn:aws:s3:::my-flow-logs/vpc/"
        change(&request)
        return try await aws.ec2.createFlowLogs(request)
    }

    private func logs() async throws -> [FlowLog] { try await aws.ec2.describeFlowLogs(.init()).flowLogs ?? [] }

    @Test func vpcFlowLogToS3IsCreatedAndDeleted() async throws {
        let vpc = try await aws.vpc()
        let made = try await create([vpc]) {
            $0.tagSpecifications = [.init(resourceType: "vpc-flow-log", tags: [Tag(key: "Name", value: "a")])]
        }
        #expect(made.unsuccessful?.isEmpty == true && made.flowLogIds?.first?.hasPrefix("fl-0") == true)
        let log = try #require(try await logs().first)
        #expect(log.flowLogStatus == "ACTIVE" && log.resourceId == vpc && log.trafficType == .all)
        #expect(log.maxAggregationInterval == 600 && log.logDestination == "arn:aws:s3:::my-flow-logs/vpc/")
        #expect(log.logFormat?.hasPrefix("${version} ${account-id} ${interface-id} ${srcaddr}") == true)
        #expect(log.tags?.map(\.value) == ["a"] && log.logGroupName == nil && log.destinationOptions == nil)
        let again = try await create([vpc])
        #expect(again.flowLogIds?.isEmpty == true && again.unsuccessful?.first?.resourceId == vpc)
        #expect(again.unsuccessful?.first?.error?.code == "FlowLogAlreadyExists")
        try await aws.ec2.deleteFlowLogs(.init(flowLogIds: made.flowLogIds ?? []))
        #expect(try await logs().isEmpty)
        let id = made.flowLogIds?.first ?? ""
        await refused(
            "InvalidFlowLogId.NotFound",
            "These flow log ids in the input list are not found: [TotalCount: 1] \(id)"
        ) { try await aws.ec2.deleteFlowLogs(.init(flowLogIds: [id])) }
    }

    @Test func subnetFlowLogToCloudWatchIsDescribed() async throws {
        let subnet = try #require(try await aws.ec2.describeSubnets().subnets?.first?.subnetId)
        _ = try await create([subnet], "Subnet") {
            $0.logDestinationType = nil
            $0.logDestination = nil
            $0.logGroupName = "/vpc/flows"
            $0.deliverLogsPermissionArn = "arn:aws:iam::123456789012:role/flows"
            $0.logFormat = "${version} ${vpc-id} ${flow-direction}"
            $0.maxAggregationInterval = 60
        }
        let log = try #require(try await logs().first)
        #expect(log.logDestinationType?.rawValue == "cloud-watch-logs" && log.logGroupName == "/vpc/flows")
        #expect(log.maxAggregationInterval == 60 && log.logFormat == "${version} ${vpc-id} ${flow-direction}")
        for (name, value) in [
            ("log-group-name", "/vpc/flows"), ("resource-id", subnet), ("traffic-type", "ALL"),
            ("deliver-log-status", "SUCCESS"),
        ] {
            let found = try await aws.ec2.describeFlowLogs(.init(filter: [Filter(name: name, values: [value])]))
            #expect(found.flowLogs?.count == 1, "\(name)")
            let none = try await aws.ec2.describeFlowLogs(.init(filter: [Filter(name: name, values: ["other"])]))
            #expect(none.flowLogs?.isEmpty == true, "\(name)")
        }
    }

    @Test func deleteVpcDeletesItsFlowLogs() async throws {
        let vpc = try await aws.vpc()
        _ = try await create([vpc])
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        #expect(try await logs().isEmpty)
    }

    @Test func createFlowLogsReportsFailuresPerResource() async throws {
        let vpc = try await aws.vpc()
        let answer = try await create([vpc, "vpc-0123456789abcdef0"])
        #expect(answer.flowLogIds?.count == 1)
        #expect(answer.unsuccessful?.map(\.error?.code) == ["InvalidVpcID.NotFound"])
        #expect(answer.unsuccessful?.map(\.resourceId) == ["vpc-0123456789abcdef0"])
    }

    @Test func createFlowLogsIsIdempotentByClientToken() async throws {
        let vpc = try await aws.vpc()
        let first = try await create([vpc]) { $0.clientToken = "t" }
        #expect(try await create([vpc]) { $0.clientToken = "t" }.flowLogIds == first.flowLogIds)
    }

    @Test func invalidFlowLogRequestsAreRejected() async throws {
        let vpc = try await aws.vpc()
        func refuse(_ code: String, _ change: @Sendable (inout CreateFlowLogsRequest) -> Void) async {
            await refused(code) { try await create([vpc], "VPC", change) }
        }
        await refuse("InvalidParameter") { $0.maxAggregationInterval = 100 }
        await refuse("MissingParameter") { $0.trafficType = nil }
        await refuse("InvalidParameter") { $0.logDestination = nil }
        await refuse("InvalidParameter") { $0.logDestination = "my-flow-logs" }
        await refuse("InvalidParameter") { $0.logDestination = "arn:aws:logs:us-east-1:123456789012:log-group:a" }
        await refuse("InvalidParameter") { $0.logGroupName = "a" }
        await refuse("InvalidParameter") { $0.logFormat = "${version} ${colour}" }
        await refuse("InvalidParameter") {
            $0.logDestinationType = nil
            $0.logDestination = nil
            $0.logGroupName = "a"
        }
        await refuse("InvalidVpcID.Malformed") { $0.resourceIds = ["vpc"] }
        await refuse("NotSimulated") { $0.resourceType = "TransitGateway" }
        #expect(try await logs().isEmpty)
    }
}
