import DrydockTesting
import Testing

@Suite(.simulator) struct Ipams: IpamFixtures {
    let aws = AWS.current

    @Test(.simulator(transitions: .aws)) func ipamIsCreatedModifiedAndDeleted() async throws {
        let tags = [TagSpecification(resourceType: "ipam", tags: [Tag(key: "Team", value: "net")])]
        let made = try await makeIpam {
            $0.description = "all"
            $0.tagSpecifications = tags
            $0.clientToken = "once"
        }
        let id = try #require(made.ipamId)
        #expect(id.hasPrefix("ipam-0") && made.state == .createInProgress && made.ownerId == "123456789012")
        #expect(made.ipamArn == "arn:aws:ec2::123456789012:ipam/\(id)" && made.ipamRegion == "us-east-1")
        #expect(made.scopeCount == 2 && made.resourceDiscoveryAssociationCount == 1 && made.tier == .advanced)
        #expect(made.meteredAccount == .ipamOwner && made.enablePrivateGua == false && made.tags?.map(\.value) == ["net"])
        await refused("IncorrectState") { _ = try await aws.ec2.modifyIpam(.init(ipamId: id, description: "soon")) }
        aws.clock.advance(by: .seconds(10))
        #expect(try await described(id).state == .createComplete)
        let changed = try await aws.ec2.modifyIpam(
            .init(ipamId: id, description: "other", addOperatingRegions: [.init(regionName: "eu-west-1")], tier: .free)
        ).ipam
        #expect(changed?.state == .modifyInProgress && changed?.description == "other" && changed?.tier == .free)
        #expect(changed?.operatingRegions?.map(\.regionName) == ["us-east-1", "eu-west-1"])
        aws.clock.advance(by: .seconds(5))
        #expect(try await described(id).state == .modifyComplete)
        let filtered = try await aws.ec2.describeIpams(.init(filters: [Filter(name: "tag:Team", values: ["net"])])).ipams
        #expect(filtered?.map(\.ipamId) == [id])
        #expect(try await aws.ec2.deleteIpam(.init(ipamId: id)).ipam?.state == .deleteInProgress)
        aws.clock.advance(by: .seconds(10))
        await refused("InvalidIpamId.NotFound") { _ = try await described(id) }
        #expect(try await aws.ec2.describeIpamScopes(.init()).ipamScopes?.isEmpty ?? true)
        #expect(try await aws.ec2.describeIpamResourceDiscoveries(.init()).ipamResourceDiscoveries?.isEmpty ?? true)
    }

