import DrydockTesting
import GRDB
import Testing

@testable import SimulatedEC2

/// Request processing that is the same for every operation.
@Suite(.simulator) struct RequestProcessing {
    private let aws = AWS.current

    // MARK: Dry runs

    @Test func dryRunReportsOperationErrors() async throws {
        await refused("InvalidParameterValue") { try await aws.ec2.createVpc(.init(cidrBlock: "nonsense", dryRun: true)) }
        await refused("InvalidVpcID.NotFound") {
            try await aws.ec2.deleteVpc(.init(vpcId: "vpc-0123456789abcdef0", dryRun: true))
        }
        await refused("InvalidInstanceID.NotFound") {
            try await aws.ec2.rebootInstances(.init(instanceIds: ["i-0123456789abcdef0"], dryRun: true))
        }
    }

    @Test func dryRunChangesNothing() async throws {
        let before = try await aws.ec2.describeVpcs().vpcs?.count
        await refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status: 412) {
            try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16", dryRun: true))
        }
        #expect(try await aws.ec2.describeVpcs().vpcs?.count == before)
        let vpc = try await aws.vpc()
        await refused("DryRunOperation") { try await aws.ec2.deleteVpc(.init(vpcId: vpc, dryRun: true)) }
        _ = try await aws.ec2.describeVpcs(.init(vpcIds: [vpc]))
    }

    /// A dry run does not use up its client token.
    @Test func dryRunDoesNotUseClientToken() async throws {
        var launch = RunInstancesRequest(imageId: try await aws.ubuntu(), maxCount: 1, minCount: 1)
        launch.instanceType = "t3.micro"
        launch.clientToken = "once"
        launch.dryRun = true
        await refused("DryRunOperation") { try await aws.ec2.runInstances(launch) }
        launch.dryRun = false
        let id = try await aws.ec2.runInstances(launch).instances?.first?.instanceId
        launch.dryRun = true
        await refused("DryRunOperation") { try await aws.ec2.runInstances(launch) }
        launch.dryRun = nil
        #expect(try await aws.ec2.runInstances(launch).instances?.first?.instanceId == id)
    }

    /// https://github.com/systeminit/si/pull/1862
    @Test func authorizeIngressDryRunAcceptsMissingParameters() async throws {
        await refused("DryRunOperation") { try await aws.ec2.authorizeSecurityGroupIngress(.init(dryRun: true)) }
        await refused("InvalidGroup.NotFound") {
            try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: "sg-0123456789abcdef0", dryRun: true))
        }
        await refused("InvalidGroupId.Malformed") {
            try await aws.ec2.authorizeSecurityGroupEgress(.init(dryRun: true, groupId: "web"))
        }
    }

    // MARK: Pages

    /// Reads twelve subnets in pages of five and deletes one of each page read. Every other subnet is listed exactly once.
    @Test func deletionsBetweenPagesSkipNoResource() async throws {
        let vpc = try await aws.vpc()
        for index in 0..<12 {
            _ = try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.\(index).0/24", vpcId: vpc))
        }
        let filters = [Filter(name: "vpc-id", values: [vpc])]
        var seen: [String] = [], token: String?
        repeat {
            let page = try await aws.ec2.describeSubnets(.init(filters: filters, nextToken: token, maxResults: 5))
            let ids = page.subnets?.compactMap(\.subnetId) ?? []
            seen += ids
            for id in [ids.first, ids.last] { try await aws.ec2.deleteSubnet(.init(subnetId: id ?? "")) }
            token = page.nextToken
        } while token != nil
        #expect(seen.count == 12 && Set(seen).count == 12)
    }

    /// The first request has no parameters, the second only a token.
    @Test func describeInstanceTypesContinuesWithTokenOnly() async throws {
        let first = try await aws.ec2.describeInstanceTypes(.init())
        let token: String = try #require(first.nextToken)
        let second = try await aws.ec2.describeInstanceTypes(.init(nextToken: token))
        #expect(first.instanceTypes?.count == 100 && second.instanceTypes?.isEmpty == false)
        #expect(first.instanceTypes?.last?.instanceType?.rawValue != second.instanceTypes?.first?.instanceType?.rawValue)
    }

    @Test func nextTokenIsValidOnlyForSameRequest() async throws {
        let vpc = try await aws.vpc()
        for index in 0..<6 { _ = try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.\(index).0/24", vpcId: vpc)) }
        let token = try #require(try await aws.ec2.describeSubnets(.init(maxResults: 5)).nextToken)
        _ = try await aws.ec2.describeSubnets(.init(nextToken: token, maxResults: 7))
        await refused("InvalidNextToken") {
            try await aws.ec2.describeSubnets(
                .init(filters: [Filter(name: "vpc-id", values: [vpc])], nextToken: token, maxResults: 5))
        }
        await refused("InvalidNextToken") { try await aws.ec2.describeVpcs(.init(nextToken: token, maxResults: 5)) }
        await refused("InvalidNextToken") { try await aws.ec2.describeSubnets(.init(nextToken: "x", maxResults: 5)) }
    }

    // MARK: Ids, actions

    @Test func resourceKindIsFoundByFullIdPrefix() {
        #expect(EC2Simulation.kinds.kind(of: "tgw-rtb-0123456789abcdef0")?.type == "transit-gateway-route-table")
        #expect(EC2Simulation.kinds.kind(of: "tgw-connect-peer-0123456789abcdef0")?.type == "transit-gateway-connect-peer")
        #expect(EC2Simulation.kinds.kind(of: "tgw-nothing-0123456789abcdef0") == nil)
        #expect(EC2Simulation.kinds.kind(of: "eipalloc-0123456789abcdef0")?.type == "elastic-ip")
        let kind = ResourceKind("vpce-svc", type: "vpc-endpoint-service", code: "X", notFound: "%")
        #expect(ResourceCatalogue([.vpc, kind]).kind(of: "vpce-svc-0123456789abcdef0")?.type == "vpc-endpoint-service")
    }

    // MARK: Damage

    @Test(arguments: [
        "UPDATE ec2_vpc SET cidr = 'everything'", "UPDATE ec2_vpc SET created_at = 'never'",
        "UPDATE ec2_subnet SET cidr = '10.0.0.1/24'",
        "UPDATE ec2_security_group_rule SET from_port = 'all'", "UPDATE resource SET document = '{\"VpcId\": [1]}'",
    ]) func damagedDatabaseReturnsInternalError(sql: String) async throws {
        let vpc = try await aws.vpc()
        _ = try await aws.ec2.createCarrierGateway(.init(vpcId: vpc))
        try aws.within { try $0.db.execute(sql: sql) }
        let calls: [() async throws -> Void] = [
            { _ = try await aws.ec2.describeVpcs() }, { _ = try await aws.ec2.describeSubnets() },
            { _ = try await aws.ec2.describeSecurityGroupRules() }, { _ = try await aws.ec2.describeCarrierGateways(.init()) },
        ]
        var reports: [String] = []
        for call in calls {
            do { try await call() } catch let error as AWSError {
                #expect(error.code == "InternalError" && error.status == 500)
                reports.append(error.explanation ?? "")
            }
        }
        #expect(reports.contains { $0.hasPrefix("The state is damaged: ") }, "\(reports)")
    }

    /// Regression test: a NULL in a NOT NULL column crashed the server.
    @Test func nullInRequiredColumnReturnsInternalError() async throws {
        _ = try await aws.run()
        try aws.within {
            try $0.db.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_master SET sql = replace(sql, 'zone TEXT NOT NULL', 'zone TEXT') WHERE name = 'ec2_volume';
                    PRAGMA writable_schema = RESET
                    """)
            try $0.db.execute(sql: "UPDATE ec2_volume SET zone = NULL")
        }
        await refused("InternalError", status: 500) { try await aws.ec2.describeVolumes() }
        _ = try await aws.ec2.describeVpcs()
    }
}

extension RequestProcessing {
    // MARK: Actions

    /// Operations that the clients' model lacks are still known.
    @Test func modelHas830EC2Operations() {
        #expect(EC2.model.operationNames.count == 830)
    }

    @Test func unknownActionsReturnNotSimulatedOrInvalidAction() async throws {
        func call(_ action: String) async throws {
            _ = try await aws.client.invoke(Operation<EmptyShape, EmptyShape>(action, EC2.model), EmptyShape())
        }
        await refused("NotSimulated", status: 501) { try await call("CreateIpamPolicy") }
        // One of the 65 operations that botocore 1.43.11 lacks.
        await refused("NotSimulated") { try await call("AttachImageWatermark") }
        let error = await refusal { try await call("MakeCoffee") }
        #expect(error?.code == "InvalidAction")
        #expect(error?.message == "The action MakeCoffee is not valid for this web service.")
        #expect(error?.explanation?.contains("botocore 1.44.8") == true)
    }
}
