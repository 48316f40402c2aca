import DrydockTesting
import Testing

@Suite(.simulator) struct IpamPools: IpamFixtures {
    let aws = AWS.current

    @Test func ipamPoolsAreProvisionedFromParentPools() async throws {
        let ipam = try await makeIpam()
        let top = try await pool(in: ipam.privateDefaultScopeId, "10.0.0.0/8") { $0.locale = nil }
        let shape = try #require(try await aws.ec2.describeIpamPools(.init(ipamPoolIds: [top])).ipamPools?.first)
        #expect(shape.locale == "None" && shape.poolDepth == 1 && shape.autoImport == false)
        #expect(shape.ipamPoolArn == "arn:aws:ec2::123456789012:ipam-pool/\(top)" && shape.ipamScopeType == .private)
        let below = try await pool(in: ipam.privateDefaultScopeId) { $0.sourceIpamPoolId = top }
        let asked = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: below, netmaskLength: 16)).ipamPoolCidr
        #expect(asked?.state == .pendingProvision && asked?.cidr == nil && asked?.netmaskLength == 16)
        #expect(asked?.ipamPoolCidrId?.count == "ipam-pool-cidr-".count + 33)
        #expect(try await cidrs(below).map(\.cidr) == ["10.0.0.0/16"])
        #expect(try await cidrs(below).first?.state == .provisioned)
        let taken = try #require(try await allocations(top).first)
        #expect(taken.cidr == "10.0.0.0/16" && taken.resourceType == .ipamPool && taken.resourceId == below)
        _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: below, cidr: "11.0.0.0/16"))
        #expect(try await cidrs(below).last?.state == .failedProvision)
        #expect(try await cidrs(below).last?.failureReason?.code == .cidrNotAvailable)
        // The CIDRs of a scope's top-level pools may not overlap.
        let other = try await pool(in: ipam.privateDefaultScopeId, "10.4.0.0/16")
        #expect(try await cidrs(other).first?.failureReason?.code == .cidrNotAvailable)
        await refused("IncorrectState") {
            _ = try await aws.ec2.deprovisionIpamPoolCidr(.init(ipamPoolId: top, cidr: "10.0.0.0/8"))
        }
        await refused("DependencyViolation") { _ = try await aws.ec2.deleteIpamPool(.init(ipamPoolId: top)) }
        let leaving = try await aws.ec2.deprovisionIpamPoolCidr(.init(ipamPoolId: below, cidr: "10.0.0.0/16"))
        #expect(leaving.ipamPoolCidr?.state == .pendingDeprovision)
        #expect(try await allocations(top).isEmpty)
        // A CIDR that failed to be provisioned doesn't block deletion.
        _ = try await aws.ec2.deleteIpamPool(.init(ipamPoolId: below))
        _ = try await aws.ec2.deprovisionIpamPoolCidr(.init(ipamPoolId: top, cidr: "10.0.0.0/8"))
        _ = try await aws.ec2.deleteIpamPool(.init(ipamPoolId: top))
        await refused("InvalidIpamPoolId.NotFound") { _ = try await allocations(top) }
    }

    @Test func ipamPoolCidrsAreAllocatedAndReleased() async throws {
        let ipam = try await makeIpam()
        let id = try await pool(in: ipam.privateDefaultScopeId, "10.0.0.0/24") { $0.allocationMinNetmaskLength = 25 }
        func take(_ netmask: Int? = nil, _ change: (inout AllocateIpamPoolCidrRequest) -> Void = { _ in }) async throws
            -> IpamPoolAllocation
        {
            var request = AllocateIpamPoolCidrRequest(ipamPoolId: id)
            request.netmaskLength = netmask
            change(&request)
            return try #require(try await aws.ec2.allocateIpamPoolCidr(request).ipamPoolAllocation)
        }
        await refused(
            "InvalidParameterCombination",
            "The request cannot contain empty CIDR and Netmask Length for a pool with no default allocation netmask length set. "
                + "Exactly one of them should be provided."
        ) { _ = try await take() }
        let preview = try await take(26) { $0.previewNextCidr = true }
        #expect(preview.cidr == "10.0.0.0/26" && preview.ipamPoolAllocationId == nil)
        #expect(try await allocations(id).isEmpty)
        let first = try await take(26) {
            $0.description = "first"
            $0.clientToken = "once"
        }
        #expect(first.cidr == "10.0.0.0/26" && first.resourceType == .custom && first.description == "first")
        let again = try await take(26) {
            $0.description = "first"
            $0.clientToken = "once"
        }
        #expect(again.ipamPoolAllocationId == first.ipamPoolAllocationId)
        #expect(try await take(26) { $0.disallowedCidrs = ["10.0.0.64/26"] }.cidr == "10.0.0.128/26")
        #expect(try await take { $0.cidr = "10.0.0.64/27" }.cidr == "10.0.0.64/27")
        #expect(try await take(28).cidr == "10.0.0.96/28")
        #expect(try await take(28) { $0.allowedCidrs = ["10.0.0.192/26"] }.cidr == "10.0.0.192/28")
        await refused("InvalidParameterValue") { _ = try await take { $0.cidr = "10.0.0.32/27" } }
        await refused("InvalidParameterValue") { _ = try await take { $0.cidr = "10.1.0.0/27" } }
        await refused("InvalidParameterValue", "The allocation size is too big for the pool.") { _ = try await take(25) }
        // Assumed: the message.
        await refused("InvalidParameterValue") { _ = try await take(24) }
        let filter = Filter(name: "description", values: ["first"])
        let found = try await aws.ec2.getIpamPoolAllocations(.init(ipamPoolId: id, filters: [filter])).ipamPoolAllocations
        #expect(found?.map(\.cidr) == ["10.0.0.0/26"])
        let own = first.ipamPoolAllocationId ?? ""
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.releaseIpamPoolAllocation(
                .init(ipamPoolId: id, cidr: "10.0.0.64/27", ipamPoolAllocationId: own))
        }
        let released = try await aws.ec2.releaseIpamPoolAllocation(
            .init(ipamPoolId: id, cidr: "10.0.0.0/26", ipamPoolAllocationId: own))
        #expect(released.success == true)
        await refused(
            "InvalidIpamPoolAllocationId.NotFound", "The IPAM pool allocation (\(own)) does not exist."
        ) {
            _ = try await aws.ec2.releaseIpamPoolAllocation(
                .init(ipamPoolId: id, cidr: "10.0.0.0/26", ipamPoolAllocationId: own))
        }
    }

    @Test func vpcsAllocateAndReleaseIpamPoolCidrs() async throws {
        let ipam = try await makeIpam()
        let id = try await pool(in: ipam.privateDefaultScopeId, "10.0.0.0/12") {
            $0.allocationDefaultNetmaskLength = 20
            $0.allocationResourceTags = [.init(key: "Team", value: "net")]
        }
        let tags = [TagSpecification(resourceType: "vpc", tags: [Tag(key: "Team", value: "net")])]
        var request = CreateVpcRequest(ipv4IpamPoolId: id, tagSpecifications: tags)
        request.ipv4NetmaskLength = 16
        let vpc = try #require(try await aws.ec2.createVpc(request).vpc)
        #expect(vpc.cidrBlock == "10.0.0.0/16")
        let taken = try #require(try await allocations(id).first)
        #expect(taken.resourceId == vpc.vpcId && taken.resourceType == .vpc && taken.resourceRegion == "us-east-1")
        let own = vpc.vpcId ?? ""
        let second = try await aws.ec2.associateVpcCidrBlock(.init(ipv4IpamPoolId: id, vpcId: own)).cidrBlockAssociation
        #expect(second?.cidrBlock == "10.1.0.0/20")
        await refused("OperationNotPermitted") {
            _ = try await aws.ec2.releaseIpamPoolAllocation(
                .init(ipamPoolId: id, cidr: "10.0.0.0/16", ipamPoolAllocationId: taken.ipamPoolAllocationId ?? ""))
        }
        await refused(
            "InvalidParameterValue", "The resource is missing one or more of the resource tags required by the IPAM pool."
        ) { _ = try await aws.ec2.createVpc(.init(ipv4IpamPoolId: id)) }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16", ipv4IpamPoolId: id, tagSpecifications: tags))
        }
        await refused("InvalidParameterCombination") {
            var bare = CreateVpcRequest()
            bare.ipv4NetmaskLength = 16
            _ = try await aws.ec2.createVpc(bare)
        }
        await refused("InvalidIpamPoolId.NotFound") {
            _ = try await aws.ec2.createVpc(.init(ipv4IpamPoolId: "ipam-pool-0123456789abcdef0"))
        }
        _ = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: second?.associationId ?? ""))
        #expect(try await allocations(id).map(\.cidr) == ["10.0.0.0/16"])
        try await aws.ec2.deleteVpc(.init(vpcId: own))
        #expect(try await allocations(id).isEmpty)
        request.cidrBlock = "10.8.0.0/16"
        request.ipv4NetmaskLength = nil
        #expect(try await aws.ec2.createVpc(request).vpc?.cidrBlock == "10.8.0.0/16")
    }

    @Test func vpcsAllocateIPv6CidrsFromIpamPools() async throws {
        let ipam = try await makeIpam()
        let id = try await pool(in: ipam.publicDefaultScopeId, family: .ipv6) {
            $0.publicIpSource = .amazon
            $0.awsService = .ec2
        }
        _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: id, netmaskLength: 52))
        let cidr = try #require(try await cidrs(id).first?.cidr)
        #expect(cidr.hasPrefix("2600:1f18:") && cidr.hasSuffix("/52"))
        var request = CreateVpcRequest(cidrBlock: "10.0.0.0/16")
        request.ipv6IpamPoolId = id
        request.ipv6NetmaskLength = 56
        let vpc = try #require(try await aws.ec2.createVpc(request).vpc)
        let association = vpc.ipv6CidrBlockAssociationSet?.first
        #expect(association?.ipv6CidrBlock == cidr.replacing("/52", with: "/56") && association?.ipv6Pool == "IPAM Managed")
        #expect(try await allocations(id).map(\.resourceId) == [vpc.vpcId])
        request.ipv6NetmaskLength = 53
        await refused("InvalidParameterValue") { _ = try await aws.ec2.createVpc(request) }
        request.ipv6NetmaskLength = 48
        await refused("InvalidParameterValue", "The allocation size is too big for the pool.") {
            _ = try await aws.ec2.createVpc(request)
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.provisionIpamPoolCidr(.init(ipamPoolId: id, netmaskLength: 56))
        }
    }

    /// A pool whose locale is another region serves that region.
    @Test func ipamPoolServesItsLocaleRegion() async throws {
        let ipam = try await makeIpam {
            $0.operatingRegions = [.init(regionName: "us-east-1"), .init(regionName: "eu-west-1")]
        }
        let id = try await pool(in: ipam.privateDefaultScopeId, "10.0.0.0/16") { $0.locale = "eu-west-1" }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createVpc(.init(ipv4IpamPoolId: id, ipv4NetmaskLength: 20))
        }
        let ireland = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1")
        let vpc = try await ireland.ec2.createVpc(.init(ipv4IpamPoolId: id, ipv4NetmaskLength: 20)).vpc
        #expect(vpc?.cidrBlock == "10.0.0.0/20")
        let there = try await ireland.ec2.getIpamPoolAllocations(.init(ipamPoolId: id)).ipamPoolAllocations
        #expect(there?.map(\.resourceRegion) == ["eu-west-1"])
        #expect(try await allocations(id).count == 1)
        try await ireland.ec2.deleteVpc(.init(vpcId: vpc?.vpcId ?? ""))
        #expect(try await allocations(id).isEmpty)
        await refused("DependencyViolation") {
            _ = try await aws.ec2.modifyIpam(
                .init(ipamId: ipam.ipamId ?? "", removeOperatingRegions: [.init(regionName: "eu-west-1")]))
        }
    }

    @Test func ipamPoolAutoImportsMatchingVpcs() async throws {
        let early = try await aws.ec2.createVpc(.init(cidrBlock: "10.1.0.0/16")).vpc?.vpcId
        let ipam = try await makeIpam()
        let id = try await pool(in: ipam.privateDefaultScopeId, "10.0.0.0/8") { $0.autoImport = true }
        #expect(try await allocations(id).map(\.resourceId) == [early])
        let late = try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/16")).vpc?.vpcId
        _ = try await aws.ec2.createVpc(.init(cidrBlock: "10.2.0.0/17"))
        #expect(try await allocations(id).map(\.resourceId) == [early, late])
    }
}