    /// Assumed: the messages, and all codes except those for unknown ids.
    @Test func invalidIpamRequestsAreRejected() async throws {
        await refused("InvalidParameterValue") {
            _ = try await makeIpam { $0.operatingRegions = [.init(regionName: "nowhere")] }
        }
        await refused("InvalidParameterValue") {
            _ = try await makeIpam { $0.operatingRegions = [.init(regionName: "eu-west-1")] }
        }
        await refused("InvalidIpamId.NotFound") { _ = try await described("ipam-0123456789abcdef0") }
        await refused("InvalidIpamId.Malformed") { _ = try await described("ipam-1") }
        await refused("InvalidIpamScopeId.NotFound") { _ = try await pool(in: "ipam-scope-0123456789abcdef0") }
        await refused("InvalidIpamPoolId.NotFound") { _ = try await cidrs("ipam-pool-0123456789abcdef0") }
        let ipam = try await makeIpam()
        let scope = ipam.privateDefaultScopeId
        await refused("OperationNotPermitted") { _ = try await aws.ec2.deleteIpamScope(.init(ipamScopeId: scope ?? "")) }
        await refused("InvalidParameterValue") { _ = try await pool(in: scope) { $0.locale = "eu-west-1" } }
        await refused("InvalidParameterCombination") {
            _ = try await pool(in: scope) {
                $0.allocationMinNetmaskLength = 24
                $0.allocationMaxNetmaskLength = 16
            }
        }
        await refused("InvalidParameterValue") { _ = try await pool(in: scope) { $0.allocationDefaultNetmaskLength = 33 } }
        await refused("InvalidParameterCombination") {
            _ = try await pool(in: scope) {
                $0.autoImport = true
                $0.locale = nil
            }
        }
        await refused("InvalidParameterCombination") { _ = try await pool(in: scope) { $0.awsService = .ec2 } }
        let top = try await pool(in: scope, "10.0.0.0/16")
        await refused("DependencyViolation") { _ = try await aws.ec2.deleteIpam(.init(ipamId: ipam.ipamId ?? "")) }
        await refused("DependencyViolation") { _ = try await aws.ec2.deleteIpamPool(.init(ipamPoolId: top)) }
        await refused("InvalidParameterValue") {
            _ = try await pool(in: scope, family: .ipv6) { $0.sourceIpamPoolId = top }
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: top, cidr: "here"))
        }
        await refused("MissingParameter") { _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: top)) }
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: top, netmaskLength: 20))
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.deprovisionIpamPoolCidr(.init(ipamPoolId: top, cidr: "10.9.0.0/16"))
        }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            _ = try await aws.ec2.describeIpamPools(.init(filters: [Filter(name: "colour", values: ["red"])]))
        }
    }

    @Test func ipamScopeIsCreatedModifiedAndDeleted() async throws {
        let ipam = try await makeIpam()
        let made = try #require(
            try await aws.ec2.createIpamScope(.init(ipamId: ipam.ipamId ?? "", description: "other")).ipamScope)
        let id = try #require(made.ipamScopeId)
        #expect(made.ipamScopeType == .private && made.isDefault == false && made.poolCount == 0)
        #expect(made.ipamScopeArn == "arn:aws:ec2::123456789012:ipam-scope/\(id)" && made.ipamArn == ipam.ipamArn)
        #expect(try await described(ipam.ipamId).scopeCount == 3)
        let own = try await pool(in: id)
        let scope = try await aws.ec2.describeIpamScopes(.init(ipamScopeIds: [id])).ipamScopes?.first
        #expect(scope?.poolCount == 1 && scope?.state == .createComplete)
        await refused("DependencyViolation") { _ = try await aws.ec2.deleteIpamScope(.init(ipamScopeId: id)) }
        _ = try await aws.ec2.deleteIpamPool(.init(ipamPoolId: own))
        let changed = try await aws.ec2.modifyIpamScope(.init(ipamScopeId: id, description: "more")).ipamScope
        #expect(changed?.description == "more" && changed?.state == .modifyInProgress)
        _ = try await aws.ec2.deleteIpamScope(.init(ipamScopeId: id))
        await refused("InvalidIpamScopeId.NotFound") { _ = try await aws.ec2.deleteIpamScope(.init(ipamScopeId: id)) }
        for _ in 0..<3 { _ = try await aws.ec2.createIpamScope(.init(ipamId: ipam.ipamId ?? "")) }
        // The quota is documented; the code is assumed.
        await refused("ResourceLimitExceeded") { _ = try await aws.ec2.createIpamScope(.init(ipamId: ipam.ipamId ?? "")) }
    }

    @Test func ipamReportsResourceCidrsAndUsage() async throws {
        let ipam = try await makeIpam()
        let id = try await pool(in: ipam.privateDefaultScopeId, "10.0.0.0/8")
        var request = CreateVpcRequest(ipv4IpamPoolId: id)
        request.ipv4NetmaskLength = 16
        let vpc = try #require(try await aws.ec2.createVpc(request).vpc?.vpcId)
        let subnet = try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.0.0/17", vpcId: vpc)).subnet?.subnetId
        let twin = try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/24")).vpc?.vpcId
        func seen(_ change: (inout GetIpamResourceCidrsRequest) -> Void) async throws -> [IpamResourceCidr] {
            var request = GetIpamResourceCidrsRequest(ipamScopeId: ipam.privateDefaultScopeId ?? "")
            change(&request)
            return try await aws.ec2.getIpamResourceCidrs(request).ipamResourceCidrs ?? []
        }
        let own = try #require(try await seen { $0.ipamPoolId = id }.first)
        #expect(own.resourceId == vpc && own.managementState == .managed && own.complianceStatus == .compliant)
        #expect(own.ipUsage == 0.5 && own.overlapStatus == .overlapping)
        let other = try await seen { $0.resourceId = twin }.first
        #expect(other?.managementState == .unmanaged && other?.complianceStatus == .unmanaged && other?.ipamPoolId == nil)
        #expect(try await seen { $0.resourceType = .subnet }.contains { $0.resourceId == subnet && $0.vpcId == vpc })
        let filters = [Filter(name: "management-state", values: ["managed"])]
        #expect(try await seen { $0.filters = filters }.map(\.resourceId) == [vpc])
        _ = try await aws.ec2.allocateAddress(.init())
        let eips = try await aws.ec2.getIpamResourceCidrs(
            .init(ipamScopeId: ipam.publicDefaultScopeId ?? "")
        ).ipamResourceCidrs
        #expect(eips?.map(\.resourceType) == [.eip])
        let discovery = ipam.defaultResourceDiscoveryId ?? ""
        let found = try await aws.ec2.getIpamDiscoveredResourceCidrs(
            .init(
                ipamResourceDiscoveryId: discovery, resourceRegion: "us-east-1",
                filters: [Filter(name: "resource-type", values: ["eip"])])
        ).ipamDiscoveredResourceCidrs
        #expect(found?.map(\.ipSource) == [.amazon])
        let accounts = try await aws.ec2.getIpamDiscoveredAccounts(
            .init(ipamResourceDiscoveryId: discovery, discoveryRegion: "us-east-1"))
        #expect(accounts.ipamDiscoveredAccounts?.map(\.accountId) == ["123456789012"])
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.getIpamDiscoveredAccounts(
                .init(ipamResourceDiscoveryId: discovery, discoveryRegion: "eu-west-1"))
        }
    }

    @Test func deleteIpamCascadesToPoolsAndScopes() async throws {
        let ipam = try await makeIpam()
        let own = try #require(ipam.ipamId)
        let scope = try await aws.ec2.createIpamScope(.init(ipamId: own)).ipamScope?.ipamScopeId
        let top = try await pool(in: scope, "10.0.0.0/8")
        let below = try await pool(in: scope) { $0.sourceIpamPoolId = top }
        _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: below, cidr: "10.0.0.0/16"))
        let vpc = try await aws.ec2.createVpc(.init(ipv4IpamPoolId: below, ipv4NetmaskLength: 20)).vpc?.vpcId
        let second = try await pool(in: scope, "192.168.0.0/16")
        _ = try await aws.ec2.deleteIpamPool(.init(ipamPoolId: second, cascade: true))
        await refused("InvalidIpamPoolId.NotFound") { _ = try await cidrs(second) }
        _ = try await aws.ec2.deleteIpam(.init(ipamId: own, cascade: true))
        #expect(try await aws.ec2.describeIpamPools(.init()).ipamPools?.isEmpty ?? true)
        #expect(try await aws.ec2.describeIpamScopes(.init()).ipamScopes?.isEmpty ?? true)
        #expect(try await aws.ec2.describeVpcs(.init(vpcIds: [vpc ?? ""])).vpcs?.first?.cidrBlock == "10.0.0.0/20")
    }

    @Test func ipamResourceDiscoveryIsAssociatedAndDeleted() async throws {
        let own = try #require(try await makeIpam().ipamId)
        let made = try #require(
            try await aws.ec2.createIpamResourceDiscovery(
                .init(description: "mine", operatingRegions: [.init(regionName: "us-east-1")])
            ).ipamResourceDiscovery)
        let id = try #require(made.ipamResourceDiscoveryId)
        #expect(id.hasPrefix("ipam-res-disco-0") && made.isDefault == false && made.description == "mine")
        let changed = try await aws.ec2.modifyIpamResourceDiscovery(
            .init(
                ipamResourceDiscoveryId: id, description: "ours",
                addOperatingRegions: [.init(regionName: "eu-west-1")]))
        #expect(changed.ipamResourceDiscovery?.operatingRegions?.count == 2)
        let association = try #require(
            try await aws.ec2.associateIpamResourceDiscovery(.init(ipamId: own, ipamResourceDiscoveryId: id))
                .ipamResourceDiscoveryAssociation)
        #expect(association.state == .associateInProgress && association.resourceDiscoveryStatus == .active)
        // Assumed: the codes and messages below.
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.associateIpamResourceDiscovery(.init(ipamId: own, ipamResourceDiscoveryId: id))
        }
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteIpamResourceDiscovery(.init(ipamResourceDiscoveryId: id))
        }
        await refused("DependencyViolation") { _ = try await aws.ec2.deleteIpam(.init(ipamId: own)) }
        let all = try await aws.ec2.describeIpamResourceDiscoveryAssociations(.init()).ipamResourceDiscoveryAssociations ?? []
        #expect(all.map(\.isDefault) == [true, false] && all.last?.state == .associateComplete)
        await refused("OperationNotPermitted") {
            _ = try await aws.ec2.disassociateIpamResourceDiscovery(
                .init(ipamResourceDiscoveryAssociationId: all.first?.ipamResourceDiscoveryAssociationId ?? ""))
        }
        let own2 = association.ipamResourceDiscoveryAssociationId ?? ""
        _ = try await aws.ec2.disassociateIpamResourceDiscovery(.init(ipamResourceDiscoveryAssociationId: own2))
        await refused("InvalidIpamResourceDiscoveryAssociationId.NotFound") {
            _ = try await aws.ec2.disassociateIpamResourceDiscovery(.init(ipamResourceDiscoveryAssociationId: own2))
        }
        _ = try await aws.ec2.deleteIpamResourceDiscovery(.init(ipamResourceDiscoveryId: id))
        let left = try await aws.ec2.describeIpamResourceDiscoveries(.init()).ipamResourceDiscoveries
        #expect(left?.map(\.isDefault) == [true])
        await refused("OperationNotPermitted") {
            _ = try await aws.ec2.deleteIpamResourceDiscovery(
                .init(ipamResourceDiscoveryId: left?.first?.ipamResourceDiscoveryId ?? ""))
        }
    }
}
